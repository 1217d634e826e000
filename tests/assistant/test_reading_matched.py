"""What belongs together is read together, or not answered: bounds and metrics, deeds and doers, lists and rows."""

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


@pytest.fixture(scope="module")
def readers() -> Iterator[dict[str, Reader]]:
    with contextlib.ExitStack() as stack:
        shops = {name: stack.enter_context(contextlib.closing(open_shop(name))).whole for name in (CJ, WS)}
        yield {name: Reader(shop, Lexicon(shop.catalog), shop.values) for name, shop in shops.items()}


READ: list[tuple[str, str, dict[str, Any]]] = [
    (WS, "quantity per order in 1995", {"metrics": [{"metric": "quantity", "per": "order"}], "time": {"start": "1995-01-01", "end": "1996-01-01"}}),
    (WS, "按客户所在的大区看营收", {"metrics": ["revenue"], "group_by": ["customer_region.r_name"]}),
    (WS, "revenue by customer's region", {"metrics": ["revenue"], "group_by": ["customer_region.r_name"]}),
    (
        WS,
        "下单超过32次的客户名单给我，带上次数",
        {
            "metrics": ["orders"], "group_by": ["customer.c_name"], "where": [{"field": "customer.c_name", "op": "not_null"}],
            "having": [{"by": "orders", "op": ">", "value": 32}],
        },
    ),
    (
        CJ,
        "customers who came in January and never again",
        {
            "metrics": ["customers"], "time": {"start": "2017-01-01", "end": "2017-02-01"},
            "where": [{"entity": "household", "exists": "transactions", "time": {"start": "2017-02-01"}, "negated": True}],
        },
    ),
    (CJ, "前100名顾客贡献了多少销售额", {"metrics": ["sales"], "where": [{"entity": "household", "metric": "sales", "top": 100}]}),
    (
        CJ,
        "消费金额前20的家庭，带上单数",
        {"metrics": ["sales", "baskets"], "group_by": ["household"], "order_by": [{"by": "sales"}], "limit": 20},
    ),
    (
        CJ,
        "每家店卖得最多的部门",
        {
            "metrics": ["sales"], "group_by": ["products.department", "store"], "order_by": [{"by": "sales"}], "limit": 1, "limit_per": ["store"],
        },
    ),
    (
        CJ,
        "top 5 departments by sales with more than 1000 customers",
        {
            "metrics": ["sales", "customers"], "group_by": ["products.department"], "having": [{"by": "customers", "op": ">", "value": 1000}],
            "order_by": [{"by": "sales"}], "limit": 5,
        },
    ),
]  # fmt: skip

NOT_ANSWERED = [
    (WS, "1997年退货最多的三个品牌"),
    (CJ, "what did households aged 65+ buy most"),
    (CJ, "which product category has the biggest gap between national and private brand sales"),
    (CJ, "二季度每月新客数和老客数"),
    (CJ, "谁用券最多"),
    (CJ, "各部门折扣占销售的比例，从高到低"),
    (CJ, "campaigns with the most redemptions per targeted household"),
    (CJ, "哪个年龄段的家庭退出率最高"),
    (WS, "订单金额超过30万的订单占比"),
]


def _query(parts: dict[str, Any]) -> dict[str, Any]:
    query = SemanticQuery.model_validate(parts).to_dict()
    return {**query, **({"time": {**query["time"], "words": ""}} if query.get("time") else {})}


@pytest.mark.parametrize(("shop", "question", "expected"), READ)
def test_reads(readers: dict[str, Reader], shop: str, question: str, expected: dict[str, Any]) -> None:
    query = readers[shop].read(question).query.to_dict()
    if query.get("time"):
        query["time"] = {**query["time"], "words": ""}
    wanted = _query(expected)
    assert sorted(map(str, query.pop("group_by", []))) == sorted(map(str, wanted.pop("group_by", [])))
    assert query == wanted


@pytest.mark.parametrize(("shop", "question"), NOT_ANSWERED)
def test_is_not_answered_by_half(readers: dict[str, Reader], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        readers[shop].read(question)
