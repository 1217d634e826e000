"""What is asked for beside something else: a column of a list, a number of those who did it, each of two, each of all Mondays."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
BRANDS = {"field": "products.brand", "op": "in", "value": ["National", "Private"]}
COFFEE = {"field": "products.product_category", "value": "COFFEE"}
PIZZA = {"field": "products.product_category", "value": "FROZEN PIZZA"}
DRINKS = {"field": "products.product_category", "value": "SOFT DRINKS"}


def top_20(*metrics: str) -> dict[str, Any]:
    return {"metrics": metrics, "group_by": ["household"], "order_by": [{"by": metrics[0]}], "limit": 20}


def often(*metrics: str) -> dict[str, Any]:
    return {"metrics": metrics, "group_by": ["household"], "time": MAY, "having": [{"by": "baskets", "op": ">", "value": 20}]}


def holds(thing: dict[str, Any]) -> dict[str, Any]:
    return {"entity": "basket", "exists": "transactions", "where": [thing]}


def bought(thing: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"entity": "household", "exists": "transactions", "where": [thing], "time": {}, **more}


def part(department: str) -> dict[str, Any]:
    where = [{"field": "products.department", "value": department}]
    return {"metric": "sales", "where": where, "share": True, "alias": f"sales_part_{department.lower()}"}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("给我消费金额前20的家庭,带上单数", "top 20 households by spend plus number of baskets", "sales and baskets of the top 20 households",
         "the 20 biggest spending households and their number of visits", "top 20 households by sales, with their baskets"),
        top_20("sales", "baskets"),
    ),
    (("消费金额前20的家庭的单数",), {"metrics": ["baskets"], "where": [{"entity": "household", "metric": "sales", "top": 20}]}),
    (("5月来了20次以上的客户列个名单,要id和次数",), {**often("baskets"), "having": [{"by": "baskets", "op": ">=", "value": 20}]}),
    (("list customers with more than 20 visits in May with their sales",), often("baskets", "sales")),
    (
        ("coupon redemptions by month plus how many households redeemed", "redemptions and number of households that redeemed by month"),
        {"metrics": ["redeeming_households", "redemptions"], "group_by": [{"field": "time", "grain": "month"}]},
    ),
    (("每月销售额,还有多少人核销过",), {"metrics": ["redeeming_households", "sales"], "group_by": [{"field": "time", "grain": "month"}]}),
    (("how many customers shopped in May and how many redeemed",), {"metrics": ["customers", "redeeming_households"], "time": MAY}),
    (("有多少家庭,其中多少核销过",), {"metrics": ["customers", "redeeming_households"]}),
    (
        ("new vs returning customers in May: how many of each and what did they spend", "5月新客和老客各多少人、各花多少"),
        {
            "metrics": ["customers", "sales"], "time": MAY,
            "group_by": [{"case": {"entity": "household", "event": "first", "dataset": "transactions"}, "alias": "new_customer"}],
        },
    ),
    (
        ("units of COFFEE: National vs Private", "COFFEE的件数,全国品牌 vs 自有品牌"),
        {"metrics": ["units"], "group_by": ["products.brand"], "where": [COFFEE, BRANDS]},
    ),
    (("meat 和 produce 各占多少销售", "MEAT、PRODUCE各自的销售占比"), {"metrics": [part("MEAT"), part("PRODUCE")]}),
    (
        ("how many baskets had both FROZEN PIZZA and SOFT DRINKS", "有FROZEN PIZZA的小票里有多少也有SOFT DRINKS"),
        {"metrics": ["baskets"], "where": [holds(PIZZA), holds(DRINKS)]},
    ),
    (
        ("of the baskets with FROZEN PIZZA how many also had SOFT DRINKS, as a %", "买了FROZEN PIZZA的小票中同时买SOFT DRINKS的占比"),
        {"metrics": [{"metric": "baskets", "where": [holds(DRINKS)], "share": True}], "where": [holds(PIZZA)]},
    ),
    (
        (
            "买过FROZEN PIZZA但没买过SOFT DRINKS的家庭有多少", "买过FROZEN PIZZA但SOFT DRINKS一次都没买过的家庭有多少",
            "买过FROZEN PIZZA,SOFT DRINKS从来没买过的家庭有多少", "how many households bought FROZEN PIZZA but SOFT DRINKS they never bought",
        ),
        {"metrics": ["customers"], "where": [bought(PIZZA), bought(DRINKS, negated=True)]},
    ),
    (
        ("5月让利多少？折扣、券、配券全加一块儿", "money given away in May - markdowns, coupons and coupon matches all added up"),
        {"metrics": ["total_discount"], "time": MAY},
    ),
    (
        ("retail, coupon and coupon-match discounts side by side in May",),
        {"metrics": ["retail_discount", "coupon_discount", "coupon_match_discount"], "time": MAY},
    ),
    (
        ("5月有孩子的家庭跟没孩子的家庭,客单价对比下", "households with kids vs households without kids, average basket value in May"),
        {
            "metrics": ["average_basket_value"], "time": MAY, "group_by": [{"case": {"segment": "with_kids"}}],
            "where": [{"field": "demographics.kids_count", "op": "not_null"}],
        },
    ),
    (
        ("how many products in each display location in promo week 20", "促销第20周各个陈列位分别有多少个商品"),
        {
            "metrics": [{"agg": "count_distinct", "field": "promotions.product_id"}], "group_by": ["promotions.display_location"],
            "where": [{"field": "promotions.week", "value": 20}],
        },
    ),
    (("各部门销售额差多少", "how do sales differ by department"), {"metrics": ["sales"], "group_by": ["products.department"]}),
    (("sales/day in May, average",), {"metrics": [{"metric": "sales", "per": "day"}], "time": MAY}),
    (
        ("sales for each weekday in May", "sales by weekday in May"),
        {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "day_of_week"}], "time": MAY},
    ),
    (
        ("sales each Monday in May", "5月每个周一的销售额"),
        {
            "metrics": ["sales"], "group_by": [{"field": "time", "grain": "day"}], "time": MAY,
            "where": [{"field": "time", "grain": "day_of_week", "op": "in", "value": [1]}],
        },
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize("question", ["top 20 households by sales and by units", "How did 2017 sales compare with 2016", "2017年销售额比2016年怎么样", "每个活动卖出多少种商品"])
def test_what_no_answer_can_hold_is_refused(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
