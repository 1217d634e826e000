"""Why a metric changed: planted causes are named exactly, quiet weeks name nobody, and the parts add up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from assistant.analyses.dimensions import blocks
from assistant.answer.model import Answer
from assistant.ask import Assistant
from eval.agreement import disagreements
from semantic_layer.query import SemanticQuery
from tests.analyses.shop import LAST_WEEK, WEEK_BEFORE, drivers, lost, tea_shop, why
from tests.conftest import Kept

Make = Callable[..., Assistant]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """The assistant of a tea shop; the same for the same statements and parts."""
    kept: Kept[Assistant] = Kept(lambda assistant: assistant.shop.close())
    yield lambda *planted, **more: kept.get((planted, more), lambda: tea_shop(tmp_path_factory.mktemp("shop") / "tea", planted, **more))
    kept.close()


CAUSES = {
    "one value": ("region = 'south'", {"orders.region": {"south"}}),
    "two values": ("category IN ('cups', 'pots')", {"orders.category": {"cups", "pots"}}),
    "two dimensions": ("region = 'east' AND channel = 'web'", {"orders.region": {"east"}, "orders.channel": {"web"}}),
}


@pytest.mark.parametrize("metric", ["sales", "orders"])
@pytest.mark.parametrize("cause", CAUSES, ids=list(CAUSES))
def test_a_planted_cause_is_named_exactly_and_nothing_else(make: Make, cause: str, metric: str) -> None:
    where, planted = CAUSES[cause]
    assert drivers(why(make(lost(where)), metric)) == [planted]


def test_two_causes_are_named_the_greater_first(make: Make) -> None:
    named = drivers(why(make(lost("region = 'west'", 80), lost("category = 'sugar' AND region <> 'west'", 70))))
    assert named == [{"orders.region": {"west"}}, {"orders.category": {"sugar"}}]


def test_a_quiet_week_accuses_nobody_and_says_that_it_is_noise_first(make: Make) -> None:
    assistant = make()
    for lang, first in (("en", "This change is within what is usual."), ("zh", "这一变化在平常的波动之内。")):
        answer = why(assistant, lang=lang)
        assert drivers(answer) == [] and answer.text.startswith(first), answer.text


def _sum_of(answer: Answer, kind: str) -> tuple[float, float]:
    finding = next(f for f in answer.findings if f.kind == kind)
    numbers = dict(finding.numbers)
    return numbers.pop("total"), sum(numbers.values())


@pytest.mark.parametrize("metric", ["sales", "orders", "order_value", "customers"])
def test_what_is_said_adds_up_to_the_change_of_the_rows(make: Make, metric: str) -> None:
    answer = why(make(lost("region = 'south'", 70), "UPDATE orders SET amount = amount * 2 WHERE region = 'north' AND day >= DATE '2026-03-23'"), metric)
    change = answer.rows[0][0] - answer.rows[0][1]
    for kind in {f.kind for f in answer.findings} & {"factor", "unexplained", "mix"}:
        finding = next(f for f in answer.findings if f.kind == kind)
        total, parts = _sum_of(answer, kind)
        assert total == pytest.approx(change) and parts == pytest.approx(change), finding.text
    assert answer.chart is not None
    *bars, whole = answer.chart["data"]["values"]
    if metric != "customers":  # of whom no part is known that adds up: their chart is that of the rows
        assert whole["whole"] and whole["value"] == pytest.approx(change) and sum(b["value"] for b in bars) == pytest.approx(change)


def test_a_driver_has_the_numbers_of_its_own_query(make: Make) -> None:
    assistant = make(lost("region = 'south'"))
    finding = next(f for f in why(assistant).findings if f.kind == "driver")
    shown = assistant.answer(SemanticQuery.model_validate(finding.query), "en").rows[0]
    assert (finding.numbers["now"], finding.numbers["before"]) == (shown[0], shown[1])


def test_the_other_direction_is_said_first(make: Make) -> None:
    assistant = make(lost("region = 'south'"))
    rose = why(assistant, analysis="drivers_of_rise")
    assert rose.text.startswith("It went the other way: sales did not rise, it fell.")
    assert why(assistant, lang="zh", analysis="drivers_of_rise").text.startswith("与所问相反")
    assert not why(assistant, analysis="drivers_of_fall").text.startswith("It went")


def test_nothing_is_called_a_cause_by_the_data_alone(make: Make) -> None:
    assistant = make(lost("region = 'south'"))
    for lang in ("zh", "en"):
        answer = why(assistant, lang=lang)
        said = " ".join([answer.text, *(f.text for f in answer.findings)])
        assert not re.search(r"因为|由于|导致|because|due to|caused", said, re.I)
        assert ("集中在南部" if lang == "zh" else "concentrated in south") in said


def test_a_rate_that_falls_while_it_rises_in_every_part_is_told_so(make: Make) -> None:
    dear = "UPDATE orders SET amount = amount * CASE channel WHEN 'store' THEN 4 WHEN 'app' THEN 1 ELSE 2 END"
    moved = "UPDATE orders SET channel = 'app' WHERE channel = 'store' AND hash(order_id * 17) % 100 < 80 AND day >= DATE '2026-03-23'"
    answer = why(make(moved, dear, "UPDATE orders SET amount = amount * 1.06 WHERE day >= DATE '2026-03-23'"), "order_value")
    assert answer.rows[0][0] < answer.rows[0][1]
    mix = next(f for f in answer.findings if f.kind == "mix")
    assert mix.numbers["mix"] < answer.rows[0][0] - answer.rows[0][1] < 0 < mix.numbers["rate"]
    assert "Within every channel it rose, in all it fell" in answer.text


def test_the_slice_of_a_rate_is_the_one_whose_own_rate_fell(make: Make) -> None:
    answer = why(make("UPDATE orders SET amount = amount * 0.4 WHERE region = 'north' AND day >= DATE '2026-03-23'"), "order_value")
    assert drivers(answer) == [{"orders.region": {"north"}}]


def test_two_groups_are_held_against_each_other(make: Make) -> None:
    both = [{"field": "orders.region", "op": "in", "value": ["south", "east"]}]
    query = {"metrics": ["sales"], "group_by": ["orders.region"], "where": both, "time": LAST_WEEK}
    answer = make().answer(SemanticQuery.model_validate(query), "en", analysis="drivers_of_fall")
    sales = dict(answer.rows)
    assert answer.status == "answered" and drivers(answer) == []
    total, parts = _sum_of(answer, "factor")
    assert total == pytest.approx(sales["south"] - sales["east"]) and parts == pytest.approx(total)
    assert "south" in answer.text and "east" in answer.text and not answer.text.startswith("It is the other way")


def test_what_was_odd_is_the_week_before(make: Make) -> None:
    more = f"""INSERT INTO orders SELECT order_id + 1000000, day, customer, region, channel, category, amount FROM orders
        WHERE category = 'coffee' AND day >= DATE '{WEEK_BEFORE['start']}' AND day < DATE '{WEEK_BEFORE['end']}'"""
    answer = why(make(more))
    assert drivers(answer) == [{"orders.category": {"coffee"}}]
    assert any("it was the period before that was unusual" in f.text for f in answer.findings)


def test_too_little_history_is_said_and_nobody_accused(make: Make) -> None:
    answer = why(make("DELETE FROM orders WHERE day < DATE '2026-03-09'", lost("region = 'south'")))
    assert drivers(answer) == [] and "noise cannot be told from change" in next(f.text for f in answer.findings if f.kind == "change")


def test_recorded_events_stand_beside(make: Make) -> None:
    fair = {"label": {"zh": "茶博会", "en": "tea fair"}, "dates": [{"start": "2026-03-24", "end": "2026-03-26"}]}
    assistant = make(lost("region = 'south'"), calendar={"events": {"fair": fair}})
    said = [f.text for f in why(assistant).findings if f.kind == "event"]
    assert said == ["On record: tea fair (2026-03-24 to 2026-03-26), 3 days of it in this period, 0 in the one before."]


def test_a_denied_column_is_never_looked_at(make: Make) -> None:
    clerk = {"role": "clerk", "allowed_tables": ["orders"], "denied_columns": {"orders": ["region", "customer"]}}
    owner = {"role": "owner", "allowed_tables": ["*"]}
    assistant = make(lost("region = 'south'"), settings={"rights": [owner, clerk], "users": {"ann": "owner", "bob": "clerk"}})
    assert drivers(why(assistant, user="ann")) == [{"orders.region": {"south"}}]
    seen = why(assistant, user="bob")
    assert drivers(seen) == [] and "region" not in seen.model_dump_json() and "south" not in seen.model_dump_json().lower()


def test_why_is_offered_first_under_a_comparison_and_leads_into_the_slice(make: Make) -> None:
    assistant = make(lost("region = 'south'"))
    compared = assistant.answer(SemanticQuery.model_validate({"metrics": ["sales"], "time": LAST_WEEK, "compare": {}}), "en")
    first = compared.next[0]
    assert first.analysis == "drivers" and first.text.startswith("Why: ")
    explained = assistant.answer(SemanticQuery.model_validate(first.query), "en", analysis=first.analysis)
    inner = explained.next[0]
    assert inner.analysis == "drivers" and "south" in inner.text
    assert assistant.answer(SemanticQuery.model_validate(inner.query), "en", analysis=inner.analysis).status == "answered"


def test_every_pair_wanted_lies_in_a_block() -> None:
    sizes = {f"f{n}": size for n, size in enumerate([2, 3, 3, 5, 7, 8, 20, 31, 50])}
    wanted = [(a, b) for a in sizes for b in sizes if a < b and sizes[a] * sizes[b] <= 700]
    made = blocks(sizes, wanted)
    assert all(any({a, b} <= set(block) for block in made) for a, b in wanted)
    assert {f for block in made for f in block} == set(sizes) and len(made) < len(wanted) / 2


@pytest.mark.parametrize("metric", ["sales", "orders", "order_value"])
def test_every_figure_of_the_sentence_follows_from_what_was_found(make: Make, metric: str) -> None:
    assistant = make(lost("region = 'south'"), "UPDATE orders SET amount = amount * 2 WHERE region = 'north' AND day >= DATE '2026-03-23'")
    for lang in ("zh", "en"):
        assert not disagreements(why(assistant, metric, lang))


def test_what_new_members_took_is_not_a_loss_of_the_others(make: Make) -> None:
    moved = "UPDATE orders SET channel = 'kiosk' WHERE day >= DATE '2026-03-23' AND hash(order_id * 19) % 100 < 40"
    assert drivers(why(make(moved), "orders")) == []
