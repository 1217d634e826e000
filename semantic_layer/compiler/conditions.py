"""Conditions as boolean SQL. A negated condition keeps the rows where the plain one is unknown, so halves add up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from functools import singledispatch

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.compiler import entity
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.time import as_date, date_literal
from semantic_layer.errors import QueryError
from semantic_layer.query import (
    FORWARD_GRAINS,
    AllOf,
    AnyOf,
    Condition,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    FieldCondition,
    Scalar,
    SegmentCondition,
)

_COMPARE: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "=": exp.EQ}
_TEXT = ("contains", "starts_with", "ends_with")


def predicate(frame: Frame, condition: Condition, correlated: bool = False) -> exp.Expr:
    """The condition as SQL over `frame`. `correlated`: entity conditions are evaluated within the frame's slice."""
    tree = _predicate(condition, frame, correlated)
    return is_not_true(tree) if condition.negated else tree


def predicates(frame: Frame, conditions: tuple[Condition, ...], correlated: bool = False) -> list[exp.Expr]:
    """Each condition as SQL."""
    return [predicate(frame, c, correlated) for c in conditions]


def leaves(catalog: Catalog, condition: Condition) -> Iterator[Condition]:
    """The conditions that it is made of in the end, segments and nested ones opened."""
    if isinstance(condition, (SegmentCondition, AnyOf, AllOf)):
        for part in parts(catalog, condition):
            yield from leaves(catalog, part)
    else:
        yield condition


def parts(catalog: Catalog, condition: SegmentCondition | AnyOf | AllOf) -> tuple[Condition, ...]:
    """The conditions that it joins."""
    if isinstance(condition, SegmentCondition):
        return catalog.segment(condition.segment).where
    return condition.any_of if isinstance(condition, AnyOf) else condition.all_of


def follow_the_period(catalog: Catalog, asked: Iterable[Condition]) -> bool:
    """Whether any of them is about an entity in the query's own period, so that each bucket of time asks it anew."""
    every = (leaf for condition in asked for leaf in leaves(catalog, condition))
    return any(isinstance(c, (EntityCondition, ExistsCondition, EventCondition)) and c.time is None for c in every)


def is_not_true(tree: exp.Expr) -> exp.Expr:
    """NOT tree, true also where tree is unknown."""
    return exp.Not(this=coalesced(tree))


def coalesced(tree: exp.Expr) -> exp.Expr:
    """tree, false where it is unknown."""
    return exp.Coalesce(this=exp.Paren(this=tree), expressions=[exp.false()])


@singledispatch
def _predicate(condition: Condition, frame: Frame, correlated: bool) -> exp.Expr:
    raise TypeError(type(condition))


@_predicate.register
def _(condition: SegmentCondition, frame: Frame, correlated: bool) -> exp.Expr:
    where = frame.catalog.segment(condition.segment).where
    return exp.and_(*predicates(frame, where, correlated), copy=False)


@_predicate.register
def _(condition: AnyOf, frame: Frame, correlated: bool) -> exp.Expr:
    return exp.Paren(this=exp.or_(*predicates(frame, condition.any_of, correlated), copy=False))


@_predicate.register
def _(condition: AllOf, frame: Frame, correlated: bool) -> exp.Expr:
    return exp.Paren(this=exp.and_(*predicates(frame, condition.all_of, correlated), copy=False))


@_predicate.register
def _(condition: EntityCondition, frame: Frame, correlated: bool) -> exp.Expr:
    return entity.metric_test(frame, condition, correlated)


@_predicate.register
def _(condition: ExistsCondition, frame: Frame, correlated: bool) -> exp.Expr:
    return entity.exists_test(frame, condition)


@_predicate.register
def _(condition: EventCondition, frame: Frame, correlated: bool) -> exp.Expr:
    return entity.event_test(frame, condition)


@_predicate.register
def _(condition: FieldCondition, frame: Frame, correlated: bool) -> exp.Expr:
    kind = frame.resolve(condition.field).spec.type
    column = frame.bucket(condition.field, condition.grain)
    if condition.op in _TEXT and (kind != "string" or condition.grain):
        raise QueryError(
            f"{condition.field} is no text, so {condition.op} says nothing of it.",
            f"{condition.field} 不是文本，不能用 {condition.op} 比较。",
            subject=condition.field,
        )
    if kind == "datetime" and not condition.grain and of_days(condition):
        column, kind = as_date(column), "date"
    return _field_test(condition, column, kind)


def of_days(condition: FieldCondition) -> bool:
    """Whether it compares with whole days and not with moments."""
    return all(_is_day(v) for v in _values(condition))


def on_column(condition: FieldCondition, column: exp.Expr) -> exp.Expr:
    """The comparison of a date part, over a column that already holds it."""
    tree = _field_test(condition, column, "date")
    return is_not_true(tree) if condition.negated else tree


def _values(condition: FieldCondition) -> tuple[Scalar, ...]:
    if condition.value is None:
        return ()
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def _field_test(condition: FieldCondition, column: exp.Expr, kind: str) -> exp.Expr:
    if condition.grain:
        kind = "date" if condition.grain in FORWARD_GRAINS else "integer"
    literals = [literal(v, kind, condition.field) for v in _values(condition)]
    return _compare(condition.op, column, literals, condition.value)


def _compare(op: str, column: exp.Expr, literals: list[exp.Expr], raw: object) -> exp.Expr:
    if op in _COMPARE:
        return _COMPARE[op](this=column, expression=literals[0])
    if op == "!=":
        return exp.NullSafeNEQ(this=column, expression=literals[0])
    if op == "in":
        return exp.In(this=column, expressions=literals) if literals else exp.false()
    if op == "not_in":
        return is_not_true(exp.In(this=column, expressions=literals)) if literals else exp.true()
    if op == "between":
        return exp.Between(this=column, low=literals[0], high=literals[1])
    if op == "is_null":
        return exp.Is(this=column, expression=exp.null())
    if op == "not_null":
        return exp.Not(this=exp.Is(this=column, expression=exp.null()))
    return _like(op, column, str(raw))


def _like(op: str, column: exp.Expr, text: str) -> exp.Expr:
    """Case-insensitive match; the wildcards of LIKE in `text` stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    before, after = ("%" if op != "starts_with" else ""), ("%" if op != "ends_with" else "")
    like = exp.ILike(this=column, expression=exp.Literal.string(f"{before}{escaped}{after}"))
    return exp.Escape(this=like, expression=exp.Literal.string("\\")) if escaped != text else like


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        return len(value) == 10
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def literal(value: Scalar, kind: str, field: str) -> exp.Expr:
    """A value as a literal of the field's type. Raises QueryError when it is none."""
    if kind == "string":
        return _text(str(value), field)
    try:
        if kind in ("integer", "number"):
            return exp.Literal.number(_number(value))
        if kind == "boolean":
            return exp.convert(_TRUTH[str(value).lower()])
        if kind == "date":
            return date_literal(value if type(value) is dt.date else dt.date.fromisoformat(str(value)[:10]))
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
        return exp.Cast(this=exp.Literal.string(moment.isoformat(sep=" ")), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP))
    except (ValueError, OverflowError, KeyError) as error:
        kinds = {"boolean": ("true or false", "是或否"), "integer": ("a whole number", "整数"), "number": ("a number", "数字")}
        en, zh = kinds.get(kind, ("a date", "日期"))
        raise QueryError(
            f"{field} is compared with {value!r}, which is not {en}.",
            f"{field} 与 {value!r} 比较，但它不是{zh}。",
            subject=field,
        ) from error


_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _text(text: str, field: str) -> exp.Expr:
    """A text as a literal; what is no character of a text (the null character, half a pair) reaches no database."""
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise QueryError(
            f"The text that {field} is compared with holds a character that no text can hold.",
            f"与 {field} 比较的文本含有无效字符。",
            subject=field,
        )
    return exp.Literal.string(text)


def _number(value: Scalar) -> int | str:
    """The digits of a number: whole ones all as they are, others as the shortest that mean the same. Raises ValueError."""
    if isinstance(value, (bool, float)):
        return _decimal(float(value))
    try:
        return int(str(value))
    except ValueError:
        return _decimal(float(str(value)))


def _decimal(number: float) -> int | str:
    if not math.isfinite(number):
        raise ValueError(number)
    return int(number) if number.is_integer() else repr(number)
