"""The catalog of a small shop: orders in two cities."""

from __future__ import annotations

from typing import Any

CATALOG: dict[str, Any] = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "fields": {
                "id": {"type": "integer"},
                "city": {"type": "string", "label": {"en": "city", "zh": "城市"}},
                "kind": {"type": "string", "label": {"en": "kind", "zh": "种类"}},
                "amount": {"type": "number"},
            },
        }
    },
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}}},
}
