"""A small healthy shop: its catalog, its database, and a way to break the catalog at one marked line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.catalog.check import Inspector, check_catalog
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import EngineError

HERE = "# here"

CATALOG = """\
datasets:
  orders:
    source: order_lines
    time: ordered_at
    fields:
      order_id: {entity: basket, kind: key, type: integer}
      customer_id: {entity: customer, kind: key, type: integer}
      product_id: {entity: product, kind: key, type: integer}
      amount: {kind: measure, type: number, label: {en: line amount}}
      ordered_at: {kind: time, type: datetime}
      day: {kind: time, type: date, expression: CAST(ordered_at AS DATE)}
  customers:
    primary_key: [customer_id]
    fields:
      customer_id: {entity: customer, kind: key, type: integer}
      city:
        label: {en: city, zh: 城市}
        values:
          Paris: {label: {en: City of Light}}
          Rome: {label: {en: Eternal City}}
        order: [Paris, Rome]
      region: {label: {en: region, zh: 地区}}
  products:
    primary_key: [product_id]
    fields:
      product_id: {entity: product, kind: key, type: integer}
      category: {label: {en: category}}
  visits:
    time: visited_on
    fields:
      customer_id: {entity: customer, kind: key, type: integer}
      visited_on: {kind: time, type: date}
      page: {label: {en: page}}
  notes:
    fields:
      note_id: {type: integer}
      mood: {label: {en: mood}}
entities:
  customer: {dataset: customers, label: {en: customer, zh: 顾客}}
  product: {dataset: products, label: {en: product}}
  basket: {label: {en: basket}}
relationships:
  - {from: orders.customer_id, to: customers.customer_id}
  - {from: orders.product_id, to: products.product_id}
  - {from: visits.customer_id, to: customers.customer_id}
hierarchies:
  place: [customers.region, customers.city]
metrics:
  sales:
    expression: SUM(orders.amount)
    default: true
    label: {en: sales, zh: 销售额}
  baskets:
    expression: COUNT(DISTINCT orders.order_id)
    label: {en: baskets}
  basket_value:
    expression: sales / baskets
    label: {en: basket value}
  page_views:
    expression: COUNT(visits.*)
    label: {en: page views}
  loyal:
    expression: COUNT(DISTINCT orders.customer_id)
    filter:
      - {entity: customer, metric: baskets, op: ">=", value: 2}
    label: {en: loyal customers}
segments:
  roman:
    where: [{field: customers.city, value: Rome}]
    label: {en: Romans}
  large:
    where: [{field: orders.amount, op: ">", value: 4}]
    label: {en: large lines}
calendar:
  events:
    spring: {label: {en: spring fair}, dates: [{start: 2024-03-01}]}
    autumn: {label: {en: autumn fair}, dates: [{start: 2024-10-01}]}
"""

DATABASE = """
CREATE TABLE order_lines (order_id BIGINT, customer_id BIGINT, product_id BIGINT, amount DOUBLE, ordered_at TIMESTAMP);
INSERT INTO order_lines VALUES (1, 1, 1, 5.0, '2024-03-01 10:00:00'), (1, 1, 2, 3.0, '2024-03-01 10:00:00');
CREATE TABLE customers (customer_id BIGINT, city VARCHAR, region VARCHAR);
INSERT INTO customers VALUES (1, 'Paris', 'north'), (2, 'Rome', 'south'), (3, 'Rome', 'south');
CREATE TABLE products (product_id BIGINT, category VARCHAR);
INSERT INTO products VALUES (1, 'fruit'), (2, 'fruit');
CREATE TABLE visits (customer_id BIGINT, visited_on DATE, page VARCHAR);
CREATE TABLE notes (note_id BIGINT, mood VARCHAR);
INSERT INTO notes VALUES (1, 'good'), (1, 'bad'), (NULL, 'good');
"""


class DuckInspector:
    """An inspector over an open DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            raise EngineError("refused") from error

    def tables(self) -> dict[str, dict[str, str]]:
        rows = self._run("SELECT table_name, column_name, data_type FROM information_schema.columns").fetchall()
        out: dict[str, dict[str, str]] = {}
        for table, column, kind in rows:
            out.setdefault(table, {})[column] = kind
        return out

    def columns(self, sql: str) -> dict[str, str]:
        return {name: str(kind) for name, kind, *_ in self._run(sql).description or ()}

    def count(self, sql: str) -> int:
        row: Any = self._run(sql).fetchone()
        return int(row[0])

    def values(self, sql: str) -> list[str]:
        return [row[0] for row in self._run(sql).fetchall()]


@dataclass
class FakeInspector:
    """An inspector that answers from what it is given and keeps the statements it saw."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)
    number: int = 0
    seen: list[str] = field(default_factory=list)

    def tables(self) -> dict[str, dict[str, str]]:
        return self.of

    def columns(self, sql: str) -> dict[str, str]:
        self.seen.append(sql)
        return {"value": "BIGINT"}

    def count(self, sql: str) -> int:
        self.seen.append(sql)
        return self.number

    def values(self, sql: str) -> list[str]:
        self.seen.append(sql)
        return []


@pytest.fixture
def inspector() -> Iterator[DuckInspector]:
    """The database of the small shop."""
    with duckdb.connect() as connection:
        connection.execute(DATABASE)
        yield DuckInspector(connection)


@dataclass
class Shop:
    """A catalog folder that tests write and check."""

    folder: Path

    def write(self, text: str, file: str = "shop.yaml") -> None:
        """Writes one file of the catalog."""
        (self.folder / file).write_text(text, encoding="utf-8")

    def check(self, inspector: Inspector | None = None) -> list[Problem]:
        """All errors."""
        return [p for p in check_catalog(self.folder, inspector) if p.severity == "error"]

    def warnings(self, inspector: Inspector | None = None) -> list[Problem]:
        """All warnings."""
        return [p for p in check_catalog(self.folder, inspector) if p.severity == "warning"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An empty catalog folder."""
    folder = tmp_path / "catalog"
    folder.mkdir()
    return Shop(folder)


def broken(*changes: tuple[str, str]) -> str:
    """The healthy catalog with each text replaced, once."""
    text = CATALOG
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the catalog"
        text = text.replace(old, new)
    return text


def marked_lines(text: str) -> list[int]:
    """The numbers of the lines that end in the mark."""
    return [n for n, line in enumerate(text.splitlines(), 1) if line.endswith(HERE)]
