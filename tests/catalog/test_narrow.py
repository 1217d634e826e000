"""Narrowing: nothing hidden is left, what is left means what it meant, and it passes the catalog's own checks."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.check import check_catalog
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.narrow import narrowed
from semantic_layer.compiler import compile_query
from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.conftest import Row

TODAY = dt.date(2018, 1, 1)
MONTH = {"field": "time", "grain": "month"}


def without(catalog: Catalog, *names: str) -> Catalog:
    """The catalog without tables (`orders`) and columns (`orders.amount`), named as in the database."""
    return narrowed(catalog, lambda table: table in names, lambda table, column: f"{table}.{column}" in names)


def text(catalog: Catalog) -> str:
    return json.dumps(catalog.spec.model_dump(mode="json", by_alias=True), ensure_ascii=False)


def problems(catalog: Catalog, folder: Path) -> list[str]:
    """The errors that the checks find in a catalog, as a folder of files."""
    folder.mkdir()
    spec = catalog.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    (folder / "catalog.yaml").write_text(json.dumps(spec), encoding="utf-8")
    return [str(p) for p in check_catalog(folder) if p.severity == "error"]


def sql(catalog: Catalog, **query: Any) -> str:
    return compile_query(SemanticQuery.model_validate(query), catalog, TODAY).sql()


# The packaged shop, less one table or column.

TABLES = [
    "transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions", "promotions",
]  # fmt: skip
COLUMNS = [
    "transactions.household_id", "transactions.basket_id", "transactions.product_id", "transactions.transaction_timestamp",
    "transactions.sales_value", "transactions.coupon_disc", "products.product_category", "demographics.household_id",
    "campaign_descriptions.start_date", "coupon_redemptions.redemption_date",
]  # fmt: skip


def test_nothing_hidden_gives_the_same_catalog(shop: Shop) -> None:
    assert without(shop.catalog) is shop.catalog
    assert without(shop.catalog, "no_such_table", "transactions.no_such_column") is shop.catalog


@cache
def of_metric(catalog: Catalog, metric: str) -> str:
    return sql(catalog, metrics=[metric])


@cache
def of_field(catalog: Catalog, dataset: str, field: str) -> str:
    return sql(catalog, records={"dataset": dataset, "fields": [f"{dataset}.{field}"]})


@pytest.mark.parametrize("hidden", [*TABLES, *COLUMNS])
def test_the_rest_passes_the_checks_and_means_what_it_meant(shop: Shop, tmp_path: Path, hidden: str) -> None:
    full, narrow = shop.catalog, without(shop.catalog, hidden)
    assert narrow.spec != full.spec
    assert problems(narrow, tmp_path / "catalog") == []
    for metric in narrow.spec.metrics:
        assert of_metric(narrow, metric) == of_metric(full, metric)
    for name, dataset in narrow.spec.datasets.items():
        for field in dataset.fields:
            assert of_field(narrow, name, field) == of_field(full, name, field)


def test_hidden_redemptions_take_their_metrics_and_the_ratio_of_two_tables(shop: Shop) -> None:
    full, narrow = shop.catalog.spec, without(shop.catalog, "coupon_redemptions").spec
    gone = {"redemptions", "redeeming_households", "redemptions_per_redeeming_household", "redemption_rate"}
    assert set(full.metrics) - set(narrow.metrics) == gone
    assert set(full.terms) - set(narrow.terms) == {"redeemed_value"}
    assert set(narrow.entities) == set(full.entities)
    assert len(full.relationships) - len(narrow.relationships) == 2
    assert not [word for word in ("coupon_redemptions", "redemption_date", *gone) if word in json.dumps(narrow.model_dump(mode="json"))]


def test_hidden_profiles_leave_the_households_without_their_dataset(shop: Shop) -> None:
    narrow = without(shop.catalog, "demographics")
    assert narrow.entity("household").dataset is None
    assert "with_kids" not in narrow.spec.segments
    assert "demographics" not in text(narrow)
    assert sql(narrow, metrics=["repeat_customers"]) == sql(shop.catalog, metrics=["repeat_customers"])


def test_a_default_metric_that_is_gone_has_no_successor(shop: Shop) -> None:
    assert shop.catalog.default_metric == "sales"
    assert without(shop.catalog, "transactions.sales_value").default_metric is None


def test_a_narrowed_catalog_answers_as_the_hand_written_sql(shop: Shop, sql: Callable[[str], list[Row]]) -> None:
    narrow = without(shop.catalog, "demographics", "transactions.coupon_disc")
    query = SemanticQuery.model_validate({"metrics": ["customers"], "group_by": ["products.department"], "limit": 3})
    found = shop.run(compile_query(query, narrow, TODAY)).rows
    gold = sql(
        "SELECT department, count(DISTINCT household_id) AS n FROM transactions JOIN products USING (product_id) "
        "WHERE department IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 3"
    )
    assert found == [(r["department"], r["n"]) for r in gold]


# A small catalog in which everything depends on something else.

SMALL: dict[str, Any] = {
    "datasets": {
        "orders": {
            "source": "main.order_lines",
            "time": "placed_on",
            "lasts": ["placed_on", "shipped_on"],
            "primary_key": ["order_no", "line_no"],
            "fields": {
                "order_no": {"entity": "basket", "kind": "key", "type": "integer"},
                "line_no": {"type": "integer"},
                "buyer_no": {"entity": "customer", "kind": "key", "type": "integer"},
                "amount": {"kind": "measure", "type": "number"},
                "net": {"kind": "measure", "type": "number", "expression": "amount - Rebate"},
                "channel": {},
                "placed_on": {"kind": "time", "type": "date"},
                "shipped_on": {"kind": "time", "type": "date"},
            },
        },
        "customers": {
            "primary_key": ["customer_no"],
            "fields": {
                "customer_no": {"entity": "customer", "kind": "key", "type": "integer"},
                "region": {"label": {"en": "sales region"}},
                "city": {},
                "street": {},
            },
        },
        "visits": {
            "time": "visited_on",
            "fields": {
                "visitor_no": {"entity": "customer", "kind": "key", "type": "integer"},
                "visited_on": {"kind": "time", "type": "date"},
                "cart_no": {"entity": "basket", "kind": "key", "type": "integer"},
                "page": {},
            },
        },
    },
    "entities": {"customer": {"dataset": "customers"}, "basket": {}},
    "relationships": [{"from": "orders.buyer_no", "to": "customers.customer_no"}],
    "hierarchies": {"place": ["customers.region", "customers.city", "customers.street"]},
    "metrics": {
        "revenue": {"expression": "SUM(orders.amount)", "label": {"en": "revenue"}, "default": True},
        "margin": {"expression": "SUM(orders.net)", "label": {"en": "margin"}},
        "margin_rate": {"expression": "margin / revenue", "label": {"en": "margin rate"}},
        "views": {"expression": "COUNT(visits.*)", "label": {"en": "page views"}},
        "order_count": {"expression": "COUNT(DISTINCT orders.order_no)", "label": {"en": "orders"}},
        "northern": {"expression": "SUM(orders.amount)", "label": {"en": "northern revenue"}, "filter": [{"segment": "north"}]},
        "lookers": {
            "expression": "COUNT(DISTINCT orders.buyer_no)",
            "label": {"en": "buyers who looked"},
            "filter": [{"any_of": [{"entity": "customer", "exists": "visits", "where": [{"field": "visits.page", "value": "home"}]}]}],
        },
        "steady": {
            "expression": "COUNT(DISTINCT visits.visitor_no)",
            "label": {"en": "visitors with large baskets"},
            "filter": [{"entity": "customer", "metric": {"metric": "revenue", "agg": "avg", "over": "basket"}, "op": ">", "value": 9}],
        },
        "far_away": {"expression": "SUM(CASE WHEN customers.city = 'Oslo' THEN orders.amount END)", "label": {"en": "far away"}},
        "on_the_web": {
            "expression": "SUM(orders.amount)",
            "label": {"en": "web revenue"},
            "filter": [{"field": "orders.channel", "value": "web"}],
        },
    },
    "segments": {
        "north": {"where": [{"field": "customers.region", "value": "north"}]},
        "fresh": {"where": [{"entity": "customer", "event": "first", "dataset": "orders"}]},
        "seen": {"where": [{"entity": "customer", "exists": "visits"}]},
        "listed": {"where": [{"entity": "customer", "exists": "customers"}]},
        "north_bound": {
            "where": [{"entity": "customer", "metric": {"metric": "revenue", "where": [{"segment": "north"}]}, "op": ">", "value": 5}]
        },
        "big": {"where": [{"segment": "north"}, {"entity": "customer", "metric": "revenue", "op": ">", "value": 5}]},
    },
    "terms": {
        "volume": {"means": ["revenue", "order_count"]},
        "result": {"means": ["revenue", "order_count", "margin"]},
    },
}  # fmt: skip


def small(*more: tuple[str, str, Any]) -> Catalog:
    """The small catalog with further parts: (section, name, part)."""
    spec = copy.deepcopy(SMALL)
    for section, name, part in more:
        spec[section][name] = part
    return Catalog(CatalogSpec.model_validate(spec))


def lost(full: Catalog, narrow: Catalog) -> set[str]:
    """The names of everything that is gone."""
    out: set[str] = set()
    for section in ("datasets", "entities", "metrics", "segments", "terms", "hierarchies"):
        out |= set(getattr(full.spec, section)) - set(getattr(narrow.spec, section))
    return out | {f"{d}.{f}" for d, spec in narrow.spec.datasets.items() for f in set(full.spec.datasets[d].fields) - set(spec.fields)}


TABLE = "main.order_lines"


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        (f"{TABLE}.Rebate", {"orders.net", "margin", "margin_rate"}),
        (f"{TABLE}.channel", {"orders.channel", "on_the_web"}),
        ("visits.page", {"visits.page", "lookers"}),
        ("customers.region", {"customers.region", "north", "northern", "north_bound", "big"}),
        ("customers.customer_no", {"customers.customer_no", "northern", "north_bound", "far_away", "listed"}),
        (f"{TABLE}.order_no", {"orders.order_no", "order_count", "volume", "steady"}),
        (f"{TABLE}.placed_on", {"orders.placed_on", "fresh"}),
        # Without a date of the visits, seen in the period of the question would become seen ever.
        ("visits.visited_on", {"visits.visited_on", "seen", "lookers"}),
        ("visits", {"visits", "views", "lookers", "seen", "steady"}),
        ("customers", {"customers", "place", "north", "northern", "north_bound", "big", "far_away", "listed"}),
    ],
)
def test_what_depends_on_something_hidden_goes_too(tmp_path: Path, hidden: str, gone: set[str]) -> None:
    full = small()
    narrow = without(full, hidden)
    assert lost(full, narrow) == gone
    assert problems(full, tmp_path / "full") == problems(narrow, tmp_path / "narrow") == []
    for metric in narrow.spec.metrics:
        assert sql(narrow, metrics=[metric]) == sql(full, metrics=[metric])


def test_no_name_of_what_is_gone_is_left_anywhere() -> None:
    narrow = without(small(), TABLE, "customers.region")
    words = (
        "orders", "order_lines", "order_no", "buyer_no", "amount", "Rebate", "channel", "placed_on", "shipped_on",
        "revenue", "margin", "region", "north", "far_away", "lookers", "steady", "fresh", "big", "volume", "result",
    )  # fmt: skip
    assert [w for w in words if w in text(narrow)] == []
    assert set(narrow.spec.metrics) == {"views"}
    with pytest.raises(QueryError) as error:
        sql(narrow, metrics=["revenues"])
    assert "Did you mean" not in error.value.en


def test_the_parts_of_a_dataset_that_name_a_hidden_field_go_and_the_dataset_stays() -> None:
    orders = without(small(), f"{TABLE}.line_no", f"{TABLE}.shipped_on").dataset("orders")
    assert (orders.primary_key, orders.time, orders.lasts) == ((), "placed_on", None)
    orders = without(small(), f"{TABLE}.placed_on").dataset("orders")
    assert (orders.primary_key, orders.time, orders.lasts) == (("order_no", "line_no"), None, None)


def test_hierarchies_and_terms_shrink_while_they_say_something() -> None:
    narrow = without(small(), "customers.city", f"{TABLE}.Rebate").spec
    assert narrow.hierarchies == {"place": ("customers.region", "customers.street")}
    assert narrow.terms["result"].means == ("revenue", "order_count")
    assert without(small(), "customers.city", "customers.street").spec.hierarchies == {}


def test_everything_hidden_leaves_nothing() -> None:
    narrow = narrowed(small(), lambda table: True, lambda table, column: False)
    assert narrow.spec == CatalogSpec()
    narrow = narrowed(small(), lambda table: False, lambda table, column: True)
    assert narrow.spec == CatalogSpec()


def test_what_takes_columns_without_naming_them_is_never_shown() -> None:
    full = small()
    spec = full.spec.model_dump(by_alias=True)
    spec["datasets"]["customers"]["fields"]["all_of_it"] = {"expression": "hash(COLUMNS(*))"}
    narrow = without(Catalog(CatalogSpec.model_validate(spec)), "customers.street")
    assert "all_of_it" not in narrow.dataset("customers").fields


def test_a_circle_of_segments_ends() -> None:
    circle = {"where": [{"segment": "round"}, {"field": "customers.region", "value": "x"}]}
    full = small(("segments", "round", circle), ("metrics", "odd", {"expression": "SUM(orders.amount)", "filter": [{"segment": "round"}]}))
    assert "round" in without(full, "customers.city").spec.segments
    assert not {"round", "odd"} & {*(spec := without(full, "customers.region").spec).segments, *spec.metrics}


# What is left may not mean something else.

CUSTOMER_KEY = {"entity": "customer", "kind": "key", "type": "integer"}


def sales(relationships: list[dict[str, Any]], **fields: Any) -> Catalog:
    """Sales in shops, to persons who live in cities; the key of each field is given."""
    number = {"type": "integer"}
    spec = {
        "datasets": {
            "sales": {"fields": {"shop_id": number, "amount": {"type": "number", "kind": "measure"}, **fields}},
            "persons": {"fields": {"id": number, "city": {}}},
            "shops": {"fields": {"id": number, "owner_id": CUSTOMER_KEY}},
        },
        "entities": {"customer": {}},
        "relationships": relationships,
        "metrics": {"revenue": {"expression": "SUM(sales.amount)", "label": {"en": "revenue"}}},
    }
    return Catalog(CatalogSpec.model_validate(spec))


IN_SHOP = {"from": "sales.shop_id", "to": "shops.id"}
BUYER = {"from": "sales.buyer_id", "to": "persons.id", "default": True}
PAYER = {"from": "sales.payer_id", "to": "persons.id"}
OWNER = {"from": "shops.owner_id", "to": "persons.id"}


@pytest.mark.parametrize("others", [[PAYER], [IN_SHOP, OWNER], [PAYER, IN_SHOP, OWNER]])
def test_no_other_path_takes_the_place_of_a_hidden_one(tmp_path: Path, others: list[dict[str, Any]]) -> None:
    city = {"metrics": ["revenue"], "group_by": ["persons.city"]}
    full = sales([*others, BUYER], buyer_id={"type": "integer"}, payer_id={"type": "integer"})
    assert "buyer_id" in sql(full, **city)
    narrow = without(full, "sales.buyer_id")
    with pytest.raises(QueryError):
        sql(narrow, **city)
    assert problems(narrow, tmp_path / "catalog") == []
    assert sql(without(full, "sales.payer_id"), **city) == sql(full, **city)


def test_no_other_key_of_the_same_rows_becomes_the_entity() -> None:
    full = sales([], buyer_id=CUSTOMER_KEY, payer_id=CUSTOMER_KEY)
    by_customer = {"metrics": ["revenue"], "group_by": ["customer"]}
    assert "buyer_id" in sql(full, **by_customer)
    with pytest.raises(QueryError):
        sql(without(full, "sales.buyer_id"), **by_customer)
    assert sql(without(full, "sales.payer_id"), **by_customer) == sql(full, **by_customer)


def test_no_key_further_away_becomes_the_entity() -> None:
    full = sales([IN_SHOP], buyer_id=CUSTOMER_KEY)
    by_customer = {"metrics": ["revenue"], "group_by": ["customer"]}
    assert "buyer_id" in sql(full, **by_customer)
    narrow = without(full, "sales.buyer_id")
    with pytest.raises(QueryError):
        sql(narrow, **by_customer)
    assert "owner_id" in narrow.dataset("shops").fields


def test_balances_whose_snapshot_is_hidden_are_not_added_up_over_time() -> None:
    spec = {
        "datasets": {
            "balances": {
                "snapshot": {"time": "day", "per": ["account"]},
                "time": "day",
                "fields": {"day": {"kind": "time", "type": "date"}, "account": {}, "balance": {"kind": "measure", "type": "number"}, "branch": {}},
            }
        },
        "metrics": {"balance": {"expression": "SUM(balances.balance)", "label": {"en": "balance"}}},
    }
    full = Catalog(CatalogSpec.model_validate(spec))
    for column in ("day", "account"):
        narrow = without(full, f"balances.{column}")
        assert not narrow.spec.metrics and not narrow.spec.datasets
    assert sql(without(full, "balances.branch"), metrics=["balance"], group_by=[MONTH]) == sql(full, metrics=["balance"], group_by=[MONTH])
