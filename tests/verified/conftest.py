"""A small shop of orders whose file of verified questions the tests write."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.conftest import write_shop

CATALOG: dict[str, Any] = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "time": "day",
            "fields": {
                "id": {"type": "integer", "entity": "order"},
                "customer": {"type": "integer", "entity": "customer"},
                "day": {"type": "date", "kind": "dimension"},
                "city": {"type": "string", "label": {"en": "city", "zh": "城市"}},
                "gift": {"type": "boolean"},
                "amount": {"type": "number", "kind": "measure"},
            },
        }
    },
    "entities": {
        "order": {"label": {"en": "order", "zh": "订单"}},
        "customer": {"label": {"en": "customer", "zh": "客户"}, "people": True},
    },
    "metrics": {
        "sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}, "synonyms": {"en": ["revenue"], "zh": ["营业额"]}},
        "customers": {"expression": "COUNT(DISTINCT orders.customer)", "label": {"en": "customers", "zh": "客户数"}},
    },
    "segments": {"gifts": {"label": {"en": "gift orders", "zh": "礼品单"}, "where": [{"field": "orders.gift", "value": True}]}},
}
ROWS = """CREATE TABLE orders AS SELECT i AS id, i % 7 AS customer, DATE '2025-01-01' + CAST(i AS INTEGER) AS day,
    CASE WHEN i % 3 = 0 THEN 'Lyon' ELSE 'Metz' END AS city, i % 5 = 0 AS gift, (i % 11) * 1.5 AS amount FROM range(0, 400) t(i)"""
TODAY = dt.date(2026, 2, 1)

# Customers who gave presents and came back: a name that no catalog knows.
SANTAS: dict[str, Any] = {
    "id": "santas",
    "questions": ["How many santas did we have last month?", "上个月有多少圣诞老人？"],
    "query": {
        "metrics": ["customers"],
        "where": [{"segment": "gifts"}],
        "time": {"start": "2026-01-01", "end": "2026-02-01"},
    },
    "by": "ann",
    "on": TODAY,
}

Opened = Callable[..., Assistant]


@contextlib.contextmanager
def opening(folder: Path) -> Iterator[Opened]:
    """Opens the shop in a folder, as often as wanted, with these entries in its file; `more` are further settings."""
    assistants: list[Assistant] = []

    def make(*entries: dict[str, Any], today: dt.date = TODAY, text: str = "", **more: Any) -> Assistant:
        if not folder.exists():
            write_shop(folder, CATALOG, ROWS)
        settings = {"name": "small", "database": "small.duckdb", **more}
        (folder / "wenshu.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        written = text or yaml.safe_dump({"verified": list(entries)}, allow_unicode=True, sort_keys=False)
        (folder / "verified.yaml").write_text(written, encoding="utf-8")
        assistants.append(Assistant(open_shop(str(folder), today)))
        return assistants[-1]

    yield make
    for each in assistants:
        each.shop.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with opening(tmp_path / "small") as make:
        yield make


@pytest.fixture(scope="session")
def of_santas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """One shop whose only verified question is that of the santas, for tests that only ask."""
    with opening(tmp_path_factory.mktemp("santas") / "small") as make:
        yield make(SANTAS)
