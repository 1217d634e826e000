"""How entities that have some of a thing, shares of a group's own whole and periods that are said again are read, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.reading import AskBack, Refuse
from assistant.reading.outcome import Reading
from semantic_layer.query import SemanticQuery

JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
MAY = {"start": "2026-05-01", "end": "2026-06-01"}
Q2 = {"start": "2026-04-01", "end": "2026-07-01"}
H1 = {"start": "2026-01-01", "end": "2026-07-01"}
SPRING = [{"start": "2026-04-01", "end": "2026-05-01"}, MAY, JUNE]
JUNE_30 = {"start": "2026-06-30", "end": "2026-07-01"}
PAID = {"field": "orders.paid_at", "op": "not_null"}
PHONES = {"field": "products.subcategory", "value": "手机"}
GOLD_OR_DIAMOND = {"field": "users.member_level", "op": "in", "value": ["金卡", "钻石"]}


def some(entity: str, metric: str, number: int = 1, time: dict[str, str] | None = None) -> dict[str, Any]:
    return {"entity": entity, "metric": metric, "op": ">=", "value": number, **({"time": time} if time else {})}


def did(dataset: str, time: dict[str, str], *where: dict[str, Any], negated: bool = False) -> dict[str, Any]:
    return {"entity": "user", "exists": dataset, "where": list(where), "time": time, "negated": negated}


READ: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    # those that have some of a thing are counted among all there are
    (
        "mall",
        ("how many products had returns in June", "how many products had at least one return in June", "6月有退货单的商品有多少个"),
        {"metrics": ["products"], "where": [some("product", "returns", time=JUNE)]},
    ),
    ("mall", ("5月有差评的商品有多少个", "5月出过差评的商品有多少"), {"metrics": ["products"], "where": [some("product", "negative_reviews", time=MAY)]}),
    ("mall", ("5月下了单没付款的用户有多少", "5月有取消订单的用户有多少"), {"metrics": ["users"], "where": [some("user", "cancelled_orders", time=MAY)]}),
    (
        "mall",
        ("how many users had 4 or more reviews in the first half of 2026", "上半年评价4次以上的用户有多少", "number of users who wrote at least 4 reviews in H1 2026"),
        {"metrics": ["users"], "where": [some("user", "reviews", 4, H1)]},
    ),
    # a verb that tells which rows of the verb before it
    ("mall", ("5月找客服投诉过的用户有多少",), {"metrics": ["users"], "where": [did("service_contacts", MAY, {"segment": "complaints"})]}),
    (
        "mall",
        ("从来没找客服投诉过的用户有多少", "how many users never contacted support to complain"),
        {"metrics": ["users"], "where": [did("service_contacts", {}, {"segment": "complaints"}, negated=True)]},
    ),
    # what was not done with the things of the verb before it
    (
        "mall",
        ("how many users viewed phones in June without buying any", "how many users viewed phones in June without buying a phone"),
        {"metrics": ["users"], "where": [did("events", JUNE, PHONES, {"segment": "view_events"}), did("order_lines", JUNE, PHONES, PAID, negated=True)]},
    ),
    # each of several periods
    (
        "mall",
        ("how many users contacted support in every month of Q2", "二季度每个月都联系过客服的用户有多少"),
        {"metrics": ["users"], "where": [did("service_contacts", t) for t in SPRING]},
    ),
    (
        "mall",
        ("how many users bought in April, May and June - all three", "how many users bought in all three months April, May and June"),
        {"metrics": ["paying_customers"], "where": [did("order_lines", t, PAID) for t in SPRING]},
    ),
    # the share of a group's own whole
    (
        "mall",
        ("二季度各大区各类目的销售额占本大区的比例", "sales by region and category in Q2 with each one's share of its region"),
        {"metrics": ["paid_gmv"], "group_by": ["cities.region", "products.category"], "time": Q2, "share": {"within": ["region"]}},
    ),
    # several values that are one part, or one thing
    (
        "mall",
        ("what share of June buyers were gold or diamond members",),
        {"metrics": [{"metric": "paying_customers", "where": [GOLD_OR_DIAMOND], "share": True}], "time": JUNE},
    ),
    ("mall", ("6月金卡+钻石会员的销售额",), {"metrics": ["paid_gmv"], "where": [GOLD_OR_DIAMOND], "time": JUNE}),
    ("mall", ("new customers as a % of all buyers in May",), {"metrics": ["new_customer_share"], "time": MAY}),
    # amounts of the rows that a number of them keeps
    (
        "mall",
        ("total freight on paid orders in May", "5月付款订单的运费合计"),
        {"metrics": [{"agg": "sum", "field": "orders.freight"}], "where": [PAID], "time": MAY},
    ),
    ("mall", ("largest refund on any one return in May",), {"metrics": [{"metric": "refund_amount", "agg": "max", "over": "return"}], "time": MAY}),
    ("mall", ("returns in Q2 by size of refund: below 50, 50 to 200, 200 and up",), {
        "metrics": ["returns"], "time": Q2, "group_by": [{"bucket": {"entity": "return", "metric": "refund_amount", "edges": [0, 50, 200]}}],
    }),
    # a period that is said again, and the close of a day
    ("mall", ("5月4号到6月28号这八周平均每周多少条差评", "average number of negative reviews per week from May 4 to June 28, those 8 weeks"), {
        "metrics": [{"metric": "negative_reviews", "per": "week"}], "time": {"start": "2026-05-04", "end": "2026-06-29"},
    }),
    ("mall", ("4月到6月这三个月的退款率",), {"metrics": ["refund_rate"], "time": Q2}),
    ("mall", ("stock on hand at the close of June 30", "6月30日收盘时的库存"), {"metrics": ["stock_level"], "time": JUNE_30}),
    ("mall", ("5月0点到23点每个小时的搜索次数",), {
        "metrics": ["searches"], "time": MAY, "group_by": [{"field": "time", "grain": "hour_of_day"}],
        "where": [{"field": "time", "grain": "hour_of_day", "op": "in", "value": list(range(24))}],
    }),
    ("mall", ("how many products have never been sent back by anyone",), {
        "metrics": ["products"], "where": [{"entity": "product", "exists": "returns", "time": {}, "negated": True}],
    }),
    # an amount that was passed, in a period of its own, and not so many of a ranking
    ("completejourney", ("5月卖过3万的门店有哪些",), {
        "metrics": ["sales"], "group_by": ["store"], "having": [{"by": "sales", "op": ">", "value": 30000}], "time": {"start": "2017-05-01", "end": "2017-06-01"},
    }),
    ("completejourney", ("9月卖过5万的部门里，10月比9月涨得最多的是哪个",), {
        "metrics": ["sales"], "group_by": ["products.department"], "having": [{"by": "sales", "side": "previous", "op": ">", "value": 50000}],
        "order_by": [{"by": "sales", "side": "growth"}], "limit": 1, "compare": {}, "time": {"start": "2017-10-01", "end": "2017-11-01"},
    }),
    ("completejourney", ("8月核销过券、并且8月消费满400的客户有几户",), {
        "metrics": ["redeeming_households"], "where": [some("household", "sales", 400, {"start": "2017-08-01", "end": "2017-09-01"})],
        "time": {"start": "2017-08-01", "end": "2017-09-01"},
    }),
]  # fmt: skip


@pytest.mark.parametrize(("shop", "question", "query"), [(s, q, query) for s, questions, query in READ for q in questions])
def test_is_read_as(read: Callable[[str, str], Reading], shop: str, question: str, query: dict[str, Any]) -> None:
    assert read(shop, question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    ("shop", "question"),
    [
        ("mall", "how many users got a parcel in May"),  # shipped then, or delivered
        ("mall", "去年付款订单的运费"),  # added up, or averaged
        ("completejourney", "How many people came in in December without buying anything?"),  # who came in bought
    ],
)
def test_is_not_answered(read: Callable[[str, str], Reading], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        read(shop, question)
