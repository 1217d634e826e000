"""Reading on a catalog whose dimensions stand in several roles, and whose rows hold amounts of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop

LAST_YEAR = {"start": "1997-01-01", "end": "1998-01-01"}
THIS_YEAR = {"start": "1998-01-01", "end": "1999-01-01"}
CUSTOMER_REGION, SUPPLIER_REGION = "customer_region.r_name", "supplier_region.r_name"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with contextlib.closing(open_shop("wholesale")) as shop:
        access = shop.whole
        yield Reader(access, Lexicon(access.catalog), access.values)


def known(field: str) -> dict[str, Any]:
    return {"field": field, "op": "not_null"}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("suppliers by region", "按大区数一数供应商"), {"metrics": ["suppliers"], "group_by": [SUPPLIER_REGION]}),
    (("各国供应商的账户余额合计",), {"metrics": ["supplier_account_balance"], "group_by": ["supplier_nation.n_name"]}),
    (
        ("各大区今年营收最高的3个客户",),
        {
            "metrics": ["revenue"], "group_by": ["customer.c_name", CUSTOMER_REGION], "time": THIS_YEAR, "where": [known(CUSTOMER_REGION)],
            "order_by": [{"by": "revenue"}], "limit": 3, "limit_per": ["r_name"],
        },
    ),
    (
        ("the 8 customers with the lowest balance, with country and phone",),
        {
            "metrics": ["account_balance"], "group_by": ["customer.c_name", "customer_nation.n_name", "customer.c_phone"],
            "order_by": [{"by": "account_balance", "desc": False}], "limit": 8,
        },
    ),
    (
        ("余额最低的8个客户，带国家和电话",),
        {
            "records": {
                "dataset": "customer",
                "fields": ["customer.c_name", "customer.c_acctbal", "customer_id", "customer_nation.n_name", "customer.c_phone"],
            },
            "order_by": [{"by": "customer.c_acctbal", "desc": False}], "limit": 8,
        },
    ),
    (
        ("金额最大的10张订单，要订单号、客户、日期、金额",),
        {
            "records": {"dataset": "orders", "fields": ["order", "customer.c_name", "orders.o_orderdate", "orders.o_totalprice"]},
            "order_by": [{"by": "orders.o_totalprice"}], "limit": 10,
        },
    ),
    (
        ("orders over 200k in 1997", "去年20万以上的订单有多少"),
        {"metrics": ["orders"], "time": LAST_YEAR, "where": [{"field": "orders.o_totalprice", "op": ">", "value": 200_000}]},
    ),
    (
        ("how many parts of size 30 or more", "尺寸30以上（含30）的零件有多少"),
        {"metrics": ["parts"], "where": [{"field": "part.p_size", "op": ">=", "value": 30}]},
    ),
    (("how many suppliers are in the red",), {"metrics": ["suppliers"], "where": [{"field": "supplier.s_acctbal", "op": "<", "value": 0}]}),
    (
        ("Customer#000000106 去年的每张订单", "list the orders of Customer#000000106 in 1997"),
        {
            "records": {"dataset": "orders", "fields": ["order", "orders.o_orderdate", "orders.o_totalprice"]}, "time": LAST_YEAR,
            "where": [{"field": "customer.c_name", "value": "Customer#000000106"}],
        },
    ),
    (
        ("is FOB our biggest ship mode by units this year?", "离岸交货是不是今年件数最多的运输方式"),
        {
            "metrics": ["quantity"], "group_by": ["lineitem.l_shipmode"], "time": THIS_YEAR, "where": [known("lineitem.l_shipmode")],
            "order_by": [{"by": "quantity"}],
        },
    ),
    (
        ("within each segment, what share of orders is urgent",),
        {
            "metrics": [{"metric": "orders", "where": [{"field": "orders.o_orderpriority", "value": "1-URGENT"}], "share": True}],
            "group_by": ["customer.c_mktsegment"],
        },
    ),
    (
        ("今年每个月销售额跟上个月比的增长率", "revenue by month this year, each compared with the previous month"),
        {"metrics": ["revenue"], "group_by": [{"field": "time", "grain": "month"}], "time": THIS_YEAR, "compare": {"to": "previous"}},
    ),
    (
        ("各细分市场订单总价的中位数", "median order total by segment"),
        {"metrics": [{"agg": "median", "field": "orders.o_totalprice"}], "group_by": ["customer.c_mktsegment"]},
    ),
    (("每个国家平均有多少家供应商", "suppliers per country on average"), {"metrics": [{"metric": "suppliers", "agg": "avg", "over": "supplier_nation_id"}]}),
    (
        ("供应商大区的去年营收分布",),
        {"metrics": ["revenue"], "group_by": [SUPPLIER_REGION], "time": LAST_YEAR},
    ),
    (
        ("ordering customers by customer region and year",),
        {"metrics": ["customers_with_orders"], "group_by": [CUSTOMER_REGION, {"field": "time", "grain": "year"}]},
    ),
    (
        ("今年走AIR的货总共多少件？REG AIR别算进来",),
        {"metrics": ["quantity"], "time": THIS_YEAR, "where": [{"field": "lineitem.l_shipmode", "value": "AIR"}]},
    ),
    (
        ("发货日晚于承诺日的明细占比，按运输方式",),
        {"metrics": [{"metric": "line_items", "where": [{"segment": "shipped_late"}], "share": True}], "group_by": ["lineitem.l_shipmode"]},
    ),
    (
        ("revenue for every full year since 1993",),
        {"metrics": ["revenue"], "group_by": [{"field": "time", "grain": "year"}], "time": {"start": "1993-01-01", "end": "1998-01-01"}},
    ),
    (("average balance of customers by segment",), {"metrics": ["average_account_balance"], "group_by": ["customer.c_mktsegment"]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    got = reader.read(question).query
    wanted = SemanticQuery.model_validate(query)
    if "以上" in question and "含" not in question:  # 以上 holds its own limit
        wanted = wanted.model_copy(update={"where": tuple(c.model_copy(update={"op": ">="}) for c in wanted.where)})
    assert got.key == wanted.key


@pytest.mark.parametrize("question", ["rank the nations by revenue", "德国去年的销售额", "那个品牌卖得咋样", "中国的账户余额一共多少", "跟之前比订单怎么样"])
def test_asks_which_one(reader: Reader, question: str) -> None:
    with pytest.raises(AskBack):
        reader.read(question)


@pytest.mark.parametrize("question", ["把余额为负的客户全部停掉", "top ship mode FOB by units"])
def test_refuses(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
