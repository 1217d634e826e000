"""What the tables of a database hold, as far as a draft needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from semantic_layer.catalog.models import FieldType
from semantic_layer.engines.admin import quoted, quoted_table
from semantic_layer.engines.duckdb import column_type
from semantic_layer.errors import EngineError

_AT_ONCE = 200  # columns that one query looks at


class Database(Protocol):
    """What a draft needs of a database."""

    def tables(self) -> dict[str, dict[str, str]]:
        """SQL types by table and column."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    def declared_keys(self) -> list[tuple[str, str, tuple[str, ...], str, tuple[str, ...]]]:
        """Declared keys: (table, PRIMARY KEY or FOREIGN KEY, columns, table referred to, columns there)."""


@dataclass(frozen=True)
class Column:
    """A column: its rows that are not null, about how many distinct values, the least and the greatest as text."""

    name: str
    sql_type: str
    type: FieldType
    filled: int
    distinct: int
    low: str | None = None
    high: str | None = None
    length: float = 0.0  # mean of a text

    @property
    def is_integer(self) -> bool:
        """Whether it holds whole numbers."""
        return self.type == "integer"


@dataclass
class Table:
    """A table, its rows, and the keys that it declares."""

    name: str
    rows: int
    columns: dict[str, Column]
    primary_key: tuple[str, ...] = ()
    references: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = field(default_factory=list)

    def full(self, column: str) -> bool:
        """Whether a column is never null."""
        return self.columns[column].filled == self.rows


def profile(database: Database) -> tuple[list[Table], list[str]]:
    """All tables with their columns, in the order of their names; and the names of those that cannot be read."""
    tables, unread = [], []
    for name, types in sorted(database.tables().items()):
        try:
            columns = {c.name: c for c in _columns(database, name, list(types.items()))}
            rows = int(database.rows(f"SELECT count(*) FROM {quoted_table(name)}")[0][0])
        except EngineError:
            unread.append(name)
            continue
        tables.append(Table(name, rows, columns))
    by_name = {t.name: t for t in tables}
    for table, kind, names, other, there in database.declared_keys():
        if table not in by_name:
            continue
        if kind == "PRIMARY KEY":
            by_name[table].primary_key = names
        elif other in by_name:
            by_name[table].references.append((names, other, there))
    return tables, unread


def _columns(database: Database, table: str, types: Sequence[tuple[str, str]]) -> Iterator[Column]:
    for start in range(0, len(types), _AT_ONCE):
        some = types[start : start + _AT_ONCE]
        parts = ", ".join(part for name, kind in some for part in _looked_at(quoted(name), kind))
        row = iter(database.rows(f"SELECT {parts} FROM {quoted_table(table)}")[0])
        for name, kind in some:
            filled, distinct, low, high, length = (next(row) for _ in range(5))
            yield Column(name, kind, column_type(kind), int(filled), int(distinct or 0), low, high, float(length or 0))


def _looked_at(column: str, kind: str) -> tuple[str, ...]:
    plain = column_type(kind) != "string" or kind == "VARCHAR"
    bounds = (f"CAST(min({column}) AS VARCHAR)", f"CAST(max({column}) AS VARCHAR)") if plain else ("NULL", "NULL")
    length = f"avg(length({column}))" if kind == "VARCHAR" else "NULL"
    return (f"count({column})", f"approx_count_distinct({column})" if plain else "NULL", *bounds, length)
