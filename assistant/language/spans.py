"""Periods made of other periods: parts, edges and weeks of one, and ranges from one to another."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Literal

from .calendar import ORDER, Clock, Unit, day_of, floor, step
from .periods import (
    Days,
    Now,
    Occasion,
    OfYear,
    Period,
    Shift,
    YearRef,
    days_of,
)
from .reasons import NO_SUCH_DAYS, NOT_OVER

Place = Literal["first", "last", "nth"]
Side = Literal["start", "end"]

_NOW = Now()


@dataclass(frozen=True)
class Inside(Period):
    """Base of periods cut out of another."""

    inner: Period

    def why(self, clock: Clock) -> str:
        return self.inner.why(clock)

    @property
    def dated(self) -> bool:
        return self.inner.dated

    def whole(self, clock: Clock, year: int) -> tuple[dt.date, dt.date] | None:
        """The closed ends of the inner period."""
        days = self.inner.on(clock, year)
        return (days.first, days.last) if days and days.first and days.last else None


@dataclass(frozen=True)
class DayOf(Inside):
    """A numbered day of a month."""

    day: int

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        month = self.whole(clock, year)
        first = day_of(month[0].year, month[0].month, self.day) if month else None
        return Days(first, step(first, "day", 1), "day") if first else None


@dataclass(frozen=True)
class Stretch(Inside):
    """Numbered days of a month, to its end when `to` is None: 上旬, 下半月."""

    start: int
    to: int | None

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        month = self.whole(clock, year)
        if month is None:
            return None
        last = month[0] + dt.timedelta(days=self.to) if self.to else month[1]
        return Days(month[0] + dt.timedelta(days=self.start - 1), last, "day")


@dataclass(frozen=True)
class Part(Inside):
    """The first, last or nth units of a period; its weeks are runs of seven days."""

    named: Unit
    count: int
    place: Place

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None or self.named == "hour":
            return None
        first, last = whole
        if self.place == "last":
            first = step(last, self.named, -self.count)
        elif self.place == "nth":
            first = step(first, self.named, self.count - 1)
            last = step(first, self.named, 1)
        else:
            last = step(first, self.named, self.count)
        note = "weeks of seven days" if self.named == "week" else ""
        return Days(first, last, self.named, note=note) if whole[0] <= first and last <= whole[1] else None


@dataclass(frozen=True)
class DayItself(Inside):
    """双11当天, on 618 itself: the day that an event is called after, where its name says one; else its first day."""

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        event = self.inner.inner if isinstance(self.inner, Inside) else self.inner
        names = next((e.names for e in clock.events if isinstance(event, Occasion) and e.name == event.name), ())
        days = [whole[0] + dt.timedelta(n) for n in range((whole[1] - whole[0]).days)]
        first = next((d for d in days if (d.month, d.day) in set(map(_called_after, names))), days[0])
        return Days(first, first + dt.timedelta(days=1), "day")


_DATED_NAME = re.compile(r"(?:双|double )(?P<both>\d{1,2})\b|(?<!\d)(?P<month>\d{1,2})(?P<day>\d{2})(?!\d)", re.IGNORECASE)


def _called_after(name: str) -> tuple[int, int]:
    """Month and day of 双11 and 618; (0, 0) for a name that says none."""
    told = _DATED_NAME.search(name)
    if told is None:
        return 0, 0
    return (int(told["both"]),) * 2 if told["both"] else (int(told["month"]), int(told["day"]))


@dataclass(frozen=True)
class Edge(Inside):
    """The beginning or end of a period: exact as an end of a range, vague alone; `bare` where the period is not named (月底)."""

    side: Side
    bare: bool = False

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        first = whole[0] if self.side == "start" else step(whole[1], "day", -1)
        return Days(first, step(first, "day", 1), "day")


@dataclass(frozen=True)
class UnitOf(Inside):
    """当年 behind 1997年6月: the unit that another period lies in."""

    named: Unit

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        first = floor(whole[0], self.named, clock) if whole else None
        last = step(first, self.named, 1) if first else None
        return Days(first, last, self.named) if whole and first and last and whole[1] <= last else None


@dataclass(frozen=True)
class WeekOf(Inside):
    """The week of a day, the weekend it is in (or just before), or the seven days that end with it."""

    shape: Literal["week", "weekend", "ending"] = "week"

    @property
    def unit(self) -> Unit:
        return "week"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        day = whole[0]
        if self.shape == "ending":
            return Days(step(day, "day", -6), step(day, "day", 1), "week")
        if self.shape == "weekend":
            saturday = step(day, "day", 6 - day.isoweekday())
            return Days(saturday, step(saturday, "day", 2), "week") if day.isoweekday() >= 5 else None
        first = floor(day, "week", clock)
        return Days(first, step(first, "week", 1), "week") if whole[1] <= step(first, "week", 1) else None


@dataclass(frozen=True)
class EventWeekend(Inside):
    """The weekend of an event, with the days that join it to one: Saturday to Monday for Labor Day."""

    @property
    def unit(self) -> Unit:
        return "week"

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None or (whole[1] - whole[0]).days > 1:
            return None
        weekday = whole[0].isoweekday()
        ahead = {1: (-2, 1), 2: (-3, 1), 4: (0, 4), 5: (0, 3), 6: (0, 2), 7: (-1, 1)}.get(weekday)
        return Days(step(whole[0], "day", ahead[0]), step(whole[0], "day", ahead[1]), "day") if ahead else None


@dataclass(frozen=True)
class LatestNamed(Inside):
    """A month, quarter or half without a year, the most recent complete one: last May."""

    @property
    def dated(self) -> bool:
        return True

    @property
    def unit(self) -> Unit | None:
        return self.inner.unit

    def on(self, clock: Clock, year: int) -> Days | None:
        found = (self.inner.on(clock, clock.today.year - back) for back in range(2))
        return next((days for days in found if days and days.last and days.last <= clock.today), None)


@dataclass(frozen=True)
class Beside(Inside):
    """So many units before or after a period, from its first day on, or through its last: 双11前7天, the 14 days up to May 3."""

    named: Unit
    count: int
    side: Literal["before", "after", "from", "through"]

    @property
    def unit(self) -> Unit:
        return self.named

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None or self.named == "hour":
            return None
        if self.side == "before":
            return Days(step(whole[0], self.named, -self.count), whole[0], self.named)
        if self.side == "through":
            return Days(step(whole[1], self.named, -self.count), whole[1], self.named)
        start = whole[0] if self.side == "from" else whole[1]
        return Days(start, step(start, self.named, self.count), self.named)


@dataclass(frozen=True)
class Between(Period):
    """From the first day of one period to the last day of another; a year named once serves both."""

    start: Period
    end: Period

    def why(self, clock: Clock) -> str:
        """The reason of the end that has no days."""
        ends = (self.start, self.end)
        return next((each.why(clock) for each in ends if each.on(clock, clock.today.year) is None), NO_SUCH_DAYS)

    @property
    def dated(self) -> bool:
        return self.start.dated or self.end.dated

    @property
    def unit(self) -> Unit | None:
        return min((self.start.unit or "day", self.end.unit or "day"), key=ORDER.index)

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.end.dated and not self.start.dated:
            return self._joined(self._start_before(clock), self.end.on(clock, year))
        start = self.start.on(clock, year)
        if start is None or start.first is None:
            return None
        end = self.end.on(clock, start.first.year)
        if end and end.last and end.last <= start.first and not self.end.dated:
            end = self.end.on(clock, start.first.year + 1)
        return self._joined(start, end)

    def _start_before(self, clock: Clock) -> Days | None:
        end = self.end.on(clock, clock.today.year)
        if end is None or end.last is None:
            return None
        year = step(end.last, "day", -1).year
        found = (self.start.on(clock, year - back) for back in range(2))
        return next((days for days in found if days and days.first and days.first < end.last), None)

    def _joined(self, start: Days | None, end: Days | None) -> Days | None:
        if not (start and end and start.first and end.last) or start.first >= end.last:
            return None
        return Days(start.first, end.last, self.unit)


@dataclass(frozen=True)
class Agreeing(Inside):
    """A day named twice, by its date and by its weekday or its event; none where they disagree."""

    named: Period | None = None
    weekdays: tuple[int, ...] = ()

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        days = self.inner.on(clock, year)
        if days is None or days.first is None:
            return None
        named = self.named.on(clock, days.first.year) if self.named else None
        agrees = named and named.first and named.last and named.first <= days.first < named.last
        return days if agrees or days.first.isoweekday() in self.weekdays else None


@dataclass(frozen=True)
class Counted(Inside):
    """An event and how long it took, 双11四天: none where it took another time."""

    count: int = 1

    @property
    def unit(self) -> Unit:
        return "day"

    def on(self, clock: Clock, year: int) -> Days | None:
        days = self.inner.on(clock, year)
        if days is None or days.first is None or days.last is None:
            return None
        return days if (days.last - days.first).days == self.count else None


@dataclass(frozen=True)
class Over(Inside):
    """A part of the current month that is named without it (月底, the 10th): only once it is over, as it may be last month's."""

    @property
    def unit(self) -> Unit | None:
        return self.inner.unit

    def why(self, clock: Clock) -> str:
        return NOT_OVER if self.inner.on(clock, clock.today.year) else super().why(clock)

    def on(self, clock: Clock, year: int) -> Days | None:
        days = self.inner.on(clock, year)
        return days if days and days.last and days.last <= clock.tomorrow else None


@dataclass(frozen=True)
class OpenEnded(Inside):
    """Base of periods with one named end; that end finds its own year."""

    @property
    def dated(self) -> bool:
        return True

    @property
    def unit(self) -> Unit | None:
        return self.inner.unit

    def whole(self, clock: Clock, year: int) -> tuple[dt.date, dt.date] | None:
        days = days_of(self.inner, clock)
        return (days.first, days.last) if days and days.first and days.last else None


@dataclass(frozen=True)
class Since(OpenEnded):
    """From a period's first day (or the day after its last) up to today."""

    after: bool = False

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        if whole is None:
            return None
        first = whole[1] if self.after else whole[0]
        last = clock.seen if first < clock.seen else clock.tomorrow
        open_end = first >= last
        return Days(first, None if open_end else last, self.unit, to_date=not open_end)


@dataclass(frozen=True)
class Until(OpenEnded):
    """Up to a period's last day, or only to the day before its first."""

    before: bool = False

    def on(self, clock: Clock, year: int) -> Days | None:
        whole = self.whole(clock, year)
        return Days(None, whole[0] if self.before else whole[1], self.unit) if whole else None


@dataclass(frozen=True)
class ToDate(Inside):
    """From a period's first day to the end of another, or to today: 今年以来, this month through yesterday."""

    end: Period = _NOW

    @property
    def unit(self) -> Unit | None:
        return self.inner.unit

    def on(self, clock: Clock, year: int) -> Days | None:
        days = Between(self.inner, self.end).on(clock, year)
        if days is None and self.end == _NOW:
            days = Between(self.inner, Shift("day", 0)).on(clock, year)
        return replace(days, grain=self.unit, to_date=True) if days else None


def dated_by(period: Period, year: YearRef) -> Period | None:
    """The same period of that year; None when it has a year already or cannot take one."""
    if period.dated:
        return None
    if isinstance(period, OfYear):
        return replace(period, year=year)
    if isinstance(period, Inside):
        inner = dated_by(period.inner, year)
        return replace(period, inner=inner) if inner else None
    if isinstance(period, Between):
        start = dated_by(period.start, year)
        return replace(period, start=start) if start else None
    return None


def year_in(period: Period) -> YearRef | None:
    """The year that the period names."""
    if isinstance(period, OfYear):
        return period.year
    if isinstance(period, Inside):
        return year_in(period.inner)
    if isinstance(period, Between):
        return year_in(period.end) or year_in(period.start)
    return None
