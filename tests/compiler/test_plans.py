"""What a database makes of the SQL: no step has far more rows than the tables have, however it chooses to join them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from tests.conftest import write_shop

LINES = 20_000
PAID = {"field": "orders.paid_at", "op": "not_null"}
FIELDS = {
    "orders": {"order_id": {"kind": "key", "type": "integer"}, "customer_id": {"kind": "key", "type": "integer", "entity": "customer"}, "ordered_at": {"kind": "time", "type": "datetime"}, "paid_at": {"type": "datetime"}},
    "lines": {
        "line_id": {"kind": "key", "type": "integer"},
        "order_id": {"kind": "key", "type": "integer"},
        "customer_id": {"kind": "key", "type": "integer", "entity": "customer"},
    },
}
CATALOG: dict[str, Any] = {
    "datasets": {
        "orders": {"primary_key": ["order_id"], "time": "ordered_at", "fields": FIELDS["orders"]},
        "lines": {"primary_key": ["line_id"], "time": "orders.ordered_at", "fields": FIELDS["lines"]},
    },
    "relationships": [{"from": ["lines.order_id"], "to": ["orders.order_id"]}],
    "entities": {"customer": {"label": {"en": "customer", "zh": "顾客"}}},
    "metrics": {
        "purchases": {"label": {"en": "purchases", "zh": "购买次数"}, "expression": "COUNT(DISTINCT lines.order_id)", "filter": [dict(PAID)]},
        "returning": {
            "label": {"en": "returning customers", "zh": "回头客"},
            "expression": "COUNT(DISTINCT lines.customer_id)",
            "filter": [dict(PAID), {"entity": "customer", "metric": "purchases", "op": ">=", "value": 2}],
        },
        "fresh": {
            "label": {"en": "new customers", "zh": "新客"},
            "expression": "COUNT(DISTINCT lines.customer_id)",
            "filter": [dict(PAID), {"entity": "customer", "event": "first", "dataset": "orders"}],
        },
    },
}  # fmt: skip
ROWS = (
    "CREATE TABLE orders AS SELECT n AS order_id, n * 7919 % 1500 AS customer_id, TIMESTAMP '2025-01-01' + INTERVAL (n * 37) MINUTE AS ordered_at,"
    " CASE WHEN n % 20 > 0 THEN TIMESTAMP '2026-01-01' END AS paid_at FROM range(10000) t(n)",
    f"CREATE TABLE lines AS SELECT n AS line_id, n // 2 AS order_id, (n // 2) * 7919 % 1500 AS customer_id FROM range({LINES}) t(n)",
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened = open_shop(str(write_shop(tmp_path_factory.mktemp("plans") / "shop", CATALOG, *ROWS)))
    yield opened
    opened.close()


@pytest.mark.parametrize("grain", ["day", "month", "quarter"])
@pytest.mark.parametrize("metric", ["returning", "fresh"])
def test_customers_of_a_period_are_found_without_a_larger_join(small: Shop, metric: str, grain: str) -> None:
    query = SemanticQuery.model_validate({"metrics": [metric], "group_by": [{"field": "time", "grain": grain}]})
    with duckdb.connect(str(small.folder / "small.duckdb"), read_only=True) as connection:
        (row,) = connection.execute("EXPLAIN (ANALYZE, FORMAT json) " + small.whole.compile(query).tree.sql("duckdb")).fetchall()
    assert LINES / 2 <= largest(json.loads(row[1])) <= 2 * LINES


def largest(node: dict[str, Any]) -> int:
    """The rows of the step of a plan that has most."""
    return max([node.get("operator_cardinality", 0), *map(largest, node.get("children", []))])
