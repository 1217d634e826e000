"""What a figure is of: the whole of a share, the kind of a value, the rows of a list, and measures that stand beside each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.ask import Assistant
from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import FieldCondition, SemanticQuery
from semantic_layer.shops import Shop


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


@pytest.fixture(scope="module")
def mall(assistant_of: Callable[[str], Assistant]) -> Reader:
    assistant = assistant_of("mall")
    return assistant.reader(assistant.shop.whole)


SAME = [
    ("8月用券的单占单数的比例", "8月用券的单占所有单多少"),  # their number, and no money
    ("8月用券的单占单数的比例", "8月用券的单占几成"),
    ("9月coupon basket rate", "9月用券的小票占全部小票的比例"),
    ("5月狗粮品类的销售额", "5月狗粮这个品类的销售额"),
    ("二季度买过鸡蛋的顾客有多少", "二季度买过鸡蛋那个品类的顾客有多少户"),
    ("6月鸡蛋卖得最多的3家店", "6月卖鸡蛋最多的3家店"),
    ("average basket value by store in May", "average basket by store in May"),
    ("sales and sales per customer in June", "sales in June, in total and per household"),
    ("2017全年销售额", "17全年销售额"),
    ("how many households bought milk in 2017", "how many households bought milk at some point in 2017"),
    ("month over month sales in 2017", "sales by month in 2017, month over month"),
    ("2017年各季度销售额环比", "2017年按季度看销售额环比"),
    ("sales in H1 2017", "sales in the first half of the year"),
    ("sales in February 2017", "sales in the second month of the year"),
    ("households targeted by campaign 8 who spent over $300 in May, how many", "of the households targeted by campaign 8, how many spent over $300 in May"),
    ("products on display by display location in promo week 12", "products on display at each display location in promo week 12"),
    ("avg number of baskets per store in May", "avg baskets per store in May"),  # no average basket
]


@pytest.mark.parametrize(("plain", "other"), SAME)
def test_other_wordings_are_the_same_query(reader: Reader, plain: str, other: str) -> None:
    assert _said(reader.read(other).query) == _said(reader.read(plain).query)


def test_two_measures_stay_two(reader: Reader) -> None:
    query = reader.read("units and average basket by month in 2017").query
    assert [m.metric for m in query.metrics] == ["units", "average_basket_value"]
    assert [g.grain for g in query.group_by] == ["month"]


def test_an_average_of_nothing_is_asked_back(reader: Reader) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read("units and average household by month in 2017")


@pytest.mark.parametrize("question", ["redemption value of campaign 8", "8号活动的核销金额"])
def test_money_that_cannot_be_told_is_no_number(reader: Reader, question: str) -> None:
    with pytest.raises(AskBack):
        reader.read(question)


def test_a_kind_behind_a_value_says_which_value(reader: Reader) -> None:
    query = reader.read("3月纸尿裤这个品类的件数").query
    assert query.where == (FieldCondition(field="products.product_category", value="DIAPERS & DISPOSABLES"),)
    assert not query.group_by


def test_a_value_of_another_kind_is_asked_back(reader: Reader, mall: Reader) -> None:
    for where, question in ((reader, "猪肉这个部门的销售额"), (mall, "手机这个类目上个月的销售额")):
        with pytest.raises(AskBack):
            where.read(question)


def test_a_rate_of_more_than_the_whole_is_no_share_of_it(reader: Reader) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read("6月总折扣占销售额的百分比")  # the discount rate is of sales and discount


@pytest.mark.parametrize("question", ["9月销售额占比超过8%的部门", "departments with a share of sales above 8% in September"])
def test_shares_are_bound(reader: Reader, question: str) -> None:
    query = reader.read(question).query
    assert [(h.by, h.side, h.op, h.value) for h in query.having] == [("sales", "share", ">", 0.08)]
    assert query.share


def test_growth_of_each_month_is_bound(reader: Reader) -> None:
    query = reader.read("2017年按月看小票数环比，只留跌幅超过3%的月份").query
    assert [(h.by, h.side, h.op, h.value) for h in query.having] == [("baskets", "growth", "<", -0.03)]


def test_rows_are_bound_by_what_each_holds(reader: Reader) -> None:
    query = reader.read("11月23日行数量超过20的销售明细，要门店、商品和金额").query
    assert query.where == (FieldCondition(field="transactions.quantity", op=">", value=20),)
    assert query.records and query.records.fields == ("store", "product", "transactions.sales_value")


@pytest.mark.parametrize(
    ("question", "field"),
    [("取消的单占所有单多少", "orders.status"), ("小程序的单占全部单的比例", "channels.name"), ("女性用户占所有用户多少", "users.gender")],
)
def test_things_are_counted_where_the_whole_is_named(mall: Reader, question: str, field: str) -> None:
    (metric,) = mall.read(question).query.metrics
    assert metric.metric in ("orders", "users")
    assert metric.share
    assert [c.field for c in metric.where if isinstance(c, FieldCondition)] == [field]


def test_a_year_that_is_not_said_is_the_latest_with_data(mall: Reader) -> None:
    assert _said(mall.read("sales in the second half of the year").query) == _said(mall.read("下半年销售额").query)


def _said(query: SemanticQuery) -> SemanticQuery:
    """The query without the words of its period."""
    time = query.time.model_copy(update={"words": ""}) if query.time else None
    return query.model_copy(update={"time": time})
