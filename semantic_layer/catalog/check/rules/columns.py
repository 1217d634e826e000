"""Datasets and fields against the tables of the database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.parse import columns, readable
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.tables import Tables
from semantic_layer.catalog.expressions import forbidden
from semantic_layer.catalog.models import FieldSpec
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import did_you_mean

_Field = tuple[Loc, str, str, FieldSpec]


def _fields(model: Model) -> Iterator[_Field]:
    """Place, dataset, name and definition of every field."""
    for dataset, spec in model.spec.datasets.items():
        for name, field in spec.fields.items():
            yield ("datasets", dataset, "fields", name), dataset, name, field


class UnknownTable(Rule):
    """The table of a dataset is not in the database."""

    def check(self, model: Model) -> Iterator[Problem]:
        if model.tables is None:
            return
        for dataset in model.spec.datasets:
            if model.tables.columns(dataset) is None and not model.left_out(("datasets", dataset), "source"):
                table = model.tables.source(dataset)
                hint = did_you_mean(table, model.tables.names) or " Set source to the name of its table."
                message = f"dataset {dataset}: the database has no table {table}.{hint}"
                yield self.at(model, ("datasets", dataset, "source"), message)


class UnknownColumn(Rule):
    """A field without an expression is a column of the same name, and the table has none."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            known = model.tables.columns(dataset) if model.tables else None
            if known is None or field.expression or model.left_out(loc, "expression"):
                continue
            assert model.tables is not None
            if not model.tables.has(dataset, name):
                hint = did_you_mean(name, known) or " Give the field an expression over the columns that are there."
                table = model.tables.source(dataset)
                yield self.at(model, loc, f"field {dataset}.{name}: table {table} has no column {name}.{hint}")


class UnreadableExpression(Rule):
    """A field's expression must be one SQL expression over the columns of a row."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if field.expression is None:
                continue
            tree = readable(field.expression)
            wrong = tree if isinstance(tree, str) else _no_row_expression(tree)
            if wrong:
                yield self.at(model, (*loc, "expression"), f"field {dataset}.{name}: {wrong}")


def _no_row_expression(tree: exp.Expr) -> str:
    if held := forbidden(tree):
        return f"the expression holds {held}; write one expression over the columns of a row"
    if tree.find(exp.AggFunc):
        return "the expression holds an aggregate; aggregates belong to metrics"
    return ""


class UnknownExpressionColumn(Rule):
    """A field's expression may only use columns of its dataset's own table."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            tree = readable(field.expression) if field.expression else ""
            if isinstance(tree, str) or forbidden(tree):
                continue
            for wrong in dict.fromkeys(self._wrong(model.tables, dataset, tree)):
                yield self.at(model, (*loc, "expression"), f"field {dataset}.{name}: {wrong}")

    def _wrong(self, tables: Tables | None, dataset: str, tree: exp.Expr) -> Iterator[str]:
        known = tables.columns(dataset) if tables else None
        for column in columns(tree):
            if column.table:
                yield (
                    f"{column.table}.{column.name} has a prefix; name columns of the own table without one, "
                    "and reach other tables by a relationship"
                )
            elif tables and known is not None and not tables.has(dataset, column.name):
                hint = did_you_mean(column.name, known)
                yield f"table {tables.source(dataset)} has no column {column.name}.{hint}"


class RefusedExpression(Rule):
    """The database cannot evaluate the field's expression."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if model.tables and field.expression and model.tables.type(dataset, name) == "":
                yield self.at(
                    model,
                    (*loc, "expression"),
                    f"field {dataset}.{name}: the database refuses the expression {field.expression!r}; "
                    "look at its functions and the types they take",
                )


class UnfitType(Rule):
    """The type of a field must fit the SQL type of its column or expression."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            sql_type = model.tables.type(dataset, name) if model.tables else None
            if not sql_type or model.left_out(loc, "type"):
                continue
            fitting = fitting_types(sql_type)
            if fitting and field.type not in fitting:
                yield self.at(
                    model,
                    (*loc, "type"),
                    f"field {dataset}.{name} is of type {field.type}, but its SQL type is {sql_type}. "
                    f"Write type: {fitting[0]}, or an expression that casts it.",
                )


_T = exp.DataType
_TEXTS = _T.TEXT_TYPES | {_T.Type.ENUM, _T.Type.UUID, _T.Type.ENUM8, _T.Type.ENUM16, _T.Type.FIXEDSTRING}
_DATES = {_T.Type.DATE, _T.Type.DATE32}
_TIMES = {_T.Type.TIME, _T.Type.TIMETZ}


def fitting_types(sql_type: str) -> tuple[str, ...]:
    """The field types that fit, the most natural first; none for SQL types that nobody knows here."""
    try:
        built = _T.build(sql_type, dialect="duckdb")
    except SqlglotError:
        return ()
    kind = built.this
    if kind in _TEXTS:
        return ("string",)
    if kind == _T.Type.BOOLEAN:
        return ("boolean",)
    if kind in _DATES:
        return ("date",)
    if kind in _T.TEMPORAL_TYPES - _TIMES:
        return ("datetime",)
    if kind in _T.INTEGER_TYPES:
        return ("integer", "number")
    if kind in _T.NUMERIC_TYPES:
        return ("number", "integer") if _whole(built) else ("number",)
    return ()


def _whole(built: exp.DataType) -> bool:
    """Whether a decimal type is written without decimals: DECIMAL(10, 0)."""
    return len(built.expressions) == 2 and built.expressions[1].name == "0"
