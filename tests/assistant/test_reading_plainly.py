"""Plain questions of every day, in both languages: lists of numbers, days told apart, the best of another period, sums, shares told behind their whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.reading import AskBack, Refuse
from assistant.reading.outcome import Reading
from semantic_layer.query import SemanticQuery

NOVEMBER = {"start": "2017-11-01", "end": "2017-12-01"}
DECEMBER = {"start": "2017-12-01", "end": "2018-01-01"}
H1, H2 = {"start": "2017-01-01", "end": "2017-07-01"}, {"start": "2017-07-01", "end": "2018-01-01"}
Q1, Q3, Q4 = ({"start": a, "end": b} for a, b in (("2017-01-01", "2017-04-01"), ("2017-07-01", "2017-10-01"), ("2017-10-01", "2018-01-01")))
YEAR = {"start": "2017-01-01", "end": "2018-01-01"}
JUNE, MAY = {"start": "2026-06-01", "end": "2026-07-01"}, {"start": "2026-05-01", "end": "2026-06-01"}
DAYS = {"field": "time", "grain": "day_of_week"}
PHONES = {"field": "products.subcategory", "value": "手机"}
CJ, MALL = "completejourney", "mall"


def days(*numbers: int) -> dict[str, Any]:
    return {**DAYS, "op": "in", "value": list(numbers)}


def best(number: int, time: dict[str, str], entity: str = "household", metric: str = "sales") -> dict[str, Any]:
    return {"entity": entity, "metric": metric, "top": number, "time": time}


def got(campaign: int) -> dict[str, Any]:
    return {"entity": "household", "exists": "campaigns", "where": [{"field": "campaign", "value": campaign}], "time": {}}


READ: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    # days of the week that are told apart
    (CJ, ("Q4周六周日的小票数分别是多少", "按周六和周日看Q4的小票数"), {"metrics": ["baskets"], "group_by": [DAYS], "where": [days(6, 7)], "time": Q4}),
    (CJ, ("11月顾客数按周一到周日分",), {"metrics": ["customers"], "group_by": [DAYS], "time": NOVEMBER}),
    (MALL, ("上周六周日两天的订单数",), {"metrics": ["orders"], "time": {"start": "2026-06-27", "end": "2026-06-29"}}),
    # per what a metric counts: divided by its number
    (CJ, ("receipts per trading store in December",), {"metrics": [{"metric": "baskets", "per": "store"}], "time": DECEMBER}),
    (CJ, ("2017年平均一个月多少加仑", "gallons per month on average in 2017"), {"metrics": [{"metric": "fuel_gallons", "per": "month"}], "time": YEAR}),
    # numbers listed before what they number, and a year behind such a list
    (CJ, ("343、381 两家店Q4的销售额和小票数",), {"metrics": ["sales", "baskets"], "group_by": [{"field": "store"}],
        "where": [{"field": "store", "op": "in", "value": [343, 381]}], "time": Q4}),
    (CJ, ("receipts + sales per receipt for stores 343 and 381, 2017",), {"metrics": ["baskets", "average_basket_value"], "group_by": [{"field": "store"}],
        "where": [{"field": "store", "op": "in", "value": [343, 381]}], "time": YEAR}),
    (CJ, ("A、B 两种活动各触达了多少户",), {"metrics": ["targeted_households"], "group_by": [{"field": "campaign_descriptions.campaign_type"}],
        "where": [{"field": "campaign_descriptions.campaign_type", "op": "in", "value": ["Type A", "Type B"]}]}),
    # the best of one period, asked about in another
    (CJ, ("Q1花钱最多的50户，Q4花了多少", "take the 50 households that spent most in Q1: how much did they spend in Q4"),
        {"metrics": ["sales"], "where": [best(50, Q1)], "time": Q4}),
    (CJ, ("上半年销售额最高的8家店，到了12月合计卖了多少",), {"metrics": ["sales"], "where": [best(8, H1, "store")], "time": DECEMBER}),
    (CJ, ("Q3销售额前6的门店，Q4各卖了多少",), {"metrics": ["sales"], "group_by": [{"field": "store"}], "where": [best(6, Q3, "store")], "time": Q4}),
    # all that those brought in whom a bound keeps
    (CJ, ("how much did households who spent over 3k in H1 2017 spend in total", "上半年消费超过3000的家庭一共花了多少"),
        {"metrics": ["sales"], "where": [{"entity": "household", "metric": "sales", "op": ">", "value": 3000}], "time": H1}),
    # a deed that is done to those who are named
    (CJ, ("被13号活动触达的家庭，12月一共花了多少",), {"metrics": ["sales"], "where": [got(13)], "time": DECEMBER}),
    (CJ, ("被13号活动触达的家庭数",), {"metrics": ["targeted_households"], "where": [{"field": "campaign", "value": 13}]}),
    # the whole and its part, said twice
    (CJ, ("11月一共卖了多少，里头全国品牌占了多少钱", "total November sales, and how much of that came from national brands"), {
        "metrics": ["sales", {"metric": "sales", "where": [{"field": "products.brand", "value": "National"}], "alias": "sales_national"}], "time": NOVEMBER}),
    # the typical one, of whom something else is measured
    (CJ, ("how many units did the median household buy in November",), {
        "metrics": [{"metric": "units", "agg": "median", "over": "household"}], "time": NOVEMBER}),
    (CJ, ("median number of receipts per week in Q4",), {"metrics": [{"metric": "baskets", "agg": "median", "over": "week"}], "time": Q4}),
    # how many were new, where they are named before
    (CJ, ("how many of the Q3 shoppers were returning",), {"metrics": ["customers"], "time": Q3, "where": [
        {"entity": "household", "event": "first", "dataset": "transactions", "negated": True}]}),
    # for whom it is saved
    (CJ, ("11月优惠券替顾客抵了多少钱", "11月优惠券给会员省了多少钱"), {"metrics": ["coupon_discount"], "time": NOVEMBER}),
    # bands whose last begins behind the one before it; bands with their units
    (CJ, ("按去年的购买次数把顾客分成1-5次、6-20次、20次以上，各多少人", "households by 2017 trips: 1-5, 6-20, over 20"), {"metrics": ["customers"], "group_by": [
        {"bucket": {"entity": "household", "metric": "baskets", "edges": [1, 6, 21]}}], "time": YEAR}),
    (MALL, ("5月的包裹按配送时长分：36小时以内、36到60小时、60小时以上", "parcels in May by delivery time: under 36h, 36-60h, 60h+"), {
        "metrics": ["shipments"], "group_by": [{"bucket": {"entity": "shipment", "metric": "delivery_time", "edges": [36, 60]}}], "time": MAY}),
    # what percentage of these went that way
    (MALL, ("what percentage of WeChat payment attempts went through in June",), {
        "metrics": [{"metric": "payment_tries", "where": [{"field": "payments.state", "value": "成功"}], "share": True}],
        "where": [{"field": "payments.pay_channel", "value": "微信支付"}], "time": JUNE}),
    (MALL, ("what percent of push messages were opened in May",), {
        "metrics": [{"metric": "messages_sent", "where": [{"segment": "opened_messages"}], "share": True}],
        "where": [{"field": "messages.channel", "value": "推送"}], "time": MAY}),
    # names that an event stands in
    (MALL, ("双11满399减80这张券发了多少张",), {"metrics": ["coupons_granted"], "where": [{"field": "coupons.name", "value": "双11满399减80"}]}),
    # each of several; so many persons; one of them on average
    (MALL, ("5月几家快递各自平均多少个小时能送到",), {"metrics": ["delivery_time"], "group_by": [{"field": "shipments.carrier"}], "time": MAY}),
    (MALL, ("5月新注册的有多少人",), {"metrics": ["new_users"], "time": MAY}),
    (MALL, ("5月平均每人领了几张券",), {"metrics": [{"metric": "coupons_granted", "per": "user"}], "time": MAY}),
    # the verb of the measure said again before how much; columns that are asked for
    (MALL, ("5月退款退得最多的3个品牌",), {"metrics": ["refund_amount"], "group_by": [{"field": "products.brand"}], "time": MAY,
        "order_by": [{"by": "refund_amount"}], "limit": 3}),
    (MALL, ("list the returns of May 2026 with reason and amount",), {"time": MAY, "records": {"dataset": "returns", "fields": [
        "return", "returns.reason", "returns.refund_amount"]}}),
    (CJ, ("receipt 41479774264 - products and amount per line", "小票41479774264的商品和金额明细"), {
        "where": [{"field": "basket", "value": 41479774264}], "records": {"dataset": "transactions", "fields": ["product", "transactions.sales_value"]}}),
    # with and without one
    (MALL, ("average order value with a coupon vs without one, June 2026",), {
        "metrics": ["average_order_value"], "group_by": [{"case": {"segment": "with_coupon"}}], "time": JUNE}),
    # what was not bought, named before the word that denies it
    (CJ, ("11月买过猫粮、狗粮一次没买的有几户",), {"metrics": ["customers"], "time": NOVEMBER, "where": [
        {"entity": "household", "exists": "transactions", "where": [{"field": "products.product_category", "value": "DOG FOODS"}],
            "time": NOVEMBER, "negated": True},
        {"field": "products.product_category", "value": "CAT FOOD"}]}),
    (CJ, ("how many households bought cat food but no dog food in November", "households that bought cat food but did not buy dog food in November, how many"), {
        "metrics": ["customers"], "time": NOVEMBER, "where": [
            {"entity": "household", "exists": "transactions", "where": [{"field": "products.product_category", "value": "CAT FOOD"}]},
            {"entity": "household", "exists": "transactions", "where": [{"field": "products.product_category", "value": "DOG FOODS"}], "negated": True}]}),
    # a period that is said last is that of all that was done
    (MALL, ("5月领了券没用的用户有几个", "领了券没用的用户有几个 5月"), {"metrics": ["users"], "where": [
        {"entity": "user", "exists": "coupon_grants", "time": MAY},
        {"entity": "user", "exists": "coupon_grants", "where": [{"segment": "redeemed_coupons"}], "time": MAY, "negated": True}]}),
    (MALL, ("users who viewed phones but didn't buy any in May",), {"metrics": ["view_visitors"], "time": MAY, "where": [
        {"entity": "user", "exists": "order_lines", "where": [PHONES, {"field": "orders.paid_at", "op": "not_null"}], "time": MAY, "negated": True},
        PHONES]}),
    # both extremes of a day
    (CJ, ("11月单日小票数，最高一天多少、最低一天多少",), {"time": NOVEMBER, "metrics": [
        {"metric": "baskets", "agg": "max", "over": "day"}, {"metric": "baskets", "agg": "min", "over": "day"}]}),
    # two periods laid side by side; a month in which the adding up begins
    (MALL, ("6月各付款方式的支付成功率，跟5月放一起看看",), {
        "metrics": ["payment_success_rate"], "group_by": [{"field": "payments.pay_channel"}], "time": JUNE, "compare": {}}),
    (CJ, ("2017年销售额按月累计，从一月累到十二月", "2017年每个月的销售额，从1月累计"), {
        "metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "time": YEAR, "running": {}}),
    # exact days behind vague ones
    (CJ, ("感恩节前那几天，11月18号到22号，卖了多少钱",), {"metrics": ["sales"], "time": {"start": "2017-11-18", "end": "2017-11-23"}}),
    # a segment named together with its measure
    (CJ, ("weekly gas sales in Q4",), {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "week"}], "where": [{"segment": "fuel"}], "time": Q4}),
    (CJ, ("leaving fuel aside, H2 sales by department",), {
        "metrics": ["sales"], "group_by": [{"field": "products.department"}], "where": [{"segment": "fuel", "negated": True}], "time": H2}),
]  # fmt: skip


@pytest.mark.parametrize(("shop", "question", "query"), [(shop, q, query) for shop, questions, query in READ for q in questions])
def test_is_read_as(read: Callable[[str, str], Reading], shop: str, question: str, query: dict[str, Any]) -> None:
    assert read(shop, question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    ("shop", "question"),
    [
        (MALL, "for each month of Q2 I want all orders and, next to it, the orders from Android only"),  # the filter is of the second figure
        (CJ, "sales per customer per trip"),  # of each customer, or of each trip
        (CJ, "每张优惠券分别给顾客抵扣了多少金额"),  # nothing tells of which coupon it was
        (MALL, "what fraction of paid Double 11 orders used a coupon"),  # paid says which orders, and is no part of them
    ],
)
def test_is_not_half_answered(read: Callable[[str, str], Reading], shop: str, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        read(shop, question)
