"""What time words mean before a clock is read: typed periods, and the days each stands for.

A period answers `on(clock, year)`: its days, where `year` is used by whatever part names none. None means that
the calendar has no such days or the words do not fix them.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

from .calendar import Clock, Unit, add_months, day_of, floor, step
from .reasons import FISCAL_YEAR, NO_EVENT, NO_SUCH_DAYS


@dataclass(frozen=True)
class Days:
    """The half-open days [first, last), either end open, with the unit that was named."""

    first: dt.date | None
    last: dt.date | None
    grain: Unit | None
    to_date: bool = False
    note: str = ""


@dataclass(frozen=True)
class YearRef:
    """A year as said: 2017, or -1 for last year; `trailing` when it came after what it dates (May and June 2017)."""

    value: int
    relative: bool = False
    trailing: bool = False

    def on(self, clock: Clock) -> int:
        """The year's number; one of two digits is the nearest that ends so."""
        if self.relative:
            return clock.today.year + self.value
        if self.value > 99:
            return self.value
        return min((1900 + self.value, 2000 + self.value), key=lambda year: abs(year - clock.today.year))


@dataclass(frozen=True)
class Period(ABC):
    """Base of everything that stands for days."""

    @property
    def dated(self) -> bool:
        """Whether the words fix the year; where not, it is inferred."""
        return True

    @property
    @abstractmethod
    def unit(self) -> Unit | None:
        """The unit named: 5月 is a month."""

    @abstractmethod
    def on(self, clock: Clock, year: int) -> Days | None:
        """The days, with `year` for parts that name none."""

    def why(self, clock: Clock) -> str:
        """Why there are no days, where there are none."""
        return NO_SUCH_DAYS


@dataclass(frozen=True)
class OfYear(Period):
    """Base of periods that come once a year, or are one."""

    year: YearRef | None = field(default=None, kw_only=True)

    @property
    def dated(self) -> bool:
        return self.year is not None


def days_of(period: Period, clock: Clock) -> Days | None:
    """The days of a period; without a year, the latest that is complete or well begun in the data, else the latest begun."""
    if period.dated:
        return period.on(clock, clock.today.year)
    candidates = list(_candidates(period, clock))
    whole = (days for days in candidates if _is_whole(days, clock) or _is_well_begun(days, clock))
    begun = (days for days in candidates if days.first is None or days.first <= (clock.data_end or clock.today))
    held = (days for days in candidates if _holds_data(days, clock))
    return next(whole, None) or next(held, None) or (next(begun, None) if clock.data_start is None else next(iter(candidates), None))


def _candidates(period: Period, clock: Clock) -> Iterator[Days]:
    latest = (clock.data_end or clock.today).year
    earliest = clock.data_start.year if clock.data_start else latest - 8
    for year in range(latest, earliest - 1, -1):
        if days := period.on(clock, year):
            yield days


def _is_whole(days: Days, clock: Clock) -> bool:
    if not (clock.data_start and clock.data_end and days.last):
        return False
    inside = (days.first or clock.data_start) >= clock.data_start and days.last <= step(clock.data_end, "day", 1)
    return inside and days.last <= clock.today


def _is_well_begun(days: Days, clock: Clock) -> bool:
    """Whether more than one day of an unfinished period lies in the data: August on the third of it is this August."""
    return bool(clock.data_end and days.first and days.last and days.last > clock.today and clock.data_end > days.first)


def _holds_data(days: Days, clock: Clock) -> bool:
    """Whether some of the days lie in the data."""
    if not (clock.data_start and clock.data_end):
        return False
    return (days.first or clock.data_start) <= clock.data_end and (days.last or clock.tomorrow) > clock.data_start


@dataclass(frozen=True)
class Shift(Period):
    """The current unit, or the one `offset` units away: 本月, last week, 前天."""

    named: Unit
    offset: int
    fiscal: bool = False

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.named == "hour":
            return None
        first = step(floor(clock.today, self.named, clock, self.fiscal), self.named, self.offset)
        return Days(first, step(first, self.named, 1), self.named)


@dataclass(frozen=True)
class Rolling(Period):
    """The last `count` units: days end yesterday, longer units are complete ones; a year is twelve months."""

    named: Unit
    count: int

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.named == "hour" or not 0 < self.count < 5000:
            return None
        held: Unit = "month" if self.named in ("half", "year") else self.named
        last = floor(clock.today, held, clock)
        return Days(step(last, self.named, -self.count), last, self.named, note="complete ones")


@dataclass(frozen=True)
class Calendar(OfYear):
    """A numbered month, quarter or half of a year, or the year itself."""

    named: Unit
    index: int
    fiscal: bool = False

    @property
    def unit(self) -> Unit:
        return self.named

    def why(self, clock: Clock) -> str:
        """Whether FY2017 begins or ends in 2017 differs from shop to shop."""
        return FISCAL_YEAR if self.fiscal and self.year and clock.fiscal_year_start > 1 else super().why(clock)

    def on(self, clock: Clock, year: int) -> Days | None:
        moved = clock.fiscal_year_start - 1 if self.fiscal else 0
        if moved and self.year:
            return None
        base = day_of(self.year.on(clock) if self.year else year, 1, 1)
        months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[self.named]
        if base is None or not 1 <= self.index <= 12 // months:
            return None
        first = add_months(base, moved + months * (self.index - 1))
        return Days(first, add_months(first, months), self.named)


@dataclass(frozen=True)
class WeekdayOf(Period):
    """Named days of the week `offset` weeks away: 上周一, last weekend."""

    offset: int
    weekdays: tuple[int, ...]

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        monday = step(floor(clock.today, "week", clock), "week", self.offset)
        return weekdays_in(monday, self.weekdays, "day")


@dataclass(frozen=True)
class LatestWeekday(Period):
    """The most recent such day before today, or `back` weeks before that: last Monday, the Friday before last."""

    weekday: int
    back: int = 0

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        back = (clock.today.isoweekday() - self.weekday) % 7 or 7
        first = step(clock.today, "day", -back - 7 * self.back)
        return Days(first, step(first, "day", 1), "day", note="most recent")


def weekdays_in(week: dt.date, weekdays: tuple[int, ...], grain: Unit) -> Days | None:
    """Those days of the week that begins with `week`, a weekend being its Saturday and the day after; None when they do not adjoin."""
    if weekdays == (6, 7):
        saturday = step(week, "day", (6 - week.isoweekday()) % 7)
        return Days(saturday, step(saturday, "day", 2), grain)
    days = sorted(step(week, "day", (weekday - week.isoweekday()) % 7) for weekday in weekdays)
    if (days[-1] - days[0]).days != len(days) - 1:
        return None
    return Days(days[0], step(days[-1], "day", 1), grain)


@dataclass(frozen=True)
class Occasion(OfYear):
    """A named event of the calendar."""

    name: str

    @property
    def unit(self) -> Unit:
        return "day"

    def why(self, clock: Clock) -> str:
        return NO_EVENT

    def on(self, clock: Clock, year: int) -> Days | None:
        wanted = self.year.on(clock) if self.year else year
        event = next((event for event in clock.events if event.name == self.name), None)
        dates = event.dates if event else ()
        return next((Days(first, last, "day", note=self.name) for first, last in dates if first.year == wanted), None)


@dataclass(frozen=True)
class Now(Period):
    """The last day that counts up to now: today once the data hold some of it, else yesterday."""

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days:
        return Days(step(clock.seen, "day", -1), clock.seen, "day")


@dataclass(frozen=True)
class Ahead(Period):
    """The next `count` units: days from tomorrow, longer units from the next one."""

    named: Unit
    count: int

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.named == "hour" or not 0 < self.count < 5000:
            return None
        first = step(floor(clock.today, self.named, clock), self.named, 1)
        return Days(first, step(first, self.named, self.count), self.named)


@dataclass(frozen=True)
class AllTime(Period):
    """No limit on either side."""

    @property
    def unit(self) -> None:
        return None

    def on(self, clock: Clock, year: int) -> Days:
        return Days(None, None, None, note="all time")
