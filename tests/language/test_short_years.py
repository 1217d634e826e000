"""Years of two digits without an apostrophe: only years of the data, only where no day and no number can stand."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.language import Clock, find_times

NINETIES = Clock(today=dt.date(1998, 8, 3), data_start=dt.date(1992, 1, 1), data_end=dt.date(1998, 8, 2))
OF_2017 = Clock(today=dt.date(2018, 1, 1), data_start=dt.date(2017, 1, 1), data_end=dt.date(2018, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("revenue in july 98", dt.date(1998, 7, 1), dt.date(1998, 8, 1)),
        ("orders in q2 98", dt.date(1998, 4, 1), dt.date(1998, 7, 1)),
        ("h1 97 orders", dt.date(1997, 1, 1), dt.date(1997, 7, 1)),
        ("revenue in 97", dt.date(1997, 1, 1), dt.date(1998, 1, 1)),
        ("revenue in 97 by nation", dt.date(1997, 1, 1), dt.date(1998, 1, 1)),
    ],
)
def test_is_a_year(text: str, first: dt.date, last: dt.date) -> None:
    (span,) = find_times(text, NINETIES)
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("text", ["revenue in 97 nations", "top 97 customers", "orders of more than 97 units", "revenue in 89"])
def test_is_no_year(text: str) -> None:
    assert not find_times(text, NINETIES)


def test_behind_a_month_may_stand_a_day() -> None:
    (span,) = find_times("july 17 sales", OF_2017)
    assert (span.first, span.last) == (dt.date(2017, 7, 17), dt.date(2017, 7, 18))


def test_behind_a_quarter_stands_no_day() -> None:
    (span,) = find_times("sales in q2 17", OF_2017)
    assert (span.first, span.last) == (dt.date(2017, 4, 1), dt.date(2017, 7, 1))
