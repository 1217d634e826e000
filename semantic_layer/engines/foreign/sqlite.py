"""SQLite: a column may hold values of any kind whatever its declared type, so the kinds are counted before a type is chosen.

All values come as text through SQLite's own functions: DuckDB's scanner takes numbers in a column declared as a date for
seconds since 1970, whatever they mean, and refuses whole tables for one text among numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from semantic_layer.engines.foreign.model import SOURCE, Contents, ForeignTable, Note, Reference
from semantic_layer.engines.foreign.sqlite_types import SqliteColumn, expressions
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError

_HEADER = b"SQLite format 3\x00"
_TABLES = "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
_EXACT = f"BETWEEN -{2**53} AND {2**53}"  # the integers that floating-point numbers hold exactly
_KINDS = {
    "integer": f"typeof({{0}}) = 'integer' AND {{0}} {_EXACT}",
    "wide integer": f"typeof({{0}}) = 'integer' AND {{0}} NOT {_EXACT}",
    **{kind: f"typeof({{0}}) = '{kind}'" for kind in ("real", "text", "blob")},
}


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as SQLite files do."""
    try:
        with path.open("rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except OSError:
        return False


class SqliteSource:
    """A SQLite file."""

    extension = "sqlite_scanner"

    def __init__(self, path: Path) -> None:
        """Raises ShopError where there is no such file."""
        if path.is_dir():
            raise ShopError(f"{path} is a folder, not a database file.", f"{path} 是文件夹，不是数据库文件。")
        if not path.exists():
            raise ShopError(f"There is no database file {path}.", f"没有数据库文件 {path}。")
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise ShopError(f"{path} cannot be read: {error.strerror}.", f"无法读取 {path}：{error.strerror}。") from None
        if not is_sqlite(path):
            raise ShopError(
                f"{path} is neither a SQLite nor a DuckDB file that can be read.",
                f"{path} 不是可以读取的 SQLite 或 DuckDB 文件。",
            )
        self._path = path
        self._columns: dict[str, list[SqliteColumn]] = {}

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """See Source."""
        connection.execute(f"ATTACH {literal(str(self._path.absolute()))} AS {SOURCE} (TYPE sqlite, READ_ONLY)")

    def contents(self, connection: duckdb.DuckDBPyConnection) -> Contents:
        """See Source. Views and virtual tables are left out; a generated column is copied as its values."""
        found = Contents()
        listed = _query(connection, _TABLES)
        tables = {name.lower(): name for name, kind in listed if kind == "table"}
        keys: dict[str, tuple[str, ...]] = {}
        for name in tables.values():
            self._columns[name], keys[name] = _columns(connection, name)
        for name in tables.values():
            columns = self._columns[name]
            read = f"SELECT {', '.join(f'{c.read} AS {quoted(c.name)}' for c in columns)} FROM {quoted(name)}"
            found.tables.append(
                ForeignTable(
                    ("main", name),
                    tuple(c.name for c in columns),
                    f"SELECT {', '.join(f'{c.cast} AS {quoted(c.name)}' for c in columns)} FROM sqlite_query('{SOURCE}', {literal(read)})",
                    keys[name],
                    self._references(connection, name, tables, keys),
                )
            )
        for kinds, en, zh in ((("view",), "views", "视图"), (("virtual",), "virtual tables", "虚拟表")):
            if names := [name for name, kind in listed if kind in kinds]:
                found.notes.append(Note(f"Not copied, {en}: {', '.join(names)}.", f"未复制的{zh}：{'、'.join(names)}。"))
        return found

    def _references(
        self, connection: duckdb.DuckDBPyConnection, table: str, tables: dict[str, str], keys: dict[str, tuple[str, ...]]
    ) -> tuple[Reference, ...]:
        """The foreign keys of a table; not those to tables or columns that do not exist, which SQLite lets stand."""
        rows = _query(connection, f'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list({literal(table)}) ORDER BY id, seq')
        found = []
        for number in dict.fromkeys(row[0] for row in rows):
            parts = [row for row in rows if row[0] == number]
            parent = tables.get(parts[0][1].lower())
            if parent is not None:
                columns = self._named(table, [p[2] for p in parts])
                # Without columns, a foreign key is to the primary key.
                target = self._named(parent, [p[3] for p in parts]) if parts[0][3] else keys[parent]
                if columns and len(columns) == len(target):
                    found.append(Reference(columns, ("main", parent), target))
        return tuple(found)

    def _named(self, table: str, names: list[str]) -> tuple[str, ...]:
        """Columns by their names in any capitals; nothing where one does not exist."""
        known = {c.name.lower(): c.name for c in self._columns[table]}
        return tuple(known[n.lower()] for n in names) if all(n.lower() in known for n in names) else ()

    def expressions(self, connection: duckdb.DuckDBPyConnection, table: ForeignTable, staged: str) -> tuple[list[str], list[Note]]:
        """See Source."""
        return expressions(connection, table.shown, self._columns[table.name[1]], staged)

    def scrubbed(self, text: str) -> str:
        """See Source; there are no secrets."""
        return text

    def failure(self, text: str, table: str) -> ShopError:
        """See Source."""
        path = self._path
        lower = text.lower()
        if "locked" in lower or "busy" in lower:
            return ShopError(
                f"The database {path} is in use by a program that writes to it. Close that program and try again.",
                f"数据库 {path} 正被另一个程序写入。请关闭那个程序后重试。",
            )
        if "unicode" in lower or "utf-8" in lower:
            return ShopError(
                f"The table {table} of {path} holds text that is not UTF-8. Convert it in SQLite and try again.",
                f"{path} 的表 {table} 中有不是 UTF-8 的文本。请在 SQLite 中转换后重试。",
            )
        if "malformed" in lower or "not a database" in lower or "disk image" in lower or "disk i/o" in lower:
            return ShopError(f"The SQLite file {path} is damaged or encrypted.", f"SQLite 文件 {path} 已损坏或已加密。")
        if "unable to open" in lower or "readonly" in lower:
            return ShopError(
                f"The SQLite file {path} cannot be opened where it is: in WAL mode SQLite keeps files beside it. Copy it to a folder of yours.",
                f"无法在原处打开 SQLite 文件 {path}：WAL 模式下 SQLite 需要在旁边保存文件。请将它复制到可写的文件夹。",
            )
        where = (f", table {table}", f" 的表 {table}") if table else ("", "")
        return ShopError(
            f"The SQLite file {path}{where[0]} could not be copied; the log says why.",
            f"无法复制 SQLite 文件 {path}{where[1]}；原因见日志。",
        )


def _query(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query that SQLite runs; every value is text."""
    return connection.execute(f"FROM sqlite_query('{SOURCE}', {literal(sql)})").fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[list[SqliteColumn], tuple[str, ...]]:
    """The columns, each with the number of its values of every kind; the primary key."""
    rows = _query(connection, f"SELECT name, type, pk FROM pragma_table_xinfo({literal(table)}) WHERE hidden <> 1 ORDER BY cid")
    tests = [test.format(quoted(name)) for name, _, _ in rows for test in _KINDS.values()]
    counted = ", ".join(f"coalesce(sum({test}), 0) AS n{i}" for i, test in enumerate(tests))
    counts = [int(n) for n in _query(connection, f"SELECT {counted} FROM {quoted(table)}")[0]]
    columns = [
        SqliteColumn(name, (declared or "").upper(), dict(zip(_KINDS, counts[i * len(_KINDS) : (i + 1) * len(_KINDS)], strict=True)))
        for i, (name, declared, _) in enumerate(rows)
    ]
    key = sorted((int(place), name) for name, _, place in rows if int(place))
    return columns, tuple(name for _, name in key)
