"""PostgreSQL, in one read-only transaction: all tables of one state of the database."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

import duckdb

from semantic_layer.engines.foreign.model import SOURCE, Contents, ForeignTable, Name, Note, Reference
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError

SCHEMES = ("postgresql://", "postgres://")
_PATIENCE = 15  # seconds that a connection may take
# A value of these types compared with a text that is no such value is an error, not a difference.
_AS_TEXT = ("ENUM", "UUID")
_OURS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
_MAY_READ = "has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
_RELATIONS = f"""
    SELECT n.nspname::text, c.relname::text, c.relkind::text, {_MAY_READ} AS may,
        CASE WHEN {_MAY_READ} THEN row_security_active(c.oid) ELSE false END AS secured
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY 1, 2
"""
_COLUMNS = f"""
    SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, a.attnum
"""
_KEYS = f"""
    SELECT n.nspname::text, c.relname::text, k.contype::text, fn.nspname::text AS parent_schema, fc.relname::text AS parent,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY place) AS mine,
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY place) AS theirs
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class fc ON fc.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
    WHERE {_OURS} AND k.contype IN ('p', 'f') AND k.conparentid = 0 ORDER BY 1, 2, k.conname
"""


def is_postgres(source: str) -> bool:
    """Whether a text is the URL of a PostgreSQL database."""
    return source.lower().startswith(SCHEMES)


class PostgresSource:
    """A PostgreSQL database by its URL. What the URL leaves out, libpq looks for in its own places (PGPASSWORD, ~/.pgpass)."""

    extension = "postgres_scanner"

    def __init__(self, url: str) -> None:
        """Raises ShopError for a text that is no such URL."""
        rest = url.partition("://")[2]
        place, _, options = rest.partition("?")
        self._url = url
        self._shown = f"postgresql://{place.rpartition('@')[2]}"
        # A special character of a password that is not written as %XX ends the password: what follows would be shown as the host.
        if "@" in options or place.count("@") > 1 or "@" in place.partition("/")[2]:
            raise _malformed("postgresql://…")
        self._secrets = _secrets(url)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """See Source."""
        patience = "" if "connect_timeout=" in self._url else ("&" if "?" in self._url else "?") + f"connect_timeout={_PATIENCE}"
        connection.execute(f"ATTACH {literal(self._url + patience)} AS {SOURCE} (TYPE postgres, READ_ONLY)")

    def contents(self, connection: duckdb.DuckDBPyConnection) -> Contents:
        """See Source. The schema public becomes main. Views, foreign tables and tables without the right to read are left out."""
        relations = _query(connection, _RELATIONS)
        columns: dict[Name, list[tuple[str, str]]] = {}
        for schema, table, column, kind in _query(connection, _COLUMNS):
            columns.setdefault((schema, table), []).append((column, kind))
        readable = {
            (s, t): ("main" if s == "public" else s, t) for s, t, kind, may, _ in relations if kind in ("r", "p") and may and (s, t) in columns
        }
        keys = _query(connection, _KEYS)
        found = Contents()
        for name, ours in readable.items():
            found.tables.append(
                ForeignTable(
                    ours,
                    tuple(c for c, _ in columns[name]),
                    f"SELECT {', '.join(quoted(c) for c, _ in columns[name])} FROM {SOURCE}.{quoted(name[0])}.{quoted(name[1])}",
                    next((tuple(mine) for s, t, kind, _, _, mine, _ in keys if (s, t, kind) == (*name, "p")), ()),
                    tuple(
                        Reference(tuple(mine), readable[schema, table], tuple(theirs))
                        for s, t, kind, schema, table, mine, theirs in keys
                        if (s, t, kind) == (*name, "f") and (schema, table) in readable
                    ),
                )
            )
            inexact = [c for c, kind in columns[name] if _inexact(kind)]
            if inexact:
                where = f"{found.tables[-1].shown}.{', '.join(inexact)}"
                found.notes.append(
                    Note(
                        f"{where} has no precision, or one of more than 38 digits; it is copied as floating-point numbers.",
                        f"{where} 未限定精度，或精度超过 38 位；已按浮点数复制。",
                    )
                )
        found.notes += _left_out(relations)
        return found

    def expressions(self, connection: duckdb.DuckDBPyConnection, table: ForeignTable, staged: str) -> tuple[list[str], list[Note]]:
        """See Source."""
        types = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {staged}").fetchall()}
        return [f"CAST({quoted(c)} AS VARCHAR)" if types[c].startswith(_AS_TEXT) else quoted(c) for c in table.columns], []

    def scrubbed(self, text: str) -> str:
        """See Source."""
        text = text.replace(self._url, self._shown)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def failure(self, text: str, table: str) -> ShopError:
        """See Source."""
        said = text.replace(self._url, "")
        if re.search(_MALFORMED, said, re.IGNORECASE):
            return _malformed(self._shown)
        for pattern, en, zh in _FAILURES:
            if re.search(pattern, said, re.IGNORECASE):
                return ShopError(en.format(self._shown, table), zh.format(self._shown, table))
        if table:
            return ShopError(
                f"The table {table} of {self._shown} could not be copied; the log says why.",
                f"无法复制 {self._shown} 的表 {table}；原因见日志。",
            )
        return ShopError(f"{self._shown} could not be opened; the log says why.", f"无法打开 {self._shown}；原因见日志。")


# Patterns of what libpq and the server say; a server that speaks another language than English gets the last sentence of `failure`.
_FAILURES = (
    (
        r"password authentication failed|no password supplied|role \S+ does not exist|pg_hba\.conf|(peer|ident) authentication failed",
        "{0} does not let this user in: the user or the password is wrong, or may not come from here. The password may also stand in PGPASSWORD "
        "or ~/.pgpass.",
        "{0} 拒绝该用户登录：用户名或密码错误，或不允许从本机登录。密码也可放在 PGPASSWORD 或 ~/.pgpass 中。",
    ),
    (
        r"database \S+ does not exist",
        "There is no database of that name at {0}. Check the end of the URL.",
        "{0} 处没有这个名称的数据库。请检查 URL 的末尾。",
    ),
    (
        r"could not translate host name|could not parse network address",
        "The host of {0} is not known. Check its name in the URL.",
        "找不到 {0} 的主机。请检查 URL 中的主机名。",
    ),
    (
        r"connection refused|timeout expired|timed out|no route to host|network is unreachable|is the server running|invalid response to ssl",
        "There is no PostgreSQL server to be reached at {0}. Check host and port, and whether the server runs and can be reached from here.",
        "无法连接 {0} 处的 PostgreSQL 服务器。请检查主机与端口，以及服务器是否在运行、能否从本机访问。",
    ),
    (
        r"\bssl\b|certificate",
        "{0} and this computer do not agree on an encrypted connection. Check sslmode in the URL.",
        "{0} 与本机未能就加密连接达成一致。请检查 URL 中的 sslmode。",
    ),
    (
        r"permission denied",
        "This user may not read the table {1} of {0}. Ask its owner for the right to read it.",
        "当前用户无权读取 {0} 的表 {1}。请向其负责人申请读取权限。",
    ),
    (
        r"server closed the connection|terminating connection|could not receive data|connection not open|connection to server was lost",
        "The connection to {0} broke off. Try again.",
        "与 {0} 的连接中断。请重试。",
    ),
)


_MALFORMED = r"invalid (port|uri|percent|connection option|integer)|missing key|extra key|unexpected character|forbidden value|invalid \S+ value"


def _malformed(shown: str) -> ShopError:
    return ShopError(
        f"{shown} is not a URL that PostgreSQL understands. Write postgresql://USER@HOST:PORT/DATABASE; special characters in it as %XX.",
        f"{shown} 不是 PostgreSQL 能识别的 URL。请写成 postgresql://用户@主机:端口/数据库；特殊字符写成 %XX。",
    )


def _secrets(url: str) -> tuple[str, ...]:
    """The passwords in a URL, as written and as meant; the longest first, so that none is replaced in part."""
    place, _, options = url.partition("://")[2].partition("?")
    written = {place.rpartition("@")[0].partition(":")[2]}
    written |= {value for key, value in parse_qsl(options) if "password" in key.lower()}
    written |= {part.partition("=")[2] for part in options.split("&") if "password" in part.lower()}
    return tuple(sorted((written | {unquote(w) for w in written}) - {""}, key=len, reverse=True))


def _query(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query that PostgreSQL runs."""
    return connection.execute(f"FROM postgres_query('{SOURCE}', {literal(sql)})").fetchall()


def _inexact(kind: str) -> bool:
    """Whether DuckDB has no exact type for a type of numbers."""
    found = re.fullmatch(r"numeric(?:\((\d+),-?\d+\))?", kind)
    return found is not None and (found[1] is None or int(found[1]) > 38)


def _left_out(relations: list[tuple[Any, ...]]) -> list[Note]:
    notes = []
    for names, en, zh in (
        ([f"{s}.{t}" for s, t, kind, _, _ in relations if kind in ("v", "m")], "Not copied, views", "未复制的视图"),
        ([f"{s}.{t}" for s, t, kind, _, _ in relations if kind == "f"], "Not copied, tables of other servers", "未复制的外部表"),
        (
            [f"{s}.{t}" for s, t, kind, may, _ in relations if kind in ("r", "p") and not may],
            "Not copied, as this user may not read them",
            "当前用户无权读取，未复制",
        ),
        (
            [f"{s}.{t}" for s, t, kind, may, secured in relations if kind in ("r", "p") and may and secured],
            "Only the rows that this user may see are copied of",
            "仅复制当前用户可见的行",
        ),
    ):
        if names:
            notes.append(Note(f"{en}: {', '.join(names)}.", f"{zh}：{'、'.join(names)}。"))
    return notes
