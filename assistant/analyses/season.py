"""A daily series taken apart: what its weekday, its level and the calendar's events make of each day, and how far days lie from that.

The expected value of a day is its weekday's index times the level around it. The level is a running median, the index the median
of the days of that weekday over their levels; both are found in turns (Cleveland et al. 1990, "STL", with medians in the place of
loess). The scale is the median absolute deviation. Series with values of zero or less are taken apart by sums in the place of products.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK = 7
_DAY = dt.timedelta(days=1)
_AROUND, _AROUND_WEEKS = 14, 6  # days, or weeks, on each side that make a level
_TURNS = 3
_FEWEST = 5  # known days that make a level
_SCALED = 28  # known days that make a scale of their own
_NORMAL = 1.4826  # of a median absolute deviation, to be a standard deviation


@dataclass(frozen=True)
class Series:
    """A value for each day from `first` on; nan where none is known. `events` marks the days of the calendar's events.

    With a `step` of seven days, a value for each week: all that is said of days holds for these, but that none has a weekday.
    """

    first: dt.date
    values: Floats
    events: Flags
    step: int = 1

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end(self) -> dt.date:
        """The day after the last."""
        return self.first + len(self) * self.step * _DAY

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """0 for Monday, and of weeks."""
        return (self.first.weekday() + np.arange(len(self))) % WEEK if self.step == 1 else np.zeros(len(self), dtype=np.int64)

    @property
    def clean(self) -> Flags:
        """The days that are known and of no event."""
        return np.isfinite(self.values) & ~self.events

    def day(self, at: int) -> dt.date:
        """The date of a place."""
        return self.first + at * self.step * _DAY

    def until(self, length: int) -> Series:
        """The first days of it."""
        return replace(self, values=self.values[:length], events=self.events[:length])


@dataclass(frozen=True)
class Season:
    """What a series was taken apart into. `index` belongs to the weekdays from Monday on, `level` to the days.

    `scale` is the standard deviation of a day's residual: a share of the expected value where `times`, else in the series' own unit;
    `scales` are those of the stretch that each day lies in.
    """

    times: bool
    index: Floats
    level: Floats
    weekdays: NDArray[np.int64]
    scale: float
    scales: Floats

    @property
    def expected(self) -> Floats:
        """Of each day, without events."""
        index = self.index[self.weekdays]
        return self.level * index if self.times else self.level + index

    @property
    def spread(self) -> Floats:
        """The standard deviation of each day, in the series' own unit."""
        if not self.times:
            return self.scales
        size = np.abs(self.expected)
        return self.scales * np.maximum(size, 0.1 * float(np.nanmedian(size)))

    def residuals(self, values: Floats) -> Floats:
        """How many standard deviations each day lies above what is expected."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((values - self.expected) / self.spread)


def taken_apart(series: Series, breaks: Sequence[int] = ()) -> Season:
    """The season of a series of at least two clean weeks. No level reaches over a break, which is the first place of a new one."""
    values, clean = series.values, series.clean
    times = bool(np.nanmin(values) >= 0 and np.nanmedian(values[clean]) > 0)
    index = np.ones(WEEK) if times else np.zeros(WEEK)
    level = values
    for _ in range(_TURNS):
        plain = _without(values, index[series.weekdays], times)
        level = _levels(np.where(clean, plain, np.nan), breaks, _AROUND if series.step == 1 else _AROUND_WEEKS)
        if series.step == 1:
            index = _index(_without(values, level, times), series.weekdays, clean, times)
    season = Season(times, index, level, series.weekdays, 1.0, np.ones(len(series)))
    off = np.where(clean, season.residuals(values), np.nan)
    scale, scales = _scale(off), np.empty(len(series))
    for start, end in pairwise([0, *sorted(breaks), len(series)]):
        own = off[start:end]
        scales[start:end] = (_scale(own) if np.isfinite(own).sum() >= _SCALED else 0.0) or scale
    return replace(season, scale=scale, scales=scales)


def _scale(off: Floats) -> float:
    known = off[np.isfinite(off)]
    return _NORMAL * float(np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def _without(values: Floats, part: Floats, times: bool) -> Floats:
    if not times:
        return values - part
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(part > 0, values / part, np.nan)


def _index(plain: Floats, weekdays: NDArray[np.int64], clean: Flags, times: bool) -> Floats:
    """The median of each weekday, on average 1 (or 0); a weekday without clean days is like the others."""
    plainly = 1.0 if times else 0.0
    found = np.full(WEEK, plainly)
    for weekday in range(WEEK):
        own = plain[(weekdays == weekday) & clean]
        own = own[np.isfinite(own)]
        if own.size:
            found[weekday] = float(np.median(own))
    middle = float(found.mean())
    return found / middle if times and middle > 0 else found - middle + plainly


def _levels(plain: Floats, breaks: Sequence[int], around: int) -> Floats:
    """The median of the known days around each day, within its stretch between breaks; days without are given their neighbours'."""
    edges = [0, *sorted(breaks), len(plain)]
    stretches = [_medians(plain[start:end], around) for start, end in pairwise(edges) if start < end]
    return _filled(np.concatenate(stretches)) if stretches else plain


def _medians(plain: Floats, around: int) -> Floats:
    """Running medians. Near an end the other side is taken further, so that each rests on as many days."""
    width = min(2 * around + 1, len(plain))
    starts = np.clip(np.arange(len(plain)) - around, 0, len(plain) - width)
    windows = np.sort(plain[starts[:, None] + np.arange(width)], axis=1)  # the unknown come last
    known = np.isfinite(windows).sum(axis=1)
    rows = np.arange(len(plain))
    middle = (windows[rows, np.maximum(known - 1, 0) // 2] + windows[rows, np.minimum(known // 2, width - 1)]) / 2
    return np.asarray(np.where(known >= min(_FEWEST, len(plain)), middle, np.nan))


def _filled(values: Floats) -> Floats:
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known]) if known.size else values
