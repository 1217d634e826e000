"""Shares and running values: computed over the aggregated rows, never over raw ones."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate, Formula, divide
from semantic_layer.compiler import conditions
from semantic_layer.compiler import time as times
from semantic_layer.compiler.aggregate import relation
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, coalesce, named, null_safe, select, zero
from semantic_layer.compiler.frame import Frame
from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Group, Running, Share, TimeRange


def with_shares(build: Build, base: Relation, measures: list[Measure], scope: Scope, share: Share) -> Relation:
    """Adds `<metric>_share`: the value over the total, or over the total within the groups of `share.within`.

    The total of a sum or count is the sum of its groups; a distinct count is counted anew without the groups,
    since one customer may stand in several. Raises QueryError for what has no total.
    """
    chosen = [m for m in measures if not share.of or m.name in share.of]
    columns: list[exp.Expr] = [base.column(n) for n in (*base.keys, *base.values)]
    query = exp.Select(expressions=columns).from_(named(base.name), copy=False)
    for m in chosen:
        if m.units or m.over or m.formula.kind not in ("additive", "distinct"):
            raise QueryError(f"{m.name} has no total to take a share of.", f"{m.name} 没有可以求占比的总计。", subject=m.name)
        value = base.column(m.name)
        if m.formula.kind == "additive":
            partition: list[exp.Expr] = [base.column(k) for k in share.within]
            total: exp.Expr = exp.Window(this=exp.Sum(this=value.copy()), partition_by=partition)
        else:
            total = _counted_anew(build, query, base, m, scope, share)
        columns.append(alias(divide(value, total), f"{m.name}_share"))
    query.set("expressions", columns)
    return Relation(build.add("with_shares", query), base.keys, (*base.values, *(f"{m.name}_share" for m in chosen)))


def _counted_anew(build: Build, query: exp.Select, base: Relation, m: Measure, scope: Scope, share: Share) -> exp.Expr:
    groups = tuple(g for g in scope.groups if g.name in share.within)
    whole = relation(build, [m], Scope(groups, scope.where, scope.time), f"{m.name}_total")
    on = [null_safe(base.column(g.name), whole.column(g.name)) for g in groups]
    target = named(whole.name)
    join = exp.Join(this=target, side="LEFT", on=exp.and_(*on, copy=False)) if on else exp.Join(this=target, kind="CROSS")
    query.append("joins", join)
    return whole.column(m.name)


def lookback(scope: Scope, running: Running) -> Scope:
    """The scope from which a rolling window draws: its first buckets need the ones before the period."""
    time, group = scope.time, scope.time_group
    if running.kind != "rolling" or time is None or time.start is None or group is None:
        return scope
    start = times.shift(time.start, 1 - (running.window or 1), str(group.grain))
    return Scope(scope.groups, scope.where, time.model_copy(update={"start": start}))


def with_running(build: Build, base: Relation, measures: list[Measure], scope: Scope, running: Running, grid: Relation | None) -> Relation:
    """Adds `<metric>_running`: cumulated from the start (or each `reset`), or over the last `window` buckets.

    Each aggregate of a metric runs on its own and the formula is applied to the results, so that a running
    ratio is the ratio of running values. A running distinct count counts anew over each window; its average is that
    of the counts of the buckets. `grid` holds the
    measures by all periods from which the values are drawn, if a relation of them is at hand.
    """
    group = scope.time_group
    assert group
    chosen = [m for m in measures if not running.of or m.name in running.of]
    wide = lookback(scope, running)
    grid = grid if wide == scope and len({home for m in measures for home in m.formula.homes}) == 1 else None
    parts: dict[Aggregate, tuple[str, str]] = {}
    for m in chosen:
        if m.units or m.over:
            raise QueryError(f"{m.name} cannot run along time.", f"{m.name} 不能做累计或滚动。", subject=m.name)
        for leaf in m.formula.aggregates:
            if leaf not in parts:
                parts[leaf] = _running_leaf(build, m, leaf, wide, group, running, grid), build.own("running_value")
    columns: list[exp.Expr] = [base.column(n) for n in (*base.keys, *base.values)]
    for m in chosen:
        tree = m.formula.build(lambda n, m=m: exp.column(parts[m.formula.aggregates[n]][1], table=parts[m.formula.aggregates[n]][0]))  # type: ignore[misc]
        columns.append(alias(tree, f"{m.name}_running"))
    query = exp.Select(expressions=columns).from_(named(base.name), copy=False)
    for name in dict.fromkeys(p[0] for p in parts.values()):
        on = [null_safe(base.column(k), exp.column(k, table=name)) for k in base.keys]
        query.append("joins", exp.Join(this=named(name), side="LEFT", on=exp.and_(*on, copy=False)))
    return Relation(build.add("with_running", query), base.keys, (*base.values, *(f"{m.name}_running" for m in chosen)))


def _running_leaf(
    build: Build, m: Measure, leaf: Aggregate, scope: Scope, group: Group, running: Running, grid: Relation | None
) -> str:
    """The CTE of one aggregate running along time."""
    single = Measure(build.own("running_value"), Formula(exp.Placeholder(this="0"), (leaf,)))
    if leaf.kind == "additive":
        plain = m.name if grid and isinstance(m.formula.tree, exp.Placeholder) else None
        dense = grid if grid and plain else relation(build, [single], scope, "by_period", fill=True)
        return _windowed(build, dense, plain or single.name, group, running)
    if leaf.kind == "distinct" and running.agg == "sum":
        dense = grid or relation(build, [single], scope, "by_period", fill=True)
        if running.kind == "to_date" and running.reset is None and not _asked_anew(build, leaf, scope):
            return _first_counted(build, dense, leaf, scope, group)
        return _recounted(build, dense, leaf, scope, group, running)
    if leaf.kind == "distinct" and isinstance(m.formula.tree, exp.Placeholder):
        dense = grid or relation(build, [single], scope, "by_period", fill=True)
        return _windowed(build, dense, m.name if grid else single.name, group, running)
    raise QueryError(
        f"{m.name} cannot run along time: only sums, counts and ratios of them can.",
        f"{m.name} 不能累计：只有求和、计数及其比值可以。",
        subject=m.name,
    )


def _windowed(build: Build, dense: Relation, value: str, group: Group, running: Running) -> str:
    others: list[exp.Expr] = [dense.column(k) for k in dense.keys if k != group.name]
    bucket = dense.column(group.name)
    if running.reset:
        others.append(times.trunc(bucket.copy(), running.reset, build.catalog.spec.calendar.week_start))
    call = (exp.Avg if running.agg == "avg" else exp.Sum)(this=dense.column(value))
    rows = "UNBOUNDED" if running.kind == "to_date" else exp.Literal.number((running.window or 1) - 1)
    spec = exp.WindowSpec(kind="ROWS", start=rows, start_side="PRECEDING", end="CURRENT ROW")
    window = exp.Window(this=call, partition_by=others, order=exp.Order(expressions=[exp.Ordered(this=bucket.copy())]), spec=spec)
    columns = [*(dense.column(k) for k in dense.keys), alias(window, build.own("running_value"))]
    return build.add("running", exp.Select(expressions=columns).from_(named(dense.name), copy=False))


def _asked_anew(build: Build, leaf: Aggregate, scope: Scope) -> bool:
    """Whether what is counted depends on the bucket that it is counted in."""
    asked = (*scope.where, *leaf.filter, *leaf.where, *(g.case for g in scope.groups if g.case is not None))
    return conditions.follow_the_period(build.catalog, asked)


def _counted_key(build: Build, leaf: Aggregate) -> Group:
    field = leaf.call.find(exp.Column)
    assert field is not None
    return Group(field=f"{field.table}.{field.name}", alias=build.own("counted_key"))


def _first_counted(build: Build, grid: Relation, leaf: Aggregate, scope: Scope, group: Group) -> str:
    """Each key is new in one bucket, that of its first row; the number of keys so far is the sum of the new ones."""
    key, first, fresh_keys = _counted_key(build, leaf), build.own("first_time"), build.own("new_keys")
    others = tuple(g for g in scope.groups if g is not group)
    ref = Frame(build, leaf.home, scope).resolve(group.field or TIME)
    earliest = Aggregate(leaf.home, exp.Min(this=exp.column(ref.name, table=ref.dataset)), leaf.filter, leaf.where)
    measure = Measure(first, Formula(exp.Placeholder(this="0"), (earliest,)))
    firsts = relation(build, [measure], Scope((*others, key), scope.where, scope.time), "first_times")
    bucket = times.as_date(times.trunc(firsts.column(first), str(group.grain), build.catalog.spec.calendar.week_start))
    keys: list[exp.Expr] = [firsts.column(g.name) for g in others]
    counted = select([*keys, alias(bucket, group.name), alias(exp.Count(this=firsts.column(key.name)), fresh_keys)], firsts.name)
    counted = counted.where(exp.Not(this=exp.Is(this=firsts.column(first), expression=exp.null())), copy=False)
    name = build.add("new_by_period", counted.group_by(*(k.copy() for k in keys), bucket.copy(), copy=False))
    partition: list[exp.Expr] = [grid.column(g.name) for g in others]
    order = exp.Order(expressions=[exp.Ordered(this=grid.column(group.name), nulls_first=True)])
    spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    so_far = exp.Window(this=exp.Sum(this=exp.column(fresh_keys, table=name)), partition_by=partition, order=order, spec=spec)
    columns = [*(grid.column(k) for k in grid.keys), alias(coalesce(so_far, zero()), build.own("running_value"))]
    query = select(columns, grid.name)
    on = [null_safe(grid.column(k), exp.column(k, table=name)) for k in grid.keys]
    query.append("joins", exp.Join(this=named(name), side="LEFT", on=exp.and_(*on, copy=False)))
    return build.add("running", query)


def _recounted(build: Build, grid: Relation, leaf: Aggregate, scope: Scope, group: Group, running: Running) -> str:
    """Distinct keys per bucket first, then each window's distinct keys: the raw rows are scanned once."""
    key = _counted_key(build, leaf)
    lines = Aggregate(leaf.home, exp.Count(this=exp.Star()), leaf.filter, leaf.where)
    rows = Measure(build.own("line_count"), Formula(exp.Placeholder(this="0"), (lines,)))
    pairs = relation(build, [rows], Scope((*scope.groups, key), scope.where, scope.time), "keys_by_period")
    now, then = grid.column(group.name), pairs.column(group.name)
    on: list[exp.Expr] = [exp.LTE(this=then, expression=now)]
    if running.kind == "rolling":
        back = times.interval(running.window or 1, str(group.grain))
        on.append(exp.GT(this=then.copy(), expression=exp.Sub(this=now.copy(), expression=back)))
    if running.reset:
        week = build.catalog.spec.calendar.week_start
        on.append(exp.EQ(this=times.trunc(then.copy(), running.reset, week), expression=times.trunc(now.copy(), running.reset, week)))
    on += [null_safe(grid.column(k), pairs.column(k)) for k in grid.keys if k != group.name]
    count = exp.Count(this=exp.Distinct(expressions=[pairs.column(key.name)]))
    keys = [grid.column(k) for k in grid.keys]
    query = exp.Select(expressions=[*keys, alias(count, build.own("running_value"))]).from_(named(grid.name), copy=False)
    query.append("joins", exp.Join(this=named(pairs.name), side="LEFT", on=exp.and_(*on, copy=False)))
    return build.add("running", query.group_by(*(k.copy() for k in keys), copy=False))


def within(build: Build, base: Relation, group: Group, time: TimeRange) -> exp.Expr | None:
    """Keeps the buckets of the asked period, where a relation reaches further back."""
    if time.start is None:
        return None
    first = times.floor(time.start, str(group.grain), build.catalog.spec.calendar.week_start)
    return exp.GTE(this=base.column(group.name), expression=times.date_literal(first if isinstance(first, dt.date) else time.start))
