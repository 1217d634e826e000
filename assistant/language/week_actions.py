"""How the parts of a time rule about weeks and their days make its meaning; None refuses the match."""

from __future__ import annotations

from typing import Any

from .calendar import Unit
from .meanings import Meaning, Rel, Span, Unsupported
from .periods import Calendar, LatestWeekday, Period, Shift, WeekdayOf, YearRef
from .reasons import AMBIGUOUS
from .spans import Agreeing, Between, DayOf, WeekOf
from .weeks import FullWeek, NthWeekday, NumberedWeek, WeekdayRun, WeekdaysOfWeek


def relative_weekday(rel: Rel, days: tuple[int, ...]) -> Meaning | None:
    """last Monday; this Monday."""
    if rel.offset == -1 or rel.rolling:
        return LatestWeekday(days[0]) if len(days) == 1 else None
    return WeekdayOf(rel.offset, days)


def weekdays_of(inner: Period, days: tuple[int, ...]) -> Period | None:
    """上上周的周五, Friday of the week before last."""
    return WeekdaysOfWeek(inner, days) if inner.unit == "week" else None


def nth_weekday(inner: Period, nth: tuple[int, tuple[int, ...]]) -> Period | None:
    """6月第一个周一, the last weekend of June."""
    longer = inner.unit in ("month", "quarter", "half", "year")
    return NthWeekday(inner, nth[1], nth[0]) if longer else None


def last_weekday(rel: Rel, days: tuple[int, ...], inner: Period) -> Period | None:
    """The last Friday of August."""
    return nth_weekday(inner, (-1, days)) if rel.offset == -1 and len(days) <= 2 else None


def full_week(nth: int, inner: Period) -> Period | None:
    """The first full week of June."""
    return FullWeek(inner, nth) if inner.unit in ("month", "quarter", "half", "year") else None


def numbered_week(nth: Span, year: YearRef | None = None) -> Period | None:
    """第10周, week 10 of 2017."""
    return NumberedWeek(nth.count, year=year) if nth.unit == "week" and nth.count else None


def year_of(period: Period) -> YearRef | None:
    """The year that a year-long period is."""
    if isinstance(period, Shift):
        return YearRef(period.offset, relative=True) if period.named == "year" else None
    return period.year if isinstance(period, Calendar) and period.named == "year" else None


def numbered_weeks(start: int, end: Span) -> Period | None:
    """第10到12周."""
    last = numbered_week(end)
    return Between(NumberedWeek(start), last) if last and end.count and start < end.count else None


def week_of(unit: Unit, day: Period) -> Period | None:
    """The week of May 8; the month of May; the week of the 8th."""
    if day.unit == unit and unit in ("day", "month", "quarter"):
        return day
    return WeekOf(day) if unit == "week" and day.unit == "day" else None


def latest_run(rel: Rel, first: tuple[int, ...], last: tuple[int, ...]) -> Meaning | None:
    """From last Wednesday to Sunday: the latest such days that are over."""
    single = rel.offset == -1 and len(first) == len(last) == 1
    return WeekdayRun(first[0], last[0], from_first=True) if single else Unsupported(AMBIGUOUS)


def shape_of(shape: Any, day: Period) -> Period | None:
    """The week ending, or the weekend of, a day."""
    return WeekOf(day, shape) if day.unit == "day" else None


def weekdays_together(first: Period, more: tuple[int, ...]) -> Period | None:
    """上周六和周日: days of one week."""
    return WeekdayOf(first.offset, tuple(sorted({*first.weekdays, *more}))) if isinstance(first, WeekdayOf) else None


def latest_weekdays(rel: Rel, first: tuple[int, ...], second: tuple[int, ...]) -> Meaning:
    """Last Saturday and Sunday."""
    adjoin = rel.offset == -1 and len(first) == len(second) == 1 and (second[0] - first[0]) % 7 == 1
    return WeekdayRun(first[0], second[0]) if adjoin else Unsupported(AMBIGUOUS)


def weekday_range(start: tuple[int, ...], end: tuple[int, ...]) -> tuple[int, ...] | None:
    """周一到周五."""
    return tuple(range(start[0], end[0] + 1)) if start[0] < end[0] else None


def weekday_run(start: Period, end: tuple[int, ...]) -> Period | None:
    """上周一到周三."""
    if not isinstance(start, WeekdayOf) or not start.weekdays[0] < end[0]:
        return None
    return WeekdayOf(start.offset, tuple(range(start.weekdays[0], end[0] + 1)))


def weekday_run_of(start: tuple[int, ...], end: tuple[int, ...], rel: Rel, unit: Unit) -> Period | None:
    """Monday to Wednesday last week."""
    run = weekday_range(start, end)
    return WeekdayOf(rel.offset, run) if run and unit == "week" else None


def day_named(day: Period, weekdays: tuple[int, ...]) -> Period | None:
    """5月8日周一."""
    return Agreeing(day, weekdays=weekdays) if isinstance(day, DayOf) else None


def latest_weekday(days: tuple[int, ...]) -> Period | None:
    """Since Monday."""
    return LatestWeekday(days[0]) if len(days) == 1 else None
