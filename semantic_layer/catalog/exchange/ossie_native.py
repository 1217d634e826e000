"""The parts of a catalog in the words of Ossie, without our extension: what every tool can read."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.exchange.conditions import InexpressibleError, all_of
from semantic_layer.catalog.exchange.expressions import conditional, percentile_within_group
from semantic_layer.catalog.expressions import Aggregate, parse_sql
from semantic_layer.catalog.models import DatasetSpec, FieldSpec, Named, RelationshipSpec
from semantic_layer.errors import Message

_TYPES = {"string": "String", "integer": "Integer", "boolean": "Boolean", "date": "Date", "datetime": "DateTime"}


def native_dataset(name: str, spec: DatasetSpec, database: str) -> dict[str, Any]:
    """A dataset without its fields. Its source gets the missing parts of database.schema.table."""
    parts = (spec.source or name).split(".")
    full = [*([database, "main"][: max(0, 3 - len(parts))]), *parts]
    out: dict[str, Any] = {"name": name, "source": ".".join(full)}
    if spec.primary_key:
        out["primary_key"] = [column_of(spec, key) for key in spec.primary_key]
    return out | _described(spec)


def native_field(name: str, spec: FieldSpec) -> dict[str, Any]:
    """A field. A number has no data type, because the catalog does not say whether it is exact."""
    tree = parse_sql(spec.expression, Message(f"{name}: ", f"{name}：")) if spec.expression else exp.column(name)
    out: dict[str, Any] = {"name": name, "expression": _ansi(tree)}
    if spec.kind != "measure":
        out["dimension"] = {"is_time": spec.kind == "time"}
    out |= _described(spec)
    return out | ({"datatype": _TYPES[spec.type]} if spec.type in _TYPES else {})


def native_relationship(name: str, spec: RelationshipSpec, datasets: dict[str, DatasetSpec]) -> dict[str, Any]:
    """A relationship, by the columns behind its fields."""
    return {
        "name": name,
        "from": spec.many,
        "to": spec.one,
        "from_columns": [column_of(datasets[spec.many], a) for a, _ in spec.pairs],
        "to_columns": [column_of(datasets[spec.one], b) for _, b in spec.pairs],
    }


def native_metric(name: str, catalog: Catalog) -> dict[str, Any]:
    """A metric with other metrics and filters written out. Raises InexpressibleError, CatalogError, QueryError."""
    formula = catalog.formula(name)
    calls = [_call(catalog, a) for a in formula.aggregates]
    tree = formula.build(lambda n: calls[n].copy()).transform(lambda n: _real_division(n, catalog)).transform(percentile_within_group)
    return {"name": name, "expression": _ansi(tree), **_described(catalog.metric(name))}


def relationship_names(relationships: tuple[RelationshipSpec, ...]) -> list[str]:
    """orders_to_customers, with a number where that is taken."""
    names: list[str] = []
    for r in relationships:
        base, number = f"{r.many}_to_{r.one}", 1
        while (name := base if number == 1 else f"{base}_{number}") in names:
            number += 1
        names.append(name)
    return names


def column_of(dataset: DatasetSpec, field: str) -> str:
    """The column that a field is, or its own name where it is computed."""
    spec = dataset.fields.get(field)
    tree = parse_sql(spec.expression, Message(f"{field}: ", f"{field}：")) if spec and spec.expression else None
    return tree.name if isinstance(tree, exp.Column) else field


def _call(catalog: Catalog, aggregate: Aggregate) -> exp.Expr:
    if catalog.dataset(aggregate.home).snapshot is not None and isinstance(aggregate.call, exp.Sum):
        raise InexpressibleError("its balances do not add up over time", "它汇总的是余额，不能跨时间相加")
    call = aggregate.call.copy()
    if isinstance(call, exp.Count) and isinstance(call.this, exp.Star):
        call.set("this", _rows(catalog, aggregate.home))
    return conditional(call, all_of(catalog, aggregate.home, aggregate.filter)) if aggregate.filter else call


def _real_division(node: exp.Expr, catalog: Catalog) -> exp.Expr:
    """Where whole numbers are divided, 1.0 * keeps engines from dropping the fraction."""
    if isinstance(node, exp.Div) and all(_whole(a, catalog) for a in node.this.find_all(exp.AggFunc)):
        node.set("this", exp.Mul(this=exp.Literal.number("1.0"), expression=node.this))
    return node


def _whole(aggregate: exp.AggFunc, catalog: Catalog) -> bool:
    if isinstance(aggregate, exp.Count):
        return True
    fields = [catalog.field(f"{c.table}.{c.name}").spec for c in aggregate.find_all(exp.Column) if c.table and not isinstance(c.this, exp.Star)]
    return isinstance(aggregate, (exp.Sum, exp.Min, exp.Max)) and all(f.type == "integer" for f in fields)


def _rows(catalog: Catalog, home: str) -> exp.Expr:
    """What is counted when rows are: the key, where it is one column, else the dataset itself."""
    key = catalog.dataset(home).primary_key
    return exp.column(key[0], table=home) if len(key) == 1 else exp.Column(this=exp.Star(), table=exp.to_identifier(home))


def _ansi(tree: exp.Expr) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": tree.sql()}]}


def _described(spec: Named) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if text := spec.description.get("en"):
        out["description"] = text
    if names := list(dict.fromkeys(spec.names())):
        out["ai_context"] = {"synonyms": names}
    return out
