"""Holidays by country; the dates are those of published calendars."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from assistant.language import Clock, NamedEvent, find_times, normalise
from assistant.language.holidays import holidays

YEARS = (2016, 2017, 2018, 2024, 2025, 2026)
CLOCK = Clock(dt.date(2017, 11, 22), data_start=dt.date(2017, 1, 1), data_end=dt.date(2017, 11, 21), events=holidays(("US", "CN"), YEARS))


def found(question: str, clock: Clock = CLOCK) -> str:
    (span,) = find_times(normalise(question).text, clock)
    return f"{span.first}..{span.last}" if span.kind == "range" else "?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Martin Luther King Day 2026", "2026-01-19..2026-01-20"),
        ("Presidents' Day", "2017-02-20..2017-02-21"),
        ("Good Friday", "2017-04-14..2017-04-15"),
        ("Easter 2025", "2025-04-20..2025-04-21"),
        ("Easter weekend", "2017-04-15..2017-04-17"),
        ("Mother's Day", "2017-05-14..2017-05-15"),
        ("Memorial Day 2025", "2025-05-26..2025-05-27"),
        ("Labor Day weekend", "2017-09-02..2017-09-05"),
        ("week of Labor Day", "2017-09-04..2017-09-11"),
        ("Columbus Day", "2017-10-09..2017-10-10"),
        ("Thanksgiving 2026", "2026-11-26..2026-11-27"),
        ("Black Friday 2025", "2025-11-28..2025-11-29"),
        ("Cyber Monday 2025", "2025-12-01..2025-12-02"),
        ("the day before Halloween", "2017-10-30..2017-10-31"),
        ("2025年除夕", "2025-01-28..2025-01-29"),
        ("2026年春节", "?"),
        ("2026年春节当天", "2026-02-17..2026-02-18"),
        ("春节假期", "2017-01-27..2017-02-03"),
        ("元宵节", "2017-02-11..2017-02-12"),
        ("清明节", "2017-04-04..2017-04-05"),
        ("五一", "2017-05-01..2017-05-02"),
        ("五一假期", "2017-04-29..2017-05-02"),
        ("端午节那天", "2017-05-30..2017-05-31"),
        ("2025年端午", "2025-05-31..2025-06-01"),
        ("2025年端午那几天", "2025-05-31..2025-06-03"),
        ("2025年端午三天", "2025-05-31..2025-06-03"),
        ("over Dragon Boat 2025", "2025-05-31..2025-06-03"),
        ("2025年春节那几天", "2025-01-28..2025-02-05"),
        ("七夕", "2017-08-28..2017-08-29"),
        ("2025年中秋节", "2025-10-06..2025-10-07"),
        ("国庆当天", "2017-10-01..2017-10-02"),
        ("国庆后三天", "2017-10-08..2017-10-11"),
        ("双11前一周", "2017-11-04..2017-11-11"),
        ("双11当周", "2017-11-06..2017-11-13"),
        ("重阳节", "2017-10-28..2017-10-29"),
        ("2031年春节", "?"),
    ],
)
def test_the_days_of_holidays(question: str, expected: str) -> None:
    assert found(question) == expected


def test_a_shop_names_its_countries() -> None:
    american = replace(CLOCK, events=holidays(("US",), YEARS))
    assert found("Labor Day", american) == "2017-09-04..2017-09-05"
    assert found("端午节", american) == "?"


def test_the_shops_own_event_comes_first() -> None:
    own = NamedEvent("golden", ("国庆",), ((dt.date(2017, 9, 29), dt.date(2017, 10, 9)),))
    assert found("国庆", replace(CLOCK, events=(own, *CLOCK.events))) == "2017-09-29..2017-10-09"


@pytest.mark.parametrize("question", ["五一二", "十五一", "Easterly", "maydays"])
def test_no_holiday_within_a_longer_word(question: str) -> None:
    assert not find_times(normalise(question).text, CLOCK)
