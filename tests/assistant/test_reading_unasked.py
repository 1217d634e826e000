"""Queries that mean something but that no question asks for are not answered; those that look like them are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from assistant.ask import Assistant
from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.shops import open_shop


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with contextlib.closing(open_shop("completejourney")) as shop:
        yield Reader(shop.whole, Lexicon(shop.whole.catalog), shop.whole.values)


@pytest.mark.parametrize(
    "question",
    [
        "products never sold with a discount",
        "baskets with only one item as a share of all baskets per month",
        "households without kids share of produce sales",
        "percentage of customers under 35 by department",
        "平均每张小票超过50块的门店有几家",
        "sales on 24 December versus November",
        "前10名顾客按小票数，他们花了多少",
        "what share of baskets contain both milk and bread",
        "number of categories where private label outsells national brands",
        "top 10 customers by number of visits and what they spent",
        "percent of sales made on the ten busiest days",
    ],
)
def test_a_query_that_nobody_asks_for_is_no_answer(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)


@pytest.mark.parametrize(
    "question",
    [
        "share of sales by department without fuel",
        "baskets with only one item per month",
        "share of customers with kids",
        "stores with fewer than 35 customers",
        "平均每张小票多少钱",
        "sales in the second half of 2017 compared with the first half",
        "how many baskets had both meat and seafood in December",
        "number of categories by brand",
        "top 10 customers by number of visits",
        "前100名顾客贡献了多少销售额",
        "share of sales of the top 5 departments",
        "哪几个月的折扣率低于4%",
        "11月来过但12月没来的顾客花了多少",
    ],
)
def test_what_looks_like_it_is_answered(reader: Reader, question: str) -> None:
    assert reader.read(question).query


@pytest.mark.parametrize(
    "question",
    [
        "women's shoes sales",
        "stock value by warehouse",
        "订单金额500以上的有几单",
        "达人带来的销售额",
        "users who favourited a product but didn't buy anything in June",
        "late parcels per carrier as a percentage of all its parcels",
        "sales of the best selling product of each category as a share of the category",
        "products in stock that nobody viewed last month",
        "refund amount per returned order by reason",
        "今年哪几个月的广告ROI低于去年同月",
        "库存够卖不到7天的商品数",
        "销量前十的商品一共卖了多少,占全部销量多少",
    ],
)
def test_nor_in_a_shop_of_many_kinds_of_rows(assistant_of: Callable[[str], Assistant], question: str) -> None:
    assert assistant_of("mall").ask(question).status in ("clarify", "refused")


@pytest.mark.parametrize(
    "question",
    [
        "sales to women",
        "stock by warehouse",
        "6月有几单",
        "users who added to cart in June but did not buy",
        "parcels shipped per carrier as a percentage of all parcels",
        "库存可售天数不到7天的商品数",
        "今年哪几个月的广告ROI低于5",
        "refund amount by reason",
    ],
)
def test_but_their_likes_are_answered(assistant_of: Callable[[str], Assistant], question: str) -> None:
    assert assistant_of("mall").ask(question).status == "answered"
