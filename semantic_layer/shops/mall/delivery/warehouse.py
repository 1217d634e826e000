"""The stock of each evening, as the warehouse delivers it."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import STOCK_GAPS, mark


def deliver(bench: Workbench, folder: Path, label: str) -> None:
    """Writes the stock of a month."""
    gaps = ", ".join(f"DATE '{day}'" for day in STOCK_GAPS)
    rows = mark(bench, "stock", f"""SELECT s.*, g.wms_uuid FROM clean_stock_daily s JOIN products g USING (product_id) WHERE day NOT IN ({gaps})
        ORDER BY day, product_id, warehouse""", "day || '/' || product_id || '/' || warehouse")  # fmt: skip
    bench.write(f"""
        SELECT day, wms_uuid, warehouse, CASE WHEN kind = 'negative' THEN -on_hand - 1 ELSE on_hand END AS on_hand, received, sold, adjusted, sold_28d
        FROM {rows}""", folder / "stock" / f"{label}.parquet")  # fmt: skip
