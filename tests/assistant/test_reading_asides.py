"""Clauses that say why something is asked: passed over where they ask for nothing, and named; kept, or asked about, where they would change the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.reading import AskBack, Refuse
from assistant.reading.outcome import Reading
from semantic_layer.query import SemanticQuery

NOVEMBER = {"start": "2017-11-01", "end": "2017-12-01"}
Q3 = {"start": "2017-07-01", "end": "2017-10-01"}
JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
MEDIAN = {"metrics": [{"metric": "sales", "agg": "median", "over": "household"}], "time": Q3}
BY_WEEKDAY = {"metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day_of_week"}], "time": NOVEMBER}

READ: list[tuple[str, str, str, dict[str, Any]]] = [
    ("completejourney", "为了安排早班人手：11月周一到周日各多少张小票", "为了安排早班人手", BY_WEEKDAY),
    ("completejourney", "三季度每户总消费的中位数是多少？平均值总被大户拉高", "平均值总被大户拉高", MEDIAN),
    ("completejourney", "市场部打算谈跨界合作，11月销售额最高的5个部门", "市场部打算谈跨界合作", {
        "metrics": ["sales"], "group_by": [{"field": "products.department"}], "time": NOVEMBER, "order_by": [{"by": "sales"}], "limit": 5}),
    ("completejourney", "To staff the tills better: receipts by day of the week, November 2017", "To staff the tills better", BY_WEEKDAY),
    ("completejourney", "median spend per household in Q3, a rough figure is enough", "a rough figure is enough", MEDIAN),
    ("completejourney", "November revenue day by day, want to spot the pre-Thanksgiving peak", "want to spot the pre-Thanksgiving peak", {
        "metrics": ["sales"], "group_by": [{"field": "time", "grain": "day"}], "time": NOVEMBER}),
    ("mall", "售后在准备述职答辩：6月退款额多少", "售后在准备述职答辩", {"metrics": ["refund_amount"], "time": JUNE}),
]  # fmt: skip


@pytest.mark.parametrize(("shop", "question", "said", "query"), READ)
def test_a_clause_that_says_why_is_passed_over_and_named(
    read: Callable[[str, str], Reading], shop: str, question: str, said: str, query: dict[str, Any]
) -> None:
    reading = read(shop, question)
    assert reading.query.key == SemanticQuery.model_validate(query).key
    assert reading.unexplained == (said,) and reading.confidence < 0.9
    assert any(said in note.zh and said in note.en for note in reading.assumptions)


@pytest.mark.parametrize(
    ("shop", "question"),
    [
        ("completejourney", "要含税的，11月销售额多少"),  # another amount
        ("completejourney", "想看会员日的，11月销售额多少"),  # days that nothing is known of
        ("completejourney", "we want only fair trade ones, November sales by department"),
        ("completejourney", "to compare with weather, November sales excluding rainy days"),
        ("completejourney", "老板想知道利润，还有11月销售额"),  # two figures, of which one is lacking
    ],
)
def test_a_clause_that_would_change_the_numbers_is_none(read: Callable[[str, str], Reading], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        read(shop, question)


def test_a_condition_behind_a_reason_is_kept(read: Callable[[str, str], Reading]) -> None:
    """The clause that takes fuel out is no reason, although it stands at the end."""
    reading = read("completejourney", "采购打算谈续约，11月自有品牌销售额最高的3个部门，汽油除外")
    kept = {c.field for c in reading.query.where if hasattr(c, "field")} | {c.segment for c in reading.query.where if hasattr(c, "segment")}
    assert kept == {"products.brand", "fuel"} and reading.unexplained == ("采购打算谈续约",)
