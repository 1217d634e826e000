"""The semantic query by itself: short forms, what it refuses, its key, its JSON."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from semantic_layer.query import SemanticQuery, json_schema

MONTH = {"field": "time", "grain": "month"}
BIG = {"entity": "household", "metric": "baskets", "op": ">", "value": 20}


def query(data: dict[str, Any] | None = None, **more: Any) -> SemanticQuery:
    """A query about sales, with more to it."""
    return SemanticQuery.model_validate({"metrics": ["sales"], **(data or {}), **more})


def written_queries() -> list[dict[str, Any]]:
    """All valid queries of the cases."""
    cases = [c for p in sorted((Path(__file__).parent / "cases").glob("*.yaml")) for c in yaml.safe_load(p.read_text(encoding="utf-8"))]
    return [c["query"] for c in cases if c.get("error", "") != "query"]


# Short forms


def test_a_name_is_a_metric_and_a_field_is_a_group() -> None:
    short = query(group_by=["products.department", "household"])
    full = query(metrics=[{"metric": "sales"}], group_by=[{"field": "products.department"}, {"field": "household"}])
    assert short == full
    assert (short.metrics[0].metric, short.group_by[0].field) == ("sales", "products.department")


def test_the_metric_of_an_entity_condition_and_of_a_bucket_may_be_a_name() -> None:
    assert query(where=[BIG]) == query(where=[{**BIG, "metric": {"metric": "baskets"}}])
    bucket = {"entity": "household", "edges": [1, 6]}
    assert query(group_by=[{"bucket": {**bucket, "metric": "baskets"}}]) == query(group_by=[{"bucket": {**bucket, "metric": {"metric": "baskets"}}}])


def test_the_input_is_not_changed_and_the_query_is_frozen() -> None:
    data = {"metrics": ["sales"], "group_by": ["store"], "where": [dict(BIG)]}
    before = json.dumps(data)
    made = SemanticQuery.model_validate(data)
    assert json.dumps(data) == before
    with pytest.raises(ValidationError):
        made.limit = 3


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("sales", "sales"),
        ({"metric": "sales", "alias": "a"}, "a"),
        ({"agg": "avg", "field": "transactions.sales_value"}, "avg_sales_value"),
        ({"agg": "count_distinct", "field": "household"}, "count_distinct_household"),
        ({"metric": "sales", "agg": "median", "over": "basket"}, "median_sales_by_basket"),
        ({"metric": "sales", "per": "day"}, "sales_per_day"),
        ({"metric": "sales", "per": "products.department"}, "sales_per_department"),
        ({"metric": "sales", "where": [{"segment": "fuel"}], "share": True}, "sales_part"),
    ],
)
def test_every_metric_has_a_column_name(metric: Any, name: str) -> None:
    assert query(metrics=[metric]).metrics[0].name == name


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("products.department", "department"),
        ("household", "household"),
        (MONTH, "month"),
        ({"field": "campaign_descriptions.start_date", "grain": "month"}, "start_date_month"),
        ({"field": "transactions.quantity", "edges": [1, 2]}, "quantity_range"),
        ({"bucket": {"entity": "household", "metric": "baskets", "edges": [1]}}, "baskets_bucket"),
        ({"case": {"segment": "fuel"}}, "fuel"),
        ({"case": BIG}, "case"),
        ({"case": BIG, "alias": "big"}, "big"),
    ],
)
def test_every_group_has_a_column_name(group: Any, name: str) -> None:
    assert query(group_by=[group]).group_by[0].name == name


def test_the_time_group_is_time_that_moves_forward() -> None:
    assert query(group_by=[{"field": "time", "grain": "day_of_week"}, MONTH]).time_group == query(group_by=[MONTH]).group_by[0]
    assert query(group_by=[{"field": "time", "grain": "hour_of_day"}]).time_group is None


# What is refused


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"metrics": []}, "either metrics or records"),
        ({"records": {"dataset": "products"}}, "either metrics or records"),
        ({"metrics": [], "records": {"dataset": "products"}, "group_by": ["store"]}, "filters, order and limit only"),
        ({"metrics": ["sales", "sales"]}, "two columns are named sales; give one an alias"),
        ({"group_by": ["products.brand", {"field": "store", "alias": "brand"}]}, "two columns are named brand"),
        ({"group_by": [{"field": "store", "alias": "sales"}]}, "two columns are named sales"),
        ({"metrics": [{"metric": "sales", "field": "transactions.sales_value"}]}, "a metric is either"),
        ({"metrics": [{"alias": "a"}]}, "a metric is either"),
        ({"metrics": [{"field": "transactions.sales_value"}]}, "needs agg and field"),
        ({"metrics": [{"metric": "sales", "agg": "median"}]}, "agg and over go together"),
        ({"metrics": [{"metric": "sales", "over": "basket"}]}, "agg and over go together"),
        ({"metrics": [{"metric": "sales", "share": True}]}, "share needs where"),
        ({"metrics": [{"metric": "sales", "aggregation": "sum"}]}, "aggregation"),
        ({"metrics": [{"agg": "mode", "field": "transactions.quantity"}]}, "count_distinct"),
        ({"group_by": ["time"]}, "grouping by time needs a grain"),
        ({"group_by": [{"field": "time", "grain": "decade"}]}, "month_of_year"),
        ({"group_by": [{}]}, "exactly one of field, bucket, case"),
        ({"group_by": [{"field": "store", "case": BIG}]}, "exactly one of field, bucket, case"),
        ({"group_by": [{"case": BIG, "grain": "month"}]}, "belong to a field"),
        ({"group_by": [{"bucket": {"entity": "household", "metric": "baskets"}}]}, "either edges or parts"),
        ({"group_by": [{"bucket": {"entity": "household", "metric": "baskets", "edges": [1], "parts": 4}}]}, "either edges or parts"),
        ({"group_by": [{"bucket": {"entity": "household", "metric": "baskets", "edges": [6, 1]}}]}, "edges must ascend"),
        ({"group_by": [{"bucket": {"entity": "household", "metric": "baskets", "edges": [1, 1]}}]}, "edges must ascend"),
        ({"group_by": [{"bucket": {"entity": "household", "metric": "baskets", "parts": 1}}]}, "greater than or equal to 2"),
        ({"group_by": [{"field": "transactions.quantity", "edges": [6, 1]}]}, "edges must ascend"),
        ({"where": [{"field": "products.brand"}]}, "= needs a value"),
        ({"where": [{"field": "products.brand", "op": "in", "value": "a"}]}, "in needs a list"),
        ({"where": [{"field": "products.brand", "value": ["a"]}]}, "= takes one value, not a list"),
        ({"where": [{"field": "products.brand", "op": "between", "value": ["a"]}]}, "exactly two values"),
        ({"where": [{"field": "products.brand", "op": "is_null", "value": "a"}]}, "is_null takes no value"),
        ({"where": [{"field": "products.brand", "op": "like", "value": "a"}]}, "starts_with"),
        ({"where": [{"brand": "Private"}]}, "a condition needs one of the keys"),
        ({"where": ["fuel"]}, "a condition needs one of the keys"),
        ({"where": [{"any_of": []}]}, "at least 1 item"),
        ({"where": [{"entity": "household", "metric": "baskets"}]}, "exactly one of op, top, bottom"),
        ({"where": [{**BIG, "top": 3}]}, "exactly one of op, top, bottom"),
        ({"where": [{"entity": "household", "metric": "baskets", "op": ">"}]}, "op needs a value"),
        ({"where": [{**BIG, "op": "between"}]}, "two values for between"),
        ({"where": [{**BIG, "value": [1, 2]}]}, "op needs a value"),
        ({"where": [{"entity": "household", "metric": "baskets", "top": 0}]}, "top"),
        ({"where": [{"entity": "household", "metric": "baskets", "bottom": -5}]}, "bottom"),
        ({"where": [{"entity": "household", "metric": "baskets", "top": 150, "percent": True}]}, "percent"),
        ({"where": [{**BIG, "percent": True}]}, "percent"),
        ({"where": [{**BIG, "value": float("nan")}]}, "finite number"),
        ({"where": [{**BIG, "value": float("inf")}]}, "finite number"),
        ({"where": [{"entity": "household", "event": "third", "dataset": "transactions"}]}, "'first' or 'last'"),
        ({"time": {"start": "2017-05-01", "end": "2017-05-01"}}, "start must lie before end"),
        ({"time": {"start": "2017-05-02", "end": "2017-05-01"}}, "start must lie before end"),
        ({"time": {"start": "May"}}, "date"),
        ({"time": {"from": "2017-05-01"}}, "from"),
        ({"having": [{"by": "units", "op": ">", "value": 1}]}, "having names units, which is no metric"),
        ({"having": [{"by": "sales", "op": ">", "value": 1, "side": "growth"}]}, "need compare"),
        ({"having": [{"by": "sales", "op": ">", "value": 1, "side": "share"}]}, "needs share"),
        ({"having": [{"by": "sales", "op": "between", "value": 1}]}, "two values"),
        ({"having": [{"by": "sales", "op": ">", "value": [1, 2]}]}, "one value"),
        ({"order_by": [{"by": "store"}]}, "order_by names store, which is no column"),
        ({"group_by": [MONTH], "order_by": [{"by": "sales", "side": "running"}]}, "needs running"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"limit": 1_000_000}, "less than or equal to 100000"),
        ({"group_by": ["store"], "limit_per": ["store"]}, "limit_per needs limit"),
        ({"group_by": ["store"], "limit": 1, "limit_per": ["month"]}, "month is no group of this query"),
        ({"group_by": ["store"], "share": {"within": ["month"]}}, "month is no group of this query"),
        ({"group_by": ["store"], "share": {"of": ["units"]}}, "units is no metric of this query"),
        ({"group_by": [MONTH], "running": {"of": ["units"]}}, "units is no metric of this query"),
        ({"running": {}}, "running needs a time group"),
        ({"group_by": [{"field": "time", "grain": "day_of_week"}], "running": {}}, "running needs a time group"),
        ({"group_by": [MONTH], "running": {"kind": "rolling"}}, "rolling needs a window"),
        ({"group_by": [MONTH], "running": {"window": 3}}, "to_date takes none"),
        ({"compare": {"to": "range"}}, "compare to range needs range"),
        ({"compare": {"to": "previous", "range": {"start": "2017-01-01"}}}, "nothing else takes one"),
        ({"metric": ["sales"]}, "metric"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(data: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        query(data)
    assert words in str(caught.value)


def test_a_generated_column_never_takes_the_name_of_another() -> None:
    with pytest.raises(ValidationError, match="two columns are named sales_previous"):
        query(metrics=["sales", {"metric": "units", "alias": "sales_previous"}], time={"start": "2017-05-01", "end": "2017-06-01"}, compare={})
    with pytest.raises(ValidationError, match="two columns are named sales_share"):
        query(metrics=["sales", {"metric": "units", "alias": "sales_share"}], group_by=["store"], share={})


def test_names_of_columns_differ_by_more_than_their_case() -> None:
    with pytest.raises(ValidationError, match="two columns are named"):
        query(metrics=["sales", {"metric": "units", "alias": "Sales"}])


# The key


EQUAL: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("order of filters", {"where": [{"segment": "fuel"}, BIG]}, {"where": [BIG, {"segment": "fuel"}]}),
    ("order inside any_of", {"where": [{"any_of": [{"segment": "fuel"}, BIG]}]}, {"where": [{"any_of": [BIG, {"segment": "fuel"}]}]}),
    ("order of a set", {"where": [{"field": "store", "op": "in", "value": [3, 1, 2]}]}, {"where": [{"field": "store", "op": "in", "value": [1, 2, 3]}]}),
    (
        "order of filters of a metric",
        {"metrics": [{"metric": "sales", "where": [{"segment": "fuel"}, BIG]}]},
        {"metrics": [{"metric": "sales", "where": [BIG, {"segment": "fuel"}]}]},
    ),
    (
        "order of thresholds",
        {"having": [{"by": "sales", "op": ">", "value": 1}, {"by": "sales", "op": "<", "value": 9}]},
        {"having": [{"by": "sales", "op": "<", "value": 9}, {"by": "sales", "op": ">", "value": 1}]},
    ),
    ("words of the time", {"time": {"start": "2017-05-01", "words": "from May"}}, {"time": {"start": "2017-05-01", "words": "5月以来"}}),
    ("words of another time", {"where": [{**BIG, "time": {"words": "ever"}}]}, {"where": [{**BIG, "time": {}}]}),
    ("words for all time", {"time": {"words": "all time"}}, {}),
    ("defaults written out", {"where": [{"field": "store", "op": "=", "value": 1, "negated": False}], "limit": None, "order_by": []}, {"where": [{"field": "store", "value": 1}]}),
    ("dates and their text", {"time": {"start": dt.date(2017, 5, 1)}}, {"time": {"start": "2017-05-01"}}),
    (
        "dates and their text in a filter",
        {"where": [{"field": "time", "op": ">=", "value": dt.date(2017, 5, 1)}]},
        {"where": [{"field": "time", "op": ">=", "value": "2017-05-01"}]},
    ),
    ("20 and 20.0", {"where": [{"field": "transactions.quantity", "op": ">", "value": 20}]}, {"where": [{"field": "transactions.quantity", "op": ">", "value": 20.0}]}),
    ("20 and 20.0 of an entity", {"where": [BIG]}, {"where": [{**BIG, "value": 20.0}]}),
    ("20 and 20.0 of a threshold", {"having": [{"by": "sales", "op": ">", "value": 20}]}, {"having": [{"by": "sales", "op": ">", "value": 20.0}]}),
]


@pytest.mark.parametrize(("one", "other"), [pytest.param(a, b, id=name) for name, a, b in EQUAL])
def test_equal_questions_are_equal_queries(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert query(one).key == query(other).key
    assert query(one) == query(other)
    assert len({query(one), query(other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"metrics": ["sales", "units"]}, {"metrics": ["units", "sales"]}),
        ({"group_by": ["store", "household"]}, {"group_by": ["household", "store"]}),
        ({"where": [{"segment": "fuel"}]}, {"where": [{"segment": "fuel", "negated": True}]}),
        ({"where": [{"field": "store", "value": 1}]}, {"where": [{"field": "store", "op": "!=", "value": 1}]}),
        ({"where": [{"field": "products.brand", "value": "1"}]}, {"where": [{"field": "products.brand", "value": "1 "}]}),
        ({"where": [{"any_of": [BIG, {"segment": "fuel"}]}]}, {"where": [{"all_of": [BIG, {"segment": "fuel"}]}]}),
        ({"where": [{"field": "store", "op": "between", "value": [1, 2]}]}, {"where": [{"field": "store", "op": "between", "value": [2, 1]}]}),
        ({"where": [BIG]}, {"where": [{**BIG, "time": {}}]}),
        ({"time": {"start": "2017-05-01"}}, {"time": {"end": "2017-05-01"}}),
        ({"time": {"start": "2017-05-01"}}, {"time": {"start": "2017-05-01", "field": "campaign_descriptions.start_date"}}),
        ({"metrics": ["sales"]}, {"metrics": [{"metric": "sales", "alias": "revenue"}]}),
        ({"limit": 1, "order_by": [{"by": "sales"}]}, {"limit": 1, "order_by": [{"by": "sales", "desc": False}]}),
    ],
)
def test_different_questions_are_different_queries(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert query(one) != query(other)
    assert query(one).key != query(other).key


def test_a_query_is_equal_to_nothing_else() -> None:
    assert query() != query().key
    assert query() != query().to_dict()


# JSON


@pytest.mark.parametrize("data", written_queries(), ids=lambda d: json.dumps(d, default=str)[:80])
def test_there_and_back_through_json(data: dict[str, Any]) -> None:
    made = SemanticQuery.model_validate(data)
    text = json.dumps(made.to_dict(), ensure_ascii=False, allow_nan=False)
    back = SemanticQuery.model_validate(json.loads(text))
    assert back == made
    assert back.to_dict() == made.to_dict()
    assert SemanticQuery.model_validate_json(made.model_dump_json()) == made
    assert SemanticQuery.model_validate(made) == made


def test_the_plain_form_holds_no_defaults() -> None:
    assert query(group_by=["store"], limit=None, where=[], share=None).to_dict() == {"metrics": [{"metric": "sales"}], "group_by": [{"field": "store"}]}


def test_the_words_of_the_time_survive_json() -> None:
    made = query(time={"start": "2017-05-01", "end": "2017-06-01", "words": "五月"})
    assert made.to_dict()["time"] == {"start": "2017-05-01", "end": "2017-06-01", "words": "五月"}


def test_the_schema_describes_every_part() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(SemanticQuery.model_fields)
    parts = {"MetricRef", "Group", "FieldCondition", "SegmentCondition", "EntityCondition", "ExistsCondition", "EventCondition", "AnyOf", "AllOf", "TimeRange", "Compare", "Share", "Running", "Records"}
    assert parts <= set(schema["$defs"])
    for name in parts:
        assert schema["$defs"][name]["additionalProperties"] is False
        assert schema["$defs"][name].get("description"), name
