"""Periods that count weeks and days of the week: numbered weeks, the first Monday, full weeks, runs of weekdays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from .calendar import Clock, Unit, floor, step
from .periods import Days, OfYear, Period, weekdays_in
from .reasons import NUMBERED_WEEKS
from .spans import Inside


@dataclass(frozen=True)
class NumberedWeek(OfYear):
    """A week of a year by its number, as in ISO 8601; where weeks do not begin on Monday, numbers differ from shop to shop."""

    number: int

    @property
    def unit(self) -> Unit:
        return "week"

    def why(self, clock: Clock) -> str:
        return NUMBERED_WEEKS if clock.week_start != 1 else super().why(clock)

    def on(self, clock: Clock, year: int) -> Days | None:
        if clock.week_start != 1:
            return None
        try:
            first = dt.date.fromisocalendar(self.year.on(clock) if self.year else year, self.number, 1)
        except ValueError:
            return None
        return Days(first, step(first, "week", 1), "week")


@dataclass(frozen=True)
class WeekdaysOfWeek(Inside):
    """Named days of a week: 上上周的周五, the weekend of the week before last."""

    weekdays: tuple[int, ...]

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        return weekdays_in(whole[0], self.weekdays, "day") if whole else None


@dataclass(frozen=True)
class NthWeekday(Inside):
    """The nth Monday or weekend of a period, from its end when `nth` is negative; a weekend is where its Saturday is."""

    weekdays: tuple[int, ...]
    nth: int

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        first, last = whole
        ahead = (self.weekdays[0] - first.isoweekday()) % 7
        count = ((last - first).days - ahead + 6) // 7
        at = self.nth - 1 if self.nth > 0 else count + self.nth
        if not 0 <= at < count:
            return None
        day = first + dt.timedelta(days=ahead + 7 * at)
        return Days(day, step(day, "day", len(self.weekdays)), "day")


@dataclass(frozen=True)
class FullWeek(Inside):
    """The nth whole calendar week of a period, from its end when `nth` is negative."""

    nth: int

    @property
    def unit(self) -> Unit:
        return "week"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        before_first = floor(step(whole[0], "day", -1), "week", clock)
        first = step(before_first if self.nth > 0 else floor(whole[1], "week", clock), "week", self.nth)
        last = step(first, "week", 1)
        return Days(first, last, "week") if whole[0] <= first and last <= whole[1] else None


@dataclass(frozen=True)
class WeekdayRun(Period):
    """The latest such days that are over, both named with last: from last Monday to last Friday.

    `from_first`: only the first is the latest one, and they must be over: from last Wednesday to Sunday.
    """

    first: int
    last: int
    from_first: bool = False

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.from_first:
            begin = step(clock.today, "day", -((clock.today.isoweekday() - self.first) % 7 or 7))
            after = step(begin, "day", (self.last - self.first) % 7 + 1)
            return Days(begin, after, "day") if after <= clock.today else None
        end = step(clock.today, "day", -((clock.today.isoweekday() - self.last) % 7 or 7))
        start = step(end, "day", -((self.last - self.first) % 7))
        return Days(start, step(end, "day", 1), "day")


@dataclass(frozen=True)
class SameDay(Period):
    """This very day, so many units away: two weeks ago today, 上个月的今天."""

    named: Unit
    offset: int

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.named == "hour":
            return None
        day = step(clock.today, self.named, self.offset)
        return Days(day, step(day, "day", 1), "day")


@dataclass(frozen=True)
class WeekdayBeside(Inside):
    """The last such day or weekend before a day, or the first after it: the Friday before Labor Day."""

    weekdays: tuple[int, ...]
    side: Literal["before", "after"]

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None or len(self.weekdays) > 2:
            return None
        if self.side == "after":
            first = step(whole[1], "day", (self.weekdays[0] - whole[1].isoweekday()) % 7)
            return Days(first, step(first, "day", len(self.weekdays)), "day")
        last = step(whole[0], "day", -1)
        last = step(last, "day", -((last.isoweekday() - self.weekdays[-1]) % 7))
        return Days(step(last, "day", 1 - len(self.weekdays)), step(last, "day", 1), "day")
