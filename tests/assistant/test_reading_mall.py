"""Wordings of a marketplace: what is asked in other words is the same query, and what only looks alike is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.query import ExistsCondition, SemanticQuery


@pytest.fixture(scope="module")
def mall(assistant_of: Callable[[str], Assistant]) -> Assistant:
    return assistant_of("mall")


SAME = [
    ("sales in the Goddess Day sale this year", "sales on this year's Goddess Day"),
    ("sales 2026 so far vs 2025", "sales, 2026 so far vs all of 2025"),
    ("哪些品牌今年上半年的销售额比去年上半年少", "哪些品牌今年上半年的销售额不如去年上半年"),
    ("which brands had lower sales in Q2 than in Q1", "which brands had less sales in Q2 than in Q1"),
    ("最近30天浏览、加购、下单、支付各有多少人", "最近30天的漏斗，浏览、加购、下单、支付各有多少人"),
    ("unanswered product questions by category", "product questions nobody has answered yet, by category"),
    ("users by age band, including unknown", "users by age band, unknown ones too"),
    ("美妆护肤各子类目销售额占美妆护肤的比例", "美妆护肤各子类目销售额占美妆护肤的比重"),
    ("6月一线城市的销售额", "6月收货在一线城市的销售额"),
]


@pytest.mark.parametrize(("plain", "other"), SAME)
def test_other_wordings_are_the_same_query(mall: Assistant, plain: str, other: str) -> None:
    assert _meant(mall, other) == _meant(mall, plain)


def test_an_outcome_has_a_rate(mall: Assistant) -> None:
    metric = _query(mall, "各支付方式的支付失败率").metrics[0]
    assert [(c.field, c.value) for c in metric.where] == [("payments.state", "失败")]  # type: ignore[union-attr]
    assert metric.share


def test_the_rate_of_a_kind_of_thing_is_asked_back(mall: Assistant) -> None:
    assert mall.ask("各渠道的投诉率").status != "answered"  # of contacts, or of orders


def test_a_measure_is_added_up_beside_the_number_of_its_rows(mall: Assistant) -> None:
    metrics = _query(mall, "number of campaigns by kind, and their total budget").metrics
    assert {(m.metric, m.agg, m.field) for m in metrics} == {("campaigns", None, None), (None, "sum", "campaigns.budget")}


@pytest.mark.parametrize("question", ["which products have never sold", "从来没卖出去过的商品有哪些"])
def test_which_never_did_are_listed(mall: Assistant, question: str) -> None:
    query = _query(mall, question)
    assert query.records is not None
    assert [(c.entity, c.negated) for c in query.where if isinstance(c, ExistsCondition)] == [("product", True)]


def test_each_deed_of_those_counted_is_a_condition(mall: Assistant) -> None:
    query = _query(mall, "6月注册的女用户有多少人下过单")
    assert {c.exists for c in query.where if isinstance(c, ExistsCondition)} == {"registrations", "orders"}


def test_a_word_is_not_taken_for_its_opposite(mall: Assistant) -> None:
    assert mall.ask("how many questions were answered").status != "answered"


def test_words_that_a_definition_denies_are_not_passed_over(mall: Assistant) -> None:
    assert mall.ask("6月含运费的销售额").status != "answered"


def _answered(mall: Assistant, question: str) -> Answer:
    answer = mall.ask(question)
    assert answer.status == "answered", answer.text
    return answer


def _query(mall: Assistant, question: str) -> SemanticQuery:
    return SemanticQuery.model_validate(_answered(mall, question).query)


def _meant(mall: Assistant, question: str) -> SemanticQuery:
    """The query without the words that its period was said in."""
    query = _query(mall, question)
    return query.model_copy(update={"time": query.time and query.time.model_copy(update={"words": ""})})
