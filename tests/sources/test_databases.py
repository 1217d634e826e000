"""Tables of other databases as sources, from real servers where they are installed; what is said when there is none, and that no password is."""

from __future__ import annotations

import datetime as dt
import logging
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.engines.foreign.conftest import PASSWORD, WRITTEN, Server, server
from tests.sources.conftest import MakeSources

__all__ = ["server"]
CRM = """
sources:
  crm:
    into: customers
    database: ${CRM_URL}
    table: crm.customers
    columns:
      account: {from: id, as: id, required: true}
      name: {as: [narrow, text]}
      since: {as: time}
      spent: {as: money}
      vip: {as: boolean}
    ignore: [tags]
"""
TABLE = """
    DROP SCHEMA IF EXISTS crm CASCADE; CREATE SCHEMA crm;
    CREATE TABLE crm.customers (id int PRIMARY KEY, name text, since timestamptz, spent numeric(12, 2), vip boolean, tags text[]);
    INSERT INTO crm.customers VALUES (1, '张　三', '2024-03-05 07:04:00+00', 1234.5, true, '{x}'), (2, 'ＡＢ', NULL, NULL, false, NULL);
"""
EXPECTED = [("1", "张 三", dt.datetime(2024, 3, 5, 15, 4), Decimal("1234.50"), True), ("2", "AB", None, None, False)]


def test_a_table_of_postgresql(make: MakeSources, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb_extension_postgres_scanner")
    server.run(TABLE)
    monkeypatch.setenv("CRM_URL", server.url())
    shop = make(CRM)
    assert not shop.refresh().stopped
    assert shop.rows("FROM customers ORDER BY account") == EXPECTED
    assert shop.refresh().built is None
    server.run("UPDATE crm.customers SET vip = true WHERE id = 2; INSERT INTO crm.customers VALUES (3, '', NULL, -1, NULL, NULL)")
    shop.refresh()
    assert shop.rows("SELECT account, vip FROM customers ORDER BY account") == [("1", True), ("2", True), ("3", None)]
    server.run("ALTER TABLE crm.customers ADD COLUMN level int")
    assert "There is a new column: level" in shop.refresh().stopped[0].message.en
    server.run("ALTER TABLE crm.customers DROP COLUMN level; ALTER TABLE crm.customers ALTER vip TYPE int USING vip::int")
    assert "vip held boolean and now holds number" in shop.refresh().stopped[0].message.en
    server.run("DROP TABLE crm.customers")
    assert "no table crm.customers" in shop.refresh().stopped[0].message.en
    assert len(shop.rows("FROM customers")) == 3


@pytest.mark.parametrize("url", [f"postgresql://u:{WRITTEN}@127.0.0.1:9/crm", f"mysql://u:{WRITTEN}@127.0.0.1:9/crm"])
def test_a_server_that_is_not_there_stops_the_source_and_shows_no_password(
    make: MakeSources, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pymysql" if url.startswith("mysql") else "duckdb_extension_postgres_scanner")
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CRM_URL", url)
    said = CRM.replace("table: crm", f"format: {url.partition(':')[0].replace('postgresql', 'postgres')}\n    table: crm")
    (stopped,) = make(said).refresh().stopped
    everything = stopped.message.en + stopped.message.zh + caplog.text
    assert "127.0.0.1" in stopped.message.en
    assert PASSWORD not in everything and WRITTEN not in everything


def test_a_variable_that_is_not_set_is_named(make: MakeSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_URL", raising=False)
    assert "The variable CRM_URL" in make(CRM).refresh().stopped[0].message.en


@pytest.fixture(scope="module")
def mysql() -> Iterator[str]:
    """The URL of a MariaDB server of the test's own; skipped where it is not installed."""
    pytest.importorskip("pymysql")
    install, daemon = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
    if not (install and daemon):
        pytest.skip("MariaDB is not installed (mariadb-install-db, mariadbd)")
    folder = Path(tempfile.mkdtemp(prefix="wenshu-mysql-"))
    user = pwd.getpwuid(os.getuid()).pw_name
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run([install, "--no-defaults", f"--datadir={folder}/data", f"--user={user}", "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    command = [daemon, "--no-defaults", f"--datadir={folder}/data", f"--user={user}", f"--port={port}", f"--socket={folder}/s", "--bind-address=127.0.0.1", f"--pid-file={folder}/pid"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _prepared(port)
            yield f"mysql://reader:{WRITTEN}@127.0.0.1:{port}/crm"
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


def _prepared(port: int) -> None:
    """Waits for the server, and makes a user that may read."""
    import pymysql

    end = time.monotonic() + 60
    while True:
        try:
            connection = pymysql.connect(host="127.0.0.1", port=port, user="root", charset="utf8mb4")
            break
        except pymysql.MySQLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE crm CHARACTER SET utf8mb4")
        for host in ("localhost", "127.0.0.1"):
            cursor.execute("CREATE USER 'reader'@%s IDENTIFIED BY %s", (host, PASSWORD))
            cursor.execute("GRANT SELECT ON crm.* TO 'reader'@%s", (host,))
        cursor.execute("CREATE TABLE crm.customers (id INT PRIMARY KEY, name TEXT, since DATETIME, spent DECIMAL(12, 2), vip BOOLEAN, tags TEXT)")
        cursor.execute("INSERT INTO crm.customers VALUES (1, '张　三', '2024-03-05 15:04:00', 1234.5, 1, 'a,\"b\"\n\\\\N'), (2, 'ＡＢ', NULL, NULL, 0, NULL)")
        connection.commit()


def test_a_table_of_mysql(make: MakeSources, mysql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_URL", mysql)
    said = CRM.replace("table: crm.customers", "format: mysql\n    table: customers")
    shop = make(said)
    assert not shop.refresh().stopped
    assert shop.rows("FROM customers ORDER BY account") == EXPECTED
    assert shop.refresh().built is None
    monkeypatch.setenv("CRM_URL", mysql.replace(WRITTEN, "wrong"))
    assert "does not let this user in" in shop.refresh().stopped[0].message.en
    monkeypatch.setenv("CRM_URL", mysql)
    shop.write("sources.yaml", said.replace("table: customers", "table: nowhere"))
    assert "no table nowhere" in shop.refresh().stopped[0].message.en
    assert len(shop.rows("FROM customers")) == 2
