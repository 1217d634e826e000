"""What a follow-up changes in the last query, and that everything else stays."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest

from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from tests.conversation.conftest import Say, query_of

NOVEMBER = {"start": "2017-11-01", "end": "2017-12-01"}
OCTOBER = {"start": "2017-10-01", "end": "2017-11-01"}
DEPARTMENTS = {"metrics": ["sales"], "group_by": ["products.department"], "time": NOVEMBER}
CATEGORIES = {
    "metrics": ["sales"],
    "group_by": ["products.product_category"],
    "time": NOVEMBER,
    "order_by": [{"by": "sales"}],
    "limit": 5,
}
PRIVATE, AT_367, AT_406 = {"field": "products.brand", "value": "Private"}, {"field": "store", "value": 367}, {"field": "store", "value": 406}
STORE = {"metrics": ["sales"], "where": [PRIVATE, AT_367], "time": {"start": "2017-07-01", "end": "2017-10-01", "words": "Q3 2017"}}
MONTHS = {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "time": {"start": "2017-01-01", "end": "2018-01-01"}}
BASKETS = "baskets"
LAST_WEEK = {"start": "2017-12-25", "end": "2018-01-01"}
DAYS = {"metrics": [BASKETS], "group_by": [{"field": "time", "grain": "day"}], "time": LAST_WEEK}
CHANGE = {**DEPARTMENTS, "compare": {"to": "previous"}}
AT_AGE = {"metrics": ["sales"], "group_by": ["demographics.income"], "where": [{"field": "demographics.age", "value": "45-54"}], "time": NOVEMBER}
TYPE_A = {"metrics": ["redemption_rate"], "where": [{"field": "campaign_descriptions.campaign_type", "value": "Type A"}]}
BY_TYPE = {"metrics": ["redemptions"], "group_by": ["campaign_descriptions.campaign_type"]}
DISCOUNTS = {"metrics": ["total_discount"], "time": NOVEMBER}

# (the query before, what is said, the parts of the query that are other then)
CHANGES: list[tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]] = [
    # periods
    (DEPARTMENTS, ("再往前一个月呢", "那前一个月", "上一期呢", "10月呢", "what about October?", "the month before that", "one month earlier"), {"time": OCTOBER}),
    (DEPARTMENTS, ("再往前推两个月", "two months earlier"), {"time": {"start": "2017-09-01", "end": "2017-10-01"}}),
    (DEPARTMENTS, ("看一下全年", "for the whole year"), {"time": {"start": "2017-01-01", "end": "2018-01-01"}}),
    (STORE, ("下个季度", "the following quarter", "Q4?", "第四季度呢"), {"time": {"start": "2017-10-01", "end": "2018-01-01"}}),
    (STORE, ("不限时间", "all time"), {"time": None}),
    (DEPARTMENTS, ("回到10月", "back to October", "抱歉，我是说10月", "说错了，应该是10月", "sorry, I meant October"), {"time": OCTOBER}),
    (DAYS, ("只看周末", "只看周末两天", "weekend only"), {"time": {"start": "2017-12-30", "end": "2018-01-01"}}),
    # groups
    (DEPARTMENTS, ("按品牌拆一下", "再按品牌", "break it down by brand", "also by brand", "drill down to brand"), {"group_by": ["products.department", "products.brand"]}),
    (DEPARTMENTS, ("改成按品牌", "by brand instead", "按品牌", "by brand"), {"group_by": ["products.brand"]}),
    (DEPARTMENTS, ("给个总数", "不分部门", "just the total", "don't split by department"), {"group_by": []}),
    (STORE, ("按月", "monthly", "by month"), {"group_by": [{"field": "time", "grain": "month"}]}),
    (DEPARTMENTS, ("换成门店", "stores instead", "store instead"), {"group_by": ["store"]}),
    (DEPARTMENTS, ("再分门店", "also by store", "drill down to store"), {"group_by": ["products.department", "store"]}),
    (MONTHS, ("改成按季度", "by quarter instead"), {"group_by": [{"field": "time", "grain": "quarter"}]}),
    (MONTHS, ("不按月了", "not by month"), {"group_by": []}),
    (BY_TYPE, ("按月，不分类型", "not by type, by month"), {"group_by": [{"field": "time", "grain": "month"}]}),
    ({**DEPARTMENTS, "group_by": ["store"]}, ("合计多少，不分店",), {"group_by": []}),
    (TYPE_A, ("三种类型放一起看", "all three types"), {"where": [], "group_by": ["campaign_descriptions.campaign_type"]}),
    # metrics
    (DISCOUNTS, ("split into retail, coupon and coupon match",), {"metrics": ["retail_discount", "coupon_discount", "coupon_match_discount"]}),
    (DEPARTMENTS, ("小票数呢", "换成小票数", "baskets?", "how about baskets", "same for baskets"), {"metrics": [BASKETS]}),
    (DEPARTMENTS, ("再加上小票数", "同时看小票数", "also show baskets", "add baskets"), {"metrics": ["sales", BASKETS]}),
    (MONTHS, ("how about customers instead of sales",), {"metrics": ["customers"]}),
    (CATEGORIES, ("那小票数呢", "what about baskets"), {"metrics": [BASKETS], "order_by": [{"by": BASKETS}]}),
    (STORE, ("平均每天呢", "daily average"), {"metrics": [{"metric": "sales", "per": "day"}]}),
    # filters
    (DEPARTMENTS, ("只要自有品牌", "private label only"), {"where": [PRIVATE]}),
    (STORE, ("406店呢", "换成406店", "store 406 instead", "only store 406"), {"where": [PRIVATE, AT_406]}),
    (STORE, ("所有门店", "不限门店", "去掉门店条件", "all stores", "drop the store filter"), {"where": [PRIVATE]}),
    (STORE, ("回到所有门店", "back to all stores"), {"where": [PRIVATE]}),
    (STORE, ("回到全部", "back to everything"), {"where": []}),
    (AT_AGE, ("年龄换成25-34", "make it age 25-34"), {"where": [{"field": "demographics.age", "value": "25-34"}]}),
    (STORE, ("去掉自有品牌这个条件", "不限品牌", "any brand", "remove the brand filter"), {"where": [AT_367]}),
    (STORE, ("去掉所有条件", "clear all filters"), {"where": []}),
    (STORE, ("不要自有品牌", "without private label"), {"where": [AT_367, {"field": "products.brand", "op": "!=", "value": "Private"}]}),
    (
        STORE,
        ("再加上406店", "also store 406", "跟406店比", "compare with store 406"),
        {"where": [PRIVATE, {"field": "store", "op": "in", "value": [367, 406]}], "group_by": ["store"]},
    ),
    (DEPARTMENTS, ("不含汽油", "without fuel"), {"where": [{"segment": "fuel", "negated": True}]}),
    (
        DEPARTMENTS,
        ("只看周末", "weekends only"),
        {"where": [{"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}]},
    ),
    (DEPARTMENTS, ("只看超过1万的", "only those above 10000"), {"having": [{"by": "sales", "op": ">", "value": 10000}]}),
    # share and comparison
    (DEPARTMENTS, ("各占多少", "as a share of the total"), {"share": {}}),
    (STORE, ("占比多少", "what share of the total is that"), {"metrics": [{"metric": "sales", "where": [PRIVATE, AT_367], "share": True}], "where": []}),
    (
        STORE,
        ("占该店的多少", "what share of the store's sales is that"),
        {"metrics": [{"metric": "sales", "where": [PRIVATE], "share": True}], "where": [AT_367]},
    ),
    (DEPARTMENTS, ("跟10月比", "环比呢", "compare with October", "vs October"), {"compare": {"to": "previous"}}),
    # rankings and order
    (MONTHS, ("哪个月最好", "which month was the best?"), {"order_by": [{"by": "sales"}], "limit": 1}),
    (CHANGE, ("按差额排序，跌得最多的在前", "sort by the difference, biggest drop first"), {"order_by": [{"by": "sales", "side": "difference", "desc": False}]}),
    (CHANGE, ("按增长率从高到低排", "sort by growth"), {"order_by": [{"by": "sales", "side": "growth"}]}),
    (DEPARTMENTS, ("前5名", "top 5", "只要前5名", "show me only the top 5"), {"order_by": [{"by": "sales"}], "limit": 5}),
    (DEPARTMENTS, ("从低到高排", "sort low to high"), {"order_by": [{"by": "sales", "desc": False}]}),
    (CATEGORIES, ("前10名", "改成10个", "make it 10", "top 10"), {"limit": 10}),
    (CATEGORIES, ("全部列出来", "不要前5的限制", "show all of them", "remove the limit"), {"limit": None}),
    (CATEGORIES, ("by baskets instead",), {"metrics": [BASKETS], "order_by": [{"by": BASKETS}]}),
]


@pytest.mark.parametrize(("before", "said", "parts"), [(b, s, p) for b, several, p in CHANGES for s in several])
def test_a_followup_changes_what_it_names(say: Say, before: dict[str, Any], said: str, parts: dict[str, Any]) -> None:
    answer = say(said, query=before)
    expected = {**before, **parts}
    assert query_of(answer) == SemanticQuery.model_validate({k: v for k, v in expected.items() if v is not None})


@pytest.mark.parametrize("said", ["占全年多少", "as a share of the whole year", "what share of the year is that"])
def test_a_period_can_be_a_part_of_a_longer_one(say: Say, said: str) -> None:
    query = query_of(say(said, query={"metrics": ["sales"], "time": NOVEMBER}))
    inside = {"field": "time", "op": "between", "value": ["2017-11-01", "2017-11-30"]}
    whole = {"start": "2017-01-01", "end": "2018-01-01"}
    assert query.metrics == SemanticQuery.model_validate({"metrics": [{"metric": "sales", "where": [inside], "share": True}]}).metrics
    assert query.time and (str(query.time.start), str(query.time.end)) == (whole["start"], whole["end"])


@pytest.mark.parametrize("said", ["占10月多少", "as a share of October"])
def test_a_period_is_no_part_of_another(say: Say, said: str) -> None:
    assert say(said, query={"metrics": ["sales"], "time": NOVEMBER}).status == "refused"


@pytest.mark.parametrize("said", ["11月11日卖了多少", "sales on November 11"])
def test_a_part_of_the_period_alone_is_asked_with_the_filters_and_without(say: Say, said: str) -> None:
    answer = say(said, query={**DEPARTMENTS, "group_by": [], "where": [PRIVATE]})
    assert answer.status == "clarify" and [len(c.query.get("where", ())) for c in answer.choices] == [1, 0]
    assert len(query_of(say("11月11日当天卖了多少", query={**DEPARTMENTS, "group_by": [], "where": [PRIVATE]})).where) == 1


@pytest.mark.parametrize("said", ["哪家店最好", "which store was the best?"])
def test_the_best_of_those_who_can_be_judged_is_asked_back(say: Say, said: str) -> None:
    assert say(said, query={**DEPARTMENTS, "group_by": ["store"]}).status == "clarify"


def test_the_reading_says_what_is_kept(say: Say) -> None:
    assert say("小票数呢", query=DEPARTMENTS).reading.endswith("接上一问，沿用时间段、分组")
    assert say("baskets?", query=DEPARTMENTS).reading.endswith("goes on from the last question, keeping its period, grouping")


@pytest.mark.parametrize("said", ["2017年5月顾客数最多的3家门店", "how many customers per store in May 2017", "各部门的小票数", "baskets by department"])
def test_a_question_that_stands_on_its_own_inherits_nothing(say: Say, said: str) -> None:
    answer = say(said, query={**STORE, "where": [PRIVATE]})
    query = query_of(answer)
    assert not query.where and (query.time is None or query.time.start.month == 5)  # type: ignore[union-attr]
    assert "新问题" in answer.reading or "new question" in answer.reading


def test_what_ties_it_makes_a_whole_question_a_followup(say: Say) -> None:
    for said in ("那各部门的小票数呢", "and baskets by department?"):
        query = query_of(say(said, query=STORE))
        assert query == SemanticQuery.model_validate({**STORE, "metrics": [BASKETS], "group_by": ["products.department"]})


def test_the_other_reading_of_a_new_question_is_offered(say: Say) -> None:
    answer = say("baskets by department", query=STORE)
    assert [SemanticQuery.model_validate(c.query) for c in answer.nearest] == [
        SemanticQuery.model_validate({**STORE, "metrics": [BASKETS], "group_by": ["products.department"]})
    ]


def test_a_year_that_was_named_holds_for_the_next_periods() -> None:
    with contextlib.closing(open_shop("completejourney", dt.date(2018, 6, 15))) as shop:
        assistant = Assistant(shop)
        for number, lines in enumerate((["2017年3月的销售额", "4月呢", "5月呢"], ["sales in March 2017", "April?", "and May?"])):
            answers = [assistant.ask(line, conversation=f"year{number}") for line in lines]
            assert query_of(answers[-1]).time.start == dt.date(2017, 5, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["去年同期比", "和去年比呢", "same quarter last year", "vs the year before"])
def test_nothing_is_compared_with_a_period_before_the_data(say: Say, said: str) -> None:
    answer = say(said, query=STORE)
    assert answer.status == "refused" and ("没有数据" in answer.text or "no data" in answer.text)


def test_days_to_come_and_unusual_days_go_on_with_what_is_changed(say: Say) -> None:
    december = {"metrics": ["sales"], "time": {"start": "2017-12-01", "end": "2018-01-01"}}
    for said, analysis in (("预测一下未来两周", "forecast"), ("any unusual days?", "anomaly")):
        first = say(said, query=december)
        assert (first.status, first.analysis) == ("answered", analysis), first.text


@pytest.mark.parametrize("said", ["算一下标准差", "forecast next month"])
def test_what_cannot_be_done_is_refused_by_name(say: Say, said: str) -> None:
    assert say(said, query=DEPARTMENTS).status == "refused"


@pytest.mark.parametrize("said", ["去掉销售额", "drop sales", "加上12月", "add December", "thanks", "只看可乐", "only cola zero"])
def test_what_is_not_clear_is_not_answered(say: Say, said: str) -> None:
    assert say(said, query=DEPARTMENTS).status in ("clarify", "refused")


def test_a_cut_ranking_sorted_otherwise_is_asked_back_with_both(say: Say) -> None:
    answer = say("sort low to high", query=CATEGORIES)
    assert answer.status == "clarify" and len(answer.choices) == 2
    same, anew = (SemanticQuery.model_validate(c.query) for c in answer.choices)
    assert same.limit is None and len(same.where[0].value) == 5  # type: ignore[union-attr, arg-type]
    assert anew == SemanticQuery.model_validate({**CATEGORIES, "order_by": [{"by": "sales", "desc": False}]})


def test_the_first_few_split_further_are_those_few(say: Say) -> None:
    query = query_of(say("按品牌拆开", query=CATEGORIES))
    assert query.limit is None and [g.name for g in query.group_by] == ["product_category", "brand"]
    assert len(query.where[0].value) == 5  # type: ignore[union-attr, arg-type]


def test_a_threshold_keeps_its_metric_when_another_is_asked(say: Say) -> None:
    before = {**DEPARTMENTS, "having": [{"by": "sales", "op": ">", "value": 10000}]}
    query = query_of(say("小票数呢", query=before))
    assert [m.name for m in query.metrics] == ["baskets", "sales"] and query.having[0].by == "sales"
