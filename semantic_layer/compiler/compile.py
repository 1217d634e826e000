"""SemanticQuery + catalog -> one SQL statement. The order of the steps is the order of this file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.compiler import compare, records, window
from semantic_layer.compiler.aggregate import aggregated, relation
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, named
from semantic_layer.compiler.rank import ranked
from semantic_layer.compiler.resolve import measure
from semantic_layer.query import TIME, SemanticQuery, TimeRange

Role = Literal["dimension", "time", "entity", "metric", "previous", "difference", "growth", "share", "running", "rank"]


@dataclass(frozen=True)
class OutputColumn:
    """A column of the answer: what fills it (`source`: a metric's or group's name in the query, or a field)."""

    name: str
    role: Role
    source: str
    grain: str | None = None


@dataclass(frozen=True)
class Compiled:
    """One statement, its columns, and the periods it covers."""

    tree: exp.Select
    columns: tuple[OutputColumn, ...]
    period: TimeRange | None = None
    earlier: TimeRange | None = None

    def sql(self, dialect: str = "duckdb", pretty: bool = True) -> str:
        """The text in a dialect of sqlglot."""
        return self.tree.sql(dialect, pretty=pretty, identify=True)

    @property
    def tables_read(self) -> frozenset[str]:
        """The tables of the database that the statement reads, whatever for; without their schema."""
        steps = {cte.alias for cte in self.tree.find_all(exp.CTE)}
        return frozenset(table.name for table in self.tree.find_all(exp.Table)) - steps

    @property
    def columns_read(self) -> frozenset[str]:
        """The names of all columns that stand in the statement, those of its own steps among them."""
        return frozenset(column.name for column in self.tree.find_all(exp.Column))


def compile_query(query: SemanticQuery, catalog: Catalog, today: dt.date) -> Compiled:
    """Compiles a query. Raises QueryError and its kinds with what cannot be answered, and CatalogError."""
    build = Build(catalog, today, (*(g.name for g in query.group_by), *(m.name for m in query.metrics)))
    if query.records:
        select, fields = records.rows(build, query)
        return Compiled(build.finish(select), tuple(_record_column(catalog, n, f) for n, f in fields), query.time)
    measures = [measure(build, m) for m in query.metrics]
    scope = Scope(query.group_by, query.where, query.time)
    if query.group_by or query.compare or query.having:
        base, scope, earlier = _staged(build, query, measures, scope)
        select = exp.Select(expressions=[exp.column(n) for n in (*base.keys, *base.values)]).from_(named(base.name), copy=False)
    else:
        select, earlier = aggregated(build, measures, scope), None
    select = ranked(build, query, select, measures)
    return Compiled(build.finish(select), _columns(query), scope.time, earlier)


def _staged(build: Build, query: SemanticQuery, measures: list[Measure], scope: Scope) -> tuple[Relation, Scope, TimeRange | None]:
    """The stages over aggregated rows, each a CTE: comparison, shares, running values."""
    earlier: TimeRange | None = None
    if query.compare:
        base, scope, earlier = compare.compared(build, measures, scope, query.compare)
    else:
        base = relation(build, measures, scope, "totals", fill=_is_trend(query) or query.running is not None)
    if query.share:
        base = window.with_shares(build, base, measures, scope, query.share)
    if query.running:
        base = window.with_running(build, base, measures, scope, query.running, None if query.compare else base)
    return base, scope, earlier


def _is_trend(query: SemanticQuery) -> bool:
    """Time alone, unranked: such an answer shows the periods without data too."""
    return len(query.group_by) == 1 and query.time_group is not None and query.limit is None and not query.having


def _columns(query: SemanticQuery) -> tuple[OutputColumn, ...]:
    """The columns in the order in which the stages add them."""
    out = [_group_column(g.name, g) for g in query.group_by]
    for m in query.metrics:
        out.append(OutputColumn(m.name, "metric", m.name))
        if query.compare:
            out += [OutputColumn(f"{m.name}_{s}", s, m.name) for s in compare.SIDES]  # type: ignore[arg-type]
    for side, part in (("share", query.share), ("running", query.running)):
        if part:
            named = [m.name for m in query.metrics if not part.of or m.name in part.of]
            out += [OutputColumn(f"{n}_{side}", side, n) for n in named]  # type: ignore[arg-type]
    return tuple(out)


def _group_column(name: str, group: object) -> OutputColumn:
    field, grain = getattr(group, "field", None), getattr(group, "grain", None)
    if grain:
        return OutputColumn(name, "time", name, grain)
    return OutputColumn(name, "entity" if field and "." not in field else "dimension", name)


def _record_column(catalog: Catalog, name: str, field: str) -> OutputColumn:
    if field == TIME or ("." in field and catalog.field(field).spec.kind == "time"):
        return OutputColumn(name, "time", field)
    is_entity = "." not in field or catalog.field(field).spec.entity is not None
    return OutputColumn(name, "entity" if is_entity else "dimension", field)
