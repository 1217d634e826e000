"""The JSON schema of catalogs and settings: what the packaged ones hold fits, what the loader refuses does not."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from assistant.channels.cli import app
from semantic_layer.catalog import read_catalog
from semantic_layer.catalog.schema import catalog_schema
from semantic_layer.catalog.source import read_files
from semantic_layer.errors import ShopError
from semantic_layer.shops.settings import read_settings, settings_schema
from semantic_layer.shops.shop import PACKAGED

FILES = sorted(PACKAGED.glob("*/catalog/*.yaml"))
SETTINGS = sorted(PACKAGED.glob("*/wenshu.yaml"))


def as_json(data: Any) -> Any:
    """What an editor sees: dates are texts to it."""
    return json.loads(json.dumps(data, default=dt.date.isoformat))


def errors(schema: dict[str, Any], data: Any) -> list[str]:
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{list(e.path)}: {e.message}" for e in checker.iter_errors(as_json(data))]


def read(path: Path) -> dict[str, Any]:
    source = read_files([path], path.parent)
    assert not source.problems
    return source.data


@pytest.mark.parametrize("schema", [catalog_schema(), settings_schema()], ids=["catalog", "settings"])
def test_it_is_a_schema_of_draft_2020_12(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("schema", [catalog_schema(), settings_schema()], ids=["catalog", "settings"])
def test_every_key_says_what_it_means(schema: dict[str, Any]) -> None:
    for name, model in [("", schema), *schema["$defs"].items()]:
        assert model["additionalProperties"] is False
        for key, value in model["properties"].items():
            assert value.get("description", "").endswith("."), f"{name}.{key}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.parent.name}/{p.name}")
def test_each_file_of_the_packaged_catalogs_fits(path: Path) -> None:
    assert errors(catalog_schema(), read(path)) == []


@pytest.mark.parametrize("path", SETTINGS, ids=lambda p: p.parent.name)
def test_the_packaged_settings_fit(path: Path) -> None:
    assert errors(settings_schema(), read(path)) == []


WHOLE = """\
datasets:
  orders:
    time: day
    fields:
      order_id: {entity: order, kind: key, type: integer}
      day: {kind: time, type: date}
      amount: {kind: measure, type: number}
      item: {values: {"1": {label: {en: one}}}, order: ["1", "2"]}
  stock:
    snapshot: {time: day, per: [item]}
    lasts: [day, day]
    fields: {day: {kind: time, type: date}, item: {}}
entities: {order: {people: true}}
relationships: [{from: orders.item, to: [stock.item], default: true}]
metrics:
  sales:
    expression: SUM(orders.amount)
    filter:
      - {field: orders.item, op: in, value: [a, b]}
      - {segment: good, negated: true}
      - {entity: order, metric: sales, op: between, value: [1, 2], time: {start: 2024-01-01}}
      - {entity: order, metric: {agg: sum, field: orders.amount}, top: 10, percent: true}
      - {entity: order, exists: stock}
      - {entity: order, event: first, dataset: orders}
      - any_of: [{field: time, grain: day_of_week, value: 1}, {all_of: [{segment: good}]}]
    synonyms: {en: takings, zh: [流水]}
    expect: {value: 10, tolerance: 0.1, time: 2017-05, where: [{segment: good}]}
segments: {good: {where: [{field: orders.day, op: ">=", value: 2024-01-01}]}}
terms: {volume: {means: [sales, sales]}}
hierarchies: {by: [orders.day, orders.item]}
calendar: {week_start: sunday, fiscal_year_start: 4, smallest_grain: week, events: {fair: {dates: [{start: 2024-03-01, end: 2024-03-02}]}}}
"""

# (what stands in the whole catalog, what stands there instead)
WRONG = [
    ("metrics:", "metric:"),
    ("expression:", "expresion:"),
    ("kind: measure", "kind: mesure"),
    ("type: number", "type: float"),
    ("order_id:", "order-id:"),
    ("{en: one}", "{english: one}"),
    ("{en: one}", "one"),
    ('order: ["1", "2"]', "order: [1, 2]"),
    ("per: [item]", "per: []"),
    ("lasts: [day, day]", "lasts: [day]"),
    ("people: true", "people: 7"),
    (", to: [stock.item]", ""),
    ("default: true", "standard: true"),
    ("op: in", "op: among"),
    ("value: [a, b]", "values: [a, b]"),
    ("segment: good, negated", "segment: good, not"),
    ("op: between", "op: contains"),
    ("value: [1, 2], ", "value: [1, 2, 3], "),
    ("{start: 2024-01-01}", "{from: 2024-01-01}"),
    ("agg: sum", "agg: total"),
    ("exists: stock", "exists: [stock]"),
    ("event: first", "event: second"),
    (", dataset: orders", ""),
    ("grain: day_of_week", "grain: weekday"),
    ("{segment: good}]}]", "{segment: good, field: x}]}]"),
    ("en: takings", "en: {a: b}"),
    ("tolerance: 0.1", "tolerance: 2"),
    ("time: 2017-05", "time: May"),
    ("value: 10,", "value: ten,"),
    ("means: [sales, sales]", "means: [sales]"),
    ("by: [orders.day, orders.item]", "by: orders.day"),
    ("week_start: sunday", "week_start: tuesday"),
    ("fiscal_year_start: 4", "fiscal_year_start: 13"),
    ("smallest_grain: week", "smallest_grain: hour"),
    ("start: 2024-03-01, ", ""),
    ("start: 2024-03-01", "start: spring"),
]


def loaded(folder: Path, text: str) -> bool:
    (folder / "catalog.yaml").write_text(text, encoding="utf-8")
    return read_catalog(folder)[0] is not None


def test_a_catalog_with_everything_fits(tmp_path: Path) -> None:
    assert loaded(tmp_path, WHOLE)
    assert errors(catalog_schema(), yaml.safe_load(WHOLE)) == []


@pytest.mark.parametrize(("right", "wrong"), WRONG, ids=[w for _, w in WRONG])
def test_what_the_loader_refuses_does_not_fit(tmp_path: Path, right: str, wrong: str) -> None:
    assert WHOLE.count(right) >= 1
    text = WHOLE.replace(right, wrong, 1)
    assert not loaded(tmp_path, text)
    assert errors(catalog_schema(), yaml.safe_load(text))


def parts(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A catalog split at every mapping: each key in a file of its own."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from ({key: part} for part in parts(value))
        else:
            yield {key: value}


def test_files_that_hold_parts_of_things_fit() -> None:
    found = list(parts(yaml.safe_load(WHOLE)))
    assert len(found) > 20
    for part in found:
        assert errors(catalog_schema(), part) == [], part


SETTINGS_TEXT = """\
name: small
database: small.duckdb
label: {en: Small}
today: 2024-01-01
encoder: use
store: sqlite:///store.sqlite
limits: {seconds: 5, max_rows: 10, memory_mb: 64, threads: 1}
rights: [{role: clerk, allowed_tables: "*", denied_columns: {t: c}, row_filters: {t: a = 1}, limits: {seconds: 1}, min_group_size: 5}]
users: {ann: clerk, "*": clerk}
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("name: small\n", ""),
        ("database: small.duckdb", "database: ''"),
        ("today: 2024-01-01", "today: never"),
        ("seconds: 5", "seconds: 0"),
        ("memory_mb: 64", "memory: 64"),
        ("role: clerk, ", ""),
        ("row_filters:", "row_filter:"),
        ("min_group_size: 5", "min_group_size: -1"),
        ("{ann: clerk", "{ann: [clerk]"),
        ("encoder:", "encoders:"),
        ("store: sqlite:///store.sqlite", "store: ''"),
    ],
)
def test_settings_that_the_loader_refuses_do_not_fit(tmp_path: Path, right: str, wrong: str) -> None:
    path = tmp_path / "wenshu.yaml"
    path.write_text(SETTINGS_TEXT, encoding="utf-8")
    assert read_settings(tmp_path) and errors(settings_schema(), read(path)) == []
    assert SETTINGS_TEXT.count(right) == 1
    path.write_text(SETTINGS_TEXT.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ShopError):
        read_settings(tmp_path)
    assert errors(settings_schema(), read(path))


def test_the_verb_prints_and_writes_it(tmp_path: Path) -> None:
    run = CliRunner()
    assert json.loads(run.invoke(app, ["catalog", "schema"]).output) == as_json(catalog_schema())
    assert json.loads(run.invoke(app, ["catalog", "schema", "--settings"]).output) == as_json(settings_schema())
    out = tmp_path / ".wenshu" / "catalog.schema.json"
    said = run.invoke(app, ["catalog", "schema", "--out", str(out)])
    assert said.exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8")) == as_json(catalog_schema())
    named = said.output.rpartition("$schema=")[2].strip()
    assert Path(named) == out
