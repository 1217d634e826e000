"""Rows of a dataset without aggregation."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler import conditions
from semantic_layer.compiler.build import Build, Scope, alias
from semantic_layer.compiler.frame import Frame
from semantic_layer.query import TIME, Records, SemanticQuery


def rows(build: Build, query: SemanticQuery) -> tuple[exp.Select, list[tuple[str, str]]]:
    """SELECT the chosen fields, and (column name, field) of each. Without fields: all fields of the dataset."""
    records = query.records
    assert records
    build.catalog.dataset(records.dataset)
    frame = Frame(build, records.dataset, Scope((), query.where, query.time))
    chosen = [(column_name(f), f) for f in _fields(build, records)]
    tests = frame.time_conditions(query.time) + conditions.predicates(frame, query.where)
    columns = [alias(frame.column(f), n) for n, f in chosen]
    keys = [frame.column(o.by).copy() for o in query.order_by]
    select = exp.Select(expressions=columns, distinct=exp.Distinct() if records.distinct else None)
    select = frame.attach(select)
    select = select.where(*tests, copy=False) if tests else select
    ordered = [exp.Ordered(this=k, desc=o.desc, nulls_first=False) for k, o in zip(keys, query.order_by, strict=True)]
    if records.distinct:
        named = {str(frame.resolve(f)): n for n, f in chosen}
        ordered = [
            exp.Ordered(this=exp.column(named[str(frame.resolve(o.by))]), desc=o.desc, nulls_first=False)
            for o in query.order_by
            if str(frame.resolve(o.by)) in named
        ]
    select = select.order_by(*ordered, copy=False) if ordered else select
    return (select.limit(query.limit, copy=False) if query.limit else select), chosen


def _fields(build: Build, records: Records) -> list[str]:
    if records.fields:
        return list(records.fields)
    spec = build.catalog.dataset(records.dataset)
    return [f"{records.dataset}.{name}" for name, f in spec.fields.items() if not f.personal]


def column_name(field: str) -> str:
    """The column a field fills."""
    return TIME if field == TIME else field.rsplit(".", 1)[-1]
