"""Ossie out: what other tools read is right, and an import of the export gives the same catalog, and so the same answers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from semantic_layer.catalog import CatalogSpec
from semantic_layer.catalog.exchange import Report
from semantic_layer.catalog.exchange.files import read_documents
from semantic_layer.catalog.exchange.ossie_document import OssieDocument
from semantic_layer.shops import Shop, open_shop, packaged_shops
from semantic_layer.shops.exchange import export_shop, import_shop, save
from tests.catalog.exchange.conftest import SALES, notes
from tests.conftest import alone, answer, home, write_shop

CATALOG: dict[str, Any] = {
    "datasets": {
        "sales": {
            "source": "orders",
            "time": "day",
            "label": {"zh": "订单", "en": "orders"},
            "verbs": {"en": ["bought"]},
            "fields": {
                "order_id": {"type": "integer", "kind": "key", "entity": "order"},
                "customer": {"type": "integer", "kind": "key", "entity": "customer", "expression": "customer_id"},
                "amount": {"type": "number", "kind": "measure", "unit": "USD"},
                "day": {"type": "date", "kind": "time", "expression": "CAST(ordered_at AS DATE)"},
                "status": {"label": {"en": "status"}, "values": {"paid": {"label": {"zh": "已付", "en": "settled"}}}, "order": ["paid", "refunded"]},
                "is_gift": {"type": "boolean"},
            },
        },
        "customers": {
            "primary_key": ["customer_id"],
            "description": {"zh": "顾客档案", "en": "Who bought"},
            "fields": {
                "customer_id": {"type": "integer", "kind": "key", "entity": "customer"},
                "city": {"label": {"zh": "城市", "en": "city"}, "synonyms": {"en": ["town"]}, "personal": True},
                "joined": {"type": "date", "kind": "time"},
            },
        },
        "copies": {
            "source": "archive.orders",
            "time": "sales.day",
            "fields": {
                "original": {"type": "integer", "kind": "key", "expression": "order_id - 100"},
                "amount": {"type": "number", "kind": "measure", "label": {"en": "doubled amount"}},
            },
        },
        "balances": {
            "source": "archive.orders",
            "time": "ordered_at",
            "snapshot": {"time": "ordered_at", "per": ["customer_id"]},
            "fields": {
                "customer_id": {"type": "integer", "kind": "key", "entity": "customer"},
                "ordered_at": {"type": "date", "kind": "time"},
                "amount": {"type": "number", "kind": "measure"},
            },
        },
    },
    "entities": {"customer": {"dataset": "customers", "people": True, "label": {"en": "customer"}}, "order": {"label": {"en": "order"}}},
    "relationships": [
        {"from": "sales.customer", "to": "customers.customer_id", "default": True},
        {"from": "copies.original", "to": "sales.order_id"},
        {"from": "balances.customer_id", "to": "customers.customer_id"},
    ],
    "metrics": {
        "repeat_share": {"expression": "repeat_buyers / buyers", "label": {"en": "repeat share"}, "format": "percent"},
        "revenue": {"expression": "SUM(sales.amount)", "label": {"en": "revenue", "zh": "收入"}, "default": True},
        "orders": {"expression": "COUNT(sales.*)", "label": {"en": "number of orders"}, "counters": {"en": ["times"]}},
        "people": {"expression": "COUNT(customers.*)", "label": {"en": "people"}},
        "buyers": {"expression": "COUNT(DISTINCT sales.customer)", "label": {"en": "buyers"}},
        "orders_per_buyer": {"expression": "orders / buyers", "label": {"en": "orders per buyer"}},
        "paid": {
            "expression": "SUM(sales.amount)",
            "label": {"en": "paid"},
            "filter": [{"segment": "settled"}, {"field": "sales.day", "op": ">=", "value": dt.date(2024, 1, 10)}],
        },
        "unpaid": {"expression": "COUNT(sales.*)", "label": {"en": "unpaid"}, "filter": [{"field": "sales.status", "op": "!=", "value": "paid"}]},
        "repeat_buyers": {
            "expression": "COUNT(DISTINCT sales.customer)",
            "label": {"en": "repeat buyers"},
            "filter": [{"entity": "customer", "metric": "orders", "op": ">=", "value": 2}],
        },
        "balance": {"expression": "SUM(balances.amount)", "label": {"en": "balance"}},
        "copied": {"expression": "SUM(copies.amount)", "label": {"en": "copied"}, "expect": {"value": 109.5, "time": "2024"}},
        "high": {"expression": "QUANTILE_CONT(sales.amount, 0.9)", "label": {"en": "high"}},
    },
    "segments": {"settled": {"label": {"en": "settled orders"}, "where": [{"field": "sales.status", "value": "paid"}]}},
    "terms": {"size": {"label": {"en": "size"}, "means": ["revenue", "orders"]}},
    "hierarchies": {"place": ["customers.city"]},
    "calendar": {"fiscal_year_start": 4, "events": {"fair": {"label": {"en": "fair"}, "dates": [{"start": dt.date(2024, 1, 4), "end": dt.date(2024, 1, 6)}]}}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop that uses what Ossie cannot carry."""
    made = write_shop(tmp_path / "original", CATALOG, SALES)
    (made / "wenshu.yaml").write_text("name: small\ndatabase: small.duckdb\ntoday: 2024-03-01\nlabel: {en: Small}\n")
    return made


def exported(folder: Path | str) -> tuple[dict[str, Any], str]:
    """The document of a shop, parsed and as text."""
    text, _ = export_shop(str(folder))
    return yaml.safe_load(text), text


def back(text: str, database: Path, tmp_path: Path, name: str = "back", **options: Any) -> tuple[Shop, dict[str, str]]:
    """The shop that the document is imported as, and what was guessed."""
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    report = import_shop(tmp_path / f"{name}.yaml", "ossie", database, tmp_path / name, **options).report
    return open_shop(str(tmp_path / name)), notes(_WithReport(report), "guessed")  # type: ignore[arg-type]


class _WithReport:
    def __init__(self, report: Any) -> None:
        self.report = report


# The mall takes a minute to make; its own tests export it from a small one.
@pytest.mark.parametrize("name", [name for name in packaged_shops() if name != "mall"])
def test_packaged_shops_come_back_the_same(name: str, tmp_path: Path) -> None:
    with alone(home() / "building-for-tests.lock"):
        shop = open_shop(name)
    document, text = exported(name)
    OssieDocument.model_validate(document)
    again, guessed = back(text, shop.database, tmp_path)
    try:
        assert again.catalog.spec == shop.catalog.spec
        assert (again.catalog.hash, again.today, guessed) == (shop.catalog.hash, shop.today, {})
        for metric in list(shop.catalog.spec.metrics)[:5]:
            query = {"metrics": [{"metric": metric}]}
            assert answer(again, query)[0][metric] == pytest.approx(answer(shop, query)[0][metric])
    finally:
        again.close()
        shop.close()


def test_everything_comes_back_the_same(folder: Path, tmp_path: Path) -> None:
    _, text = exported(folder)
    shop, guessed = back(text, folder / "small.duckdb", tmp_path)
    assert shop.catalog.spec == open_shop(str(folder)).catalog.spec == CatalogSpec.model_validate(CATALOG)
    assert (shop.settings.today, shop.settings.label.en, guessed) == (dt.date(2024, 3, 1), "Small", {})
    (row,) = answer(shop, {"metrics": [{"metric": "repeat_share"}]})
    assert row["repeat_share"] == pytest.approx(1 / 3)
    shop.close()


def test_the_document_is_of_the_published_form(folder: Path, tmp_path: Path) -> None:
    document, text = exported(folder)
    save(text, tmp_path / "out.yaml")
    (read,) = read_documents(tmp_path / "out.yaml", OssieDocument, (), Report())
    assert document["version"] == read.content.version == "0.2.0.dev0"
    assert list(document) == ["version", "semantic_model"]
    for part in (*document["semantic_model"], *document["semantic_model"][0]["datasets"]):
        for extension in part["custom_extensions"]:
            assert set(extension) == {"vendor_name", "data"} and isinstance(json.loads(extension["data"]), dict)


def test_other_tools_get_metrics_that_stand_on_their_own(folder: Path) -> None:
    document, _ = exported(folder)
    model = document["semantic_model"][0]
    sql = {m["name"]: m["expression"]["dialects"][0]["expression"] for m in model["metrics"]}
    assert sql["orders_per_buyer"] == "1.0 * COUNT(sales.*) / NULLIF(COUNT(DISTINCT sales.customer), 0)"
    assert sql["people"] == "COUNT(customers.customer_id)"
    assert sql["paid"] == "SUM(CASE WHEN sales.status = 'paid' AND sales.day >= CAST('2024-01-10' AS DATE) THEN sales.amount END)"
    assert sql["unpaid"] == "COUNT(CASE WHEN NOT COALESCE(sales.status = 'paid', FALSE) THEN 1 END)"
    assert sql["high"].startswith("PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY sales.amount")
    assert model["datasets"][0]["source"] == "small.main.orders"
    assert model["relationships"][0]["from_columns"] == ["customer_id"]


def test_a_metric_that_others_would_compute_wrong_is_not_shown_to_them(folder: Path) -> None:
    document, _ = exported(folder)
    shown = {m["name"] for m in document["semantic_model"][0]["metrics"]}
    assert not shown & {"repeat_buyers", "repeat_share", "balance"}
    _, report = export_shop(str(folder))
    lost = {n.path: n.en for n in report.of("lost")}
    assert "entity" in lost["metrics.repeat_buyers"] and "entity" in lost["metrics.repeat_share"] and "add up over time" in lost["metrics.balance"]
    assert {"calendar", "terms", "segments", "hierarchies", "entities"} <= set(lost)
    assert "snapshot" in lost["datasets.balances"] and "verbs" in lost["datasets.sales"] and "personal" in lost["datasets.customers.fields.city"]


def test_roles_are_not_exported(folder: Path) -> None:
    (folder / "wenshu.yaml").write_text("name: small\ndatabase: small.duckdb\nrights: {role: all, allowed_tables: [orders]}\nusers: {ada: all}\n")
    text, report = export_shop(str(folder))
    assert "ada" not in text and {"wenshu.yaml.rights", "wenshu.yaml.users"} <= {n.path for n in report.notes}


Edit = Callable[[dict[str, Any]], object]


def _edited(folder: Path, edit: Edit) -> str:
    document, _ = exported(folder)
    edit(document["semantic_model"][0])
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _metric(model: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(m for m in model["metrics"] if m["name"] == name)
    return found


def test_what_another_tool_changed_wins_and_the_rest_is_kept(folder: Path, tmp_path: Path) -> None:
    def edit(model: dict[str, Any]) -> None:
        _metric(model, "paid")["expression"]["dialects"][0]["expression"] = "SUM(CASE WHEN sales.status = 'paid' THEN sales.amount END)"
        _metric(model, "revenue")["ai_context"]["synonyms"] = ["revenue", "收入", "takings"]
        city = model["datasets"][1]["fields"][1]
        city["description"] = "Where they live"
        model["metrics"].append({"name": "biggest_order", "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": "MAX(sales.amount)"}]}})
        model["metrics"].remove(_metric(model, "unpaid"))

    shop, guessed = back(_edited(folder, edit), folder / "small.duckdb", tmp_path)
    spec, before = shop.catalog.spec, CatalogSpec.model_validate(CATALOG)
    assert float(answer(shop, {"metrics": [{"metric": "paid"}]})[0]["paid"]) == 47.5 and not spec.metrics["paid"].filter
    assert spec.metrics["revenue"].synonyms.en == ("takings",) and spec.metrics["revenue"].label == before.metrics["revenue"].label
    assert spec.metrics["revenue"].default and spec.metrics["paid"].label.en == "paid"
    assert spec.datasets["customers"].fields["city"].description.en == "Where they live"
    assert spec.datasets["customers"].fields["city"].personal
    assert spec.metrics["biggest_order"].label.en == "biggest order" and "unpaid" not in spec.metrics
    assert spec.metrics["balance"] == before.metrics["balance"] and spec.calendar == before.calendar
    assert {"metrics.paid", "metrics.revenue", "datasets.customers.fields.city"} == set(guessed) - {"label"}
    shop.close()


def test_a_database_with_the_tables_elsewhere(folder: Path, tmp_path: Path) -> None:
    _, text = exported(folder)
    (tmp_path / "tables.yaml").write_text("sales: archive.orders\ncustomers: archive.customers\nbalances: archive.orders\ncopies: archive.orders\n")
    shop, _ = back(text, folder / "small.duckdb", tmp_path, schema=str(tmp_path / "tables.yaml"))
    assert float(answer(shop, {"metrics": [{"metric": "revenue"}]})[0]["revenue"]) == 109.5
    shop.close()


@pytest.mark.parametrize("data", ["{", "[]", "5", '{"sections": {"calendar": {"week_start": "friday"}}}', '{"sections": 1}', '{"metrics": {"x": {}}}'])
def test_a_damaged_extension_is_named_and_the_rest_read_as_from_any_tool(data: str, folder: Path, tmp_path: Path) -> None:
    def edit(model: dict[str, Any]) -> None:
        model["custom_extensions"][0]["data"] = data

    (tmp_path / "damaged.yaml").write_text(_edited(folder, edit), encoding="utf-8")
    found = import_shop(tmp_path / "damaged.yaml", "ossie", folder / "small.duckdb", tmp_path / "back")
    assert "damaged" in notes(found, "lost")["small.custom_extensions"]
    assert "revenue" in found.catalog["metrics"]


def test_a_document_cannot_say_where_data_are_or_who_sees_them(folder: Path, tmp_path: Path) -> None:
    def edit(model: dict[str, Any]) -> None:
        data = json.loads(model["custom_extensions"][0]["data"])
        data["settings"] |= {"database": "/etc/passwd", "rights_file": "x", "users": {"eve": "all"}, "encoder": "somebody/else"}
        model["custom_extensions"][0]["data"] = json.dumps(data)

    shop, _ = back(_edited(folder, edit), folder / "small.duckdb", tmp_path)
    assert shop.database.resolve() == (folder / "small.duckdb").resolve()
    assert (shop.settings.rights_file, shop.settings.users, shop.settings.encoder) == (None, {}, "use")
    shop.close()
