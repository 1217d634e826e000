"""docs/catalog.md: every key is explained, and every example loads, fits the schema, passes the check and answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jsonschema import Draft202012Validator

from assistant.ask import Assistant
from semantic_layer.catalog.schema import catalog_schema
from semantic_layer.engines.admin import Introspector
from semantic_layer.shops import check_shop, open_shop
from semantic_layer.shops.definition import read_definition
from semantic_layer.shops.roles import check_roles
from semantic_layer.shops.settings import read_settings, settings_schema
from tests.catalog.test_schema import as_json

DOCS = Path(__file__).parents[2] / "docs"
PAGE, CHINESE = ((DOCS / name).read_text(encoding="utf-8") for name in ("catalog.md", "catalog.zh-CN.md"))
SETTINGS = "name: tea\ndatabase: shop.duckdb\ntoday: 2025-01-01\n"

# Where the keys of each model are explained.
HEADINGS = {
    "CatalogSpec": ["Datasets", "Relationships", "Entities", "Metrics", "Segments", "Terms", "Hierarchies", "Calendar"],
    "Text": ["Names"], "Synonyms": ["Names"], "ValueSpec": ["Names"],
    "DatasetSpec": ["Names", "Datasets"], "Snapshot": ["Datasets"], "FieldSpec": ["Names", "Fields"],
    "RelationshipSpec": ["Relationships"], "EntitySpec": ["Names", "Entities"], "MetricSpec": ["Names", "Metrics"],
    "ExpectSpec": ["Metrics"],
    "SegmentSpec": ["Names", "Segments"], "TermSpec": ["Names", "Terms"],
    "CalendarSpec": ["Calendar"], "EventSpec": ["Names", "Calendar"], "EventDates": ["Calendar"],
    "Settings": ["wenshu.yaml"], "Examples": ["wenshu.yaml"], "LimitSettings": ["wenshu.yaml"],
    "ServeSettings": ["wenshu.yaml"], "SubscriptionSettings": ["wenshu.yaml"], "ModelSettings": ["wenshu.yaml"],
    "Rights": ["Roles"], "RightsLimits": ["Roles"],
}  # fmt: skip
CONDITIONS = ("FieldCondition", "SegmentCondition", "EntityCondition", "ExistsCondition", "EventCondition", "AnyOf", "AllOf", "TimeRange", "MetricRef")

TABLES = """
CREATE TABLE customers (customer_id INTEGER, full_name VARCHAR, city VARCHAR, province VARCHAR, age_band VARCHAR);
INSERT INTO customers VALUES
    (1, 'Lan', 'Hangzhou', 'Zhejiang', '18-29'), (2, 'Wu', 'Ningbo', 'Zhejiang', '30-49'), (3, 'Li', 'Nanjing', 'Jiangsu', '50+');
CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, courier_id INTEGER, ordered_at TIMESTAMP, channel VARCHAR, amount DOUBLE);
INSERT INTO orders VALUES
    (1, 1, 8, '2024-05-02 10:00', 'app_ios', 120), (2, 1, 8, '2024-06-03 11:00', 'web', 80), (3, 2, 9, '2024-06-08 12:00', 'web', 600),
    (4, 3, 9, '2024-11-11 13:00', 'app_ios', 45);
CREATE TABLE refunds (order_id INTEGER, customer_id INTEGER, refunded_at TIMESTAMP, refunded DOUBLE);
INSERT INTO refunds VALUES (2, 1, '2024-06-05 10:00', 80);
CREATE TABLE campaigns (campaign_id INTEGER, first_day DATE, last_day DATE);
INSERT INTO campaigns VALUES (1, '2024-06-01', '2024-06-18');
CREATE TABLE order_lines (order_id INTEGER, units INTEGER);
INSERT INTO order_lines VALUES (1, 2), (1, 1), (2, 5);
CREATE SCHEMA warehouse;
CREATE TABLE warehouse.stock_by_day (day DATE, product_id INTEGER, pieces INTEGER);
INSERT INTO warehouse.stock_by_day VALUES ('2024-06-01', 1, 7);
"""


def sections() -> dict[str, str]:
    found = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def yaml_blocks(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def models() -> Iterator[tuple[str, list[str]]]:
    for name, schema in {"CatalogSpec": catalog_schema(), "Settings": settings_schema()}.items():
        yield name, list(schema["properties"])
        yield from ((part, list(spec["properties"])) for part, spec in schema["$defs"].items())


KEYS = sorted({(model, key) for model, keys in models() for key in keys})
BLOCKS = yaml_blocks(PAGE)
WHOLE, *MORE = [b for b in BLOCKS if not b.startswith("# wenshu.yaml")]
OF_SETTINGS = [b for b in BLOCKS if b.startswith("# wenshu.yaml")]


@pytest.mark.parametrize(("model", "key"), KEYS, ids=lambda x: x)
def test_every_key_is_explained_and_shown(model: str, key: str) -> None:
    found = sections()
    headings = HEADINGS.get(model) or (["Conditions"] if model in CONDITIONS else [])
    text = "".join(found[h] for h in headings)
    if model == "CatalogSpec":
        assert key.capitalize() in headings and re.search(rf"^{key}:", "".join(yaml_blocks(text)), flags=re.MULTILINE)
        return
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    assert re.search(rf"`(?:\w+\.)?{key}[`:]", prose), f"docs/catalog.md does not explain {key} of {model}"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


def folder(at: Path, database: Path, settings: str = SETTINGS, *catalog: str) -> Path:
    (at / "catalog").mkdir()
    (at / "shop.duckdb").symlink_to(database)
    (at / "wenshu.yaml").write_text(settings, encoding="utf-8")
    for number, text in enumerate(catalog):
        (at / "catalog" / f"{number}.yaml").write_text(text, encoding="utf-8")
    return at


def fits(schema: dict[str, Any], text: str) -> bool:
    return Draft202012Validator(schema).is_valid(as_json(yaml.safe_load(text)))


@pytest.mark.parametrize("block", MORE, ids=range(len(MORE)))
def test_an_example_adds_to_the_whole_catalog(tmp_path: Path, database: Path, block: str) -> None:
    at = folder(tmp_path, database, SETTINGS, WHOLE, block)
    assert [str(p) for p in check_shop(str(at))] == []
    assert fits(catalog_schema(), block)


def test_the_whole_catalog_has_no_mistakes_and_fits(tmp_path: Path, database: Path) -> None:
    assert check_shop(str(folder(tmp_path, database, SETTINGS, WHOLE))) == []
    assert fits(catalog_schema(), WHOLE)


@pytest.mark.parametrize("block", OF_SETTINGS, ids=range(len(OF_SETTINGS)))
def test_the_settings_are_read_and_fit_the_tables(tmp_path: Path, database: Path, block: str) -> None:
    at = folder(tmp_path, database, block, WHOLE)
    definition, _ = read_definition(at, *read_settings(at))
    with Introspector(database) as inspector:
        check_roles(definition.roles, *definition.roles_source, inspector.tables())
    assert fits(settings_schema(), block)


ADDING = sections()["Adding a synonym, a metric, a named event, a value's name"]
ASKED = re.findall(r"^```yaml\n(.*?)^```\s+^```\n(.*?)^```", ADDING, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("block", "commands"), ASKED, ids=range(len(ASKED)))
def test_what_is_added_can_be_asked_for(tmp_path: Path, database: Path, block: str, commands: str) -> None:
    questions = re.findall(r'wenshu ask "(.+)"', commands)
    assert questions
    for text, answered in ((WHOLE, False), (block, True)):
        place = tmp_path / str(answered)
        place.mkdir()
        shop = open_shop(str(folder(place, database, SETTINGS, WHOLE, *([text] if answered else []))), dt.date(2025, 1, 1))
        try:
            for question in questions:
                answer = Assistant(shop).ask(question)
                assert (answer.status == "answered") is answered, (question, answer.text)
        finally:
            shop.close()


def test_each_kind_of_addition_is_asked_for() -> None:
    assert len(ASKED) == 4 == len(yaml_blocks(ADDING))


def test_the_chinese_page_explains_the_same_keys_with_the_same_examples() -> None:
    assert yaml_blocks(CHINESE) == BLOCKS
    rows = r"^\| (`.+?`(?:, `.+?`)*) \|"
    assert re.findall(rows, CHINESE, flags=re.MULTILINE) == re.findall(rows, PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=["en", "zh"])
def test_links_within_the_page_lead_somewhere(page: str) -> None:
    headings = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
    linked = set(re.findall(r"\]\(#(.+?)\)", page))
    assert linked == anchors
