"""The source files are dirty in the ways and at the rates that are told, and each dirty row is noted."""

from __future__ import annotations

import csv
import json
import math
import re
import zipfile
from collections import Counter
from typing import Any

import pytest

from semantic_layer.shops.mall.delivery.dirt import RATES, STOCK_GAPS
from tests.shops.mall.conftest import Mall

# Where the rows of a source are without dirt, as the rates count them.
CLEAN = {
    "products": "SELECT count(*) FROM products", "users": "SELECT count(*) FROM users", "orders": "SELECT count(*) FROM orders WHERE channel <> '小程序'",
    "mini_orders": "SELECT count(*) FROM orders WHERE channel = '小程序'",
    "order_lines": "SELECT count(*) FROM order_lines JOIN orders USING (order_id) WHERE channel <> '小程序'",
    "mini_order_lines": "SELECT count(*) FROM order_lines JOIN orders USING (order_id) WHERE channel = '小程序'", "payments": "SELECT count(*) FROM payments",
    "shipments": "SELECT count(*) FROM shipments", "returns": "SELECT count(*) FROM returns", "reviews": "SELECT count(*) FROM reviews",
    "questions": "SELECT count(*) FROM questions", "app_events": "SELECT count(*) FROM events WHERE channel <> '小程序'",
    "mini_events": "SELECT count(*) FROM events WHERE channel = '小程序'", "marketing": "SELECT count(*) FROM ad_spend",
    "coupon_grants": "SELECT count(*) FROM coupon_grants", "messages": "SELECT count(*) FROM messages", "stock": "SELECT count(*) FROM stock_daily",
    "service": "SELECT count(*) FROM service_contacts",
}  # fmt: skip


def noted(mall: Mall, source: str, kind: str) -> set[str]:
    return {str(r[0]) for r in mall.rows(f"SELECT row_id FROM latent_dirt WHERE source = '{source}' AND kind = '{kind}'")}


def table(mall: Mall, source: str, encoding: str) -> list[dict[str, str]]:
    """The rows of a source of CSV files, file by file."""
    path = mall.source(source)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [row for file in files for row in csv.DictReader(file.read_text(encoding=encoding).splitlines())]


def lines(mall: Mall, source: str) -> list[dict[str, Any]]:
    path = mall.source(source)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("source", sorted(RATES))
def test_the_rates_are_those_that_are_told(mall: Mall, source: str) -> None:
    rows = mall.one(CLEAN[source])
    counts = Counter(str(r[0]) for r in mall.rows(f"SELECT kind FROM latent_dirt WHERE source = '{source}'"))
    assert mall.truth["dirt"]["rates"][source] == RATES[source]
    for kind, rate in RATES[source].items():
        expected = rows * rate
        assert abs(counts[kind] - expected) <= 5 * math.sqrt(expected) + 3, kind


def test_doubled_rows_are_those_that_are_noted(mall: Mall) -> None:
    parquet = {"orders": "order_no", "payments": "pay_no", "app_events": "event_id", "coupon_grants.parquet": "grant_no"}
    for source, key in parquet.items():
        path = mall.source(source)
        files = f"{path}/*.parquet" if path.is_dir() else str(path)
        found = {str(r[0]) for r in mall.rows(f"SELECT {key} FROM read_parquet('{files}') GROUP BY 1 HAVING count(*) > 1")}
        name = source.removesuffix(".parquet")
        assert found == noted(mall, name, "doubled") | noted(mall, name, "older_state"), source
    for source, key in (("reviews", "id"), ("shipments", "waybill"), ("service", "ticket"), ("users.jsonl", "uid")):
        twice = {k for k, n in Counter(row[key] for row in lines(mall, source)).items() if n > 1}
        assert len(twice) == mall.one(
            f"SELECT count(*) FROM latent_dirt WHERE source = '{source.split('.')[0]}' AND kind IN ('doubled', 'older_state')"
        ), source
    assert {k for k, n in Counter(r["return_no"] for r in table(mall, "returns", "utf-8")).items() if n > 1} == noted(mall, "returns", "doubled")


def test_every_true_order_is_delivered(mall: Mall) -> None:
    """Nothing is lost between the truth and the sources, but what the late source has not delivered."""
    app = {str(r[0]) for r in mall.rows(f"SELECT DISTINCT order_no FROM read_parquet('{mall.source('orders')}/*.parquet')")}
    mini = {row["订单号"] for row in table(mall, "mini_orders", "gb18030")}
    true = {str(r[0]) for r in mall.rows("SELECT order_id FROM orders")}
    tests = noted(mall, "orders", "test_account") | noted(mall, "mini_orders", "test_account")
    assert tests
    assert app | mini == true | tests
    late = {str(r[0]) for r in mall.rows("SELECT shipment_id FROM shipments WHERE shipped_at >= '2026-06-26'")}
    assert late
    assert {row["waybill"] for row in lines(mall, "shipments")} == {str(r[0]) for r in mall.rows("SELECT shipment_id FROM shipments")} - late


def test_the_totals_of_the_orders_survive_the_dirt(mall: Mall) -> None:
    """Where no dirt is noted, what is delivered is what is true; a month of the mini program is in fen."""
    dirty = "(SELECT row_id FROM latent_dirt WHERE source = 'orders' AND kind LIKE 'total%')"
    assert (
        mall.one(f"""SELECT count(*) FROM read_parquet('{mall.source("orders")}/*.parquet') s JOIN orders o ON o.order_id = s.order_no
        WHERE o.order_id NOT IN {dirty} AND s.pay_fen IS DISTINCT FROM CAST(o.amount * 100 AS BIGINT)""")
        == 0
    )
    true = {
        str(r[0]): (float(r[1]), str(r[2]))
        for r in mall.rows("SELECT order_id, amount, strftime(ordered_at, '%Y-%m') FROM orders WHERE channel = '小程序'")
    }
    skipped = (
        noted(mall, "mini_orders", "total_missing") | noted(mall, "mini_orders", "total_impossible") | noted(mall, "mini_orders", "test_account")
    )
    for row in table(mall, "mini_orders", "gb18030"):
        if row["订单号"] in skipped:
            continue
        amount, month = true[row["订单号"]]
        if month == "2025-07":
            assert int(row["实付"]) == round(amount * 100)
        else:
            assert re.fullmatch(r"¥[\d,]+\.\d\d", row["实付"])
            assert float(row["实付"][1:].replace(",", "")) == amount


def test_places_and_times_are_written_in_several_ways(mall: Mall) -> None:
    rows = table(mall, "mini_orders", "gb18030")
    provinces = {row["省份"] for row in rows}
    assert {"广东", "广东省", "440000"} <= provinces
    shapes = {re.sub(r"\d", "0", row["下单时间"]) for row in rows}
    assert shapes == {"0000-00-00 00:00:00", "0000/00/00 00:00", "0000年00月00日 00:00:00", "00000000000000"}
    assert {re.sub(r"\d", "0", row["shipped"]) for row in lines(mall, "shipments")} == {
        "0000-00-00T00:00:00+00:00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00Z",
    }
    cities = {row["city"] for row in lines(mall, "users.jsonl")}
    assert {"广州", "广州市", "440100"} <= cities
    assert {len(row["registered"]) for row in lines(mall, "users.jsonl") if row["registered"].isdigit()} == {10, 13}


def test_users_have_the_codes_of_what_is_not_known(mall: Mall) -> None:
    rows = lines(mall, "users.jsonl")
    assert {"1900-01-01", "2099-12-31", ""} <= {row["birthday"] for row in rows}
    assert {"保密", "-1", "", "女", "男", "1", "2"} == {row["gender"] for row in rows}
    assert sum("测试" in row["nickname"] for row in rows) == len(noted(mall, "users", "test_account"))


def test_the_log_of_the_mini_program_comes_in_batches_two_of_them_twice(mall: Mall) -> None:
    names = {p.name for p in mall.source("mini_events").iterdir()}
    again = {name for name in names if "retry" in name}
    assert again == {"2026-02-10-retry.jsonl", "2026-02-11-retry.jsonl"}
    for name in again:
        assert (mall.source("mini_events") / name).read_bytes() == (mall.source("mini_events") / name.replace("-retry", "")).read_bytes()
    rows = [
        json.loads(line) for name in sorted(names - again) for line in (mall.source("mini_events") / name).read_text(encoding="utf-8").splitlines()
    ]
    assert {row["eid"] for row in rows} == {str(r[0]) for r in mall.rows("SELECT event_id FROM events WHERE channel = '小程序'")}
    assert {row["act"] for row in rows} == {
        "浏览",
        "查看",
        "搜索",
        "搜一搜",
        "收藏",
        "加收藏",
        "加购",
        "加入购物车",
        "下单",
        "提交订单",
        "支付",
        "付款",
    }
    assert sum("０" <= row["t"][0] <= "９" for row in rows) == len(noted(mall, "mini_events", "full_width"))


def test_events_are_late_ahead_and_in_seconds_where_noted(mall: Mall) -> None:
    log = f"read_parquet('{mall.source('app_events')}/*.parquet', file_row_number = true)"
    assert {str(r[0]) for r in mall.rows(f"SELECT DISTINCT event_id FROM {log} WHERE ts < 100000000000")} == noted(mall, "app_events", "time_in_s")
    assert {
        str(r[0])
        for r in mall.rows(
            f"SELECT DISTINCT event_id FROM {log} WHERE ts > 1000 * epoch(TIMESTAMP '2026-07-01') AND ts > 100000000000 AND NOT ends_with(event_id, 'R')"
        )
    } <= noted(mall, "app_events", "clock_ahead")
    assert mall.one(f"SELECT count(*) FROM {log} WHERE session IS NULL") == len(noted(mall, "app_events", "session_missing"))
    assert {str(r[0])[:-1] for r in mall.rows(f"SELECT event_id FROM {log} WHERE ends_with(event_id, 'R')")} == noted(mall, "app_events", "resent")


def test_the_warehouse_misses_days(mall: Mall) -> None:
    days = {str(r[0]) for r in mall.rows(f"SELECT DISTINCT day FROM read_parquet('{mall.source('stock')}/*.parquet')")}
    assert {str(r[0]) for r in mall.rows("SELECT DISTINCT day FROM stock_daily")} - days == set(STOCK_GAPS)


def test_the_workbook_has_a_title_above_its_header(mall: Mall) -> None:
    with zipfile.ZipFile(mall.source("marketing.xlsx")) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert '<mergeCell ref="A1:E1"/>' in sheet
        assert "投放花费" in book.read("xl/workbook.xml").decode()
        assert sheet.count("<row ") == 1 + 1 + mall.one("SELECT count(*) FROM ad_spend") - 2 * 3 + 3


def test_products_are_in_the_encoding_of_old_systems(mall: Mall) -> None:
    raw = mall.source("products.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    rows = table(mall, "products.csv", "gb18030")
    assert {row["成本价"] for row in rows} & {"", "-1", "NULL", "无"}
    assert {re.sub(r"\d+", "0", row["上架日期"]) for row in rows} == {"0-0-0", "0/0/0", "0年0月0日", "0"}
