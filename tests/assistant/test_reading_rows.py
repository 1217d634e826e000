"""How lists with named columns, last events, numbers asked apart, objects of verbs and changes beyond a bound are read, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery

JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
MAY = {"start": "2026-05-01", "end": "2026-06-01"}
MARCH = {"start": "2026-03-01", "end": "2026-04-01"}
PAID = {"field": "orders.paid_at", "op": "not_null"}
LAST_IN_MARCH = {"entity": "user", "event": "last", "dataset": "orders", "time": MARCH}
NEW = {"entity": "user", "event": "first", "dataset": "orders"}
MESSAGED_IN_MARCH = {"entity": "user", "exists": "messages", "time": MARCH}
MAY_TO_JUNE: dict[str, Any] = {"metrics": ["paid_gmv"], "time": JUNE, "compare": {}}
SOLD_IN_JUNE = {"entity": "product", "exists": "order_lines", "where": [PAID], "time": JUNE}


@pytest.fixture(scope="module")
def reader(assistant_of: Callable[[str], Assistant]) -> Reader:
    assistant = assistant_of("mall")
    return assistant.reader(assistant.shop.whole)


def largest(number: int, *fields: str) -> dict[str, Any]:
    return {
        "where": [PAID], "time": JUNE, "order_by": [{"by": "orders.amount"}], "limit": number,
        "records": {"dataset": "orders", "fields": list(fields)},
    }  # fmt: skip


def known(field: str) -> dict[str, Any]:
    return {"field": field, "op": "not_null"}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    # rows, and which of their columns
    (
        ("把上月付款单里金额最大的10张拎出来，要单号、下单时间、应付金额", "列出上月金额最大的10个已付款订单，显示订单号、下单时间、金额"),
        largest(10, "order", "orders.ordered_at", "orders.amount"),
    ),
    (("list the 10 largest paid orders of June with order number, city and amount",), largest(10, "order", "cities.name", "orders.amount")),
    (
        ("把6月28号下了单没付钱的列出来，要单号、下单时间、应付多少",),
        {
            "where": [{"segment": "paid", "negated": True}], "time": {"start": "2026-06-28", "end": "2026-06-29"},
            "records": {"dataset": "orders", "fields": ["order", "orders.ordered_at", "orders.amount"]},
        },
    ),
    (
        ("list all campaigns with kind, start, end and budget", "营销活动拉个清单，要类型、起止日期、预算"),
        {
            "records": {
                "dataset": "campaigns",
                "fields": ["campaigns.name", "campaign", "campaigns.kind", "campaigns.starts_on", "campaigns.ends_on", "campaigns.budget"],
            },
        },
    ),
    # what each row holds, as a bound
    (("吊牌价500以上的商品有几个",), {"metrics": ["products"], "where": [{"field": "products.list_price", "op": ">=", "value": 500}]}),
    (
        ("products with list price over 500, how many",),
        {"metrics": ["products"], "where": [{"field": "products.list_price", "op": ">", "value": 500}]},
    ),
    # the last of what people did
    (
        (
            "有多少用户最近一笔订单是今年三月下的", "number of users whose most recent order dates from March 2026",
            "how many users placed their last order in March this year", "最后一单在今年3月、之后再没下过单的用户数",
        ),
        {"metrics": ["users"], "where": [LAST_IN_MARCH]},
    ),
    # several numbers side by side
    (("6月加购的和下单的人分别有多少",), {"metrics": ["cart_visitors", "order_visitors"], "time": JUNE}),
    # in how many places, of how many kinds
    (("6月有几个城市有人下单",), {"metrics": [{"agg": "count_distinct", "field": "orders.city"}], "time": JUNE}),
    (("how many brands did we sell in June",), {"metrics": [{"agg": "count_distinct", "field": "products.brand"}], "where": [SOLD_IN_JUNE]}),
    # a part that a yes or no tells, and of what it is a part
    (
        ("6月支付订单里付费流量占多少", "上个月成交单有百分之几是付费流量带来的", "paid-traffic share of paid orders, June 2026"),
        {"metrics": [{"metric": "paid_orders", "where": [{"segment": "paid_traffic"}], "share": True}], "time": JUNE},
    ),
    # months one after another, what doubled, by what means, from where
    (("5、6两个月的订单数",), {"metrics": ["orders"], "time": {"start": "2026-05-01", "end": "2026-07-01"}}),
    (
        ("上半年哪些品类销量同比翻了一倍还多",),
        {
            "metrics": ["units"], "group_by": ["products.category"], "time": {"start": "2026-01-01", "end": "2026-07-01"},
            "compare": {"to": "last_year"}, "having": [{"by": "units", "side": "growth", "op": ">=", "value": 1}],
        },
    ),
    (
        ("6月用银行卡没付成的有几笔",),
        {
            "metrics": ["payment_tries"], "time": JUNE,
            "where": [{"field": "payments.pay_channel", "value": "银行卡"}, {"field": "payments.state", "value": "失败"}],
        },
    ),
    # what a verb is done with tells where its rows are, and is no second number
    (
        ("how many users did we send a marketing message to in March", "3月我们给多少用户发了营销消息", "3月收到过营销消息的用户有多少"),
        {"metrics": ["users"], "where": [MESSAGED_IN_MARCH]},
    ),
    (("users we sent a parcel to in June",), {"metrics": ["users"], "where": [{"entity": "user", "exists": "shipments", "time": JUNE}]}),
    (
        ("diamond members who wrote a review in June, how many",),
        {"metrics": ["users"], "where": [{"entity": "user", "exists": "reviews", "time": JUNE}, {"field": "users.member_level", "value": "钻石"}]},
    ),
    (
        ("3月写过一星评价的用户有多少",),
        {"metrics": ["users"], "where": [{"entity": "user", "exists": "reviews", "where": [{"field": "reviews.rating", "value": 1}], "time": MARCH}]},
    ),
    (
        ("what % of March reviews were automatic ones",),
        {"metrics": [{"metric": "reviews", "where": [{"segment": "default_review"}], "share": True}], "time": MARCH},
    ),
    # people named by what they are like alone: they are counted, and not what they did
    (
        ("how many women placed an order in March", "3月有多少女性下单", "3月下单的女性有多少"),
        {"metrics": ["ordering_customers"], "where": [{"field": "users.gender", "value": "女"}], "time": MARCH},
    ),
    (
        ("number of diamond members who bought tea in March", "3月买过茶叶的钻石会员有多少"),
        {
            "metrics": ["paying_customers"], "time": MARCH,
            "where": [{"field": "users.member_level", "value": "钻石"}, {"field": "products.subcategory", "value": "茶叶"}],
        },
    ),
    (("how many women are there", "女性有多少"), {"metrics": ["users"], "where": [{"field": "users.gender", "value": "女"}]}),
    (("how many orders did women place in March", "3月女性下了多少单"), {"metrics": ["orders"], "where": [{"field": "users.gender", "value": "女"}], "time": MARCH}),
    # a share of people of a period, by what they did in it
    (
        ("what share of May's paying customers contacted customer service in May",),
        {
            "metrics": [{"metric": "paying_customers", "share": True, "where": [{"entity": "user", "exists": "service_contacts", "time": MAY}]}],
            "time": MAY,
        },
    ),
    (
        ("which payment method failed most often in May",),
        {
            "metrics": ["payment_tries"], "group_by": ["payments.pay_channel"], "time": MAY, "limit": 1, "order_by": [{"by": "payment_tries"}],
            "where": [{"field": "payments.state", "value": "失败"}],
        },
    ),
    # not one of what the verb is done with
    (
        ("5月加购了但一单都没下的访客有多少", "5月把东西加进购物车，但一单没下的访客数"),
        {
            "metrics": ["visitors"],
            "where": [
                {"entity": "visitor", "exists": "events", "where": [{"segment": "cart_events"}], "time": MAY},
                {"entity": "visitor", "exists": "events", "where": [{"segment": "order_events"}], "time": MAY, "negated": True},
            ],
        },
    ),
    (
        ("3月一单都没下的女性有多少",),
        {"metrics": ["users"], "where": [{"field": "users.gender", "value": "女"}, {"entity": "user", "exists": "orders", "time": MARCH, "negated": True}]},
    ),
    # a value that a longer name would cut
    (
        ("6月由搜索广告带来的订单有多少", "搜索广告带来的订单，6月"),
        {"metrics": ["orders"], "where": [{"field": "traffic_sources.name", "value": "搜索广告"}], "time": JUNE},
    ),
    (("6月广告带来的订单占比",), {"metrics": [{"metric": "orders", "where": [{"segment": "paid_traffic"}], "share": True}], "time": JUNE}),
    (
        ("6月哪家快递送得最慢",),
        {"metrics": ["delivery_time"], "group_by": ["shipments.carrier"], "time": JUNE, "order_by": [{"by": "delivery_time"}], "limit": 1},
    ),
    # of what is handed out by the piece, the pieces are counted, and kinds where it says so
    (("how many coupons were redeemed in May", "how many vouchers were used in May"), {"metrics": ["coupons_redeemed"], "time": MAY}),
    (
        ("5月有多少种优惠券被核销", "how many different coupons were redeemed in May"),
        {"metrics": [{"agg": "count_distinct", "field": "coupon_grants.coupon_id"}], "where": [{"segment": "redeemed_coupons"}], "time": MAY},
    ),
    (
        ("how many women had three or more paid orders in March",),
        {
            "metrics": ["paying_customers"], "time": MARCH,
            "where": [{"entity": "user", "metric": "paid_orders", "op": ">=", "value": 3}, {"field": "users.gender", "value": "女"}],
        },
    ),
    (
        ("number of returns of small appliances sent back for quality problems in May",),
        {
            "metrics": ["returns"], "time": MAY,
            "where": [{"field": "products.category", "value": "小家电"}, {"field": "returns.reason", "value": "质量问题"}],
        },
    ),
    # what somebody brought in is money
    (("how much did new customers bring in in June", "新客6月贡献了多少", "6月新客带来了多少钱"), {"metrics": ["paid_gmv"], "where": [NEW], "time": JUNE}),
    (
        ("老客6月带来多少", "how much money did returning customers bring in in June"),
        {"metrics": ["paid_gmv"], "where": [{**NEW, "negated": True}], "time": JUNE},
    ),
    # changes beyond a bound, and in money
    (
        ("6月比5月销售额跌了15%以上的城市", "cities whose sales fell by at least 15% from May to June"),
        {**MAY_TO_JUNE, "group_by": ["cities.name"], "where": [known("cities.name")], "having": [{"by": "paid_gmv", "side": "growth", "op": "<=", "value": -0.15}]},
    ),
    (
        ("brands whose June sales were up more than 30% on May",),
        {**MAY_TO_JUNE, "group_by": ["products.brand"], "where": [known("products.brand")], "having": [{"by": "paid_gmv", "side": "growth", "op": ">", "value": 0.3}]},
    ),
    (
        ("which 5 cities lost the most sales in June vs May, in yuan",),
        {**MAY_TO_JUNE, "group_by": ["cities.name"], "order_by": [{"by": "paid_gmv", "side": "difference", "desc": False}], "limit": 5},
    ),
    # of each group the part that it has
    (
        ("per gender, what share of users has agreed to marketing", "what share of users has agreed to marketing by gender"),
        {"metrics": [{"metric": "users", "where": [{"segment": "consenting"}], "share": True}], "group_by": ["users.gender"]},
    ),
    (
        ("what share of paid orders used a coupon in June",),
        {"metrics": [{"metric": "paid_orders", "where": [{"segment": "with_coupon"}], "share": True}], "time": JUNE},
    ),
    (("cancelled orders from Android in June",), {"metrics": ["cancelled_orders"], "time": JUNE, "where": [{"field": "platforms.name", "value": "Android"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    "question",
    [
        "5月退货的和投诉的人各有多少",  # two numbers, and not those who did both
        "parcels shipped from Chengdu in Q2",  # the city is where they went
        "users from Beijing who bought coffee this year",  # where they live, or where it was sent
        "sign-ups in H1 2026 by how people found out",
        "is it up on last month?",  # what is?
        "delivered messages in May and how many of them were opened",  # two numbers
        "5月写过差评的用户一共多少人",
        "coupon money knocked off in June?",  # of orders, or by coupons of these days
        "它比上个月涨了吗",
        "best seller of every category in June",  # one of each, and no category
        "每个类目卖得最好的是什么",
        "how many users got a parcel in May",
    ],
)
def test_is_not_answered_by_something_near(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
