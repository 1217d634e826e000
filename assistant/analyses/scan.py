"""Where a change is concentrated: a likelihood-ratio scan over the members of dimensions and over pairs of them, behind a gate of history.

Of every slice the part of the whole that it usually has is known from earlier periods of the same kind. A slice stands out by the
Poisson likelihood ratio of what it has now against the rest (Kulldorff 1997, "A spatial scan statistic"), less a price for the number of
slices that were looked at; members of one dimension that moved alike are taken together in the order of their change (Neill 2012, "Fast
subset scan for spatial pattern detection": the best set is the beginning of that order). Only slices behind the gate count: those whose
own history, which holds the noise that no counting of orders knows, makes it unlikely. Without it somebody would be accused every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.analyses.tables import BEFORE, NOW, PAST, Floats, Table

GATE, PAIR_GATE = 3.3, 3.75  # standard deviations
_ENOUGH = 8  # periods of the past, of which the gate was chosen
_FURTHER = 1.25  # of them more, for what was odd before and is usual now: it is looked for in vain far more often
_OWN = 0.5  # of what is odd has to have come between the two sides
LEAST_PAST = 4  # periods
LEAST_EXPECTED, LEAST_THINGS = 10.0, 25.0  # in what weighs as much as one order; in things where these are counted
_SIBLING, _LEAST_SIBLING = 2.5, 10.0
_ALIKE = 0.45  # a member belongs to the others if it changed at least by this part of what the first did
_MOST_TOGETHER = 4
_MOST_NEW = 0.02  # of the whole: with more in members that were never there, those that were seem to have lost it
_TRIMMED_FROM = 6  # periods, of which the oddest is left out: a promotion of its own, a failure

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """Rows with one of `values[n]` in each of `fields[n]`: what was there, what was expected, and how odd that is.

    `z` is in standard deviations of its own history, `score` the logarithm of the likelihood ratio less the price of looking. `odds` is the
    logarithm of how it does beside the rest, `moved` how much of that came between the two sides. `earlier`: all of this of the side before.
    """

    fields: tuple[str, ...]
    values: tuple[tuple[object, ...], ...]
    observed: float
    expected: float
    z: float
    score: float
    odds: float
    moved: float
    earlier: bool = False
    doubt: float = 1.0  # more than 1 where few periods of the past are known

    @property
    def stands_out(self) -> bool:
        """Whether it is behind the gate, which is higher for pairs, there being so many of them; and is so since the other side."""
        gate = (GATE if len(self.fields) == 1 else PAIR_GATE) * self.doubt + (_FURTHER if self.earlier else 0.0)
        return abs(self.z) > gate and self.score > 0 and self.moved * np.sign(self.odds) >= _OWN * abs(self.odds)


@dataclass(frozen=True)
class _Usual:
    """What the slices of a table usually have: `expected` on every side, and by how much that is missed."""

    table: Table
    observed: Floats
    expected: Floats
    weight: float  # the variance of a slice of which one is expected
    spread: float  # the variance, relative, of a slice of any size

    @property
    def whole(self) -> bool:
        """Whether things are counted."""
        return bool((self.observed == np.round(self.observed)).all())

    @property
    def least(self) -> float:
        """What has to be expected of a slice that is judged."""
        return max(LEAST_EXPECTED * self.weight, LEAST_THINGS if self.whole else 0.0)


def scan(tables: Iterable[Table]) -> list[Slice]:
    """The slices that are odd now and were not before, the clearest first; where there are none, those that were odd before and are not now."""
    known = list(tables)
    return _standing_out(known) or _standing_out([t.turned for t in known], earlier=True)


def _standing_out(tables: list[Table], earlier: bool = False) -> list[Slice]:
    way = _way(tables[0]) if tables else 0.0
    found = (replace(s, earlier=earlier) for s in judged(tables))
    # Of two halves each is the rest of the other: the one is named that went the way of the whole.
    return sorted((s for s in found if s.stands_out), key=lambda s: (-round(s.score, 6), s.z * way < 0))


def _way(table: Table) -> float:
    """Whether the whole has more than it usually has, or less."""
    whole = table.top.sum(axis=0)
    return float(np.sign(whole[NOW] - whole[PAST:].mean())) if whole.shape[0] > PAST else 0.0


def judged(tables: Iterable[Table]) -> list[Slice]:
    """All slices that are large enough to be judged."""
    known = [u for table in tables if (u := _usual(table)) is not None]
    if not known:
        return []
    weight = _weight(known)
    return [s for usual in known for s in _slices(replace(usual, weight=weight, spread=_spread(usual, weight)))]


def _usual(table: Table) -> _Usual | None:
    """None where history is too short, the metric is not a sum of positive things, or members are new: orders that are not completed yet."""
    observed = table.top
    if observed.shape[1] - PAST < LEAST_PAST or len(table.keys) < 2 or (observed < 0).any():
        return None
    exposure = _exposure(table)
    if not (exposure.sum(axis=0) > 0).all() or not (observed.sum(axis=0) > 0).all():
        return None
    fresh = observed[:, NOW][observed[:, PAST:].sum(axis=1) == 0].sum()
    if fresh > _MOST_NEW * observed[:, NOW].sum():
        return None
    rate = _usual_rate(observed[:, PAST:], exposure[:, PAST:])
    return _Usual(table, observed, np.asarray(rate[:, None] * exposure), 0.0, 0.0)


def _exposure(table: Table) -> Floats:
    """What a slice's value is expected to be in proportion to: the whole, or for a rate what it is divided by."""
    whole = table.top.sum(axis=0)
    if table.bottom is None:
        return np.broadcast_to(whole, table.top.shape)
    below = table.bottom.sum(axis=0)
    return np.asarray(table.bottom * np.divide(whole, below, out=np.zeros_like(whole), where=below > 0))


def _usual_rate(observed: Floats, exposure: Floats) -> Floats:
    """Of the exposure, over the past, without the oddest period of each slice."""
    rates = np.divide(observed, exposure, out=np.zeros_like(observed), where=exposure > 0)
    weights = np.array(exposure)
    if observed.shape[1] >= _TRIMMED_FROM:
        odd = np.argmax(np.abs(rates - np.median(rates, axis=1, keepdims=True)), axis=1)
        weights[np.arange(len(odd)), odd] = 0.0
    total = weights.sum(axis=1)
    return np.asarray(np.divide((rates * weights).sum(axis=1), total, out=np.zeros_like(total), where=total > 0))


def _misses(usual: _Usual) -> tuple[Floats, Floats]:
    """Of each slice what is expected of it, and the variance about that, over the past."""
    observed, expected = usual.observed[:, PAST:], usual.expected[:, PAST:]
    size = expected.mean(axis=1)
    squares = ((observed - expected) ** 2).sum(axis=1) / (observed.shape[1] - 1)
    return size[size > 0], squares[size > 0]


def _weight(known: Sequence[_Usual]) -> float:
    """The variance of counting, as a multiple of what is expected: 1 for orders, for amounts their second moment over their first.

    Small slices show it, in which good and bad days are lost: the median of the smallest third of the slices of the finest tables.
    """
    misses = [_misses(u) for u in known]
    size, squares = (np.concatenate(part) for part in zip(*misses, strict=True))
    small = size <= np.quantile(size, 1 / 3)
    # Things that come again and again, as the same customers do, vary less than chance would have it; nobody is accused for that.
    return max(float(squares[small].sum() / size[small].sum()), 1.0 if all(u.whole for u in known) else 1e-9)


def _spread(usual: _Usual, weight: float) -> float:
    """The variance of good and bad days, relative to the size: what is left of that of the slices when counting is taken off."""
    size, squares = _misses(usual)
    trust = 1.0 / (weight / size + 0.01) ** 2
    return max(float((trust * (squares - weight * size) / size**2).sum() / trust.sum()), 0.0)


def _slices(usual: _Usual) -> Iterator[Slice]:
    """Each member; and of one dimension the members that moved most and alike, one after the other."""
    odds, z, likelihood = _numbers(usual, usual.observed, usual.expected)
    price = np.log(len(usual.table.keys))
    expected = usual.expected[:, NOW]
    for i in np.flatnonzero(expected >= usual.least):
        yield _slice(usual, [int(i)], odds[i], float(z[i]), float(likelihood[i] - price))
    if len(usual.table.fields) == 1:
        yield from _together(usual, odds[:, NOW], z, price)


def _together(usual: _Usual, now: Floats, z: Floats, price: float) -> Iterator[Slice]:
    large = usual.expected[:, NOW] >= _LEAST_SIBLING * usual.weight
    for sign in (-1, 1):
        order = [int(i) for i in np.argsort(-sign * now) if sign * z[i] > _SIBLING and large[i]]
        for length in range(2, min(_MOST_TOGETHER, len(order), len(now) // 2) + 1):
            rows = order[:length]
            if sign * now[rows[-1]] < _ALIKE * sign * now[rows[0]]:
                break
            observed, expected = (part[rows].sum(axis=0, keepdims=True) for part in (usual.observed, usual.expected))
            both, joint, likelihood = _numbers(usual, observed, expected)
            if expected[0, NOW] >= usual.least:
                yield _slice(usual, rows, both[0], float(joint[0]), float(likelihood[0] - length * price))


def _numbers(usual: _Usual, observed: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Of slices with a row each: how they do beside the rest on every side (logarithm), their z, and their log likelihood ratio in orders."""
    whole, all_expected = usual.observed.sum(axis=0), usual.expected.sum(axis=0)
    half = usual.weight / 2
    rest, rest_expected = whole - observed, all_expected - expected
    odds = np.log((observed + half) / (expected + half)) - np.log((rest + half) / (rest_expected + half))
    past = odds[:, PAST:]
    own = past.var(axis=1, ddof=1)
    share = np.minimum(expected[:, NOW] / all_expected[NOW], 0.9)
    size = np.maximum(expected[:, NOW], 1e-12)
    counting = usual.weight / (size * (1 - share))
    pooled = counting + usual.spread / (1 - share) ** 2
    variance = np.maximum(pooled, (own + pooled) / 2)  # a slice that was steady by chance is not taken at its word
    scale = whole[NOW] / all_expected[NOW]
    inside = _times_log(observed[:, NOW], expected[:, NOW] * scale) + _times_log(rest[:, NOW], rest_expected[:, NOW] * scale)
    likelihood = inside / usual.weight
    # The root of the likelihood ratio is nearer to normal for small numbers than the logarithm is.
    z = np.sign(odds[:, NOW]) * np.sqrt(2 * np.maximum(likelihood, 0) * counting / (variance * (1 + 1 / past.shape[1])))
    return odds, z, likelihood


def _times_log(a: Floats, f: Floats) -> Floats:
    good = (a > 0) & (f > 0)
    return np.asarray(np.where(good, a * np.log(np.where(good, a, 1.0) / np.where(good, f, 1.0)), 0.0))


def _slice(usual: _Usual, rows: list[int], odds: Floats, z: float, score: float) -> Slice:
    keys = [usual.table.keys[i] for i in rows]
    values = tuple(tuple(dict.fromkeys(key[n] for key in keys)) for n in range(len(usual.table.fields)))
    known = not any(v is None for part in values for v in part)
    observed, expected = (float(part[rows, NOW].sum()) for part in (usual.observed, usual.expected))
    return Slice(
        usual.table.fields,
        values,
        observed,
        expected,
        z,
        score if known else 0.0,
        float(odds[NOW]),
        float(odds[NOW] - odds[BEFORE]),
        doubt=_doubt(len(odds) - PAST),
    )


def _doubt(past: int) -> float:
    return 1.0 + max(1 / past - 1 / _ENOUGH, 0.0)
