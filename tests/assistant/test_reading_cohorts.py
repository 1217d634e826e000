"""What people did, how often and when: cohorts, counts of what was done, and what was not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery

APRIL = {"start": "2026-04-01", "end": "2026-05-01"}
MAY = {"start": "2026-05-01", "end": "2026-06-01"}
JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
PAID = {"field": "orders.paid_at", "op": "not_null"}


@pytest.fixture(scope="module")
def mall(assistant_of: Callable[[str], Assistant]) -> Assistant:
    return assistant_of("mall")


def registered(time: dict[str, str]) -> dict[str, Any]:
    return {"entity": "user", "exists": "registrations", "time": time}


def first(time: dict[str, str]) -> dict[str, Any]:
    return {"entity": "user", "event": "first", "dataset": "orders", "time": time}


def often(metric: str, op: str, value: float) -> dict[str, Any]:
    return {"entity": "user", "metric": metric, "op": op, "value": value}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("4月注册的用户5月的客单价", "May average order value of users who registered in April"),
        {"metrics": ["average_order_value"], "where": [registered(APRIL)], "time": MAY},
    ),
    (
        ("4月的新增用户里有多少5月下过单", "of the users who signed up in April, how many ordered in May", "users who registered in April and ordered in May"),
        {"metrics": ["ordering_customers"], "where": [registered(APRIL)], "time": MAY},
    ),
    (
        ("首单在4月的客户6月花了多少钱", "June sales from customers whose first purchase was in April", "4月新客6月的销售额"),
        {"metrics": ["paid_gmv"], "where": [first(APRIL)], "time": JUNE},
    ),
    (
        ("4月只买过一次的客户有多少", "how many customers bought just once in April"),
        {"metrics": ["paying_customers"], "where": [often("paid_orders", "=", 1)], "time": APRIL},
    ),
    (
        ("4月下过两单的用户有几位", "how many users placed two orders in April"),
        {"metrics": ["ordering_customers"], "where": [often("orders", "=", 2)], "time": APRIL},
    ),
    (
        ("how many users ordered at least twice in May",),
        {"metrics": ["ordering_customers"], "where": [often("orders", ">=", 2)], "time": MAY},
    ),
    (("5月下单的有几位", "5月有几位下了单", "5月有多少人下过单"), {"metrics": ["ordering_customers"], "time": MAY}),
    (
        ("5月退过货的客户有多少", "how many customers sent something back in May"),
        {"metrics": ["users"], "where": [{"entity": "user", "exists": "returns", "time": MAY}]},
    ),
    (
        ("5月找过客服的用户数", "number of users who contacted service in May"),
        {"metrics": ["users"], "where": [{"entity": "user", "exists": "service_contacts", "time": MAY}]},
    ),
    (
        ("diamond members who didn't purchase in May", "5月没买过东西的钻石会员有多少"),
        {
            "metrics": ["users"],
            "where": [
                {"field": "users.member_level", "value": "钻石"},
                {"entity": "user", "exists": "order_lines", "where": [PAID], "time": MAY, "negated": True},
            ],
        },
    ),
    (
        ("who bought in April and once again in June, how many",),
        {"metrics": ["paying_customers"], "where": [{"entity": "user", "exists": "order_lines", "where": [PAID], "time": JUNE}], "time": APRIL},
    ),
    (
        ("products viewed more than 300 times in April but not bought", "4月浏览超过300次但没卖出去的商品"),
        {
            "metrics": ["page_views"],
            "group_by": ["products.name"],
            "having": [{"by": "page_views", "op": ">", "value": 300}],
            "where": [{"entity": "product", "exists": "order_lines", "where": [PAID], "negated": True}, {"field": "products.name", "op": "not_null"}],
            "time": APRIL,
        },
    ),
    (
        ("how many of those who got a coupon in April used it",),
        {
            "metrics": ["users"],
            "where": [
                {"entity": "user", "exists": "coupon_grants", "time": APRIL},
                {"entity": "user", "exists": "coupon_grants", "where": [{"segment": "redeemed_coupons"}], "time": APRIL},
            ],
        },
    ),
    (
        ("users who got a coupon in April but never used it",),  # that coupon, and not any
        {
            "metrics": ["users"],
            "where": [
                {"entity": "user", "exists": "coupon_grants", "time": APRIL},
                {"entity": "user", "exists": "coupon_grants", "where": [{"segment": "redeemed_coupons"}], "time": APRIL, "negated": True},
            ],
        },
    ),
    (
        ("ordering customers in April who never returned anything",),
        {"metrics": ["ordering_customers"], "where": [{"entity": "user", "exists": "returns", "time": {}, "negated": True}], "time": APRIL},
    ),
    (
        ("5月发券量对比核销",),
        {"metrics": ["coupons_granted", "coupons_redeemed"], "time": MAY},
    ),
    (
        ("4月卖过、5月没卖过的商品列一下",),
        {
            "where": [
                {"entity": "product", "exists": "order_lines", "where": [PAID], "time": APRIL},
                {"entity": "product", "exists": "order_lines", "where": [PAID], "time": MAY, "negated": True},
            ],
            "records": {"dataset": "products", "fields": ["products.name", "product"]},
        },
    ),
    (
        ("5月不含取消订单的GMV", "GMV in May excluding cancelled orders", "剔除取消的订单后5月的GMV"),
        {"metrics": ["gmv"], "where": [PAID], "time": MAY},
    ),
    (
        ("5月评价数，去掉差评", "reviews in May without negative reviews"),
        {"metrics": ["reviews"], "where": [{"field": "reviews.rating", "op": "<=", "value": 2, "negated": True}], "time": MAY},
    ),
]


@pytest.mark.parametrize(("question", "expected"), [(q, e) for questions, e in READ for q in questions])
def test_who_did_what_and_when(mall: Assistant, question: str, expected: dict[str, Any]) -> None:
    assert _read(mall, question) == SemanticQuery.model_validate(expected)


def _read(mall: Assistant, question: str) -> SemanticQuery:
    return mall.reader(mall.shop.whole).read(question).query


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("今年年货节销售额和去年年货节相比", "今年年货节销售额同比"),
        ("this year's New Year goods festival orders vs last year's New Year goods festival", "orders in this year's New Year goods festival year over year"),
    ],
)
def test_an_occasion_is_compared_with_the_same_occasion(mall: Assistant, plain: str, other: str) -> None:
    one, two = _read(mall, plain), _read(mall, other)
    assert one.compare and two.compare and one.compare.range and two.compare.range
    assert (one.compare.range.start, one.compare.range.end) == (two.compare.range.start, two.compare.range.end)


@pytest.mark.parametrize(
    "question",
    [
        "写过差评的用户有多少",
        "did any customer return more than 3 items in May",
        "how many buyers of coffee in May contacted service about refunds",
        "users who visited in May and never added anything",
        "new users of May with at least one order",
        "上个月到了多少货",
        "6月加购→下单转化率",
        "how many households shopped in May",
    ],
)
def test_what_was_done_is_not_passed_over(mall: Assistant, question: str) -> None:
    assert mall.ask(question).status != "answered"
