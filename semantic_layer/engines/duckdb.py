"""DuckDB: every opener has a small engine of its own with the file attached read-only; one cursor per request.

An engine of its own, because DuckDB opens a file by its path only once per process and with one configuration: the
limits of one opener would bind all others, and a file that was replaced would show its old content until all are closed.
"""

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

CATALOG = "wenshu_shop"  # the name under which the file is attached; no schema in it may have the same
_USE = f"USE {CATALOG}.main"
# Before the file is opened: nothing may be fetched because of what stands in it.
_OFFLINE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
}
# The order matters: the file systems can only be switched off once the file is open, and the lock comes last.
# Without DETACH the empty database of the engine itself would stay writable.
_HARDENING = (
    "DETACH memory",
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
        self._root = open_read_only(path, self.limits)

    def run(self, sql: str, limits: Limits | None = None) -> Result:
        """Runs one statement on a cursor of its own; ends it at the time limit; cuts the rows at the row limit."""
        limits = limits or self.limits
        with request(self._root, limits) as cursor:
            cursor.execute(sql)
            rows = cursor.fetchmany(limits.max_rows + 1)
            description = cursor.description or []
        columns = tuple(Column(d[0], column_type(str(d[1]))) for d in description)
        return Result(columns, [tuple(map(_plain, r)) for r in rows[: limits.max_rows]], len(rows) > limits.max_rows)

    def close(self) -> None:
        """Closes the root connection."""
        self._root.close()


def open_read_only(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A hardened root connection to a database file. Raises ShopError that says what is wrong with the file and what to do."""
    if path.is_dir():
        raise ShopError(f"{path} is a folder, not a database file.", f"{path} 是文件夹，不是数据库文件。")
    if not path.is_file():
        raise ShopError(f"There is no database file {path}.", f"没有数据库文件 {path}。")
    config: dict[str, Any] = {**_OFFLINE, "memory_limit": f"{limits.memory_mb}MB"}
    if limits.threads:
        config["threads"] = limits.threads
    root = duckdb.connect(":memory:", config=config)
    try:
        literal = str(path.absolute()).replace("'", "''")
        root.execute(f"ATTACH '{literal}' AS {CATALOG} (TYPE duckdb, READ_ONLY)")
        root.execute(_USE)
        for statement in _HARDENING:
            root.execute(statement)
    # The driver can also raise errors of Python itself (bad text in a message), so all are caught at this border.
    except Exception as error:
        root.close()
        raise _unopened(path, error) from None
    return root


def described(error: Exception) -> str:
    """An error for the log: on one line and printable, whatever the data in its text."""
    return "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {error}")


def _unopened(path: Path, error: Exception) -> ShopError:
    """Our own sentence for a file that cannot be opened; the engine's text goes to the log only."""
    log.warning("opening %s failed: %s", path, described(error))
    # The path itself may hold any of these words.
    text = str(error).replace(str(path.absolute()), "").lower()
    for words, en, zh in _OPENING_ERRORS:
        if any(word in text for word in words):
            return ShopError(en.format(path.name, duckdb.__version__), zh.format(path.name, duckdb.__version__))
    return ShopError(f"The database {path.name} cannot be opened; the log says why.", f"无法打开数据库 {path.name}；原因见日志。")


_DAMAGE = ("not a valid", "corrupt", "checksum", "could not read enough bytes", "deserializ", "out of range", "internal error")
_OPENING_ERRORS = (
    (
        ("could not set lock", "unique file handle conflict", "different configuration", "being used by another process"),
        "The database {0} is in use by a program that writes to it. Close that program and try again.",
        "数据库 {0} 正被另一个程序写入。请关闭那个程序后重试。",
    ),
    (
        ("permission denied",),
        "The database {0} may not be read: permission denied. Give this user the right to read the file.",
        "没有读取数据库 {0} 的权限。请授予当前用户读取该文件的权限。",
    ),
    (
        ("version number", "storage version", "newer version", "older version"),
        "The database {0} was written by another version of DuckDB than {1}, which cannot read it. Export it with that version, or build it again.",
        "数据库 {0} 由另一个版本的 DuckDB 写成，{1} 版无法读取。请用原版本导出，或重新生成。",
    ),
    (
        _DAMAGE,
        "The file {0} is not a database that can be read: it is damaged, or not a DuckDB file. Restore it, or build it again.",
        "文件 {0} 无法作为数据库读取：已损坏，或不是 DuckDB 文件。请恢复或重新生成。",
    ),
)


@contextlib.contextmanager
def request(root: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of its own, ended at the time limit. Whatever fails inside becomes an error of ours."""
    late = threading.Event()
    cursor: duckdb.DuckDBPyConnection | None = None
    try:
        cursor = root.cursor()
        cursor.execute(_USE)
        with _deadline(cursor, limits.seconds, late):
            yield cursor
    # As above: not only the driver's own errors.
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise _translated(error, late.is_set(), limits) from None
    finally:
        if cursor is not None:
            cursor.close()


@contextlib.contextmanager
def _deadline(cursor: duckdb.DuckDBPyConnection, seconds: float, late: threading.Event) -> Iterator[None]:
    """Interrupts the cursor after `seconds`, and again until it gives up: between two steps an interrupt is lost."""
    done = threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            late.set()
            cursor.interrupt()
        while not done.wait(0.1):
            cursor.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _translated(error: Exception, late: bool, limits: Limits) -> EngineError:
    """Our own sentence for an engine error; the engine's text goes to the log only, under the id."""
    number = uuid.uuid4().hex[:8]
    log.warning("query %s failed: %s", number, described(error))
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
    if isinstance(error, (duckdb.IOException, duckdb.FatalException)) and any(w in str(error).lower() for w in _DAMAGE):
        return EngineError(
            f"The database file is damaged where this query reads it. Restore it, or build it again. ({number})",
            f"数据库文件在这个查询读取之处已损坏。请恢复或重新生成。（{number}）",
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
