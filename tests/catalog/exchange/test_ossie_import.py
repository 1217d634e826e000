"""Ossie in: a retail model onto generated TPC-DS data, questions in plain words, and everything that is lost or guessed."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assistant.ask import Assistant
from semantic_layer.errors import CatalogError, ShopError, UsageError
from semantic_layer.shops import Shop, check_shop
from semantic_layer.shops.exchange import import_shop
from tests.catalog.exchange.conftest import Import, notes
from tests.conftest import answer


def _field(name: str, expression: str = "", synonyms: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    context = {"ai_context": {"synonyms": list(synonyms)}} if synonyms else {}
    return {"name": name, "expression": _sql(expression or name), **context, **more}


def _sql(expression: str, dialect: str = "ANSI_SQL") -> dict[str, Any]:
    return {"dialects": [{"dialect": dialect, "expression": expression}]}


NOT_TIME = {"dimension": {"is_time": False}}
RETAIL: dict[str, Any] = {
    "version": "0.2.0.dev0",
    "semantic_model": [
        {
            "name": "store retail",
            "ai_context": {"instructions": "Be kind."},
            "datasets": [
                {
                    "name": "lines",
                    "source": "warehouse.public.store_sales",
                    "primary_key": ["ss_item_sk", "ss_ticket_number"],
                    "fields": [
                        _field("ss_sold_date_sk", synonyms=("sale date",), **NOT_TIME),
                        _field("ss_item_sk", synonyms=("product",), **NOT_TIME),
                        _field("ss_quantity", synonyms=("pieces",)),
                        _field("ss_ext_sales_price"),
                        _field("ss_net_profit", synonyms=("profit",)),
                    ],
                },
                {
                    "name": "item",
                    "source": "warehouse.public.item",
                    "primary_key": ["i_item_sk"],
                    "unique_keys": [["i_item_id", "i_rec_start_date"]],
                    "description": "商品档案",
                    "ai_context": {"synonyms": ["products", "商品"]},
                    "fields": [
                        _field("i_item_sk", **NOT_TIME),
                        _field("i_brand", synonyms=("maker",), description="Brand name", label="filter", **NOT_TIME),
                        _field("i_category", synonyms=("department", "品类"), **NOT_TIME),
                        _field("brand and size", "item.i_brand || ' ' || COALESCE(i_size, '-')", **NOT_TIME),
                        _field("i_colour", **NOT_TIME),
                    ],
                },
                {
                    "name": "date_dim",
                    "source": "warehouse.public.date_dim",
                    "primary_key": ["d_date_sk"],
                    "fields": [
                        _field("d_date_sk", **NOT_TIME),
                        _field("d_date", datatype="Date"),
                        _field("d_year", datatype="Integer", dimension={"is_time": True}),
                        _field("d_quarter_name", dimension={"is_time": True}),
                    ],
                },
            ],
            "relationships": [
                {"name": "sold", "from": "lines", "to": "date_dim", "from_columns": ["ss_sold_date_sk"], "to_columns": ["d_date_sk"]},
                {"name": "of", "from": "lines", "to": "item", "from_columns": ["ss_item_sk"], "to_columns": ["i_item_sk"]},
            ],
            "metrics": [
                {"name": "total_sales", "expression": _sql("SUM(lines.ss_ext_sales_price)"), "ai_context": {"synonyms": ["turnover", "营业额"]}},
                {"name": "profit", "expression": _sql("SUM(lines.ss_net_profit)")},
                {"name": "sales_by_brand", "expression": _sql("SUM(lines.ss_ext_sales_price)"), "ai_context": {"synonyms": ["maker sales"]}},
                {"name": "music_sales", "expression": _sql("SUM(CASE WHEN item.i_category = 'Music' THEN lines.ss_ext_sales_price END)")},
                {"name": "bulk_lines", "expression": _sql("COUNT(*) FILTER (WHERE lines.ss_quantity > 50)")},
                {"name": "price_per_piece", "expression": _sql("total_sales / NULLIF(SUM(LINES.ss_quantity), 0)")},
                {"name": "list_value", "expression": _sql("SUM(lines.ss_list_price * lines.ss_quantity)")},
                {"name": "typical_quantity", "expression": _sql("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY lines.ss_quantity)")},
            ],
            "custom_extensions": [{"vendor_name": "DBT", "data": "{}"}],
        }
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The retail document with a change of its model."""
    document = copy.deepcopy(RETAIL)
    change(document["semantic_model"][0])
    return document


@pytest.fixture
def retail(tpcds: Path, imported: Import, opened: Callable[[Path], Shop]) -> Shop:
    """The retail document as a shop."""
    return opened(imported(RETAIL, tpcds)[1])


def test_the_shop_passes_the_check(tpcds: Path, imported: Import) -> None:
    assert [p for p in check_shop(str(imported(RETAIL, tpcds)[1])) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("total sales by brand", "SELECT i_brand, sum(ss_ext_sales_price) FROM store_sales LEFT JOIN item ON ss_item_sk = i_item_sk GROUP BY 1"),
        ("sales by brand", "SELECT i_brand, sum(ss_ext_sales_price) FROM store_sales LEFT JOIN item ON ss_item_sk = i_item_sk GROUP BY 1"),
        ("各品类营业额", "SELECT i_category, sum(ss_ext_sales_price) FROM store_sales LEFT JOIN item ON ss_item_sk = i_item_sk GROUP BY 1"),
        (
            "profit by department in 2001",
            """SELECT i_category, sum(ss_net_profit) FROM store_sales JOIN date_dim ON ss_sold_date_sk = d_date_sk
               LEFT JOIN item ON ss_item_sk = i_item_sk WHERE d_year = 2001 GROUP BY 1""",
        ),
        (
            "sales by month in 2002",
            """SELECT date_trunc('month', d_date)::DATE, sum(ss_ext_sales_price) FROM store_sales JOIN date_dim ON ss_sold_date_sk = d_date_sk
               WHERE d_year = 2002 GROUP BY 1""",
        ),
    ],
)
def test_questions_get_the_numbers_of_hand_written_sql(question: str, sql: str, retail: Shop, tpcds: Path) -> None:
    got = Assistant(retail).ask(question, "auto")
    assert got.status == "answered", got.text
    with duckdb.connect(str(tpcds), read_only=True) as connection:
        expected = {str(key): float(value) for key, value in connection.execute(sql).fetchall()}
    assert {str(row[0]): float(row[1]) for row in got.rows} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "sql"),
    [
        ("music_sales", "SELECT sum(ss_ext_sales_price) FROM store_sales JOIN item ON ss_item_sk = i_item_sk WHERE i_category = 'Music'"),
        ("bulk_lines", "SELECT count(*) FROM store_sales WHERE ss_quantity > 50"),
        ("price_per_piece", "SELECT sum(ss_ext_sales_price) / sum(ss_quantity) FROM store_sales"),
        ("list_value", "SELECT sum(ss_list_price * ss_quantity) FROM store_sales"),
        ("typical_quantity", "SELECT quantile_cont(ss_quantity, 0.5) FROM store_sales"),
    ],
)
def test_metrics_keep_their_meaning(metric: str, sql: str, retail: Shop, tpcds: Path) -> None:
    (row,) = answer(retail, {"metrics": [{"metric": metric}]})
    with duckdb.connect(str(tpcds), read_only=True) as connection:
        expected = connection.execute(sql).fetchone()
    assert expected and float(row[metric]) == pytest.approx(float(expected[0]))


def test_what_is_lost_guessed_and_renamed_is_said(tpcds: Path, imported: Import) -> None:
    found, folder = imported(RETAIL, tpcds)
    lost, guessed, renamed = (notes(found, kind) for kind in ("lost", "guessed", "renamed"))
    assert "Did you mean i_color" in lost["datasets.item.fields.i_colour"]
    assert "i_rec_start_date" in lost["datasets.item.unique_keys"]
    assert "formula of total_sales" in lost["metrics.sales_by_brand"] and "maker sales" in lost["metrics.sales_by_brand"]
    assert {"store retail.ai_context", "store retail.custom_extensions", "datasets.item.fields.i_brand.label"} <= set(lost)
    assert "every row of date_dim" in guessed["datasets.lines.fields.ss_sold_date"]
    assert "metrics.list_value" in guessed["datasets.lines.fields.ss_list_price"]
    assert "brand_and_size" in renamed["datasets.item.fields.brand and size"]
    places = [n.place for n in found.report.notes if n.path == "metrics.sales_by_brand"]
    assert places[0] and places[0].line > 100
    review = (folder / "REVIEW.md").read_text(encoding="utf-8")
    assert all(n.en in review and n.zh in review for n in found.report.notes)


def test_texts_go_to_their_language_and_keys_name_entities(retail: Shop) -> None:
    spec = retail.catalog.spec
    assert spec.datasets["item"].description.zh == "商品档案" and not spec.datasets["item"].description.en
    assert "商品" in spec.entities["item"].names() and "product" in spec.entities["item"].synonyms.en
    assert "营业额" in spec.metrics["total_sales"].synonyms.zh


def test_the_glossary_gives_the_missing_language_and_yields_to_the_document(retail: Shop) -> None:
    spec = retail.catalog.spec
    assert (spec.metrics["total_sales"].label.en, spec.metrics["total_sales"].label.zh) == ("total sales", "总销售额")
    assert {"sales", "销售额"} <= set(spec.metrics["total_sales"].synonyms.all())
    assert spec.datasets["item"].fields["i_category"].names().count("品类") == 1
    assert Assistant(retail).ask("各品牌销售额", "auto").status == "answered"


def test_relative_dates_count_from_the_end_of_old_data(retail: Shop) -> None:
    assert retail.settings.today == dt.date(2003, 1, 3)
    assert Assistant(retail).ask("sales last year", "auto").period.start == dt.date(2002, 1, 1)


def test_entities_and_their_keys(retail: Shop) -> None:
    spec = retail.catalog.spec
    assert {f.entity for d in spec.datasets.values() for f in d.fields.values()} == {"item", None}
    assert spec.datasets["lines"].time == "ss_sold_date" and spec.datasets["date_dim"].time is None


def test_a_day_is_not_computed_where_the_data_deny_it(tmp_path: Path, tpcds: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    database = tmp_path / "gap.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"ATTACH '{tpcds}' AS source (READ_ONLY)")
        for table in ("store_sales", "item", "date_dim"):
            connection.execute(f"CREATE TABLE {table} AS FROM source.{table}")
        connection.execute("UPDATE date_dim SET d_date = d_date + 1 WHERE d_date_sk = 2451000")
    found, folder = imported(RETAIL, database)
    assert "no date of its own can be computed" in notes(found, "guessed")["datasets.lines.time"]
    rows = answer(opened(folder), {"metrics": [{"metric": "total_sales"}], "time": {"start": "2001-01-01", "end": "2002-01-01"}})
    with duckdb.connect(str(database), read_only=True) as connection:
        sql = "SELECT sum(ss_ext_sales_price) FROM store_sales JOIN date_dim ON ss_sold_date_sk = d_date_sk WHERE d_date >= '2001-01-01' AND d_date < '2002-01-01'"
        expected = connection.execute(sql).fetchone()
    assert expected and float(rows[0]["total_sales"]) == pytest.approx(float(expected[0]))


def test_a_day_written_as_a_number_is_read(tmp_path: Path, tpcds: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    database = tmp_path / "numbers.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"ATTACH '{tpcds}' AS source (READ_ONLY)")
        number = "CAST(strftime(d_date, '%Y%m%d') AS INTEGER)"
        connection.execute(f"CREATE TABLE date_dim AS SELECT * REPLACE ({number} AS d_date_sk) FROM source.date_dim")
        connection.execute("CREATE TABLE item AS FROM source.item")
        sold = f"(SELECT {number} FROM source.date_dim d WHERE d.d_date_sk = s.ss_sold_date_sk)"
        connection.execute(f"CREATE TABLE store_sales AS SELECT * REPLACE ({sold} AS ss_sold_date_sk) FROM source.store_sales s")
    found, folder = imported(RETAIL, database)
    assert "TRY_STRPTIME" in notes(found, "guessed")["datasets.lines.fields.ss_sold_date"]
    query = {"metrics": [{"metric": "total_sales"}], "group_by": [{"field": "time", "grain": "year"}]}
    got = {r["year"]: float(r["total_sales"]) for r in answer(opened(folder), query)}
    with duckdb.connect(str(tpcds), read_only=True) as connection:
        sql = "SELECT d_year, sum(ss_ext_sales_price) FROM store_sales LEFT JOIN date_dim ON ss_sold_date_sk = d_date_sk GROUP BY 1"
        expected = {year: float(value) for year, value in connection.execute(sql).fetchall()}
    assert {None if day is None else day.year: value for day, value in got.items()} == pytest.approx(expected)


@pytest.mark.parametrize(("schema", "total"), [(None, 54.75), ("archive", 109.5), ("tables.yaml", 109.5)])
def test_a_schema_or_a_mapping_says_where_tables_are(schema: str | None, total: float, sales: Path, imported: Import, opened: Callable[[Path], Shop], tmp_path: Path) -> None:
    document = changed(lambda m: m.update(_orders()))
    given = schema
    if schema == "tables.yaml":
        (tmp_path / schema).write_text("db.public: archive\n")
        given = str(tmp_path / schema)
    shop = opened(imported(document, sales, schema=given)[1])
    (row,) = answer(shop, {"metrics": [{"metric": "revenue"}]})
    assert float(row["revenue"]) == total


def _orders(**more: Any) -> dict[str, Any]:
    return {
        "datasets": [{"name": "orders", "source": "db.public.orders", "fields": [_field("amount"), _field("ordered_at", datatype="Date")]}],
        "relationships": [],
        "metrics": [{"name": "revenue", "expression": _sql("SUM(orders.amount)")}],
        **more,
    }


@pytest.mark.parametrize("version", ["0.1.1", "0.1.0", None])
def test_earlier_versions_are_read(version: str | None, sales: Path, imported: Import) -> None:
    document = changed(lambda m: m.update(_orders(datasets=[{"name": "orders", "source": "orders", "fields": [_field("amount")]}])))
    document = {"dialects": ["ANSI_SQL"], "vendors": ["DBT"], **document, "version": version}
    if version is None:
        del document["version"]
    assert set(imported(document, sales)[0].catalog["metrics"]) == {"revenue"}


def test_other_dialects_are_translated_and_unreadable_ones_named(sales: Path, imported: Import) -> None:
    metrics = [
        {"name": "gift_value", "expression": _sql("SUM(IFF(orders.is_gift, orders.amount, 0))", "SNOWFLAKE")},
        {"name": "cube", "expression": _sql("[Measures].[Amount]", "MDX")},
        {"name": "ranked", "expression": _sql("SUM(orders.amount) OVER ()")},
        {"name": "nested", "expression": _sql("AVG(SUM(orders.amount))")},
        {"name": "bare", "expression": _sql("orders.amount")},
        {"name": "a", "expression": _sql("b + 1")},
        {"name": "b", "expression": _sql("a * SUM(orders.amount)")},
    ]
    found, _ = imported(changed(lambda m: m.update(_orders(metrics=metrics))), sales)
    assert set(found.catalog["metrics"]) == {"gift_value"}
    assert "CASE WHEN" in notes(found, "guessed")["metrics.gift_value"]
    lost = notes(found, "lost")
    assert "window" in lost["metrics.ranked"] and "outside an aggregate" in lost["metrics.bare"]
    assert "a -> b -> a" in lost["metrics.a"] and {"metrics.cube", "metrics.nested", "metrics.b"} <= set(lost)


def test_names_that_two_things_claim_are_settled_and_said(sales: Path, imported: Import) -> None:
    fields = [_field("amount", synonyms=("value",)), _field("status", synonyms=("state", "kind"), **NOT_TIME), _field("is_gift", synonyms=("kind",), **NOT_TIME)]
    metrics = [{"name": "revenue", "expression": _sql("SUM(orders.amount)"), "ai_context": {"synonyms": ["value"]}}]
    found, folder = imported(changed(lambda m: m.update(_orders(datasets=[{"name": "orders", "source": "orders", "fields": fields}], metrics=metrics))), sales)
    assert [p for p in check_shop(str(folder)) if p.severity == "error"] == []
    said = [n.en for n in found.report.of("guessed")]
    assert any("'value' is dropped: it is left to metric revenue" in s for s in said)
    assert sum("'kind' is dropped" in s and "left to none" in s for s in said) == 2


BAD: list[tuple[str, Any, str]] = [
    ("not YAML", "a: [", "model.yaml:"),
    ("a list", "- 1", "mapping"),
    ("an alias", "semantic_model: &a [1]\nx: *a", "aliases"),
    ("no model", {"version": "0.2.0.dev0"}, "semantic_model is missing"),
    ("version", {**RETAIL, "version": "1.0"}, "version is not known"),
    ("a key too many", changed(lambda m: m["datasets"][0].update(primary_keys=[])), "Did you mean primary_key"),
    ("a wrong type", changed(lambda m: m["datasets"][0].update(fields=5)), "datasets.0.fields"),
    ("no expression", changed(lambda m: m["metrics"].append({"name": "x"})), "expression is missing"),
    ("a dialect", changed(lambda m: m["metrics"][0].update(expression=_sql("1", "KLINGON"))), "metrics.0.expression.dialects.0.dialect"),
    ("a missing table", changed(lambda m: m["datasets"][1].update(source="w.p.itme")), "Did you mean item"),
    ("a query", changed(lambda m: m["datasets"][1].update(source="SELECT * FROM item")), "its source is a query"),
    ("a dataset twice", changed(lambda m: m["datasets"].append(m["datasets"][0])), "dataset lines is defined twice"),
    ("a field twice", changed(lambda m: m["datasets"][0]["fields"].append(_field("ss_quantity"))), "ss_quantity is defined twice"),
    ("a metric twice", changed(lambda m: m["metrics"].append(m["metrics"][0])), "metric total_sales is defined twice"),
    ("an end", changed(lambda m: m["relationships"][0].update(to="dates")), "no dataset dates"),
    ("unequal ends", changed(lambda m: m["relationships"][0].update(to_columns=["a", "b"])), "differ in length"),
    ("deep", "a: " + "[" * 3000, "nested"),
]


@pytest.mark.parametrize(("document", "said"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_documents_are_refused_with_their_place(document: Any, said: str, tpcds: Path, imported: Import, tmp_path: Path) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(CatalogError) as caught:
        imported(text, tpcds)
    assert said in caught.value.en and "model.yaml" in caught.value.en
    assert [p.name for p in tmp_path.iterdir()] == ["shop-model.yaml"]


def test_huge_files_and_bad_bytes_are_refused(tpcds: Path, tmp_path: Path) -> None:
    for name, content, said in (("huge.yaml", b"#" * 6_000_000, "larger than"), ("bytes.yaml", b"\xff\xfe\x00", "UTF-8")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CatalogError, match=said):
            import_shop(tmp_path / name, "ossie", tpcds, tmp_path / "shop")


def test_nothing_is_overwritten_and_nothing_half_written(tpcds: Path, imported: Import, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with pytest.raises(ShopError, match="nothing is overwritten"):
        imported(RETAIL, tpcds)
    with pytest.raises(ShopError):
        imported(RETAIL, tmp_path / "missing.duckdb", name="other")
    with pytest.raises(UsageError):
        import_shop(tmp_path / "missing.yaml", "ossie", tpcds, tmp_path / "another")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other-model.yaml", "shop", "shop-model.yaml"]


def test_keys_that_the_data_deny_are_left_out(sales: Path, imported: Import) -> None:
    fields = [_field("customer_id", **NOT_TIME), _field("city", **NOT_TIME)]
    datasets = [*_orders()["datasets"], {"name": "customers", "source": "customers", "primary_key": ["city"], "fields": fields}]
    relationships = [{"name": "lives", "from": "orders", "to": "customers", "from_columns": ["status"], "to_columns": ["city"]}]
    metrics = [*_orders()["metrics"], {"name": "rome", "expression": _sql("SUM(CASE WHEN customers.city = 'Rome' THEN orders.amount END)")}]
    found, folder = imported(changed(lambda m: m.update(_orders(datasets=datasets, relationships=relationships, metrics=metrics))), sales)
    lost = notes(found, "lost")
    assert "1 of its keys" in lost["relationships.lives"] and "1 of its keys" in lost["datasets.customers.primary_key"]
    assert "none of them points" in lost["metrics.rome"]
    assert [p for p in check_shop(str(folder)) if p.severity == "error"] == []


def test_words_of_sql_and_names_with_blanks_are_no_trouble(tmp_path: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    database = tmp_path / "odd.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("""CREATE TABLE "order" ("group" VARCHAR, "select" DOUBLE, "Brand Name" VARCHAR)""")
        connection.execute("""INSERT INTO "order" VALUES ('a', 1, 'x'), ('b', 2, 'y')""")
    fields = [_field("group", '"group"', **NOT_TIME), _field("select", '"select"'), _field("Brand Name", '"Brand Name"', **NOT_TIME), _field("two times", '"select" * 2')]
    metrics = [
        {"name": "join it", "expression": _sql('SUM("order"."select")')},
        {"name": "double", "expression": _sql('SUM("order"."two times")')},
        {"name": "share", "expression": _sql('"join it" / "double"')},
        {"name": "brands", "expression": _sql('COUNT(DISTINCT "order"."Brand Name")')},
    ]
    document = changed(lambda m: m.update(_orders(datasets=[{"name": "order", "source": "order", "fields": fields}], metrics=metrics)))
    shop = opened(imported(document, database)[1])
    (row,) = answer(shop, {"metrics": [{"metric": m} for m in ("join_it", "double", "share", "brands")]})
    assert row == {"join_it": 3.0, "double": 6.0, "share": 0.5, "brands": 2}


def test_composite_keys_join_as_a_whole(tmp_path: Path, imported: Import, opened: Callable[[Path], Shop]) -> None:
    database = tmp_path / "composite.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE budget (shop INTEGER, yr INTEGER, manager VARCHAR)")
        connection.execute("INSERT INTO budget VALUES (1, 2023, 'Ada'), (1, 2024, 'Ben'), (2, 2024, 'Cy')")
        connection.execute("CREATE TABLE sold (shop INTEGER, yr INTEGER, amount INTEGER)")
        connection.execute("INSERT INTO sold VALUES (1, 2023, 5), (1, 2024, 7), (2, 2024, 1), (2, 2024, 2), (3, 2024, 4)")
    datasets = [
        {"name": "sold", "source": "sold", "fields": [_field("amount")]},
        {"name": "budget", "source": "budget", "primary_key": ["shop", "yr"], "fields": [_field("manager", **NOT_TIME), _field("branch", "shop", **NOT_TIME)]},
    ]
    relationships = [{"name": "of", "from": "sold", "to": "budget", "from_columns": ["shop", "yr"], "to_columns": ["shop", "yr"]}]
    metrics = [{"name": "amount_sold", "expression": _sql("SUM(sold.amount)")}]
    _, folder = imported(changed(lambda m: m.update(_orders(datasets=datasets, relationships=relationships, metrics=metrics))), database)
    assert [p for p in check_shop(str(folder)) if p.severity == "error"] == []
    rows = answer(opened(folder), {"metrics": [{"metric": "amount_sold"}], "group_by": [{"field": "budget.manager"}]})
    assert {r["manager"]: r["amount_sold"] for r in rows} == {"Ada": 5, "Ben": 7, "Cy": 3, None: 4}


def test_documents_of_a_folder_become_one_catalog(sales: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "notes.yaml").write_text("just: notes")
    for name, model in (("a", _orders()), ("b", {"datasets": [{"name": "customers", "source": "customers", "fields": [_field("city", **NOT_TIME)]}]})):
        (folder / f"{name}.json").write_text(json.dumps({"version": "0.1.1", "semantic_model": [{"name": name, **model}]}))
    found = import_shop(folder, "ossie", sales, tmp_path / "shop")
    assert set(found.catalog["datasets"]) == {"orders", "customers"}
    assert "several models" in notes(found, "guessed")["b"] and "notes.yaml" in notes(found, "lost")["models"]
    (folder / "c.json").write_text(json.dumps({"version": "0.1.1", "semantic_model": [{"name": "c", **_orders()}]}))
    with pytest.raises(CatalogError, match="orders is defined twice"):
        import_shop(folder, "ossie", sales, tmp_path / "other")
