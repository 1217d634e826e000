"""The change of a product shared out among its factors, and of a rate among what changed in its members and what changed between them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.analyses.tables import BEFORE, NOW, Floats, Table


def shared_out(before: Sequence[float], now: Sequence[float]) -> list[float]:
    """What each factor contributed to the change of their product; the contributions add up to it.

    Logarithmic mean Divisia index (Ang 2004): exact, and the same in whatever order the factors stand. Where one is not above zero, Shapley
    values: the mean over all orders in which the factors could have changed.
    """
    if all(x > 0 for x in (*before, *now)):
        start, end = math.prod(before), math.prod(now)
        mean = start if start == end else (end - start) / math.log(end / start)
        return _exact([mean * math.log(b / a) for a, b in zip(before, now, strict=True)], end - start)
    effects = [0.0] * len(before)
    orders = list(itertools.permutations(range(len(before))))
    for order in orders:
        current = list(before)
        for n in order:
            was = math.prod(current)
            current[n] = now[n]
            effects[n] += (math.prod(current) - was) / len(orders)
    return _exact(effects, math.prod(now) - math.prod(before))


def _exact(effects: list[float], total: float) -> list[float]:
    """Without the rounding of the last bits."""
    most = max(range(len(effects)), key=lambda n: abs(effects[n]))
    effects[most] += total - math.fsum(effects)
    return effects


@dataclass(frozen=True)
class MixAndRate:
    """Of each member of a table: what its part of the whole, and what its own rate contributed to the change of the rate of all."""

    mix: Floats
    rate: Floats


def mix_and_rate(table: Table, now: int = NOW, before: int = BEFORE) -> MixAndRate:
    """The midpoint form: mix is the change of a member's weight times how its mean rate differs from that of all, rate the change of its rate
    times its mean weight. Both together make the whole change. A member that is there on one side only has no rate of its own that changed.
    """
    assert table.bottom is not None
    top, bottom = table.top[:, [before, now]], table.bottom[:, [before, now]]
    weights = bottom / bottom.sum(axis=0)
    whole = top.sum(axis=0) / bottom.sum(axis=0)
    rates = np.divide(top, bottom, out=np.zeros_like(top), where=bottom != 0)
    for side, other in ((0, 1), (1, 0)):
        rates[:, side] = np.where(bottom[:, side] == 0, rates[:, other], rates[:, side])
    mix = (weights[:, 1] - weights[:, 0]) * (rates.mean(axis=1) - whole.mean())
    return MixAndRate(mix, weights.mean(axis=1) * (rates[:, 1] - rates[:, 0]))
