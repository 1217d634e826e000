"""Filters of MetricFlow: SQL with Jinja calls that name dimensions and entities."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlglot import exp

from semantic_layer.catalog.exchange.expressions import UnreadableError, read_expression

_CALL = re.compile(r"\{\{\s*(\w+)\s*\(([^{}]*)\)\s*(\.[^{}]*)?\}\}")
_TEXT = re.compile(r"""^\s*(?:\w+\s*=\s*)?(['"])(.*?)\1""")
_GRAINS = ("day", "week", "month", "quarter", "year")
Resolve = Callable[[str], exp.Column]


def read_filters(filters: Iterable[str], resolve: Resolve) -> exp.Expr | None:
    """All filters joined by AND; None if there are none.

    `resolve` gives the column of `entity__dimension`, of an entity, or of `metric_time`. Raises UnreadableError.
    """
    trees = [_read(text, resolve) for text in filters if text.strip()]
    return exp.and_(*trees) if trees else None


def _read(text: str, resolve: Resolve) -> exp.Expr:
    found: dict[str, exp.Expr] = {}

    def stand_in(match: re.Match[str]) -> str:
        name = f"jinja_{len(found)}"
        found[name] = _called(match, resolve)
        return name

    sql = _CALL.sub(stand_in, text)
    if "{{" in sql or "{%" in sql:
        raise UnreadableError(f"the filter {text.strip()!r} holds Jinja that is not understood", f"过滤条件 {text.strip()!r} 含有无法理解的 Jinja")
    tree = read_expression(sql)
    for column in tree.find_all(exp.Column):
        if column.name not in found:
            raise UnreadableError(f"its filter names the column {column.name} without Jinja", f"过滤条件直接写了列 {column.name}")
    return tree.transform(lambda n: found[n.name].copy() if isinstance(n, exp.Column) else n)


def _called(match: re.Match[str], resolve: Resolve) -> exp.Expr:
    kind, arguments, method = match.groups()
    if kind not in ("Dimension", "TimeDimension", "Entity") or method:
        call = f"{kind}{method or ''}"
        raise UnreadableError(f"its filter uses {call}, which has no counterpart", f"过滤条件用了 {call}，没有对应写法")
    first, *rest = arguments.split(",")
    name = _TEXT.match(first)
    if name is None:
        raise UnreadableError(f"its filter names nothing in {match.group()}", f"过滤条件 {match.group()} 没有名称")
    column = resolve(name.group(2))
    grain = _TEXT.match(rest[0]) if kind == "TimeDimension" and rest else None
    if grain is None:
        return column
    if grain.group(2).lower() not in _GRAINS:
        raise UnreadableError(f"its filter uses the grain {grain.group(2)}", f"过滤条件用了粒度 {grain.group(2)}")
    return exp.cast(exp.TimestampTrunc(this=column, unit=exp.var(grain.group(2).upper())), "DATE")
