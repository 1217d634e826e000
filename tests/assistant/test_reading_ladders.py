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
        "completejourney",
        ("三口以上家庭的人均消费", "spend per household for families of 3 or more"),
        {"metrics": ["sales_per_customer"], "where": [{"field": "demographics.household_size", "op": "in", "value": ["3", "4", "5+"]}]},
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
