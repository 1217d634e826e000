"""The FROM clause of one home dataset: the fact, and the dimensions and entity facts joined to it when asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.catalog import Catalog, FieldRef
from semantic_layer.compiler import time as times
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, col, named, null_safe
from semantic_layer.errors import QueryError, UnreachableError
from semantic_layer.query import TIME, Group, TimeRange


class Frame:
    """One home dataset and its LEFT JOINs, each proven many-to-one, so that no row of the home is lost or doubled."""

    def __init__(self, build: Build, home: str, scope: Scope, what: str = "") -> None:
        self.build = build
        self.home = home
        self.scope = scope
        self.what = what or home
        self._joins: dict[str, exp.Join] = {}

    @property
    def catalog(self) -> Catalog:
        """The catalog of this compilation."""
        return self.build.catalog

    def source(self) -> exp.Table:
        """The home table under the dataset's name."""
        return table(self.catalog, self.home)

    def attach(self, query: exp.Select) -> exp.Select:
        """`query` with FROM and all joins collected so far."""
        query = query.from_(self.source(), copy=False)
        for join in self._joins.values():
            query.append("joins", join)
        return query

    def resolve(self, name: str) -> FieldRef:
        """The field that `time`, an entity or `dataset.field` means from this home.

        Raises UnknownNameError, UnreachableError, AmbiguousPathError.
        """
        if name == TIME:
            return self._time_field()
        if "." not in name and name in self.catalog.spec.entities:
            return self.entity_key(name)
        ref = self.catalog.field(name)
        if ref.dataset == self.home:
            return ref
        entity = self.catalog.entity_of(ref)
        if entity and self.catalog.entity_field(entity, self.home):
            return self.entity_key(entity)
        if self.catalog.path(self.home, ref.dataset) is None:
            raise unreachable(self.what, self.home, str(ref))
        return ref

    def entity_key(self, entity: str) -> FieldRef:
        """The key of an entity: the home's own, or one that the home reaches."""
        self.catalog.entity(entity)
        own = self.catalog.entity_field(entity, self.home)
        if own:
            return self.catalog.field(f"{self.home}.{own}")
        reached = [
            (len(path), dataset)
            for dataset in self.catalog.spec.datasets
            if self.catalog.entity_field(entity, dataset) and (path := self.catalog.path(self.home, dataset))
        ]
        if not reached:
            raise unreachable(self.what, self.home, entity)
        dataset = min(reached)[1]
        return self.catalog.field(f"{dataset}.{self.catalog.entity_field(entity, dataset)}")

    def has_time(self) -> bool:
        """Whether `time` means anything here."""
        return bool(self.scope.time and self.scope.time.field) or self.catalog.dataset(self.home).time is not None

    def _time_field(self) -> FieldRef:
        named = self.scope.time.field if self.scope.time else None
        if named:
            return self.resolve(named)
        own = self.catalog.dataset(self.home).time
        if own is None:
            raise UnreachableError(
                f"{self.what} has no date (dataset {self.home}), so it cannot be filtered, split or compared by time.",
                f"{self.what} 没有日期（数据集 {self.home}），不能按时间筛选、拆分或比较。",
                subject=TIME,
            )
        return self.resolve(own) if "." in own else self.catalog.field(f"{self.home}.{own}")

    def column(self, name: str) -> exp.Expr:
        """The SQL of a field, joining its dataset if need be."""
        ref = self.resolve(name)
        self._join_path(ref.dataset)
        return own_column(self.catalog, ref)

    def bucket(self, name: str, grain: str | None) -> exp.Expr:
        """The SQL of a field, cut to a grain."""
        column = self.column(name)
        if grain is None:
            return column
        kind = self.resolve(name).spec.type
        if kind not in ("date", "datetime"):
            raise QueryError(f"{name} is no date, so it has no {grain}.", f"{name} 不是日期，不能按 {grain} 划分。", subject=name)
        if kind == "date" and grain in ("hour", "hour_of_day"):
            raise QueryError(f"{name} holds days, not hours.", f"{name} 只记到天，不能按小时划分。", subject=name)
        return times.trunc(column, grain, self.catalog.spec.calendar.week_start)

    def held(self, group: Group) -> exp.Expr | None:
        """The column of a group that these rows are already one per; none in a home dataset."""
        return None

    def values(self, measure: Measure, scope: Scope) -> Relation | None:
        """These rows, if they hold the measure once per key of that scope; never in a home dataset."""
        return None

    def time_conditions(self, time: TimeRange | None) -> list[exp.Expr]:
        """Half-open conditions on the time column; none for an open range."""
        if time is None or (time.start is None and time.end is None):
            return []
        return times.in_range(self.column(time.field or TIME), time)

    def _join_path(self, dataset: str) -> None:
        for rel in self.catalog.path(self.home, dataset) or ():
            if rel.one in self._joins:
                continue
            on = [
                exp.EQ(
                    this=own_column(self.catalog, self.catalog.field(f"{rel.many}.{f}")),
                    expression=own_column(self.catalog, self.catalog.field(f"{rel.one}.{t}")),
                )
                for f, t in rel.pairs
            ]
            self._joins[rel.one] = _left_join(table(self.catalog, rel.one), on)

    def join_facts(self, name: str, keys: list[tuple[str, exp.Expr, bool]]) -> None:
        """LEFT JOINs the CTE `name`, which holds one row per key: (its column, ours, null-safe).

        Several keys are compared as one: ours may stand in several tables, and a database that may choose joins the facts to one of
        them by a part of the key (all orders of a quarter with all customers of it), which took seventy times as long.
        """
        if name in self._joins:
            return
        theirs = [col(key, name) for key, _, _ in keys]
        if len(keys) == 1:
            _, ours, safe = keys[0]
            on = [null_safe(ours, theirs[0]) if safe else exp.EQ(this=ours, expression=theirs[0])]
        else:
            filled = [exp.Not(this=exp.Is(this=t.copy(), expression=exp.null())) for t, (_, _, safe) in zip(theirs, keys, strict=True) if not safe]
            on = [null_safe(exp.Tuple(expressions=[ours for _, ours, _ in keys]), exp.Tuple(expressions=theirs)), *filled]
        self._joins[name] = _left_join(named(name), on)


def _left_join(target: exp.Expr, on: Sequence[exp.Expr]) -> exp.Join:
    return exp.Join(this=target, side="LEFT", on=exp.and_(*on, copy=False))


def table(catalog: Catalog, dataset: str) -> exp.Table:
    """The table of a dataset, named as the dataset."""
    source = catalog.dataset(dataset).source or dataset
    parts = [exp.to_identifier(p) for p in source.split(".")]
    db = parts[-2] if len(parts) > 1 else None
    named = None if source == dataset else exp.TableAlias(this=exp.to_identifier(dataset))
    return exp.Table(this=parts[-1], db=db, alias=named)


def own_column(catalog: Catalog, ref: FieldRef) -> exp.Expr:
    """A field as SQL, its columns qualified by the dataset's name."""
    tree = catalog.expression(ref)
    if isinstance(tree, exp.Column):
        return exp.column(tree.name, table=ref.dataset)
    tree = tree.copy()
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(ref.dataset))
    # Whatever it will stand in must not take it apart: (a - b) * 2.
    return exp.Paren(this=tree) if isinstance(tree, _OPERATIONS) else tree


_OPERATIONS = (exp.Binary, exp.Unary, exp.Between, exp.In)


def unreachable(what: str, home: str, goal: str) -> UnreachableError:
    """The refusal of a filter or group that a home does not reach."""
    return UnreachableError(
        f"{what} cannot be filtered or split by {goal}: dataset {home} has no many-to-one path to it. "
        f"Choose a dimension that {home} points to, or another metric.",
        f"{what} 不能按 {goal} 筛选或拆分：数据集 {home} 没有通向它的多对一路径。请换一个 {home} 指向的维度，或换一个指标。",
        subject=goal,
    )
