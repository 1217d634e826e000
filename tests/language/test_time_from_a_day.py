"""Stretches counted from a day, the same days of every month, and a month written as one number."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.language import find_times
from tests.language.clocks import SHOP, meanings


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("从3月15号起一个月的销售额", (3, 15), (4, 15)),
        ("3月15号开始的30天", (3, 15), (4, 14)),
        ("国庆之后的7天", (10, 8), (10, 15)),
        ("3月15号往后30天", (3, 16), (4, 15)),
        ("5/1到5/7的销售额", (5, 1), (5, 8)),
        ("201703销售额", (3, 1), (4, 1)),
        ("最近俩月", (11, 1), None),
        ("上个自然月", (12, 1), None),
        ("sales from sep 15 for two weeks", (9, 15), (9, 29)),
        ("sales for the two weeks starting sep 15", (9, 15), (9, 29)),
        ("三季度的前两个完整自然月", (7, 1), (9, 1)),
        ("七八两个月的销售额", (7, 1), (9, 1)),
        ("截至8月底2017年的销售额", (1, 1), (9, 1)),
        ("前两个完整周的销售额", (12, 18), None),
        ("sales mar.2017", (3, 1), (4, 1)),
        ("the last three full calendar months", (10, 1), None),
        ("the last ninety days", (10, 3), None),
        ("wk of 7/17 sales", (7, 17), (7, 24)),
        ("the 14 days up to and including may 3", (4, 20), (5, 4)),
        ("the 10 days leading up to singles' day", (11, 1), (11, 11)),
    ],
)
def test_days(text: str, first: tuple[int, int], end: tuple[int, int] | None) -> None:
    (span,) = find_times(text, SHOP)
    assert (span.first, span.last) == (dt.date(2017, *first), dt.date(2017, *end) if end else dt.date(2018, 1, 1))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("每月1号的销售额", (1,)),
        ("每个月的1号和15号卖了多少", (1, 15)),
        ("每个月第一天的销售额", (1,)),
        ("sales on the first of every month", (1,)),
        ("sales on the 1st and 15th of each month", (1, 15)),
    ],
)
def test_days_of_every_month(text: str, days: tuple[int, ...]) -> None:
    (span,) = find_times(text, SHOP)
    assert (span.kind, span.grain, span.weekdays) == ("weekday", "day_of_month", days)


@pytest.mark.parametrize("text", ["the two weeks leading up to the launch", "1/3的销售额", "每月1号店的销售额"])
def test_fixes_no_days(text: str) -> None:
    assert not [m for m in meanings(text, SHOP) if "2017" in m]
