"""DuckDB: every opener has a small engine of its own with the file attached read-only; one cursor per request.

An engine of its own, because DuckDB opens a file by its path only once per process and with one configuration: the
limits of one opener would bind all others, and a file that was replaced would show its old content until all are closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from semantic_layer.engines.base import ColumnType, Limits
from semantic_layer.engines.deadlines import Deadlines
from semantic_layer.engines.failures import Kind, described, failure, log
from semantic_layer.engines.files import BASE, file_version
from semantic_layer.engines.quoting import literal
from semantic_layer.errors import ShopError

CATALOG = "wenshu_shop"  # the name under which the file is attached; no schema in it may have the same
OWN_SCHEMAS = "wenshu_"  # how the names of schemas begin that are not the shop's
_BASE_OF = f"SELECT file FROM {CATALOG}.wenshu_state.base"
_USE = f"USE {CATALOG}.main"
_OPENINGS = 5
_DEADLINES = Deadlines()
# Before the file is opened: nothing may be fetched because of what stands in it.
OFFLINE: dict[str, Any] = {
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


def open_read_only(path: Path, limits: Limits, beside: Mapping[str, Path] | None = None) -> duckdb.DuckDBPyConnection:
    """A hardened root connection to a database file, and to others `beside` it under their names.

    Raises ShopError that says what is wrong with the file and what to do.
    """
    file_version(path)
    root = detached(limits.memory_mb, limits.threads)
    # The driver can also raise errors of Python itself (bad text in a message), so all are caught at this border.
    try:
        _attach_present(root, path)
        for name, other in (beside or {}).items():
            root.execute(f"ATTACH {literal(str(other.absolute()))} AS {name} (TYPE duckdb, READ_ONLY)")
        harden(root)
    except Exception as error:
        root.close()
        log.warning("opening %s failed: %s", path, described(error))
        raise unopened(path, error) from None
    return root


def _attach_present(root: duckdb.DuckDBPyConnection, path: Path) -> None:
    """As `attach`; again where the file was replaced meanwhile, since its base goes with it."""
    for _ in range(_OPENINGS):
        version = file_version(path)
        try:
            attach(root, path)
            return
        except Exception:
            if file_version(path) == version:
                raise
    attach(root, path)


def detached(memory_mb: int, threads: int | None) -> duckdb.DuckDBPyConnection:
    """A root connection without a file."""
    config = {**OFFLINE, "memory_limit": f"{memory_mb}MB"}
    if threads:
        config["threads"] = threads
    return duckdb.connect(":memory:", config=config)


def attach(root: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Opens the file, read-only, and its base where it has one. Raises the driver's errors, and leaves nothing open then."""
    root.execute(f"ATTACH {literal(str(path.absolute()))} AS {CATALOG} (TYPE duckdb, READ_ONLY)")
    try:
        base = base_of(root, path)
        if base is not None:
            root.execute(f"ATTACH {literal(str(base))} AS {BASE} (TYPE duckdb, READ_ONLY)")
    except Exception:
        root.execute(f"DETACH {CATALOG}")
        raise


def base_of(root: duckdb.DuckDBPyConnection, path: Path) -> Path | None:
    """The base of the open file, if it is the head of one."""
    # No parameter: with one the driver imports pandas, where that is installed, to see whether it is a frame.
    found = f"SELECT count(*) FROM duckdb_tables() WHERE database_name = {literal(CATALOG)} AND schema_name = 'wenshu_state' AND table_name = 'base'"
    if not root.execute(found).fetchall()[0][0]:
        return None
    return path.absolute().parent / str(root.execute(_BASE_OF).fetchall()[0][0])


def detach(root: duckdb.DuckDBPyConnection) -> None:
    """Closes the file again, and its base."""
    root.execute(f"DETACH {CATALOG}")
    root.execute(f"DETACH DATABASE IF EXISTS {BASE}")


def harden(root: duckdb.DuckDBPyConnection) -> None:
    """Leaves a root connection nothing but the open file."""
    root.execute(_USE)
    for statement in _HARDENING:
        root.execute(statement)


def unopened(path: Path, error: Exception) -> ShopError:
    """Our own sentence for a file that cannot be opened."""
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
        ("wal does not match",),
        "Beside the database {0} stands {0}.wal, the log of another database. Remove the log, or restore the database it belongs to.",
        "数据库 {0} 旁的 {0}.wal 是另一个数据库的日志。请删除该日志，或恢复它所属的数据库。",
    ),
    (
        ("version number", "storage version", "newer version", "older version"),
        "The database {0} was written by another version of DuckDB than {1}, which cannot read it. Export it with that version, or build it again.",
        "数据库 {0} 由另一个版本的 DuckDB 写成，{1} 版无法读取。请用原版本导出，或重新生成。",
    ),
    (
        ("no such file", "does not exist"),
        "A file that the database {0} consists of is missing beside it. Run: wenshu refresh --full",
        "数据库 {0} 旁缺少它的一个组成文件。请运行：wenshu refresh --full",
    ),
    (
        _DAMAGE,
        "The file {0} is not a database that can be read: it is damaged, or not a DuckDB file. Restore it, or build it again.",
        "文件 {0} 无法作为数据库读取：已损坏，或不是 DuckDB 文件。请恢复或重新生成。",
    ),
)


def fresh_cursor(root: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A cursor of its own for one request: what a statement leaves behind ends with the cursor."""
    cursor = root.cursor()
    cursor.execute(_USE)
    return cursor


@contextlib.contextmanager
def request(root: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of its own, ended at the time limit. Whatever fails inside becomes an error of ours."""
    # As above: not only the driver's own errors.
    try:
        with contextlib.closing(fresh_cursor(root)) as cursor, bounded(cursor, limits.seconds):
            yield cursor
    except Exception as error:
        raise failure(kind_of(error), described(error), limits) from None


@contextlib.contextmanager
def bounded(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupts the cursor at the time limit; what fails then is a TimeoutError, but for the want of memory."""
    with _DEADLINES.within(seconds, cursor) as deadline:
        try:
            yield
        except Exception as error:
            # The driver reports Ctrl-C as an error of its own.
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            if deadline.passed and kind_of(error) != "memory":
                raise TimeoutError(described(error)) from None
            raise


def kind_of(error: Exception) -> Kind:
    """What kind of failure an error inside `bounded` is."""
    if isinstance(error, (TimeoutError, duckdb.InterruptException)):
        return "timeout"
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)) or "maximum allowed vector size" in str(error):
        return "memory"
    if isinstance(error, (duckdb.IOException, duckdb.FatalException)) and any(w in str(error).lower() for w in _DAMAGE):
        return "damaged"
    return "fatal" if isinstance(error, (duckdb.FatalException, duckdb.InternalException)) else "other"
