"""A shop folder with the orders of a made-up world: one table of orders that points to one of products, and a catalog over both."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from eval.drivers.world import DIMENSIONS, FIRST_DAY, WEEKS, Cause, World
from semantic_layer.engines.admin import write_tables
from semantic_layer.engines.workbench import Workbench

WEEK = 7
FIELDS = {"province": "orders.province", "category": "products.category", "channel": "orders.channel", "platform": "orders.platform",
          "member": "orders.member"}  # fmt: skip
_NAMES = {"province": ("省份", "province"), "category": ("类目", "category"), "channel": ("渠道", "channel"), "platform": ("平台", "platform"),
          "member": ("会员", "member")}  # fmt: skip


def value(dimension: str, number: int) -> str:
    """The value of a dimension with this place on its axis."""
    return f"{_prefix(dimension)}{number + 1:02d}"


def _prefix(dimension: str) -> str:
    return dimension[:2].upper()


def asked_day(number: int) -> dt.date:
    """Day `number` of the week that is asked about."""
    return FIRST_DAY + dt.timedelta(days=(WEEKS - 1) * WEEK + number)


def write_shop(folder: Path, world: World, causes: list[Cause | None]) -> None:
    """The shop with these causes on the days of its last week. Raises ShopError."""
    past = [world.day(n) for n in range((WEEKS - 1) * WEEK)]
    last = [world.day((WEEKS - 1) * WEEK + n, (cause,) if cause else ()) for n, cause in enumerate(causes)]
    days = [*past, *last]
    (folder / "catalog").mkdir(parents=True)
    with Workbench() as bench:
        bench.table("drawn", {name: np.concatenate([day[name] for day in days]) for name in days[0]})
        names = ", ".join(f"'{_prefix(d)}' || printf('%02d', {d} + 1) AS {d}" for d in DIMENSIONS if d != "category")
        bench.write(
            f"SELECT row_number() OVER () AS order_id, DATE '{FIRST_DAY}' + day::INT AS ordered_on, customer AS customer_id, "
            f"category + 1 AS product_id, {names}, amount::DECIMAL(12,2) AS amount FROM drawn",
            folder / "orders.parquet",
        )
        category = f"'{_prefix('category')}' || printf('%02d', i + 1) AS category"
        bench.write(f"SELECT i + 1 AS product_id, {category} FROM range({DIMENSIONS['category']}) t(i)", folder / "products.parquet")
    write_tables(folder / "shop.duckdb", {name: folder / f"{name}.parquet" for name in ("orders", "products")})
    (folder / "wenshu.yaml").write_text("name: episodes\ndatabase: shop.duckdb\n", encoding="utf-8")
    (folder / "catalog" / "catalog.yaml").write_text(yaml.safe_dump(_catalog(), allow_unicode=True), encoding="utf-8")


def _catalog() -> dict[str, Any]:
    labels = {d: {"label": {"zh": zh, "en": en}} for d, (zh, en) in _NAMES.items()}
    fields: dict[str, Any] = {
        "order_id": {"kind": "key", "type": "integer", "entity": "order"},
        "product_id": {"kind": "key", "type": "integer", "entity": "product"},
        "customer_id": {"kind": "key", "type": "integer", "entity": "customer"},
        "ordered_on": {"kind": "time", "type": "date"},
        "amount": {"kind": "measure", "type": "number", "unit": "CNY"},
        **{d: labels[d] for d in DIMENSIONS if d != "category"},
    }
    products = {"product_id": {"kind": "key", "type": "integer", "entity": "product"}, "category": labels["category"]}
    return {
        "datasets": {
            "orders": {"primary_key": ["order_id"], "time": "ordered_on", "fields": fields},
            "products": {"primary_key": ["product_id"], "fields": products},
        },
        "relationships": [{"from": "orders.product_id", "to": "products.product_id"}],
        "entities": {"order": {"dataset": "orders"}, "product": {"dataset": "products"}, "customer": {"people": True}},
        "metrics": {
            "gmv": {"expression": "SUM(orders.amount)", "unit": "CNY", "format": "currency", "default": True, "label": {"zh": "成交额", "en": "GMV"}},
            "orders": {"expression": "COUNT(orders.*)", "format": "integer", "label": {"zh": "订单数", "en": "orders"}},
            "customers": {"expression": "COUNT(DISTINCT orders.customer_id)", "format": "integer", "label": {"zh": "顾客数", "en": "customers"}},
            "average_order_value": {"expression": "gmv / orders", "unit": "CNY", "format": "currency", "label": {"zh": "笔单价", "en": "AOV"}},
            "orders_per_customer": {"expression": "orders / customers", "label": {"zh": "人均单量", "en": "orders per customer"}},
        },
    }
