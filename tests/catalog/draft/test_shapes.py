"""Small databases, each with one thing that is easily got wrong."""

from __future__ import annotations

import pytest

from semantic_layer.query import TIME
from tests.catalog.draft.conftest import DraftOf

ROWS = "FROM range({}) t(i)"


def test_declared_keys_are_taken_as_they_are(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            "CREATE TABLE shops (nr INTEGER PRIMARY KEY, town VARCHAR)",
            "INSERT INTO shops VALUES (1, 'Bonn'), (2, 'Kiel')",
            "CREATE TABLE takings (day DATE, place INTEGER REFERENCES shops(nr), euros DECIMAL(9,2))",
            "INSERT INTO takings VALUES ('2024-06-01', 1, 5), ('2024-06-02', 2, 7), ('2024-06-03', 1, 9)",
        ]
    )
    assert drafted.relationships() == {("takings.place", "shops.nr")}
    assert drafted.catalog.spec.datasets["shops"].primary_key == ("nr",)
    lines = (drafted.folder / "catalog" / "datasets.yaml").read_text(encoding="utf-8").splitlines()
    assert "    primary_key: [nr]" in lines and not [line for line in lines if "# review" in line and "from:" in line]


ADDRESSES = [
    f"CREATE TABLE addresses AS SELECT i + 1 AS id, 'Street ' || i AS street, 'Town ' || i % 7 AS city {ROWS.format(50)}",
    f"""CREATE TABLE orders AS SELECT i + 1 AS id, DATE '2024-01-01' + (i % 150)::INTEGER AS order_date, DATE '2024-01-03' + (i % 150)::INTEGER AS ship_date,
        DATE '2024-01-09' + (i % 150)::INTEGER AS receipt_date, i * 7 % 50 + 1 AS ship_address_id, i * 3 % 50 + 1 AS bill_address_id,
        (i % 90) + 0.5 AS amount {ROWS.format(400)}""",
]


def test_two_ways_to_one_table_are_two_datasets(draft_of: DraftOf) -> None:
    drafted = draft_of(ADDRESSES)
    assert drafted.relationships() == {("orders.ship_address_id", "addresses.id"), ("orders.bill_address_id", "addresses.id")}
    spec = drafted.catalog.spec
    cities = {name: d.fields["city"].label.en for name, d in spec.datasets.items() if d.source == "addresses"}
    assert set(cities.values()) == {"ship address city", "billing address city"} or len(set(cities.values())) == 2
    ship = next(name for name in cities if name.startswith("ship"))
    found = drafted.ask({"metrics": [{"metric": "orders"}], "group_by": [{"field": f"{ship}.city"}]})
    assert set(found) == set(drafted.sql("SELECT city, COUNT(*) FROM orders JOIN addresses a ON a.id = ship_address_id GROUP BY 1"))


def test_orders_are_dated_by_when_they_were_made(draft_of: DraftOf) -> None:
    drafted = draft_of(ADDRESSES)
    orders = drafted.catalog.spec.datasets["orders"]
    assert orders.time == "order_date"
    labels = [orders.fields[f].label.en for f in ("order_date", "ship_date", "receipt_date")]
    assert len(set(labels)) == 3
    found = drafted.ask({"metrics": [{"metric": "amount"}], "group_by": [{"field": TIME, "grain": "month"}]})
    assert set(found) == set(drafted.sql("SELECT date_trunc('month', order_date)::DATE, SUM(amount) FROM orders GROUP BY 1"))


def test_chinese_names(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"""CREATE TABLE 客户 AS SELECT i + 1 AS 客户编号, '客户' || i AS 客户名称, ['北京', '上海', '杭州'][i % 3 + 1] AS 城市 {ROWS.format(40)}""",
            f"""CREATE TABLE 订单 AS SELECT i + 1 AS 订单号, i % 40 + 1 AS 客户编号, TIMESTAMP '2024-05-01 08:00:00' + INTERVAL (i) HOUR AS 下单时间,
                (i % 9) * 1.5 AS 金额, i % 4 + 1 AS 数量, ['已完成', '已取消'][i % 2 + 1] AS 状态 {ROWS.format(300)}""",
        ]
    )
    spec = drafted.catalog.spec
    assert drafted.catalog.spec.datasets["order"].source == "订单" if "order" in spec.datasets else True
    orders, _ = next((d, n) for n, d in spec.datasets.items() if d.source == "订单")
    assert orders.fields[orders.time or ""].expression == '"下单时间"'
    metrics = {m.label.zh: n for n, m in spec.metrics.items()}
    names = {n: m for m, s in spec.metrics.items() for n in s.names()}
    assert names["订单数"] == names["number of orders"] == metrics["订单数"]
    assert names["金额"] == names["amount"]
    customers = next(d for d in spec.datasets.values() if d.source == "客户")
    assert {(f.label.zh, f.label.en) for f in customers.fields.values()} >= {("客户", "customer"), ("城市", "city")}
    city = next(f"{n}.{f}" for n, d in spec.datasets.items() for f, s in d.fields.items() if s.label.en == "city")
    found = drafted.ask({"metrics": [{"metric": names["金额"]}], "group_by": [{"field": city}]})
    assert set(found) == set(drafted.sql("SELECT 城市, SUM(金额) FROM 订单 JOIN 客户 USING (客户编号) GROUP BY 1"))


def test_odd_names(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            'CREATE TABLE "order" ("select" INTEGER, "group" VARCHAR, "unit price" DOUBLE, "say ""hi""" VARCHAR, "2nd" INTEGER, "order" INTEGER, "from" DATE)',
            "INSERT INTO \"order\" SELECT i, 'g' || i % 3, i * 0.5, 'x' || i % 2, i % 2, i % 5, DATE '2024-06-01' + (i % 9)::INTEGER FROM range(60) t(i)",
            'CREATE TABLE "My Table" ("id" INTEGER, "a.b" VARCHAR, "end" VARCHAR, "where" DOUBLE)',
            "INSERT INTO \"My Table\" SELECT i, 'a' || i % 4, 'e' || i % 3, i / 3.0 FROM range(30) t(i)",
            "CREATE SCHEMA side",
            "CREATE TABLE side.things AS SELECT i AS thing_id, i % 3 AS grade FROM range(25) t(i)",
            'CREATE TABLE "dotted.name.table" (a INTEGER)',
        ]
    )
    spec = drafted.catalog.spec
    dataset = next(n for n, d in spec.datasets.items() if (d.source or n) == "order")
    group = next(n for n, f in spec.datasets[dataset].fields.items() if n == "group" or f.expression == '"group"')
    count = next(n for n, m in spec.metrics.items() if m.expression == f"COUNT({dataset}.*)")
    found = drafted.ask({"metrics": [{"metric": count}], "group_by": [{"field": f"{dataset}.{group}"}]})
    assert set(found) == {("g0", 20), ("g1", 20), ("g2", 20)}
    asked = [m for m in spec.metrics if m]
    assert all(drafted.ask({"metrics": [{"metric": m}]}) for m in asked)
    fields = [f"{d}.{n}" for d, s in spec.datasets.items() for n, f in s.fields.items() if f.kind == "dimension"]
    assert len(fields) == 6
    for field in fields:
        count = next(n for n, m in spec.metrics.items() if m.expression.startswith(f"COUNT({field.split('.')[0]}."))
        assert drafted.ask({"metrics": [{"metric": count}], "group_by": [{"field": field}]})


def test_small_numbers_in_each_other_are_no_references(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE customers AS SELECT i + 1 AS id, 'C' || i AS code {ROWS.format(200)}",
            f"CREATE TABLE products AS SELECT i + 1 AS id, i % 20 + 1 AS shelf_number, i % 50 AS weight_grams {ROWS.format(100)}",
            f"CREATE TABLE suppliers AS SELECT i + 1 AS id, i % 5 + 1 AS rating {ROWS.format(30)}",
            f"""CREATE TABLE orders AS SELECT i + 1 AS id, i % 200 + 1 AS customer_id, i % 100 + 1 AS product_id, i % 12 + 1 AS quantity,
                i % 30 + 1 AS line_number, i % 4 + 1 AS status_code {ROWS.format(500)}""",
        ]
    )
    assert drafted.relationships() == {("orders.customer_id", "customers.id"), ("orders.product_id", "products.id")}


def test_a_table_that_points_to_itself(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"""CREATE TABLE employees AS SELECT i + 1 AS employee_id, 'Name ' || i AS full_name, ['sales', 'stock', 'office'][i % 3 + 1] AS department,
                CASE WHEN i = 0 THEN NULL ELSE i // 5 + 1 END AS manager_id, 2000.0 + i AS salary {ROWS.format(60)}"""
        ]
    )
    # A catalog has no way to say it: it is left out, and said so.
    assert drafted.relationships() == set()
    assert drafted.ask({"metrics": [{"metric": "employees"}], "group_by": [{"field": "employees.department"}]})


def test_tables_that_point_in_a_circle(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE teams AS SELECT i + 1 AS team_id, i % 3 + 1 AS player_id {ROWS.format(30)}",
            f"CREATE TABLE players AS SELECT i + 1 AS player_id, i % 30 + 1 AS team_id {ROWS.format(90)}",
        ]
    )
    assert len(drafted.relationships()) == 1
    assert "left out" in (drafted.folder / "REVIEW.md").read_text(encoding="utf-8").lower()


def test_tables_that_all_point_to_each_other(draft_of: DraftOf) -> None:
    keys = [", ".join(f"i % 50 + 1 AS thing{u:02d}_id" for u in range(t)) for t in range(16)]
    drafted = draft_of([f"CREATE TABLE thing{t:02d} AS SELECT i + 1 AS thing{t:02d}_id{', ' + k if k else ''} {ROWS.format(50 + t)}" for t, k in enumerate(keys)])
    assert len(drafted.relationships()) > 16
    assert "too many" in (drafted.folder / "REVIEW.md").read_text(encoding="utf-8")


def test_a_table_of_thousands_of_columns(draft_of: DraftOf) -> None:
    drafted = draft_of(["CREATE TABLE wide AS SELECT i AS id, " + ", ".join(f"i % {n % 7 + 2} AS col_{n}" for n in range(3000)) + " FROM range(20) t(i)"])
    assert len(drafted.catalog.spec.datasets["wide"].fields) == 2000
    assert drafted.ask({"metrics": [{"metric": "wides"}]}) == [(20,)]


def test_a_bridge_between_many_and_many(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE students AS SELECT i + 1 AS student_id, 'S' || i AS student_name, 2000 + i % 4 AS birth_year {ROWS.format(80)}",
            f"CREATE TABLE courses AS SELECT i + 1 AS course_id, 'Course ' || chr((65 + i)::INTEGER) AS title {ROWS.format(12)}",
            f"CREATE TABLE enrollments AS SELECT i % 80 + 1 AS student_id, i // 80 + 1 AS course_id, (i % 50) / 10.0 AS grade {ROWS.format(320)}",
        ]
    )
    assert drafted.relationships() == {("enrollments.student_id", "students.student_id"), ("enrollments.course_id", "courses.course_id")}
    spec = drafted.catalog.spec
    assert spec.datasets["enrollments"].primary_key == ("student_id", "course_id")
    found = drafted.ask({"metrics": [{"metric": "enrollments"}], "group_by": [{"field": "courses.title"}]})
    assert set(found) == set(drafted.sql("SELECT title, COUNT(*) FROM enrollments JOIN courses USING (course_id) GROUP BY 1"))


def test_dates_written_as_text_or_in_three_columns(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE visits AS SELECT i AS visit_id, CAST(DATE '2024-04-01' + (i % 60)::INTEGER AS VARCHAR) AS visit_date {ROWS.format(120)}",
            f"CREATE TABLE readings AS SELECT 2024 AS year, i % 6 + 1 AS month, i % 28 + 1 AS day, i * 0.1 AS temperature {ROWS.format(120)}",
        ]
    )
    spec = drafted.catalog.spec
    assert spec.datasets["visits"].fields[spec.datasets["visits"].time or ""].type == "date"
    found = drafted.ask({"metrics": [{"metric": "visits"}], "group_by": [{"field": TIME, "grain": "month"}]})
    assert set(found) == set(drafted.sql("SELECT date_trunc('month', visit_date::DATE)::DATE, COUNT(*) FROM visits GROUP BY 1"))
    assert spec.datasets["readings"].fields[spec.datasets["readings"].time or ""].expression == 'make_date(CAST("year" AS INTEGER), CAST("month" AS INTEGER), CAST("day" AS INTEGER))'
    found = drafted.ask({"metrics": [{"metric": "readings"}], "group_by": [{"field": TIME, "grain": "month"}]})
    assert set(found) == set(drafted.sql("SELECT make_date(2024, month, 1), COUNT(*) FROM readings GROUP BY 1"))


def test_dangling_references_are_found_by_their_name(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE machines AS SELECT 'M' || lpad(i::VARCHAR, 4, '0') AS machine_code, i % 5 AS line {ROWS.format(80)}",
            f"CREATE TABLE stops AS SELECT TIMESTAMP '2024-06-01 00:00:00' + INTERVAL (i) MINUTE AS stopped_at, 'M' || lpad((i % 100)::VARCHAR, 4, '0') AS machine_code {ROWS.format(500)}",
        ]
    )
    assert drafted.relationships() == {("stops.machine_code", "machines.machine_code")}


def test_balances_are_not_added_up_over_time(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE products AS SELECT i + 1 AS product_id, 'P' || i AS sku {ROWS.format(30)}",
            f"CREATE TABLE inventory AS SELECT DATE '2024-06-01' + (i // 30)::INTEGER AS day, i % 30 + 1 AS product_id, i % 17 AS stock_quantity {ROWS.format(600)}",
        ]
    )
    found = drafted.catalog.spec.datasets["inventory"].snapshot
    assert found is not None and (found.time, found.per) == ("day", ("product_id",))


def test_the_price_times_the_quantity_is_the_revenue(draft_of: DraftOf) -> None:
    drafted = draft_of(
        [
            f"CREATE TABLE orders AS SELECT i + 1 AS order_id, DATE '2024-03-01' + (i % 99)::INTEGER AS ordered_at {ROWS.format(90)}",
            f"CREATE TABLE order_details AS SELECT i % 90 + 1 AS order_id, i + 1 AS line_no, (i % 7) + 0.99 AS unit_price, i % 5 + 1 AS quantity, (i % 4) / 10.0 AS discount {ROWS.format(270)}",
        ]
    )
    metrics = drafted.catalog.spec.metrics
    assert next(n for n, m in metrics.items() if m.default) == "revenue"
    found = drafted.ask({"metrics": [{"metric": "revenue"}], "group_by": [{"field": TIME, "grain": "month"}]})
    sql = """SELECT date_trunc('month', ordered_at)::DATE, SUM(unit_price * quantity * (1 - discount))
        FROM order_details JOIN orders USING (order_id) GROUP BY 1"""
    assert {(m, round(float(r), 6)) for m, r in found} == {(m, round(float(r), 6)) for m, r in drafted.sql(sql)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_thing_has_a_name_in_both_languages(draft_of: DraftOf, lang: str) -> None:
    drafted = draft_of(ADDRESSES)
    spec = drafted.catalog.spec
    assert all(getattr(m.label, lang) and getattr(m.description, lang) for m in spec.metrics.values())
    assert all(getattr(e.label, lang) for e in spec.entities.values())
