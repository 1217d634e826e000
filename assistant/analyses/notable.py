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

FEWEST, FEWEST_WEEKS = 6 * WEEK, 16  # clean days, or weeks, below which nothing is called unusual
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
    if series.clean.sum() < (FEWEST if series.step == 1 else FEWEST_WEEKS):
        return None
    season = taken_apart(series)
    found = shifts(series, season) if series.step == 1 else ()
    if found:
        season = taken_apart(series, [s.at for s in found])
    if not season.scale > 0:
        return None
    off, expected, spread = season.residuals(series.values), season.expected, season.spread
    low, high = expected - BEYOND * spread, expected + BEYOND * spread
    if season.times:
        low = np.maximum(low, 0.0)
    days = [Day(int(at), float(off[at]), _event(series, int(at), known)) for at in np.flatnonzero(np.abs(off) > BEYOND)]
    return Notable(series, expected, low, high, tuple(days), found)


def _event(series: Series, at: int, known: Sequence[Event]) -> Event | None:
    """That of a day; of a week, the shop's own in it: public holidays stand in nearly every week."""
    if series.step == 1:
        return next(iter(covering(known, series.day(at))), None)
    days = [series.day(at) + dt.timedelta(days=n) for n in range(series.step)]
    return next((event for event in known if event.own and any(event.covers(day) for day in days)), None)
