"""A PostgreSQL server of the tests' own, where one is installed; short ways to look into a copy."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

PASSWORD = "Sésame@/ouvre?"  # every character that has to be written as %XX
WRITTEN = "S%C3%A9same%40%2Fouvre%3F"


def rows(copy: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds in a copy."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def types(copy: Path, table: str) -> dict[str, str]:
    """The types of a table's columns."""
    return {name: kind for name, kind, *_ in rows(copy, f"DESCRIBE {table}")}


def keys(copy: Path) -> set[tuple[str, ...]]:
    """The primary and foreign keys of a copy: kind, table, columns, and the table referred to."""
    found = rows(copy, "SELECT constraint_type, table_name, constraint_column_names, referenced_table FROM duckdb_constraints()")
    return {(kind, table, ",".join(columns), parent or "") for kind, table, columns, parent in found if kind.endswith("KEY")}


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    psql: str

    def url(self, user: str = "owner", password: str = WRITTEN, database: str = "postgres") -> str:
        """The URL of a database."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str) -> None:
        """Runs statements as the owner of everything."""
        subprocess.run([self.psql, self.url(), "-q", "-v", "ON_ERROR_STOP=1"], input=sql, text=True, check=True, capture_output=True)


def _program(name: str) -> str | None:
    """A program of PostgreSQL; Debian keeps those of the server out of the search path."""
    apart = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(apart[-1]) if apart else None)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server on this computer, with a password; skipped where PostgreSQL is not installed."""
    initdb, pg_ctl, psql = map(_program, ("initdb", "pg_ctl", "psql"))
    if not (initdb and pg_ctl and psql):
        pytest.skip("PostgreSQL is not installed (initdb, pg_ctl, psql)")
    folder = Path(tempfile.mkdtemp(prefix="wenshu-postgres-"))
    # PostgreSQL refuses to run as root.
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    if user:
        for path in (folder, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"}, **as_user)  # type: ignore[call-overload]

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    try:
        run(initdb, "-D", data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", str(folder / "password"), "-E", "UTF8", "--locale=C")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield Server(port, psql)
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
