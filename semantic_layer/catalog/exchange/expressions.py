"""SQL expressions of other tools, as DuckDB reads them and as a catalog may write them."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.catalog.expressions import DIALECT, forbidden

# The generic reader takes standard SQL; the others are named as the document names them.
READERS = {"ANSI_SQL": "", "SNOWFLAKE": "snowflake", "DATABRICKS": "databricks", "BIGQUERY": "bigquery"}


class UnreadableError(Exception):
    """An expression that a catalog cannot hold; `en` and `zh` say why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


def read_expression(text: str, dialect: str = "ANSI_SQL") -> exp.Expr:
    """Parses one expression into DuckDB's terms; FILTER becomes CASE WHEN. Raises UnreadableError."""
    try:
        tree = sqlglot.parse_one(text, dialect=READERS[dialect]).transform(_percentile_as_call)
        tree = sqlglot.parse_one(tree.sql(DIALECT, unsupported_level=sqlglot.ErrorLevel.RAISE), dialect=DIALECT)
    except (SqlglotError, RecursionError):
        raise UnreadableError(f"the expression {text!r} cannot be read as SQL ({dialect})", f"表达式 {text!r} 无法按 SQL（{dialect}）读取") from None
    tree = tree.transform(_filter_as_case)
    if held := forbidden(tree):
        raise UnreadableError(f"the expression {text!r} holds {held}", f"表达式 {text!r} 含有目录不支持的写法（{held}）")
    return tree


def _percentile_as_call(node: exp.Expr) -> exp.Expr:
    """PERCENTILE_CONT(p) WITHIN GROUP (ORDER BY x) as a call with both arguments."""
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc)):
        (ordered,) = node.expression.expressions
        if not ordered.args.get("desc"):
            return type(node.this)(this=ordered.this, expression=node.this.this)
    return node


def percentile_within_group(node: exp.Expr) -> exp.Expr:
    """The same the other way: as standard SQL writes it."""
    if isinstance(node, (exp.PercentileCont, exp.PercentileDisc)) and node.expression:
        order = exp.Order(expressions=[exp.Ordered(this=node.this)])
        return exp.WithinGroup(this=type(node)(this=node.expression), expression=order)
    return node


def _filter_as_case(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Filter) and isinstance(node.this, exp.AggFunc):
        return conditional(node.this, node.expression.this)
    return node


def conditional(call: exp.AggFunc, condition: exp.Expr) -> exp.AggFunc:
    """The aggregate over the rows where the condition holds, written with CASE WHEN."""
    call = call.copy()
    if isinstance(call.this, exp.Distinct):
        call.this.set("expressions", [_case(condition, e) for e in call.this.expressions])
    elif isinstance(call, exp.Count) and (isinstance(call.this, exp.Star) or _is_row(call.this)):
        call.set("this", _case(condition, exp.Literal.number(1)))
    else:
        call.set("this", _case(condition, call.this))
    return call


def _is_row(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and isinstance(node.this, exp.Star)


def _case(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])
