"""Copies of PostgreSQL databases, from a real server; what is said when there is none, and that no password is."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from semantic_layer.engines.foreign import copy_database
from semantic_layer.errors import ShopError
from tests.engines.foreign.conftest import PASSWORD, WRITTEN, Server, keys, rows, types

SHOP = """
    DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS sales CASCADE; CREATE SCHEMA sales;
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, mood mood, born date, seen timestamptz, spent numeric(12, 2), score numeric,
        code uuid, tags text[], address inet, twice int GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE "Orders" (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id), day date) ;
    CREATE TABLE sales.targets (month date, region text, customer_id int REFERENCES customers (id), PRIMARY KEY (month, region));
    CREATE TABLE events (id int, at timestamp) PARTITION BY RANGE (id);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
    CREATE VIEW sales.everybody AS SELECT * FROM customers;
    INSERT INTO customers VALUES (1, '张三', 'good', '2000-02-29', '2024-01-01 08:00+08', 12.34, 1.5, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{x,y}', '10.0.0.1');
    INSERT INTO "Orders" SELECT i, 1, '2024-01-01' FROM generate_series(1, 5000) i;
    INSERT INTO sales.targets VALUES ('2024-01-01', 'north', 1);
    INSERT INTO events VALUES (1, '2024-01-01 10:00'), (2, NULL);
"""


@pytest.fixture(scope="module")
def shop(server: Server) -> Server:
    """A server with a small shop."""
    server.run(SHOP)
    return server


def test_values_types_and_keys_come_over(shop: Server, tmp_path: Path) -> None:
    copy = copy_database(shop.url(), tmp_path / "copy.duckdb")
    assert copy.tables == {"customers": 1, "Orders": 5000, "events": 2, "sales.targets": 1}
    assert types(copy.path, "customers") == {
        "id": "INTEGER", "name": "VARCHAR", "mood": "VARCHAR", "born": "DATE", "seen": "TIMESTAMP WITH TIME ZONE", "spent": "DECIMAL(12,2)",
        "score": "DOUBLE", "code": "VARCHAR", "tags": "VARCHAR[]", "address": "VARCHAR", "twice": "INTEGER",
    }  # fmt: skip
    sql = "SELECT name, mood, CAST(seen AT TIME ZONE 'UTC' AS VARCHAR), CAST(spent AS VARCHAR), code, tags, twice FROM customers"
    assert rows(copy.path, sql) == [("张三", "good", "2024-01-01 00:00:00", "12.34", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", ["x", "y"], 2)]
    assert keys(copy.path) == {
        ("PRIMARY KEY", "customers", "id", ""),
        ("PRIMARY KEY", "Orders", "id", ""),
        ("PRIMARY KEY", "targets", "month,region", ""),
        ("FOREIGN KEY", "Orders", "customer_id", "customers"),
    }
    assert {n.en for n in copy.notes} == {
        "customers.score has no precision, or one of more than 38 digits; it is copied as floating-point numbers.",
        "Not copied, views: sales.everybody.",
        "The foreign key sales.targets(customer_id) -> customers(id) is not in the copy: DuckDB has none between schemas.",
    }


def test_tables_that_the_user_may_not_read_are_named(shop: Server, tmp_path: Path) -> None:
    shop.run(
        """
        CREATE ROLE clerk LOGIN PASSWORD 'clerk-secret'; GRANT USAGE ON SCHEMA public TO clerk; GRANT SELECT ON customers, events TO clerk;
        ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY nobody ON customers FOR SELECT TO clerk USING (false);
        CREATE ROLE stranger LOGIN PASSWORD 'stranger-secret';
        """
    )
    try:
        copy = copy_database(shop.url("clerk", "clerk-secret"), tmp_path / "copy.duckdb")
        assert copy.tables == {"customers": 0, "events": 2}
        said = {n.en for n in copy.notes}
        assert "Not copied, as this user may not read them: public.Orders, sales.targets." in said
        assert "Only the rows that this user may see are copied of: public.customers." in said
        with pytest.raises(ShopError, match=r"There is no table to copy\. .* may not read them: public\.Orders, public\.customers"):
            copy_database(shop.url("stranger", "stranger-secret"), tmp_path / "none.duckdb")
    finally:
        shop.run("DROP POLICY nobody ON customers; ALTER TABLE customers DISABLE ROW LEVEL SECURITY; DROP OWNED BY clerk; DROP ROLE clerk, stranger")


def test_the_right_to_some_columns_is_not_enough(shop: Server, tmp_path: Path) -> None:
    shop.run("CREATE TABLE part (a int, b int); CREATE ROLE half LOGIN PASSWORD 'half-secret'; GRANT SELECT (a) ON part TO half; GRANT USAGE ON SCHEMA public TO half")
    try:
        with pytest.raises(ShopError, match=r"may not read them: .*public\.part"):
            copy_database(shop.url("half", "half-secret"), tmp_path / "copy.duckdb")
    finally:
        shop.run("DROP TABLE part; DROP OWNED BY half; DROP ROLE half")


def test_tables_that_differ_in_capitals_only_are_named(shop: Server, tmp_path: Path) -> None:
    shop.run("CREATE TABLE orders (a int)")
    try:
        with pytest.raises(ShopError, match="differ only in capital letters"):
            copy_database(shop.url(), tmp_path / "copy.duckdb")
    finally:
        shop.run("DROP TABLE orders")


def test_nothing_is_written_in_the_source(shop: Server, tmp_path: Path) -> None:
    """A user who may write nothing can be copied from."""
    shop.run("CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT pg_read_all_data TO reader; ALTER ROLE reader SET default_transaction_read_only = on")
    try:
        assert copy_database(shop.url("reader", "r"), tmp_path / "copy.duckdb").tables["Orders"] == 5000
    finally:
        shop.run("DROP ROLE reader")


def wrong_urls(server: Server) -> dict[str, tuple[str, str]]:
    """URLs that lead nowhere, each with what is said in both languages."""
    return {
        server.url(password="wrong-secret"): ("does not let this user in", "拒绝该用户登录"),
        server.url(user="nobody-here"): ("does not let this user in", "拒绝该用户登录"),
        server.url(database="nowhere"): ("no database of that name", "没有这个名称的数据库"),
        server.url().replace(f":{server.port}/", ":1/"): ("no PostgreSQL server to be reached", "无法连接"),
        server.url().replace("127.0.0.1", "no-such-host.invalid"): ("host of", "找不到"),
        server.url() + "?sslmode=require": ("encrypted connection", "加密连接"),
        server.url() + "?sslmode=unheard-of": ("not a URL", "不是 PostgreSQL"),
        server.url().replace(str(server.port), "port"): ("not a URL", "不是 PostgreSQL"),
        server.url(password=PASSWORD): ("not a URL", "不是 PostgreSQL"),
        f"postgresql://owner@127.0.0.1:{server.port}/postgres?password=other-secret": ("does not let this user in", "拒绝该用户登录"),
    }


def test_every_failure_is_a_sentence_of_ours_without_the_password(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for url, (en, zh) in wrong_urls(server).items():
        with pytest.raises(ShopError) as caught:
            copy_database(url, tmp_path / "copy.duckdb")
        assert en in caught.value.en and zh in caught.value.zh, (url, caught.value.en)
        printed = caught.value.en + caught.value.zh + "".join(traceback.format_exception(caught.value)) + caplog.text
        for secret in (PASSWORD, WRITTEN, "same@", "ouvre", "wrong-secret", "other-secret"):
            assert secret not in printed, url
    assert not list(tmp_path.iterdir())


def draft(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`wenshu catalog draft`, with its log beside the folder."""
    environment = {**os.environ, "WENSHU_HOME": str(folder.parent / "home"), "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "assistant.channels.cli", "catalog", "draft", "--database", url, "--out", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


def test_a_shop_is_drafted_from_a_server_and_no_file_of_it_holds_the_password(shop: Server, tmp_path: Path) -> None:
    done = draft(shop.url(), tmp_path / "drafted")
    assert done.returncode == 0, done.stderr
    assert "- Not copied, views: sales.everybody." in done.stdout.splitlines()
    assert rows(tmp_path / "drafted" / "data.duckdb", 'SELECT count(*) FROM "Orders"') == [(5000,)]
    assert "{from: Orders.customer_id, to: customers.id}" in (tmp_path / "drafted" / "catalog" / "datasets.yaml").read_text(encoding="utf-8")
    failed = draft(shop.url(password="wrong-secret"), tmp_path / "failed")
    assert failed.returncode == 1 and "does not let this user in" in failed.stderr and not (tmp_path / "failed").exists()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (PASSWORD, WRITTEN, "wrong-secret"):
        assert secret.encode() not in written and secret not in done.stdout + done.stderr + failed.stdout + failed.stderr


def test_a_missing_server_is_named_without_one(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match=r"no PostgreSQL server to be reached at postgresql://127\.0\.0\.1:1/shop"):
        copy_database("postgresql://me:hidden@127.0.0.1:1/shop", tmp_path / "copy.duckdb")
