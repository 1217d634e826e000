"""Actions of a small shop from proposal to done: figures, states, who sees what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.actions import Action, Desk
from assistant.actions.exports import as_markdown, as_text, table
from assistant.store import open_store
from semantic_layer.errors import QueryError, UsageError, WenshuError
from semantic_layer.shops import Shop
from tests.actions.conftest import AWAY

MORE = AWAY.replace("久未到店", "也久未到店").replace("assume: 2", "assume: 1")


def figure(action: Action, name: str) -> float:
    found = next(f.value for f in action.figures if f.name == name)
    assert found is not None
    return found


def test_the_card_says_who_what_why_and_what_it_costs(desk: Desk) -> None:
    (action,) = desk.listed("en").proposed
    assert action.headline == "32 guests have not come for 30 days"
    assert action.audience and (action.audience.size, action.audience.reached, action.audience.left_out) == (32, 24, {"those of the east": 8})
    assert (figure(action, "treated"), figure(action, "held"), figure(action, "cost")) == (12, 12, 24)
    assert figure(action, "break_even") == pytest.approx(2 / figure(action, "cup"))
    assert action.cost == "cost: ¥24 (= 12 × ¥2)" and "no uplift is promised" in action.target
    assert action.steps == [] and action.missing == []


def test_the_base_is_what_earlier_audiences_did(desk: Desk) -> None:
    """Those away on the 17th and on the 10th of June were 40 each time, and within two weeks the 8 came back; what was known later does not count."""
    (action,) = desk.listed("en").proposed
    base = next(f for f in action.figures if f.name == "base")
    assert (base.value, base.of) == (0.2, 80) and base.low and base.high and 0.12 < base.low < 0.2 < base.high < 0.31
    assert "2 of the 12 approached" in action.target and "20.0%" in action.target


def test_both_languages_have_the_same_figures(desk: Desk) -> None:
    english, chinese = desk.listed("en").proposed[0], desk.listed("zh").proposed[0]
    assert [(f.name, f.value) for f in english.figures] == [(f.name, f.value) for f in chinese.figures]
    assert chinese.headline == "32 位客人 30 天没来" and "guest" not in chinese.model_dump_json(exclude={"queries", "audience", "figures", "kind"})


def test_what_lacks_evidence_is_not_proposed_and_says_what_is_missing(teahouse: Callable[..., Shop]) -> None:
    small = AWAY.replace("least: 5\noffer", "least: 25\noffer")
    young = AWAY.replace("  waves: 2\n  least: 5", "  waves: 2\n  least: 90")
    desk = Desk(teahouse({"small": small, "young": young}))
    listed = desk.listed("en")
    assert listed.proposed == []
    assert {a.id: a.missing for a in listed.waiting} == {
        "small": ["24 can be approached; 25 are needed"],
        "young": ["earlier audiences of this kind: 80 people in 2 waves; 90 are needed for a rate"],
    }
    assert all(not (a.target or a.cost or a.break_even or a.test) for a in listed.waiting), "no promise without evidence"
    with pytest.raises(UsageError, match="not proposed"):
        desk.decide("small", "accepted", "en")


def test_nobody_there_is_silence(teahouse: Callable[..., Shop]) -> None:
    listed = Desk(teahouse({"away": AWAY.replace("today-30", "today-400")})).listed("en")
    assert (listed.proposed, listed.waiting, listed.quiet) == ([], [], ["Guests who stay away"])


def test_a_break_even_of_what_is_not_known_is_missing_and_not_out_of_reach(teahouse: Callable[..., Shop]) -> None:
    unknown = AWAY.replace(
        "metrics: [{agg: avg, field: sales.amount}]", "metrics: [{agg: avg, field: sales.amount}], where: [{field: sales.tea, value: white}]"
    )
    never = AWAY.replace("card / cup", "card / (cup - cup)")
    listed = Desk(teahouse({"unknown": unknown, "never": never})).listed("en")
    assert [a.missing for a in listed.waiting if a.kind == "unknown"] == [["break-even cannot be computed"]]
    assert [a.break_even for a in listed.proposed if a.kind == "never"] == ["By these figures no effect, however large, pays for it."]


EACH = """trigger:
  - query: {metrics: [visits], group_by: [{field: sales.tea, alias: kind}], time: {end: "{today}"}}
    together: true
audience:
  of: guest
  where:
    - each_row: {entity: guest, metric: {metric: visits, where: [{field: sales.tea, value: "{kind}"}]}, op: ">=", value: 20, time: {end: "{today}"}}
"""


def test_a_condition_for_each_row_is_met_by_any_and_the_unknown_is_none(teahouse: Callable[..., Shop]) -> None:
    a, b = AWAY.index("audience:"), AWAY.index("  without:")
    (action,) = Desk(teahouse({"each": AWAY[:a] + EACH + AWAY[b:]})).listed("en").proposed
    assert action.id == "each" and action.audience and action.audience.size == 100, "everybody came twenty times for the one tea or the other"


def test_a_value_that_does_not_fit_is_said_and_hurts_no_other(teahouse: Callable[..., Shop]) -> None:
    trigger = "trigger:\n  - query: {metrics: [visits], group_by: [{field: sales.tea, alias: kind}]}\naudience:\n"
    odd = AWAY.replace("audience:\n", trigger, 1).replace("value: 3,", 'value: "{kind}",')
    listed = Desk(teahouse({"away": AWAY, "odd": odd})).listed("en")
    assert [a.kind for a in listed.proposed] == ["away"]
    assert {m for a in listed.waiting for m in a.missing} == {"a value of the triggering row does not fit into the playbook's query"}


def test_people_that_cannot_be_told_apart_are_said_to_be_in_it(teahouse: Callable[..., Shop]) -> None:
    text = AWAY.replace("field: guests.town, value: East", "field: guests.opted_in, value: false")
    (action,) = Desk(teahouse({"away": text})).listed("en").proposed
    assert action.audience and action.audience.reached == 32
    assert action.caveats == ['The data do not tell "those of the east"; nobody was left out for it, so look yourself.']


# -- states -----------------------------------------------------------------------------------------------------


def test_decisions_survive_a_restart_with_who_and_when(teahouse: Callable[..., Shop], tmp_path: Path) -> None:
    shop, url = teahouse(), f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = open_store(url)
    Desk(shop, store.decisions).decide("away", "changed", "en", "ann", changes={"card": 3, "owner": "Li"})
    Desk(shop, store.decisions).decide("away", "accepted", "en", "bob")
    store.close()
    store = open_store(url)
    listed = Desk(shop, store.decisions).listed("en", "cem")
    (action,) = listed.running
    assert listed.proposed == [] and (action.state, action.owner, figure(action, "cost")) == ("accepted", "Li", 36)
    assert [(s.state, s.user, s.changes) for s in action.steps] == [("changed", "ann", {"owner": "Li", "card": 3.0}), ("accepted", "bob", {})]
    assert all(s.at.tzinfo for s in action.steps)
    store.close()


def test_a_step_has_to_follow_from_the_state(desk: Desk) -> None:
    with pytest.raises(UsageError, match="cannot become done"):
        desk.decide("away", "done", "en")
    with pytest.raises(UsageError, match="why"):
        desk.decide("away", "dismissed", "en", reason=" ")
    assert desk.decide("away", "accepted", "en").state == "accepted"
    assert desk.decide("away", "done", "en").state == "done"
    with pytest.raises(UsageError, match="cannot become accepted"):
        desk.decide("away", "accepted", "en")
    assert [a.id for a in desk.listed("en").closed] == ["away"]


@pytest.mark.parametrize(
    "changes", [{"size": 3}, {"card": -1}, {"card": "dear"}, {"owner": " "}, {"state": "done"}, {"card": float("inf")}, {"card": True}]
)
def test_only_words_and_assumptions_can_be_changed(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="cannot be changed so"):
        desk.decide("away", "changed", "en", changes=changes)
    assert desk.listed("en").proposed[0].state == "proposed"


def test_what_is_done_comes_back_after_its_rest(teahouse: Callable[..., Shop], tmp_path: Path) -> None:
    import datetime as dt

    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    shop = teahouse({"away": AWAY + "rest: 10\n"})
    desk = Desk(shop, store.decisions)
    desk.decide("away", "changed", "en", changes={"card": 7})
    desk.decide("away", "accepted", "en")
    desk.decide("away", "done", "en")

    def on(day: int) -> tuple[list[str], list[str]]:
        from semantic_layer.shops import open_shop

        listed = Desk(open_shop(str(shop.folder), dt.date(2024, 7, day)), store.decisions).listed("en")
        return [a.id for a in listed.proposed], [a.id for a in listed.closed]

    assert on(10) == ([], ["away"]) and on(11) == (["away"], [])
    store.close()


def test_a_dismissed_kind_is_ranked_lower_for_that_user_alone(teahouse: Callable[..., Shop]) -> None:
    each = {name: MORE.replace("urgency", "urgency") for name in ("b", "c")}
    trigger = """trigger:
  - query: {metrics: [visits], group_by: [sales.tea], order_by: [{by: tea, desc: false}]}
"""
    desk = Desk(teahouse({"away": AWAY.replace("audience:\n", trigger + "audience:\n", 1), **each}))
    first = desk.listed("en", "ann").proposed
    assert [a.kind for a in first][:2] == ["away", "away"], "the dearer cards, one for each tea, stand first"
    desk.decide(first[0].id, "dismissed", "en", "ann", "we know them all")
    mine, others = desk.listed("en", "ann"), desk.listed("en", "bob")
    assert [a.id for a in mine.closed] == [first[0].id] and [a.kind for a in mine.proposed] == ["b", "c", "away"]
    assert mine.proposed[-1].note == "Ranked lower: you dismissed this kind once in 90 days."
    assert [a.id for a in others.proposed] == [a.id for a in first] and not any(a.note for a in others.proposed)


def test_who_is_in_a_running_action_as_well_is_said(teahouse: Callable[..., Shop]) -> None:
    west = AWAY.replace("  where:\n", "  where:\n    - {field: guests.town, value: West}\n", 1)
    desk = Desk(teahouse({"away": AWAY, "west": west}))
    desk.decide("west", "accepted", "en")
    (action,) = desk.listed("en").proposed
    assert action.audience and action.audience.overlap == {"Guests who stay away": 24}


# -- rights -----------------------------------------------------------------------------------------------------

RIGHTS = {
    "rights": [
        {"role": "all", "allowed_tables": ["*"]},
        {"role": "west", "allowed_tables": ["*"], "row_filters": {"guests": "town = 'West'"}},
        {"role": "till", "allowed_tables": ["sales"]},
        {"role": "groups", "allowed_tables": ["*"], "min_group_size": 5},
    ],
    "users": {"ann": "all", "bob": "west", "cem": "till", "dan": "groups"},
}


@pytest.fixture
def guarded(teahouse: Callable[..., Shop]) -> Desk:
    return Desk(teahouse(**RIGHTS))


def test_an_audience_is_what_the_user_may_see_of_it(guarded: Desk) -> None:
    columns, rows = guarded.audience("away", "en", "ann")
    assert columns == ["guest", "town"], "no personal data, though the playbook asks for it"
    assert len(rows) == 24 and rows[0] == ("G009", "West")
    assert guarded.audience("away", "en", "ann", limit=3)[1] == rows[:3]
    west = guarded.show("away", "en", "bob").audience
    assert west and (west.size, west.reached) == (24, 24)


def test_a_role_without_the_table_does_not_hear_of_it(guarded: Desk) -> None:
    listed = guarded.listed("en", "cem")
    assert listed.proposed == [] and "away" in [w.kind for w in listed.wanting]


def test_a_role_that_sees_groups_gets_numbers_and_no_list(guarded: Desk) -> None:
    found = guarded.listed("en", "dan")
    actions = [*found.proposed, *found.waiting]
    assert actions, "counts of people are no list of them"
    with pytest.raises((QueryError, UsageError)):
        guarded.audience(actions[0].id, "en", "dan")


def test_a_card_of_then_is_shown_to_those_alone_who_saw_it(teahouse: Callable[..., Shop]) -> None:
    shop = teahouse(**RIGHTS)
    desk = Desk(shop)
    desk.decide("away", "accepted", "en", "ann")
    file = shop.folder / "playbooks" / "away.yaml"
    file.write_text(AWAY.replace("today-30", "today-400"), encoding="utf-8")  # nothing calls for it any more
    (mine,) = desk.listed("en", "ann").running
    (theirs,) = desk.listed("en", "bob").running
    assert mine.headline.startswith("32 guests") and "no longer call" in mine.note
    assert "32" not in theirs.model_dump_json(exclude={"steps", "day"}) and theirs.state == "accepted"


def test_an_unknown_user_is_refused(guarded: Desk) -> None:
    with pytest.raises(WenshuError):
        guarded.listed("en", "eve")


# -- exports ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_is_written_whole(teahouse: Callable[..., Shop], lang: str) -> None:
    desk = Desk(
        teahouse(
            {
                "away": AWAY,
                "small": AWAY.replace("least: 5\noffer", "least: 25\noffer"),
                "odd": MORE.replace("channel: {zh: 明信片, en: a postcard}", "channel: {zh: '*x* | <b>', en: '*x* | <b>'}"),
            }
        )
    )
    listed = desk.listed(lang)
    names, rows = table(listed)
    assert len(names) == len(set(names)) == len(rows[0]) and [r[0] for r in rows] == ["away", "odd", "small"]
    text = as_markdown(listed)
    assert text.count("### ") == 2 and "<b>" not in text.replace("\\<b\\>", "")
    for action in listed.proposed:
        assert action.headline in text and action.cost.split("（")[0].split(" (")[0] in text
    assert any("away" in line for line in as_text(listed)) and len(list(as_text(listed, True))) > len(list(as_text(listed)))
