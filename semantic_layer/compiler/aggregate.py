"""Aggregates each home dataset on its own to the grain of the answer, then puts the homes side by side.

No aggregate ever runs over joined facts, so nothing is counted twice; the null-safe full join keeps the groups
that only one home has, the unknown group included.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.compiler import conditions, entity
from semantic_layer.compiler import time as times
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, coalesce, col, null_safe, zero
from semantic_layer.compiler.frame import Frame, table
from semantic_layer.query import FORWARD_GRAINS, TIME, FieldCondition, Group


@dataclass
class Block:
    """The aggregates of one home dataset, each under the name of its column."""

    home: str
    leaves: dict[str, Aggregate] = field(default_factory=dict)
    asked_by: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """A CTE of one row per combination of `keys`, to be joined with others; `zeros` are 0 where it has no row."""

    name: str
    keys: tuple[str, ...]
    zeros: frozenset[str] = frozenset()
    loose: bool = False


def relation(build: Build, measures: list[Measure], scope: Scope, hint: str, fill: bool = False) -> Relation:
    """The measures by the groups of the scope, as a named CTE."""
    name = build.add(hint, aggregated(build, measures, scope, fill))
    return Relation(name, tuple(g.name for g in scope.groups), tuple(m.name for m in measures))


def aggregated(build: Build, measures: list[Measure], scope: Scope, fill: bool = False) -> exp.Select:
    """SELECT groups, measures. `fill` adds the periods without data to a trend, with 0 for sums and counts."""
    blocks, places = _blocks(build, measures)
    spine = _spine(build, measures, scope) if fill and scope.time_group else None
    simple = len(blocks) == 1 and not spine and not any(m.units or m.over for m in measures)
    if simple:
        return _single(build, measures, next(iter(blocks.values())), places, scope)
    return _combined(build, measures, blocks, places, scope, spine)


Places = dict[tuple[str, int], tuple[str, str]]


def _blocks(build: Build, measures: list[Measure]) -> tuple[dict[str, Block], Places]:
    """The blocks by home, and where aggregate n of a measure lies: (home, column)."""
    blocks: dict[str, Block] = {}
    places: Places = {}
    for m in measures:
        if m.over:
            continue
        for n, aggregate in enumerate(m.formula.aggregates):
            block = blocks.setdefault(aggregate.home, Block(aggregate.home))
            if m.name not in block.asked_by:
                block.asked_by.append(m.name)
            column = next((k for k, v in block.leaves.items() if v == aggregate), None)
            if column is None:
                column = _leaf_name(build, m, aggregate, block)
                block.leaves[column] = aggregate
            places[m.name, n] = (aggregate.home, column)
    return blocks, places


def _leaf_name(build: Build, m: Measure, aggregate: Aggregate, block: Block) -> str:
    base = m.name if len(m.formula.aggregates) == 1 else build.catalog.aggregate_name(aggregate) or f"{m.name}_part"
    name, n = base, 2
    while name in block.leaves:
        name, n = f"{base}_{n}", n + 1
    return name


def group_expression(frame: Frame, group: Group) -> exp.Expr:
    """What a group is in terms of a home's rows."""
    if group.bucket:
        return entity.bucket_expression(frame, group.bucket)
    if group.case is not None:
        return conditions.coalesced(conditions.predicate(frame, group.case))
    assert group.field
    column = frame.bucket(group.field, group.grain)
    if group.edges:
        return entity.edges_case(column, group.edges, frame.resolve(group.field).spec.type == "integer")
    return column


def _shown(group: Group, tree: exp.Expr) -> exp.Expr:
    """The group as a column of a CTE: a bucket of time is a date."""
    return alias(times.as_date(tree.copy()) if group.grain in FORWARD_GRAINS else tree.copy(), group.name)


def _single(build: Build, measures: list[Measure], block: Block, places: Places, scope: Scope) -> exp.Select:
    """One home only: the formulas stand where the aggregates are."""
    calls = _Calls(build, block, scope)
    columns = [
        alias(m.formula.build(lambda n, m=m: calls.sql(places[m.name, n][1])), m.name)  # type: ignore[misc]
        for m in measures
    ]
    return calls.select(columns)


class _Calls:
    """The aggregate calls of one block, with what all of them share moved into WHERE."""

    def __init__(self, build: Build, block: Block, scope: Scope) -> None:
        self.build, self.block, self.scope = build, block, scope
        self.frame = Frame(build, block.home, scope, ", ".join(block.asked_by))
        self.groups = [(g, group_expression(self.frame, g)) for g in scope.groups]
        self.where = self.frame.time_conditions(scope.time) + conditions.predicates(self.frame, scope.where)
        tests = {name: self._tests(leaf) for name, leaf in block.leaves.items()}
        first = next(iter(tests.values()))
        self.shared = all(t == first for t in tests.values())
        if self.shared:
            self.where = self.where + first
        self.tests = {} if self.shared else tests

    def _tests(self, leaf: Aggregate) -> list[exp.Expr]:
        tests = conditions.predicates(self.frame, leaf.filter, correlated=True)
        tests += conditions.predicates(self.frame, leaf.where)
        snapshot = self.build.catalog.dataset(leaf.home).snapshot
        return [*tests, _latest(self.frame)] if snapshot and leaf.kind == "additive" and isinstance(leaf.call, exp.Sum) else tests

    def sql(self, name: str) -> exp.Expr:
        """The aggregate over the frame's columns; a sum or count of no rows is 0."""
        leaf = self.block.leaves[name]
        call: exp.Expr = leaf.call.copy().transform(
            lambda n: self.frame.column(f"{n.table}.{n.name}") if isinstance(n, exp.Column) else n, copy=False
        )
        tests = [t.copy() for t in self.tests.get(name, [])]
        if tests:
            call = exp.Filter(this=call, expression=exp.Where(this=exp.and_(*tests, copy=False)))
        empties = bool(tests) or not self.groups
        return coalesce(call, zero()) if empties and isinstance(leaf.call, exp.Sum) else call

    def select(self, columns: list[exp.Expr]) -> exp.Select:
        """SELECT groups, columns FROM home with joins, WHERE and GROUP BY."""
        query = exp.Select(expressions=[*(_shown(g, t) for g, t in self.groups), *columns])
        query = self.frame.attach(query)
        if self.where:
            query = query.where(*self.where, copy=False)
        return query.group_by(*(t.copy() for _, t in self.groups), copy=False) if self.groups else query


def _latest(frame: Frame) -> exp.Expr:
    """Whether a row is the last one of its snapshot key within the period or bucket."""
    snapshot = frame.catalog.dataset(frame.home).snapshot
    assert snapshot
    inner = Frame(frame.build, frame.home, frame.scope)
    names = [f"{frame.home}.{p}" for p in snapshot.per]
    group = frame.scope.time_group
    keys = [inner.column(n) for n in names]
    buckets = [group_expression(inner, group)] if group else []
    time = inner.column(f"{frame.home}.{snapshot.time}")
    columns = [alias(k, p) for k, p in zip(keys, snapshot.per, strict=True)]
    columns += [alias(b, "bucket") for b in buckets] + [alias(exp.Max(this=time), "last_time")]
    query = exp.Select(expressions=columns)
    tests = inner.time_conditions(frame.scope.time) + conditions.predicates(inner, frame.scope.where)
    query = inner.attach(query)
    query = query.where(*tests, copy=False) if tests else query
    name = frame.build.add(f"{frame.home}_latest", query.group_by(*(k.copy() for k in [*keys, *buckets]), copy=False))
    on = [(p, frame.column(n), True) for p, n in zip(snapshot.per, names, strict=True)]
    on += [("bucket", group_expression(frame, group), True)] if group else []
    frame.join_facts(name, on)
    return exp.EQ(this=frame.column(f"{frame.home}.{snapshot.time}"), expression=col("last_time", name))


def _combined(
    build: Build, measures: list[Measure], blocks: dict[str, Block], places: Places, scope: Scope, spine: Part | None
) -> exp.Select:
    """Several homes (or a calendar, or nested aggregates) joined on the groups, formulas over their columns."""
    keys = tuple(g.name for g in scope.groups)
    parts: dict[str, Part] = {home: _block_part(build, block, scope) for home, block in blocks.items()}
    for m in measures:
        if m.over:
            parts[m.name] = _nested(build, m, scope)
        if m.units:
            parts[f"/{m.units}"] = _units(build, measures, scope, m.units)

    def value(m: Measure) -> exp.Expr:
        tree = _leaf(parts[m.name], m.name) if m.over else m.formula.build(
            lambda n: _leaf(parts[places[m.name, n][0]], places[m.name, n][1])
        )
        if m.units:
            tree = exp.Div(this=exp.Paren(this=tree), expression=exp.Nullif(this=col("units", parts[f"/{m.units}"].name), expression=zero()))
        return alias(tree, m.name)

    joined = [*([spine] if spine else []), *parts.values()]
    return join(joined, keys, [value(m) for m in measures])


def _leaf(part: Part, name: str) -> exp.Expr:
    return coalesce(col(name, part.name), zero()) if name in part.zeros else col(name, part.name)


def join(parts: list[Part], keys: tuple[str, ...], values: list[exp.Expr]) -> exp.Select:
    """The parts side by side on all keys they share; a loose part only adds to rows that others have."""
    firm = [p for p in parts if not p.loose]
    first, rest = firm[0], [*firm[1:], *(p for p in parts if p.loose)]
    found: dict[str, list[exp.Expr]] = {k: [col(k, first.name)] for k in keys}
    joins: list[exp.Join] = []
    for part in rest:
        target = exp.to_table(part.name)
        on = [null_safe(_first(found[k]), col(k, part.name)) for k in part.keys]
        if not on:
            joins.append(exp.Join(this=target, kind="CROSS"))
        else:
            joins.append(exp.Join(this=target, side="LEFT" if part.loose else "FULL", on=exp.and_(*on, copy=False)))
        if not part.loose:
            for k in part.keys:
                found[k].append(col(k, part.name))
    query = exp.Select(expressions=[*(alias(_first(found[k]), k) for k in keys), *values])
    query = query.from_(exp.to_table(first.name), copy=False)
    for j in joins:
        query.append("joins", j)
    return query


def _first(columns: list[exp.Expr]) -> exp.Expr:
    copies = [c.copy() for c in columns]
    return copies[0] if len(copies) == 1 else exp.Coalesce(this=copies[0], expressions=copies[1:])


def _block_part(build: Build, block: Block, scope: Scope) -> Part:
    calls = _Calls(build, block, scope)
    query = calls.select([alias(calls.sql(name), name) for name in block.leaves])
    zeros = frozenset(n for n, leaf in block.leaves.items() if leaf.kind in ("additive", "distinct"))
    return Part(build.add(f"{block.home}_totals", query), tuple(g.name for g in scope.groups), zeros)


def _nested(build: Build, m: Measure, scope: Scope) -> Part:
    """The measure once per entity (or time bucket) and group, then aggregated over those."""
    assert m.over and m.agg
    inner = relation(
        build, [Measure(m.name, m.formula)], Scope((*scope.groups, m.over), scope.where, scope.time), f"{m.name}_each"
    )
    value, key = inner.column(m.name), inner.column(m.over.name)
    calls = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median, "count": exp.Count}
    call = exp.Count(this=exp.Distinct(expressions=[value])) if m.agg == "count_distinct" else calls[m.agg](this=value)
    keys = [inner.column(g.name) for g in scope.groups]
    query = exp.Select(expressions=[*keys, alias(call, m.name)]).from_(exp.to_table(inner.name), copy=False)
    query = query.where(exp.Not(this=exp.Is(this=key, expression=exp.null())), copy=False)
    query = query.group_by(*(k.copy() for k in keys), copy=False) if keys else query
    return Part(build.add(f"{m.name}_totals", query), tuple(g.name for g in scope.groups))


def data_span(build: Build, measures: list[Measure], scope: Scope, field: str = TIME) -> str:
    """The CTE with the first and last day of the period inside the data of the measures' homes."""
    named = scope.time.field if scope.time else None
    spans: dict[str, tuple[exp.Table, exp.Expr]] = {}
    for m in measures:
        for home in m.formula.homes:
            ref = Frame(build, home, scope, m.name).resolve(field)
            spans.setdefault(str(ref), (table(build.catalog, ref.dataset), Frame(build, ref.dataset, Scope()).column(str(ref))))
    same = field in (TIME, named)
    return build.add("data_span", times.data_span(list(spans.values()), scope.time if same else None))


def _on_day(build: Build, group: Group) -> exp.Expr:
    return times.trunc(col("day"), group.grain or "day", build.catalog.spec.calendar.week_start)


def _spine(build: Build, measures: list[Measure], scope: Scope) -> Part:
    """Every bucket of the time group; with further groups, for each of their combinations that has data."""
    group = scope.time_group
    assert group
    calendar = build.add("days", times.day_series(data_span(build, measures, scope, group.field or TIME)))
    bucket = times.as_date(_on_day(build, group))
    query = exp.Select(expressions=[alias(bucket, group.name)], distinct=exp.Distinct()).from_(exp.to_table(calendar), copy=False)
    name = build.add("periods", query)
    others = tuple(g for g in scope.groups if g is not group)
    if not others:
        return Part(name, (group.name,))
    inner = aggregated(build, measures, Scope(others, scope.where, scope.time))
    combos = build.add("combinations", inner)
    columns: list[exp.Expr] = [col(group.name, name), *(col(g.name, combos) for g in others)]
    cross = exp.Select(expressions=columns).from_(exp.to_table(name), copy=False)
    cross.append("joins", exp.Join(this=exp.to_table(combos), kind="CROSS"))
    return Part(build.add("grid", cross), (group.name, *(g.name for g in others)))


def _units(build: Build, measures: list[Measure], scope: Scope, grain: str) -> Part:
    """How many days (weeks, ...) of the period lie inside the data, by the time groups of the scope."""
    groups = [g for g in scope.groups if g.field == TIME and g.grain and g.grain != "hour_of_day"]
    calendar = build.add("days", times.day_series(data_span(build, [m for m in measures if m.units], scope)))
    keys = [(g.name, times.as_date(_on_day(build, g)) if g.grain in FORWARD_GRAINS else _on_day(build, g)) for g in groups]
    unit = exp.Count(this=exp.Distinct(expressions=[times.trunc(col("day"), grain, build.catalog.spec.calendar.week_start)]))
    query = exp.Select(expressions=[*(alias(k, n) for n, k in keys), alias(unit, "units")]).from_(exp.to_table(calendar), copy=False)
    tests = [_day_test(build, c) for c in scope.where if _about_days(c)]
    query = query.where(*tests, copy=False) if tests else query
    query = query.group_by(*(k.copy() for _, k in keys), copy=False) if keys else query
    return Part(build.add(f"{grain}s", query) if grain != "day" else build.add("day_counts", query), tuple(n for n, _ in keys), loose=True)


def _about_days(condition: object) -> bool:
    return isinstance(condition, FieldCondition) and condition.field == TIME and bool(condition.grain) and condition.grain != "hour_of_day"


def _day_test(build: Build, condition: object) -> exp.Expr:
    assert isinstance(condition, FieldCondition)
    return conditions.on_column(condition, _on_day(build, Group(field=TIME, grain=condition.grain)))
