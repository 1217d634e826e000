"""One home's aggregates as SQL: each call over the home's rows, what all of them share in WHERE, the groups in GROUP BY."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.compiler import conditions, entity
from semantic_layer.compiler import time as times
from semantic_layer.compiler.build import Build, Scope, alias, coalesce, col, zero
from semantic_layer.compiler.frame import Frame
from semantic_layer.errors import QueryError
from semantic_layer.query import FORWARD_GRAINS, Group


@dataclass
class Block:
    """The aggregates of one home dataset, each under the name of its column."""

    home: str
    leaves: dict[str, Aggregate] = field(default_factory=dict)
    asked_by: list[str] = field(default_factory=list)


def group_expression(frame: Frame, group: Group) -> exp.Expr:
    """What a group is in terms of a frame's rows."""
    held = frame.held(group)
    if held is not None:
        return held
    if group.bucket:
        return entity.bucket_expression(frame, group.bucket)
    if group.case is not None:
        return conditions.coalesced(conditions.predicate(frame, group.case))
    assert group.field
    column = frame.bucket(group.field, group.grain)
    return _ranges(frame, group, column) if group.edges else column


def _ranges(frame: Frame, group: Group, column: exp.Expr) -> exp.Expr:
    assert group.field
    kind = frame.resolve(group.field).spec.type if group.grain is None else "date" if group.grain in FORWARD_GRAINS else "integer"
    if kind not in ("integer", "number"):
        raise QueryError(f"{group.field} is no number, so it has no ranges.", f"{group.field} 不是数字，不能分段。", subject=group.field)
    return entity.edges_case(column, group.edges, kind == "integer")


class Calls:
    """The aggregate calls of one block over the rows of its home."""

    def __init__(self, build: Build, block: Block, scope: Scope, frame: Frame | None = None) -> None:
        self.build, self.block, self.scope = build, block, scope
        self.frame = frame or Frame(build, block.home, scope, ", ".join(block.asked_by))
        self.groups = [(g, group_expression(self.frame, g)) for g in scope.groups]
        self.where = self._where()
        tests = {name: self._tests(leaf) for name, leaf in block.leaves.items()}
        first = next(iter(tests.values()), [])
        shared = all(t == first for t in tests.values())
        self.where += first if shared else []
        self.tests = {} if shared else tests

    def _where(self) -> list[exp.Expr]:
        return self.frame.time_conditions(self.scope.time) + conditions.predicates(self.frame, self.scope.where)

    def _tests(self, leaf: Aggregate) -> list[exp.Expr]:
        tests = conditions.predicates(self.frame, leaf.filter, correlated=True)
        tests += conditions.predicates(self.frame, leaf.where)
        return [*tests, _latest(self.frame)] if semi_additive(self.build, leaf) else tests

    def _call(self, name: str) -> exp.Expr:
        """The aggregate over the frame's columns."""
        call = self.block.leaves[name].call.copy()
        return call.transform(lambda n: self.frame.column(f"{n.table}.{n.name}") if isinstance(n, exp.Column) else n, copy=False)

    def _shown(self, group: Group, tree: exp.Expr) -> exp.Expr:
        """The group as a column of a CTE: a bucket of time is a date."""
        return alias(times.as_date(tree.copy()) if group.grain in FORWARD_GRAINS else tree.copy(), group.name)

    def sql(self, name: str) -> exp.Expr:
        """The aggregate under its tests; a sum or count of no rows is 0."""
        call = self._call(name)
        tests = [t.copy() for t in self.tests.get(name, [])]
        empties = isinstance(call, exp.Sum) and (bool(tests) or not self.groups)
        if tests:
            call = exp.Filter(this=call, expression=exp.Where(this=exp.and_(*tests, copy=False)))
        return coalesce(call, zero()) if empties else call

    def select(self, columns: list[exp.Expr]) -> exp.Select:
        """SELECT groups, columns FROM home with joins, WHERE and GROUP BY."""
        query = exp.Select(expressions=[*(self._shown(g, t) for g, t in self.groups), *columns])
        query = self.frame.attach(query)
        if self.where:
            query = query.where(*self.where, copy=False)
        return query.group_by(*(t.copy() for _, t in self.groups), copy=False) if self.groups else query


def semi_additive(build: Build, leaf: Aggregate) -> bool:
    """Whether it adds over everything but time: a balance, of which each key's last row of the period counts."""
    return build.catalog.dataset(leaf.home).snapshot is not None and isinstance(leaf.call, exp.Sum)


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
