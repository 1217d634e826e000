"""One table of a database of another make, as a Parquet file of text: for sources that are read again and again."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import duckdb

from semantic_layer.engines.duckdb import OFFLINE
from semantic_layer.engines.extensions import load_extension
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.foreign.model import SOURCE, Source
from semantic_layer.engines.foreign.mysql import extract_mysql, is_mysql
from semantic_layer.engines.foreign.postgres import PostgresSource, is_postgres
from semantic_layer.engines.foreign.sqlite import SqliteSource
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError, WenshuError


def extract_table(database: str, table: str, target: Path) -> str:
    """Writes the rows of a table into a Parquet file; the source is only read. Gives a name of the content, whatever the order of rows.

    `database` is a SQLite file, or the URL of a PostgreSQL or MySQL database. Raises ShopError; no message and no log holds a password.
    """
    if is_mysql(database):
        extract_mysql(database, table, target)
        return content_of(target)
    opened: Source = PostgresSource(database) if is_postgres(database) else SqliteSource(Path(database))
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=target.parent) as folder:
        # The scanner of PostgreSQL insists on looking for secrets; this folder has none.
        config = {**OFFLINE, "allow_persistent_secrets": "true", "secret_directory": folder}
        with contextlib.closing(duckdb.connect(":memory:", config=config)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            load_extension(connection, opened.extension)
            try:
                if opened.extension == "sqlite_scanner":
                    # SQLite's columns hold values of any type.
                    connection.execute("SET sqlite_all_varchar = true")
                opened.attach(connection)
                _copy(connection, table, target)
            except WenshuError:
                raise
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                log.warning("reading a table failed: %s", described(opened.scrubbed(text)))
                if isinstance(error, duckdb.CatalogException):
                    raise ShopError(f"There is no table {table} in the database.", f"数据库里没有表 {table}。") from None
                raise opened.failure(text, table) from None
    return content_of(target)


def content_of(parquet: Path) -> str:
    """Names the rows of a Parquet file, whatever their order."""
    with contextlib.closing(duckdb.connect(":memory:", config=OFFLINE)) as connection:
        digest = "md5_number(CAST(to_json(t) AS VARCHAR))"
        query = f"SELECT concat_ws(' ', count(*), bit_xor({digest}), sum({digest} % 1000000007)) FROM read_parquet({literal(str(parquet))}) t"
        return str(connection.execute(query).fetchall()[0][0])


def _copy(connection: duckdb.DuckDBPyConnection, table: str, target: Path) -> None:
    name = f"{SOURCE}.{'.'.join(map(quoted, table.split('.')))}"
    types = {str(r[0]): str(r[1]) for r in connection.execute(f"DESCRIBE FROM {name}").fetchall()}
    chosen = ", ".join(quoted(c) if _is_plain(kind) else f"CAST({quoted(c)} AS VARCHAR) AS {quoted(c)}" for c, kind in types.items())
    connection.execute(f"COPY (SELECT {chosen} FROM {name}) TO {literal(str(target))} (FORMAT parquet)")


def _is_plain(kind: str) -> bool:
    """Whether values of a type are told from others in Parquet as well; the rest goes as text."""
    return kind.startswith(("DECIMAL", "TIMESTAMP")) or kind in _PLAIN


_PLAIN = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DATE"}
