"""MySQL, by way of a driver in Python: rows are streamed, in one transaction."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from semantic_layer.engines.duckdb import OFFLINE
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError

_PATIENCE = 15  # seconds that a connection may take
_NULL = "\\N"


def is_mysql(source: str) -> bool:
    """Whether a text is the URL of a MySQL database."""
    return source.lower().startswith(("mysql://", "mysql+pymysql://", "mariadb://"))


def extract_mysql(url: str, table: str, target: Path) -> None:
    """As `extract_table`. Raises ShopError."""
    rows = target.with_suffix(".rows")
    try:
        with _opened(url, table) as cursor:
            columns = [str(d[0]) for d in cursor.description]
            with rows.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
                while block := cursor.fetchmany(10_000):
                    writer.writerows([[_shown(v) for v in row] for row in block])
        listed = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in columns)
        chosen = ", ".join(f"NULLIF({quoted(c)}, {literal(_NULL)}) AS {quoted(c)}" for c in columns)
        with contextlib.closing(duckdb.connect(":memory:", config=OFFLINE)) as connection:
            connection.execute(
                f"COPY (SELECT {chosen} FROM read_csv({literal(str(rows))}, columns = {{{listed}}}, header = false, auto_detect = false, "
                f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n')) TO {literal(str(target))} (FORMAT parquet)"
            )
    finally:
        rows.unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(url: str, table: str) -> Iterator[Any]:
    try:
        import pymysql
        from pymysql.cursors import SSCursor
    except ImportError:
        raise ShopError(
            "Reading MySQL needs a driver. Run: pip install 'wenshu[mysql]'", "读取 MySQL 需要驱动程序。请运行：pip install 'wenshu[mysql]'"
        ) from None
    place = urlsplit(url)
    shown = f"mysql://{place.hostname or ''}{place.path}"
    name = ".".join("`" + part.replace("`", "``") + "`" for part in table.split("."))
    try:
        connection = pymysql.connect(
            host=place.hostname or "localhost", port=place.port or 3306, user=unquote(place.username or ""),
            # As bytes: the driver would write a text in Latin-1.
            password=unquote(place.password or "").encode(),
            database=place.path.strip("/") or None, charset="utf8mb4", connect_timeout=_PATIENCE, cursorclass=SSCursor,
        )  # fmt: skip
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("START TRANSACTION READ ONLY")
            cursor.execute(f"SELECT * FROM {name}")
            yield cursor
    except (pymysql.MySQLError, ValueError, OSError) as error:
        log.warning("reading %s failed: %s", shown, described(type(error).__name__))
        code = error.args[0] if error.args else 0
        if code in (1044, 1045, 1698):
            raise ShopError(f"{shown} does not let this user in: check user and password.", f"{shown} 拒绝该用户登录：请检查用户名和密码。") from None
        if code in (1146, 1142, 1143):
            raise ShopError(f"There is no table {table} in {shown} that this user may read.", f"{shown} 里没有该用户可读的表 {table}。") from None
        raise ShopError(
            f"{shown} cannot be reached or read. Check host, port and database.", f"无法连接或读取 {shown}。请检查主机、端口和数据库名。"
        ) from None


def _shown(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)
