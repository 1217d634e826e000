"""A shop with two years of days: a weekday pattern, a yearly sale, and what a test plants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.conftest import Kept, write_shop

FIRST, DAYS = dt.date(2024, 1, 1), 730  # to 2025-12-30
TODAY = FIRST + dt.timedelta(days=DAYS)
WEEKDAY = (90, 95, 100, 100, 105, 120, 110)
Opened = Callable[..., Assistant]


def catalog(**events: Any) -> dict[str, Any]:
    """One dataset of orders with an amount, a customer and a city, and the shop's own events."""
    text = {"type": "string", "kind": "dimension"}
    fields = {
        "day": {"kind": "time", "type": "date", "label": {"zh": "下单日", "en": "order day"}},
        "order_id": {"kind": "key", "type": "string", "entity": "order", "label": {"zh": "订单号", "en": "order id"}},
        "customer": {"kind": "key", "type": "string", "entity": "customer", "label": {"zh": "顾客号", "en": "customer id"}},
        "city": {**text, "label": {"zh": "城市", "en": "city"}},
        "amount": {"kind": "measure", "type": "number", "label": {"zh": "每单金额", "en": "amount of each order"}},
    }
    return {
        "datasets": {"orders": {"label": {"zh": "订单", "en": "orders"}, "time": "day", "fields": fields}},
        "entities": {
            "order": {"label": {"zh": "订单", "en": "order"}, "synonyms": {"en": ["orders"]}},
            "customer": {"label": {"zh": "顾客", "en": "customer"}, "synonyms": {"en": ["customers"]}},
        },
        "metrics": {
            "takings": {"expression": "SUM(orders.amount)", "default": True, "format": "currency", "unit": "CNY",
                        "label": {"zh": "营业额", "en": "takings"}},
            "order_count": {"expression": "COUNT(DISTINCT orders.order_id)", "format": "integer", "label": {"zh": "订单数", "en": "order count"}},
            "buyers": {"expression": "COUNT(DISTINCT orders.customer)", "format": "integer", "label": {"zh": "顾客数", "en": "buyers"}},
            "order_value": {"expression": "takings / order_count", "format": "currency", "unit": "CNY", "label": {"zh": "客单价", "en": "order value"}},
            "buyer_value": {"expression": "takings / buyers", "format": "currency", "unit": "CNY", "label": {"zh": "人均消费", "en": "value per buyer"}},
        },
        "calendar": {"events": events},
    }  # fmt: skip


def _orders(amounts: Mapping[dt.date, float]) -> str:
    """Ten orders a day by five customers, that share the day's amount; the amounts of single days as given."""
    weekday = "CASE isodow(day) " + " ".join(f"WHEN {n} THEN {w}" for n, w in enumerate(WEEKDAY, 1)) + " END"
    planted = " ".join(f"WHEN DATE '{day}' THEN {amount}" for day, amount in amounts.items())
    # A scatter of a few percent that is the same in every run.
    plain = f"{weekday} * 10 * (1 + 0.03 * sin(hash(day) % 628 / 100.0))"
    amount = f"CASE day {planted} ELSE {plain} END" if planted else plain
    return f"""CREATE TABLE orders AS SELECT day, day || '-' || n AS order_id, 'c' || (n % 5) AS customer,
        CASE WHEN n < 7 THEN 'Delft' ELSE 'Gouda' END AS city, ({amount}) / 10 AS amount
        FROM (SELECT CAST(unnest(generate_series(DATE '{FIRST}', DATE '{TODAY}' - INTERVAL 1 DAY, INTERVAL 1 DAY)) AS DATE) AS day), range(10) AS r(n)"""


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """An assistant over such a shop, with the amounts of single days as given; `since` leaves earlier days away. The same for the same."""
    kept: Kept[Assistant] = Kept(lambda assistant: assistant.shop.close())

    def make(amounts: Mapping[dt.date, float] | None = None, since: dt.date = FIRST, today: dt.date = TODAY, **events: Any) -> Assistant:
        def made() -> Assistant:
            statements = (_orders(amounts or {}), f"DELETE FROM orders WHERE day < DATE '{since}' OR day >= DATE '{today}'")
            return Assistant(open_shop(str(write_shop(tmp_path_factory.mktemp("days") / "small", catalog(**events), *statements)), today))

        return kept.get((amounts, since, today, events), made)

    yield make
    kept.close()
