"""Days to come of a daily series: weekday index times level, with the effects of events that were there before.

The level is the mean of the last four clean weeks, the index that of the last quarter; a level shift ends what both look back to. The
band comes from the errors that the same method made from earlier days (rolling origin, Tashman 2000): the part of past errors that
it holds is the part of days that it should hold. Beside it stands the seasonal naive: the last known day of the same weekday.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from assistant.analyses.daily import Event
from assistant.analyses.effects import Learned, learned
from assistant.analyses.season import WEEK, Floats, Series, taken_apart
from assistant.analyses.shifts import shifts

CLEAN_WEEKS = 8
HELD = 0.8  # of days inside the band
_LEVEL = 28  # clean days
_INDEX = 91  # days
_ORIGINS = (4, 12)  # fewest and most
_FIRST = 4 * WEEK  # days that the earliest origin looks back to
_BOUND = 3.0  # standard deviations to which a day counts
_SINCE_SHIFT = 7  # days that a new level needs


def forecast(series: Series, known: Sequence[Event], days: int) -> Floats:
    """The days after the series."""
    recent = learned(series, known)
    first, span = recent.series.end, len(recent.series)
    weekdays = (first.weekday() + np.arange(days)) % WEEK
    season, low = recent.season, 0
    changed = [s.at for s in shifts(recent.series, season, span - _INDEX) if span - s.at >= _SINCE_SHIFT]
    if changed:
        low = changed[-1]
        season = taken_apart(recent.series, changed)
    index = _tail_index(recent, season.times)
    level = _tail_level(recent.series, index, season.times, season.scale, low)
    plain = level * index[weekdays] if season.times else level + index[weekdays]
    effect = recent.of(first, days)
    return np.asarray(plain * np.exp(effect) if season.times else plain + effect)


def _tail_index(recent: Learned, times: bool) -> Floats:
    tail = recent.series.values[-_INDEX:], recent.series.events[-_INDEX:]
    start = max(len(recent.series) - _INDEX, 0)
    part = Series(recent.series.day(start), *tail)
    if part.clean.sum() < 4 * WEEK:
        return recent.season.index
    found = taken_apart(part)
    return found.index if found.times == times else recent.season.index


def _tail_level(series: Series, index: Floats, times: bool, scale: float, low: int) -> float:
    """The mean of the last clean days, single ones bounded."""
    weekday = index[series.weekdays]
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.where(weekday > 0, series.values / weekday, np.nan) if times else series.values - weekday
    plain = np.where(series.clean, plain, np.nan)[low:]
    last = plain[np.isfinite(plain)][-_LEVEL:]
    if not last.size:
        return 0.0
    middle = float(np.median(last))
    bound = _BOUND * scale * (abs(middle) if times else 1.0)
    return float(np.clip(last, middle - bound, middle + bound).mean())


def naive(series: Series, days: int) -> Floats:
    """The last known value of each weekday."""
    out = np.full(days, np.nan)
    for n in range(days):
        at = len(series) + n
        while at >= len(series) or (at >= 0 and not np.isfinite(series.values[at])):
            at -= WEEK
        if at >= 0:
            out[n] = series.values[at]
    return out


Parts = Floats  # of shape (parts, days): what a figure is made of, each part a row
Combine = Callable[[Parts], Floats]  # (parts, days) to the figure of each day; also sums of days to the figure of all of them


class Backtest:
    """The forecasts that would have been made on earlier days, a week apart, set against what came.

    `ahead(at, days)` forecasts the parts of the days after the first `at`. `errors` are the mean absolute errors of days, ours and the
    seasonal naive's, as shares of what came.
    """

    def __init__(self, actual: Parts, ahead: Callable[[int, int], Parts], plainly: Callable[[int, int], Parts], combine: Combine, reach: int) -> None:
        self._actual, self._combine, self._reach = actual, combine, reach
        length = actual.shape[1]
        self.origins = list(range(length - WEEK, _FIRST - 1, -WEEK))[: _ORIGINS[1] + reach // WEEK]
        self._said = {at: ahead(at, min(reach, length - at)) for at in self.origins}
        self._naive = {at: plainly(at, min(reach, length - at)) for at in self.origins}

    @property
    def enough(self) -> bool:
        """Whether there are as many origins as a band needs."""
        return len(self.origins) >= _ORIGINS[0]

    def _days(self, at: int) -> tuple[Floats, Floats, Floats]:
        real = self._actual[:, at : at + self._said[at].shape[1]]
        return self._combine(real), self._combine(self._said[at]), self._combine(self._naive[at])

    @cached_property
    def errors(self) -> tuple[float, float]:
        """See the class."""
        came, ours, theirs = np.zeros(3)
        for at in self.origins:
            real, said, baseline = self._days(at)
            known = np.isfinite(real) & np.isfinite(said) & np.isfinite(baseline)
            came += float(np.abs(real[known]).sum())
            ours += float(np.abs(real - said)[known].sum())
            theirs += float(np.abs(real - baseline)[known].sum())
        return (ours / came, theirs / came) if came else (0.0, 0.0)

    def day_widths(self, days: int) -> Floats:
        """Half the width of the band of each of the days ahead, as a share of what is forecast; no smaller further away."""
        off: list[list[float]] = [[] for _ in range(-(-self._reach // WEEK))]
        for at in self.origins:
            real, said, _ = self._days(at)
            for n, share in enumerate(_shares(real, said)):
                if np.isfinite(share):
                    off[n // WEEK].append(share)
        weeks = [float(np.quantile(each, HELD)) for each in off if len(each) >= _ORIGINS[0] * WEEK // 2]
        widths = np.maximum.accumulate(weeks or [0.0])
        return np.array([widths[min(n // WEEK, len(widths) - 1)] for n in range(days)])

    def sum_width(self, gap: int, days: int) -> float:
        """The same of the figure of so many days after a gap; no surer of a long stretch than of four weeks of it.

        Long stretches have few origins, and these overlap.
        """
        found = [w for length in {min(days, _LEVEL), days} if (w := self._stretch(gap, length)) is not None]
        return max(found) if found else float(self.day_widths(1)[0])

    def _stretch(self, gap: int, days: int) -> float | None:
        """Half the width of the band of just this stretch, or one shorter by weeks; None where there are not origins enough."""
        for length in (days, *range(days - 1 - (days - 1) % WEEK, 0, -WEEK)):
            off = [self._sum_off(at, gap, length) for at in self.origins if self._said[at].shape[1] >= gap + length]
            known = [x for x in off if np.isfinite(x)]
            if len(known) >= _ORIGINS[0]:
                return float(np.quantile(known, HELD, method="higher"))
        return None

    def _sum_off(self, at: int, gap: int, days: int) -> float:
        stretch = slice(gap, gap + days)
        real, said = self._actual[:, at:][:, stretch], self._said[at][:, stretch]
        figures = [self._combine(np.nansum(each, axis=1, keepdims=True)) for each in (real, said)]
        return float(_shares(*figures)[0])


def _shares(real: Floats, said: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(said != 0, np.abs(real - said) / np.abs(said), np.nan))
