"""MetricFlow in: datasets, entities and metrics of both styles, numbers as in hand-written SQL, and what is left out by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.errors import CatalogError
from semantic_layer.shops import Shop, check_shop
from semantic_layer.shops.exchange import import_shop
from tests.catalog.exchange.conftest import Import, notes
from tests.conftest import answer

OLDER = """
version: 2
semantic_models:
  - name: orders
    description: One row per order
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_on}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_on, type: time, expr: ordered_at, type_params: {time_granularity: day}}
      - {name: status, type: categorical}
      - {name: amount, type: categorical, expr: "CASE WHEN amount > 8 THEN 'large' ELSE 'small' END", label: order size}
    measures:
      - {name: revenue, agg: sum, expr: amount}
      - {name: order_count, agg: sum, expr: 1, create_metric: true, label: number of orders}
      - {name: buyers, agg: count_distinct, expr: customer_id}
      - {name: gifts, agg: sum_boolean, expr: is_gift}
      - {name: typical, agg: median, expr: amount}
      - {name: high, agg: percentile, expr: amount, agg_params: {percentile: 0.9}}
      - {name: spare, agg: max, expr: amount}
  - name: customers
    model: ref('customers')
    defaults: {agg_time_dimension: joined}
    entities:
      - {name: customer, type: primary, expr: customer_id}
    dimensions:
      - {name: joined, type: time, type_params: {time_granularity: day}}
      - {name: city, type: categorical}
    measures:
      - {name: people, agg: count, expr: "*"}
metrics:
  - {name: revenue, type: simple, label: revenue, type_params: {measure: revenue}}
  - {name: buyers, type: simple, type_params: {measure: {name: buyers}}}
  - {name: gifts, type: simple, type_params: {measure: gifts}}
  - {name: median_order, type: simple, type_params: {measure: typical}}
  - {name: high_order, type: simple, type_params: {measure: high}}
  - {name: people, type: simple, type_params: {measure: people}}
  - name: paid_revenue
    type: simple
    type_params: {measure: revenue}
    filter: |
      {{ Dimension('order__status') }} = 'paid'
  - name: paid_share
    type: ratio
    type_params: {numerator: {name: revenue, filter: "{{ Dimension('order__status') }} = 'paid'"}, denominator: revenue}
  - name: roman_revenue
    type: simple
    type_params: {measure: {name: revenue, filter: "{{ Dimension('customer__city') }} = 'Rome'"}}
  - name: january_revenue
    type: simple
    type_params: {measure: revenue}
    filter: "{{ TimeDimension('metric_time', 'month') }} = '2024-01-01'"
  - name: average_order
    type: derived
    type_params:
      expr: money / nullif(order_count, 0)
      metrics: [{name: revenue, alias: money}, {name: order_count}]
  - {name: revenue_so_far, type: cumulative, type_params: {measure: revenue, cumulative_type_params: {window: 1 month}}}
  - name: growth
    type: derived
    type_params: {expr: revenue - before, metrics: [{name: revenue}, {name: revenue, alias: before, offset_window: 1 month}]}
  - {name: came_back, type: conversion, type_params: {conversion_type_params: {entity: customer}}}
  - {name: loyal, type: simple, type_params: {measure: revenue}, filter: "{{ Metric('order_count', group_by=['customer']) }} > 1"}
  - {name: mistyped, type: simple, type_params: {measure: revenu}}
  - {name: ping, type: derived, type_params: {expr: pong, metrics: [pong]}}
  - {name: pong, type: derived, type_params: {expr: ping, metrics: [ping]}}
saved_queries: [{name: monthly, query_params: {}}]
"""

NEWER = """
models:
  - name: orders
    semantic_model: true
    agg_time_dimension: ordered_at
    columns:
      - {name: order_id, entity: {type: primary, name: order}}
      - {name: customer_id, entity: {type: foreign, name: customer}}
      - {name: ordered_at, granularity: day, dimension: {type: time, name: ordered_on}}
      - {name: status, dimension: categorical, description: state of the order}
    derived_semantics:
      dimensions:
        - {name: amount, type: categorical, expr: "CASE WHEN amount > 8 THEN 'large' ELSE 'small' END", label: order size}
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount, label: revenue}
      - {name: order_count, type: simple, agg: count, expr: 1, label: number of orders}
      - {name: buyers, agg: count_distinct, expr: customer_id}
      - {name: gifts, type: simple, agg: sum_boolean, expr: is_gift}
      - {name: median_order, type: simple, agg: median, expr: amount}
      - {name: high_order, type: simple, agg: percentile, expr: amount, percentile: 90.0}
      - {name: paid_revenue, type: simple, agg: sum, expr: amount, filter: "{{ Dimension('order__status') }} = 'paid'"}
      - {name: roman_revenue, type: simple, agg: sum, expr: amount, filter: ["{{ Dimension('customer__city') }} = 'Rome'"]}
      - {name: january_revenue, type: simple, agg: sum, expr: amount, filter: "{{ TimeDimension('metric_time', 'month') }} = '2024-01-01'"}
      - {name: average_order, type: derived, expr: "money / nullif(order_count, 0)", input_metrics: [{name: revenue, alias: money}, order_count]}
      - {name: revenue_so_far, type: cumulative, window: 1 month, input_metric: revenue}
  - name: customers
    semantic_model: {enabled: true}
    agg_time_dimension: joined
    columns:
      - {name: customer_id, entity: {type: primary, name: customer}}
      - {name: joined, granularity: day, dimension: {type: time}}
      - {name: city, dimension: {type: categorical}}
    metrics:
      - {name: people, type: simple, agg: count, expr: "*"}
  - name: unrelated
    columns: [{name: whatever}]
metrics:
  - {name: paid_share, type: ratio, numerator: {name: revenue, filter: "{{ Dimension('order__status') }} = 'paid'"}, denominator: revenue}
"""

# The numbers by SQL written by hand.
TOTALS = {
    "revenue": "SELECT sum(amount) FROM orders",
    "order_count": "SELECT count(*) FROM orders",
    "buyers": "SELECT count(DISTINCT customer_id) FROM orders",
    "gifts": "SELECT count(*) FROM orders WHERE is_gift",
    "median_order": "SELECT median(amount) FROM orders",
    "high_order": "SELECT quantile_cont(amount, 0.9) FROM orders",
    "people": "SELECT count(*) FROM customers",
    "paid_revenue": "SELECT sum(amount) FROM orders WHERE status = 'paid'",
    "paid_share": "SELECT sum(amount) FILTER (WHERE status = 'paid') / sum(amount) FROM orders",
    "roman_revenue": "SELECT sum(amount) FROM orders JOIN customers USING (customer_id) WHERE city = 'Rome'",
    "january_revenue": "SELECT sum(amount) FROM orders WHERE ordered_at BETWEEN '2024-01-01' AND '2024-01-31'",
    "average_order": "SELECT sum(amount) / count(*) FROM orders",
}


@pytest.mark.parametrize("style", [OLDER, NEWER], ids=["older", "newer"])
def test_both_styles_give_the_numbers_of_hand_written_sql(style: str, sales: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    _, folder = imported(style, sales, "metricflow")
    assert [p for p in check_shop(str(folder)) if p.severity == "error"] == []
    shop = opened(folder)
    assert set(shop.catalog.spec.metrics) == set(TOTALS)
    with duckdb.connect(str(sales), read_only=True) as connection:
        for metric, sql in TOTALS.items():
            (row,) = answer(shop, {"metrics": [{"metric": metric}]})
            expected = connection.execute(sql).fetchone()
            assert expected and float(row[metric]) == pytest.approx(float(expected[0])), metric
        by_city = answer(shop, {"metrics": [{"metric": "revenue"}], "group_by": [{"field": "customers.city"}]})
        expected_rows = connection.execute("SELECT city, sum(amount) FROM orders LEFT JOIN customers USING (customer_id) GROUP BY 1").fetchall()
    assert {r["city"]: float(r["revenue"]) for r in by_city} == {city: float(amount) for city, amount in expected_rows}


@pytest.mark.parametrize("style", [OLDER, NEWER], ids=["older", "newer"])
def test_datasets_have_their_keys_times_and_types(style: str, sales: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    _, folder = imported(style, sales, "metricflow")
    spec = opened(folder).catalog.spec
    orders = spec.datasets["orders"]
    assert (orders.primary_key, orders.time) == (("order_id",), "ordered_on")
    assert orders.fields["customer_id"].entity == "customer" and orders.fields["ordered_on"].type == "date"
    assert orders.fields["amount"].expression and orders.fields["amount"].label.en == "order size"
    assert spec.entities["customer"].dataset == "customers"
    assert [(r.from_, r.to) for r in spec.relationships] == [(("orders.customer_id",), ("customers.customer_id",))]
    assert spec.metrics["order_count"].label.en == "number of orders"


def test_what_has_no_counterpart_is_named(sales: Path, imported: Import) -> None:
    found, folder = imported(OLDER, sales, "metricflow")
    lost = notes(found, "lost")
    for metric, word in {
        "revenue_so_far": "running total",
        "growth": "shifts revenue in time",
        "came_back": "conversion",
        "loyal": "uses Metric",
        "mistyped": "Did you mean revenue",
        "ping": "ping -> pong -> ping",
        "pong": "defined by itself",
    }.items():
        assert word in lost[f"metrics.{metric}"], metric
    assert "no metric uses" in lost["semantic_models.orders.measures.spare"]
    assert "saved_queries" in lost
    review = (folder / "REVIEW.md").read_text(encoding="utf-8")
    assert all(f"metrics.{m}" in review for m in ("revenue_so_far", "growth", "came_back"))
    assert "未能带过来的" in review


def test_balances_become_a_snapshot_only_where_they_mean_the_same(tmp_path: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    database = tmp_path / "stock.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE stock (day DATE, store VARCHAR, pieces INTEGER)")
        connection.execute("INSERT INTO stock VALUES ('2024-01-01', 'A', 5), ('2024-01-02', 'A', 7), ('2024-01-01', 'B', 1)")
    text = """
semantic_models:
  - name: stock
    model: source('main', 'stock')
    primary_entity: stock_row
    defaults: {agg_time_dimension: day}
    dimensions: [{name: day, type: time}, {name: store, type: categorical}]
    measures:
      - name: pieces
        agg: sum
        create_metric: true
        non_additive_dimension: {name: day, window_choice: max%s}
"""
    _, folder = imported(text % ", window_groupings: [store]", database, "metricflow", name="per_store")
    (row,) = answer(opened(folder), {"metrics": [{"metric": "pieces"}]})
    assert row["pieces"] == 8
    found, _ = imported(text % "", database, "metricflow", name="overall")
    assert "does not add up over time" in notes(found, "lost")["semantic_models.stock.measures.pieces"]


def test_filters_of_measure_and_metric_hold_together(sales: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    metric = """
  - name: roman_february
    type: simple
    type_params: {measure: {name: revenue, filter: "{{ Dimension('customer__city') }} = 'Rome'"}}
    filter: "{{ TimeDimension('metric_time', 'day') }} >= '2024-02-05'"
saved_queries"""
    _, folder = imported(OLDER.replace("\nsaved_queries", metric), sales, "metricflow")
    assert float(answer(opened(folder), {"metrics": [{"metric": "roman_february"}]})[0]["roman_february"]) == 2.25


def test_a_metric_of_another_time_is_left_out(sales: Path, imported: Import) -> None:
    text = OLDER.replace("{name: buyers, agg: count_distinct, expr: customer_id}", "{name: buyers, agg: count_distinct, expr: customer_id, agg_time_dimension: shipped_on}")
    found, _ = imported(text, sales, "metricflow")
    assert "shipped_on" in notes(found, "lost")["metrics.buyers"]
    assert "buyers" not in found.catalog["metrics"]


def test_a_folder_is_read_whole(tmp_path: Path, sales: Path, opened: Callable[[Path], Shop]) -> None:
    models, _, metrics = OLDER.partition("\nmetrics:\n")
    settings = "name: shop\nmodels: {shop: {+materialized: view}}\nvars: &all {a: 1}\nother: *all\n"
    for name, text in (
        ("models/orders.yml", models),
        ("metrics/all.yml", f"version: 2\nmetrics:\n{metrics}"),
        ("dbt_project.yml", settings),
        ("dbt_packages/other/models.yml", models),
    ):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    found = import_shop(tmp_path / "project", "metricflow", sales, tmp_path / "shop")
    assert "dbt_project.yml" in notes(found, "lost")["project"]
    assert set(opened(tmp_path / "shop").catalog.spec.metrics) == set(TOTALS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("type: primary, expr: order_id", "type: primry, expr: order_id"), "model.yaml:9"),
        (("model: ref('customers')", "model: ref('custmers')"), "Did you mean customers"),
        (("  - name: customers\n", "  - name: orders\n"), "defined twice"),
        (("semantic_models:", "semantic_model:"), "no semantic model"),
    ],
)
def test_bad_files_are_refused_with_their_place(change: tuple[str, str], said: str, sales: Path, imported: Import, tmp_path: Path) -> None:
    assert change[0] in OLDER
    with pytest.raises(CatalogError, match=said):
        imported(OLDER.replace(*change, 1), sales, "metricflow")
    assert not (tmp_path / "shop").exists()


def test_data_of_any_shape_is_refused_in_a_sentence(sales: Path, imported: Import) -> None:
    broken: list[Any] = ["- a list", "semantic_models: 5", "semantic_models: [{name: x}, 7]", "metrics: {a: 1}", "models: [{name: [1]}]"]
    for text in broken:
        with pytest.raises(CatalogError):
            imported(text, sales, "metricflow")
