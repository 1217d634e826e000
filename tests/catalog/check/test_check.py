"""The check as a whole: everything at once, what remains of broken text, and what is not a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

import semantic_layer
from semantic_layer.catalog.check import check_catalog
from semantic_layer.errors import CatalogError
from tests.catalog.check.conftest import CATALOG, DuckInspector, FakeInspector, Shop, broken, marked_lines

TEN_MISTAKES = broken(
    ("    source: order_lines\n", "    source: order_line  # here\n"),
    ("    primary_key: [product_id]\n", "    primary_key: [product]  # here\n"),
    ("    time: visited_on\n", "    time: page  # here\n"),
    ("  basket: {label: {en: basket}}\n", "  basket: {dataset: baskets, label: {en: basket}}  # here\n"),
    ("to: customers.customer_id}\nhier", "to: customers.custom_id}  # here\nhier"),
    ("    expression: SUM(orders.amount)\n", "    expression: SUM(orders.amont) / pages  # here\n"),
    ("    expression: sales / baskets\n", "    expression: sales / (baskets  # here\n"),
    ("    label: {en: page views}\n", "    labels: {en: page views}  # here\n"),
    ("metric: baskets, op: \">=\", value: 2}\n", "metric: basket, op: \">=\", value: 2}  # here\n"),
    ("[{field: customers.city, value: Rome}]\n", "[{field: customers.city, op: is, value: Rome}]  # here\n"),
)  # fmt: skip


def test_ten_mistakes_are_reported_in_one_run(shop: Shop, inspector: DuckInspector) -> None:
    shop.write(TEN_MISTAKES)
    found = shop.check(inspector)
    assert {p.place.line for p in found} == set(marked_lines(TEN_MISTAKES))
    assert [p.rule for p in found] == [
        "UnknownTable",
        "UnknownPrimaryKey",
        "UndatedTimeField",
        "UnknownEntityDataset",
        "UnknownRelationshipField",
        "UnknownMetricField",
        "UnknownMetric",
        "UnreadableMetric",
        "syntax",
        "UnknownConditionMetric",
        "syntax",
    ]
    assert found == sorted(found)


def test_what_is_left_out_for_its_text_is_not_called_missing(shop: Shop) -> None:
    text = broken(
        ("    expression: COUNT(DISTINCT orders.order_id)\n", "    expresion: COUNT(DISTINCT orders.order_id)\n"),
        ("      city:\n", "      city:\n        type: text\n"),
        ("      region: {", "      region: {kind: none, "),
    )
    shop.write(text)
    assert {p.rule for p in shop.check()} == {"syntax"}


def test_the_line_of_a_relationship_after_a_broken_one(shop: Shop) -> None:
    text = broken(
        (
            "  - {from: orders.customer_id, to: customers.customer_id}\n",
            "  - {from: orders, to: customers.customer_id}  # here\n",
        ),
        ("to: products.product_id}\n", "to: products.sku}  # here\n"),
    )
    shop.write(text)
    assert [p.place.line for p in shop.check()] == marked_lines(text)


def test_a_wrong_operator_deep_in_a_condition_is_named_at_its_line(shop: Shop) -> None:
    text = broken(
        (
            "    where: [{field: customers.city, value: Rome}]\n",
            "    where:\n      - field: customers.city\n        op: equals  # here\n        value: Rome\n",
        )
    )
    shop.write(text)
    [problem] = shop.check()
    assert problem.place.line == marked_lines(text)[0]
    assert "segments.roman.where.0.op" in problem.message


def test_a_wrong_value_is_one_mistake(shop: Shop) -> None:
    shop.write(broken(("value: Rome}]\n", "value: {a: 1}}]\n")))
    [problem] = shop.check()
    assert problem.message == "segments.roman.where.0.value: a value, or a list of values, is needed"


def test_a_name_with_a_blank_is_explained(shop: Shop) -> None:
    shop.write(broken(("  page_views:\n", "  page views:  # here\n")))
    [problem] = shop.check()
    assert "metrics.page views: a name consists of letters, digits and _" in problem.message


def test_an_unreadable_file_does_not_make_its_names_unknown(shop: Shop) -> None:
    datasets, metrics = CATALOG.split("metrics:\n")
    shop.write(datasets + "oops: [", "a.yaml")
    shop.write("metrics:\n" + metrics.replace("sales / baskets", "sales / (baskets"), "b.yaml")
    found = shop.check()
    assert [(p.place.file, p.rule) for p in found] == [
        ("catalog/a.yaml", "syntax"),
        ("catalog/b.yaml", "UnreadableMetric"),
    ]


def test_places_name_the_file_that_says_it(shop: Shop) -> None:
    datasets, metrics = CATALOG.split("metrics:\n")
    shop.write(datasets, "datasets.yaml")
    shop.write("metrics:\n" + metrics.replace("SUM(orders.amount)", "SUM(orders.amounts)"), "metrics.yaml")
    [problem] = shop.check()
    assert str(problem).startswith("catalog/metrics.yaml:3: metric sales: dataset orders has no field amounts.")


def test_several_mistakes_of_one_expression(shop: Shop) -> None:
    shop.write(broken(("SUM(orders.amount)\n", "SUM(orders.a) + AVG(amount) + orders.amount + pages\n")))
    rules = {"UnknownMetricField", "BareColumn", "UnknownMetric"}
    found = shop.check()
    assert len(found) == 4
    assert {p.rule for p in found} == rules


def test_default_decides_between_two_paths(shop: Shop) -> None:
    join = "  - {from: visits.customer_id, to: customers.customer_id}\n"
    other = "  - {from: visits.page, to: customers.customer_id}\n"
    shop.write(broken((join, join + other)))
    assert [p.rule for p in shop.check()] == ["AmbiguousJoin"]
    shop.write(broken((join, join.replace("}", ", default: true}") + other)))
    assert shop.check() == []


def test_an_ambiguous_join_is_reported_once_where_the_ways_part(shop: Shop) -> None:
    text = broken(
        (
            "  - {from: visits.customer_id, to: customers.customer_id}\n",
            "  - {from: visits.customer_id, to: customers.customer_id}\n"
            "  - {from: customers.city, to: notes.mood}\n"
            "  - {from: customers.region, to: notes.mood}  # here\n",
        )
    )
    shop.write(text)
    [problem] = shop.check()
    assert problem.place.line == marked_lines(text)[0]
    assert problem.message.startswith("customers reaches notes")


def test_a_dimension_of_the_one_side_may_stand_in_an_aggregate(shop: Shop) -> None:
    shop.write(broken(("SUM(orders.amount)", "SUM(CASE WHEN products.category = 'x' THEN orders.amount END)")))
    assert shop.check() == []


def test_an_entity_may_share_names_with_its_key_fields(shop: Shop) -> None:
    shop.write(CATALOG.replace("_id: {entity: customer,", "_id: {label: {en: customer}, entity: customer,"))
    assert shop.check() == []


def test_case_of_tables_and_columns_does_not_matter(shop: Shop, inspector: DuckInspector) -> None:
    shop.write(CATALOG.replace("order_lines", "Order_Lines").replace("CAST(ordered_at", "CAST(Ordered_At"))
    assert shop.check(inspector) == []


@pytest.mark.parametrize(
    ("sql_type", "field_type", "fits"),
    [
        ("DECIMAL(18,2)", "number", True),
        ("DECIMAL(18,2)", "integer", False),
        ("DECIMAL(10,0)", "integer", True),
        ("BIGINT", "number", True),
        ("BIGINT", "string", False),
        ("ENUM('a', 'b')", "string", True),
        ("TIMESTAMP WITH TIME ZONE", "datetime", True),
        ("TIMESTAMP", "date", False),
        ("BOOLEAN", "boolean", True),
        ("STRUCT(a INTEGER)", "string", True),
        ("SOMETHING OWN", "string", True),
    ],
)
def test_types(shop: Shop, sql_type: str, field_type: str, fits: bool) -> None:
    class Typed(FakeInspector):
        def columns(self, sql: str) -> dict[str, str]:
            return {"value": sql_type}

    shop.write(f"datasets: {{t: {{fields: {{a: {{type: {field_type}}}}}}}}}\n")
    found = shop.check(Typed({"t": {"a": sql_type}}))
    assert [p.rule for p in found] == ([] if fits else ["UnfitType"])


def test_a_field_with_very_many_values_is_not_compared(shop: Shop, inspector: DuckInspector) -> None:
    inspector.count(
        "CREATE TABLE wide AS SELECT CAST(range AS VARCHAR) AS a, CAST(range % 5 AS VARCHAR) AS b FROM range(6000)"
    )
    field = "{values: {z: {}}, order: [z]}"
    shop.write(f"datasets:\n  wide:\n    fields:\n      a: {field}\n      b: {field}\n")
    assert [(p.place.line, p.rule) for p in shop.check(inspector)] == [(5, "UnknownValue"), (5, "UnknownOrderValue")]


def test_personal_values_are_not_shown_as_hints(shop: Shop, inspector: DuckInspector) -> None:
    shop.write("datasets: {customers: {fields: {city: {personal: true, values: {Roma: {}}}}}}\n")
    [problem] = shop.check(inspector)
    assert "Rome" not in problem.message


def test_composite_keys_and_quoted_names_reach_the_database(shop: Shop) -> None:
    shop.write(
        "datasets:\n"
        "  a: {source: main.order, primary_key: [x, group], fields: {x: {type: integer}, group: {type: integer}}}\n"
        "  b: {fields: {x: {type: integer}, group: {type: integer}}}\n"
        "relationships: [{from: [b.x, b.group], to: [a.x, a.group]}]\n"
    )
    tables = {"x": "BIGINT", "group": "BIGINT"}
    fake = FakeInspector({"main.order": tables, "b": tables}, number=3)
    assert [p.rule for p in shop.check(fake)] == ["RepeatedPrimaryKey", "RepeatedKey"]
    assert any('FROM "main"."order"' in sql and '"group"' in sql and "GROUP BY" in sql for sql in fake.seen)


def test_a_composite_key_is_asked_as_a_whole(shop: Shop, inspector: DuckInspector) -> None:
    inspector.count("CREATE TABLE pairs AS SELECT range // 2 AS a, range % 2 AS b FROM range(10)")
    shop.write("datasets: {pairs: {primary_key: [a, b], fields: {a: {type: integer}, b: {type: integer}}}}\n")
    assert shop.check(inspector) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000 + "]" * 100_000,
        "metrics: {m: {label: {en: !!int ''}, expression: COUNT(a.*)}}",
        "metrics: {m: {label: {en: !!timestamp soon}, expression: COUNT(a.*)}}",
        "datasets: []\nmetrics: []\nrelationships: {}\n",
        "relationships: [1, {from: a.b}, [x]]\ncalendar: 3\n",
        "- 1\n",
        "metrics: {m: {label: {en: m}, expression: '" + "(" * 5000 + "'}}",
        "metrics: {bad name: {expression: COUNT(a.*)}}",
        "datasets: {a: {fields: {}}}\nmetrics: {m: {label: {en: m}, expression: SUM(a.x)}}",
    ],
)
def test_any_text_is_reported_and_never_breaks_the_check(shop: Shop, text: str) -> None:
    shop.write(text)
    assert len(shop.check()) > 0


def test_no_catalog_at_all(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="at least one"):
        check_catalog(tmp_path)


def _chain(step: str) -> str:
    links = "".join(f"  m{i}: {{expression: {step.replace('m', f'm{i - 1}')}, label: {{en: m{i}}}}}\n" for i in range(1, 200))
    return broken(("metrics:\n", "metrics:\n  m0: {expression: SUM(orders.amount), label: {en: m0}}\n" + links))


def test_long_chains_of_metrics_are_quick(shop: Shop) -> None:
    shop.write(_chain("m * 2"))
    assert shop.check() == []


def test_metrics_that_double_each_other_are_reported_once(shop: Shop) -> None:
    shop.write(_chain("m + m"))
    [problem] = shop.check()
    assert problem.rule == "LargeMetric"
    assert "metric m11: with the metrics it is made of it is too large" in problem.message


def test_the_catalog_of_the_packaged_shop_has_no_errors_and_few_warnings() -> None:
    folder = Path(semantic_layer.__file__).parent / "shops/completejourney/catalog"
    assert {(p.rule, p.severity) for p in check_catalog(folder)} == {("ValueNameElsewhere", "warning")}
