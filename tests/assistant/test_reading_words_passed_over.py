"""Words that were once passed over or taken for something else, on the wholesaler's catalog and on the grocer's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop

LAST_YEAR = {"start": "1997-01-01", "end": "1998-01-01"}
MAY = {"start": "2017-05-01", "end": "2017-06-01"}
CUSTOMER_REGION, CUSTOMER_NATION = "customer_region.r_name", "customer_nation.n_name"
EUROPE = {"field": CUSTOMER_REGION, "value": "EUROPE"}
STEEL = {"field": "part.p_type", "op": "contains", "value": "STEEL"}
URGENT = {"field": "orders.o_orderpriority", "value": "1-URGENT"}
PRIVATE = {"field": "products.brand", "value": "Private"}


@pytest.fixture(scope="module")
def readers() -> Iterator[Callable[[str], Reader]]:
    with contextlib.ExitStack() as stack:

        @cache
        def of(name: str) -> Reader:
            access = stack.enter_context(contextlib.closing(open_shop(name))).whole
            return Reader(access, Lexicon(access.catalog), access.values)

        yield of


def known(field: str) -> dict[str, Any]:
    return {"field": field, "op": "not_null"}


def ranked(metric: str, group: str, **more: Any) -> dict[str, Any]:
    """A metric by a field, the greatest first."""
    return {"metrics": [metric], "group_by": [group], "where": [known(group)], "order_by": [{"by": metric}], **more}


def bounded(entity: str, metric: str, op: str, value: float) -> dict[str, Any]:
    return {"entity": entity, "metric": {"metric": metric}, "op": op, "value": value}


WHOLESALE: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("按客户所在的大区看下营收，从高到低排", "by customer's region, revenue, high to low"), ranked("revenue", CUSTOMER_REGION)),
    (("按客户的国家看营收", "revenue by the customer's nation"), {"metrics": ["revenue"], "group_by": [CUSTOMER_NATION]}),
    (
        ("下单超过32次的客户名单给我，带上次数", "下单超过32次的客户有哪些"),
        {
            "metrics": ["orders"], "group_by": ["customer.c_name"], "where": [known("customer.c_name")],
            "having": [{"by": "orders", "op": ">", "value": 32}],
        },
    ),
    (
        ("今年7月下单的客户数同比去年7月", "1998年7月下单客户数同比"),
        {"metrics": ["customers_with_orders"], "time": {"start": "1998-07-01", "end": "1998-08-01"}, "compare": {"to": "last_year"}},
    ),
    (("今年6月订单数环比5月",), {"metrics": ["orders"], "time": {"start": "1998-06-01", "end": "1998-07-01"}, "compare": {"to": "previous"}}),
    (
        ("July orders, this year versus last", "7月订单数，今年对比去年"),
        {"metrics": ["orders"], "time": {"start": "1998-07-01", "end": "1998-08-01"}, "compare": {"to": "last_year"}},
    ),
    (("July orders from European customers, 1997",), {"metrics": ["orders"], "time": {"start": "1997-07-01", "end": "1997-08-01"}, "where": [EUROPE]}),
    (
        ("账户余额是负数的客户有多少家，没下过单的也算上", "how many customers have a negative balance, whether or not they ordered"),
        {"metrics": ["customers"], "where": [{"field": "customer.c_acctbal", "op": "<", "value": 0}]},
    ),
    (
        ("注册了但是一单都没下过的客户有几个", "how many customers have signed up but never placed an order"),
        {"metrics": ["customers"], "where": [{"entity": "customer_id", "exists": "orders", "time": {}, "negated": True}]},
    ),
    (
        ("what was our single biggest month ever",),
        {"metrics": ["revenue"], "group_by": [{"field": "time", "grain": "month"}], "order_by": [{"by": "revenue"}], "limit": 1},
    ),
    (
        ("line items per order, yearly average", "line items per order by year"),
        {"metrics": [{"metric": "line_items", "per": "order"}], "group_by": [{"field": "time", "grain": "year"}]},
    ),
    (("revenue per order by region of customers",), {"metrics": [{"metric": "revenue", "per": "order"}], "group_by": [CUSTOMER_REGION]}),
    (
        ("how many orders were urgent in 1997, and what percentage is that", "去年紧急订单有多少单，占比多少"),
        {
            "metrics": [
                {"metric": "orders", "where": [URGENT], "alias": "orders_1_urgent"},
                {"metric": "orders", "where": [URGENT], "share": True},
            ],
            "time": LAST_YEAR,
        },
    ),
    (
        ("Of the line items ordered last year, how many shipped late and what % is that",),
        {
            "metrics": [
                {"metric": "line_items", "where": [{"segment": "shipped_late"}], "alias": "line_items_shipped_late"},
                {"metric": "line_items", "where": [{"segment": "shipped_late"}], "share": True},
            ],
            "time": LAST_YEAR,
        },
    ),
    (
        ("欧洲客户去年营收多少，占比多少",),
        {
            "metrics": [
                {"metric": "revenue", "where": [EUROPE], "alias": "revenue_europe"},
                {"metric": "revenue", "where": [EUROPE], "share": True},
            ],
            "time": LAST_YEAR,
        },
    ),
    (
        ("did European customers bring in more than Asian ones last year?", "did European customers buy more than Asian customers last year?"),
        {
            "metrics": ["revenue"], "group_by": [CUSTOMER_REGION], "time": LAST_YEAR,
            "where": [{"field": CUSTOMER_REGION, "op": "in", "value": ["EUROPE", "ASIA"]}],
        },
    ),
    (
        ("number of customers who ordered 3 times or more in 1997", "number of customers who ordered 3 or more times in 1997"),
        {"metrics": ["customers_with_orders"], "time": LAST_YEAR, "where": [bounded("customer_id", "orders", ">=", 3)]},
    ),
    (
        ("客户一般周几下单最多",),
        {"metrics": ["orders"], "group_by": [{"field": "time", "grain": "day_of_week"}], "order_by": [{"by": "orders"}], "limit": 1},
    ),
    (("1997 revenue with European customers left out", "把欧洲客户刨掉，去年营收多少"), {
        "metrics": ["revenue"], "time": LAST_YEAR, "where": [{"field": CUSTOMER_REGION, "op": "!=", "value": "EUROPE"}],
    }),
    (("when was the first order", "最早一笔订单是哪天的", "第一单是哪天下的"), {"metrics": [{"agg": "min", "field": "orders.o_orderdate"}]}),
    (
        ("最近10笔加急订单", "the 10 most recent urgent orders"),
        {
            "records": {"dataset": "orders", "fields": ["order", "orders.o_orderdate", "orders.o_totalprice"]}, "where": [URGENT],
            "order_by": [{"by": "orders.o_orderdate"}], "limit": 10,
        },
    ),
    (("加急给我看下去年营收",), {"metrics": ["revenue"], "time": LAST_YEAR}),
    (("revenue of parts whose type contains STEEL", "STEEL类型的营收"), {"metrics": ["revenue"], "where": [STEEL]}),
    (("type里带STEEL的零件占去年营收多少",), {"metrics": [{"metric": "revenue", "where": [STEEL], "share": True}], "time": LAST_YEAR}),
    (
        ("orders with status O: how many are there and what's their total price",),
        {"metrics": ["orders", "total_price"], "where": [{"field": "orders.o_orderstatus", "value": "O"}]},
    ),
    (
        ("汽车行业客户去年平均每家贡献多少营收",),
        {"metrics": ["revenue_per_customer"], "time": LAST_YEAR, "where": [{"field": "customer.c_mktsegment", "value": "AUTOMOBILE"}]},
    ),
    (
        ("mean supply cost for each brand, cheapest at the top",),
        {
            "metrics": ["average_supply_cost"], "group_by": ["part.p_brand"], "where": [known("part.p_brand")],
            "order_by": [{"by": "average_supply_cost", "desc": False}],
        },
    ),
    (
        ("suppliers with nothing sold in 1997 - how many?", "how many suppliers sold nothing in 1997"),
        {"metrics": ["suppliers"], "where": [{"entity": "supplier_id", "exists": "lineitem", "time": LAST_YEAR, "negated": True}]},
    ),
    (
        ("供应商的账户余额合计，跟客户的余额合计，两个数摆一起", "total balance of suppliers and total balance of customers"),
        {"metrics": ["supplier_account_balance", "account_balance"]},
    ),
    (
        ("每个大区（按客户）去年营收前三的国家分别是", "每个客户大区去年营收前三的国家分别是", "top 3 nations in each customer region by revenue last year"),
        {
            "metrics": ["revenue"], "group_by": [CUSTOMER_NATION, CUSTOMER_REGION], "where": [known(CUSTOMER_REGION)], "time": LAST_YEAR,
            "order_by": [{"by": "revenue"}], "limit": 3, "limit_per": ["r_name"],
        },
    ),
    (
        ("单笔订单总价45万以上的都有哪些？",),
        {
            "records": {"dataset": "orders", "fields": ["order", "orders.o_orderdate", "orders.o_totalprice"]},
            "where": [{"field": "orders.o_totalprice", "op": ">=", "value": 450_000}],
        },
    ),
    (
        ("Which clerk handled the most orders in 1997?",),
        {"metrics": ["orders"], "group_by": ["orders.o_clerk"], "time": LAST_YEAR, "order_by": [{"by": "orders"}], "limit": 1},
    ),
    (
        ("Brand#23去年卖得怎么样，分季度", "how did Brand#23 sell last year, by quarter"),
        {
            "metrics": ["revenue"], "group_by": [{"field": "time", "grain": "quarter"}], "time": LAST_YEAR,
            "where": [{"field": "part.p_brand", "value": "Brand#23"}],
        },
    ),
]  # fmt: skip

GROCER: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("5月自有品牌销售额是多少，占比多少", "private label sales in May and what share of the total"),
        {
            "metrics": [
                {"metric": "sales", "where": [PRIVATE], "alias": "sales_private"},
                {"metric": "sales", "where": [PRIVATE], "share": True},
            ],
            "time": MAY,
        },
    ),
    (
        ("按顾客所在的收入档看销售额，从高到低排", "by the household's income band, sales, high to low"),
        ranked("sales", "demographics.income"),
    ),
    (("没用过券的也算上，5月有多少家庭买过",), {"metrics": ["customers"], "time": MAY}),
    (
        ("周几来店最多",),
        {"metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day_of_week"}], "order_by": [{"by": "baskets"}], "limit": 1},
    ),
    (
        ("12月小票数环比11月",),
        {"metrics": ["baskets"], "time": {"start": "2017-12-01", "end": "2018-01-01"}, "compare": {"to": "previous"}},
    ),
]  # fmt: skip

CASES = [(shop, q, query) for shop, read in (("wholesale", WHOLESALE), ("completejourney", GROCER)) for questions, query in read for q in questions]


@pytest.mark.parametrize(("shop", "question", "query"), CASES)
def test_is_read_as(readers: Callable[[str], Reader], shop: str, question: str, query: dict[str, Any]) -> None:
    assert readers(shop).read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    ("shop", "question"),
    [
        ("completejourney", "which categories sold nothing in December"),
        ("completejourney", "Categories that had sales in January but nothing at all in December?"),
        ("wholesale", "how many steel parts do we have"),
    ],
)
def test_is_not_answered(readers: Callable[[str], Reader], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        readers(shop).read(question)
