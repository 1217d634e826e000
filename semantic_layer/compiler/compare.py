"""Sets each measure beside an earlier period: two separate queries, joined on the groups."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from semantic_layer.catalog.expressions import divide
from semantic_layer.compiler import conditions
from semantic_layer.compiler import time as times
from semantic_layer.compiler.aggregate import relation
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, coalesce, named, null_safe, zero
from semantic_layer.compiler.days import data_span
from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Compare, Group, TimeRange

SIDES = ("previous", "difference", "growth")


def compared(build: Build, measures: list[Measure], scope: Scope, compare: Compare) -> tuple[Relation, Scope, TimeRange | None]:
    """The measures with their previous values, differences and growth.

    Returns the relation, the scope it really covers (an unfinished period ends today) and the earlier period.
    """
    group = scope.time_group
    if group is not None:
        return _along_time(build, measures, scope, compare, group)
    current, earlier = _periods(build, scope, compare)
    scope = Scope(scope.groups, scope.where, current)
    now = relation(build, measures, scope, "current")
    before = relation(build, measures, Scope(scope.groups, scope.where, earlier), "previous")
    span = data_span(build, measures, Scope((), (), earlier))
    query = _beside(measures, now, before, covered=_covered(span))
    return _named(build, query, now, measures), scope, earlier


def _covered(span: str) -> exp.Expr:
    """Whether the data reach into the earlier period at all; where they do not, its values are unknown and not 0."""
    inside = exp.LTE(this=exp.column("first_day"), expression=exp.column("last_day"))
    return exp.Subquery(this=exp.Select(expressions=[inside]).from_(named(span), copy=False))


def _periods(build: Build, scope: Scope, compare: Compare) -> tuple[TimeRange, TimeRange]:
    time = scope.time
    if time is None or time.start is None:
        raise QueryError(
            "A comparison needs a period with a beginning: say which one is compared.",
            "比较需要一个有起点的时间段：请说明比较哪一段时间。",
            subject="time",
        )
    if time.end is None:
        time = time.model_copy(update={"end": max(build.today, time.start) + dt.timedelta(days=1)})
    if compare.range is not None:
        return time, compare.range.model_copy(update={"field": compare.range.field or time.field})
    return times.previous(time, build.today, compare.to)


def _along_time(
    build: Build, measures: list[Measure], scope: Scope, compare: Compare, group: Group
) -> tuple[Relation, Scope, TimeRange | None]:
    """Each bucket beside the bucket that lies one step earlier on the calendar (never just the row before)."""
    count, grain, earlier = _step(build, scope, compare, group)
    fill = len(scope.groups) == 1
    both = _both(build, measures, scope, earlier, group)
    if both is not None:
        now = before = relation(build, measures, both, "periods_compared", fill)
    else:
        now = relation(build, measures, scope, "current", fill)
        before = relation(build, measures, Scope(scope.groups, scope.where, earlier), "previous", fill)
    query = _beside(measures, now, before, moved=(group.name, times.interval(count, grain)))
    if both is not None and scope.time and scope.time.start:
        inside = exp.GTE(this=exp.column(group.name, table="now"), expression=times.date_literal(scope.time.start))
        query = query.where(inside, copy=False)
    return _named(build, query, now, measures), scope, earlier


def _both(build: Build, measures: list[Measure], scope: Scope, earlier: TimeRange | None, group: Group) -> Scope | None:
    """The scope of both periods, where one pass gives each bucket the value that it has in its own period.

    So it is when the buckets are of the date that the period is of, both periods are whole buckets with no gap between
    them, and nothing is asked of a period as a whole.
    """
    time, catalog = scope.time, build.catalog
    asked = (*scope.where, *(g.case for g in scope.groups if g.case is not None))
    if any(g.bucket for g in scope.groups) or any(m.units for m in measures) or conditions.follow_the_period(catalog, asked):
        return None
    if time is None or earlier is None:
        return scope
    if group.field not in (TIME, time.field):
        return None
    ends = [day for t in (time, earlier) for day in (t.start, t.end) if day is not None]
    if earlier.field != time.field or any(day != times.floor(day, str(group.grain), catalog.spec.calendar.week_start) for day in ends):
        return None
    if time.start is None or earlier.start is None:
        return scope
    if earlier.start > time.start or (earlier.end is not None and earlier.end < time.start):
        return None
    return Scope(scope.groups, scope.where, time.model_copy(update={"start": earlier.start, "words": ""}))


def _step(build: Build, scope: Scope, compare: Compare, group: Group) -> tuple[int, str, TimeRange | None]:
    """How far back each bucket looks (a count of grains), and the period that covers."""
    time = scope.time
    if compare.range is not None:
        current, earlier = _periods(build, scope, compare)
        assert current.start and earlier.start
        if current.start.day == 1 and earlier.start.day == 1:
            months = (current.start.year - earlier.start.year) * 12 + current.start.month - earlier.start.month
            return months, "month", earlier
        return (current.start - earlier.start).days, "day", earlier
    grain = "year" if compare.to == "last_year" else str(group.grain)
    if time is None:
        return 1, grain, None
    ends = {side: times.shift(day, -1, grain) for side in ("start", "end") if (day := getattr(time, side))}
    return 1, grain, time.model_copy(update={**ends, "words": ""})


def _beside(
    measures: list[Measure],
    now: Relation,
    before: Relation,
    covered: exp.Expr | None = None,
    moved: tuple[str, exp.Expr] | None = None,
) -> exp.Select:
    """Both periods on one row per group; with `covered` groups that only one period has are kept."""

    def earlier_key(key: str) -> exp.Expr:
        tree: exp.Expr = exp.column(key, table="earlier")
        if moved and key == moved[0]:
            tree = times.as_date(exp.Add(this=tree, expression=moved[1].copy()))
        return tree

    columns: list[exp.Expr] = []
    for key in now.keys:
        own: exp.Expr = exp.column(key, table="now")
        columns.append(alias(coalesce(own, earlier_key(key)) if covered else own, key))
    for m in measures:
        columns += _columns(m, covered)
    query = exp.Select(expressions=columns).from_(named(now.name, "now"), copy=False)
    on = [null_safe(exp.column(k, table="now"), earlier_key(k)) for k in now.keys]
    target = named(before.name, "earlier")
    if on:
        query.append("joins", exp.Join(this=target, side="FULL" if covered else "LEFT", on=exp.and_(*on, copy=False)))
    else:
        query.append("joins", exp.Join(this=target, kind="CROSS"))
    return query


def _columns(m: Measure, covered: exp.Expr | None) -> list[exp.Expr]:
    current: exp.Expr = exp.column(m.name, table="now")
    before: exp.Expr = exp.column(m.name, table="earlier")
    if covered and m.zero_when_empty:
        current = coalesce(current, zero())
        before = exp.Case(ifs=[exp.If(this=covered.copy(), true=coalesce(before, zero()))])
    return [alias(current, m.name), alias(before, f"{m.name}_previous")]


def _named(build: Build, query: exp.Select, now: Relation, measures: list[Measure]) -> Relation:
    """Both values side by side, then what changed between them."""
    name = build.add("side_by_side", query)
    columns: list[exp.Expr] = [exp.column(k) for k in now.keys]
    for m in measures:
        current, before = exp.column(m.name), exp.column(f"{m.name}_previous")
        change = exp.Sub(this=current.copy(), expression=before.copy())
        columns += [current, before, alias(change, f"{m.name}_difference")]
        columns.append(alias(divide(exp.Paren(this=change.copy()), before.copy()), f"{m.name}_growth"))
    values = [n for m in measures for n in (m.name, *(f"{m.name}_{s}" for s in SIDES))]
    compared_rows = exp.Select(expressions=columns).from_(named(name), copy=False)
    return Relation(build.add("compared", compared_rows), now.keys, tuple(values))
