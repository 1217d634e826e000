"""What the steps of one compilation share: the catalog, the clock, and the list of named CTEs."""

from __future__ import annotations

import datetime as dt
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
    ctes: dict[str, exp.Query] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def add(self, hint: str, query: exp.Query) -> str:
        """Names a query as a CTE; the same query is added once only."""
        text = query.sql("duckdb")
        if text not in self._known:
            name, n = hint, 2
            while name in self.ctes or name in self.catalog.spec.datasets:
                name, n = f"{hint}_{n}", n + 1
            self.ctes[name] = query
            self._known[text] = name
        return self._known[text]

    def finish(self, query: exp.Select) -> exp.Select:
        """The whole statement: the CTEs in order, then `query`."""
        for name, body in self.ctes.items():
            query = query.with_(name, as_=body, copy=False)
        return query


def col(name: str, table: str | None = None) -> exp.Column:
    """A column; always quoted when generated."""
    return exp.column(name, table=table)


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


def select(columns: list[exp.Expr], table: str | exp.Expr) -> exp.Select:
    """SELECT columns FROM table."""
    source = exp.to_table(table) if isinstance(table, str) else table
    return exp.Select(expressions=columns).from_(source, copy=False)
