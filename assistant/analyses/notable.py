"""What stands out in a daily series: single days far from what their weekday and level make of them, days of events, level shifts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.analyses.daily import Event
from assistant.analyses.effects import covering
from assistant.analyses.season import WEEK, Floats, Series, taken_apart
from assistant.analyses.shifts import Shift, shifts

FEWEST = 6 * WEEK  # clean days below which nothing is called unusual
BEYOND = 3.0  # standard deviations


@dataclass(frozen=True)
class Day:
    """A day that stands out: its place, how many standard deviations it lies off, and the event that it falls on."""

    at: int
    off: float
    event: Event | None = None


@dataclass(frozen=True)
class Notable:
    """A series with what is expected of each day and the bounds beyond which one stands out; days and shifts in their order."""

    series: Series
    expected: Floats
    low: Floats
    high: Floats
    days: tuple[Day, ...]
    shifts: tuple[Shift, ...]

    def shift_off(self, shift: Shift) -> float:
        """How far a shift moved the level, as a share of the level before."""
        return (shift.after - shift.before) / abs(shift.before) if shift.before else 0.0


def notable(series: Series, known: Sequence[Event]) -> Notable | None:
    """What stands out; None where too few days are known to tell, or most of them are alike."""
    if series.clean.sum() < FEWEST:
        return None
    season = taken_apart(series)
    found = shifts(series, season)
    if found:
        season = taken_apart(series, [s.at for s in found])
    if not season.scale > 0:
        return None
    off, expected, spread = season.residuals(series.values), season.expected, season.spread
    low, high = expected - BEYOND * spread, expected + BEYOND * spread
    if season.times:
        low = np.maximum(low, 0.0)
    days = [Day(int(at), float(off[at]), _event(series.day(int(at)), known)) for at in np.flatnonzero(np.abs(off) > BEYOND)]
    return Notable(series, expected, low, high, tuple(days), found)


def _event(day: dt.date, known: Sequence[Event]) -> Event | None:
    return next(iter(covering(known, day)), None)
