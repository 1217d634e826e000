"""Small groups: answers about single people are refused, slices of few are withheld, and the rest is as before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from semantic_layer.small_groups import Shown, counted, refuse_individuals, withheld
from tests.conftest import MakeShop, Row

Sql = Callable[[str], list[Row]]
Query = dict[str, Any]

MONTH = {"field": "time", "grain": "month"}
MAY = {"start": "2017-05-01", "end": "2017-06-01"}
TODAY = dt.date(2018, 1, 1)
HOUSEHOLD_7 = {"field": "household", "value": 7}


def ask(shop: Shop, smallest: int, query: Query) -> Shown:
    """What a role with a smallest group sees of a query."""
    parsed = SemanticQuery.model_validate(query)
    refuse_individuals(parsed, shop.catalog)
    with_counts = counted(parsed, shop.catalog, TODAY)
    assert with_counts is not None
    found = withheld(with_counts, shop.run(with_counts.compiled).rows, smallest)
    return Shown(rounded(found.rows), found.withheld)


def whole(shop: Shop, query: Query) -> list[tuple[Any, ...]]:
    """The rows of a query as everyone else sees them."""
    return rounded(shop.run(shop.compile(SemanticQuery.model_validate(query))).rows)


def rounded(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The engine adds in no fixed order, so the last digits of a sum differ from run to run."""
    return [tuple(round(v, 4) if isinstance(v, float) else v for v in row) for row in rows]


# Refused whatever the numbers.


@pytest.mark.parametrize(
    "query",
    [
        {"records": {"dataset": "transactions", "fields": ["transactions.sales_value"]}},
        {"records": {"dataset": "demographics", "fields": ["demographics.age"], "distinct": True}},
        {"metrics": ["sales"], "group_by": ["household"]},
        {"metrics": ["sales"], "group_by": ["transactions.household_id"], "limit": 10},
        {"metrics": ["sales"], "group_by": [{"field": "demographics.household_id", "edges": [10, 20]}]},
        {"metrics": [{"agg": "max", "field": "transactions.household_id"}]},
        {"metrics": [{"metric": "sales", "agg": "max", "over": "household"}]},
        {"metrics": [{"metric": "sales", "agg": "median", "over": "household"}], "group_by": ["store"]},
        {"metrics": ["products_in_range"], "where": [{"entity": "product", "exists": "transactions", "where": [HOUSEHOLD_7]}]},
        {"metrics": ["sales"], "group_by": ["product"], "where": [
            {"any_of": [{"entity": "product", "exists": "transactions", "where": [{"segment": "with_kids"}], "negated": True}]}]},
        {"metrics": ["products_in_range"], "where": [{"entity": "product", "metric": {"metric": "sales", "where": [HOUSEHOLD_7]}, "op": ">", "value": 0}]},
        {"metrics": ["products_in_range"], "where": [
            {"entity": "product", "exists": "transactions", "where": [{"entity": "household", "metric": "sales", "top": 1}]}]},
        {"metrics": ["sales"], "group_by": [{"case": {"entity": "product", "exists": "transactions", "where": [HOUSEHOLD_7]}}]},
        {"metrics": ["sales"], "group_by": [{"bucket": {"entity": "product", "metric": "sales", "parts": 4, "where": [HOUSEHOLD_7]}}]},
        {"metrics": [{"metric": "sales", "where": [{"entity": "product", "exists": "transactions", "where": [HOUSEHOLD_7]}]}]},
        {"records": {"dataset": "products"}, "where": [{"entity": "product", "exists": "transactions", "where": [HOUSEHOLD_7]}]},
    ],
)  # fmt: skip
def test_questions_about_single_people_are_refused(shop: Shop, query: Query) -> None:
    parsed = SemanticQuery.model_validate(query)
    shop.compile(parsed)  # nothing else is wrong with it
    with pytest.raises(QueryError, match="groups of people") as error:
        refuse_individuals(parsed, shop.catalog)
    assert "人群" in error.value.zh and error.value.subject in error.value.zh


@pytest.mark.parametrize(
    "query",
    [
        {"records": {"dataset": "products"}, "limit": 5},
        {"metrics": ["sales"], "group_by": ["demographics.age", MONTH], "where": [{"segment": "with_kids"}]},
        {"metrics": [{"agg": "count_distinct", "field": "household"}], "group_by": ["store"]},
        {"metrics": [{"metric": "sales", "agg": "avg", "over": "household"}, {"metric": "sales", "agg": "median", "over": "basket", "alias": "m"}]},
        {"metrics": ["customers"], "group_by": [{"bucket": {"entity": "household", "metric": "baskets", "edges": [1, 6]}}]},
        {"metrics": ["sales"], "where": [{"entity": "household", "exists": "coupon_redemptions"}]},
        {"metrics": ["products_in_range"], "where": [
            {"entity": "product", "exists": "transactions", "where": [{"segment": "fuel"}], "time": MAY, "negated": True}]},
    ],
)  # fmt: skip
def test_questions_about_groups_are_not_refused(shop: Shop, query: Query) -> None:
    refuse_individuals(SemanticQuery.model_validate(query), shop.catalog)


# Withheld, against the numbers of hand-written SQL.


def test_a_total_of_many_is_shown_and_of_few_is_not(shop: Shop) -> None:
    assert ask(shop, 10, {"metrics": ["sales"], "time": MAY}) == Shown(whole(shop, {"metrics": ["sales"], "time": MAY}), 0)
    with pytest.raises(QueryError, match="fewer than 2 people") as error:
        ask(shop, 2, {"metrics": ["sales"], "where": [HOUSEHOLD_7]})
    assert "少于 2 人" in error.value.zh
    assert ask(shop, 1, {"metrics": ["sales"], "where": [HOUSEHOLD_7]}).withheld == 0


def test_slices_of_few_people_are_dropped_and_counted(shop: Shop, sql: Sql) -> None:
    query = {"metrics": ["sales"], "group_by": ["store"], "time": MAY}
    gold = sql(
        "SELECT store_id, count(DISTINCT household_id) AS people FROM transactions "
        "WHERE transaction_timestamp >= '2017-05-01' AND transaction_timestamp < '2017-06-01' GROUP BY 1"
    )
    many = {r["store_id"] for r in gold if r["people"] >= 5}
    assert 0 < len(many) < len(gold)
    found = ask(shop, 5, query)
    assert found.rows == [row for row in whole(shop, query) if row[0] in many]
    assert found.withheld == len(gold) - len(many)


def test_a_ranking_is_that_of_everybody_without_the_small_ones(shop: Shop, sql: Sql) -> None:
    query = {"metrics": ["sales_per_customer"], "group_by": ["store"], "limit": 20}
    gold = sql("SELECT store_id, count(DISTINCT household_id) AS people FROM transactions GROUP BY 1")
    many = {r["store_id"] for r in gold if r["people"] >= 20}
    rows = [row for row in whole(shop, query) if row[0] in many]
    assert 0 < len(rows) < 20
    assert ask(shop, 20, query) == Shown(rows, 20 - len(rows))


def test_the_people_are_those_of_the_metric_within_the_slice(shop: Shop, sql: Sql) -> None:
    """A store with many customers of whom two came back says something of two people."""
    gold = sql(
        "SELECT store_id, count(*) AS customers, count(*) FILTER (WHERE baskets >= 2) AS back FROM "
        "(SELECT store_id, household_id, count(DISTINCT basket_id) AS baskets FROM transactions GROUP BY ALL) GROUP BY 1"
    )
    many = {r["store_id"] for r in gold if r["customers"] >= 5 and not 0 < r["back"] < 5}
    assert any(r["customers"] >= 5 and 0 < r["back"] < 5 for r in gold)
    for metric in ("repeat_rate", {"metric": "repeat_customers", "per": "household", "alias": "rate"}):
        assert {row[0] for row in ask(shop, 5, {"metrics": [metric], "group_by": ["store"]}).rows} == many


def test_the_conditions_of_one_metric_count_for_it(shop: Shop, sql: Sql) -> None:
    gold = sql(
        "SELECT store_id, count(DISTINCT household_id) AS people, count(DISTINCT household_id) FILTER (WHERE coupon_disc > 0) AS coupons, "
        "count(DISTINCT household_id) FILTER (WHERE product_type = 'GASOLINE-REG UNLEADED') AS fuel "
        "FROM transactions LEFT JOIN products USING (product_id) GROUP BY 1"
    )
    for metric, column in (("coupon_basket_rate", "coupons"), ({"metric": "sales", "where": [{"segment": "fuel"}], "share": True}, "fuel")):
        many = {r["store_id"] for r in gold if r["people"] >= 5 and not 0 < r[column] < 5}
        assert any(r["people"] >= 5 and 0 < r[column] < 5 for r in gold)
        assert {row[0] for row in ask(shop, 5, {"metrics": [metric], "group_by": ["store"]}).rows} == many


def test_metrics_of_several_datasets_withhold_a_row_for_any_of_them(shop: Shop, sql: Sql) -> None:
    def people(table: str) -> dict[Any, int]:
        rows = sql(f"SELECT income, count(DISTINCT household_id) AS n FROM {table} LEFT JOIN demographics USING (household_id) GROUP BY 1")
        return {r["income"]: r["n"] for r in rows}

    bought, redeemed = people("transactions"), people("coupon_redemptions")
    query = {"metrics": ["sales", "redemptions"], "group_by": ["demographics.income"]}
    found = ask(shop, 12, query)
    assert {row[0] for row in found.rows} == {i for i in bought if bought[i] >= 12 and not 0 < redeemed.get(i, 0) < 12}
    assert found.withheld > 0 and len(found.rows) + found.withheld == len(bought)


@pytest.mark.parametrize("time", [{}, {"group_by": [MONTH]}])
def test_a_comparison_shows_neither_period_of_a_few(shop: Shop, sql: Sql, time: Query) -> None:
    gold = sql(
        "SELECT income, date_trunc('month', redemption_date) AS month, count(DISTINCT household_id) AS n "
        "FROM coupon_redemptions LEFT JOIN demographics USING (household_id) "
        "WHERE redemption_date >= '2017-04-01' AND redemption_date < '2017-06-01' GROUP BY ALL"
    )
    few = {r["income"] for r in gold if r["n"] < 5}
    query = {"metrics": ["redemptions"], "group_by": ["demographics.income", *time.get("group_by", [])], "time": MAY, "compare": {}}
    assert any(r["n"] >= 5 and r["month"].month == 5 and r["income"] in few for r in gold)
    assert ask(shop, 5, query).rows == [row for row in whole(shop, query) if row[0] not in few]


def test_shares_and_running_values_are_empty_once_something_is_withheld(shop: Shop) -> None:
    """Else the last share would be what is missing of 1, and a step of the running total what is missing of it."""
    query = {"metrics": ["redemptions"], "group_by": [MONTH], "share": {}, "running": {}}
    found, rows = ask(shop, 60, query), whole(shop, query)
    assert 0 < found.withheld < len(rows)
    assert all(row[:2] in [r[:2] for r in rows] and row[2:] == (None, None) for row in found.rows)
    assert ask(shop, 1, query) == Shown(rows, 0)


def test_only_what_is_asked_for_runs_along_time(shop: Shop) -> None:
    query = {"metrics": ["sales"], "group_by": [MONTH], "running": {"kind": "rolling", "window": 3, "agg": "avg"}}
    assert ask(shop, 5, query) == Shown(whole(shop, query), 0)


def test_periods_without_anybody_are_no_small_groups(shop: Shop) -> None:
    query = {"metrics": ["redemptions"], "group_by": [MONTH], "where": [{"field": "coupon_redemptions.campaign_id", "value": 18}]}
    rows = whole(shop, query)
    assert [row for row in rows if row[1] == 0]
    found = ask(shop, 5, query)
    assert [row for row in found.rows if row[1] == 0] == [row for row in rows if row[1] == 0]


def test_metrics_without_people_are_not_counted(shop: Shop) -> None:
    query = SemanticQuery.model_validate({"metrics": ["products_in_range"], "group_by": ["products.department"]})
    assert counted(query, shop.catalog, TODAY) is None


def test_names_of_a_question_do_not_meet_those_of_the_counts(shop: Shop) -> None:
    plain = {"metrics": ["sales"], "group_by": ["demographics.age"]}
    named = {"metrics": [{"metric": "sales", "alias": "People behind"}], "group_by": [{"field": "demographics.age", "alias": "people behind_2"}]}
    assert ask(shop, 80, named) == ask(shop, 80, plain)


# A shop whose lines point to orders, and only these to customers.

LINES: dict[str, Any] = {
    "datasets": {
        "lines": {"fields": {"order_id": {"type": "integer"}, "item": {}, "amount": {"type": "number", "kind": "measure"}}},
        "orders": {
            "fields": {
                "order_id": {"entity": "order", "kind": "key", "type": "integer"},
                "customer_id": {"entity": "customer", "kind": "key", "type": "integer"},
                "channel": {},
                "phone": {"personal": True},
                "rating": {"type": "number", "kind": "measure"},
            }
        },
        "accounts": {
            "snapshot": {"time": "day", "per": ["customer_id"]},
            "time": "day",
            "fields": {
                "customer_id": {"entity": "customer", "kind": "key", "type": "integer"},
                "day": {"type": "date", "kind": "time"},
                "points": {"type": "number", "kind": "measure"},
            },
        },
    },
    "entities": {"order": {}, "customer": {"people": True}},
    "relationships": [{"from": "lines.order_id", "to": "orders.order_id"}],
    "metrics": {
        "revenue": {"expression": "SUM(lines.amount)", "label": {"en": "revenue"}},
        "revenue_of_regulars": {
            "expression": "SUM(lines.amount)",
            "filter": [{"entity": "customer", "metric": "orders_placed", "op": ">=", "value": 2}],
            "label": {"en": "revenue of regulars"},
        },
        "orders_placed": {"expression": "COUNT(DISTINCT orders.order_id)", "label": {"en": "orders"}},
        "rating": {"expression": "AVG(orders.rating)", "label": {"en": "rating"}},
        "good": {"expression": "COUNT_IF(orders.rating > 3)", "label": {"en": "good ratings"}},
        "points": {"expression": "SUM(accounts.points)", "label": {"en": "points"}},
    },
}  # fmt: skip

# Customers 1 to 3 order on the web, each once in a shop too; customer 4 orders in a shop twice; one sale has no customer.
LINE_ROWS = (
    "CREATE TABLE orders AS SELECT * FROM (VALUES (1, 1, 'web', '01', 5.0), (2, 2, 'web', '02', 2.0), (3, 3, 'web', '03', NULL), (4, 1, 'shop', '01', 4.0), "
    "(5, 2, 'shop', '02', 4.0), (6, 3, 'shop', '03', 5.0), (7, 4, 'shop', '04', NULL), (8, 4, 'shop', '04', NULL), (9, NULL, 'phone', NULL, 1.0)) "
    "AS v(order_id, customer_id, channel, phone, rating)",
    "CREATE TABLE lines AS SELECT * FROM (VALUES (1, 'A', 1.0), (2, 'A', 2.0), (3, 'A', 4.0), (1, 'B', 8.0), (4, 'B', 16.0), (5, 'B', 32.0), (9, 'C', 64.0), (7, 'A', 128.0)) "
    "AS v(order_id, item, amount)",
    "CREATE TABLE accounts AS SELECT * FROM (VALUES (1, DATE '2017-01-01', 5.0)) AS v(customer_id, day, points)",
)


@pytest.fixture
def lines(make_shop: MakeShop) -> Shop:
    return make_shop(LINES, *LINE_ROWS)


def test_people_that_rows_only_point_to_are_counted(lines: Shop) -> None:
    # A: customers 1 to 4; B: 1 and 2; C: nobody who is known, so nobody to protect
    assert ask(lines, 3, {"metrics": ["revenue"], "group_by": ["lines.item"]}) == Shown([("A", 135.0), ("C", 64.0)], 1)
    inline = {"metrics": [{"agg": "sum", "field": "lines.amount"}], "group_by": ["lines.item"]}
    assert ask(lines, 3, inline) == Shown([("A", 135.0), ("C", 64.0)], 1)
    with pytest.raises(QueryError, match="groups of people"):
        ask(lines, 3, {"records": {"dataset": "lines"}})


def test_a_filter_of_the_catalog_counts_people_in_each_slice(lines: Shop) -> None:
    # All four are regulars, but among the orders of one channel only customer 4 is.
    assert ask(lines, 2, {"metrics": ["revenue_of_regulars"]}) == Shown([(191.0,)], 0)
    by_channel = {"metrics": ["revenue_of_regulars"], "group_by": ["orders.channel"]}
    assert whole(lines, by_channel) == [("shop", 128.0)]
    assert ask(lines, 1, by_channel) == Shown([("shop", 128.0)], 0)
    assert ask(lines, 2, by_channel) == Shown([], 1)


def test_rows_that_add_nothing_are_nobodys(lines: Shop) -> None:
    # On the web three people ordered, but only two of them gave a rating, and one a good one.
    shown = {"web": 3.5, "shop": 4.3333, "phone": 1.0}
    query = {"metrics": ["rating"], "group_by": ["orders.channel"]}
    assert dict(ask(lines, 2, query).rows) == shown
    del shown["web"]
    assert dict(ask(lines, 3, query).rows) == shown
    assert dict(ask(lines, 2, {"metrics": ["good"], "group_by": ["orders.channel"]}).rows) == {"shop": 3, "phone": 0}
    assert [row[0] for row in ask(lines, 3, {"metrics": ["orders_placed"], "group_by": ["orders.channel"]}).rows] == ["shop", "web", "phone"]


def test_personal_fields_name_people(lines: Shop) -> None:
    for query in ({"metrics": ["revenue"], "group_by": ["orders.phone"]}, {"metrics": [{"agg": "min", "field": "orders.phone"}]}):
        with pytest.raises(QueryError, match="groups of people"):
            ask(lines, 2, query)


def test_a_balance_under_conditions_of_its_own_is_refused(lines: Shop) -> None:
    points = {"metric": "points", "where": [{"field": "accounts.points", "op": ">", "value": 3}]}
    with pytest.raises(QueryError, match="balance"):
        ask(lines, 2, {"metrics": [points]})
    assert ask(lines, 1, {"metrics": ["points"], "where": points["where"]}) == Shown([(5.0,)], 0)


def test_a_catalog_without_people_refuses_and_counts_nothing(make_shop: MakeShop) -> None:
    catalog = {**LINES, "entities": {"order": {}, "customer": {}}}
    shop = make_shop(catalog, *LINE_ROWS)
    query = SemanticQuery.model_validate({"metrics": ["revenue"], "group_by": ["customer"]})
    refuse_individuals(query, shop.catalog)
    assert counted(query, shop.catalog, TODAY) is None
