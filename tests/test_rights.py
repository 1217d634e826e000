"""Rights: what a role sees of a shop by any road, and what a file of rights may say."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assistant.ask import Assistant
from semantic_layer.errors import GuardError, ShopError, UsageError, WenshuError
from semantic_layer.guard import Gate, Link
from semantic_layer.rights import Rights
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.database import Database
from tests.conftest import write_shop

REGIONS = ("East", "West", "North", "South")
CATALOG: dict[str, Any] = {
    "datasets": {
        "users": {
            "primary_key": ["user_id"],
            "fields": {
                "user_id": {"kind": "key", "type": "integer", "entity": "customer"},
                "region": {"label": {"en": "region", "zh": "地区"}},
                "email": {"label": {"en": "email", "zh": "邮箱"}, "personal": True},
            },
        },
        "orders": {
            "primary_key": ["order_id"],
            "time": "day",
            "fields": {
                "order_id": {"kind": "key", "type": "integer"},
                "user_id": {"kind": "key", "type": "integer", "entity": "customer"},
                "day": {"kind": "time", "type": "date"},
                "amount": {"kind": "measure", "type": "number"},
                "cost": {"kind": "measure", "type": "number"},
            },
        },
        "items": {
            "fields": {
                "order_id": {"kind": "key", "type": "integer"},
                "product": {"label": {"en": "product", "zh": "商品"}},
                "quantity": {"kind": "measure", "type": "integer"},
            }
        },
        "salaries": {"fields": {"salary": {"kind": "measure", "type": "number"}}},
    },
    "relationships": [
        {"from": "orders.user_id", "to": "users.user_id"},
        {"from": "items.order_id", "to": "orders.order_id"},
    ],
    "entities": {"customer": {"dataset": "users", "people": True, "label": {"en": "customer", "zh": "顾客"}}},
    "metrics": {
        "sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}},
        "margin": {"expression": "SUM(orders.amount) - SUM(orders.cost)", "label": {"en": "margin", "zh": "毛利"}},
        "units": {"expression": "SUM(items.quantity)", "label": {"en": "units", "zh": "件数"}},
        "payroll": {"expression": "SUM(salaries.salary)", "label": {"en": "payroll", "zh": "薪资"}},
    },
}
DATA = (
    "CREATE TABLE users AS SELECT i AS user_id, ['East', 'West', 'North', 'South'][i % 4 + 1] AS region, 'CANARY' || i AS email FROM range(40) t(i)",
    "CREATE TABLE orders AS SELECT i AS order_id, i % 50 AS user_id, DATE '2017-01-01' + (i % 300)::INT AS day, i AS amount, 1 AS cost FROM range(400) t(i)",
    "CREATE TABLE items AS SELECT i % 500 AS order_id, 'p' || i % 3 AS product, 1 + i % 2 AS quantity FROM range(1000) t(i)",
    "CREATE TABLE salaries AS SELECT 424242 AS salary",
    "CREATE TABLE staff AS SELECT 'CANARY' AS name",
)
ROLES: dict[str, Any] = {
    "rights": [
        *({"role": r, "allowed_tables": ["users", "orders", "items"], "row_filters": {"users": f"region = '{r}'"}} for r in REGIONS),
        {"role": "buyer", "allowed_tables": ["orders", "items"], "denied_columns": {"orders": ["cost"]}},
        {"role": "analyst", "allowed_tables": "*", "denied_tables": ["sal*"], "denied_columns": {"users": ["email"]}, "min_group_size": 11},
        {"role": "owner", "allowed_tables": "*"},
    ],
    "users": {**{r.lower(): r for r in REGIONS}, "bo": "buyer", "an": "analyst", "ow": "owner"},
}
OF_REGION = "SELECT order_id FROM orders JOIN users USING (user_id) WHERE region = '{}'"


@pytest.fixture
def team(tmp_path: Path) -> Any:
    """A shop with roles."""
    folder = write_shop(tmp_path / "team", CATALOG, *DATA)
    settings = yaml.safe_load((folder / "wenshu.yaml").read_text(encoding="utf-8"))
    (folder / "wenshu.yaml").write_text(yaml.safe_dump({**settings, **ROLES}, sort_keys=False), encoding="utf-8")
    shop = open_shop(str(folder))
    yield shop
    shop.close()


def plain(shop: Shop, sql: str) -> Any:
    """What the database itself says."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()[0][0]


@pytest.mark.parametrize("region", REGIONS)
def test_a_filter_is_inherited_along_relationships(team: Shop, region: str) -> None:
    access = team.access(region.lower())
    inside = OF_REGION.format(region)
    for asked, truth in {
        "SELECT count(*) FROM users": f"SELECT count(*) FROM users WHERE region = '{region}'",
        "SELECT sum(amount) FROM orders": f"SELECT sum(amount) FROM orders WHERE order_id IN ({inside})",
        "SELECT sum(quantity) FROM items": f"SELECT sum(quantity) FROM items WHERE order_id IN ({inside})",
        "SELECT count(DISTINCT region) FROM users u RIGHT JOIN orders o USING (user_id)": "SELECT 1",
    }.items():
        assert access.run_sql(asked).rows[0][0] == plain(team, truth), asked


def test_questions_and_sql_go_through_the_same_rights(team: Shop) -> None:
    assistant = Assistant(team)
    for region in REGIONS:
        truth = plain(team, f"SELECT sum(quantity) FROM items WHERE order_id IN ({OF_REGION.format(region)})")
        assert assistant.ask("total units", user=region.lower()).rows == [[truth]]
        assert {r[0] for r in assistant.ask("sales by region", user=region.lower()).rows} == {region}
    assert {r[0] for r in assistant.ask("各地区的销售额", user="ow").rows} >= set(REGIONS)


def test_what_a_role_may_not_see_is_unknown_to_it(team: Shop) -> None:
    assistant = Assistant(team)
    for question in ("margin", "毛利", "payroll", "sales by region"):
        answer = assistant.ask(question, user="bo")
        assert answer.status in ("refused", "clarify"), question
        assert not any(word in answer.text.lower() + str(answer.nearest).lower() for word in ("cost", "salar", "薪资", "地区")), answer.text
    assert assistant.ask("sales", user="bo").rows == [[plain(team, "SELECT sum(amount) FROM orders")]]
    for sql in ("SELECT cost FROM orders", "SELECT * FROM salaries", "SELECT * FROM staff", "SELECT email FROM users"):
        with pytest.raises(GuardError) as hidden:
            team.access("bo").run_sql(sql)
        with pytest.raises(GuardError) as absent:
            team.access("bo").run_sql(sql.replace("cost", "costt").replace("salaries", "salariez").replace("staff", "staf"))
        assert "CANARY" not in hidden.value.en and hidden.value.en.split()[:4] == absent.value.en.split()[:4]


def test_slices_of_few_people_are_withheld(team: Shop) -> None:
    assistant = Assistant(team)
    answer = assistant.ask("sales by region", user="an")
    assert answer.rows == [[None, plain(team, "SELECT sum(amount) FROM orders WHERE user_id >= 40")]] or all(r[0] is None for r in answer.rows)
    assert any("fewer than 11" in c for c in answer.caveats)
    assert assistant.ask("sales by customer", user="an").status == "refused"
    assert assistant.ask("sales", user="an").rows == [[plain(team, "SELECT sum(amount) FROM orders")]]
    with pytest.raises(GuardError):
        team.access("an").run_sql("SELECT user_id, sum(amount) FROM orders GROUP BY 1")


def test_people_whom_nobody_could_count_are_not_shown_in_groups(team: Shop) -> None:
    rights = Rights(role="x", allowed_tables=("users", "orders"), denied_columns={"orders": ("user_id",)}, min_group_size=5)
    with pytest.raises(ShopError, match="min_group_size"):
        team.access_of(rights)


def test_who_asks_has_to_be_known(team: Shop, shop: Shop) -> None:
    for user in (None, "", "stranger"):
        with pytest.raises(UsageError):
            team.access(user)
    assert Assistant(team).ask("sales").status == "error"
    assert shop.access(None).rights.allows("transactions")


SWAPS = 50


def test_threads_with_different_rights_get_their_own_rows(team: Shop) -> None:
    team.access("ow")
    truth = {r: {row[0] for row in duckdb_rows(team, OF_REGION.format(r))} for r in REGIONS}

    def ask(number: int) -> bool:
        region = REGIONS[number % 4]
        rows = team.access(region.lower()).run_sql(f"SELECT order_id FROM orders WHERE {number} = {number}", user=f"{number}").rows
        return {row[0] for row in rows} == truth[region]

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(ask, range(96)))


def duckdb_rows(shop: Shop, sql: str) -> list[tuple[Any, ...]]:
    """Rows as the database itself has them."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_answers_follow_a_database_that_is_replaced(team: Shop, tmp_path: Path) -> None:
    assistant, failed, done = Assistant(team), [], threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            answer = assistant.ask("sales and units", user="ow")
            # Both figures are of one state: state n has n in every order and in every item.
            if answer.status != "answered" or len(set(answer.rows[0])) != 1:
                failed.append(answer)

    replace(team.database, tmp_path / "next", 0)
    askers = [threading.Thread(target=keep_asking) for _ in range(8)]
    for each in askers:
        each.start()
    for state in range(1, SWAPS + 1):
        replace(team.database, tmp_path / "next", state)
    done.set()
    for each in askers:
        each.join()
    assert not failed
    assert assistant.ask("sales", user="ow").rows == [[SWAPS]]


def replace(database: Path, building: Path, state: int) -> None:
    """Puts another database in the place of one, in one step."""
    with duckdb.connect(str(building)) as connection:
        for statement in DATA:
            connection.execute(statement)
        connection.execute(f"DELETE FROM orders WHERE order_id > 0; UPDATE orders SET amount = {state}")
        connection.execute(f"DELETE FROM items WHERE order_id > 0 OR product <> 'p0'; UPDATE items SET quantity = {state}; DELETE FROM items WHERE rowid > 0")
    os.replace(building, database)


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ({"allowed_tables": ["users", "ordrs"]}, 5, "no table ordrs. Did you mean orders"),
        ({"denied_columns": {"users": ["emial"]}}, 9, "no column emial. Did you mean email"),
        ({"denied_columns": {"usrs": ["email"]}}, 8, "no table usrs"),
        ({"denied_tables": ["stuff"]}, 8, "no table stuff"),
        ({"row_filters": {"orders": "regin ="}}, 8, "cannot be read as one condition"),
        ({"row_filters": {"orders": "region = 'East'"}}, 8, "no column of orders"),
        ({"row_filters": {"orders": "users.region = 'East'"}}, 8, "only columns of orders"),
        ({"row_filters": {"orders": "user_id IN (SELECT user_id FROM users)"}}, 8, "may not hold a query"),
        ({"row_filters": {"orders": "sum(amount) > 1"}}, 8, "aggregate"),
        ({"row_filters": {"orders": "1 = 1 GROUP BY 1"}}, 8, "more than one condition"),
        ({"row_filters": {"orders": "true) OR (true"}}, 8, "cannot be read"),
        ({"row_filters": {"orders": "getenv('HOME') = ''"}}, 8, "not allowed"),
        ({"row_filter": {"orders": "true"}}, 7, "not a key that is known"),
        ({"limits": {"seconds": -1}}, 8, "limits.seconds"),
        ({"role": ""}, 2, "role"),
    ],
)
def test_rights_that_do_not_fit_are_refused_with_file_and_line(tmp_path: Path, change: dict[str, Any], line: int, words: str) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        for statement in DATA:
            connection.execute(statement)
    file = tmp_path / "rights.json"
    file.write_text(json.dumps({"role": "x", "allowed_tables": ["users", "orders"], **change}, indent=1), encoding="utf-8")
    with pytest.raises(ShopError, match=r"rights\.json") as caught:
        Database(tmp_path / "d.duckdb", file)
    assert words in caught.value.en
    assert f"rights.json:{line}: " in caught.value.en


@pytest.mark.parametrize("text", ["", "[]", "{", "not rights", '{"rights": 3}', '{"users": {"a": "b"}}'])
def test_broken_rights_files_are_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.execute(DATA[0])
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    with pytest.raises(WenshuError):
        Database(tmp_path / "d.duckdb", tmp_path / "r.json")


def test_composite_and_shared_keys_are_inherited_and_cycles_end() -> None:
    from sqlglot import exp

    def link(many: str, one: str, *keys: str) -> Link:
        return Link(many, one, tuple((exp.column(k), exp.column(k)) for k in keys))

    tables = {"a": ["x", "y"], "b": ["x", "y", "r"], "c": ["x", "r"]}
    rights = Rights(role="r", allowed_tables=("*",), row_filters={"b": "r = 1", "c": "r = 2"})
    gate = Gate(tables, rights, "memory", links=[link("a", "b", "x", "y"), link("b", "c", "x"), link("c", "a", "x")])
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE a AS SELECT i AS x, j AS y FROM range(3) s(i), range(3) t(j)")
        connection.execute("CREATE TABLE b AS SELECT x, y, y AS r FROM a; CREATE TABLE c AS SELECT i AS x, i AS r FROM range(3) t(i)")
        assert connection.execute(gate.admit("SELECT x, y FROM a").sql).fetchall() == [(2, 1)]


def test_rights_bound_a_query(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i FROM range(50) t(i)")
    limits = {"seconds": 5, "memory_mb": 256, "threads": 1, "max_rows": 7, "max_sql_bytes": 40}
    (tmp_path / "r.json").write_text(json.dumps({"role": "x", "allowed_tables": "*", "limits": limits}), encoding="utf-8")
    database = Database(tmp_path / "d.duckdb", tmp_path / "r.json")
    result = database.run(database.admit("SELECT i FROM t ORDER BY i"))
    assert [r[0] for r in result.rows] == list(range(7)) and result.truncated
    assert not database.run(database.admit("SELECT i FROM t LIMIT 7")).truncated
    with pytest.raises(GuardError, match="longer"):
        database.admit("SELECT i, i, i, i, i, i, i, i, i, i, i, i FROM t")
    database.close()


def test_a_marker_of_hidden_data_withholds_the_answer(team: Shop) -> None:
    rights = Rights(role="x", allowed_tables=("*",), leak_markers=("CANARY",))
    access = team.access_of(rights)
    assert access.run_sql("SELECT region FROM users LIMIT 1").rows
    with pytest.raises(GuardError, match="withheld"):
        access.run_sql("SELECT email FROM users")
