"""Further places where numbers go wrong: days that are counted, balances, names that meet."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import QueryError
from tests.compiler.small import BALANCE_ROWS, BALANCES, orders_catalog, orders_table
from tests.compiler.statements import MAY, MONTH, Sql, by
from tests.conftest import Ask, MakeShop, answer

TIMELY = "transactions.transaction_timestamp"


# Averages per day: the days that are counted are those that the filter leaves.

WEEKEND = {"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}
PER_DAY = {"metric": "sales", "per": "day", "alias": "a"}


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": [PER_DAY], "where": [WEEKEND]},
        {"metrics": [{**PER_DAY, "where": [WEEKEND]}]},
        {"metrics": [PER_DAY], "where": [{**WEEKEND, "field": TIMELY}]},
        {"metrics": [PER_DAY], "where": [{"all_of": [WEEKEND]}]},
        {"metrics": [PER_DAY], "where": [{"any_of": [{**WEEKEND, "op": "=", "value": 6}, {**WEEKEND, "op": "=", "value": 7}]}]},
        {"metrics": [PER_DAY], "where": [{**WEEKEND, "op": "between", "value": [1, 5], "negated": True}]},
    ],
    ids=["filter", "filter of the metric", "field by its name", "all of", "any of", "negated"],
)
def test_per_day_divides_by_the_days_that_are_left(run: Ask, sql: Sql, query: dict[str, Any]) -> None:
    gold = sql(
        """SELECT sum(sales_value) / count(DISTINCT CAST(transaction_timestamp AS DATE)) AS a FROM transactions
           WHERE transaction_timestamp >= DATE '2017-05-01' AND transaction_timestamp < DATE '2017-06-01' AND isodow(transaction_timestamp) >= 6"""
    )
    try:
        found = run({**query, "time": MAY})
    except QueryError:
        return  # an honest refusal
    assert found[0]["a"] == pytest.approx(gold[0]["a"])


def test_per_day_of_a_range_in_the_filter(run: Ask) -> None:
    named = run({"metrics": [PER_DAY], "time": {"start": "2017-05-01", "end": "2017-05-11"}})[0]["a"]
    condition = {"field": "time", "op": "between", "value": ["2017-05-01", "2017-05-10"]}
    try:
        found = run({"metrics": [PER_DAY], "where": [condition]})
    except QueryError:
        return  # an honest refusal
    assert found[0]["a"] == pytest.approx(named)


def test_per_day_by_whether_it_is_a_weekend(run: Ask) -> None:
    weekend = run({"metrics": [PER_DAY], "where": [WEEKEND], "time": MAY})[0]["a"]
    try:
        found = run({"metrics": [PER_DAY], "group_by": [{"case": WEEKEND, "alias": "weekend"}], "time": MAY})
    except QueryError:
        return  # an honest refusal
    assert by(found, "weekend")[True]["a"] == pytest.approx(weekend)


# Balances, and names that meet.


def test_balances_are_added_over_accounts_at_the_last_row_of_each(make_shop: MakeShop) -> None:
    small = make_shop(BALANCES, BALANCE_ROWS)
    assert [r["balance"] for r in answer(small, {"metrics": ["balance"], "group_by": [MONTH]})] == [160, 190]
    assert answer(small, {"metrics": ["balance"], "time": {"start": "2017-01-01", "end": "2017-02-01"}}) == [{"balance": 160}]
    assert answer(small, {"metrics": ["balance"]}) == [{"balance": 190}]
    by_account = answer(small, {"metrics": ["balance"], "group_by": ["balances.account"]})
    assert {r["account"]: r["balance"] for r in by_account} == {"A": 120, "B": 70}


def test_balances_under_a_filter_of_the_metric_are_those_under_the_filter(make_shop: MakeShop) -> None:
    small = make_shop(BALANCES, BALANCE_ROWS)
    only = [{"field": "balances.account", "value": "A"}]
    assert answer(small, {"metrics": ["balance"], "where": only}) == [{"balance": 120}]
    assert answer(small, {"metrics": [{"metric": "balance", "where": only, "alias": "balance"}]}) == [{"balance": 120}]


@pytest.mark.parametrize(
    "table",
    ["order_count", "Order_Count", "days", "periods", "data_span", "totals", "current", "previous", "compared", "with_shares", "now", "earlier"],
)
def test_the_name_of_a_table_never_meets_a_name_of_ours(make_shop: MakeShop, table: str) -> None:
    many = {"entity": "customer", "metric": "order_count", "op": ">=", "value": 1}
    queries: list[dict[str, Any]] = [
        {"metrics": ["revenue"], "where": [many]},
        {"metrics": ["revenue"], "group_by": [MONTH], "compare": {"to": "previous"}},
        {"metrics": ["revenue"], "group_by": ["orders.item"], "share": {}},
        {"metrics": ["revenue"], "group_by": ["orders.item"], "time": {"start": "2017-02-01", "end": "2017-03-01"}, "compare": {"to": "previous"}},
    ]
    plain = make_shop(orders_catalog(), orders_table(), name="plain")
    other = make_shop(orders_catalog(table), orders_table(table), name="other")
    for query in queries:
        assert answer(other, query) == answer(plain, query)


@pytest.mark.parametrize(
    "name",
    ["entity_key", "over_key", "counted_key", "running_value", "position", "entities", "part", "units", "first_day", "day", "line_count", "first_at", "now", "earlier", "transactions", "week"],
)
def test_the_name_of_a_group_never_meets_a_name_of_ours(run: Ask, name: str) -> None:
    queries: list[dict[str, Any]] = [
        {"metrics": ["repeat_customers"], "group_by": [{"field": "demographics.age"}]},
        {"metrics": ["new_customers"], "group_by": [{"field": "demographics.age"}]},
        {"metrics": [{"metric": "sales", "agg": "median", "over": "basket", "alias": "m"}], "group_by": [{"field": "demographics.age"}]},
        {"metrics": [{"metric": "sales", "per": "day", "alias": "m"}], "group_by": [{"field": "demographics.age"}]},
        {"metrics": ["customers"], "group_by": [MONTH], "running": {}},
        {"metrics": ["sales"], "group_by": [MONTH], "where": [{"entity": "household", "metric": "baskets", "top": 5}]},
        {"metrics": ["sales"], "group_by": [{"field": "demographics.age"}], "compare": {"to": "previous"}},
    ]
    for query in queries:
        time = {} if "running" in query else {"time": MAY}
        group = query["group_by"][0]
        safe, other = ({**query, **time, "group_by": [{**group, "alias": n}]} for n in ("safe", name))
        assert [list(r.values()) for r in run(other)] == [pytest.approx(list(r.values())) for r in run(safe)], query


def test_a_dataset_in_capitals_never_meets_a_name_of_ours(make_shop: MakeShop) -> None:
    catalog = {
        "datasets": {"Revenue": orders_catalog()["datasets"]["orders"]},
        "entities": {"order": {}, "customer": {}},
        "metrics": {"revenue": {"expression": "SUM(Revenue.amount)"}},
    }
    small = make_shop(catalog, orders_table("Revenue"))
    rich = {"entity": "customer", "metric": "revenue", "op": ">=", "value": 10}
    assert answer(small, {"metrics": ["revenue"], "where": [rich]}) == [{"revenue": 16}]


def test_a_trend_of_mondays_shows_no_other_days(run: Ask) -> None:
    mondays = {"field": "time", "grain": "day_of_week", "op": "in", "value": [1]}
    rows = run({"metrics": ["sales"], "group_by": [{"field": "time", "grain": "day"}], "where": [mondays], "time": MAY})
    assert [row["day"].isoweekday() for row in rows] == [1] * 5


def test_a_sum_of_cents_falls_in_the_band_that_its_decimal_value_begins(run: Ask, sql: Sql) -> None:
    bucket = {"entity": "basket", "metric": "sales", "edges": [10.0]}
    rows = run({"metrics": ["baskets"], "group_by": [{"bucket": bucket}]})
    exact = sql("SELECT count(*) AS n FROM (SELECT sum(CAST(sales_value AS DECIMAL(18, 2))) AS v FROM transactions GROUP BY basket_id) WHERE v < 10")
    assert by(rows, "sales_bucket")["<10"]["baskets"] == exact[0]["n"]
