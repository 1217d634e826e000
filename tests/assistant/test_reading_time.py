"""How bands, running totals, averages and changes from one period to another are read, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

YEAR = {"start": "2017-01-01", "end": "2018-01-01"}
QUARTER = {"start": "2017-10-01", "end": "2018-01-01"}
MONTHLY = {"field": "time", "grain": "month"}
DAILY = {"field": "time", "grain": "day"}


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def bucket(entity: str, metric: str, **shape: Any) -> dict[str, Any]:
    return {"bucket": {"entity": entity, "metric": {"metric": metric}, **shape}}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("number of stores in Q4 by how many trips they handled: 1-20 / 21-100 / 101+", "门店按Q4单数分组：1-20单、21-100单、101单以上，各有几家"),
        {"metrics": ["active_stores"], "group_by": [bucket("store", "baskets", edges=[1, 21, 101])], "time": QUARTER},
    ),
    (
        ("how many baskets in 2017 had 1-3 lines, 4-10 lines, 11 or more lines", "2017年小票分布：1-3行、4-10行、11行以上，各几张"),
        {"metrics": ["baskets"], "group_by": [bucket("basket", "lines", edges=[1, 4, 11])], "time": YEAR},
    ),
    (
        ("cut households into ten equal groups by 2017 spend: baskets of each tenth", "把顾客按2017年消费额十等分，每份的小票数"),
        {"metrics": ["baskets"], "group_by": [bucket("household", "sales", parts=10)], "time": YEAR},
    ),
    (
        ("redemptions by month in 2017, running total that starts over each quarter", "2017年券核销张数按月累计，每到新季度清零"),
        {"metrics": ["redemptions"], "group_by": [MONTHLY], "time": YEAR, "running": {"reset": "quarter"}},
    ),
    (
        ("year-to-date sales as 2017 went along, by month", "2017年销售额一个月一个月累加"),
        {"metrics": ["sales"], "group_by": [MONTHLY], "time": YEAR, "running": {}},
    ),
    (
        ("rolling 3-month total of sales, Jan to Dec 2017", "2017年销售额滚动3个月合计"),
        {"metrics": ["sales"], "group_by": [MONTHLY], "time": YEAR, "running": {"kind": "rolling", "window": 3}},
    ),
    (
        ("7-day moving average of sales in Q4", "Q4销售额的7日移动平均", "Q4每天销售额的七天滚动均值"),
        {"metrics": ["sales"], "group_by": [DAILY], "time": QUARTER, "running": {"kind": "rolling", "window": 7, "agg": "avg"}},
    ),
    (("cumulative sales in 2017", "2017年累计销售额"), {"metrics": ["sales"], "time": YEAR}),
    (
        ("did sales go up or down from September to December 2017", "从9月到12月销售额涨了多少"),
        {
            "metrics": ["sales"], "time": {"start": "2017-12-01", "end": "2018-01-01"},
            "compare": {"to": "range", "range": {"start": "2017-09-01", "end": "2017-10-01"}},
        },
    ),
    (
        ("last week vs the week before: sales", "上周的销售额跟前一周比"),
        {"metrics": ["sales"], "time": {"start": "2017-12-25", "end": "2018-01-01"}, "compare": {}},
    ),
    (
        ("three departments whose sales climbed fastest, Q4 on Q3", "Q4对Q3销售额窜得最猛的3个部门"),
        {
            "metrics": ["sales"], "group_by": ["products.department"], "time": QUARTER, "compare": {},
            "order_by": [{"by": "sales", "side": "growth"}], "limit": 3,
        },
    ),
    (
        ("number of households in spend bands (0-100,100-500,500 and up) in 2017", "2017年各花费区间(0-100,100-500,500以上)的家庭数"),
        {"metrics": ["customers"], "group_by": [bucket("household", "sales", edges=[0, 100, 500])], "time": YEAR},
    ),
    (
        ("sales in H1 and H2 respectively", "sales for each of H1 and H2", "上半年和下半年销售额各多少"),
        {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "half"}], "time": YEAR},
    ),
    (("one row per month: sales in 2017", "去年销售额，一个月一行"), {"metrics": ["sales"], "group_by": [MONTHLY], "time": YEAR}),
    (
        ("the four quarters of 2017: sales by quarter", "去年四个季度，每季的销售额"),
        {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "quarter"}], "time": YEAR},
    ),
    (("H2 sales so far",), {"metrics": ["sales"], "time": {"start": "2017-07-01", "end": "2018-01-01"}}),
    (("average sales on a typical day in Q4", "Q4平均一天卖多少钱"), {"metrics": [{"metric": "sales", "per": "day"}], "time": QUARTER}),
    (
        ("average customers per day in Q4", "Q4平均每天有多少顾客"),
        {"metrics": [{"metric": "customers", "agg": "avg", "over": "day"}], "time": QUARTER},
    ),
    (
        ("average basket value per store in Q4", "Q4平均每家店的客单价"),
        {"metrics": ["average_basket_value"], "group_by": ["store"], "time": QUARTER},
    ),
    (
        ("our single biggest day's sales in each month of Q4", "Q4每月单日最高销售额"),
        {"metrics": [{"metric": "sales", "agg": "max", "over": "day"}], "group_by": [MONTHLY], "time": QUARTER},
    ),
    (
        ("good morning! weekend sales in Decmber", "12月的周末销售额"),
        {
            "metrics": ["sales"], "time": {"start": "2017-12-01", "end": "2018-01-01"},
            "where": [{"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}],
        },
    ),
    (("montly sales, Q4 only", "只看Q4，各月销售额"), {"metrics": ["sales"], "group_by": [MONTHLY], "time": QUARTER}),
    (("median daily sales in Q4", "Q4每天销售额的中位数"), {"metrics": [{"metric": "sales", "agg": "median", "over": "day"}], "time": QUARTER}),
    (("baskets by day of the week in 2017, all seven days",), {"metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day_of_week"}], "time": YEAR}),
]


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    reading = reader.read(question)
    assert reading.query == SemanticQuery.model_validate(query), reading.query.to_dict()


@pytest.mark.parametrize(
    "question",
    [
        "sales growth from June 3 to June 9",
        "how much did sales grow in January to June",
        "customers by trips in 2017: 1-5, 10-20, 21+",
        "90-day rolling average of sales by month, 2017",
        "销售额前10天",
        "customers who bought only in May",
    ],
)
def test_is_not_answered_by_something_near(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
