"""Questions that ask what to do, and answers whose rows call for something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from assistant.answer import Answer
from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.actions.conftest import AWAY

WATCHED = AWAY + "answers: {metrics: [visits], by: [sales.tea], falls: 0.2}\n"
TRIGGER = "trigger:\n  - query: {metrics: [visits], group_by: [sales.tea], where: [{field: sales.tea, value: green}]}\naudience:\n"


@pytest.fixture
def assistant(teahouse: Callable[..., Shop]) -> Assistant:
    return Assistant(teahouse({"away": WATCHED, "green": AWAY.replace("audience:\n", TRIGGER, 1)}))


@pytest.mark.parametrize(
    "question", ["what should we do this week", "What needs to be done today?", "any suggestions", "这周该做什么", "接下来该怎么做", "给点建议"]
)
def test_what_to_do_is_answered_by_the_list(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert (answer.status, answer.analysis) == ("answered", "actions"), answer.text
    assert [a.kind for a in answer.actions] == ["away", "green"] and len(answer.rows) == 2
    assert all(a.text in answer.text for a in answer.actions) and all(a.rows for a in answer.actions)
    assert answer.query and answer.query["time"]["end"] == "2024-07-01", "the number beside it is of days that are over"


@pytest.mark.parametrize(
    ("question", "kinds"),
    [("what should we do about green", ["green"]), ("green 怎么办", ["green"]), ("what to do about the falling visits of green", ["green"])],
)
def test_about_something_it_is_what_is_about_that(assistant: Assistant, question: str, kinds: list[str]) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered" and [a.kind for a in answer.actions] == kinds, answer.text


@pytest.mark.parametrize("question", ["what should we do about black", "black 怎么办"])
def test_where_there_is_nothing_to_propose_it_is_refused_with_the_whole_list_beside(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "refused" and "black" in answer.text and answer.rows == [] and answer.actions == []
    (whole,) = answer.nearest
    again = assistant.answer(SemanticQuery.model_validate(whole.query), answer.lang, analysis=whole.analysis)
    assert [a.kind for a in again.actions] == ["away", "green"]


@pytest.mark.parametrize("question", ["how to improve visits", "which guests should get a postcard", "推荐一款茶", "怎么提升销售额"])
def test_other_advice_is_still_refused(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status in ("refused", "clarify")


def compared(metric: str = "visits", **more: object) -> SemanticQuery:
    fallen = {"metrics": [metric], "group_by": ["sales.tea"], "compare": {"to": "previous"}}
    return SemanticQuery.model_validate(fallen | {"time": {"start": "2024-06-24", "end": "2024-07-01"}} | more)


def test_rows_that_fell_point_to_an_action(teahouse: Callable[..., Shop]) -> None:
    assistant = Assistant(teahouse({"away": WATCHED}))
    answer = assistant.answer(compared(), "en")
    grown = {row[0]: row[[c.name for c in answer.columns].index("visits_growth")] for row in answer.rows}
    fallen = [tea for tea, growth in grown.items() if growth is not None and growth <= -0.2]
    assert fallen, grown
    (hint,) = answer.actions
    assert hint.kind == "away" and not hint.id and hint.text.startswith(min(fallen, key=lambda t: grown[t])) and "Guests who stay away" in hint.text
    assert assistant.answer(compared(), "zh").actions[0].text != hint.text


def test_what_a_question_is_narrowed_to_points_as_well_and_so_does_why(teahouse: Callable[..., Shop]) -> None:
    assistant = Assistant(teahouse({"away": WATCHED}))
    grown = {tea: growth(assistant.answer(compared(), "en"), tea) for tea in ("green", "black")}
    tea = min(grown, key=lambda t: grown[t])
    query = compared(group_by=[], where=[{"field": "sales.tea", "value": tea}])
    for analysis in ("", "drivers"):
        (hint,) = assistant.answer(query, "en", analysis=analysis).actions
        assert hint.kind == "away" and hint.text.startswith(tea)


def growth(answer: Answer, tea: str) -> float:
    return float(next(row for row in answer.rows if row[0] == tea)[[c.name for c in answer.columns].index("visits_growth")])


def test_other_answers_point_nowhere(teahouse: Callable[..., Shop]) -> None:
    assistant = Assistant(teahouse({"away": WATCHED}))
    for query in (
        compared("takings"),
        compared(compare=None),
        compared(group_by=["guests.town"]),
        compared(having=[{"by": "visits", "side": "growth", "op": ">", "value": 0}]),
    ):
        assert assistant.answer(query, "en").actions == []


def test_an_ordinary_answer_asks_nothing_of_the_data_for_it(teahouse: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    from semantic_layer.shops import Access

    assistant = Assistant(teahouse({"away": WATCHED}, dt.date(2024, 7, 1)))
    asked: list[SemanticQuery] = []
    original = Access.answer
    monkeypatch.setattr(Access, "answer", lambda self, query, *rest: asked.append(query) or original(self, query, *rest))
    assert assistant.answer(compared(), "en").actions
    with_actions = len(asked)
    for file in (assistant.shop.folder / "playbooks").iterdir():
        file.unlink()
    asked.clear()
    assert assistant.answer(compared(), "en").actions == []
    assert len(asked) == with_actions


def test_mistakes_of_a_playbook_do_not_hurt_an_ordinary_answer(teahouse: Callable[..., Shop]) -> None:
    assistant = Assistant(teahouse({"away": WATCHED.replace("cost: cost", "cost: costs")}))
    assert assistant.answer(compared(), "en").status == "answered"
    answer = assistant.ask("what should we do")
    assert answer.status == "answered" and any("away.yaml:29" in c for c in answer.caveats)
