"""Conditions of a metric as standard SQL, for tools that know no others; exactly, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.query import TIME, AllOf, AnyOf, Condition, FieldCondition, Scalar, SegmentCondition

_COMPARE: dict[str, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
_LIKE = {"contains": ("%", "%"), "starts_with": ("", "%"), "ends_with": ("%", "")}


class InexpressibleError(Exception):
    """What one expression over the rows of a dataset cannot say; `en` and `zh` name it."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


def all_of(catalog: Catalog, home: str, conditions: Iterable[Condition]) -> exp.Expr:
    """The conditions, joined by AND, over rows of `home`. Raises InexpressibleError."""
    return exp.and_(*(_predicate(catalog, home, c) for c in conditions))


def _predicate(catalog: Catalog, home: str, condition: Condition) -> exp.Expr:
    if isinstance(condition, FieldCondition):
        tree = _field(catalog, home, condition)
    elif isinstance(condition, SegmentCondition):
        tree = all_of(catalog, home, catalog.segment(condition.segment).where)
    elif isinstance(condition, AnyOf):
        tree = exp.or_(*(_predicate(catalog, home, c) for c in condition.any_of))
    elif isinstance(condition, AllOf):
        tree = all_of(catalog, home, condition.all_of)
    else:
        raise InexpressibleError("its filter has a condition on an entity in the period asked for", "过滤条件涉及所问时段内的实体")
    return _untrue(tree) if condition.negated else tree


def _untrue(tree: exp.Expr) -> exp.Expr:
    """Not, and true also where nothing is known."""
    return exp.Not(this=exp.Coalesce(this=tree, expressions=[exp.false()]))


def _field(catalog: Catalog, home: str, condition: FieldCondition) -> exp.Expr:
    if condition.grain:
        raise InexpressibleError("its filter compares a part of a date", "过滤条件比较日期的一部分")
    column: exp.Expr
    column, kind = _column(catalog, home, condition.field)
    raw = condition.value
    values = () if raw is None else raw if isinstance(raw, tuple) else (raw,)
    if kind == "datetime" and all(_is_day(v) for v in values):
        column, kind = exp.cast(column, "DATE"), "date"
    literals = [_literal(v, kind) for v in values]
    op = condition.op
    if op in _COMPARE:
        return _COMPARE[op](this=column, expression=literals[0])
    if op in ("!=", "not_in"):
        inside = exp.In(this=column, expressions=literals) if len(literals) != 1 else exp.EQ(this=column, expression=literals[0])
        return _untrue(inside) if literals else exp.true()
    if op == "in":
        return exp.In(this=column, expressions=literals) if literals else exp.false()
    if op == "between":
        return exp.Between(this=column, low=literals[0], high=literals[1])
    if op in ("is_null", "not_null"):
        empty = exp.Is(this=column, expression=exp.null())
        return empty if op == "is_null" else exp.Not(this=empty)
    before, after = _LIKE[op]
    text = str(raw).lower()
    if any(c in text for c in "%_\\"):
        raise InexpressibleError("its filter matches a text with wildcards in it", "过滤条件匹配含通配符的文本")
    return exp.Like(this=exp.Lower(this=column), expression=exp.Literal.string(f"{before}{text}{after}"))


def _column(catalog: Catalog, home: str, name: str) -> tuple[exp.Column, str]:
    """The column a condition names, and its type."""
    if name == TIME:
        own = catalog.dataset(home).time
        name = f"{home}.{own}" if own else ""
    elif "." not in name:
        key = catalog.entity_field(name, home)
        name = f"{home}.{key}" if key else ""
    if not name:
        raise InexpressibleError("its filter names an entity of another dataset", "过滤条件涉及其他数据集的实体")
    ref = catalog.field(name)
    return exp.column(ref.name, table=ref.dataset), ref.spec.type


def _literal(value: Scalar, kind: str) -> exp.Expr:
    if kind == "string":
        return exp.Literal.string(str(value))
    if kind == "boolean":
        return exp.convert(str(value).lower() in ("true", "1", "yes"))
    if kind in ("integer", "number"):
        return exp.Literal.number(value if isinstance(value, str) else repr(value))
    moment = value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)
    return exp.cast(exp.Literal.string(moment[:10] if kind == "date" else moment), "DATE" if kind == "date" else "TIMESTAMP")


def _is_day(value: Scalar) -> bool:
    return (isinstance(value, dt.date) and not isinstance(value, dt.datetime)) or (isinstance(value, str) and len(value) == 10)
