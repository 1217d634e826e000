"""What is planted: a seed makes days with a cause, evenly of each kind and depth, and quiet days."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from eval.drivers.world import AXES, DIMENSIONS, Cause, World, inside

Kind = Literal["one value", "two values", "two dimensions"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEPTHS = (0.3, 0.5)
METRICS = ("orders", "gmv")
# The share of all orders that a cause touches: less is lost in the noise of a day, more is the trend of the shop.
_LEAST, _MOST, _LEAST_VALUE = 0.04, 0.35, 0.03
_FEW = 5  # two of so few values that fell cannot be told from the others that did not
_WHOLE = 0.7  # of a value: a pair that is more of it cannot be told from the value


@dataclass(frozen=True)
class Plan:
    """One day to be asked about: which metric, and what of it is planted; without a kind nothing is."""

    metric: str
    kind: Kind | None = None
    depth: float = 0.0


def plans(episodes: int, quiet: int, seed: int) -> list[Plan]:
    """Kinds, depths and metrics in equal parts, in a random order."""
    cells = list(itertools.product(KINDS, DEPTHS, METRICS))
    out = [Plan(metric, kind, depth) for kind, depth, metric in itertools.islice(itertools.cycle(cells), episodes)]
    out += [Plan(METRICS[i % len(METRICS)]) for i in range(quiet)]
    order = np.random.default_rng(seed).permutation(len(out))
    return [out[i] for i in order]


def planted(plan: Plan, world: World) -> Cause | None:
    """A cause of the plan's kind, drawn evenly from those of a size that matters."""
    if plan.kind is None:
        return None
    known = _candidates(plan.kind, world)
    return Cause(known[int(world.chance.integers(len(known)))], plan.depth)


def _candidates(kind: Kind, world: World) -> list[Mapping[str, tuple[int, ...]]]:
    total = float(world.expected.sum())

    def share(values: Mapping[str, tuple[int, ...]]) -> float:
        return float((world.expected * inside(values)).sum()) / total

    single = {name: {i: share({name: (i,)}) for i in range(size)} for name, size in DIMENSIONS.items()}
    if kind == "one value":
        return [{name: (i,)} for name in AXES for i, s in single[name].items() if _LEAST <= s <= _MOST]
    if kind == "two values":
        return [
            {name: pair}
            for name in AXES
            if DIMENSIONS[name] > _FEW
            for pair in itertools.combinations(single[name], 2)
            if min(single[name][i] for i in pair) >= _LEAST_VALUE and _LEAST <= sum(single[name][i] for i in pair) <= _MOST
        ]
    out: list[Mapping[str, tuple[int, ...]]] = []
    for one, other in itertools.combinations(AXES, 2):
        for i, j in itertools.product(single[one], single[other]):
            whole = min(single[one][i], single[other][j])
            if whole >= _LEAST and _LEAST <= share({one: (i,), other: (j,)}) <= min(_MOST, _WHOLE * whole):
                out.append({one: (i,), other: (j,)})
    return out
