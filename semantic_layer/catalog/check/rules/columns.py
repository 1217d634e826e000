"""Datasets and fields against the tables of the database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.parse import columns, readable
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules.gate import refused
from semantic_layer.catalog.check.tables import Tables
from semantic_layer.catalog.expressions import forbidden
from semantic_layer.catalog.models import FieldSpec
from semantic_layer.catalog.source import Loc, Problem, shown
from semantic_layer.errors import Message

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
            if not model.tables.exists(dataset) and not model.left_out(("datasets", dataset), "source"):
                table = model.tables.source(dataset)
                todo = Message(" Set source to the name of its table.", "请用 source 写出表名。")
                hint = model.hint(table, model.tables.names, todo if model.tables.names else _EMPTY)
                said = Message(f"dataset {dataset}: the database has no table {table}.", f"数据集 {dataset}：数据库中没有表 {table}。")
                yield self.at(model, ("datasets", dataset, "source"), said + hint)


_EMPTY = Message(" It has no tables at all; load the data first.", "其中一张表也没有，请先导入数据。")


class UnreadableTable(Rule):
    """The database can read the table: the tables and columns that a view stands on are still there."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset in model.spec.datasets:
            if model.tables and model.tables.exists(dataset) and not model.tables.readable(dataset):
                table = model.tables.source(dataset)
                said = Message(
                    f"dataset {dataset}: the database cannot read {table}. If it is a view, look at what it stands on.",
                    f"数据集 {dataset}：数据库无法读取 {table}。如果它是视图，请检查它所依赖的表和列。",
                )
                yield self.at(model, ("datasets", dataset, "source"), said)


class UnknownColumn(Rule):
    """A field without an expression is a column of the same name, and the table has none."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if model.tables is None or model.tables.columns(dataset) is None or field.expression or model.left_out(loc, "expression"):
                continue
            if not model.tables.has(dataset, name):
                todo = Message(" Give the field an expression over the columns that are there.", "请用 expression 写出基于现有列的表达式。")
                yield self.at(model, loc, _whose(dataset, name) + _no_column(model, model.tables, dataset, name, todo))


def _whose(dataset: str, name: str) -> Message:
    return Message(f"field {dataset}.{name}: ", f"字段 {dataset}.{name}：")


def _no_column(model: Model, tables: Tables, dataset: str, column: str, otherwise: Message | None = None) -> Message:
    table = tables.source(dataset)
    said = Message(f"table {table} has no column {column}.", f"表 {table} 没有列 {column}。")
    return said + model.hint(column, tables.columns(dataset) or (), otherwise)


class UnreadableExpression(Rule):
    """A field's expression must be one SQL expression over the columns of a row."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if field.expression is None:
                continue
            tree = readable(field.expression)
            wrong = tree if isinstance(tree, Message) else _no_row_expression(tree)
            if wrong:
                yield self.at(model, (*loc, "expression"), _whose(dataset, name) + wrong)


def _no_row_expression(tree: exp.Expr) -> Message:
    if held := forbidden(tree):
        return Message(
            f"the expression holds {held.en}; write one expression over the columns of a row",
            f"表达式含有{held.zh}；请只写一行之内各列的表达式",
        )
    if tree.find(exp.AggFunc):
        return Message("the expression holds an aggregate; aggregates belong to metrics", "表达式含有聚合；聚合应写在指标中")
    return Message()


class UnknownExpressionColumn(Rule):
    """A field's expression may only use columns of its dataset's own table."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            tree = readable(field.expression) if field.expression else Message()
            if isinstance(tree, Message) or forbidden(tree):
                continue
            for wrong in dict.fromkeys(self._wrong(model, dataset, tree)):
                yield self.at(model, (*loc, "expression"), _whose(dataset, name) + wrong)

    def _wrong(self, model: Model, dataset: str, tree: exp.Expr) -> Iterator[Message]:
        known = model.tables.columns(dataset) if model.tables else None
        for column in columns(tree):
            if column.table:
                yield Message(
                    f"{column.table}.{column.name} has a prefix; name columns of the own table without one, and reach other tables by a relationship",
                    f"{column.table}.{column.name} 带有前缀；本表的列不加前缀，其他表请通过关系访问",
                )
            elif model.tables and known is not None and not model.tables.has(dataset, column.name):
                yield _no_column(model, model.tables, dataset, column.name)


class RefusedExpression(Rule):
    """The database cannot evaluate the field's expression."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if model.tables and field.expression and model.tables.type(dataset, name) == "":
                tree = readable(field.expression)
                if not isinstance(tree, Message) and refused(tree):
                    continue  # the gate says which function it is
                given = repr(shown(field.expression))
                said = Message(
                    f"the database refuses the expression {given}; look at its functions and the types they take",
                    f"数据库不接受表达式 {given}；请检查其中的函数及其参数类型",
                )
                yield self.at(model, (*loc, "expression"), _whose(dataset, name) + said)


class FailingExpression(Rule):
    """The database can evaluate the field's expression in every row."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            if model.tables and field.expression and model.tables.fails(dataset, name):
                given = repr(shown(field.expression))
                said = Message(
                    f"the database stops at some row of the expression {given}; use TRY_CAST, or clean the data",
                    f"数据库在某一行无法计算表达式 {given}；请改用 TRY_CAST，或清理数据",
                )
                yield self.at(model, (*loc, "expression"), _whose(dataset, name) + said)


class UnfitType(Rule):
    """The type of a field must fit the SQL type of its column or expression."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, dataset, name, field in _fields(model):
            sql_type = model.tables.type(dataset, name) if model.tables else None
            if not sql_type or model.left_out(loc, "type"):
                continue
            fitting = fitting_types(sql_type)
            if fitting and field.type not in fitting:
                said = Message(
                    f"field {dataset}.{name} is of type {field.type}, but its SQL type is {sql_type}. "
                    f"Write type: {fitting[0]}, or an expression that casts it.",
                    f"字段 {dataset}.{name} 的类型写成 {field.type}，而它的 SQL 类型是 {sql_type}。请写 type: {fitting[0]}，或用表达式转换。",
                )
                yield self.at(model, (*loc, "type"), said)


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


class UnansweredTable(Rule):
    """The database answers what the other rules ask about the rows of a table."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, error in (model.tables.unanswered if model.tables else {}).items():
            said = Message(f"dataset {dataset}: its rows could not be checked. {error.en}", f"数据集 {dataset}：无法检查其中的行。{error.zh}")
            yield self.at(model, ("datasets", dataset), said)
