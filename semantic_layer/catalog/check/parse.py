"""Takes SQL expressions of a catalog apart without stopping at the first mistake."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog.expressions import parse_sql
from semantic_layer.errors import CatalogError, Message


@dataclass(frozen=True)
class Parts:
    """A metric's expression: its outermost aggregates, and the columns that stand outside of them."""

    aggregates: tuple[exp.AggFunc, ...]
    outside: tuple[exp.Column, ...]


def readable(text: str) -> exp.Expr | Message:
    """The parsed expression, or why it cannot be parsed."""
    try:
        return parse_sql(text, Message())
    except CatalogError as error:
        return Message(error.en, error.zh)


def parts(tree: exp.Expr) -> Parts:
    """Takes a metric's expression apart."""
    aggregates: list[exp.AggFunc] = []
    outside: list[exp.Column] = []
    for node in tree.walk(prune=lambda n: isinstance(n, (exp.AggFunc, exp.Column))):
        if isinstance(node, exp.AggFunc):
            aggregates.append(node)
        elif isinstance(node, exp.Column):
            outside.append(node)
    return Parts(tuple(aggregates), tuple(outside))


def columns(tree: exp.Expr) -> list[exp.Column]:
    """The columns of an expression, in reading order, without `dataset.*`."""
    return [c for c in tree.find_all(exp.Column, bfs=False) if not isinstance(c.this, exp.Star)]
