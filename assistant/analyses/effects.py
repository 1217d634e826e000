"""What the calendar's events did to earlier days, by their name: what is said of their next time rests on it.

The effect of an event is how far its days lay from what their weekday and level made of them: the logarithm of the ratio, or the
difference in a series with values of zero or less. It counts as far as it stands out from the scatter of days (positive-part
shrinkage, James and Stein 1961). Of great events the weeks before and after are taken likewise: people wait, and then have bought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.analyses.daily import DAY, Event
from assistant.analyses.season import Flags, Floats, Season, Series, taken_apart

_NOTABLE = 2.5  # standard errors below which an effect counts nothing
_GREAT = 0.25  # of an effect: a quarter more or less, or so many times the scatter where it is a difference
_SURELY = 6.0  # standard errors of a great one
_SIDES = ((-14, -7), (-7, 0), (0, 7), (7, 14))  # days from the first day, or the day after the last
Place = tuple[int, int]


@dataclass(frozen=True)
class Effect:
    """Of one kind of event: of each of its days, and of the weeks before and after, by `_SIDES`; 0 where none stood out."""

    event: Event
    days: Floats
    sides: tuple[float, ...] = (0.0,) * len(_SIDES)

    @property
    def known(self) -> bool:
        """Whether its days stand out."""
        return bool(np.any(self.days != 0))


@dataclass(frozen=True)
class Learned:
    """A series with the days marked that its events or the weeks beside them take up, its season, and the effects."""

    series: Series
    season: Season
    effects: tuple[Effect, ...]

    def of(self, first: dt.date, days: int) -> Floats:
        """The effect of each of so many days: of the events on it, and of the weeks beside events, the one that is furthest from none."""
        out = np.zeros(days)
        for effect in self.effects:
            for start, end in effect.event.times:
                _furthest(out, (start - first).days, _fitted(effect.days, (end - start).days))
                for (low, high), size in zip(_SIDES, effect.sides, strict=True):
                    if size:
                        _furthest(out, ((start if high <= 0 else end) - first).days + low, np.full(high - low, size), free_only=True)
        return out


def learned(series: Series, known: Sequence[Event]) -> Learned:
    """What a series tells of the events that it holds whole times of. Needs two clean weeks."""
    season = taken_apart(series)
    found = [e for e in (_effect(series, season, event) for event in known) if e is not None]
    great = [e for e in found if _is_great(e, season)]
    if not great:
        return Learned(_marked(series, found), season, tuple(found))
    beside = replace(series, events=series.events | _beside(series, great, _SIDES))
    season = taken_apart(beside) if beside.clean.sum() >= 4 * 7 else season
    found = [e for e in (_effect(series, season, event) for event in known) if e is not None]
    found = [replace(e, sides=_sides(series, season, e.event)) if _is_great(e, season) else e for e in found]
    marked = _marked(series, found)
    return Learned(marked, taken_apart(marked) if marked.clean.sum() >= 4 * 7 else season, tuple(found))


def _marked(series: Series, found: Sequence[Effect]) -> Series:
    """Only what stands out takes up days."""
    events = np.zeros(len(series), dtype=np.bool_)
    for effect in found:
        if effect.known:
            for low, high in _times(series, effect.event):
                events[low:high] = True
        sides = [side for side, size in zip(_SIDES, effect.sides, strict=True) if size]
        events |= _beside(series, [effect], sides)
    return replace(series, events=events)


def _beside(series: Series, found: Sequence[Effect], sides: Sequence[Place]) -> Flags:
    flags = np.zeros(len(series), dtype=np.bool_)
    for effect in found:
        for start, end in effect.event.times:
            for low, high in sides:
                at = ((start if high <= 0 else end) - series.first).days
                flags[max(at + low, 0) : max(at + high, 0)] = True
    return flags


def _times(series: Series, event: Event) -> Iterator[Place]:
    """The places of the times of an event that lie in the series, as far as they do."""
    for start, end in event.times:
        low, high = max((start - series.first).days, 0), min((end - series.first).days, len(series))
        if low < high:
            yield low, high


def _off(series: Series, season: Season, low: int, high: int) -> Floats:
    """How far days lie from what is expected of them without events."""
    values, expected = series.values[low:high], season.expected[low:high]
    if not season.times:
        return np.asarray(values - expected)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((values > 0) & (expected > 0), np.log(values / expected), np.nan))


def _effect(series: Series, season: Season, event: Event) -> Effect | None:
    """Of the days of an event: the mean of its whole times, in the length of the last."""
    whole = [(low, high) for (start, end) in event.times for low, high in [((start - series.first).days, (end - series.first).days)]
             if low >= 0 and high <= len(series)]  # fmt: skip
    if not whole:
        return None
    length = whole[-1][1] - whole[-1][0]
    each = np.array([_fitted(_off(series, season, low, high), length) for low, high in whole])
    if not np.isfinite(each).any(axis=0).all():
        return None
    return Effect(event, _shrunk(np.nanmean(each, axis=0), season.scale, np.isfinite(each).sum()))


def _shrunk(off: Floats, scale: float, known: float) -> Floats:
    mean = float(np.mean(off))
    strength = abs(mean) * float(np.sqrt(known)) / scale if scale > 0 else 0.0
    # One day of several may stand out where their mean does not.
    single = float(np.max(np.abs(off))) * float(np.sqrt(max(known / len(off), 1.0))) / scale / 1.4 if scale > 0 else 0.0
    z = max(strength, single)
    return off * max(0.0, 1.0 - (_NOTABLE / z) ** 2) if z > 0 else off * 0.0


def _is_great(effect: Effect, season: Season) -> bool:
    size = float(np.mean(np.abs(effect.days)))
    least = _GREAT if season.times else _SURELY * season.scale
    return size >= least and size * float(np.sqrt(len(effect.days))) >= _SURELY * season.scale


def _sides(series: Series, season: Season, event: Event) -> tuple[float, ...]:
    out = []
    for low, high in _SIDES:
        off = [float(x) for place in _side_places(series, event, low, high) for x in _off(series, season, *place)]
        known = np.array([x for x in off if np.isfinite(x)])
        out.append(float(_shrunk(np.array([np.median(known)]), season.scale, known.size)[0]) if known.size >= abs(high - low) // 2 else 0.0)
    return tuple(out)


def _side_places(series: Series, event: Event, low: int, high: int) -> Iterator[Place]:
    for start, end in event.times:
        at = ((start if high <= 0 else end) - series.first).days
        if at + low >= 0 and at + high <= len(series):
            yield at + low, at + high


def _fitted(profile: Floats, length: int) -> Floats:
    """A profile for another number of days: its first days at the begin, its last at the end, the middle in between."""
    if len(profile) == length:
        return profile
    if length == 1:
        return np.array([float(np.mean(profile))])
    return np.interp(np.linspace(0, len(profile) - 1, length), np.arange(len(profile)), profile)


def _furthest(out: Floats, at: int, sizes: Floats, free_only: bool = False) -> None:
    for n, size in enumerate(sizes):
        if 0 <= at + n < len(out) and (abs(size) > abs(out[at + n]) if not free_only else out[at + n] == 0):
            out[at + n] = size


def covering(known: Sequence[Event], day: dt.date) -> list[Event]:
    """The events that a day falls on, the shop's own first, the shorter before the longer."""
    found = [(not event.own, (time[1] - time[0]) // DAY, n, event) for n, event in enumerate(known) if (time := event.covers(day))]
    return [event for *_, event in sorted(found, key=lambda f: f[:3])]
