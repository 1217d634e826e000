"""Where to go from an answer: into its first row, to another split, to another time; each a query that is answered."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answer import Answer
from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


def next_of(answer: Answer) -> list[SemanticQuery]:
    return [SemanticQuery.model_validate(choice.query) for choice in answer.next]


def fields(query: SemanticQuery) -> list[str | None]:
    return [group.field for group in query.group_by]


QUESTIONS = [
    "上个月的销售额是多少", "各部门销售额", "sales by month in 2017", "top 5 departments by units in May", "各部门12月销售额环比", "redemption rate by campaign type",
    "average basket value by age group", "customers in November by weekday",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_three_ways_to_go_on_and_each_is_answered(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    found = [q for q, choice in zip(next_of(answer), answer.next, strict=True) if not choice.analysis]
    assert 2 <= len(found) <= 3 and len(set(found)) == len(found)
    for query in found:
        assert query.to_dict() != answer.query
        assert assistant.answer(query, answer.lang).status == "answered"


@pytest.mark.parametrize("question", ["各部门销售额", "top 5 departments by sales in May"])
def test_a_breakdown_goes_into_its_first_row_by_the_next_level(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    (into,) = [q for q in next_of(answer) if any(getattr(c, "value", None) == "GROCERY" for c in q.where)]
    assert fields(into) == ["products.product_category"] and into.limit is None and into.time == SemanticQuery.model_validate(answer.query).time


def test_a_comparison_goes_into_the_row_that_changed_most(assistant: Assistant) -> None:
    answer = assistant.ask("各部门12月销售额环比")
    at = next(i for i, c in enumerate(answer.columns) if c.role == "difference")
    most: Any = max((r for r in answer.rows if r[0] is not None and r[at] is not None), key=lambda r: abs(r[at]))[0]
    into = next(q for q in next_of(answer) if any(getattr(c, "value", None) == most for c in q.where))
    assert into.compare is not None and fields(into) == ["products.product_category"]


def test_a_figure_is_split_by_what_different_things_say_and_followed_over_time(assistant: Assistant) -> None:
    answer = assistant.ask("上个月的销售额是多少")
    first, second, third = (q for q, c in zip(next_of(answer), answer.next, strict=True) if not c.analysis)
    assert fields(first) == ["products.department"]
    assert fields(second)[0].split(".")[0] not in ("products", "transactions")  # type: ignore[union-attr]
    assert answer.trend and third.to_dict() == answer.trend.query


def test_a_trend_goes_back_a_year_only_where_there_is_one(assistant: Assistant) -> None:
    assert all(q.compare is None for q in next_of(assistant.ask("sales by month in 2017")))
