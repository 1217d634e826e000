"""Clear questions in other words: steps of an ordered field, lists of values of one field, shares of those that a bound keeps, and the like."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery

OLDER = {"field": "users.age_band", "op": "in", "value": ["45-54", "55+"]}
SPENDERS = {"entity": "user", "metric": "paid_gmv", "op": ">=", "value": 10000}
JUNE = {"start": "2026-06-01", "end": "2026-07-01"}

READ = [
    ("mall", ("银卡以上会员数",), {"metrics": ["users"], "where": [{"field": "users.member_level", "op": "in", "value": ["银卡", "金卡", "钻石"]}]}),
    ("mall", ("how many members above silver",), {"metrics": ["users"], "where": [{"field": "users.member_level", "op": "in", "value": ["金卡", "钻石"]}]}),
    ("mall", ("sales from people 45 and older", "45岁以上用户的销售额"), {"metrics": ["paid_gmv"], "where": [OLDER]}),
    ("mall", ("orders by users aged 45 and older",), {"metrics": ["orders"], "where": [OLDER]}),
    (
        "mall",
        ("上海和杭州的销售额", "sales in Shanghai and Hangzhou"),
        {
            "metrics": ["paid_gmv"],
            "group_by": ["cities.name"],
            "where": [{"field": "cities.name", "op": "in", "value": ["上海", "杭州"]}],
        },
    ),
    (
        "mall",
        ("因为质量问题的退货，6月", "returns due to quality problems in June"),
        {"metrics": ["returns"], "where": [{"field": "returns.reason", "value": "质量问题"}], "time": JUNE},
    ),
    ("mall", ("会员等级分布", "membership tiers, how many in each"), {"metrics": ["users"], "group_by": ["users.member_level"]}),
    (
        "mall",
        ("累计消费满1万的用户占比", "share of users who spent 10k or more in total"),
        {"metrics": [{"metric": "paying_customers", "where": [SPENDERS], "share": True}]},
    ),
    (
        "mall",
        ("客单价超200的城市有几个，上个月", "how many cities had an AOV over 200 last month"),
        {
            "metrics": [{"agg": "count_distinct", "field": "orders.city"}],
            "where": [{"entity": "city", "metric": "average_order_value", "op": ">", "value": 200}],
            "time": JUNE,
        },
    ),
    (
        "mall",
        ("没用优惠券的订单6月有多少", "orders without a coupon in June"),
        {"metrics": ["orders"], "where": [{"segment": "with_coupon", "negated": True}], "time": JUNE},
    ),
    (
        "mall",
        ("units per order for orders with a coupon and without",),
        {"metrics": ["units_per_order"], "group_by": [{"case": {"segment": "with_coupon"}}]},
    ),
    (
        "mall",
        ("超时包裹最多的快递公司", "carrier with the most late parcels"),
        {"metrics": ["late_deliveries"], "group_by": ["shipments.carrier"], "order_by": [{"by": "late_deliveries"}], "limit": 1},
    ),
    ("mall", ("coupons granted per user in June",), {"metrics": [{"metric": "coupons_granted", "per": "user"}], "time": JUNE}),
    (
        "mall",
        ("GMV last week and the week before",),
        {"metrics": ["gmv"], "time": {"start": "2026-06-22", "end": "2026-06-29"}, "compare": {"to": "previous"}},
    ),
    (
        "mall",
        ("which of the four carriers was slowest in June", "6月哪家快递最慢"),
        {"metrics": ["delivery_time"], "group_by": ["shipments.carrier"], "order_by": [{"by": "delivery_time"}], "limit": 1, "time": JUNE},
    ),
    (
        "mall",
        ("6月份一星和两星的评价各有多少条",),
        {
            "metrics": ["reviews"],
            "group_by": ["reviews.rating"],
            "where": [{"field": "reviews.rating", "op": "in", "value": [1, 2]}],
            "time": JUNE,
        },
    ),
    (
        "mall",
        ("how many one and two star reviews did we get in June", "how many 1 or 2 star reviews in June"),
        {"metrics": ["reviews"], "where": [{"field": "reviews.rating", "op": "in", "value": [1, 2]}], "time": JUNE},
    ),
    (
        "mall",
        ("微信支付6月失败了多少笔", "failed WeChat Pay payments in June"),
        {
            "metrics": ["payment_tries"],
            "where": [{"field": "payments.pay_channel", "value": "微信支付"}, {"field": "payments.state", "value": "失败"}],
            "time": JUNE,
        },
    ),
    (
        "mall",
        ("一线城市以外的gmv占比多少", "gmv outside tier one cities as % of total"),
        {"metrics": [{"metric": "gmv", "where": [{"field": "cities.city_tier", "op": "!=", "value": "一线"}], "share": True}]},
    ),
    (
        "mall",
        ("二季度比一季度销售额增长超过20%的品牌", "brands whose sales grew more than 20% in Q2 vs Q1"),
        {
            "metrics": ["paid_gmv"],
            "group_by": ["products.brand"],
            "time": {"start": "2026-04-01", "end": "2026-07-01"},
            "compare": {"to": "previous"},
            "having": [{"by": "paid_gmv", "side": "growth", "op": ">", "value": 0.2}],
        },
    ),
    (
        "mall",
        ("diamond members with no order in June",),
        {
            "metrics": ["users"],
            "where": [{"field": "users.member_level", "value": "钻石"}, {"entity": "user", "exists": "orders", "time": JUNE, "negated": True}],
        },
    ),
    (
        "mall",
        ("how much did gold and diamond members spend on average in June",),
        {
            "metrics": ["spend_per_customer"],
            "group_by": ["users.member_level"],
            "where": [{"field": "users.member_level", "op": "in", "value": ["金卡", "钻石"]}],
            "time": JUNE,
        },
    ),
    (
        "mall",
        ("highest sales day in June", "the day with the highest sales in June"),
        {"metrics": ["paid_gmv"], "group_by": [{"field": "time", "grain": "day"}], "order_by": [{"by": "paid_gmv"}], "limit": 1, "time": JUNE},
    ),
    (
        "mall",
        ("平均配送时长超过48小时的仓库", "warehouses with delivery time above 48 hours"),
        {"metrics": ["delivery_time"], "group_by": ["warehouses.name"], "having": [{"by": "delivery_time", "op": ">", "value": 48}]},
    ),
    ("mall", ("what's the average delivery time in hours",), {"metrics": ["delivery_time"]}),
    ("mall", ("how long do parcels take on average from each warehouse",), {"metrics": ["delivery_time"], "group_by": ["warehouses.name"]}),
    ("mall", ("上海仓发出的包裹平均多久送到",), {"metrics": ["delivery_time"], "where": [{"field": "warehouses.name", "value": "上海仓"}]}),
    (
        "mall",
        ("6月除了华东其他大区销售额各多少", "6月除华东外各大区的销售额"),
        {
            "metrics": ["paid_gmv"],
            "group_by": ["cities.region"],
            "where": [{"field": "cities.region", "op": "!=", "value": "华东"}],
            "time": JUNE,
        },
    ),
    (
        "mall",
        ("how much did we sell on Double 11 itself last year, Nov 11 only",),
        {"metrics": ["paid_gmv"], "time": {"start": "2025-11-11", "end": "2025-11-12"}},
    ),
    ("mall", ("历年销售额",), {"metrics": ["paid_gmv"], "group_by": [{"field": "time", "grain": "year"}]}),
    (
        "completejourney",
        ("三口以上家庭的人均消费", "spend per household for families of 3 or more"),
        {"metrics": ["sales_per_customer"], "where": [{"field": "demographics.household_size", "op": "in", "value": ["3", "4", "5+"]}]},
    ),
    (
        "completejourney",
        ("income below 50k sales in May",),
        {
            "metrics": ["sales"],
            "where": [{"field": "demographics.income", "op": "in", "value": ["Under 15K", "15-24K", "25-34K", "35-49K"]}],
            "time": {"start": "2017-05-01", "end": "2017-06-01"},
        },
    ),
    (
        "completejourney",
        ("年龄25到44岁的家庭平均笔单价", "avg basket value of households aged 25-44"),
        {"metrics": ["average_basket_value"], "where": [{"field": "demographics.age", "op": "in", "value": ["25-34", "35-44"]}]},
    ),
]


@pytest.mark.parametrize(("shop", "question", "query"), [(s, q, want) for s, questions, want in READ for q in questions])
def test_it_is_read_as_meant(assistant_of: Callable[[str], Assistant], shop: str, question: str, query: dict[str, object]) -> None:
    answer = assistant_of(shop).ask(question)
    assert answer.status == "answered", answer.text
    assert answer.query is not None
    assert _plain(SemanticQuery.model_validate(answer.query)) == _plain(SemanticQuery.model_validate(query))


@pytest.mark.parametrize(
    "question",
    [
        "40岁以上用户的销售额",  # a band would have to be cut
        "sales from people over 47 years old",
        "销售额下降是因为质量问题吗",  # asks for the cause
        "did sales fall because of quality problems?",
        "any category where profit fell in June compared to May?",  # a list of all of them is none of those
        "which brand is the slowest",  # nothing of a brand takes time
    ],
)
def test_it_is_not_answered_by_something_near(assistant_of: Callable[[str], Assistant], question: str) -> None:
    assert assistant_of("mall").ask(question).status != "answered"


def test_two_weeks_added_up_are_one_figure(assistant_of: Callable[[str], Assistant]) -> None:
    answer = assistant_of("mall").ask("ad spend last week and the week before combined")
    assert answer.query is not None
    query = SemanticQuery.model_validate(answer.query)
    assert query.compare is None
    assert query.time is not None
    assert str(query.time.start) == "2026-06-15"


def _plain(query: SemanticQuery) -> str:
    """What a query says, without that the unknown is kept out of a ranking."""
    kept = tuple(c for c in query.where if getattr(c, "op", "") != "not_null")
    return query.model_copy(update={"where": kept}).key
