"""The gate: what it lets through, and what it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from semantic_layer.errors import GuardError
from semantic_layer.guard import MAX_BYTES, MAX_DEPTH, Gate
from semantic_layer.query import SemanticQuery
from semantic_layer.rights import Rights
from semantic_layer.shops import Shop

HIDDEN = 424242
TABLES = {"orders": ["x"], "Items": ["x", "y"], "report.daily": ["x"], "secret": ["x"]}
GATE = Gate(TABLES, Rights(role="one", allowed_tables=("orders", "items", "report.daily")))


def admit(statement: Any) -> str:
    """The text that would run."""
    return GATE.admit(statement).sql


@pytest.fixture
def database() -> Any:
    """A database with two open tables and a hidden one."""
    connection = duckdb.connect()
    connection.execute("ATTACH ':memory:' AS wenshu_shop; USE wenshu_shop")
    connection.execute(f"CREATE TABLE orders AS SELECT 1 AS x; CREATE TABLE items AS SELECT 1 AS x, 2 AS y; CREATE TABLE secret AS SELECT {HIDDEN} AS x")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT x FROM orders",
        "select count(*) from orders o join items i on o.x = i.x where i.y in (1, 2) group by o.x having count(*) > 0 order by 1 limit 5",
        "SELECT * FROM main.orders",
        "SELECT * FROM ITEMS",
        'SELECT "x" FROM "orders";',
        "WITH a AS (SELECT x FROM orders), b AS (SELECT * FROM a) SELECT * FROM b",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM orders WHERE x IN (SELECT x FROM a)",
        "SELECT * FROM (SELECT x FROM orders) AS o, items",
        "SELECT x FROM orders UNION ALL SELECT x FROM items ORDER BY 1",
        "SELECT u FROM UNNEST([1, 2]) AS t(u)",
        "FROM orders",
        "SELECT sum(x) OVER (ORDER BY x) FROM orders QUALIFY row_number() OVER (ORDER BY x) = 1",
        "SELECT ';' AS a, 'drop table orders' AS b -- a comment",
        "SELECT 'it''s' AS 销售额",
    ],
)
def test_a_reading_statement_passes_and_gives_the_same_rows(text: str, database: Any) -> None:
    assert database.execute(admit(text)).fetchall() == database.execute(text).fetchall()


def test_what_comes_out_is_quoted_and_without_comments() -> None:
    assert admit("select x /* hint */ from orders -- done") == 'SELECT "x" FROM "wenshu_shop"."main"."orders" AS "orders"'


def test_a_tree_is_checked_like_text() -> None:
    assert admit(sqlglot.parse_one("SELECT x FROM orders", dialect="duckdb")) == 'SELECT "x" FROM "wenshu_shop"."main"."orders" AS "orders"'
    with pytest.raises(GuardError):
        admit(sqlglot.parse_one("SELECT x FROM secret", dialect="duckdb"))
    with pytest.raises(GuardError):
        admit(sqlglot.parse_one("DROP TABLE orders", dialect="duckdb"))


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["sales"]},
        {"metrics": ["sales", "redemptions"], "group_by": ["demographics.income"], "share": {}},
        {"metrics": ["repeat_rate", {"metric": "sales", "per": "day"}], "group_by": [{"field": "time", "grain": "month"}], "compare": {}},
        {"metrics": ["customers"], "group_by": [{"field": "time", "grain": "week"}], "running": {"kind": "rolling", "window": 4}},
        {"metrics": ["customers"], "group_by": [{"bucket": {"entity": "household", "metric": "sales", "parts": 10}}]},
        {"metrics": ["sales"], "where": [{"entity": "household", "metric": "baskets", "top": 10, "percent": True}, {"segment": "fuel", "negated": True}]},
        {"metrics": ["sales"], "where": [{"field": "products.department", "op": "contains", "value": "100%'; --"}]},
        {"records": {"dataset": "campaign_descriptions"}, "limit": 3},
    ],
)
def test_compiled_queries_pass_as_tree_and_as_text(shop: Shop, query: dict[str, Any]) -> None:
    compiled = shop.compile(SemanticQuery.model_validate(query))
    access = shop.whole
    assert access.run_sql(compiled.sql()).columns == access.run(compiled).columns


@pytest.mark.parametrize(
    "text",
    ["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE orders", "SELECT x FROM orders; --\nDELETE FROM orders", ";", "", "   ", "-- nothing"],
)
def test_exactly_one_statement(text: str) -> None:
    with pytest.raises(GuardError):
        admit(text)


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE orders", "CREATE TABLE t AS SELECT 1", "CREATE VIEW v AS SELECT 1", "ALTER TABLE orders ADD COLUMN y INT", "TRUNCATE orders",
        "INSERT INTO orders VALUES (2)", "UPDATE orders SET x = 2", "DELETE FROM orders", "MERGE INTO orders USING items ON true WHEN MATCHED THEN DELETE",
        "WITH a AS (SELECT 1) INSERT INTO orders SELECT * FROM a", "WITH a AS (DELETE FROM orders RETURNING *) SELECT * FROM a",
        "COPY orders TO 'out.csv'", "COPY (SELECT * FROM orders) TO 'out.csv'", "EXPORT DATABASE 'x'", "IMPORT DATABASE 'x'",
        "ATTACH 'x.db' AS y", "DETACH y", "USE y", "INSTALL httpfs", "LOAD httpfs", "CALL pragma_version()", "EXECUTE p", "PREPARE p AS SELECT 1",
        "PRAGMA database_list", "SET memory_limit = '1GB'", "RESET memory_limit", "CHECKPOINT", "VACUUM", "BEGIN", "COMMIT", "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1", "SHOW TABLES", "DESCRIBE orders", "SUMMARIZE orders", "SELECT x INTO y FROM orders", "SELECT x FROM orders FOR UPDATE",
        "SELECT * FROM (DESCRIBE orders)", "SELECT * FROM (SUMMARIZE orders)", "SELECT * FROM (SHOW TABLES)", "SELECT ?", "SELECT $1", "SELECT $name", "hello there", "SELECT FROM WHERE", "(",
    ],
)  # fmt: skip
def test_only_reading_is_allowed(text: str) -> None:
    with pytest.raises(GuardError) as caught:
        admit(text)
    assert caught.value.en and caught.value.zh != caught.value.en


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_csv_auto('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM read_parquet('x.parquet')", "SELECT * FROM read_json('x.json')", "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "x.csv"', "SELECT * FROM glob('*')", "SELECT * FROM parquet_scan('x')", "SELECT * FROM sniff_csv('x')",
        "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_secrets()", "SELECT * FROM pragma_table_info('secret')",
        "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('secret')", "SELECT * FROM information_schema.tables", "SELECT * FROM sqlite_master",
        "SELECT * FROM pg_catalog.pg_class", "SELECT getenv('HOME')", "SELECT current_setting('memory_limit')", "SELECT nextval('s')", "SELECT pg_read_file('x')",
        "SELECT * FROM other.orders", "SELECT * FROM memory.main.orders", "SELECT * FROM daily",
    ],
)  # fmt: skip
def test_sources_are_tables_of_the_shop_only(text: str) -> None:
    with pytest.raises(GuardError):
        admit(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM secret",
        "SELECT * FROM main.secret",
        "SELECT * FROM orders, secret",
        "SELECT * FROM orders JOIN secret ON true",
        "SELECT * FROM (orders JOIN secret ON true)",
        "SELECT * FROM ((orders JOIN secret ON true))",
        "SELECT * FROM orders JOIN (items JOIN secret ON true) ON true",
        "SELECT * FROM orders SEMI JOIN secret ON true",
        "SELECT * FROM orders POSITIONAL JOIN secret",
        "SELECT * FROM orders ASOF JOIN secret ON orders.x <= secret.x",
        "SELECT x FROM orders UNION ALL SELECT x FROM secret",
        "(SELECT x FROM orders) UNION ALL (TABLE secret)",
        "FROM secret",
        "SELECT (SELECT max(x) FROM secret)",
        "SELECT unnest((SELECT list(x) FROM secret))",
        "SELECT * FROM UNNEST((SELECT list(x) FROM secret)) AS u(x)",
        "SELECT [y FOR y IN (SELECT list(x) FROM secret)]",
        "SELECT list_transform([1], lambda y: (SELECT max(x) FROM secret))",
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM secret WHERE x > 1) THEN 424242 END",
        "SELECT x FROM orders WHERE x < ANY (SELECT x FROM secret)",
        "SELECT x FROM orders WHERE x NOT IN (FROM secret)",
        "SELECT x FROM orders ORDER BY (SELECT max(x) FROM secret)",
        "SELECT x FROM orders LIMIT (SELECT max(x) FROM secret)",
        "SELECT x FROM orders LIMIT 1 OFFSET (SELECT min(x) - 424242 FROM secret)",
        "SELECT x FROM orders GROUP BY x HAVING (SELECT max(x) FROM secret) > 1",
        "SELECT x FROM orders QUALIFY row_number() OVER (ORDER BY (SELECT max(x) FROM secret)) = 1",
        "SELECT sum(x) FILTER (WHERE x < (SELECT max(x) FROM secret)) FROM orders",
        "SELECT DISTINCT ON ((SELECT max(x) FROM secret)) x FROM orders",
        "SELECT * FROM (VALUES ((SELECT max(x) FROM secret))) AS v(x)",
        "SELECT * FROM (PIVOT secret ON x USING count(*))",
        "SELECT * FROM (UNPIVOT secret ON x INTO NAME n VALUE v)",
        "SELECT * FROM orders PIVOT (max(x) FOR x IN (SELECT x FROM secret))",
        "WITH secret AS (SELECT * FROM secret) SELECT * FROM secret",
        "WITH a AS (SELECT * FROM secret), secret AS (SELECT 1 AS x) SELECT * FROM a",
        "WITH a AS (WITH secret AS (SELECT 1 AS x) SELECT * FROM secret) SELECT * FROM a, secret",
        "SELECT * FROM (WITH secret AS (SELECT 1 AS x) SELECT * FROM secret) AS a, secret",
        "SELECT * FROM (WITH secret AS (SELECT 1 AS x) SELECT * FROM secret) AS a WHERE a.x < (SELECT max(x) FROM secret)",
        "WITH RECURSIVE secret AS (SELECT * FROM secret UNION ALL SELECT 1) SELECT * FROM secret",
        "WITH RECURSIVE secret AS (SELECT * FROM secret) SELECT * FROM secret",
        "WITH RECURSIVE a AS (SELECT x FROM orders UNION ALL SELECT x FROM secret WHERE false) SELECT * FROM a, secret",
        "WITH main AS (SELECT 1 AS x) SELECT * FROM main.secret",
        "WITH orders AS (SELECT * FROM secret) SELECT * FROM orders",
    ],
)  # fmt: skip
def test_a_hidden_table_is_not_reached(text: str) -> None:
    with pytest.raises(GuardError) as caught:
        admit(text)
    assert "orders" not in caught.value.en or "secret" not in caught.value.en


def test_a_cte_in_other_case_does_not_open_the_table_behind_it(database: Any) -> None:
    try:
        passed = admit("WITH Secret AS (SELECT 1 AS x) SELECT * FROM SECRET")
    except GuardError:
        return
    assert database.execute(passed).fetchall() == [(1,)]


def test_the_nearest_table_is_named_but_never_a_hidden_one() -> None:
    with pytest.raises(GuardError, match="Did you mean orders"):
        admit("SELECT * FROM ordres")
    with pytest.raises(GuardError) as caught:
        admit("SELECT * FROM secrets")
    assert "Did you mean" not in caught.value.en


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT '{'x' * MAX_BYTES}'",
        "SELECT " + "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        "SELECT " + " + ".join(["1"] * 5000),
        "SELECT " + "NOT " * 3000 + "true",
        "SELECT " + "-" * 1 + " - ".join([""] + ["1"] * 8000),
        "SELECT x FROM orders WHERE x = 1\u200b",
        "SELECT x FROM orders\u202e",
        "SELECT\x00 x FROM orders",
    ],
    ids=["long", "deep", "many terms", "many nots", "many minuses", "zero width", "right to left", "null"],
)
def test_text_that_is_too_much_or_invisible_is_refused(text: str) -> None:
    with pytest.raises(GuardError):
        admit(text)


@pytest.mark.parametrize("operator", ["~", "!~", "~*"])
def test_an_operator_that_means_two_things_is_refused_with_the_way_out(operator: str) -> None:
    with pytest.raises(GuardError, match="regexp_matches"):
        GATE.admit(f"SELECT 1 FROM orders WHERE 'S' {operator} '^S'")


@pytest.mark.parametrize("call", ["json_array_length(properties -> 'tags')", "upper(properties -> 'x')", "coalesce(1, properties -> 'x')"])
def test_an_arrow_that_would_be_read_as_a_function_is_refused_with_the_way_out(call: str) -> None:
    with pytest.raises(GuardError, match="brackets"):
        GATE.admit(f"SELECT {call} FROM orders")


def test_the_shop_runs_sql_through_the_gate(shop: Shop) -> None:
    assert shop.whole.run_sql("SELECT count(*) AS n FROM products").rows == [(92331,)]
    for text in ("SELECT * FROM duckdb_tables()", f"SELECT * FROM '{Path(__file__).as_posix()}'", "DROP TABLE products"):
        with pytest.raises(GuardError):
            shop.whole.run_sql(text)
