"""Rows by name, and what stands in a statement: for tests that look at the SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp

from semantic_layer.shops import Shop
from tests.conftest import Row, statement

Sql = Callable[[str], list[Row]]

MONTH = {"field": "time", "grain": "month"}
MAY = {"start": "2017-05-01", "end": "2017-06-01"}


def by(rows: list[Row], key: str) -> dict[Any, Row]:
    """Rows by the value of a column."""
    return {row[key]: row for row in rows}


def tables_of(tree: exp.Expression) -> set[str]:
    """Tables and CTEs that a statement reads."""
    return {t.name for t in tree.find_all(exp.Table)}


def parsed(shop: Shop, query: dict[str, Any]) -> exp.Expression:
    """The tree of the SQL as text, so that what people see is what is tested."""
    tree = sqlglot.parse_one(statement(shop, query), dialect="duckdb")
    assert isinstance(tree, exp.Expression)
    return tree


def sources(select: exp.Select) -> set[str]:
    """What stands in FROM and the joins of one SELECT."""
    parts = [select.args.get("from_"), *(select.args.get("joins") or [])]
    return {p.this.name for p in parts if p is not None}


def base_tables(tree: exp.Expression) -> set[str]:
    """What a statement reads and does not define itself."""
    return tables_of(tree) - {c.alias for c in tree.find_all(exp.CTE)}
