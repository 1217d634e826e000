"""What was done again or not again, bands of what each one did, and the day that had most."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY, JUNE = {"start": "2017-05-01", "end": "2017-06-01"}, {"start": "2017-06-01", "end": "2017-07-01"}
BEER = {"field": "products.product_category", "value": "BEERS/ALES"}


def beer_then(negated: bool, *things: dict[str, Any]) -> dict[str, Any]:
    later = {"entity": "household", "exists": "transactions", "where": list(things), "time": JUNE, "negated": negated}
    return {"metrics": ["customers"], "where": [later, BEER], "time": MAY}


def bands(metric: str, *edges: float) -> dict[str, Any]:
    bucket = {"entity": "household", "metric": metric, "edges": edges}
    return {"metrics": ["customers"], "group_by": [{"bucket": bucket}], "time": MAY}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("5月买过啤酒6月没买的顾客有多少", "how many customers bought beer in May but not in June", "5月买过啤酒、6月没再买这个品类的顾客有多少"), beer_then(True, BEER)),
    (("5月买过啤酒6月没来的顾客有多少", "how many customers bought beer in May and didn't buy anything in June"), beer_then(True)),
    (("5月买过啤酒、6月又买了的顾客数",), beer_then(False, BEER)),
    (
        ("4月来过、5月没露面、6月又回来的客户数",),
        {
            "metrics": ["customers"], "time": {"start": "2017-04-01", "end": "2017-05-01"},
            "where": [
                {"entity": "household", "exists": "transactions", "time": MAY, "negated": True},
                {"entity": "household", "exists": "transactions", "time": JUNE},
            ],
        },
    ),
    (
        ("5月卖过、6月连一笔成交都没有的商品数量", "5月卖过、6月没卖过的商品有多少"),
        {"metrics": ["products_sold"], "time": MAY, "where": [{"entity": "product", "exists": "transactions", "time": JUNE, "negated": True}]},
    ),
    (
        ("5月同一单里既买了啤酒又买了软饮料的单子有多少",),
        {
            "metrics": ["baskets"], "time": MAY,
            "where": [
                {"entity": "basket", "exists": "transactions", "where": [BEER]},
                {"entity": "basket", "exists": "transactions", "where": [{"field": "products.product_category", "value": "SOFT DRINKS"}]},
            ],
        },
    ),
    (
        ("Type A跟Type B两类活动，核销了几次、涉及几户家庭",),
        {
            "metrics": ["redeeming_households", "redemptions"], "group_by": ["campaign_descriptions.campaign_type"],
            "where": [{"field": "campaign_descriptions.campaign_type", "op": "in", "value": ["Type A", "Type B"]}],
        },
    ),
    (
        ("5月只来过一次的客户有多少",),
        {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "metric": "baskets", "op": "=", "value": 1}]},
    ),
    (("客户5月逛过几家不同的店？1家、2家、3家及以上各多少户",), bands("active_stores", 1, 2, 3)),
    (("5月顾客来了几次？1次、2-3次、4次及以上各有多少人",), bands("baskets", 1, 2, 4)),
    (
        ("5月单日小票最多的是哪天", "what day had the most receipts in May"),
        {"metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day"}], "time": MAY, "order_by": [{"by": "baskets"}], "limit": 1},
    ),
    (
        ("头部100个客户5月贡献了总销售的百分之几", "what share of May sales came from the top 100 customers"),
        {"metrics": [{"metric": "sales", "where": [{"entity": "household", "metric": "sales", "top": 100}], "share": True}], "time": MAY},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize("question", ["5月卖到1万以上的品类多少个", "12月金额最大的10张小票，带上门店和家庭", "12月金额最大的10张小票，要小票号、门店、哪个家庭", "顾客和门店的销售额"])
def test_what_is_asked_for_is_not_left_out(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
