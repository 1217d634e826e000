"""Playbooks as files: those that come with Wenshu, a shop's own, and what is wrong with one, by file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.actions import Desk
from assistant.actions.loading import needs, packaged, playbooks_of
from assistant.actions.models import Audience, Number, Playbook, Rate, Response, Shift, Test, Trial, Trigger, Watched, Without
from semantic_layer.errors import ShopError
from semantic_layer.shops import Shop
from semantic_layer.shops.mall.planted import PLAYBOOKS
from tests.actions.conftest import AWAY


def test_there_is_one_for_everything_that_is_planted() -> None:
    assert {p.stem for p in packaged().glob("*.yaml")} >= set(PLAYBOOKS)


def test_texts_are_there_in_both_languages(shop: Shop) -> None:
    for known in playbooks_of(shop.folder, shop.catalog):
        p = known.playbook
        texts = [p.label, p.about, p.headline, p.owner, p.channel, p.when, *p.offer, *p.guards, *(n.label for n in p.uses)]
        texts += [p.check] if p.check.zh else []
        assert all(t.zh and t.en for t in texts), known.name
        assert p.test is None or p.response, f"{known.name}: a test is read by a response"
        assert p.test or p.check.zh, f"{known.name}: how does one see that it helped?"


def test_what_a_shop_has_no_names_for_is_listed_and_not_proposed(desk: Desk) -> None:
    listed = desk.listed("en")
    assert {w.kind for w in listed.wanting} == {p.stem for p in packaged().glob("*.yaml")}
    assert [a.kind for a in listed.proposed] == ["away"]
    coupon = next(w for w in listed.wanting if w.kind == "coupon_never_redeemed")
    assert "metric coupons_granted" in coupon.names


def test_a_file_of_the_shop_goes_before_one_of_the_same_name(teahouse: Callable[..., Shop]) -> None:
    shop = teahouse({"stock_out": AWAY})
    found = {k.name: k for k in playbooks_of(shop.folder, shop.catalog)}
    assert found["stock_out"].own and found["stock_out"].playbook.label.en == "Guests who stay away"


def test_a_shop_can_call_things_otherwise_and_leave_playbooks_out(teahouse: Callable[..., Shop]) -> None:
    shop = teahouse({"names": "names: {orders: visits, paid_gmv: takings, user: guest, order_lines: sales}\nomit: [stock_out]\n"})
    found = {k.name: k for k in playbooks_of(shop.folder, shop.catalog)}
    assert "stock_out" not in found
    assert ("metric", "takings") in needs(found["falling_metric"].playbook) and ("entity", "guest") in needs(found["falling_metric"].playbook)


@pytest.mark.parametrize(
    ("text", "instead", "line", "said"),
    [
        ("op: \">=\", value: 3, time: {end: \"{today}\"}", "op: \">=\"", 9, "op needs a value"),
        ("metric: visits", "metric: visitors", 9, "the catalog has no metric visitors. Did you mean visits"),
        ("dataset: sales, time", "dataset: sale, time", 10, "the catalog has no dataset sale"),
        ("treated * card", "treated ** card", 27, "numbers.cost.formula: a formula consists of"),
        ("treated * card", "treated * cards", 27, "there is no figure cards. Did you mean card"),
        ("cost: cost", "cost: costs", 29, "there is no figure costs. Did you mean cost"),
        ("label: {zh: 久未到店", "labels: {zh: 久未到店", 2, "labels is not a key that is known here"),
        ("assume: 2,", "", 25, "exactly one of query, assume, formula"),
        ("holdout: 0.5", "holdout: 1.5", 32, "it must be less than 1"),
        ("where: [{field: guests.town, value: East}]", "where: [{value: East}]", 12, "a condition needs one of the keys"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_line(teahouse: Callable[..., Shop], text: str, instead: str, line: int, said: str) -> None:
    assert text in AWAY
    shop = teahouse({"away": AWAY.replace(text, instead)})
    with pytest.raises(ShopError) as failed:
        Desk(shop).listed("en")
    assert f"playbooks/away.yaml:{line}: " in str(failed.value) and said in str(failed.value)
    assert "行动剧本" in failed.value.zh


def test_adding_a_file_is_enough_while_the_shop_is_open(desk: Desk) -> None:
    assert len(desk.listed("en").proposed) == 1
    (desk.shop.folder / "playbooks" / "again.yaml").write_text(AWAY.replace("30 days", "thirty days"), encoding="utf-8")
    assert {a.kind for a in desk.listed("en").proposed} == {"away", "again"}


DOCS = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")


def test_the_documented_playbook_is_one(teahouse: Callable[..., Shop]) -> None:
    example, names = re.findall(r"```yaml\n(.*?)```", DOCS, flags=re.DOTALL)
    listed = Desk(teahouse({"away": example.replace("least: 30", "least: 5"), "names": names})).listed("en")
    assert [a.kind for a in listed.proposed] == ["away"] and listed.proposed[0].break_even
    assert "rising_product" not in [w.kind for w in listed.wanting]


@pytest.mark.parametrize("model", [Playbook, Trigger, Shift, Rate, Trial, Audience, Without, Response, Number, Test, Watched])
def test_every_key_is_documented(model: type) -> None:
    assert [
        key
        for key in model.model_fields
        if f"`{key}`" not in DOCS and f"\n{key}:" not in DOCS and f"  {key}:" not in DOCS and f"{{{key}:" not in DOCS
    ] == []  # type: ignore[attr-defined]


def test_every_playbook_and_verb_is_documented() -> None:
    assert all(f"`{p.stem}`" in DOCS for p in packaged().glob("*.yaml"))
    assert (
        all(f"wenshu actions {verb}" in DOCS for verb in ("list", "show", "accept", "change", "dismiss", "audience", "export", "check"))
        and "done" in DOCS
    )
