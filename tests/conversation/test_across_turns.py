"""Follow-ups that need more than the last query: two things asked one after the other, who was counted, what was not answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from semantic_layer.query import SemanticQuery
from tests.conversation.conftest import Say, query_of

MAY, JUNE = {"start": "2017-05-01", "end": "2017-06-01"}, {"start": "2017-06-01", "end": "2017-07-01"}
NOVEMBER = {"start": "2017-11-01", "end": "2017-12-01"}
BY_STORE = {"metrics": ["sales"], "group_by": ["store"], "time": NOVEMBER, "order_by": [{"by": "sales"}], "limit": 10}
AT_367 = {"metrics": ["sales"], "where": [{"field": "store", "value": 367}], "time": NOVEMBER}
BOTH = {"field": "store", "op": "in", "value": [367, 406]}
LOST = {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "exists": "transactions", "time": JUNE, "negated": True}]}


def is_query(answer: Any, **parts: Any) -> bool:
    return query_of(answer) == SemanticQuery.model_validate(parts)


@pytest.mark.parametrize("lines", [("how about 406", "show me the two side by side"), ("406呢", "这两家店放一起看"), ("406?", "both of them")])
def test_two_things_asked_about_are_set_side_by_side(say: Say, lines: tuple[str, ...]) -> None:
    assert is_query(say(*lines, query=AT_367), **{**AT_367, "where": [BOTH], "group_by": ["store"]})


@pytest.mark.parametrize("lines", [("上个月呢", "这两个月比一下"), ("the month before?", "what's the change between the two")])
def test_two_periods_asked_about_are_compared(say: Say, lines: tuple[str, ...]) -> None:
    query = query_of(say("December instead", *lines, query=AT_367) if lines[0].isascii() else say("12月呢", "再往前一个月呢", lines[1], query=AT_367))
    assert query.time is not None and query.time.start == dt.date(2017, 12, 1) and query.compare is not None and query.compare.to == "previous"


@pytest.mark.parametrize("said", ["show me the two side by side", "这两家比一下"])
def test_two_things_that_are_not_there_are_asked_for(say: Say, said: str) -> None:
    assert say(said, query=AT_367).status == "clarify"


@pytest.mark.parametrize("said", ["只看367和406", "367和406呢", "only 367 and 406"])
def test_numbers_alone_are_keys_of_what_is_split(say: Say, said: str) -> None:
    assert query_of(say(said, query=BY_STORE)).where == SemanticQuery.model_validate({**BY_STORE, "where": [BOTH]}).where


@pytest.mark.parametrize("said", ["分周看看", "by week"])
def test_the_few_that_were_named_stay_told_apart(say: Say, said: str) -> None:
    names = [g.name for g in query_of(say(said, query={"metrics": ["sales"], "group_by": ["store"], "where": [BOTH], "time": NOVEMBER})).group_by]
    assert names == ["store", "week"]


@pytest.mark.parametrize("said", ["top ten of them by spend", "这批人里消费最高的10位", "list the 10 biggest by their spend"])
def test_who_was_counted_can_be_ranked(say: Say, said: str) -> None:
    query = query_of(say(said, query=LOST))
    assert [g.field for g in query.group_by] == ["household"] and query.limit == 10
    assert (query.where, query.time) == (SemanticQuery.model_validate(LOST).where, SemanticQuery.model_validate(LOST).time)


FREQUENT = {"metrics": ["customers"], "time": NOVEMBER, "where": [{"entity": "household", "metric": "baskets", "op": ">", "value": 9}]}


@pytest.mark.parametrize("said", ["其中前10位", "top 10 of them"])
def test_who_was_counted_is_ranked_by_what_they_were_counted_by(say: Say, said: str) -> None:
    query = query_of(say(said, query=FREQUENT))
    assert ([m.name for m in query.metrics], [g.name for g in query.group_by], query.limit) == (["baskets"], ["household"], 10)
    assert [m.name for m in query_of(say(said, query={**FREQUENT, "where": []})).metrics] == ["sales"]


@pytest.mark.parametrize("lines", [("其中前10位", "这些9次以上的家庭一共花了多少"), ("top 10 of them", "how much did all of those 9+ trip households spend together")])
def test_who_was_counted_is_named_by_the_condition_again(say: Say, lines: tuple[str, ...]) -> None:
    assert is_query(say(*lines, query=FREQUENT), metrics=["sales"], time=NOVEMBER, where=FREQUENT["where"])


@pytest.mark.parametrize("said", ["超过20次的呢", "and for those above 20 trips"])
def test_the_condition_on_those_counted_gets_another_bound(say: Say, said: str) -> None:
    (condition,) = query_of(say(said, query={**FREQUENT, "metrics": ["sales"]})).where
    assert (condition.op, condition.value) == (">", 20)  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["which store had the most of them over the whole month?", "哪家店最多"])
def test_what_was_counted_ranks_something_else(say: Say, said: str) -> None:
    daily = {"metrics": ["customers"], "group_by": [{"field": "time", "grain": "day"}], "time": NOVEMBER}
    query = query_of(say(said, query=daily))
    assert [m.name for m in query.metrics] == ["customers"] and query.limit == 1 and "store" in [g.name for g in query.group_by]


@pytest.mark.parametrize("said", ["多少家庭", "how many households is that?"])
def test_how_many_counts_those_who_did_what_was_asked_about(say: Say, said: str) -> None:
    redeemed = {"metrics": ["redemptions"], "where": [{"field": "campaign", "value": 18}], "time": NOVEMBER}
    assert [m.name for m in query_of(say(said, query=redeemed)).metrics] == ["redeeming_households"]


@pytest.mark.parametrize("said", ["这批人11月花了多少", "what did they spend in November"])
def test_who_was_counted_in_one_period_is_not_who_was_in_another(say: Say, said: str) -> None:
    assert say(said, query=LOST).status == "clarify"


@pytest.mark.parametrize("said", ["反过来呢", "the other way round"])
def test_what_was_set_against_another_period_turns_round(say: Say, said: str) -> None:
    swapped = {**LOST, "time": JUNE, "where": [{"entity": "household", "exists": "transactions", "time": MAY, "negated": True}]}
    assert is_query(say(said, query=LOST), **swapped)


@pytest.mark.parametrize("said", ["换个问题，2017年12月的小票数", "new question: baskets in December 2017"])
def test_a_question_that_says_it_is_new_keeps_nothing(say: Say, said: str) -> None:
    query = query_of(say(said, query=AT_367))
    assert query.where == () and [m.name for m in query.metrics] == ["baskets"]


@pytest.mark.parametrize(("refused", "said"), [("just the women", "ok, by brand then"), ("只看女性", "那就按品牌看")])
def test_who_accepts_that_it_was_not_answered_goes_on_from_the_question_before(say: Say, refused: str, said: str) -> None:
    assert [g.name for g in query_of(say(refused, said, query=AT_367)).group_by] == ["brand"]


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        ({"metrics": ["discount_rate"]}, ("discount dollars instead of the rate", "折扣额，而不是折扣率"), {"metrics": ["total_discount"]}),
        ({"metrics": [{"metric": "sales", "per": "day"}]}, ("per customer rather than per day",), {"metrics": ["sales_per_customer"]}),
        ({"metrics": ["sales"], "group_by": ["store"]}, ("by brand rather than store", "按品牌而不是按门店"), {"metrics": ["sales"], "group_by": ["products.brand"]}),
    ],
)
def test_what_stands_behind_instead_of_goes(say: Say, before: dict[str, Any], said: tuple[str, ...], after: dict[str, Any]) -> None:
    for line in said:
        assert is_query(say(line, query={**before, "time": NOVEMBER}), **after, time=NOVEMBER), line


def test_only_what_was_there_can_be_replaced(say: Say) -> None:
    assert say("by brand rather than by campaign", query=BY_STORE).status == "clarify"


@pytest.mark.parametrize("said", ["just the top one", "第一名就行", "只要第一名"])
def test_only_the_first_row_is_kept(say: Say, said: str) -> None:
    assert query_of(say(said, query=BY_STORE)) == SemanticQuery.model_validate({**BY_STORE, "limit": 1})


@pytest.mark.parametrize("lines", [("without fuel", "with fuel back in?"), ("不含汽油", "把汽油加回来")])
def test_what_was_left_out_comes_back(say: Say, lines: tuple[str, ...]) -> None:
    assert query_of(say(*lines, query=BY_STORE)) == SemanticQuery.model_validate(BY_STORE)


@pytest.mark.parametrize("said", ["只看自有的，按月", "cut that for December", "by month, imported ones only"])
def test_a_word_that_changes_nothing_is_not_passed_over(say: Say, said: str) -> None:
    assert say(said, query=BY_STORE).status in ("clarify", "refused")


@pytest.mark.parametrize("said", ["8月来了但6月没来的？", "8月买过6月没来的呢"])
def test_others_who_did_something_take_the_place_of_those_before(say: Say, said: str) -> None:
    august = {"start": "2017-08-01", "end": "2017-09-01"}
    assert is_query(say(said, query=LOST), **{**LOST, "time": august, "where": [{**LOST["where"][0], "time": JUNE}]})


@pytest.mark.parametrize("said", ["those stores with at least 3000 baskets", "只看小票数至少3000的门店"])
def test_a_bound_on_something_else_keeps_what_is_asked(say: Say, said: str) -> None:
    query = query_of(say(said, query=BY_STORE))
    assert [m.name for m in query.metrics] == ["sales", "baskets"] and query.having[0].by == "baskets" and query.order_by[0].by == "sales"


@pytest.mark.parametrize("said", ["compare with October", "跟10月比"])
def test_a_trend_is_not_set_against_another_period(say: Say, said: str) -> None:
    weeks = {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "week"}], "time": NOVEMBER}
    asked = say(said, query=weeks)
    assert asked.status == "clarify" and SemanticQuery.model_validate(asked.choices[0].query).group_by == ()


@pytest.mark.parametrize("said", ["rank by baskets instead", "改按小票数排", "by baskets instead"])
def test_another_ranking_has_its_own_rows(say: Say, said: str) -> None:
    assert query_of(say(said, query=BY_STORE)) == SemanticQuery.model_validate({**BY_STORE, "metrics": ["baskets"], "order_by": [{"by": "baskets"}]})


@pytest.mark.parametrize("lines", [("which store is best?", "by sales in 2017"), ("哪家店最好", "按2017年销售额")])
def test_a_measure_answers_the_question_that_asked_for_one(say: Say, lines: tuple[str, ...]) -> None:
    query = query_of(say(*lines))
    assert [g.field for g in query.group_by] == ["store"] and query.order_by[0].by == "sales" and query.time is not None


@pytest.mark.parametrize("said", ["只看高于5%的", "only those above 5%"])
def test_a_bound_in_percent_is_a_fraction(say: Say, said: str) -> None:
    rates = {"metrics": ["discount_rate"], "group_by": ["products.department"], "time": NOVEMBER}
    assert query_of(say(said, query=rates)).having[0].value == pytest.approx(0.05)
    assert say(said, query=BY_STORE).status in ("clarify", "refused")


@pytest.mark.parametrize("lines", [("1月新客花了多少钱", "老客呢"), ("what did new customers spend in January 2017", "returning customers?")])
def test_new_and_returning_take_each_others_place(say: Say, lines: tuple[str, ...]) -> None:
    query = query_of(say(*lines))
    assert len(query.where) == 1 and query.where[0].negated and [m.name for m in query.metrics] == ["sales"]


@pytest.mark.parametrize("said", ["换成DRUG GM部门", "the department DRUG GM instead"])
def test_the_kind_of_a_value_is_no_split(say: Say, said: str) -> None:
    grocery = {"field": "products.department", "value": "GROCERY"}
    categories = {"metrics": ["sales"], "group_by": ["products.product_category"], "time": NOVEMBER, "where": [grocery]}
    assert is_query(say(said, query=categories), **{**categories, "where": [{**grocery, "value": "DRUG GM"}]})


@pytest.mark.parametrize("said", ["those two by month", "这两家按月"])
def test_the_two_rows_of_a_ranking(say: Say, said: str) -> None:
    query = query_of(say(said, query={**BY_STORE, "limit": 2}))
    assert query.limit is None and [g.name for g in query.group_by] == ["store", "month"] and len(query.where[0].value) == 2
