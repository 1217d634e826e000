"""What really happened: the planted effects with their measures, the totals, the dirty rows, and what no table of a shop says."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import numpy as np

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.assumed import deliveries, shapes
from semantic_layer.shops.mall.delivery.dirt import FEN_MONTH, RATES, STOCK_GAPS, TEST_RATES
from semantic_layer.shops.mall.dims import one_of
from semantic_layer.shops.mall.people import KINDS
from semantic_layer.shops.mall.planted import PLAYBOOKS, Effect, audiences, events_of_sales, tests_and_actions
from semantic_layer.shops.mall.settings import DAYS, END, START, date
from semantic_layer.shops.mall.world import World

TOTALS = {
    "orders": "SELECT count(*) FROM orders",
    "paid_orders": "SELECT count(*) FROM orders WHERE paid_at IS NOT NULL",
    "gmv_ordered": "SELECT sum(amount) FROM orders",
    "gmv_paid": "SELECT sum(amount) FROM orders WHERE paid_at IS NOT NULL",
    "refunded": "SELECT coalesce(sum(refund_amount), 0) FROM returns WHERE refunded_at IS NOT NULL",
    "units": "SELECT sum(quantity) FROM order_lines",
    "paying_customers": "SELECT count(DISTINCT user_id) FROM orders WHERE paid_at IS NOT NULL",
    "users": "SELECT count(*) FROM users",
    "products": "SELECT count(*) FROM products",
    "events": "SELECT count(*) FROM events",
    "page_views": "SELECT count(*) FROM events WHERE event_type = 'view'",
    "visitors": "SELECT count(DISTINCT visitor_id) FROM events",
    "reviews": "SELECT count(*) FROM reviews",
    "advertising_cost": "SELECT sum(cost) FROM ad_spend",
}


def prepare(bench: Workbench) -> None:
    """The list of fake orders."""
    bench.run("CREATE TABLE latent_fake_orders (order_id VARCHAR)")


def gather(bench: Workbench) -> None:
    """Notes the fake orders of the chunk."""
    bench.run("INSERT INTO latent_fake_orders SELECT order_no(key) FROM o WHERE fake ORDER BY key")


def write(bench: Workbench, made: World, folder: Path) -> None:
    """Writes `truth.json` and the tables of `latent/`; reads the clean tables that lie in the folder."""
    _latent(bench, made, folder / "latent")
    for table in (path.name for path in sorted(folder.iterdir()) if path.is_dir() and path.name != "latent"):
        for place in ("VIEW", "TABLE"):
            if bench.rows(f"SELECT 1 FROM duckdb_{place.lower()}s() WHERE {place.lower()}_name = '{table}'"):
                bench.run(f"DROP {place} {table}")
        literal = str(folder / table / "*.parquet").replace("'", "''")
        bench.run(f"CREATE VIEW {table} AS FROM read_parquet('{literal}')")
    planted = [*events_of_sales(made), *audiences(), *tests_and_actions(), *shapes(made), *deliveries()]
    told = {
        "scale": made.size.scale, "seed": made.size.seed, "first_day": START, "last_day": END, "today": date(DAYS),
        "totals": {name: bench.rows(sql)[0][0] for name, sql in TOTALS.items()},
        "effects": [_told(bench, effect) for effect in planted],
        "playbooks": PLAYBOOKS,
        "dirt": _dirt(bench),
    }  # fmt: skip
    (folder / "truth.json").write_text(json.dumps(told, ensure_ascii=False, indent=1, default=_plain) + "\n", encoding="utf-8")


def _latent(bench: Workbench, made: World, folder: Path) -> None:
    bench.run(f"CREATE TABLE latent_users AS SELECT user_id, {one_of(KINDS, 'buyer')} AS buyer, rate FROM users ORDER BY number")
    bench.write("FROM latent_users", folder / "users.parquet")
    bench.write("FROM latent_fake_orders", folder / "fake_orders.parquet")
    stock = made.stock
    place, which = np.nonzero(stock.out < DAYS)
    bench.table("empty", {
        "product": stock.product[place], "warehouse": stock.warehouse[place], "first": stock.out[place, which], "until": stock.until[place, which],
        "planted": which == 1,
    })  # fmt: skip
    bench.write("""SELECT product_id, warehouse, CAST(moment(first * 86400) AS DATE) AS first_day, CAST(moment(until * 86400) AS DATE) AS until, planted
        FROM (SELECT * REPLACE (['上海仓', '广州仓', '北京仓', '成都仓'][warehouse + 1] AS warehouse) FROM empty) e JOIN products g ON g.number = e.product
        ORDER BY product_id, warehouse, first_day""", folder / "stock_outs.parquet")  # fmt: skip
    bench.write("FROM dirt ORDER BY source, kind, row_id", folder / "dirt.parquet")


def _told(bench: Workbench, effect: Effect) -> dict[str, object]:
    period = effect.period and {"start": date(effect.period[0]), "end": date(effect.period[1])}
    return {
        "id": effect.id, "title": {"zh": effect.zh, "en": effect.en}, "playbooks": [p for p, ids in PLAYBOOKS.items() if effect.id in ids], "period": period, "where": effect.where,
        "planted": effect.planted, "measured": _one(bench, effect.measured), "absent": _one(bench, effect.absent) if effect.absent else None, **({"others": _one(bench, effect.others)} if effect.others else {}),
    }  # fmt: skip


def _one(bench: Workbench, sql: str) -> dict[str, object]:
    """The one row of a query, by column."""
    return {name: values.tolist()[0] for name, values in bench.arrays(sql).items()}


def _dirt(bench: Workbench) -> dict[str, object]:
    counts: dict[str, dict[str, int]] = {}
    for source, kind, count in bench.rows("SELECT source, kind, count(*) FROM dirt GROUP BY ALL ORDER BY ALL"):
        counts.setdefault(source, {})[kind] = count
    whole = {"mini_orders": f"{FEN_MONTH}: fen instead of yuan", "stock": f"no rows of {', '.join(STOCK_GAPS)}"}
    return {"rates": RATES, "test_rates": TEST_RATES, "rows": counts, "whole_files": whole}


def _plain(value: object) -> object:
    """What JSON has no form for."""
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)
