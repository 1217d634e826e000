"""Questions of why: which change they ask about, in which direction, and what is asked back or refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from tests.analyses.shop import tea_shop


@pytest.fixture(scope="module")
def groceries(shop: Shop) -> Reader:
    return Assistant(shop).reader(shop.whole)


@pytest.fixture(scope="module")
def flights() -> Iterator[Reader]:
    with contextlib.closing(open_shop("flights")) as shop:
        yield Assistant(shop).reader(shop.whole)


def month(metric: str, number: int, **more: Any) -> dict[str, Any]:
    end = {"start": f"2017-{number:02d}-01", "end": f"2017-{number + 1:02d}-01" if number < 12 else "2018-01-01"}
    return {"metrics": [metric], "time": end, **more}


FELL, ROSE, EITHER = "drivers_of_fall", "drivers_of_rise", "drivers"
DELI = [{"field": "products.department", "value": "DELI"}]
ASKED = [
    ("为什么9月销售额跌了", FELL, month("sales", 9, compare={})),
    ("9月销售额为什么下降这么多", FELL, month("sales", 9, compare={})),
    ("9月销售额突然下滑的原因", FELL, month("sales", 9, compare={})),
    ("9月客数下滑是什么导致的", FELL, month("customers", 9, compare={})),
    ("是什么驱动了5月销售额的增长", ROSE, month("sales", 5, compare={})),
    ("9月生意为啥比8月差", FELL, month("sales", 9, compare={})),
    ("why did sales fall in September", FELL, month("sales", 9, compare={})),
    ("what drove the growth of sales in May?", ROSE, month("sales", 5, compare={})),
    ("why was February so soft", FELL, month("sales", 2, compare={})),
    ("why did the deli slip in June?", FELL, month("sales", 6, compare={}, where=DELI)),
    ("explain the drop in average basket value in April", FELL, month("average_basket_value", 4, compare={})),
    ("what is behind the sudden rise of customers in October", ROSE, month("customers", 10, compare={})),
    ("reasons for the change of sales in June", EITHER, month("sales", 6, compare={})),
]


@pytest.mark.parametrize("question, analysis, query", ASKED, ids=[q for q, *_ in ASKED])
def test_the_change_is_what_the_rest_of_the_question_says(groceries: Reader, question: str, analysis: str, query: dict[str, Any]) -> None:
    reading = groceries.read(question)
    assert (reading.analysis, reading.query, reading.unexplained) == (analysis, SemanticQuery.model_validate(query), ())


@pytest.mark.parametrize("question", ["销售额下滑是什么导致的", "why did sales fall", "为什么客数少了"])
def test_without_a_period_it_is_asked_back_and_the_choice_is_explained(shop: Shop, groceries: Reader, question: str) -> None:
    with pytest.raises(AskBack) as asked:
        groceries.read(question)
    assert asked.value.analysis == FELL and all(q.time and q.compare for q in asked.value.choices)
    assistant = Assistant(shop)
    back = assistant.ask(question, conversation=question)
    chosen = assistant.choose(question, back.choices[1].id)
    assert back.status == "clarify" and chosen.status == "answered" and chosen.analysis == FELL


@pytest.mark.parametrize("question", ["why is the weather bad", "为什么天气不好", "why do people like us", "sales due to coupons in May"])
def test_what_the_data_do_not_hold_is_not_explained(groceries: Reader, question: str) -> None:
    with pytest.raises((Refuse, AskBack)):
        groceries.read(question)


def test_a_word_that_names_a_field_splits(groceries: Reader) -> None:
    assert groceries.read("sales by department in May").analysis == ""


@pytest.mark.parametrize(
    "question, analysis, metric",
    [
        ("why were there fewer flights in February", FELL, "flights"),
        ("2月航班数为什么减少", FELL, "flights"),
        ("why did the average departure delay rise in June", ROSE, "average_departure_delay"),
    ],
)
def test_on_another_shop(flights: Reader, question: str, analysis: str, metric: str) -> None:
    reading = flights.read(question)
    assert reading.analysis == analysis and reading.query.metrics[0].metric == metric and reading.query.time


@pytest.fixture
def tea(tmp_path: Any) -> Iterator[Assistant]:
    assistant = tea_shop(tmp_path / "tea")
    yield assistant
    assistant.shop.close()


@pytest.mark.parametrize("question", ["why is south below east last week", "上周南部为什么比东部低", "上周的销售额南部为什么不如东部"])
def test_two_groups_in_the_order_of_the_question(tea: Assistant, question: str) -> None:
    answer = tea.ask(question)
    query = SemanticQuery.model_validate(answer.query)
    assert answer.analysis == FELL and [g.field for g in query.group_by] == ["orders.region"]
    assert answer.query and answer.query["where"][0]["value"] == ["south", "east"]


@pytest.mark.parametrize("first, then", [("上周销售额", "为什么？"), ("上周销售额", "原因呢"), ("sales last week", "why?"), ("sales last week", "why did it fall?")])
def test_why_after_an_answer_is_about_that_answer(tea: Assistant, first: str, then: str) -> None:
    before = tea.ask(first, conversation="c")
    answer = tea.ask(then, conversation="c")
    assert answer.status == "answered" and answer.analysis.startswith("drivers"), answer.text
    assert answer.query and before.query and answer.query["metrics"] == before.query["metrics"]
    assert answer.period and before.period and (answer.period.start, answer.period.end) == (before.period.start, before.period.end)


def test_a_follow_up_of_why_keeps_what_it_does_not_name(tea: Assistant) -> None:
    tea.ask("上周各地区的销售额和前一周比", conversation="c")
    answer = tea.ask("那为什么南部跌了", conversation="c")
    query = SemanticQuery.model_validate(answer.query)
    assert answer.analysis == FELL and query.metrics[0].metric == "sales" and [c.value for c in query.where] == ["south"]  # type: ignore[union-attr]


def test_a_trend_is_explained_by_its_last_whole_bucket(tea: Assistant) -> None:
    tea.ask("sales by week", conversation="c")
    answer = tea.ask("why?", conversation="c")
    assert answer.status == "answered" and answer.period and str(answer.period.start) == "2026-03-23"
