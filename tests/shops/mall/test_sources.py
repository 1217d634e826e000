"""A month of the mall by way of the pipeline: what comes out is what is true, and what cannot be right is set aside and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.shops.mall import generate as command
from semantic_layer.shops.mall import settings
from semantic_layer.shops.mall.settings import months
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.load import load_sources
from semantic_layer.sources.refresh import Place, Report, refresh
from tests.malls import SCALE


class Arrived:
    """The database that the pipeline made of January, and what is true (schema `truth`)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, report: Report) -> None:
        self.connection, self.report = connection, report

    def one(self, sql: str) -> Any:
        return self.connection.execute(sql).fetchall()[0][0]

    def noted(self, source: str, *kinds: str) -> int:
        return int(self.one(f"SELECT count(*) FROM truth.dirt WHERE source = '{source}' AND kind IN ({', '.join(repr(k) for k in kinds)})"))


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrived]:
    folder = tmp_path_factory.mktemp("arrived")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(command, "months", lambda: months()[:1])
        command.generate(folder, SCALE, seed=3)
    database = folder / "mall.duckdb"
    report = refresh(Place(PACKAGED / "mall", folder, database, folder / ".wenshu"))
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA truth")
        for table in (p for p in (folder / "truth").iterdir() if p.is_dir() and p.name != "latent"):
            connection.execute(f"CREATE VIEW truth.{table.name} AS FROM read_parquet('{table}/*.parquet')")
        connection.execute(f"CREATE VIEW truth.dirt AS FROM read_parquet('{folder}/truth/latent/dirt.parquet')")
        yield Arrived(connection, report)


def test_no_source_stops_and_every_row_is_accounted_for(arrived: Arrived) -> None:
    assert [t.source for t in arrived.report.stopped] == []
    assert {t.source for t in arrived.report.sources} == set(load_sources(PACKAGED / "mall").sources)
    assert all(account.adds_up for account in arrived.report.accounts)


@pytest.mark.parametrize(
    "table",
    [
        "users",
        "devices",
        "products",
        "orders",
        "order_lines",
        "payments",
        "returns",
        "reviews",
        "service_contacts",
        "coupon_grants",
        "messages",
        "campaigns",
        "cities",
    ],
)
def test_the_same_rows_arrive(arrived: Arrived, table: str) -> None:
    assert arrived.one(f"SELECT count(*) FROM {table}") == arrived.one(f"SELECT count(*) FROM truth.{table}")


def test_sales_are_true_to_the_fen(arrived: Arrived) -> None:
    sales = "SELECT sum(l.amount) FROM {0}order_lines l JOIN {0}orders o USING (order_id) WHERE paid_at IS NOT NULL"
    assert arrived.one(sales.format("main.")) == arrived.one(sales.format("truth."))
    assert arrived.one("SELECT sum(amount) FROM orders") == arrived.one("SELECT sum(amount) FROM truth.orders")
    assert arrived.one("SELECT sum(refund_amount) FROM returns") == arrived.one("SELECT sum(refund_amount) FROM truth.returns")


def test_ids_places_and_times_are_those_that_are_true(arrived: Arrived) -> None:
    """But what was never delivered, and the seconds that one format of times leaves out."""
    for table, key, column in (
        ("orders", "order_id", "user_id"), ("orders", "order_id", "province"), ("orders", "order_id", "city"), ("users", "user_id", "city"),
        ("users", "user_id", "gender"), ("users", "user_id", "age_band"), ("products", "product_id", "category"), ("products", "product_id", "list_price"),
        ("products", "product_id", "launched_on"), ("users", "user_id", "registered_at"), ("shipments", "shipment_id", "carrier"),
        ("orders", "order_id", "date_trunc('minute', ordered_at)"), ("shipments", "shipment_id", "shipped_at"),
    ):  # fmt: skip
        a, b = (column.replace("ordered_at", f"{side}.ordered_at") if "(" in column else f"{side}.{column}" for side in "ab")
        assert arrived.one(f"SELECT count(*) FROM {table} a JOIN truth.{table} b USING ({key}) WHERE {a} IS NOT NULL AND {a} <> {b}") == 0, (
            table,
            column,
        )
        assert arrived.one(f"SELECT avg(({a} IS NULL)::INT) FROM {table} a JOIN truth.{table} b USING ({key}) WHERE {b} IS NOT NULL") < 0.15, (
            table,
            column,
        )


def test_nothing_of_test_accounts_arrives(arrived: Arrived) -> None:
    assert arrived.noted("users", "test_account") > 0
    for table in ("users", "orders", "events"):
        assert arrived.one(f"SELECT count(*) FROM {table} WHERE user_id LIKE 'TEST%'") == 0
    assert arrived.one("SELECT count(*) FROM order_lines WHERE order_id NOT IN (SELECT order_id FROM orders)") == 0


def test_the_log_is_true_and_what_was_sent_again_is_not_in_it(arrived: Arrived) -> None:
    assert arrived.one("SELECT count(*) FROM events WHERE event_id NOT IN (SELECT event_id FROM truth.events)") == 0
    again = arrived.one("SELECT count(*) FROM wenshu_state.quarantine WHERE source = 'app_events' AND reasons = 'key:repeated'")
    assert again == arrived.noted("app_events", "resent") > 0
    lost = arrived.one("SELECT count(*) FROM truth.events WHERE event_id NOT IN (SELECT event_id FROM events)")
    assert lost == arrived.noted("app_events", "clock_ahead")
    assert (
        arrived.one(
            "SELECT count(*) FROM events a JOIN truth.events b USING (event_id) WHERE a.event_time <> b.event_time OR a.visitor_id <> b.visitor_id OR a.event_type <> b.event_type"
        )
        == 0
    )


def test_blocks_of_users_give_tables_that_go_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "BLOCK", 150)
    monkeypatch.setattr(command, "months", lambda: months()[:1])
    command.generate(tmp_path, SCALE, seed=1)
    names = {p.name for p in (tmp_path / "truth" / "orders").iterdir()}
    assert names == {"2025-01.parquet", "2025-01-1.parquet", "2025-01-2.parquet"}
    for table, key in (("orders", "order_id"), ("events", "event_id"), ("payments", "payment_id"), ("reviews", "review_id")):
        total, distinct = duckdb.sql(f"SELECT count(*), count(DISTINCT {key}) FROM read_parquet('{tmp_path}/truth/{table}/*.parquet')").fetchall()[0]
        assert total == distinct > 50
    assert {p.name for p in (tmp_path / "sources" / "mini_events").iterdir()} >= {"2025-01-05.jsonl", "2025-01-05-1.jsonl", "2025-01-05-2.jsonl"}
