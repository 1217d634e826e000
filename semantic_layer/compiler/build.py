"""What the steps of one compilation share: the catalog, the clock, and the list of named CTEs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Formula
from semantic_layer.query import Condition, Grain, Group, TimeRange


@dataclass(frozen=True)
class Measure:
    """A metric of the query, resolved. `units` divides by calendar units, `over` aggregates it once per group."""

    name: str
    formula: Formula
    units: Grain | None = None
    over: Group | None = None
    agg: str | None = None

    @property
    def zero_when_empty(self) -> bool:
        """Whether no rows mean 0."""
        return self.formula.zero_when_empty and self.units is None and self.over is None


@dataclass(frozen=True)
class Scope:
    """The slice a condition or an aggregate is evaluated in."""

    groups: tuple[Group, ...] = ()
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None

    @property
    def time_group(self) -> Group | None:
        """The group that is time moving forward."""
        return next((g for g in self.groups if g.grain in ("day", "week", "month", "quarter", "half", "year")), None)


@dataclass(frozen=True)
class Relation:
    """A named CTE with one row per combination of `keys` and a column per measure in `values`."""

    name: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    def column(self, name: str) -> exp.Column:
        """A column of this relation."""
        return exp.column(name, table=self.name)


@dataclass
class Build:
    """The state of one compilation. Steps add CTEs in the order in which they are needed."""

    catalog: Catalog
    today: dt.date
    columns: tuple[str, ...] = ()
    ctes: dict[str, exp.Query] = field(default_factory=dict)
    _known: dict[exp.Query, str] = field(default_factory=dict)

    def add(self, hint: str, query: exp.Query) -> str:
        """Names a query as a CTE, as no table is named; the same query is added once only. It may not change afterwards."""
        if query not in self._known:
            name = fresh(hint, (*self.ctes, *_tables(self.catalog)))
            self.ctes[name] = query
            self._known[query] = name
        return self._known[query]

    def own(self, hint: str, taken: Iterable[str] = ()) -> str:
        """A name for a column of ours that no column of the answer has."""
        return fresh(hint, (*self.columns, *taken))

    def finish(self, query: exp.Select) -> exp.Select:
        """The whole statement: the CTEs in order, then `query`."""
        if self.ctes:
            ctes = [exp.CTE(this=body, alias=exp.TableAlias(this=exp.to_identifier(name))) for name, body in self.ctes.items()]
            query.set("with_", exp.With(expressions=ctes))
        return query


def fresh(hint: str, taken: Iterable[str]) -> str:
    """`hint`, or with a number, such that none of `taken` has it in whatever case."""
    used = {t.lower() for t in taken}
    name, n = hint, 2
    while name.lower() in used:
        name, n = f"{hint}_{n}", n + 1
    return name


def _tables(catalog: Catalog) -> Iterable[str]:
    """The names of datasets and of the tables they lie in: a CTE of such a name would hide the table."""
    for name, spec in catalog.spec.datasets.items():
        yield name
        if spec.source:
            yield spec.source.rsplit(".", 1)[-1]


def col(name: str, table: str | None = None) -> exp.Column:
    """A column; always quoted when generated."""
    return exp.column(name, table=table)


def named(table: str, alias: str | None = None) -> exp.Table:
    """A CTE in FROM or a join."""
    return exp.Table(this=exp.to_identifier(table), alias=exp.TableAlias(this=exp.to_identifier(alias)) if alias else None)


def alias(tree: exp.Expr, name: str) -> exp.Expr:
    """`tree AS name`."""
    return exp.Alias(this=tree, alias=exp.to_identifier(name))


def null_safe(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """left IS NOT DISTINCT FROM right: empty meets empty. (An OR of IS NULL took over a minute on two keys.)"""
    return exp.NullSafeEQ(this=left, expression=right)


def coalesce(tree: exp.Expr, default: exp.Expr) -> exp.Expr:
    """The first that is not empty."""
    return exp.Coalesce(this=tree, expressions=[default])


def zero() -> exp.Expr:
    """The number 0."""
    return exp.Literal.number(0)


def select(columns: list[exp.Expr], table: str) -> exp.Select:
    """SELECT columns FROM the CTE `table`."""
    return exp.Select(expressions=columns).from_(named(table), copy=False)
