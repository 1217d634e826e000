"""By which fields a change can be looked into, and how few questions show all pairs of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping

from assistant.analyses.tables import Tables
from assistant.answer.suggestions import breakdowns
from semantic_layer.query import Condition, FieldCondition
from semantic_layer.shops import Access

MOST_VALUES = 60
_MOST_DIMENSIONS = 20
_MOST_PAIRS = 1_000  # members of two fields together
_LEAST_EACH = 8  # things to each pair of members: of fewer, none is large enough to stand out
_MOST_CELLS, _FEW_CELLS = 6_000, 300  # of one question


def dimensions(tables: Tables, access: Access, where: Iterable[Condition], apart: str = "") -> dict[str, int]:
    """Fields that the metric can be split by, with the number of their values; without `apart` and those that are fixed to one value.

    That may be done by the conditions, or by the metric itself: users who put something into the cart are no kinds of events.
    """
    said = (c for c in (*where, *tables.own_conditions) if isinstance(c, FieldCondition) and not c.negated)
    fixed = {c.field for c in said if c.op in ("=", "is_null")} | {apart}
    flags = {
        f"{name}.{field}": 2
        for name, dataset in access.catalog.spec.datasets.items()
        for field, spec in dataset.fields.items()
        if spec.type == "boolean" and spec.kind == "dimension"
    }
    found = {f: n for f, n in (*breakdowns(access, MOST_VALUES).items(), *flags.items()) if f not in fixed and tables.compiles((f,))}
    return dict(itertools.islice(found.items(), _MOST_DIMENSIONS))


def pairs(sizes: Mapping[str, int], access: Access, things: float) -> list[tuple[str, str]]:
    """Pairs of fields worth looking at together, where there are so many things to count: none of which one is a part of the other."""
    most = min(things / _LEAST_EACH, _MOST_PAIRS)
    levels = [set(h) for h in access.catalog.spec.hierarchies.values()]
    every = itertools.combinations([f for f in sizes if access.catalog.field(f).spec.type != "boolean"], 2)
    return [(a, b) for a, b in every if sizes[a] * sizes[b] <= most and not any({a, b} <= level for level in levels)]


def blocks(sizes: Mapping[str, int], wanted: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Groups of fields, few of them, so that each field and each pair wanted lies in one, and none has too many cells."""
    open_pairs = {frozenset(p) for p in wanted}
    out: list[tuple[str, ...]] = []
    while open_pairs:
        block = list(max(sorted(map(sorted, open_pairs)), key=lambda p: math.prod(sizes[f] for f in p)))
        while True:
            room = _MOST_CELLS / math.prod(sizes[f] for f in block)
            fitting = [f for f in sizes if f not in block and sizes[f] <= room]
            gains = {f: sum(frozenset((f, g)) in open_pairs for g in block) / math.log(sizes[f] + 1) for f in fitting}
            best = max(gains, key=lambda f: gains[f], default=None)
            if best is None or gains[best] == 0:
                break
            block.append(best)
        open_pairs -= {frozenset(p) for p in itertools.combinations(block, 2)}
        out.append(tuple(block))
    covered = {f for block in out for f in block}
    return [*out, *_packed({f: n for f, n in sizes.items() if f not in covered})]


def _packed(sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Fields of which only each by itself is wanted, together as far as that makes few cells."""
    out: list[list[str]] = []
    for field in sorted(sizes, key=lambda f: -sizes[f]):
        fitting = (block for block in out if math.prod(sizes[f] for f in (*block, field)) <= _FEW_CELLS)
        block = next(fitting, None)
        if block is None:
            out.append([field])
        else:
            block.append(field)
    return [tuple(block) for block in out]
