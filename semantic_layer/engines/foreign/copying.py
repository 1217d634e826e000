"""Copies a database of another make: its rows as they are at one moment, then the tables with their types and keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from semantic_layer.engines.admin import placed
from semantic_layer.engines.duckdb import OFFLINE
from semantic_layer.engines.extensions import load_extension
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.foreign.keys import Made, holds, kept_references, parents_first, referred_to
from semantic_layer.engines.foreign.model import SOURCE, Contents, Copied, ForeignTable, Name, Note, Source, inside
from semantic_layer.engines.foreign.postgres import PostgresSource, is_postgres
from semantic_layer.engines.foreign.sqlite import SqliteSource, is_sqlite
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError, WenshuError

_ROWS = "wenshu_rows"  # the name under which the rows as read are attached


def is_foreign(source: str) -> bool:
    """Whether this names a database that has to be copied first: the URL of a PostgreSQL database, or a SQLite file."""
    return is_postgres(source) or is_sqlite(Path(source).expanduser())


def copy_database(source: str, target: Path) -> Copied:
    """Copies a SQLite file or a PostgreSQL database (postgresql://...) into a DuckDB file, which appears whole or not at all.

    The source is only read. Its tables come with their primary keys and foreign keys, as far as the rows keep them;
    views do not. Types that DuckDB lacks become text. Raises ShopError; no message and no log holds a password.
    """
    opened: Source = PostgresSource(source) if is_postgres(source) else SqliteSource(Path(source).expanduser())
    with placed(target) as building:
        # The scanner of PostgreSQL insists on looking for secrets; this folder has none.
        config = {**OFFLINE, "allow_persistent_secrets": "true", "secret_directory": str(building.with_name("secrets"))}
        with contextlib.closing(duckdb.connect(str(building), config=config)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            load_extension(connection, opened.extension)
            with _step(opened, ""):
                connection.execute(f"ATTACH {literal(str(building.with_name('rows')))} AS {_ROWS}")
            contents = _stage(connection, opened)
            rows, notes = _make(connection, opened, contents)
            with _step(opened, ""):
                connection.execute("CHECKPOINT")
    return Copied(target, rows, (*contents.notes, *notes))


def _stage(connection: duckdb.DuckDBPyConnection, source: Source) -> Contents:
    """The rows of all tables, as one transaction of the source sees them, in numbered tables."""
    with _step(source, ""):
        source.attach(connection)
        connection.begin()
        contents = source.contents(connection)
    _distinct(contents.tables)
    if not contents.tables:
        en, zh = (" ".join(n.en for n in contents.notes), "".join(n.zh for n in contents.notes))
        raise ShopError(f"There is no table to copy. {en}".rstrip(), f"没有可复制的表。{zh}")
    for number, table in enumerate(contents.tables):
        with _step(source, table.shown):
            connection.execute(f"CREATE TABLE {_staged(number)} AS {table.read}")
    with _step(source, ""):
        connection.commit()
        connection.execute(f"DETACH {SOURCE}")
    return contents


def _make(connection: duckdb.DuckDBPyConnection, source: Source, contents: Contents) -> tuple[dict[str, int], list[Note]]:
    """The tables of the copy; the number of rows of each, and what is not in them as in the source."""
    staged = {table.name: _staged(number) for number, table in enumerate(contents.tables)}
    wanted = referred_to(contents.tables)
    made: dict[Name, Made] = {}
    counts: dict[str, int] = {}
    notes: list[Note] = []
    for table in parents_first(contents.tables):
        with _step(source, table.shown):
            values, found = source.expressions(connection, table, staged[table.name])
            chosen = ", ".join(f"{v} AS {quoted(c)}" for v, c in zip(values, table.columns, strict=True))
            rows = f"(SELECT {chosen} FROM {staged[table.name]})"
            made[table.name], keys = _create(connection, table, rows, wanted.get(table.name, set()), made)
            notes += [*found, *keys]
            # Back to nothing, so that the disk holds the rows twice at most.
            connection.execute(f"DROP TABLE {staged[table.name]}")
            counts[table.shown] = int(connection.execute(f"SELECT count(*) FROM {inside(table.name)}").fetchall()[0][0])
    return counts, notes


def _create(
    connection: duckdb.DuckDBPyConnection, table: ForeignTable, rows: str, wanted: set[tuple[str, ...]], made: dict[Name, Made]
) -> tuple[Made, list[Note]]:
    """Makes one table of the copy with those of its keys that the rows keep."""
    types = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {rows}").fetchall()}
    ours = Made(types)
    references, notes = kept_references(connection, table, rows, types, made)
    constraints = []
    for key in dict.fromkeys([table.primary_key, *sorted(wanted)]):
        primary = key == table.primary_key
        if not key:
            continue
        if holds(connection, rows, key, nulls=not primary):
            ours.unique.add(key)
            constraints.append(f"{'PRIMARY KEY' if primary else 'UNIQUE'} ({', '.join(map(quoted, key))})")
        elif primary:
            names = f"{table.shown}({', '.join(key)})"
            notes.append(
                Note(f"The primary key {names} is not in the copy: it is not unique, or empty in places.", f"副本中没有主键 {names}：有重复或空值。")
            )
    for r in references:
        mine, theirs = (", ".join(map(quoted, columns)) for columns in (r.columns, r.target))
        constraints.append(f"FOREIGN KEY ({mine}) REFERENCES {inside(r.table)} ({theirs})")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.name[0])}")
    columns = [f"{quoted(name)} {kind}" for name, kind in types.items()]
    connection.execute(f"CREATE TABLE {inside(table.name)} ({', '.join([*columns, *constraints])})")
    connection.execute(f"INSERT INTO {inside(table.name)} FROM {rows}")
    return ours, notes


@contextlib.contextmanager
def _step(source: Source, table: str) -> Iterator[None]:
    """Whatever fails inside becomes an error of ours."""
    # The driver can also raise errors of Python itself (bad text in a message), so all are caught at this border.
    try:
        yield
    except WenshuError:
        raise
    except Exception as error:
        # The driver reports Ctrl-C as an error of its own.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        text = f"{type(error).__name__}: {error}"
        log.warning("copying a database failed: %s", described(source.scrubbed(text)))
        if isinstance(error, duckdb.OutOfMemoryException) or "no space left" in text.lower():
            raise ShopError(
                "The disk or the memory is full; the copy needs room for the rows twice while it is made.",
                "磁盘或内存已满；复制期间需要容纳两份数据的空间。",
            ) from None
        raise source.failure(text, table) from None


def _distinct(tables: list[ForeignTable]) -> None:
    """Names that differ only in capitals are one to DuckDB."""
    for names in [[t.shown for t in tables], *([f"{t.shown}.{c}" for c in t.columns] for t in tables)]:
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                raise ShopError(
                    f"{other} and {name} differ only in capital letters, which DuckDB does not tell apart. Rename one of them.",
                    f"{other} 与 {name} 只有大小写不同，DuckDB 无法区分。请重命名其中一个。",
                )


def _staged(number: int) -> str:
    return f"{_ROWS}.main.rows_{number}"
