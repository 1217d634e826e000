"""DuckDB: one hardened read-only root connection per file, one cursor per request."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import logging
import math
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from semantic_layer.engines.base import Column, ColumnType, Limits, Result
from semantic_layer.errors import EngineError, QueryTimeout, QueryTooLarge, ShopError

log = logging.getLogger("wenshu.engine")

# The order matters: the file systems can only be switched off once the database is open, and the lock comes last.
_HARDENING = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET python_enable_replacements = false",
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET disabled_filesystems = 'LocalFileSystem'",
    "SET lock_configuration = true",
)

_TYPES: dict[str, ColumnType] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime", "TIMESTAMP WITH TIME ZONE": "datetime",
    "TIMESTAMP_S": "datetime", "TIMESTAMP_MS": "datetime", "TIMESTAMP_NS": "datetime",
    "FLOAT": "number", "DOUBLE": "number",
}  # fmt: skip
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}


def column_type(sql_type: str) -> ColumnType:
    """Our name for a DuckDB type."""
    if sql_type in _INTEGERS:
        return "integer"
    if sql_type.startswith("DECIMAL"):
        return "integer" if sql_type.endswith(",0)") else "number"
    return _TYPES.get(sql_type, "string")


class DuckDBEngine:
    """Read-only access to one DuckDB file. Safe to use from many threads."""

    dialect = "duckdb"

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.path = path
        self.limits = limits or Limits()
        self._root = _connect(path, self.limits)

    def run(self, sql: str, limits: Limits | None = None) -> Result:
        """Runs one statement on a cursor of its own; ends it at the time limit; cuts the rows at the row limit."""
        limits = limits or self.limits
        cursor = self._root.cursor()
        try:
            with _deadline(cursor, limits.seconds) as late:
                try:
                    cursor.execute(sql)
                    rows = cursor.fetchmany(limits.max_rows + 1)
                    description = cursor.description or []
                # The driver can also raise errors of Python itself (bad text in a message), so all are caught at this border.
                except Exception as error:
                    raise _translated(error, late.is_set(), limits) from None
        finally:
            cursor.close()
        columns = tuple(Column(d[0], column_type(str(d[1]))) for d in description)
        return Result(columns, [tuple(map(_plain, r)) for r in rows[: limits.max_rows]], len(rows) > limits.max_rows)

    def close(self) -> None:
        """Closes the root connection."""
        self._root.close()


def _connect(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {"memory_limit": f"{limits.memory_mb}MB"}
    if limits.threads:
        config["threads"] = limits.threads
    connection = open_file(path, read_only=True, config=config)
    for statement in _HARDENING:
        connection.execute(statement)
    return connection


def open_file(path: Path, read_only: bool, config: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """Opens a database file. Raises ShopError that says what is wrong with it and what to do."""
    if read_only and not path.is_file():
        raise ShopError(f"There is no database file {path}.", f"没有数据库文件 {path}。")
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config or {})
    except duckdb.Error as error:
        log.info("opening %s failed: %s", path, error)
        text = str(error).lower()
        if "lock" in text:
            raise ShopError(
                f"The database {path.name} is in use by another program that writes to it. Close that program and try again.",
                f"数据库 {path.name} 正被另一个程序写入。请关闭那个程序后重试。",
            ) from None
        if "permission" in text:
            raise ShopError(f"The database {path.name} may not be read: permission denied.", f"没有读取数据库 {path.name} 的权限。") from None
        raise ShopError(
            f"The file {path.name} is not a database that can be read: it is damaged, or of another version.",
            f"文件 {path.name} 无法作为数据库读取：已损坏，或版本不符。",
        ) from None


@contextlib.contextmanager
def _deadline(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[threading.Event]:
    """Interrupts the cursor after `seconds`; the event tells whether it did."""
    late = threading.Event()

    def interrupt() -> None:
        late.set()
        cursor.interrupt()

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _translated(error: Exception, late: bool, limits: Limits) -> EngineError:
    """Our own sentence for an engine error; the engine's text goes to the log only, under the id."""
    number = uuid.uuid4().hex[:8]
    log.warning("query %s failed: %s: %s", number, type(error).__name__, error)
    if late or isinstance(error, duckdb.InterruptException):
        return QueryTimeout(
            f"The query took longer than {limits.seconds:g} seconds and was stopped. Ask for a shorter period or fewer groups. ({number})",
            f"查询超过 {limits.seconds:g} 秒，已停止。请缩短时间段或减少分组。（{number}）",
            id=number,
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryTooLarge(
            f"The query needs more memory than it may use. Ask for a shorter period or fewer groups. ({number})",
            f"查询所需内存超过上限。请缩短时间段或减少分组。（{number}）",
            id=number,
        )
    return EngineError(
        f"The database could not run this query. The details are in the log under {number}.",
        f"数据库无法执行这个查询。详情见日志，编号 {number}。",
        id=number,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return (int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
    if isinstance(value, (str, int, dt.date, dt.datetime)) or value is None:
        return value
    return str(value)
