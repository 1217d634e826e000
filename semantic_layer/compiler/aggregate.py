"""Aggregates each home dataset on its own to the grain of the answer, then puts the homes side by side.

No aggregate ever runs over joined facts, so nothing is counted twice; the null-safe full join keeps the groups
that only one home has, the unknown group included.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.compiler import days, rollup
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, coalesce, col, fresh, named, null_safe, zero
from semantic_layer.compiler.calls import Block


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
    blocks, places = _blocks(build, measures, scope)
    spine = _spine(build, measures, scope) if fill and scope.time_group else None
    simple = len(blocks) == 1 and not spine and not any(m.units or m.over for m in measures)
    if simple:
        return _single(build, measures, next(iter(blocks.values())), places, scope)
    return _combined(build, measures, blocks, places, scope, spine)


Places = dict[tuple[str, int], tuple[str, str]]


def _blocks(build: Build, measures: list[Measure], scope: Scope) -> tuple[dict[str, Block], Places]:
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
                column = _leaf_name(build, m, aggregate, block, scope)
                block.leaves[column] = aggregate
            places[m.name, n] = (aggregate.home, column)
    return blocks, places


def _leaf_name(build: Build, m: Measure, aggregate: Aggregate, block: Block, scope: Scope) -> str:
    base = m.name if len(m.formula.aggregates) == 1 else build.catalog.aggregate_name(aggregate) or f"{m.name}_part"
    return fresh(base, (*block.leaves, *(g.name for g in scope.groups)))


def _single(build: Build, measures: list[Measure], block: Block, places: Places, scope: Scope) -> exp.Select:
    """One home only: the formulas stand where the aggregates are."""
    calls = rollup.calls(build, block, scope)
    columns = [
        alias(m.formula.build(lambda n, m=m: calls.sql(places[m.name, n][1])), m.name)  # type: ignore[misc]
        for m in measures
    ]
    return calls.select(columns)


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
            name, days_of = days.counted(build, measures, m, scope)
            parts[f"{m.name}/{m.units}"] = Part(name, days_of, loose=True)

    def value(m: Measure) -> exp.Expr:
        tree = _leaf(parts[m.name], m.name) if m.over else m.formula.build(
            lambda n: _leaf(parts[places[m.name, n][0]], places[m.name, n][1])
        )
        if m.units:
            units = col(build.own("units"), parts[f"{m.name}/{m.units}"].name)
            tree = exp.Div(this=exp.Paren(this=tree), expression=exp.Nullif(this=units, expression=zero()))
        return alias(tree, m.name)

    joined = [*([spine] if spine else []), *{part.name: part for part in parts.values()}.values()]
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
        target = named(part.name)
        on = [null_safe(_first(found[k]), col(k, part.name)) for k in part.keys]
        if not on:
            joins.append(exp.Join(this=target, kind="CROSS"))
        else:
            joins.append(exp.Join(this=target, side="LEFT" if part.loose else "FULL", on=exp.and_(*on, copy=False)))
        if not part.loose:
            for k in part.keys:
                found[k].append(col(k, part.name))
    query = exp.Select(expressions=[*(alias(_first(found[k]), k) for k in keys), *values])
    query = query.from_(named(first.name), copy=False)
    for j in joins:
        query.append("joins", j)
    return query


def _first(columns: list[exp.Expr]) -> exp.Expr:
    copies = [c.copy() for c in columns]
    return copies[0] if len(copies) == 1 else exp.Coalesce(this=copies[0], expressions=copies[1:])


def _block_part(build: Build, block: Block, scope: Scope) -> Part:
    calls = rollup.calls(build, block, scope)
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
    query = exp.Select(expressions=[*keys, alias(call, m.name)]).from_(named(inner.name), copy=False)
    query = query.where(exp.Not(this=exp.Is(this=key, expression=exp.null())), copy=False)
    query = query.group_by(*(k.copy() for k in keys), copy=False) if keys else query
    return Part(build.add(f"{m.name}_totals", query), tuple(g.name for g in scope.groups))


def _spine(build: Build, measures: list[Measure], scope: Scope) -> Part:
    """Every bucket of the time group; with further groups, for each of their combinations that has data."""
    group = scope.time_group
    assert group
    name = days.periods(build, measures, scope, group)
    others = tuple(g for g in scope.groups if g is not group)
    if not others:
        return Part(name, (group.name,))
    inner = aggregated(build, measures, Scope(others, scope.where, scope.time))
    combos = build.add("combinations", inner)
    columns: list[exp.Expr] = [col(group.name, name), *(col(g.name, combos) for g in others)]
    cross = exp.Select(expressions=columns).from_(named(name), copy=False)
    cross.append("joins", exp.Join(this=named(combos), kind="CROSS"))
    return Part(build.add("grid", cross), (group.name, *(g.name for g in others)))
