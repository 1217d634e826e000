"""The calendar beside the data: the days of a period that lie inside the data, and how many of them a slice has."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler import conditions
from semantic_layer.compiler import time as times
from semantic_layer.compiler.build import Build, Measure, Scope, alias, col, select
from semantic_layer.compiler.frame import Frame, table
from semantic_layer.errors import QueryError
from semantic_layer.query import FORWARD_GRAINS, TIME, AllOf, AnyOf, Condition, FieldCondition, Group, SegmentCondition


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


def periods(build: Build, measures: list[Measure], scope: Scope, group: Group) -> str:
    """The CTE of all buckets of a time group inside the data, without the days that a filter leaves out (only Mondays)."""
    calendar = build.add("days", times.day_series(data_span(build, measures, scope, group.field or TIME)))
    query = select([alias(_on_day(build, str(group.grain)), group.name)], calendar)
    kept = [c for c in scope.where if isinstance(c, FieldCondition) and c.field == (group.field or TIME) and c.grain not in (None, "hour_of_day")]
    tests = _tests(build, kept, {group.field or TIME})
    query = query.where(*tests, copy=False) if tests else query
    query.set("distinct", exp.Distinct())
    return build.add("periods", query)


def counted(build: Build, measures: list[Measure], m: Measure, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The CTE with the number of days (weeks, ...) that a measure is divided by, and its keys: the groups that are made of days.

    Days that a filter of the query or of the measure leaves out do not count.
    """
    assert m.units
    dates = {TIME, *(str(Frame(build, home, scope, m.name).resolve(TIME)) for home in m.formula.homes)}
    calendar = build.add("days", times.day_series(data_span(build, [x for x in measures if x.units], scope)))
    keys = [(g.name, tree) for g in scope.groups if (tree := _day_group(build, g, dates)) is not None]
    tests = _tests(build, scope.where, dates) + _own_tests(build, m, dates)
    unit = exp.Count(this=exp.Distinct(expressions=[times.trunc(col("day"), m.units, _week(build))]))
    query = select([*(alias(k, n) for n, k in keys), alias(unit, build.own("units"))], calendar)
    query = query.where(*tests, copy=False) if tests else query
    query = query.group_by(*(k.copy() for _, k in keys), copy=False) if keys else query
    return build.add("day_counts" if m.units == "day" else f"{m.units}s", query), tuple(n for n, _ in keys)


def _week(build: Build) -> str:
    return build.catalog.spec.calendar.week_start


def _on_day(build: Build, grain: str) -> exp.Expr:
    tree = times.trunc(col("day"), grain, _week(build))
    return times.as_date(tree) if grain in FORWARD_GRAINS else tree


def _day_group(build: Build, group: Group, dates: set[str]) -> exp.Expr | None:
    """The group of a day; None for what does not depend on the day."""
    if group.case is not None:
        test = _day_test(build, group.case, dates)
        return conditions.coalesced(test) if test is not None else None
    if group.field not in dates or group.grain in (None, "hour_of_day") or group.edges:
        return None
    return _on_day(build, str(group.grain))


def _own_tests(build: Build, m: Measure, dates: set[str]) -> list[exp.Expr]:
    """What the measure's own conditions leave of the days; it has to be the same for all its aggregates."""
    tests = [_tests(build, (*leaf.filter, *leaf.where), dates) for leaf in m.formula.aggregates]
    if any(t != tests[0] for t in tests):
        raise _unclear(str(m.units))
    return tests[0]


def _tests(build: Build, asked: Sequence[Condition], dates: set[str]) -> list[exp.Expr]:
    return [test for c in asked if (test := _day_test(build, c, dates)) is not None]


def _day_test(build: Build, condition: Condition, dates: set[str]) -> exp.Expr | None:
    """Which days a condition leaves; None if it says nothing of days. Raises QueryError where it says so of some rows only."""
    if isinstance(condition, FieldCondition):
        if condition.field not in dates or condition.grain == "hour_of_day":
            return None
        if condition.grain is None and not conditions.of_days(condition):
            raise _unclear(condition.field)
        return conditions.on_column(condition, _on_day(build, condition.grain) if condition.grain else col("day"))
    if not isinstance(condition, (AnyOf, AllOf, SegmentCondition)):
        return None
    either = isinstance(condition, AnyOf)
    parts = [_day_test(build, part, dates) for part in conditions.parts(build.catalog, condition)]
    tests = [test for test in parts if test is not None]
    if not tests:
        return None
    if len(tests) < len(parts) and (either or condition.negated):
        raise _unclear("any_of" if either else "all_of")
    tree = exp.Paren(this=(exp.or_ if either else exp.and_)(*tests, copy=False))
    return conditions.is_not_true(tree) if condition.negated else tree


def _unclear(subject: str) -> QueryError:
    return QueryError(
        f"An average per day cannot be told here: {subject} leaves parts of days, or other days for other rows.",
        f"这里无法求每日平均：{subject} 只留下一天的一部分，或不同的行留下不同的日子。",
        subject=subject,
    )
