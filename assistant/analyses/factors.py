"""The change of a metric by the rates of the catalog that it is the product of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assistant.analyses.formula import shared_out
from assistant.analyses.parts import Chain, Made, chain_to
from assistant.analyses.sides import Sides
from assistant.analyses.study import Study
from assistant.analyses.tables import BEFORE, NOW, Tables
from semantic_layer.query import Condition, MetricRef


@dataclass(frozen=True)
class Effect:
    """What one factor contributed to a change, with its own values on both sides."""

    metric: str
    before: float
    now: float
    effect: float


def factor_effects(study: Study, ref: MetricRef, sides: Sides, where: tuple[Condition, ...]) -> list[Effect]:
    """The contributions of the factors, which add up to the change of the product; none where the catalog has no factors of it."""
    chain = chain_to(ref.metric, study.access.catalog) if ref.metric and not (ref.where or ref.agg or ref.per) else None
    if chain is None:
        return []
    names = list(dict.fromkeys(n for f in chain.factors for n in (f.bottom, f.top)))
    values = _values(study, names, sides, where)
    steps = [*([(chain.root, "")] if chain.root else []), *((f.top, f.bottom) for f in chain.factors)]
    pairs = [tuple(_divided(values[top], values.get(below), side) for side in (BEFORE, NOW)) for top, below in steps]
    if not all(math.isfinite(x) for pair in pairs for x in pair):
        return []
    effects = shared_out([p[0] for p in pairs], [p[1] for p in pairs])
    return [Effect(name, was, now, effect) for name, (was, now), effect in zip(_names(chain), pairs, effects, strict=True)]


def _names(chain: Chain) -> list[str]:
    return [*([chain.root] if chain.root else []), *(f.metric for f in chain.factors)]


def _values(study: Study, names: list[str], sides: Sides, where: tuple[Condition, ...]) -> dict[str, tuple[float, float]]:
    """Of each metric what it is now and what it was before."""
    both = Sides(sides.now, sides.before, (), sides.field)
    made = Made(tuple((1.0, MetricRef(metric=n)) for n in names))
    return Tables(study, where, both, made).each()


def _divided(top: tuple[float, float], bottom: tuple[float, float] | None, side: int) -> float:
    if bottom is None:
        return top[side]
    return top[side] / bottom[side] if bottom[side] else math.nan
