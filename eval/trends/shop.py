"""A small shop with the planted series as its data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from eval.trends.planted import DAYS, EVENTS, START, Kind, Series, day_of
from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops import Shop, open_shop

METRICS: dict[Kind, str] = {"amount": "amount", "orders": "order_count", "small": "order_count", "order_value": "order_value"}
_NAMES = {
    "member_days": ("会员日促销", "member days sale"), "stock_clearance": ("清仓大促", "clearance sale"), "works_holiday": ("厂休", "works holiday"),
}  # fmt: skip


def planted_shop(folder: Path, series: Sequence[Series]) -> Shop:
    """A shop in `folder` with one row for each series and day, as of the day after the last. Raises ShopError."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "wenshu.yaml").write_text("name: trends\ndatabase: trends.duckdb\n", encoding="utf-8")
    (folder / "catalog" / "catalog.yaml").write_text(yaml.safe_dump(_catalog(), allow_unicode=True), encoding="utf-8")
    days = np.array([np.datetime64(START) + n for n in range(DAYS)])
    with Workbench() as bench:
        bench.table(
            "arrived",
            {
                "series": np.repeat([s.name for s in series], DAYS),
                "day": np.tile(days, len(series)).astype("datetime64[us]"),
                "orders": np.concatenate([s.counts if s.kind == "order_value" else s.values for s in series]),
                "amount": np.concatenate([s.values * s.counts for s in series]),
            },
        )
        bench.run(f"ATTACH '{folder / 'trends.duckdb'}' AS made")
        bench.run("CREATE TABLE made.daily AS SELECT series, CAST(day AS DATE) AS day, orders, amount FROM arrived")
        bench.run("DETACH made")
    return open_shop(str(folder), day_of(DAYS))


def _catalog() -> dict[str, Any]:
    metrics = {
        "amount": {"expression": "SUM(daily.amount)", "label": {"zh": "销售额", "en": "sales"}, "format": "currency", "unit": "CNY"},
        "order_count": {"expression": "SUM(daily.orders)", "label": {"zh": "订单数", "en": "orders"}, "format": "integer"},
        "order_value": {"expression": "amount / order_count", "label": {"zh": "客单价", "en": "order value"}, "format": "currency", "unit": "CNY"},
    }
    fields = {
        "series": {"kind": "dimension", "type": "string", "label": {"zh": "序列", "en": "series"}},
        "day": {"kind": "time", "type": "date", "label": {"zh": "日期", "en": "day"}},
        "orders": {"kind": "measure", "type": "number", "label": {"zh": "每行订单数", "en": "orders of each row"}},
        "amount": {"kind": "measure", "type": "number", "label": {"zh": "每行金额", "en": "amount of each row"}},
    }
    dataset = {"label": {"zh": "每日", "en": "days"}, "time": "day", "primary_key": ["series", "day"], "fields": fields}
    return {"datasets": {"daily": dataset}, "metrics": metrics, "calendar": {"events": _events()}}


def _events() -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, first, days, _ in EVENTS:
        zh, en = _NAMES[name]
        spec = out.setdefault(name, {"label": {"zh": zh, "en": en}, "dates": []})
        spec["dates"].append({"start": day_of(first), "end": day_of(first + days - 1)})
    return out
