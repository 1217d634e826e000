"""The one writer and the one introspector: for building shops, and for drafting and checking catalogs. Never for a user's question."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import CATALOG, OFFLINE, OWN_SCHEMAS, open_read_only, request
from semantic_layer.engines.extensions import load_extension
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.quoting import quoted, quoted_table
from semantic_layer.errors import ShopError

__all__ = ["Introspector", "Statement", "placed", "quoted", "quoted_table", "write_database", "write_tables"]
_INSPECTING = Limits(seconds=600.0)
_CAUSES = {
    errno.EACCES: ("permission denied", "没有权限"),
    errno.EPERM: ("permission denied", "没有权限"),
    errno.ENOENT: ("the folder cannot be made", "无法创建文件夹"),
    errno.EROFS: ("the disk is read-only", "磁盘为只读"),
    errno.ENOSPC: ("the disk is full", "磁盘已满"),
    errno.EDQUOT: ("the disk quota is used up", "磁盘配额已用完"),
    errno.ENOTDIR: ("a part of the path is a file", "路径中有一段是文件"),
    errno.EEXIST: ("a part of the path is a file", "路径中有一段是文件"),
    errno.EISDIR: ("there is a folder of that name", "已有同名文件夹"),
}


@dataclass(frozen=True)
class Statement:
    """A statement that fills a database, with the values of its question marks."""

    sql: str
    values: tuple[object, ...] = ()


def write_tables(path: Path, parquet: Mapping[str, Path]) -> None:
    """Builds a database file with one table per Parquet file; the file appears whole or not at all. Raises ShopError."""
    statements = [Statement(f"CREATE TABLE {quoted(table)} AS FROM read_parquet(?)", (str(source),)) for table, source in parquet.items()]
    write_database(path, statements, files=parquet.values())


def write_database(path: Path, statements: Iterable[Statement], *, files: Iterable[Path] = (), extensions: Iterable[str] = ()) -> None:
    """Builds a database file by running statements in it, which may read `files` and use DuckDB's `extensions`.

    The file appears whole or not at all. Raises ShopError.
    """
    for source in files:
        if not source.is_file():
            raise ShopError(f"There is no data file {source}.", f"没有数据文件 {source}。")
    try:
        with placed(path) as building, duckdb.connect(str(building), config=OFFLINE) as connection:
            for name in extensions:
                load_extension(connection, name)
            for statement in statements:
                connection.execute(statement.sql, statement.values)
            # Closing would keep silent about what it could not write.
            connection.execute("CHECKPOINT")
    except RuntimeError as error:
        # The driver reports Ctrl-C as an error of its own.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    except duckdb.Error as error:
        log.warning("writing %s failed: %s", path, described(error))
        raise ShopError(
            f"{path} could not be built from its source data: a file of it is damaged, or the disk or the memory is full; the log says which.",
            f"无法用源数据生成 {path}：文件损坏，或磁盘、内存已满；详情见日志。",
        ) from None


@contextlib.contextmanager
def placed(path: Path) -> Iterator[Path]:
    """A place beside `path` to build a database in, which takes the place of `path` if nothing fails. Raises ShopError where it cannot be written."""
    try:
        with _building(path) as building:
            yield building
            # The log of a database that stood here before would be applied to the new one.
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            os.replace(building, path)
    except OSError as error:
        en, zh = _CAUSES.get(error.errno or 0, ("the log says why", "原因见日志"))
        log.warning("writing %s failed: %s", path, described(error))
        raise ShopError(f"{path} cannot be written: {en}.", f"无法写入 {path}：{zh}。") from None


@contextlib.contextmanager
def _building(path: Path) -> Iterator[Path]:
    """A place beside `path` to build in; whatever is left there in the end is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=path.parent))
    try:
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Introspector:
    """Reads what tables a database has and what stands in them; what a catalog check needs of a database.

    Statements may name further files, `beside` it by name.

    Every method raises EngineError for a statement that the database refuses.
    """

    def __init__(self, path: Path, limits: Limits = _INSPECTING, beside: Mapping[str, Path] | None = None) -> None:
        self._limits = limits
        self._root = open_read_only(path, limits, beside)

    def __enter__(self) -> Introspector:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._root.close()

    def tables(self) -> dict[str, dict[str, str]]:
        """SQL types by table and column; a table outside the schema main is named with its schema."""
        found: dict[str, dict[str, str]] = {}
        for schema, table, column, kind in self.rows(_COLUMNS):
            found.setdefault(table if schema == "main" else f"{schema}.{table}", {})[column] = kind
        return found

    def declared_keys(self) -> list[tuple[str, str, tuple[str, ...], str, tuple[str, ...]]]:
        """The keys that tables declare: (table, PRIMARY KEY or FOREIGN KEY, columns, table referred to, columns there)."""
        return [
            (table if schema == "main" else f"{schema}.{table}", kind, tuple(columns), _beside(schema, other), tuple(there or ()))
            for schema, table, kind, columns, other, there in self.rows(_KEYS)
        ]

    def columns(self, sql: str) -> dict[str, str]:
        """SQL types by column of a query's result; the query is read but not run."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE {sql}")}

    def count(self, sql: str) -> int:
        """The number in the first row and column of a query's result."""
        return int(self.rows(sql)[0][0])

    def values(self, sql: str) -> list[str]:
        """The texts in the first column of a query's result, without empty ones."""
        return [str(row[0]) for row in self.rows(sql) if row[0] is not None]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with request(self._root, self._limits) as cursor:
            return cursor.execute(sql).fetchall()

    def distinct(self, table: str, expression: str, limit: int) -> list[str]:
        """The distinct values of a column or expression as text, in order, at most `limit`."""
        return self.values(
            f"SELECT DISTINCT CAST({expression} AS VARCHAR) AS v FROM {quoted_table(table)} WHERE v IS NOT NULL ORDER BY v LIMIT {int(limit)}"
        )


_COLUMNS = f"""
    SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
    WHERE table_catalog = '{CATALOG}' AND NOT starts_with(table_schema, '{OWN_SCHEMAS}') ORDER BY table_schema, table_name, ordinal_position
"""

_KEYS = f"""
    SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names FROM duckdb_constraints()
    WHERE database_name = '{CATALOG}' AND NOT starts_with(schema_name, '{OWN_SCHEMAS}')
        AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY schema_name, table_name, constraint_index
"""


def _beside(schema: str, table: str | None) -> str:
    """A table of the same schema, named as `tables` names it."""
    return "" if not table else table if schema == "main" else f"{schema}.{table}"
