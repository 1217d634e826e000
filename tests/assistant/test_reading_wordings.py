"""Ways of saying things: each group of questions means one query, and what says more than a query can hold is refused."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
Q4 = {"start": "2017-10-01", "end": "2018-01-01"}
ALWAYS: dict[str, Any] = {}


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def bought(**more: Any) -> dict[str, Any]:
    return {"entity": "household", "exists": "transactions", **more}


def month(at: int) -> dict[str, str]:
    return {"start": f"2017-{at:02}-01", "end": f"2017-{at + 1:02}-01" if at < 12 else "2018-01-01"}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("# of May baskets worth over $200", "how many receipts above $200 in May", "5月超过$200的小票有多少张"),
        {"metrics": ["baskets"], "where": [{"entity": "basket", "metric": "sales", "op": ">", "value": 200}], "time": MAY},
    ),
    (
        ("baskets over $150 by store",),
        {"metrics": ["baskets"], "group_by": ["store"], "where": [{"entity": "basket", "metric": "sales", "op": ">", "value": 150}]},
    ),
    (
        ("customers who have never once put a private-brand item in the cart, how many", "households who never touched private label"),
        {
            "metrics": ["customers"],
            "where": [bought(where=[{"field": "products.brand", "value": "Private"}], time=ALWAYS, negated=True)],
        },
    ),
    (
        ("how many customers never buy on weekends",),
        {
            "metrics": ["customers"],
            "where": [bought(where=[{"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}], time=ALWAYS, negated=True)],
        },
    ),
    (
        ("customers who bought in every month of Q4", "households that shopped in all three months of Q4", "Q4每个月都来过的顾客有多少"),
        {"metrics": ["customers"], "where": [bought(time=month(m)) for m in (10, 11, 12)], "time": Q4},
    ),
    (
        ("biggest single day of May by number of baskets", "top day of May by baskets"),
        {
            "metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day"}],
            "order_by": [{"by": "baskets", "desc": True}], "limit": 1, "time": MAY,
        },
    ),
    (
        ("who bought the most in May", "5月买得最多的是谁"),
        {"metrics": ["sales"], "group_by": ["household"], "order_by": [{"by": "sales", "desc": True}], "limit": 1, "time": MAY},
    ),
    (
        ("sales by store with customers alongside", "sales by store along with customers", "各门店销售额，带上顾客数"),
        {"metrics": ["sales", "customers"], "group_by": ["store"]},
    ),
    (
        ("is salad bar bigger than seafood in sales? by department", "salad bar vs seafood departments in sales"),
        {
            "metrics": ["sales"], "group_by": ["products.department"],
            "where": [{"field": "products.department", "op": "in", "value": ["SALAD BAR", "SEAFOOD"]}],
        },
    ),
    (
        ("sales in Q1, Q2, Q3 and Q4",),
        {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "quarter"}], "time": {"start": "2017-01-01", "end": "2018-01-01"}},
    ),
    (
        ("sales by brand incl. unknown", "sales by brand, plus whatever can't be classified", "各品牌类型的销售额，包括未知的"),
        {"metrics": ["sales"], "group_by": ["products.brand"]},
    ),
    (
        ("which campaigns are live right now", "campaigns running today", "目前在跑的活动有哪些"),
        {
            "records": {"dataset": "campaign_descriptions", "fields": ["campaign"]},
            "where": [
                {"field": "campaign_descriptions.start_date", "op": "<", "value": "2018-01-02"},
                {"field": "campaign_descriptions.end_date", "op": ">=", "value": "2018-01-01"},
            ],
        },
    ),
    (
        ("how many campaigns were running in May", "number of campaigns in May", "5月在跑的活动有几个"),
        {
            "metrics": ["campaign_count"],
            "where": [
                {"field": "campaign_descriptions.start_date", "op": "<", "value": "2017-06-01"},
                {"field": "campaign_descriptions.end_date", "op": ">=", "value": "2017-05-01"},
            ],
        },
    ),
    (
        ("share of sales of our 100 top-spending households", "前100名顾客占销售额多少"),
        {"metrics": [{"metric": "sales", "where": [{"entity": "household", "metric": "sales", "top": 100}], "share": True}]},
    ),
    (
        ("fastest growing 5 departments Q3 to Q4, only count those with over 5k in Q3",),
        {
            "metrics": ["sales"], "group_by": ["products.department"],
            "having": [{"by": "sales", "side": "previous", "op": ">", "value": 5000}],
            "order_by": [{"by": "sales", "side": "growth", "desc": True}], "limit": 5, "time": Q4, "compare": {"to": "previous"},
        },
    ),
    (
        ("how many customers lapsed from November to December", "customers lost between November and December", "11月到12月流失了多少顾客"),
        {"metrics": ["customers"], "where": [bought(time=month(12), negated=True)], "time": month(11)},
    ),
    (
        ("how many departments, categories and product types do we carry", "多少个部门、品类和商品类型"),
        {
            "metrics": [
                {"agg": "count_distinct", "field": f"products.{f}"} for f in ("department", "product_category", "product_type")
            ]
        },
    ),
    (
        ("our best single day for baskets", "biggest day for baskets"),
        {
            "metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day"}],
            "order_by": [{"by": "baskets", "desc": True}], "limit": 1,
        },
    ),
    (
        ("busiest week by sales", "best week for sales"),
        {
            "metrics": ["sales"], "group_by": [{"field": "time", "grain": "week"}],
            "order_by": [{"by": "sales", "desc": True}], "limit": 1,
        },
    ),
    (
        ("how many different coupons does each Type A campaign carry",),
        {
            "metrics": [{"agg": "count_distinct", "field": "coupons.coupon_upc"}], "group_by": ["campaign"],
            "where": [{"field": "campaign_descriptions.campaign_type", "value": "Type A"}],
        },
    ),
    (
        ("is store 367 our biggest store by revenue",),
        {"metrics": ["sales"], "group_by": ["store"], "order_by": [{"by": "sales", "desc": True}]},
    ),
    (
        ("what percent of baskets used a coupon in May",),
        {"metrics": ["coupon_basket_rate"], "time": MAY},
    ),
    (
        ("everyone who dropped more than a grand in May", "customers who spent over $1,000 in May"),
        {"metrics": ["sales"], "group_by": ["household"], "having": [{"by": "sales", "op": ">", "value": 1000}], "time": MAY},
    ),
]


@pytest.mark.parametrize(("question", "expected"), [(q, e) for questions, e in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, expected: dict[str, Any]) -> None:
    query = reader.read(question).query
    said = query.model_copy(update={"time": query.time and query.time.model_copy(update={"words": ""})})
    assert said.to_dict() == SemanticQuery.model_validate(expected).to_dict()


@pytest.mark.parametrize(
    "question",
    [
        "YoY growth for Q1 2017",
        "2017年同比增长了几个点",
        "which store had the biggest basket",
        "哪家店出了最大的一单",
        "largest order in December, and when was it",
        "2017年最大的一单是谁的",
        "which campaigns were running",
        "customers we lost in June",
        "customers who came at least once a month",
        "每周都来的顾客有几个",
    ],
)
def test_says_more_than_is_answered(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
