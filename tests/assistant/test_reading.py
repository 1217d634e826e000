"""What questions are read as: constructions in both languages, and what must not be answered by something near."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
DECEMBER = {"start": "2017-12-01", "end": "2018-01-01"}
DEPARTMENT = "products.department"


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def top(metric: str, group: str, limit: int, desc: bool = True) -> dict[str, Any]:
    return {"metrics": [metric], "group_by": [group], "order_by": [{"by": metric, "desc": desc}], "limit": limit}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("list the Type A campaigns with their dates", "Type A活动有哪些，起止日期也给我"),
        {
            "records": {"dataset": "campaign_descriptions", "fields": ["campaign", "campaign_descriptions.start_date", "campaign_descriptions.end_date"]},
            "where": [{"field": "campaign_descriptions.campaign_type", "value": "Type A"}],
        },
    ),
    (
        ("household 1: its age and size",),
        {
            "records": {"dataset": "demographics", "fields": ["household", "demographics.age", "demographics.household_size"]},
            "where": [{"field": "household", "value": 1}],
        },
    ),
    (
        ("A、B类活动各有几场", "how many type A and B campaigns, by type"),
        {
            "metrics": ["campaign_count"], "group_by": ["campaign_descriptions.campaign_type"],
            "where": [{"field": "campaign_descriptions.campaign_type", "op": "in", "value": ["Type A", "Type B"]}],
        },
    ),
    (("sales in May", "5月销售额", "5月份的营业额是多少", "what was revenue in May?"), {"metrics": ["sales"], "time": MAY}),
    (("sales by department in May", "5月各部门销售额", "按部门看5月的销售额"), {"metrics": ["sales"], "group_by": [DEPARTMENT], "time": MAY}),
    (("the week before Christmas sales", "圣诞前一周的销售额"), {"metrics": ["sales"], "time": {"start": "2017-12-18", "end": "2017-12-25"}}),
    (("7月8月销售额", "July and August sales combined"), {"metrics": ["sales"], "time": {"start": "2017-07-01", "end": "2017-09-01"}}),
    (("top 5 departments by units", "件数最高的5个部门"), top("units", DEPARTMENT, 5)),
    (("3 stores with the fewest baskets", "小票数最少的3家门店"), top("baskets", "store", 3, desc=False)),
    (
        ("sales without fuel in May", "5月不含汽油的销售额"),
        {"metrics": ["sales"], "where": [{"segment": "fuel", "negated": True}], "time": MAY},
    ),
    (("sales of store 367 in May", "367号店5月销售额"), {"metrics": ["sales"], "where": [{"field": "store", "value": 367}], "time": MAY}),
    (
        ("December sales against November", "12月销售额比11月增长多少", "12月销售额环比"),
        {"metrics": ["sales"], "time": DECEMBER, "compare": {}},
    ),
    (
        ("share of sales by brand", "各品牌类型销售额占比"),
        {"metrics": ["sales"], "group_by": ["products.brand"], "share": {}},
    ),
    (
        ("customers with more than 5 baskets in May, how many", "5月小票超过5张的顾客有多少"),
        {"metrics": ["customers"], "where": [{"entity": "household", "metric": "baskets", "op": ">", "value": 5}], "time": MAY},
    ),
    (
        ("top 2 departments in each quarter by sales", "每个季度销售额前2的部门"),
        {
            "metrics": ["sales"], "group_by": [{"field": "time", "grain": "quarter"}, DEPARTMENT],
            "order_by": [{"by": "sales"}], "limit": 2, "limit_per": ["quarter"],
        },
    ),
    (
        ("how many customers bought in May but not in December", "5月买过12月没买的顾客有多少"),
        {
            "metrics": ["customers"], "time": MAY,
            "where": [{"entity": "household", "exists": "transactions", "time": DECEMBER, "negated": True}],
        },
    ),
    (("average sales per day in May", "5月日均销售额"), {"metrics": [{"metric": "sales", "per": "day"}], "time": MAY}),
    (("median basket value in May", "5月小票金额的中位数"), {"metrics": [{"metric": "sales", "agg": "median", "over": "basket"}], "time": MAY}),
    (
        ("cumulative sales by month in 2017", "2017年各月累计销售额"),
        {
            "metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}],
            "time": {"start": "2017-01-01", "end": "2018-01-01"}, "running": {},
        },
    ),
    (
        ("sales and coupon redemptions by month", "各月销售额和核销次数"),
        {"metrics": ["sales", "redemptions"], "group_by": [{"field": "time", "grain": "month"}]},
    ),
    (
        ("December sales to customers who redeemed a coupon in November", "11月兑换过优惠券的顾客12月消费多少"),
        {
            "metrics": ["sales"], "time": {"start": "2017-12-01", "end": "2018-01-01"},
            "where": [{"entity": "household", "exists": "coupon_redemptions", "time": {"start": "2017-11-01", "end": "2017-12-01"}}],
        },
    ),
    (
        ("how many different coupons were redeemed in May",),
        {"metrics": [{"agg": "count_distinct", "field": "coupon_redemptions.coupon_upc"}], "time": MAY},
    ),
    (
        ("May sales and, of that, private label sales", "5月销售额，其中自有品牌的销售额"),
        {
            "metrics": ["sales", {"metric": "sales", "where": [{"field": "products.brand", "value": "Private"}], "alias": "sales_private"}], "time": MAY,
        },
    ),
    (
        ("how many customers came in twice or more in May", "5月来了2次以上的顾客有多少"),
        {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "metric": "baskets", "op": ">=", "value": 2}]},
    ),
    (
        ("how many households bought beer or milk in May", "买了啤酒或牛奶的顾客5月有多少"),
        {
            "metrics": ["customers"], "time": MAY,
            "where": [{"field": "products.product_category", "op": "in", "value": ["BEERS/ALES", "FLUID MILK PRODUCTS"]}],
        },
    ),
    (("units per customer in May", "5月每个顾客平均买几件"), {"metrics": [{"metric": "units", "per": "household"}], "time": MAY}),
    (
        ("how many customers bought more than 5 different products in May", "5月买过超过5种不同商品的顾客数"),
        {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "metric": "products_sold", "op": ">", "value": 5}]},
    ),
    (("weekend sales in May", "5月周末销售额"), {"metrics": ["sales"], "time": MAY, "where": [{"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(("wrong", "right"), [("avergae sales per day in May", "average sales per day in May"), ("5月销受额", "5月销售额"),
                                              ("sales by departmnet", "sales by department"), ("各部们销售额", "各部门销售额")])  # fmt: skip
def test_typing_errors_are_mended(reader: Reader, wrong: str, right: str) -> None:
    mended = reader.read(wrong)
    assert mended.query == reader.read(right).query
    assert mended.confidence < 1


def test_every_word_is_accounted_for(reader: Reader) -> None:
    reading = reader.read("top 5 departments by units in May, without fuel")
    assert dict(reading.words)["departments"] == "group:products.department"
    assert not reading.unexplained


@pytest.mark.parametrize(
    "question",
    [
        "how many stores made over 10000",
        "households that bought fuel and beer but not milk",
        "5月核销了多少种不同的优惠券",
        "second largest store by sales",
        "customers under 25",
        "departments that declined in December",
        "stores where sales fell in December",
        "sales of grocery and baskets of produce by month",
        "how many customers bought only grocery",
        "销售额最高和最低的门店",
        "哪些部门12月比11月下降了",
        "排名第二的部门",
        "回头客的销售额",
        "前5个部门的销售额合计",
        "买过3个以上部门的顾客有多少",
        "5月只买过牛奶的顾客",
        "most expensive product",
        "最贵的商品",
        "最便宜的商品",
        "最早的一笔交易是哪天",
        "最晚的交易时间",
        "last purchase date by customer",
        "when did household 100 last shop",
        "variance of daily sales in May",
        "mode of items per basket",
        "5月客单价的标准差",
        "sales per line in May",
        "fuel sales divided by total sales in May",
        "周末和工作日销售额的比值",
        "5月优惠券折扣与会员折扣的比",
        "销售额除以顾客数",
        "households that visited all stores",
        "stores with sales every day in May",
        "customers who bought the same product twice in May",
        "which stores had the same sales in May as in April",
        "5月和4月同一家店的销售额",
        "how many customers still shop with us",
        "还在买的顾客有多少",
        "5月又来买了一次的顾客",
        "what share of products were sold in May",
        "5月动销商品占全部商品的比例",
        "部门销售额占门店销售额的比例",
        "products in the top 3 categories in May",
        "top department by sales and by units in May",
        "top 3 departments and their best store in May",
        "sales in the last week of each month in 2017",
        "每月1号的销售额",
        "5月同比和环比",
        "customers who bought within 7 days after redeeming",
        "how long do customers stay in the store",
        "5月新开了几家店",
        "5月会员注册数",
        "团购订单数",
        "5月促销商品销售额",
        "5月打折商品销售额",
        "5月没打折的销售额",
        "full price sales in May",
        "discounted sales in May",
        "stores and customers in May",
        "how many stores does each customer visit",
        "5月最多顾客的时段",
        "customers over 60 in May",
        "sales by store where baskets exceed 100",
        "customers who bought milk in May and beer in June",
        "比上月翻倍的门店",
        "sales of items with discount over 50%",
        "折扣超过50%的商品销售额",
        "how many weeks were there with more than 3000 baskets",
        "cumulative share of sales by department",
        "store 367 vs all other stores in May",
        "sales of store 367 compared with the average store in May",
        "average monthly growth in sales in 2017",
        "367和406号店5月差多少",
        "which department has the highest share of private label",
        "sales by department for the top 5 stores in May",
        "customers who bought for the first time in May and again in June",
        "不知道收入的家庭有多少",
        "5月有多少天没有销售",
        "5月各省销售额",
        "repeat customers' sales in May",
    ],
)
def test_is_not_answered_by_something_near(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
