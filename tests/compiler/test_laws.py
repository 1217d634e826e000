"""Laws that hold for every query, tried on queries made at random over a sample of the shop."""

from __future__ import annotations

import datetime as dt
import operator
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from semantic_layer.catalog import Catalog, load_catalog
from semantic_layer.compiler import compile_query
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.compiler.random_queries import (
    _VISITS,
    ADDITIVE,
    ANYWHERE,
    BY_SLICE,
    DISTINCT,
    GRAINS,
    KEYS,
    RATIOS,
    TEXTS,
    TIMES,
    Ask,
    Query,
    _strange_period,
    as_group,
    asked,
    asks,
    conditions,
    entity_conditions,
    field_conditions,
    keyed,
    names_of,
    near,
    own_period,
    ranges,
    same,
    total,
    turned,
)
from tests.conftest import Row


@given(asks(ADDITIVE))
def test_parts_add_up_to_the_total(ask: Ask, made: tuple[str, Query]) -> None:
    query = made[1]
    metric = query["metrics"][0]
    if not _follows_time(query):
        assert near(sum(r[metric] for r in ask(query)), total(ask, query, metric))


def _follows_time(query: Query) -> bool:
    """Whether a condition is evaluated in each bucket of time, so that the buckets are different questions."""
    moving = any(g.get("grain") in GRAINS[:6] for g in query.get("group_by", []))
    return moving and any(own_period(c) for c in [*query.get("where", []), *(g.get("case") or {} for g in query.get("group_by", []))])


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


@given(
    st.sampled_from(["baskets", "lines", "sales", "redemptions"]),
    st.sampled_from(list(_COMPARE)),
    st.integers(0, 3),
    ranges(),
    st.lists(field_conditions(["time", "demographics.age"]), max_size=1),
)
def test_an_entity_condition_is_what_the_metric_of_each_entity_says(
    ask: Ask, metric: str, op: str, value: int, time: dict[str, str], where: list[Query]
) -> None:
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


@given(
    asks(
        {
            "transactions": [*ADDITIVE["transactions"], *DISTINCT["transactions"], *RATIOS, *BY_SLICE],
            "coupon_redemptions": ["redemptions", "redeeming_households"],
        },
        least=0,
    )
)
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


@given(
    st.sampled_from(["week", "month", "quarter"]),
    st.sampled_from(["previous", "last_year"]),
    st.sampled_from(["sales", "customers", "average_basket_value"]),
    st.lists(conditions("transactions"), max_size=1),
)
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
def test_a_row_of_a_breakdown_is_the_query_under_its_own_filter(
    ask: Ask, metric: str, field: str, time: Query, where: list[Query], random: Any
) -> None:
    query = {"metrics": [metric], "where": where, **time}
    rows = ask({**query, "group_by": [{"field": field, "alias": "a"}]})
    for row in random.sample(rows, min(3, len(rows))) + [r for r in rows if r["a"] is None]:
        own = {"field": field, "op": "is_null"} if row["a"] is None else {"field": field, "value": row["a"]}
        assert near(ask({**query, "where": [*where, own]})[0][metric], row[metric])


@given(
    st.sampled_from(["sales", "customers", "average_basket_value", *BY_SLICE]),
    st.sampled_from(["day", "week", "month", "quarter"]),
    st.lists(conditions("transactions"), max_size=2),
    st.randoms(use_true_random=False),
)
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


@given(
    st.sampled_from(["customers", "baskets"]),
    st.integers(1, 5),
    st.sampled_from(["week", "month"]),
    st.lists(field_conditions([*TEXTS, *KEYS]), max_size=1),
)
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


@given(st.sampled_from(["customers", "baskets"]), st.integers(1, 5), st.lists(field_conditions([*TEXTS, *KEYS]), max_size=1))
def test_a_rolling_mean_of_a_distinct_count_is_that_of_its_buckets(ask: Ask, metric: str, window: int, where: list[Query]) -> None:
    query = {"metrics": [metric], "group_by": [{"field": "time", "grain": "week", "alias": "a"}], "where": where}
    wide = {r["a"]: r[metric] for r in ask({**query, "time": {"start": "2017-05-01", "end": "2017-08-07"}})}
    rows = ask({**query, "time": {"start": "2017-06-05", "end": "2017-08-07"}, "running": {"kind": "rolling", "window": window, "agg": "avg"}})
    for row in rows:
        weeks = [row["a"] - dt.timedelta(weeks=n) for n in range(window)]
        assert near(row[f"{metric}_running"], sum(wide.get(w) or 0 for w in weeks) / window)


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
