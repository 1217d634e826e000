"""What is known of a database of another make: its tables with their keys, how each is read, and what went along."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from semantic_layer.engines.quoting import quoted
from semantic_layer.errors import ShopError

SOURCE = "wenshu_source"  # the name under which the other database is attached
Name = tuple[str, str]  # schema and table; the schema is `main` where the other database has none


@dataclass(frozen=True)
class Note:
    """Something that is not in the copy as it is in the source, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Reference:
    """A declared foreign key."""

    columns: tuple[str, ...]
    table: Name
    target: tuple[str, ...]


@dataclass(frozen=True)
class ForeignTable:
    """A table; `read` is the query of DuckDB that gives its rows."""

    name: Name
    columns: tuple[str, ...]
    read: str
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def shown(self) -> str:
        """The name as people write it."""
        return shown(self.name)


@dataclass(frozen=True)
class Copied:
    """A copy: its file, the number of rows by table, and what is not in it as it is in the source."""

    path: Path
    tables: dict[str, int]
    notes: tuple[Note, ...] = ()


@dataclass
class Contents:
    """The tables that a source has, and what of it is left out."""

    tables: list[ForeignTable] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class Source(Protocol):
    """A database of another make. What its methods raise may be the driver's errors."""

    extension: str

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attaches it as SOURCE, read-only."""

    def contents(self, connection: duckdb.DuckDBPyConnection) -> Contents:
        """Its tables."""

    def expressions(self, connection: duckdb.DuckDBPyConnection, table: ForeignTable, staged: str) -> tuple[list[str], list[Note]]:
        """The values of a table's columns as they go into the copy, over the table `staged` with its rows as read."""

    def scrubbed(self, text: str) -> str:
        """A text of the driver without secrets."""

    def failure(self, text: str, table: str) -> ShopError:
        """Our own sentence for an error of the driver, of which it shows nothing; `table` is what was being read, if any was."""


def shown(name: Name) -> str:
    """A table's name, with its schema where that is not main."""
    return name[1] if name[0] == "main" else ".".join(name)


def inside(name: Name) -> str:
    """A table's name as SQL."""
    return f"{quoted(name[0])}.{quoted(name[1])}"
