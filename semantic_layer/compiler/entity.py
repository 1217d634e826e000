"""Facts about one entity at a time (its metric, its existence elsewhere, its first event), joined by its key.

Each becomes a CTE with one row per key, so that joining it can neither lose nor double a row of the home.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sqlglot import exp

from semantic_layer.compiler import aggregate, calls, conditions
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, coalesce, col, fresh, select, zero
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.resolve import measure
from semantic_layer.compiler.time import in_range, interval, trunc
from semantic_layer.query import (
    TIME,
    Bucket,
    Condition,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    Group,
    MetricRef,
    TimeRange,
)


def slice_of(build: Build, entity: str, groups: tuple[Group, ...], where: tuple[Condition, ...], scope: Scope) -> Scope:
    """The scope of values that stand once per entity and group: its first group is the key."""
    key = Group(field=entity, alias=build.own("entity_key", (g.name for g in groups)))
    return Scope((key, *groups), where, scope.time)


def _own_period(scope: Scope, time: TimeRange | None) -> tuple[TimeRange | None, tuple[Group, ...]]:
    """The period of a condition and the time group it follows: its own, or that of the rows it is asked for."""
    if time is not None:
        return time, ()
    group = scope.time_group
    return scope.time, (group,) if group else ()


def condition_measure(build: Build, scope: Scope, condition: EntityCondition, correlated: bool) -> tuple[Measure, Scope]:
    """The measure that a condition compares, and the slice in which it is taken."""
    time, groups = _own_period(scope, condition.time)
    where = condition.where
    if correlated and condition.time is None:
        groups, where = scope.groups, scope.where + where
    groups = tuple(g for g in groups if g.field != condition.entity)
    return _per_entity(build, condition.metric, condition.entity, groups, where, time)


_DECIMALS = 6  # beyond them a sum is what its arithmetic made of it


def bucket_measure(build: Build, scope: Scope, bucket: Bucket) -> tuple[Measure, Scope]:
    """The measure that a bucket divides, and the slice in which it is taken."""
    time = bucket.time if bucket.time is not None else scope.time
    return _per_entity(build, bucket.metric, bucket.entity, (), bucket.where, time)


def _per_entity(
    build: Build, metric: MetricRef, entity: str, groups: tuple[Group, ...], where: tuple[Condition, ...], time: TimeRange | None
) -> tuple[Measure, Scope]:
    inner = slice_of(build, entity, groups, where, Scope(time=time))
    resolved = measure(build, metric, entity)
    return replace(resolved, name=fresh(resolved.name, (g.name for g in inner.groups))), inner


def metric_test(frame: Frame, condition: EntityCondition, correlated: bool) -> exp.Expr:
    """A comparison of the entity's metric, or its rank among all entities."""
    resolved, scope = condition_measure(frame.build, frame.scope, condition, correlated)
    groups = scope.groups[1:]
    inner = _values(frame, resolved, scope, condition.metric.name)
    if condition.op is None:
        return _ranked(frame, condition, inner, groups)
    value = _value(frame, condition.entity, inner, groups)
    if resolved.zero_when_empty and _holds(condition, 0):
        value = coalesce(value, zero())
    return compare(condition.op, value, condition.value)


def _values(frame: Frame, resolved: Measure, scope: Scope, hint: str) -> Relation:
    """The measure once per key of the scope: the frame's own rows where they hold it, else a CTE."""
    return frame.values(resolved, scope) or aggregate.relation(frame.build, [resolved], scope, hint)


def _value(frame: Frame, entity: str, inner: Relation, groups: tuple[Group, ...] = ()) -> exp.Expr:
    """The value of a row's entity; empty where the row has none."""
    column = inner.column(inner.values[0])
    if inner.name == frame.source().name:
        return exp.Case(ifs=[exp.If(this=known(frame.column(entity)), true=column)])
    _join(frame, entity, inner.name, inner.keys[0], groups)
    return column


def _join(frame: Frame, entity: str, name: str, key: str, groups: tuple[Group, ...] = ()) -> None:
    keys = [(key, frame.column(entity), False)]
    for group in groups:
        keys.append((group.name, calls.group_expression(frame, group), True))
    frame.join_facts(name, keys)


def known(tree: exp.Expr) -> exp.Expr:
    """NOT tree IS NULL."""
    return exp.Not(this=exp.Is(this=tree, expression=exp.null()))


def _holds(condition: EntityCondition, number: float) -> bool:
    value = condition.value
    if isinstance(value, tuple):
        return value[0] <= number <= value[1]
    assert value is not None and condition.op is not None
    return {
        "=": number == value, "!=": number != value, "<": number < value,
        "<=": number <= value, ">": number > value, ">=": number >= value,
    }[condition.op]  # fmt: skip


def compare(op: str, left: exp.Expr, value: float | tuple[float, float] | None) -> exp.Expr:
    """left op value for numbers; between includes both ends."""
    if isinstance(value, tuple):
        return exp.Between(this=left, low=number(value[0]), high=number(value[1]))
    assert value is not None
    kinds: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "=": exp.EQ, "!=": exp.NEQ}
    return kinds[op](this=left, expression=number(value))


def number(value: float) -> exp.Expr:
    """A number as a literal, whole ones without a point."""
    tree = exp.Literal.number(int(value) if float(value).is_integer() else repr(float(value)).lstrip("-"))
    return exp.Neg(this=tree) if value < 0 and not float(value).is_integer() else tree


def _ranked(frame: Frame, condition: EntityCondition, inner: Relation, groups: tuple[Group, ...]) -> exp.Expr:
    """The first entities by the metric; a share of them is rounded up. Ties go to the smaller key."""
    value, key = inner.column(inner.values[0]), inner.column(inner.keys[0])
    partition: list[exp.Expr] = [inner.column(g.name) for g in groups]
    desc = condition.top is not None
    order = exp.Order(expressions=[exp.Ordered(this=value, desc=desc, nulls_first=False), exp.Ordered(this=key.copy(), nulls_first=False)])
    position = exp.Window(this=exp.RowNumber(), partition_by=partition, order=order)
    place, entities = (frame.build.own(hint, inner.keys) for hint in ("position", "entities"))
    columns = [key.copy(), *(p.copy() for p in partition), alias(position, place)]
    total = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[p.copy() for p in partition])
    ranked = select([*columns, alias(total, entities)], inner.name)
    ranked = ranked.where(known(key.copy()), copy=False)
    name = frame.build.add(f"{condition.entity}_ranked", ranked)
    _join(frame, condition.entity, name, inner.keys[0], groups)
    n = condition.top if condition.top is not None else condition.bottom
    assert n is not None
    bound: exp.Expr = number(n)
    if condition.percent:
        bound = exp.Ceil(this=exp.Div(this=exp.Mul(this=col(entities, name), expression=number(n)), expression=number(100)))
    return exp.LTE(this=col(place, name), expression=bound)


def exists_test(frame: Frame, condition: ExistsCondition) -> exp.Expr:
    """Whether the entity has a row in the dataset."""
    frame.catalog.dataset(condition.exists)
    inner, groups = _other_frame(frame, condition.entity, condition.exists, condition.time)
    keys = _keys(inner, condition.entity, groups)
    name = _facts(inner, f"{condition.entity}_in_{condition.exists}", keys, [], condition.where)
    _join(frame, condition.entity, name, keys[0][0], groups)
    return known(col(keys[0][0], name))


def event_test(frame: Frame, condition: EventCondition) -> exp.Expr:
    """Whether the entity's first or last event falls inside the period (with a time group: inside the row's bucket)."""
    time, groups = _own_period(frame.scope, condition.time)
    held = [g for g in groups if frame.held(g) is not None]
    marks = [g for g in groups if g not in held]
    events = event_times(frame.build, condition, time, marks)
    _join(frame, condition.entity, events.name, events.keys[0])
    moment = events.column(events.values[0])
    tests = in_range(moment, time) if time else []
    for group in held:
        bucket = trunc(moment.copy(), str(group.grain), frame.catalog.spec.calendar.week_start)
        tests.append(exp.EQ(this=bucket, expression=calls.group_expression(frame, group)))
    for n, group in enumerate(marks):
        own, (start, end) = frame.column(group.field or TIME), events.values[1 + 2 * n : 3 + 2 * n]
        tests.append(_inside(own, events.column(start), events.column(end), frame.column(condition.entity)))
    return exp.and_(*tests, copy=False) if tests else known(moment)


def _inside(own: exp.Expr, start: exp.Expr, end: exp.Expr, key: exp.Expr) -> exp.Expr:
    """start <= own < end. Where the time stands in another table than the entity, a database that may choose joins the events to that
    table by time alone (all orders with all first orders of their month); it cannot by a CASE.
    """
    test = exp.and_(exp.GTE(this=own, expression=start), exp.LT(this=own.copy(), expression=end), copy=False)
    if {c.table for c in own.find_all(exp.Column)} == {c.table for c in key.find_all(exp.Column)}:
        return test
    return exp.Case(ifs=[exp.If(this=test, true=exp.true())], default=exp.false())


def event_times(build: Build, condition: EventCondition, time: TimeRange | None, marks: Sequence[Group] = ()) -> Relation:
    """When each entity had its first or last event. `marks` add the bounds of its bucket: comparing a row with them beats
    cutting each row's time to the grain.
    """
    build.catalog.dataset(condition.dataset)
    inner = Frame(build, condition.dataset, Scope(time=TimeRange(field=time.field) if time and time.field else None))
    moment = (exp.Min if condition.event == "first" else exp.Max)(this=inner.column(TIME))
    columns: dict[str, exp.Expr] = {f"{condition.event}_at": moment}
    for group in marks:
        start = trunc(moment.copy(), str(group.grain), build.catalog.spec.calendar.week_start)
        columns[f"{group.grain}_start"] = start
        columns[f"{group.grain}_end"] = exp.Add(this=start.copy(), expression=interval(1, str(group.grain)))
    keys = _keys(inner, condition.entity, ())
    name = _facts(inner, f"{condition.entity}_{condition.event}", keys, [alias(t, n) for n, t in columns.items()], condition.where)
    return Relation(name, (keys[0][0],), tuple(columns))


def _other_frame(frame: Frame, entity: str, dataset: str, time: TimeRange | None) -> tuple[Frame, tuple[Group, ...]]:
    """A frame of another dataset for the period of the condition; a dataset without dates has no period."""
    period, groups = _own_period(frame.scope, time)
    inner = Frame(frame.build, dataset, Scope(groups, (), period), f"{entity} in {dataset}")
    if time is None and not inner.has_time():
        return Frame(frame.build, dataset, Scope(), inner.what), ()
    return inner, groups


def _keys(inner: Frame, entity: str, groups: tuple[Group, ...]) -> list[tuple[str, exp.Expr]]:
    key = inner.build.own("entity_key", (g.name for g in groups))
    return [(key, inner.column(entity)), *((g.name, calls.group_expression(inner, g)) for g in groups)]


def _facts(
    inner: Frame, hint: str, keys: list[tuple[str, exp.Expr]], columns: list[exp.Expr], where: tuple[Condition, ...]
) -> str:
    """A CTE with one row per combination of keys."""
    tests = inner.time_conditions(inner.scope.time) + conditions.predicates(inner, where)
    query = exp.Select(expressions=[*(alias(k, n) for n, k in keys), *columns])
    query = inner.attach(query)
    if tests:
        query = query.where(*tests, copy=False)
    query = query.group_by(*(k.copy() for _, k in keys), copy=False)
    return inner.build.add(hint, query)


def bucket_expression(frame: Frame, bucket: Bucket) -> exp.Expr:
    """The label of the bucket that the row's entity falls in."""
    resolved, scope = bucket_measure(frame.build, frame.scope, bucket)
    inner = _values(frame, resolved, scope, f"{bucket.metric.name}_by_{bucket.entity}")
    if bucket.parts:
        return _part(frame, bucket, inner)
    value = _value(frame, bucket.entity, inner)
    return edges_case(coalesce(value, zero()) if resolved.zero_when_empty else value, bucket.edges, whole(resolved))


def whole(resolved: Measure) -> bool:
    """Whether the measure gives whole numbers: a count."""
    formula = resolved.formula
    return resolved.units is None and resolved.over is None and formula.zero_when_empty and all(a.counts for a in formula.aggregates)


def _part(frame: Frame, bucket: Bucket, inner: Relation) -> exp.Expr:
    value, key = inner.column(inner.values[0]), inner.column(inner.keys[0])
    order = exp.Order(expressions=[exp.Ordered(this=value, desc=True, nulls_first=False), exp.Ordered(this=key.copy(), nulls_first=False)])
    part = exp.Window(this=exp.Ntile(this=number(bucket.parts or 1)), order=order)
    query = select([key.copy(), alias(part, "part")], inner.name)
    query = query.where(known(key.copy()), copy=False)
    name = frame.build.add(f"{bucket.entity}_parts", query)
    _join(frame, bucket.entity, name, inner.keys[0])
    return col("part", name)


def edge_labels(edges: tuple[float, ...], integral: bool) -> list[str]:
    """The labels of the buckets from the lowest on: "<1", "1-5", "6-20", "21+". Values that are not whole: "0-<100"."""

    def shown(x: float) -> str:
        return str(int(x)) if float(x).is_integer() else str(x)

    labels = [f"<{shown(edges[0])}"]
    for low, high in pairwise(edges):
        if integral and high == low + 1:
            labels.append(shown(low))
        else:
            labels.append(f"{shown(low)}-{shown(high - 1)}" if integral else f"{shown(low)}-<{shown(high)}")
    return [*labels, f"{shown(edges[-1])}+"]


def edges_case(value: exp.Expr, edges: tuple[float, ...], integral: bool) -> exp.Expr:
    """CASE WHEN value < edge THEN label ... END; an empty value has no bucket.

    Values that are not whole are rounded: of a sum of cents in binary, 10.00 is 9.999999999.
    """
    labels = edge_labels(edges, integral)
    value = value if integral else exp.Round(this=value, decimals=exp.Literal.number(_DECIMALS))
    ifs = [
        exp.If(this=exp.LT(this=value.copy(), expression=number(edge)), true=exp.Literal.string(label))
        for edge, label in zip(edges, labels, strict=False)
    ]
    ifs.append(exp.If(this=exp.GTE(this=value.copy(), expression=number(edges[-1])), true=exp.Literal.string(labels[-1])))
    return exp.Case(ifs=ifs)
