"""Level shifts of a series: days from which it runs higher or lower for weeks, told apart from single days that stand out.

For each day the mean of the three weeks from it on is set against that of the three weeks before it, weekdays and events taken out
and single days bounded; where their difference is greatest and well beyond what the scatter of days makes, the level shifted. Other
shifts are looked for further away (binary segmentation, Scott and Knott 1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.analyses.season import Floats, Season, Series

_SIDE = 21  # days
_FEWEST = 10  # known days on each side
_CLEAR = 6.0  # standard errors
_LEAST = 1.5  # standard deviations of a day
_BOUND = 3.0  # standard deviations to which a day counts
_PLACES = 5  # days around the clearest within which the two levels fit best


@dataclass(frozen=True)
class Shift:
    """The place of the first day of a new level, and the level of a plain day before and from it on."""

    at: int
    before: float
    after: float


def shifts(series: Series, season: Season, since: int = 0) -> tuple[Shift, ...]:
    """The level shifts, in their order, of which the places from `since` on are looked at."""
    plain = _plain(series, season)
    spread = season.scale * (float(np.nanmedian(plain)) if season.times else 1.0)
    if not spread > 0:
        return ()
    score = _scores(plain, spread)
    score[: max(since, 0)] = 0.0
    found: list[Shift] = []
    while True:
        best = int(np.argmax(np.abs(score)))
        if abs(score[best]) < _CLEAR:
            return tuple(sorted(found, key=lambda s: s.at))
        at = _place(plain, best, spread)
        before, after = (float(np.nanmedian(side)) for side in _sides(plain, at))
        if abs(after - before) >= _LEAST * spread:
            found.append(Shift(at, before, after))
        score[max(0, best - _SIDE) : best + _SIDE + 1] = 0.0


def _plain(series: Series, season: Season) -> Floats:
    """The days without their weekday; nan for those of events."""
    index = season.index[season.weekdays]
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.where(index > 0, series.values / index, np.nan) if season.times else series.values - index
    return np.where(series.clean, plain, np.nan)


def _sides(plain: Floats, at: int) -> tuple[Floats, Floats]:
    before, after = plain[max(0, at - _SIDE) : at], plain[at : at + _SIDE]
    return before[np.isfinite(before)], after[np.isfinite(after)]


def _scores(plain: Floats, spread: float) -> Floats:
    """For each place the difference of its two sides in standard errors; 0 where one has too few days."""
    around = np.concatenate([np.full(_SIDE, np.nan), plain, np.full(_SIDE, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(around, _SIDE)
    (before, few_before), (after, few_after) = (_bounded(w, spread) for w in (windows[: len(plain)], windows[_SIDE : _SIDE + len(plain)]))
    enough = (few_before >= _FEWEST) & (few_after >= _FEWEST)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = (after - before) / (spread * np.sqrt(1 / few_before + 1 / few_after))
    return np.asarray(np.where(enough, off, 0.0))


def _bounded(windows: Floats, spread: float) -> tuple[Floats, NDArray[np.int64]]:
    """The mean of the known days of each window, those far from their median bounded, and how many they are."""
    ordered = np.sort(windows, axis=1)  # the unknown come last
    known = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    middle = (ordered[rows, np.maximum(known - 1, 0) // 2] + ordered[rows, np.minimum(known // 2, _SIDE - 1)]) / 2
    clipped = np.clip(ordered, (middle - _BOUND * spread)[:, None], (middle + _BOUND * spread)[:, None])
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(clipped, axis=1) / known), known


def _place(plain: Floats, near: int, spread: float) -> int:
    """The place by which two levels leave the least absolute deviations."""
    low, high = max(1, near - _SIDE), min(len(plain), near + _SIDE)

    def left(at: int) -> float:
        sides = [side[np.isfinite(side)] for side in (plain[low:at], plain[at:high])]
        return sum(float(np.minimum(np.abs(side - np.median(side)), _BOUND * spread).sum()) for side in sides if side.size)

    return min(range(max(low + 1, near - _PLACES), min(high - 1, near + _PLACES) + 1), key=left)
