"""How contrasts, objects of verbs, rolling means, ranked changes and what was never done are read; what is asked back rather than half answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.reading import AskBack, Refuse
from assistant.reading.outcome import Reading
from semantic_layer.query import SemanticQuery

JUNE = {"start": "2026-06-01", "end": "2026-07-01"}
MAY = {"start": "2026-05-01", "end": "2026-06-01"}
PAID = {"field": "orders.paid_at", "op": "not_null"}
SUCCESSFUL = {"field": "payments.state", "value": "成功"}
COUPON = {"field": "coupons.name", "value": "双11满399减80"}


def did(dataset: str, time: dict[str, str], *where: dict[str, Any], negated: bool = False) -> dict[str, Any]:
    return {"entity": "user", "exists": dataset, "where": list(where), "time": time, "negated": negated}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    # a segment and its denial, side by side
    (
        ("愿意收营销信息的用户和不愿意收的，5月人均消费各多少",),
        {"metrics": ["spend_per_customer"], "group_by": [{"case": {"segment": "consenting"}}], "time": MAY},
    ),
    (("conversion rate in May, paid traffic against unpaid",), {"metrics": ["conversion_rate"], "group_by": [{"case": {"segment": "paid_traffic"}}], "time": MAY}),
    # what a verb is done to, and a value of the rows that are named
    (
        ("how many users never got in touch with support in May", "how many users never got in touch with customer service in May"),
        {"metrics": ["users"], "where": [did("service_contacts", MAY, negated=True)]},
    ),
    (("successful payments in May by payment channel",), {"metrics": ["payment_tries"], "group_by": ["payments.pay_channel"], "where": [SUCCESSFUL], "time": MAY}),
    (
        ("of the people who paid for something in June, how many also got in touch with support that month?",),
        {"metrics": ["paying_customers"], "where": [did("service_contacts", JUNE)], "time": JUNE},
    ),
    # what became of what was got; what was never done
    (
        ("领过双11满399减80但没用的用户有多少", "领了「双11满399减80」结果一张都没用掉的，有多少人"),
        {"metrics": ["users"], "where": [did("coupon_grants", {}, COUPON), did("coupon_grants", {}, COUPON, {"segment": "redeemed_coupons"}, negated=True)]},
    ),
    (("5月一件东西都没买的用户有多少",), {"metrics": ["users"], "where": [did("order_lines", MAY, PAID, negated=True)]}),
    (("注册后没下过单的用户数",), {"metrics": ["users"], "where": [did("orders", {}, negated=True)]}),
    (("6月下单数，含没付款的",), {"metrics": ["orders"], "time": JUNE}),
    # changes and means along time
    (
        ("Rank our warehouses by % change in parcels sent, June against May, best first",),
        {
            "metrics": ["shipments"], "group_by": ["warehouses.name"], "where": [{"field": "warehouses.name", "op": "not_null"}], "time": JUNE,
            "order_by": [{"by": "shipments", "side": "growth"}], "compare": {},
        },
    ),
    (("June vs May: AOV and number of paid orders, any movement?",), {"metrics": ["average_order_value", "paid_orders"], "time": JUNE, "compare": {}}),
    (
        ("6月每天支付订单数的7日滑动平均",),
        {"metrics": ["paid_orders"], "group_by": [{"field": "time", "grain": "day"}], "time": JUNE, "running": {"kind": "rolling", "window": 7, "agg": "avg"}},
    ),
    (("6月快递准时率是不是比5月好？",), {"metrics": ["on_time_rate"], "time": JUNE, "compare": {}}),
    # counts beside something measured, and each month
    (("May parcels per courier please, plus the mean hours from dispatch to doorstep",), {"metrics": ["shipments", "delivery_time"], "group_by": ["shipments.carrier"], "time": MAY}),
    (
        ("How many 1-star reviews did we get each month in Q2",),
        {
            "metrics": ["reviews"], "group_by": [{"field": "time", "grain": "month"}], "where": [{"field": "reviews.rating", "value": 1}],
            "time": {"start": "2026-04-01", "end": "2026-07-01"},
        },
    ),
    (("今年5月客服进线量",), {"metrics": ["service_contacts"], "time": MAY}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(read: Callable[[str, str], Reading], question: str, query: dict[str, Any]) -> None:
    assert read("mall", question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    "question",
    [
        "618那张券用得咋样",  # how often, or how much it brought in?
        "我们5月从来没给发过一条的用户有几个",  # coupons, messages and parcels are sent
        "sign-ups in 2026 so far split by where we won the user",
        "Android visitors in June - how many viewed, how many carted, how many paid?",
    ],
)
def test_is_not_half_answered(read: Callable[[str, str], Reading], question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        read("mall", question)
