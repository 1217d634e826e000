"""Shops with broken files, and what the check has to say of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.catalog.check.conftest import CATALOG, DATABASE, broken, marked_lines

Change = Callable[[Path], None]
CATALOG_FILE, EXTRA_FILE, SETTINGS_FILE = "catalog/shop.yaml", "catalog/extra.yaml", "wenshu.yaml"
SETTINGS = "name: small\ndatabase: small.duckdb\n"


@dataclass(frozen=True)
class BadShop:
    """A change to a healthy shop folder; the finding: file, line (None: the file as a whole), field, words of the sentence."""

    name: str
    change: Change
    file: str
    line: int | None
    field: str
    said: str
    rule: str = "syntax"


def make_healthy(folder: Path) -> None:
    """Settings, catalog and database without a mistake."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "wenshu.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "catalog" / "shop.yaml").write_text(CATALOG, encoding="utf-8")
    with duckdb.connect(str(folder / "small.duckdb")) as connection:
        connection.execute(DATABASE)


def edit(name: str, old: str, new: str, field: str, said: str, rule: str = "syntax") -> BadShop:
    """A change of the catalog's text; the line that is wrong ends in `# here`."""
    text = broken((old, new))
    [line] = marked_lines(text)
    return BadShop(name, lambda f: _write(f / CATALOG_FILE, text.encode()), CATALOG_FILE, line, field, said, rule)


def extra(name: str, content: str | bytes, line: int | None, field: str, said: str, rule: str = "syntax") -> BadShop:
    """A second file beside the catalog."""
    data = content if isinstance(content, bytes) else content.encode()
    return BadShop(name, lambda f: _write(f / EXTRA_FILE, data), EXTRA_FILE, line, field, said, rule)


def data(name: str, sql: str, line: int, field: str, said: str, rule: str) -> BadShop:
    """A change of the database; `line` of the catalog does not hold any more."""

    def change(folder: Path) -> None:
        with duckdb.connect(str(folder / "small.duckdb")) as connection:
            connection.execute(sql)

    return BadShop(name, change, CATALOG_FILE, line, field, said, rule)


def settings(name: str, text: str, line: int | None, field: str, said: str, rule: str = "syntax") -> BadShop:
    """Another wenshu.yaml."""
    return BadShop(name, lambda f: _write(f / SETTINGS_FILE, text.encode()), SETTINGS_FILE, line, field, said, rule)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _line(text: str) -> int:
    return next(n for n, line in enumerate(CATALOG.splitlines(), 1) if text in line)


def _no_tables(folder: Path) -> None:
    (folder / "small.duckdb").unlink()
    duckdb.connect(str(folder / "small.duckdb")).close()


def _wide(folder: Path) -> None:
    columns = ", ".join(f"column_{i} INTEGER" for i in range(10_000))
    with duckdb.connect(str(folder / "small.duckdb")) as connection:
        connection.execute(f"CREATE TABLE wide ({columns})")
    fields = "".join(f"      column_{i}: {{type: integer, kind: measure}}\n" for i in range(10_000))
    _write(folder / EXTRA_FILE, f"datasets:\n  wide:\n    fields:\n      colum_5000: {{type: integer}}\n{fields}".encode())


def _quoted(folder: Path) -> None:
    with duckdb.connect(str(folder / "small.duckdb")) as connection:
        connection.execute('CREATE TABLE "订单 ""表"" select" ("金额 (元)" DOUBLE, "order" INTEGER)')
    text = """datasets:
  odd:
    source: '订单 "表" select'
    fields:
      money: {type: number, expression: '"金额 (元)"'}
      order: {type: integer}
      price: {type: number, expression: '"金额 (万)"'}
"""
    _write(folder / EXTRA_FILE, text.encode())


def _two_files(folder: Path) -> None:
    _write(folder / EXTRA_FILE, b"metrics:\n  sales:\n    expression: COUNT(orders.*)\n")


FIELDS = "datasets: {t: {source: notes, fields: {note_id: {type: integer}}}}\n"
SALES = "    expression: SUM(orders.amount)\n"
ROMAN = "    where: [{field: customers.city, value: Rome}]\n"
DAY = "expression: CAST(ordered_at AS DATE)}\n"
PARENS = "(" * 3000 + "orders.amount" + ")" * 3000

YAML = [
    extra("a tab", "metrics:\n\tsales: 1\n", 2, "", "indent with spaces"),
    extra("a key twice", "segments:\n  a: {}\n  a: {}\n", 3, "segments.a", "segments.a is defined twice"),
    extra("aliases", "a: &a [1]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", 2, "", "aliases (*name) are not allowed"),
    extra("deep anchors", "a: " + "&x [" * 600 + "]" * 600 + "\n", 1, "", "nested too deeply"),
    extra("a deep mapping", "segments: " + "{a: " * 60 + "1" + "}" * 60 + "\n", 1, "segments" + ".a" * 40, "nested more than 40 levels deep"),
    extra("a large file", "#" + " " * 5_000_001, None, "", "larger than 5 MB; split it"),
    extra("a binary file", bytes(range(256)), 2, "", "not UTF-8 text"),
    extra("UTF-16", "metrics: {}\n".encode("utf-16"), 1, "", "the file is UTF-16"),
    extra("GBK", "# one\nmetrics: {销售额: 1}\n".encode("gbk"), 2, "", "it seems to be GBK"),
    extra("NUL bytes", "metrics:\n  a: 'x\0y'\n", 2, "", "U+0000 is none of text"),
    extra("a tag", "x: !!python/object/apply:os.system ['true']\n", 1, "", "the tag !!python/object/apply:os.system is not allowed"),
    extra("a merge key", "metrics:\n  <<: {a: 1}\n", 2, "metrics.<<", "merge keys (<<) are not allowed"),
    extra("a very long line", "metrics:\n  a: {label: {en: [" + "x" * 200_000 + "]}}\n", 2, "metrics.a.label.en", "a text is needed; put it in quotes (given: a list)"),
    extra("two documents", "metrics: {}\n---\nmetrics: {}\n", 2, "", "write one per file"),
    extra("quotes that stay open", "metrics:\n  a: 'x\n", 3, "", "quotes that are not closed"),
    extra("a list that stays open", "hierarchies:\n  a: [x, y\nb: 1\n", 3, "", "a comma or ] is missing"),
    extra("text that is no mapping", "hello\n", 1, "", "the file must be a mapping of keys"),
    extra("a list as a file", "- 1\n- 2\n", 1, "", "the file must be a mapping of keys"),
    extra("a mapping as a key", "? {a: 1}\n: 2\n", 1, "", "a key must be plain text"),
    extra("no such day", "calendar: {events: {x: {label: {en: x}, dates: [{start: 2017-02-30}]}}}\n", 1, "calendar.events.x.dates.0.start", "'2017-02-30' is not a valid value"),
    BadShop("an empty catalog", lambda f: _write(f / CATALOG_FILE, b"# nothing yet\n"), CATALOG_FILE, None, "datasets", "the catalog has no datasets", "NoDataset"),
    BadShop("a link in a circle", lambda f: os.symlink(f / EXTRA_FILE, f / EXTRA_FILE), EXTRA_FILE, None, "", "a link that leads back to itself"),
    BadShop("a link to nothing", lambda f: os.symlink(f / "nowhere", f / EXTRA_FILE), EXTRA_FILE, None, "", "a file that is not there"),
    BadShop("a folder named like a file", lambda f: (f / EXTRA_FILE).mkdir(), EXTRA_FILE, None, "", "it is a folder"),
    BadShop("a pipe", lambda f: os.mkfifo(f / EXTRA_FILE), EXTRA_FILE, None, "", "this is no ordinary file"),
    BadShop("no files", lambda f: (f / CATALOG_FILE).unlink(), "catalog", None, "", "at least one .yaml file", "catalog"),
]  # fmt: skip

SHAPES = [
    BadShop("two files, one metric", _two_files, CATALOG_FILE, _line("expression: SUM(orders.amount)"), "metrics.sales.expression", "catalog/extra.yaml:3"),
    extra("a number as a name", "metrics: {7: {expression: COUNT(orders.*), label: {en: seven}}}\n", 1, "metrics.7", "starts with no digit"),
    extra("a date as a name", "segments: {2017-01-01: {where: []}}\n", 1, "segments.2017-01-01", "a name consists of letters, digits and _"),
    extra("a name with quotes", "entities: {'cust\"omer': {}}\n", 1, 'entities.cust"omer', "a name consists of letters"),
    extra("a name with a blank", "entities: {my customer: {}}\n", 1, "entities.my customer", "a name consists of letters"),
    extra("a Chinese name", "entities: {顾客: {}}\n", 1, "entities.顾客", "a name consists of letters"),
    extra("yes as a name", "metrics: {yes: {expression: SUM(orders.amout), label: {en: yes}}}\n", 1, "metrics.yes.expression", "no field amout", "UnknownMetricField"),
    extra("on as a name", "entities: {on: {label: {en: on}}}\n", 1, "entities.on", "no field holds its key", "EntityWithoutField"),
    extra("an empty section", "segments:\n", 1, "segments", "is defined twice"),
    edit("an empty section alone", "hierarchies:\n  place: [customers.region, customers.city]\n", "hierarchies:  # here\n", "hierarchies", "a mapping (keys with values) is needed (given: nothing)"),
    extra("a list for a mapping", "terms: [a, b]\n", 1, "terms", "a mapping (keys with values) is needed (given: a list)"),
    edit("a mapping for a list", "[customers.region, customers.city]\n", "{a: customers.region}  # here\n", "hierarchies.place", "a list is needed (given: a mapping)"),
    edit("a key nearly right", "    default: true\n", "    defalt: true  # here\n", "metrics.sales.defalt", "Did you mean default?"),
    edit("a value of no such kind", "kind: measure,", "kind: mesure,  # here\n       ", "datasets.orders.fields.amount.kind", "it must be one of dimension, measure, time, key. Did you mean measure?"),
    edit("a text for a truth", "    default: true\n", "    default: maybe  # here\n", "metrics.sales.default", "true or false is needed (given: 'maybe')"),
    edit("a negative tolerance", SALES, SALES + "    expect: {value: 8, tolerance: -1}  # here\n", "metrics.sales.expect.tolerance", "at least 0"),
    edit("no such month", SALES, SALES + "    expect: {value: 8, time: 2024-13}  # here\n", "metrics.sales.expect.time", "there is no such year, month or day"),
    edit("a period that ends first", SALES, SALES + "    expect: {value: 8, time: {start: 2024-02-01, end: 2024-01-01}}  # here\n", "metrics.sales.expect.time", "start must lie before end"),
    edit("a day in words", "{start: 2024-03-01}", "{start: soon},  # here\n      ", "calendar.events.spring.dates.0.start", "a date as YYYY-MM-DD is needed (given: 'soon')"),
    edit("an event that ends first", "{start: 2024-03-01}]}", "{start: 2024-03-01, end: 2024-02-01}]}  # here", "calendar.events.spring.dates.0.end", "it ends on 2024-02-01", "EventEndsEarly"),
    edit("a condition without its key", ROMAN, "    where: [{fild: customers.city}]  # here\n", "segments.roman.where.0", "a condition needs one of the keys"),
    edit("a relationship without an end", "  - {from: orders.product_id, to: products.product_id}\n", "  - {from: orders.product_id}  # here\n", "relationships.1.to", "to is missing"),
]  # fmt: skip

EXPRESSIONS = [
    edit("a subquery", SALES, "    expression: SUM((SELECT 1))  # here\n", "metrics.sales.expression", "a statement or a subquery", "UnreadableMetric"),
    edit("a semicolon", SALES, "    expression: SUM(orders.amount); DROP TABLE customers  # here\n", "metrics.sales.expression", "a statement", "UnreadableMetric"),
    edit("a window", SALES, "    expression: SUM(orders.amount) OVER ()  # here\n", "metrics.sales.expression", "a window function", "UnreadableMetric"),
    edit("deep parentheses", SALES, f"    expression: SUM({PARENS})  # here\n", "metrics.sales.expression", "nested too deeply", "UnreadableMetric"),
    edit("a forbidden function", DAY, "expression: CAST(getenv('HOME') AS DATE)}  # here\n", "datasets.orders.fields.day.expression", "getenv is not allowed", "ForbiddenFunction"),
    edit("a file as a table", SALES, "    expression: SUM(orders.amount) + COUNT(read_csv('/etc/passwd'))  # here\n", "metrics.sales.expression", "not allowed", "ForbiddenFunction"),
    edit("metrics in a circle", "    expression: sales / baskets\n", "    expression: basket_value / baskets  # here\n", "metrics.basket_value.expression", "basket_value -> basket_value", "CircularMetric"),
    edit("a step after nothing", "    expression: sales / baskets\n", "    expression: sales / baskets\n    follows: basketss  # here\n", "metrics.basket_value.follows", "there is no metric basketss. Did you mean baskets", "UnknownStep"),
    edit("a step after itself", "    expression: sales / baskets\n", "    expression: sales / baskets\n    follows: basket_value  # here\n", "metrics.basket_value.follows", "it follows itself", "UnknownStep"),
    edit("segments in a circle", ROMAN, "    where: [{segment: roman}]  # here\n", "segments.roman.where.0.segment", "roman -> roman", "CircularSegment"),
    edit("a field twice in a hierarchy", "[customers.region, customers.city]\n", "[customers.city, customers.city]  # here\n", "hierarchies.place.1", "stands in it twice", "RepeatedHierarchyField"),
    edit("relationships in a circle", "hierarchies:\n", "  - {from: customers.customer_id, to: orders.customer_id}  # here\nhierarchies:\n", "relationships.3", "customers -> orders", "CircularRelationship"),
    edit("a text for a number", '{entity: customer, metric: baskets, op: ">=", value: 2}\n', "{field: orders.amount, op: '>', value: lots}  # here\n", "metrics.loyal.filter.0.value", "it needs a number", "UnfitConditionValue"),
    edit("a column that is not there", "      mood: {", "      moods:  # here\n        {", "datasets.notes.fields.moods", "no column moods. Did you mean mood?", "UnknownColumn"),
    edit("a table that is not there", "source: order_lines\n", "source: order_line  # here\n", "datasets.orders.source", "no table order_line. Did you mean order_lines?", "UnknownTable"),
    edit("an expectation that does not hold", SALES, SALES + "    expect:\n      value: 9  # here\n      time: 2024-03\n", "metrics.sales.expect.value", "expected 9, but it is 8.0", "UnmetExpectation"),
    edit("an expectation of nothing", SALES, SALES + "    expect:\n      time: 2023\n      value: 9  # here\n", "metrics.sales.expect.value", "expected 9, but it is 0", "UnmetExpectation"),
    edit("an expectation nobody can ask", "    expression: COUNT(visits.*)\n", "    expression: COUNT(notes.*)\n    expect: {value: 1, time: 2024}  # here\n", "metrics.page_views.expect", "cannot be asked", "UnansweredExpectation"),
    edit("an expression that fails at a row", "{label: {en: mood}}\n", "{label: {en: mood}, expression: CAST(CAST(mood AS INTEGER) AS VARCHAR)}  # here\n", "datasets.notes.fields.mood.expression", "stops at some row", "FailingExpression"),
]  # fmt: skip

DATA = [
    BadShop("a database without tables", _no_tables, CATALOG_FILE, _line("  visits:"), "datasets.visits.source", "It has no tables at all", "UnknownTable"),
    BadShop("10,000 columns", _wide, EXTRA_FILE, 4, "datasets.wide.fields.colum_5000", "no column colum_5000. Did you mean column_5000", "UnknownColumn"),
    BadShop("odd names", _quoted, EXTRA_FILE, 7, "datasets.odd.fields.price.expression", "no column 金额 (万). Did you mean 金额 (元)?", "UnknownExpressionColumn"),
    data("a view on a table that is gone", "CREATE TABLE t AS FROM notes; DROP TABLE notes; CREATE VIEW notes AS FROM t; DROP TABLE t", _line("  notes:"), "datasets.notes.source", "cannot read notes", "UnreadableTable"),
    data("a key twice in the data", "INSERT INTO products VALUES (1, 'x')", _line("primary_key: [product_id]"), "datasets.products.primary_key", "1 of its keys stand in more than one row", "RepeatedPrimaryKey"),
    data("a time without values", "UPDATE order_lines SET ordered_at = NULL", _line("time: ordered_at"), "datasets.orders.time", "empty in every row", "TimeWithoutValues"),
    data("keys that never match", "UPDATE order_lines SET product_id = product_id + 100", _line("to: products.product_id"), "relationships.1.to", "no key of orders is found in products", "UnmatchedKeys"),
    data("a view that fails at a row", "ALTER TABLE products RENAME TO p; CREATE VIEW products AS SELECT CAST(category AS BIGINT) AS product_id, category FROM p", _line("  products:"), "datasets.products", "its rows could not be checked", "UnansweredTable"),
    data("keys of two types", "ALTER TABLE products ALTER product_id TYPE VARCHAR", _line("to: products.product_id"), "relationships.1.from.0", "BIGINT, but products.product_id is VARCHAR", "UnlikeKeys"),
]  # fmt: skip

SETTING = [
    settings("no name", "database: small.duckdb\n", None, "name", "name is missing"),
    settings("an unknown setting", SETTINGS + "databse: x\n", 3, "databse", "Did you mean database?"),
    settings("bad limits", SETTINGS + "limits:\n  seconds: 0\n  max_rows: many\n", 4, "limits.seconds", "it must be greater than 0"),
    settings("a limit in words", SETTINGS + "limits:\n  seconds: 0\n  max_rows: many\n", 5, "limits.max_rows", "a whole number is needed (given: 'many')"),
    settings("no database", SETTINGS.replace("small.duckdb", "other.duckdb"), 2, "database", "other.duckdb", "database"),
    settings("a role without its table", SETTINGS + "rights: {role: all, allowed_tables: [order_line]}\n", 3, "rights.0.allowed_tables.0", "there is no table order_line. Did you mean order_lines?", "rights"),
    settings("no file of rights", SETTINGS + "rights_file: roles.yaml\n", 3, "rights_file", "There is no rights file", "rights"),
]  # fmt: skip

CASES = [*YAML, *SHAPES, *EXPRESSIONS, *DATA, *SETTING]
