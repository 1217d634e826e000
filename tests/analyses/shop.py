"""A small shop with twelve weeks of orders: what is planted in its last week is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from tests.conftest import write_shop

WEEKS = 12
FIRST = dt.date(2026, 1, 5)  # a Monday
LAST_WEEK = {"start": FIRST + dt.timedelta(weeks=WEEKS - 1), "end": FIRST + dt.timedelta(weeks=WEEKS)}
WEEK_BEFORE = {"start": FIRST + dt.timedelta(weeks=WEEKS - 2), "end": LAST_WEEK["start"]}
_IN_LAST_WEEK = f"day >= DATE '{LAST_WEEK['start']}'"
_NAMES = {
    "region": {"east": ("东部", "east"), "south": ("南部", "south"), "west": ("西部", "west"), "north": ("北部", "north")},
    "channel": {"app": ("应用", "app"), "web": ("网站", "web"), "store": ("门店", "store")},
    "category": {"tea": ("茶", "tea"), "coffee": ("咖啡", "coffee"), "cups": ("杯子", "cups"), "pots": ("壶", "pots"), "sugar": ("糖", "sugar")},
}
_LABELS = {"region": ("地区", "region"), "channel": ("渠道", "channel"), "category": ("品类", "category")}
ROWS = f"""CREATE TABLE orders AS SELECT
  i AS order_id, DATE '{FIRST}' + (hash(i) % {WEEKS * 7})::INT AS day, 'c' || hash(i + 7) % 900 AS customer,
  ['east', 'east', 'south', 'west', 'north'][1 + (hash(i * 3 + 1) % 5)::INT] AS region,
  ['app', 'app', 'web', 'store'][1 + (hash(i * 5 + 2) % 4)::INT] AS channel,
  ['tea', 'tea', 'coffee', 'cups', 'pots', 'sugar'][1 + (hash(i * 7 + 3) % 6)::INT] AS category,
  10 + (hash(i * 11 + 4) % 20)::INT AS amount FROM range({WEEKS * 3000}) t(i)"""


def lost(where: str, percent: int = 60) -> str:
    """A statement that takes away so many of the orders of the last week that meet a condition."""
    return f"DELETE FROM orders WHERE {_IN_LAST_WEEK} AND {where} AND hash(order_id * 13 + 5) % 100 < {percent}"


def catalog(**more: Any) -> dict[str, Any]:
    """The shop's catalog, with further parts."""
    values = {f: {v: {"label": {"zh": zh, "en": en}} for v, (zh, en) in names.items()} for f, names in _NAMES.items()}
    fields: dict[str, Any] = {
        "order_id": {"kind": "key", "type": "integer"},
        "customer": {"kind": "key", "entity": "customer"},
        "day": {"kind": "time", "type": "date"},
        "amount": {"kind": "measure", "type": "number", "unit": "CNY"},
        **{f: {"label": {"zh": zh, "en": en}, "values": values[f]} for f, (zh, en) in _LABELS.items()},
    }
    metrics = {
        "sales": {"expression": "SUM(orders.amount)", "unit": "CNY", "format": "currency", "default": True, "label": {"zh": "销售额", "en": "sales"}},
        "orders": {"expression": "COUNT(orders.*)", "format": "integer", "label": {"zh": "订单数", "en": "orders"}},
        "customers": {"expression": "COUNT(DISTINCT orders.customer)", "format": "integer", "label": {"zh": "顾客数", "en": "customers"}},
        "order_value": {"expression": "sales / orders", "unit": "CNY", "format": "currency", "label": {"zh": "客单价", "en": "order value"}},
        "frequency": {"expression": "orders / customers", "label": {"zh": "人均单量", "en": "orders per customer"}},
    }
    return {
        "datasets": {"orders": {"primary_key": ["order_id"], "time": "day", "fields": fields}},
        "entities": {"customer": {"people": True, "label": {"zh": "顾客", "en": "customer"}}},
        "metrics": metrics,
        **more,
    }


def tea_shop(folder: Path, planted: Sequence[str] = (), settings: dict[str, Any] | None = None, **more: Any) -> Assistant:
    """The assistant of the shop, after these statements. Close its shop."""
    made = write_shop(folder, catalog(**more), ROWS, *planted)
    if settings:
        (made / "wenshu.yaml").write_text(yaml.safe_dump({"name": "tea", "database": "small.duckdb", **settings}), encoding="utf-8")
    return Assistant(open_shop(str(made), LAST_WEEK["end"]))


def why(assistant: Assistant, metric: str = "sales", lang: str = "en", analysis: str = "drivers", user: str | None = None, **more: Any) -> Answer:
    """Why the metric of the last week is other than that of the week before."""
    query = {"metrics": [metric], "time": LAST_WEEK, "compare": {}, **more}
    answer = assistant.answer(SemanticQuery.model_validate(query), lang, analysis=analysis, user=user)
    assert answer.status == "answered" and answer.analysis == analysis, answer.text
    return answer


def drivers(answer: Answer) -> list[dict[str, set[str]]]:
    """The slices that an answer names, by the conditions of the queries that show them."""
    out = []
    for finding in answer.findings:
        if finding.kind == "driver":
            assert finding.query
            where = SemanticQuery.model_validate(finding.query).where
            out.append({c.field: set(c.value if isinstance(c.value, tuple) else [c.value]) for c in where})  # type: ignore[union-attr]
    return out
