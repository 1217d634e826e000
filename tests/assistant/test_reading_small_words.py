"""How each, only, of it, on average, 礼拜 and other small words are read: they repeat, point back or bound, in both languages and in several shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.reading import AskBack, Refuse
from assistant.reading.outcome import Reading
from semantic_layer.query import SemanticQuery

Q3 = {"start": "2017-07-01", "end": "2017-10-01"}
NOVEMBER = {"start": "2017-11-01", "end": "2017-12-01"}
DECEMBER = {"start": "2017-12-01", "end": "2018-01-01"}
THIS_YEAR = {"start": "2017-01-01", "end": "2018-01-01"}
JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
BY_DEPARTMENT = {"field": "products.department"}
TYPES = "campaign_descriptions.campaign_type"
THANKSGIVING, EASTER = {"start": "2017-11-23", "end": "2017-11-24"}, {"start": "2017-04-16", "end": "2017-04-17"}
EASTER_AGAINST_THANKSGIVING = {"metrics": ["sales"], "time": EASTER, "compare": {"to": "range", "range": THANKSGIVING}}
OCTOBER_TO_NOVEMBER: dict[str, Any] = {"metrics": ["sales"], "group_by": [BY_DEPARTMENT], "time": NOVEMBER, "compare": {}, "limit": 3}


def bound(metric: str, op: str, value: float, **more: Any) -> dict[str, Any]:
    return {"entity": "household", "metric": metric, "op": op, "value": value, **more}


def best(entity: str, number: int, metric: str, time: dict[str, str] | None) -> dict[str, Any]:
    return {"entity": entity, "metric": metric, "top": number, **({"time": time} if time else {})}


def weekends(metric: str) -> dict[str, Any]:
    return {"metric": metric, "share": True, "where": [{"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}]}


def unredeemed(campaign: int) -> dict[str, Any]:
    of_it = {"field": "campaign", "value": campaign}
    undone = {"entity": "household", "exists": "coupon_redemptions", "where": [of_it], "time": {}, "negated": True}
    return {"metrics": ["targeted_households"], "where": [undone, of_it]}


READ: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    # weeks, by their other name
    (
        "completejourney",
        ("三季度平均每个礼拜卖多少钱", "Q3一个礼拜平均卖多少钱"),
        {"metrics": [{"metric": "sales", "per": "week"}], "time": Q3},
    ),
    ("completejourney", ("2017年最后2个礼拜的小票数",), {"metrics": ["baskets"], "time": {"start": "2017-12-18", "end": "2018-01-01"}}),
    # two occasions: the first that is named is asked about; of two months the later one
    ("completejourney", ("sales on Easter vs Thanksgiving", "复活节对比感恩节的销售额"), EASTER_AGAINST_THANKSGIVING),
    ("completejourney", ("sales in October vs November",), {"metrics": ["sales"], "time": NOVEMBER, "compare": {}}),
    # what was lost in money, and in percent
    (
        "completejourney",
        ("the 3 departments that lost the most sales dollars from October to November", "which 3 departments lost the most revenue dollars from October to November?"),
        {**OCTOBER_TO_NOVEMBER, "order_by": [{"by": "sales", "side": "difference", "desc": False}]},
    ),
    (
        "completejourney",
        ("the 3 departments with the biggest drop in sales from October to November",),
        {**OCTOBER_TO_NOVEMBER, "order_by": [{"by": "sales", "side": "growth", "desc": False}]},
    ),
    # the best ones of a whole period in each of its parts, and those of each part
    (
        "completejourney",
        (
            "2017年消费最高的50户，每个月分别花了多少", "the top 50 households by spend in 2017: their sales by month",
            "sales by month of the top 50 households of 2017", "2017年消费前50名顾客每个月的销售额",
        ),
        {
            "metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "time": THIS_YEAR,
            "where": [best("household", 50, "sales", THIS_YEAR)],
        },
    ),
    (
        "completejourney",
        ("2017年每个季度消费最高的50户合计花了多少",),
        {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "quarter"}], "time": THIS_YEAR, "where": [best("household", 50, "sales", None)]},
    ),
    (
        "wholesale",
        ("the top 20 customers by revenue in 1997: their revenue by quarter", "1997年营收最高的20个客户，各季度营收多少"),
        {
            "metrics": ["revenue"], "group_by": [{"field": "time", "grain": "quarter"}], "time": {"start": "1997-01-01", "end": "1998-01-01"},
            "where": [best("customer_id", 20, "revenue", {"start": "1997-01-01", "end": "1998-01-01"})],
        },
    ),
    # what points back to a campaign
    (
        "completejourney",
        (
            "households targeted by campaign 13 that never redeemed any coupon of it: how many",
            "households that were targeted by campaign 13 but never redeemed a coupon of that campaign: how many?",
            "收到过13号活动但没核销过该活动的券的家庭有多少",
            "13号活动发过的家庭里，没核销过它的券的有多少户",
        ),
        unredeemed(13),
    ),
    # values
    (
        "completejourney",
        ("成了家的和没成家的，11月人均花费各是多少", "结过婚的和没结过婚的家庭，11月人均花费分别多少"),
        {
            "metrics": ["sales_per_customer"], "group_by": ["demographics.marital_status"], "time": NOVEMBER,
            "where": [{"field": "demographics.marital_status", "op": "in", "value": ["Married", "Unmarried"]}],
        },
    ),
    (
        "completejourney",
        ("55岁往上的家庭11月一共花了多少钱", "55岁及往上的客人11月花了多少", "November spend of households 55 years old and over"),
        {"metrics": ["sales"], "where": [{"field": "demographics.age", "op": "in", "value": ["55-64", "65+"]}], "time": NOVEMBER},
    ),
    (
        "completejourney",
        ("11月 A/B 各类活动分别核销多少次", "A/B这两类活动11月各核销了多少次", "redemptions in November for campaign types A/B", "November redemptions of campaign types A and B"),
        {"metrics": ["redemptions"], "group_by": [TYPES], "time": NOVEMBER, "where": [{"field": TYPES, "op": "in", "value": ["Type A", "Type B"]}]},
    ),
    # counters, and bounds with a unit
    (
        "completejourney",
        ("11月核销次数最多的两场活动", "the 2 campaigns with the most redemptions in November"),
        {"metrics": ["redemptions"], "group_by": ["campaign"], "time": NOVEMBER, "order_by": [{"by": "redemptions"}], "limit": 2},
    ),
    (
        "completejourney",
        ("11月做到2万刀以上的部门有哪些", "哪些部门11月卖到2万块以上", "11月各卖了20000刀以上的部门有哪些", "which departments took at least $20,000 each in November"),
        {
            "metrics": ["sales"], "group_by": [BY_DEPARTMENT], "time": NOVEMBER, "having": [{"by": "sales", "op": ">=", "value": 20000}],
            "where": [{"field": "products.department", "op": "not_null"}],
        },
    ),
    (
        "mall",
        ("哪些品牌6月做到5万块以上", "which brands sold for at least 50,000 yuan each in June"),
        {
            "metrics": ["paid_gmv"], "group_by": ["products.brand"], "time": JUNE, "having": [{"by": "paid_gmv", "op": ">=", "value": 50000}],
            "where": [{"field": "products.brand", "op": "not_null"}],
        },
    ),
    (
        "completejourney",
        (
            "三季度靠会员卡省了超过50刀的家庭数",
            "how many households saved more than $50 with the loyalty card in Q3",
            "三季度会员卡省了超过50块的家庭有多少",
        ),
        {"metrics": ["customers"], "where": [bound("retail_discount", ">", 50)], "time": Q3},
    ),
    (
        "completejourney",
        ("12月用券省了20块以上的顾客有多少", "how many customers saved at least 20 dollars with coupons in December?"),
        {"metrics": ["customers"], "where": [bound("coupon_discount", ">=", 20)], "time": DECEMBER},
    ),
    ("completejourney", ("households with at least 10 or more trips in Q3: how many",), {"metrics": ["customers"], "where": [bound("baskets", ">=", 10)], "time": Q3}),
    (
        "completejourney",
        ("how many households redeemed 4 or more coupons in December", "12月核销过4张以上优惠券的家庭有多少"),
        {"metrics": ["redeeming_households"], "where": [bound("redemptions", ">=", 4)], "time": DECEMBER},
    ),
    (
        "completejourney",
        ("how many stores sold over 2,000 units each in December?",),
        {"metrics": ["active_stores"], "where": [{"entity": "store", "metric": "units", "op": ">", "value": 2000}], "time": DECEMBER},
    ),
    # within each of two
    (
        "completejourney",
        ("11月自有品牌和全国品牌里头，卖得最多的部门各取两个",),
        {
            "metrics": ["sales"], "group_by": ["products.brand", BY_DEPARTMENT], "time": NOVEMBER, "limit": 2, "limit_per": ["brand"],
            "where": [{"field": "products.brand", "op": "not_null"}], "order_by": [{"by": "sales"}],
        },
    ),
    # of one of them, on average
    ("completejourney", ("in December, how much did a household spend on average?",), {"metrics": ["sales_per_customer"], "time": DECEMBER}),
    (
        "wholesale",
        ("on average, how much did a customer spend in 1997?",),
        {"metrics": ["revenue_per_customer"], "time": {"start": "1997-01-01", "end": "1998-01-01"}},
    ),
    ("mall", ("how much did a user spend in June 2026, on average",), {"metrics": ["spend_per_customer"], "time": JUNE}),
    # only, behind whom it keeps
    (
        "completejourney",
        ("sales in November, married households only",),
        {"metrics": ["sales"], "where": [{"field": "demographics.marital_status", "value": "Married"}], "time": NOVEMBER},
    ),
    # days as the part
    (
        "completejourney",
        ("weekend share of sales for each department in November", "11月各部门周末销售额占比", "share of sales on weekends by department, November"),
        {"metrics": [weekends("sales")], "group_by": [BY_DEPARTMENT], "time": NOVEMBER},
    ),
    ("mall", ("weekend share of orders for each channel in June",), {"metrics": [weekends("orders")], "group_by": ["channels.name"], "time": JUNE}),
    # the period, and the range, once more
    (
        "completejourney",
        ("split the 2017 households into 4 equal-sized groups by what they spent in the year; total sales of each group",),
        {"metrics": ["sales"], "group_by": [{"bucket": {"entity": "household", "metric": "sales", "parts": 4}}], "time": THIS_YEAR},
    ),
    (
        "completejourney",
        ("how many different manufacturers do we have in the produce department range?", "how many different manufacturers are there in the produce department catalogue"),
        {"metrics": [{"agg": "count_distinct", "field": "products.manufacturer_id"}], "where": [{"field": "products.department", "value": "PRODUCE"}]},
    ),
]


@pytest.mark.parametrize(("shop", "question", "query"), [(shop, q, query) for shop, questions, query in READ for q in questions])
def test_is_read_as(read: Callable[[str, str], Reading], shop: str, question: str, query: dict[str, Any]) -> None:
    assert read(shop, question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    ("shop", "question"),
    [
        ("completejourney", "how many households got campaign 13 but never redeemed any of its coupons"),  # got is no verb of ours
        ("completejourney", "share of weekend sales by department, November"),  # of each department, or of each department's sales?
        ("completejourney", "12月卖了2000刀的店"),  # no year 2000
    ],
)
def test_is_not_answered_by_something_near(read: Callable[[str, str], Reading], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        read(shop, question)
