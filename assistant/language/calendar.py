"""Days, weeks, months, quarters, halves and years: the arithmetic under the time grammar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Unit = Literal["hour", "day", "week", "month", "quarter", "half", "year"]

MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
ORDER: tuple[Unit, ...] = ("hour", "day", "week", "month", "quarter", "half", "year")


@dataclass(frozen=True)
class NamedEvent:
    """A dated occasion of the shop's calendar: its names, and [first, last) for each time it took place.

    `loose` when its name alone may mean the day or the days around it: 春节.
    """

    name: str
    names: tuple[str, ...] = ()
    dates: tuple[tuple[dt.date, dt.date], ...] = ()
    loose: bool = False


@dataclass(frozen=True)
class Clock:
    """What relative words count from: today, how weeks and fiscal years begin, and the days that hold data."""

    today: dt.date
    week_start: int = 1
    fiscal_year_start: int = 1
    data_start: dt.date | None = None
    data_end: dt.date | None = None
    events: tuple[NamedEvent, ...] = ()

    @property
    def tomorrow(self) -> dt.date:
        """The first day that has not begun."""
        return self.today + dt.timedelta(days=1)

    @property
    def seen(self) -> dt.date:
        """Where time up to now ends (exclusive): today counts only where the data hold some of it, or nothing is known."""
        return self.today if self.data_end and self.data_end < self.today else self.tomorrow


def day_of(year: int, month: int, day: int) -> dt.date | None:
    """That day, or None where the calendar has no such day."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of another month; the last day of a shorter one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return first + dt.timedelta(days=min(day.day, (following - first).days) - 1)


def step(day: dt.date, unit: Unit, count: int) -> dt.date:
    """`day` moved by `count` units."""
    if unit == "day":
        return day + dt.timedelta(days=count)
    if unit == "week":
        return day + dt.timedelta(weeks=count)
    return add_months(day, count * MONTHS_IN[unit])


def floor(day: dt.date, unit: Unit, clock: Clock, fiscal: bool = False) -> dt.date:
    """The first day of the unit that holds `day`."""
    if unit == "day":
        return day
    if unit == "week":
        return day - dt.timedelta(days=(day.isoweekday() - clock.week_start) % 7)
    start = clock.fiscal_year_start if fiscal else 1
    into = (day.month - start) % 12 % MONTHS_IN[unit]
    return add_months(day.replace(day=1), -into)
