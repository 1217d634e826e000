"""What a change is made of: the numbers behind the words.

The order of work: is the change more than noise; the formula of the metric; the scan for slices that stand out, each left out before the
next is looked for; what the slices, the rest and, of a rate, the changed shares contribute, which adds up to the change; what is on record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from assistant.analyses.amounts import Amounts, as_one, conditions_of
from assistant.analyses.dimensions import blocks, dimensions, pairs
from assistant.analyses.events import Happened, Moved, calendar_events, going_on, moved_along
from assistant.analyses.factors import Effect, factor_effects
from assistant.analyses.formula import shared_out
from assistant.analyses.parts import Made, made_of
from assistant.analyses.real import Usual, usual_change
from assistant.analyses.scan import LEAST_PAST, Slice, scan
from assistant.analyses.sides import Sides, sides_of, two_groups
from assistant.analyses.study import Study
from assistant.analyses.tables import BEFORE, NOW, PAST, Table, Tables
from semantic_layer.query import Condition, SemanticQuery

MOST_DRIVERS = 3
_AGAIN = 5  # fields that are scanned again, once a slice is named
_NESTED = 1.2  # pairs there are for each value of the finer field, where the coarser one only repeats it
_LEAST_FIRST, _LEAST_FURTHER = 0.05, 0.1  # of the change: what the first slice, and any other, has to contribute to be named
_MOST_MOVED = 2  # metrics that moved along


@dataclass(frozen=True)
class Driver:
    """A slice that stands out: its values on both sides, what was usual, and what it and its mean weight contributed to the whole change."""

    part: Slice
    before: float
    now: float
    rest_before: float
    rest_now: float
    effect: float
    effects: list[Effect]


@dataclass
class Explained:
    """All that was found of one change. The effects of the drivers, `mix` and `rest` add up to the change; so do those of the factors."""

    amounts: Amounts
    sides: Sides
    where: tuple[Condition, ...]
    before: float
    now: float
    expected: int
    usual: Usual | None = None
    scanned: bool = False
    effects: list[Effect] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)
    mix: float = 0.0
    rest: float = 0.0
    tables: dict[str, Table] = field(default_factory=dict)
    is_rate: bool = False

    @property
    def change(self) -> float:
        """Of the whole."""
        return self.now - self.before


def explained(study: Study, expected: int = 0) -> Explained:
    """The change of a query's metric between its sides. Raises what a query raises."""
    query, access = study.query, study.access
    ref, sides = query.metrics[0].model_copy(update={"alias": None}), sides_of(query, access)
    where = _conditions(query)
    made = made_of(ref, access.catalog, counts=True)
    tables = Tables(study, where, sides, made)
    total = tables.table()
    values = total.values[0] if len(total.values) else [math.nan, math.nan]
    out = Explained(Amounts(study.speaker, ref), sides, where, float(values[BEFORE]), float(values[NOW]), expected, is_rate=bool(made.bottom))
    if not len(total.values) or not math.isfinite(out.before) or not math.isfinite(out.now) or out.change == 0:
        return out
    total, out.sides = _covered(total, sides)
    out.usual = usual_change(total.values[0])
    out.effects = factor_effects(study, ref, sides, where)
    _account(study, out, made, _searched(study, out, made, total))
    return out


def _covered(total: Table, sides: Sides) -> tuple[Table, Sides]:
    """Without the periods of the past from before the metric was, nor the one in which it began."""
    part = total.top[0] if total.bottom is None else np.minimum(total.top[0], total.bottom[0])
    empty = np.flatnonzero(part[PAST:] == 0)
    if not len(empty):
        return total, sides
    kept = max(int(empty[0]) - 1, 0)
    top, bottom, count = (None if each is None else each[:, : PAST + kept] for each in (total.top, total.bottom, total.count))
    assert top is not None
    return Table(total.fields, total.keys, top, bottom, count), replace(sides, past=sides.past[:kept])


def _searched(study: Study, out: Explained, made: Made, total: Table) -> list[Slice]:
    """The slices that stand out by the number of things; where none does and it is rather their worth that changed, by the metric itself."""
    things = _things(study, total, made)
    if total.count is not None:
        search = _Search(study, out, Made(made.count), total.counted, things)
        out.scanned = search.scans and bool(search.single)
        found = search.slices() if out.scanned else []
        if found or _by_number(total):
            out.tables = {} if found else _by_few(study, out, made, search.single)
            return found
    search = _Search(study, out, Made(made.top, made.bottom), total, things)
    out.tables, out.scanned = search.single, search.scans and bool(search.single)
    return search.slices() if out.scanned else []


def _things(study: Study, total: Table, made: Made) -> float:
    """How many things the metric is of; without end where nobody knows."""
    counted = total.count if total.count is not None else total.bottom if total.bottom is not None else total.top
    terms = made.count or made.bottom or made.top
    metrics = study.access.catalog.spec.metrics
    whole = all(ref.agg in ("count", "count_distinct") if ref.metric is None else metrics[ref.metric].format == "integer" for _, ref in terms)
    return float(counted[0, NOW]) if whole else math.inf


def _by_few(study: Study, out: Explained, made: Made, single: dict[str, Table]) -> dict[str, Table]:
    """The metric itself by the fields by which the number of things was looked at, now and before."""
    both = Tables(study, out.where, Sides(out.sides.now, out.sides.before, (), out.sides.field), Made(made.top))
    tables = [both.table(block) for block in blocks({f: len(t.keys) for f, t in single.items()}, [])]
    return {f: t.by((f,)) for t in tables for f in t.fields}


def _conditions(query: SemanticQuery) -> tuple[Condition, ...]:
    """Those that hold on both sides."""
    groups = two_groups(query)
    return tuple(c for c in query.where if groups is None or c != groups[1])


class _Search:
    """Looks for the slices of one metric that stand out."""

    def __init__(self, study: Study, out: Explained, made: Made, total: Table, things: float) -> None:
        self._access, self._total = study.access, total
        self._tables = Tables(study, out.where, out.sides, made)
        self._things = things
        self._sizes = dimensions(self._tables, study.access, out.where, out.sides.field)
        self.scans = total.top.shape[1] - PAST >= LEAST_PAST
        if not self._tables.additive:  # different customers make no sum by category: such fields are left out
            single = {f: self._tables.table((f,)) for f in self._sizes}
            self._sizes = {f: n for f, n in self._sizes.items() if single[f].adds_up_to(self._total)}
        self.single: dict[str, Table] = {}
        self._pairs: list[Table] = []
        self._split(())

    def _split(self, without: tuple[Condition, ...], most: int | None = None, first: Iterable[str] = ()) -> None:
        """All tables by one field and by two; where something is left out, by the `most` fields that are first."""
        sizes = dict(islice(((f, self._sizes[f]) for f in dict.fromkeys((*first, *self._sizes))), most))
        crossing = self.scans and self._access.rights.min_group_size <= 1
        wanted = pairs(sizes, self._access, self._things) if crossing else []
        singles: dict[str, Table] = {}
        crossed: dict[tuple[str, str], Table] = {}
        for block in blocks(sizes, wanted):
            table = self._tables.table(block, without)
            for f in block:
                singles.setdefault(f, table.by((f,)))
            crossed |= {p: table.by(p) for p in wanted if p not in crossed and set(p) <= set(block)}
        whole = self._tables.table((), without) if without else self._total
        self.single = {f: t for f, t in singles.items() if len(t.keys) > 1 and t.adds_up_to(whole)}
        fine = {f: len(t.keys) for f, t in self.single.items()}
        self._pairs = [t for (a, b), t in crossed.items() if a in fine and b in fine and len(t.keys) > _NESTED * max(fine[a], fine[b])]

    def slices(self) -> list[Slice]:
        """The clearest, and then those that are clearest when the ones before are left out; of different rows each."""
        named: list[Slice] = []
        found = scan([*self.single.values(), *self._pairs])
        while found and len(named) < MOST_DRIVERS:
            named.append(found[0])
            if len(named) < MOST_DRIVERS:
                self._split(tuple(as_one(conditions_of(s)) for s in named), _AGAIN, (f for s in found for f in s.fields))
                found = scan([*self.single.values(), *self._pairs])
        return named


def _by_number(total: Table) -> bool:
    """Whether the metric changed by the number of things (orders) rather than by what each is worth; numbers have less noise."""
    assert total.count is not None
    amount, number = total.top[0], total.count[0]
    if not all(x > 0 for side in (NOW, BEFORE) for x in (amount[side], number[side])):
        return False
    by_number, by_worth = shared_out(*([number[side], amount[side] / number[side]] for side in (BEFORE, NOW)))
    return abs(by_number) >= abs(by_worth)


def _account(study: Study, out: Explained, made: Made, slices: list[Slice]) -> None:
    """What each slice and the rest contributed: of a sum their own changes, of a rate the change of each one's rate, and of their weights."""
    both = Sides(out.sides.now, out.sides.before, (), out.sides.field)
    made = replace(made, count=())
    whole = Tables(study, out.where, both, made).table()
    parts = [Tables(study, (*out.where, *conditions_of(s)), both, made).table() for s in slices]
    effects = [_own_effect(whole, one) for one in parts]
    least = [_LEAST_FIRST if n == 0 else _LEAST_FURTHER for n in range(len(effects))]
    kept = [n for n, effect in enumerate(effects) if abs(effect) >= least[n] * abs(out.change)]
    slices, parts, effects = [slices[n] for n in kept], [parts[n] for n in kept], [effects[n] for n in kept]
    for part, one, effect in zip(slices, parts, effects, strict=True):
        rest = _without(whole, [one])
        inside = factor_effects(study, out.amounts.ref, out.sides, (*out.where, *conditions_of(part)))
        out.drivers.append(Driver(part, *_pair(one), *_pair(rest), effect, inside))
    remaining = _without(whole, parts)
    out.rest = _own_effect(whole, remaining) if made.bottom else out.change - math.fsum(effects)
    out.mix = out.change - math.fsum((*effects, out.rest)) if made.bottom else 0.0


def _pair(table: Table) -> tuple[float, float]:
    values = table.values[0]
    return float(values[BEFORE]), float(values[NOW])


def _without(whole: Table, parts: list[Table]) -> Table:
    top = whole.top - sum(p.top for p in parts)
    bottom = whole.bottom - sum(p.bottom for p in parts if p.bottom is not None) if whole.bottom is not None else None
    return Table((), whole.keys, top, bottom)


def _own_effect(whole: Table, part: Table) -> float:
    before, now = _pair(part)
    if whole.bottom is None or part.bottom is None:
        return now - before
    if not math.isfinite(before) or not math.isfinite(now):
        return 0.0
    weights = part.bottom[0] / whole.bottom[0]
    return float(weights[[BEFORE, NOW]].mean() * (now - before))


def on_record(study: Study, out: Explained) -> Iterator[Happened | tuple[str, bool, list[str]] | Moved]:
    """What is known of the time: named days, things that went on, metrics that moved along in the rows of the drivers."""
    if out.sides.field:
        return
    yield from calendar_events(study, out.sides)
    yield from going_on(study, out.sides)
    seen: set[str] = set()
    for part in [conditions_of(d.part) for d in out.drivers] or [()]:
        moved = [m for m in moved_along(study, out.amounts.ref, out.sides, out.where, part) if m.metric not in seen]
        for m in moved[:_MOST_MOVED]:
            seen.add(m.metric)
            yield m
