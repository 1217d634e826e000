"""What becomes of the days of a question: asked back with a reason, refused outside the data, weeks as the shop counts them."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.ask import ask
from semantic_layer.shops import Shop
from tests.conftest import MakeShop

SALES = (
    "CREATE TABLE sales AS SELECT DATE '2017-01-01' + CAST(n AS INTEGER) AS day, 1 AS amount FROM range(325) AS t(n)",
)  # fmt: skip
TODAY = dt.date(2017, 11, 22)


def catalog(**calendar: object) -> dict[str, object]:
    fields = {"day": {"kind": "time", "type": "date"}, "amount": {"kind": "measure", "type": "number"}}
    return {
        "datasets": {"sales": {"time": "day", "fields": fields}},
        "metrics": {"sales": {"expression": "SUM(sales.amount)", "label": {"zh": "销售额", "en": "sales"}}},
        "calendar": calendar,
    }


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("6月31日销售额", "日历上没有这样的日子"),
        ("最近销售额", "没有确切的起止日期"),
        ("周一销售额", "也可能指每周的这一天"),
        ("月底销售额", "还没有过完"),
        ("那天销售额", "没有说是哪一段时间"),
        ("sales on June 31", "the calendar has no such days"),
        ("sales on 03/04", "either number may be the month"),
        ("sales recently", "no exact first and last day"),
        ("sales last summer", "a season has no agreed first and last day"),
    ],
)
def test_unclear_days_are_asked_back_with_the_reason(make_shop: MakeShop, question: str, why: str) -> None:
    answer = ask(question, make_shop(catalog(), *SALES, today=TODAY))
    assert answer.status == "clarify" and why in answer.text and not answer.rows


@pytest.mark.parametrize("question", ["sales next month", "下周销售额", "明天销售额", "12月25日销售额", "sales in 2016", "前年销售额", "sales tomorrow"])
def test_days_outside_the_data_are_refused(make_shop: MakeShop, question: str) -> None:
    answer = ask(question, make_shop(catalog(), *SALES, today=TODAY))
    assert answer.status == "refused" and "2017-11-21" in answer.text and not answer.rows


def test_days_to_come_are_refused_even_where_rows_are_dated_ahead(make_shop: MakeShop) -> None:
    answer = ask("sales next week", make_shop(catalog(), *SALES, today=dt.date(2017, 6, 7)))
    assert answer.status == "refused"


@pytest.mark.parametrize(("start", "days"), [("monday", ("2017-11-13", "2017-11-20")), ("sunday", ("2017-11-12", "2017-11-19")), ("saturday", ("2017-11-11", "2017-11-18"))])
def test_weeks_begin_as_the_shop_says(make_shop: MakeShop, start: str, days: tuple[str, str]) -> None:
    shop: Shop = make_shop(catalog(week_start=start), *SALES, today=TODAY)
    for question in ("sales last week", "上周销售额", "sales week over week"):
        period = ask(question, shop).period
        assert period and (str(period.start), str(period.end)) == days


def test_holidays_of_the_named_countries(make_shop: MakeShop) -> None:
    shop = make_shop(catalog(holidays=["US", "CN"]), *SALES, today=TODAY)
    for question, day in (("sales on Labor Day", "2017-09-04"), ("端午节销售额", "2017-05-30"), ("sales on Easter", "2017-04-16")):
        period = ask(question, shop).period
        assert period and str(period.start) == day
    assert ask("端午节销售额", make_shop(catalog(), *SALES, today=TODAY, name="none")).status == "clarify"


@pytest.mark.parametrize("question", ["last Saturday on Mondays sales", "上周六逢周一的销售额"])
def test_days_with_no_weekday_in_common_are_asked_back(make_shop: MakeShop, question: str) -> None:
    assert ask(question, make_shop(catalog(), *SALES, today=TODAY)).status != "answered"


def test_what_accrued_in_the_current_period_ends_with_the_data(make_shop: MakeShop) -> None:
    for question in ("本月累计销售额", "本月至今销售额", "sales month to date"):
        period = ask(question, make_shop(catalog(), *SALES, today=TODAY, name=f"shop{hash(question)}")).period
        assert period and (str(period.start), str(period.end)) == ("2017-11-01", "2017-11-22")
