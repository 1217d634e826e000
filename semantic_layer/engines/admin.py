"""The one writer and the one introspector: for building shops, and for drafting and checking catalogs. Never for a user's question."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from semantic_layer.engines.duckdb import open_file
from semantic_layer.errors import ShopError


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def write_tables(path: Path, parquet: Mapping[str, Path]) -> None:
    """Builds a database file with one table per Parquet file; the file appears whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".building", dir=path.parent)
        os.close(handle)
        os.unlink(name)
    except OSError as error:
        raise ShopError(f"{path.parent} cannot be written: {error.strerror}.", f"无法写入 {path.parent}：{error.strerror}。") from None
    building = Path(name)
    try:
        with duckdb.connect(str(building)) as connection:
            for table, source in parquet.items():
                connection.execute(f"CREATE TABLE {quoted(table)} AS FROM read_parquet(?)", [str(source)])
        os.replace(building, path)
    except (duckdb.Error, OSError) as error:
        raise ShopError(f"The data could not be written to {path}: {error}", f"数据无法写入 {path}：{error}") from None
    finally:
        building.unlink(missing_ok=True)
        building.with_name(building.name + ".wal").unlink(missing_ok=True)


class Introspector:
    """Reads what tables a database has and what stands in them."""

    def __init__(self, path: Path) -> None:
        self._connection = open_file(path, read_only=True)

    def __enter__(self) -> Introspector:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def tables(self) -> dict[str, dict[str, str]]:
        """SQL types by table and column."""
        found: dict[str, dict[str, str]] = {}
        rows = self._connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY table_name, ordinal_position"
        ).fetchall()
        for table, column, kind in rows:
            found.setdefault(table, {})[column] = kind
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql).fetchall()

    def distinct(self, table: str, expression: str, limit: int) -> list[str]:
        """The distinct values of a column or expression as text, in order, at most `limit`."""
        sql = f"SELECT DISTINCT CAST({expression} AS VARCHAR) AS v FROM {quoted(table)} WHERE v IS NOT NULL ORDER BY v LIMIT {int(limit)}"
        return [row[0] for row in self.rows(sql)]
