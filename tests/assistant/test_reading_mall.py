"""Wordings of a marketplace: what is asked in other words is the same query, and what only looks alike is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.query import ExistsCondition, SemanticQuery


@pytest.fixture(scope="module")
def mall(assistant_of: Callable[[str], Assistant]) -> Assistant:
    return assistant_of("mall")


SAME = [
    ("sales in the Goddess Day sale this year", "sales on this year's Goddess Day"),
    ("sales 2026 so far vs 2025", "sales, 2026 so far vs all of 2025"),
    ("哪些品牌今年上半年的销售额比去年上半年少", "哪些品牌今年上半年的销售额不如去年上半年"),
    ("which brands had lower sales in Q2 than in Q1", "which brands had less sales in Q2 than in Q1"),
    ("最近30天浏览、加购、下单、支付各有多少人", "最近30天的漏斗，浏览、加购、下单、支付各有多少人"),
    ("unanswered product questions by category", "product questions nobody has answered yet, by category"),
    ("users by age band, including unknown", "users by age band, unknown ones too"),
    ("美妆护肤各子类目销售额占美妆护肤的比例", "美妆护肤各子类目销售额占美妆护肤的比重"),
    ("最近90天没下单的用户有多少", "超过90天没下单的用户有多少"),
    ("users who haven't ordered in the last 60 days", "users who haven't ordered for 60 days"),
    ("did Q2 beat Q1 this year? sales", "did the second quarter beat the first one this year? sales"),
    ("咨询主题是投诉的客服咨询量占比", "客服咨询里投诉占多大比例"),
    ("25-34岁女性的销售额", "25到34岁女性的销售额"),
    ("618期间新客占比", "618期间新客占比是多少"),
    ("各获客渠道今年新增用户数", "各获客渠道今年新增了多少用户"),
    ("how many users never ordered", "how many users had no orders"),
    ("6月一线城市的销售额", "6月收货在一线城市的销售额"),
    ("4月下单人数", "四月有多少用户下单"),
    ("4月下单人数", "四月下单的用户有多少"),
    ("ordering customers in June", "how many customers placed an order in June"),
    ("ordering customers in April", "how many users ordered in April"),
    ("share of orders with coupon by quarter", "用券订单的占比按季度"),
    ("which order has the highest sales", "which order has the highest amount"),
]


@pytest.mark.parametrize(("plain", "other"), SAME)
def test_other_wordings_are_the_same_query(mall: Assistant, plain: str, other: str) -> None:
    assert _meant(mall, other) == _meant(mall, plain)


def test_an_outcome_has_a_rate(mall: Assistant) -> None:
    metric = _query(mall, "各支付方式的支付失败率").metrics[0]
    assert [(c.field, c.value) for c in metric.where] == [("payments.state", "失败")]  # type: ignore[union-attr]
    assert metric.share


def test_the_rate_of_a_kind_of_thing_is_asked_back(mall: Assistant) -> None:
    assert mall.ask("各渠道的投诉率").status != "answered"  # of contacts, or of orders


def test_a_measure_is_added_up_beside_the_number_of_its_rows(mall: Assistant) -> None:
    metrics = _query(mall, "number of campaigns by kind, and their total budget").metrics
    assert {(m.metric, m.agg, m.field) for m in metrics} == {("campaigns", None, None), (None, "sum", "campaigns.budget")}


@pytest.mark.parametrize("question", ["which products have never sold", "从来没卖出去过的商品有哪些"])
def test_which_never_did_are_listed(mall: Assistant, question: str) -> None:
    query = _query(mall, question)
    assert query.records is not None
    assert [(c.entity, c.negated) for c in query.where if isinstance(c, ExistsCondition)] == [("product", True)]


def test_each_deed_of_those_counted_is_a_condition(mall: Assistant) -> None:
    query = _query(mall, "6月注册的女用户有多少人下过单")
    assert {c.exists for c in query.where if isinstance(c, ExistsCondition)} == {"registrations", "orders"}


def test_who_bought_in_both_paid_in_both(mall: Assistant) -> None:
    query = _query(mall, "customers who bought in both Q1 and Q2, how many?")
    assert all(c.where for c in query.where if isinstance(c, ExistsCondition))


def test_june_without_a_purchase_is_no_span_of_six_months(mall: Assistant) -> None:
    unless = next(c for c in _query(mall, "5月买过、6月没再买的用户多少个").where if isinstance(c, ExistsCondition) and c.negated)
    assert unless.time is not None and (unless.time.start, unless.time.end) == (dt.date(2026, 6, 1), dt.date(2026, 7, 1))


@pytest.mark.parametrize("question", ["上个月平均每单几件", "units sold per order last month"])
def test_an_average_is_that_of_the_catalog(mall: Assistant, question: str) -> None:
    assert [m.metric for m in _query(mall, question).metrics] == ["units_per_order"]


def test_what_a_question_word_counts_is_averaged(mall: Assistant) -> None:
    assert [m.metric for m in _query(mall, "上个月钻石会员人均下了几单").metrics] == ["orders"]


def test_late_is_no_part_of_the_month(mall: Assistant) -> None:
    query = _query(mall, "what % of shipments were late last month, by carrier")
    assert query.time is not None and query.time.start == dt.date(2026, 6, 1)
    assert query.metrics[0].share


def test_a_bound_behind_with_is_of_what_its_number_counts(mall: Assistant) -> None:
    query = _query(mall, "top 5 products by return rate with at least 10 units sold this year")
    assert [o.by for o in query.order_by] == ["return_rate"]


def test_a_campaign_is_listed_with_its_first_and_last_day(mall: Assistant) -> None:
    query = _query(mall, "list the campaigns of 2026 with kind and start and end date")
    assert query.records is not None
    assert {"campaigns.kind", "campaigns.starts_on", "campaigns.ends_on"} <= set(query.records.fields)


@pytest.mark.parametrize("question", ["一页结算A组和B组各有多少人", "how many users are in arm A and arm B of 一页结算"])
def test_users_of_an_experiment_are_counted_in_it(mall: Assistant, question: str) -> None:
    assert [m.metric for m in _query(mall, question).metrics] == ["assigned_users"]


def test_a_second_question_is_not_passed_over(mall: Assistant) -> None:
    answer = mall.ask("what did we spend on short video ads last month, and what did they bring in?")
    assert answer.status != "answered"


def test_a_word_is_not_taken_for_its_opposite(mall: Assistant) -> None:
    assert mall.ask("how many questions were answered").status != "answered"


def test_words_that_a_definition_denies_are_not_passed_over(mall: Assistant) -> None:
    assert mall.ask("6月含运费的销售额").status != "answered"


def _answered(mall: Assistant, question: str) -> Answer:
    answer = mall.ask(question)
    assert answer.status == "answered", answer.text
    return answer


def _query(mall: Assistant, question: str) -> SemanticQuery:
    return SemanticQuery.model_validate(_answered(mall, question).query)


def _meant(mall: Assistant, question: str) -> SemanticQuery:
    """The query without the words that its period was said in."""
    query = _query(mall, question)
    return query.model_copy(update={"time": query.time and query.time.model_copy(update={"words": ""})})


@pytest.mark.parametrize("question", ["June sales of rice and air fryers", "June sales of robot and air fryers"])
def test_half_a_name_beside_another_is_not_passed_over(mall: Assistant, question: str) -> None:
    answer = mall.ask(question)
    assert answer.status in ("refused", "clarify") and answer.unexplained


@pytest.mark.parametrize(
    ("question", "by", "desc", "limit"),
    [
        ("worst ten products for returns", "returns", True, 10),
        ("payment success rate by payment method, worst first", "payment_success_rate", False, None),
        ("return rate by category, worst first", "return_rate", True, None),
        ("各类目退货率从差到好", "return_rate", True, None),
        ("各类目销售额从好到差", "paid_gmv", True, None),
        ("四家快递谁最准点", "on_time_rate", True, 1),
        ("of the four carriers which is the most punctual", "on_time_rate", True, 1),
        ("哪四个城市卖得最好", "paid_gmv", True, 4),
    ],
)
def test_the_worst_come_first_and_one_of_four_is_one(mall: Assistant, question: str, by: str, desc: bool, limit: int | None) -> None:
    answer = mall.ask(question)
    query = SemanticQuery.model_validate(answer.query)
    assert [(o.by, o.desc) for o in query.order_by] == [(by, desc)] and query.limit == limit


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("where do our visitors come from", "where"),
        ("For finance: collected, coupon discount and refund amount, last month", "collected"),
    ],
)
def test_what_could_be_a_part_of_the_question_is_not_passed_over(mall: Assistant, question: str, word: str) -> None:
    answer = mall.ask(question)
    assert answer.status != "answered" and word in answer.unexplained


CALLED = [
    ("上个月生意怎么样", "上个月销售额怎么样"),
    ("魔都上周的单量", "上海市上周的订单数"),
    ("鞋子的毛利率", "运动鞋的毛利率"),
    ("家用电器上个月的成交额", "小家电上个月的销售额"),
    ("今年以来每个月新注册的人有多少", "今年以来每个月新增用户数"),
    ("tier 1 city AOV", "average order value of first-tier cities"),
    ("which logistics partner is the slowest", "which carrier is the slowest"),
    ("gold card holders' average basket", "average order value of gold members"),
    ("How much cash went back to customers in April?", "refund amount in April"),
    ("margin of phones by quarter", "gross margin of smartphones by quarter"),
]


@pytest.mark.parametrize(("everyday", "formal"), CALLED)
def test_what_operators_call_things_is_known(mall: Assistant, everyday: str, formal: str) -> None:
    assert _meant(mall, everyday) == _meant(mall, formal)


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("上个月花了多少钱", {"paid_gmv", "ad_cost"}),
        ("how much did we make in May", {"paid_gmv", "gross_profit"}),
        ("6月的交易额", {"paid_gmv", "gmv"}),
        ("costs last month", {"cost_of_goods", "ad_cost"}),
        ("deliveries by warehouse last month", {"shipments", "delivered_parcels"}),
    ],
)
def test_a_name_of_two_metrics_is_asked_back(mall: Assistant, question: str, means: set[str]) -> None:
    answer = mall.ask(question)
    assert answer.status == "clarify"
    assert {c.query["metrics"][0]["metric"] for c in answer.choices} == means


def test_a_name_of_two_metrics_is_the_one_that_the_rest_reaches(mall: Assistant) -> None:
    assert [m.metric for m in _query(mall, "女性用户上个月花了多少钱").metrics] == ["paid_gmv"]
