"""Small catalogs for what the packaged shop cannot show."""

from __future__ import annotations

import copy
from typing import Any

Catalog = dict[str, Any]

ORDERS: Catalog = {
    "datasets": {
        "orders": {
            "time": "ordered_at",
            "fields": {
                "order_id": {"entity": "order", "kind": "key", "type": "integer"},
                "customer_id": {"entity": "customer", "kind": "key", "type": "integer"},
                "item": {"type": "string"},
                "amount": {"type": "number", "kind": "measure"},
                "ordered_at": {"type": "date", "kind": "time"},
            },
        },
    },
    "entities": {"order": {}, "customer": {}},
    "metrics": {
        "revenue": {"expression": "SUM(orders.amount)", "default": True},
        "order_count": {"expression": "COUNT(DISTINCT orders.order_id)"},
        "buyers": {"expression": "COUNT(DISTINCT orders.customer_id)"},
    },
}

# January, February without the item B, no March at all, April
ORDER_ROWS = """
    (1, 10, 'A', 5.0, DATE '2017-01-05'), (2, 10, 'B', 7.0, DATE '2017-01-20'), (3, 11, 'A', 9.0, DATE '2017-02-03'),
    (4, 10, 'A', 4.0, DATE '2017-04-02'), (5, 12, 'B', 6.0, DATE '2017-04-30')
"""


def orders_table(name: str = "orders", rows: str = ORDER_ROWS) -> str:
    """SQL that makes the table of orders."""
    return f'CREATE TABLE "{name}" AS SELECT * FROM (VALUES {rows}) AS v(order_id, customer_id, item, amount, ordered_at)'


def orders_catalog(table: str | None = None, **more: Any) -> Catalog:
    """The catalog of orders, over a table of another name, or with further keys in its sections."""
    catalog = copy.deepcopy(ORDERS)
    if table:
        catalog["datasets"]["orders"]["source"] = table
    for section, extra in more.items():
        known = catalog.setdefault(section, [] if isinstance(extra, list) else {})
        if isinstance(known, list):
            known.extend(extra)
        else:
            known.update(extra)
    return catalog


CUSTOMERS: Catalog = {
    "primary_key": ["id"],
    "fields": {"id": {"entity": "customer", "kind": "key", "type": "integer"}, "city": {"type": "string"}},
}

BALANCES: Catalog = {
    "datasets": {
        "balances": {
            "time": "day",
            "snapshot": {"time": "day", "per": ["account"]},
            "fields": {
                "day": {"type": "date", "kind": "time"},
                "account": {"type": "string"},
                "balance": {"type": "number", "kind": "measure"},
            },
        },
    },
    "metrics": {"balance": {"expression": "SUM(balances.balance)", "default": True}},
}

# account B has no row on the last day of January, account A none on the last day of February
BALANCE_ROWS = """
    CREATE TABLE balances AS SELECT * FROM (VALUES
        (DATE '2017-01-15', 'A', 100.0), (DATE '2017-01-31', 'A', 110.0), (DATE '2017-01-30', 'B', 50.0),
        (DATE '2017-02-27', 'A', 120.0), (DATE '2017-02-28', 'B', 70.0)) AS v(day, account, balance)
"""
