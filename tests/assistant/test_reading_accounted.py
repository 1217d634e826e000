"""A finished query holds what was said: values, numbers, periods and rankings of the question, or it is not answered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop

CJ, WS = "completejourney", "wholesale"
OCTOBER, NOVEMBER = {"start": "2017-10-01", "end": "2017-11-01"}, {"start": "2017-11-01", "end": "2017-12-01"}
BOTH = {"metrics": ["customers"], "time": OCTOBER, "where": [{"entity": "household", "exists": "transactions", "time": NOVEMBER}]}
NOT_REDEEMED = {"entity": "household", "exists": "coupon_redemptions", "time": {}, "negated": True}
MONTHS = {"metrics": ["discount_rate"], "group_by": [{"field": "time", "grain": "month"}]}


@pytest.fixture(scope="module")
def readers() -> Iterator[dict[str, Reader]]:
    with contextlib.ExitStack() as stack:
        shops = {name: stack.enter_context(contextlib.closing(open_shop(name))).whole for name in (CJ, WS)}
        yield {name: Reader(shop, Lexicon(shop.catalog), shop.values) for name, shop in shops.items()}


READ: list[tuple[str, str, dict[str, Any]]] = [
    (CJ, "10月和11月都来过的顾客数", BOTH),
    (CJ, "customers who came in both October and November", BOTH),
    (CJ, "11月和10月的折扣率", MONTHS | {"time": {"start": "2017-10-01", "end": "2017-12-01"}}),
    (CJ, "discount rate in October and November", MONTHS | {"time": {"start": "2017-10-01", "end": "2017-12-01"}}),
    (CJ, "一次都没核销过券的触达家庭", {"metrics": ["targeted_households"], "where": [NOT_REDEEMED]}),
    (CJ, "targeted households that never redeemed", {"metrics": ["targeted_households"], "where": [NOT_REDEEMED]}),
    (
        CJ,
        "销售额top3的品类及其折扣率",
        {"metrics": ["sales", "discount_rate"], "group_by": ["products.product_category"], "order_by": [{"by": "sales"}], "limit": 3},
    ),
    (
        CJ,
        "top 5 categories by discount rate with at least 10k sales",
        {
            "metrics": ["discount_rate", "sales"], "group_by": ["products.product_category"],
            "having": [{"by": "sales", "op": ">=", "value": 10000}], "order_by": [{"by": "discount_rate"}], "limit": 5,
        },
    ),
    (
        CJ,
        "which store has the most married customers",
        {
            "metrics": ["customers"], "group_by": ["store"], "where": [{"field": "demographics.marital_status", "value": "Married"}],
            "order_by": [{"by": "customers"}], "limit": 1,
        },
    ),
    (
        WS,
        "晚发货占比最高的运输方式",
        {
            "metrics": [{"metric": "line_items", "where": [{"segment": "shipped_late"}], "share": True}], "group_by": ["lineitem.l_shipmode"],
            "order_by": [{"by": "line_items_part"}], "limit": 1,
        },
    ),
    (
        WS,
        "已完成的订单里高优先级占多少",
        {
            "metrics": [{"metric": "orders", "where": [{"field": "orders.o_orderpriority", "value": "2-HIGH"}], "share": True}],
            "where": [{"field": "orders.o_orderstatus", "value": "F"}],
        },
    ),
]  # fmt: skip

NOT_ANSWERED = [
    (WS, "德国客户1997年的销售额减去法国的"),
    (WS, "紧急订单以外的订单平均金额"),
    (WS, "orders placed in 1996 that were placed in 1997"),
    (CJ, "没有孩子的已婚家庭占多少顾客"),
    (CJ, "coupon discount as part of total discount"),
    (CJ, "percent of customers making up the top 20% of sales"),
    (CJ, "上半年销售额前5的品类下半年各卖了多少"),
    (CJ, "sales of the top 5 categories of the first half in the second half"),
    (CJ, "average number of categories per basket"),
    (CJ, "how much more meat than seafood did we sell in Q3"),
    (CJ, "how much higher are weekend sales than weekdays, in %"),
    (CJ, "销售额前10的品类里折扣率最低的是哪个"),
    (CJ, "12月没来的已婚顾客有几个"),
    (CJ, "total discount relative to sales by department"),
    (CJ, "spend per household with and without kids"),
    (CJ, "type B campaigns: households reached and redemptions"),
    (CJ, "redemptions per married household"),
    (CJ, "five departments with the smallest share of coupon sales"),
    (WS, "ten largest orders with their customers"),
    (CJ, "repeat rate of the three best selling stores in May"),
    (CJ, "最近7天每天的用券率和前7天比"),
]


@pytest.mark.parametrize(("shop", "question", "expected"), READ)
def test_what_was_said_is_in_the_query(readers: dict[str, Reader], shop: str, question: str, expected: dict[str, Any]) -> None:
    assert readers[shop].read(question).query == SemanticQuery.model_validate(expected)


@pytest.mark.parametrize(("shop", "question"), NOT_ANSWERED)
def test_what_the_query_cannot_say_is_not_answered(readers: dict[str, Reader], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        readers[shop].read(question)
