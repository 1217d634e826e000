"""The values of a metric on all sides at once, split by fields: one semantic query for each split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.analyses.parts import Made, Terms
from assistant.analyses.sides import Side, Sides, within
from assistant.analyses.study import Study
from semantic_layer.catalog import Catalog
from semantic_layer.errors import QueryError
from semantic_layer.query import (
    AllOf,
    AnyOf,
    Condition,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    Group,
    MetricRef,
    SegmentCondition,
    SemanticQuery,
    TimeRange,
)

Floats = NDArray[np.float64]
Keys = tuple[Any, ...]
NOW, BEFORE = 0, 1
PAST = 2  # the first side of the past
_EXACT = 1e-6
_APART = 4  # periods of the past that are asked for one by one


@dataclass(frozen=True)
class Table:
    """`keys` are the values of `fields`; `top`, `bottom` and `count` have a row for each of them and a column for each side.

    Without fields there is one row.
    """

    fields: tuple[str, ...]
    keys: tuple[Keys, ...]
    top: Floats
    bottom: Floats | None = None
    count: Floats | None = None

    @property
    def counted(self) -> Table:
        """The number of things instead of what they are worth."""
        return self if self.count is None else Table(self.fields, self.keys, self.count)

    @property
    def turned(self) -> Table:
        """With the two sides in each other's place."""
        top, bottom, count = (
            None if part is None else part[:, [BEFORE, NOW, *range(PAST, part.shape[1])]] for part in (self.top, self.bottom, self.count)
        )
        assert top is not None
        return Table(self.fields, self.keys, top, bottom, count)

    @cached_property
    def _places(self) -> tuple[tuple[list[Any], NDArray[np.int64]], ...]:
        """Of each field its members, and for each row which of them it is."""
        out = []
        for column in zip(*self.keys, strict=True) if self.keys else ():
            numbers: dict[Any, int] = {}
            at = np.array([numbers.setdefault(value, len(numbers)) for value in column], dtype=np.int64)
            out.append((list(numbers), at))
        return tuple(out)

    def by(self, fields: tuple[str, ...]) -> Table:
        """The same split by some of its fields only, where the metric adds up."""
        if not self.keys:
            return Table(fields, (), self.top, self.bottom, self.count)
        parts = [self._places[self.fields.index(f)] for f in fields]
        joint = np.zeros(len(self.keys), dtype=np.int64)
        for members, at in parts:
            joint = joint * len(members) + at
        found, goes = np.unique(joint, return_inverse=True)
        keys = []
        for code in found.tolist():
            key: list[Any] = []
            for members, _ in reversed(parts):
                code, place = divmod(code, len(members))
                key.append(members[place])
            keys.append(tuple(reversed(key)))
        top, bottom, count = (None if part is None else _summed(part, goes, len(keys)) for part in (self.top, self.bottom, self.count))
        assert top is not None
        return Table(fields, tuple(keys), top, bottom, count)

    def adds_up_to(self, total: Table) -> bool:
        """Whether the parts make the whole, on every side."""
        pairs = [(self.top, total.top)] + ([(self.bottom, total.bottom)] if self.bottom is not None and total.bottom is not None else [])
        return all(np.allclose(part.sum(axis=0), whole[0], rtol=_EXACT, atol=_EXACT) for part, whole in pairs)

    @cached_property
    def values(self) -> Floats:
        """Those of the metric itself: the quotient where it is one, not a number where there is nothing to divide by."""
        if self.bottom is None:
            return self.top
        return np.divide(self.top, self.bottom, out=np.full_like(self.top, np.nan), where=self.bottom != 0)


def _summed(part: Floats, goes: NDArray[np.int64], size: int) -> Floats:
    out = np.zeros((size, part.shape[1]))
    np.add.at(out, goes, part)
    return out


class Tables:
    """Gives the tables of one metric under the conditions of one query."""

    def __init__(self, study: Study, where: tuple[Condition, ...], sides: Sides, made: Made) -> None:
        self._study, self._where, self._made = study, where, made
        self._refs = list(dict.fromkeys(ref for _, ref in (*made.top, *made.bottom, *made.count)))
        catalog = study.access.catalog
        self._at_once = all(_of_any_period(ref, catalog) for ref in self._refs)
        self.sides = sides.all if self._at_once else sides.all[: PAST + _APART]

    @property
    def additive(self) -> bool:
        """Whether the parts make the whole whatever the metric is split by, as they do of sums, and not of different customers."""
        catalog = self._study.access.catalog
        return all(ref.agg in ("sum", "count") if ref.metric is None else catalog.formula(ref.metric).kind == "additive" for ref in self._refs)

    @property
    def own_conditions(self) -> tuple[Condition, ...]:
        """Those that the metric's own parts are restricted by."""
        formula, made = self._study.access.catalog.formula, self._made
        own = [ref for _, ref in (*made.top, *made.bottom)]
        parts = [part for ref in own if ref.metric for part in formula(ref.metric).aggregates]
        return tuple(c for part in parts for c in (*part.filter, *part.where)) + tuple(c for ref in own for c in ref.where)

    def table(self, fields: tuple[str, ...] = (), without: tuple[Condition, ...] = ()) -> Table:
        """The metric split by these fields, apart from the rows that meet any of the conditions `without`. Raises what a query raises."""
        where = (*self._where, *(c.model_copy(update={"negated": True}) for c in without))
        keys, numbers = self._together(fields, where) if self._at_once else self._one_by_one(fields, where)
        made = self._made
        below, count = (self._sum(terms, numbers) if terms else None for terms in (made.bottom, made.count))
        return Table(fields, keys, self._sum(made.top, numbers), below, count)

    def each(self) -> dict[str, tuple[float, float]]:
        """The values now and before of every metric that is summed, by name, without a split. Raises what a query raises."""
        _, numbers = self._together((), self._where) if self._at_once else self._one_by_one((), self._where)
        return {ref.name: (float(numbers[0, m, NOW]), float(numbers[0, m, BEFORE])) for m, ref in enumerate(self._refs)} if len(numbers) else {}

    def compiles(self, fields: tuple[str, ...]) -> bool:
        """Whether the metric can be split by these fields. Raises nothing."""
        try:
            self._study.access.compile(self._query(fields, self._where, self._refs, self.sides[NOW].time))
        except QueryError:
            return False
        return True

    def _sum(self, terms: Terms, numbers: Floats) -> Floats:
        return np.asarray(sum(factor * numbers[:, self._refs.index(ref), :] for factor, ref in terms), dtype=np.float64)

    def _query(self, fields: tuple[str, ...], where: tuple[Condition, ...], refs: list[MetricRef], time: TimeRange | None) -> SemanticQuery:
        return SemanticQuery(metrics=tuple(refs), group_by=tuple(Group(field=f, alias=f"k{i}") for i, f in enumerate(fields)), where=where, time=time)

    def _together(self, fields: tuple[str, ...], where: tuple[Condition, ...]) -> tuple[tuple[Keys, ...], Floats]:
        """Every side is a column of one query. The numbers have an axis for the rows, the metrics and the sides."""
        refs = [
            ref.model_copy(update={"alias": f"m{m}_{s}", "where": (*ref.where, *side.where, *self._own_period(side))})
            for m, ref in enumerate(self._refs)
            for s, side in enumerate(self.sides)
        ]
        rows, width = self._study.rows(self._query(fields, where, refs, self._whole_time())).rows, len(fields)
        numbers = np.nan_to_num(np.array([row[width:] for row in rows], dtype=np.float64))
        return tuple(row[:width] for row in rows), numbers.reshape(len(rows), len(self._refs), len(self.sides))

    def _own_period(self, side: Side) -> tuple[Condition, ...]:
        return within(side.time) if side.time and len({s.time for s in self.sides}) > 1 else ()

    def _whole_time(self) -> TimeRange | None:
        times = [s.time for s in self.sides if s.time]
        if len(set(times)) < 2:
            return times[0] if times else None
        return TimeRange(start=min(t.start for t in times if t.start), end=max(t.end for t in times if t.end), field=times[0].field)

    def _one_by_one(self, fields: tuple[str, ...], where: tuple[Condition, ...]) -> tuple[tuple[Keys, ...], Floats]:
        """The same by a query for each side, for what is asked of a period as a whole: balances, first orders, days."""
        refs, width = [ref.model_copy(update={"alias": f"m{m}"}) for m, ref in enumerate(self._refs)], len(fields)
        found = [self._study.rows(self._query(fields, (*where, *side.where), refs, side.time)).rows for side in self.sides]
        places: dict[Keys, int] = {}
        for rows in found:
            for row in rows:
                places.setdefault(tuple(row[:width]), len(places))
        numbers = np.zeros((len(places), len(refs), len(self.sides)))
        for side, rows in enumerate(found):
            for row in rows:
                numbers[places[tuple(row[:width])], :, side] = np.nan_to_num(np.array(row[width:], dtype=np.float64))
        return tuple(places), numbers


def _of_any_period(ref: MetricRef, catalog: Catalog) -> bool:
    """Whether the value of a period is that of the rows of the period: no balances, nothing that is asked of the period as a whole."""
    if ref.per or ref.over:
        return False
    asked = list(ref.where)
    homes: tuple[str, ...] = ()
    if ref.metric:
        formula = catalog.formula(ref.metric)
        homes = formula.homes
        asked += [c for a in formula.aggregates for c in a.filter]
    return not any(catalog.dataset(h).snapshot for h in homes) and not any(_of_whole_period(c, catalog) for c in asked)


def _of_whole_period(condition: Condition, catalog: Catalog) -> bool:
    if isinstance(condition, SegmentCondition):
        return any(_of_whole_period(c, catalog) for c in catalog.segment(condition.segment).where)
    if isinstance(condition, (AnyOf, AllOf)):
        return any(_of_whole_period(c, catalog) for c in (condition.any_of if isinstance(condition, AnyOf) else condition.all_of))
    return isinstance(condition, (EntityCondition, ExistsCondition, EventCondition)) and condition.time is None
