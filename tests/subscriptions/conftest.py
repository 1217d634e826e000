"""A small shop with a year of days, its store, and a mail server to send to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.service import Service
from assistant.store import open_store
from assistant.subscriptions import Book
from semantic_layer.shops import open_shop
from tests.conftest import write_shop
from tests.subscriptions.smtp import Mailbox, serve

TODAY = dt.date(2024, 6, 18)  # a Tuesday
CATALOG = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "time": "day",
            "fields": {
                "id": {"type": "integer"},
                "day": {"kind": "time", "type": "date"},
                "city": {"type": "string", "label": {"en": "city", "zh": "城市"}},
                "amount": {"kind": "measure", "type": "number", "unit": "CNY"},
                "refunded": {"kind": "measure", "type": "number"},
            },
        }
    },
    "metrics": {
        "sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}, "format": "currency", "default": True},
        "refund_rate": {"expression": "SUM(orders.refunded) / COUNT(orders.id)", "label": {"en": "refund rate", "zh": "退款率"}, "format": "percent"},
    },
    "calendar": {"time_zone": "Asia/Shanghai"},
}
# 100 to 106 a city and day by the day of the week and a little noise; yesterday 20 more in Sanya.
ROWS = """
CREATE TABLE orders AS
SELECT row_number() OVER () AS id, day::DATE AS day, city, 100 + isodow(day) + (hash(day) % 3) + CASE WHEN day::DATE = DATE '2024-06-17' AND city = 'Sanya' THEN 60 ELSE 0 END AS amount,
    CASE WHEN city = 'Sanya' THEN 0.1 ELSE 0 END AS refunded
FROM range(TIMESTAMP '2023-06-18', TIMESTAMP '2024-06-18', INTERVAL 1 DAY) t(day), unnest(['Harbin', 'Sanya']) u(city)
"""
SETTINGS = """name: small
database: small.duckdb
today: 2024-06-18
store: sqlite:///store.sqlite
rights:
  - {{role: all, allowed_tables: ["*"]}}
  - {{role: north, allowed_tables: ["*"], row_filters: {{orders: "city = 'Harbin'"}}}}
users: {{ann: all, bob: north, cleo: all}}
subscriptions: {{tries: {tries}, retry_seconds: {retry}, quiet_hours: "{quiet}"}}
channels:
  email:
    host: 127.0.0.1
    port: {port}
    security: none
    sender: wenshu@shop.example
    timeout: {timeout}
    people: {{ann@shop.example: ann}}
    places: {{team@shop.example: ["*"], north@shop.example: [bob], full@shop.example: ["*"]}}
"""
MakeShop = Callable[..., Path]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    box = Mailbox()
    controller = serve(box)
    box.port = controller.port  # type: ignore[attr-defined]
    yield box
    controller.stop()


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeShop:
    """Makes a shop's folder that sends to a port."""

    def make(at: int, tries: int = 3, retry: float = 0.01, quiet: str = "", timeout: float = 5.0) -> Path:
        folder = tmp_path / "small"
        if not folder.exists():
            write_shop(folder, CATALOG, ROWS)
        (folder / "wenshu.yaml").write_text(SETTINGS.format(port=at, tries=tries, retry=retry, quiet=quiet, timeout=timeout), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def open_service() -> Iterator[Callable[[Path], Service]]:
    """Opens services over a shop's folder, as several processes do."""
    services: list[Service] = []

    def opened(folder: Path) -> Service:
        services.append(Service(Assistant(open_shop(str(folder), TODAY)), open_store(f"sqlite:///{folder / 'store.sqlite'}")))
        return services[-1]

    yield opened
    for each in services:
        each.close()


@pytest.fixture
def service(make_folder: MakeShop, mailbox: Mailbox, open_service: Callable[[Path], Service]) -> Service:
    return open_service(make_folder(mailbox.port))  # type: ignore[attr-defined]


@pytest.fixture
def book(service: Service) -> Book:
    return Book(service)
