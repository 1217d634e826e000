"""Dates such as 5/3, whose order of day and month has to be known from somewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from .calendar import Clock, Unit, day_of, step
from .grammar import Match
from .periods import Days, OfYear, Period, YearRef
from .reasons import DAY_OR_MONTH
from .spans import Between

Order = Literal["month first", "day first"]

_HAN = re.compile("[一-鿿]")
_RANGED = re.compile(r"\d/\d{1,2} ?(?:到|至|-|~)+ ?$")


@dataclass(frozen=True)
class Slashed(OfYear):
    """Two numbers of a date; no order where both may be the month."""

    first: int
    second: int
    order: Order | None = None

    @property
    def unit(self) -> Unit:
        return "day"

    def why(self, clock: Clock) -> str:
        return super().why(clock) if self.order else DAY_OR_MONTH

    def on(self, clock: Clock, year: int) -> Days | None:
        if self.order is None:
            return None
        month, day = (self.first, self.second) if self.order == "month first" else (self.second, self.first)
        date = day_of(self.year.on(clock) if self.year else year, month, day)
        return Days(date, step(date, "day", 1), "day") if date else None


def slashed(match: Match) -> Slashed | None:
    """5/3, 23/5, 5/23/2017, 23.5.2017: in Chinese the month comes first, else the number that can only be a day tells."""
    first, second, *year = map(int, re.findall(r"\d+", match.group()))
    if not (1 <= first <= 31 and 1 <= second <= 31):
        return None
    order: Order | None = None
    if second > 12 or first == second:
        order = "month first"
    elif first > 12:
        order = "day first"
    elif _HAN.search(match.string):
        order = "month first"
    return Slashed(first, second, order, year=YearRef(year[0]) if year else None)


def slashed_alone(match: Match) -> Slashed | None:
    """8/15的销售额, 5/1到5/7的销售额; but 1/3的销售额 may be a third of them."""
    found = slashed(match)
    if found is None or not found.first < found.second <= 10:
        return found
    if _RANGED.search(match.string[: match.start()]):
        return found
    return None if match.string[match.end() :].startswith("的") else replace(found, order=None)


def between(start: Period, end: Period) -> Period:
    """From one period to another; of two slashed dates one may tell the order of both."""
    if isinstance(start, Slashed) and isinstance(end, Slashed):
        order = start.order or end.order
        year = start.year or end.year
        start = replace(start, order=start.order or order, year=start.year or year)
        end = replace(end, order=end.order or order)
    return Between(start, end)
