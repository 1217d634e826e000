"""Copies of SQLite files: the same values, in types that hold them all, with the keys that the rows keep."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_layer.engines.foreign import Copied, copy_database, is_foreign
from semantic_layer.errors import ShopError
from tests.engines.foreign.conftest import keys, rows, types


def made(path: Path, script: str) -> Path:
    """A SQLite file, closed."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()
    return path


def copied(folder: Path, script: str) -> Copied:
    """The copy of a SQLite file made by a script."""
    return copy_database(str(made(folder / "source.db", script)), folder / "copy.duckdb")


def test_values_come_over_as_they_are(tmp_path: Path) -> None:
    copy = copied(
        tmp_path,
        """
        CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT, price REAL, cost DECIMAL(10, 2), big BIGINT, picture BLOB, sold BOOLEAN, note);
        INSERT INTO goods VALUES (1, '酱油', 0.1 + 0.2, 1.25, 9223372036854775807, x'00ff', 1, 'it''s'), (2, NULL, 9e999, 3, NULL, NULL, 0, '');
        """,
    )
    assert copy.tables == {"goods": 2} and copy.notes == ()
    assert types(copy.path, "goods") == {
        "id": "BIGINT", "name": "VARCHAR", "price": "DOUBLE", "cost": "DOUBLE", "big": "BIGINT", "picture": "BLOB", "sold": "BOOLEAN", "note": "VARCHAR",
    }  # fmt: skip
    assert rows(copy.path, "FROM goods ORDER BY id") == [
        (1, "酱油", 0.1 + 0.2, 1.25, 9223372036854775807, b"\x00\xff", True, "it's"),
        (2, None, math.inf, 3.0, None, None, False, ""),
    ]


def test_dates_in_iso_form_become_dates_whatever_was_declared(tmp_path: Path) -> None:
    copy = copied(
        tmp_path,
        """
        CREATE TABLE visits (day TEXT, at DATETIME, minute TEXT, zoned TIMESTAMP, clock TIME);
        INSERT INTO visits VALUES ('2024-02-29', '2024-02-29 10:11:12.5', '2024-02-29T10:11', '2024-02-29T10:11:12+08:00', '10:11:12'),
            (NULL, '2024-03-01 00:00:00', NULL, '2024-03-01 00:00:00Z', NULL);
        """,
    )
    assert types(copy.path, "visits") == {
        "day": "DATE", "at": "TIMESTAMP", "minute": "TIMESTAMP", "zoned": "TIMESTAMP WITH TIME ZONE", "clock": "TIME",
    }  # fmt: skip
    first = rows(copy.path, """SELECT day, "at", minute, CAST(zoned AT TIME ZONE 'UTC' AS VARCHAR), clock FROM visits WHERE day IS NOT NULL""")
    assert first == [
        (dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 10, 11, 12, 500_000), dt.datetime(2024, 2, 29, 10, 11), "2024-02-29 02:11:12", dt.time(10, 11, 12))
    ]


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        ("DATETIME", "1704067200, 1704153600", [1704067200, 1704153600]),  # seconds since 1970
        ("TIMESTAMP", "1704067200000, 1704153600000", [1704067200000, 1704153600000]),  # milliseconds
        ("DATE", "2460310.5, 2460311.5", [2460310.5, 2460311.5]),  # Julian days
        ("DATE", "'2024-01-01', ''", ["2024-01-01", ""]),
        ("DATE", "'2024-02-30', '2024-02-28'", ["2024-02-30", "2024-02-28"]),
        ("DATE", "'01/02/2024', '2024-01-02'", ["01/02/2024", "2024-01-02"]),
        ("DATETIME", "'2024-01-01 00:00:00', '2024-01-01 00:00:00+08:00'", ["2024-01-01 00:00:00", "2024-01-01 00:00:00+08:00"]),
    ],
)
def test_what_is_no_date_for_sure_is_copied_as_it_stands_and_said(tmp_path: Path, declared: str, values: str, expected: list[object]) -> None:
    copy = copied(tmp_path, f"CREATE TABLE t (at {declared}); " + "".join(f"INSERT INTO t VALUES ({v});" for v in values.split(", ")))
    assert [r[0] for r in rows(copy.path, "FROM t ORDER BY rowid")] == expected
    assert "t.at is declared as" in copy.notes[0].en and "t.at 声明为" in copy.notes[0].zh


def test_one_text_among_numbers_makes_a_column_of_text_and_is_said(tmp_path: Path) -> None:
    copy = copied(tmp_path, "CREATE TABLE t (n INTEGER, m INTEGER); INSERT INTO t VALUES (1, 1), ('n/a', 2), (3, 3);")
    assert rows(copy.path, "FROM t ORDER BY rowid") == [("1", 1), ("n/a", 2), ("3", 3)]
    assert [n.en for n in copy.notes] == ["t.n holds values of several kinds (2 integer, 1 text); it is copied as text."]


def test_numbers_stay_the_same_to_the_last_digit(tmp_path: Path) -> None:
    chance = random.Random(1)
    reals = [chance.lognormvariate(0, 100) for _ in range(500)] + [1 / n for n in range(1, 500)] + [sys.float_info.max, 5e-324, 2.0**53 + 2]
    whole = [chance.randint(-(2**63), 2**63 - 1) for _ in range(len(reals))]
    source = made(tmp_path / "source.db", "CREATE TABLE t (r REAL, n INTEGER, mix NUMERIC)")
    with contextlib.closing(sqlite3.connect(source)) as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?, 0.5)", zip(reals, whole, strict=True))
        connection.execute("UPDATE t SET mix = 9007199254740993 WHERE rowid = 1")  # no floating-point number is the same
        connection.commit()
    copy = copy_database(str(source), tmp_path / "copy.duckdb")
    assert rows(copy.path, "SELECT r, n FROM t ORDER BY rowid") == list(zip(reals, whole, strict=True))
    assert rows(copy.path, "SELECT mix FROM t WHERE rowid = 0") == [("9007199254740993",)]


def test_empty_columns_get_the_declared_type(tmp_path: Path) -> None:
    copy = copied(tmp_path, "CREATE TABLE t (a INT, b VARCHAR(9), c DATE, d DATETIME, e NUMERIC, f BOOLEAN, g)")
    assert list(types(copy.path, "t").values()) == ["BIGINT", "VARCHAR", "DATE", "TIMESTAMP", "DOUBLE", "BOOLEAN", "VARCHAR"]


def test_keys_come_along(tmp_path: Path) -> None:
    copy = copied(
        tmp_path,
        """
        CREATE TABLE lines (order_id INT, pos INT, sku TEXT REFERENCES products (sku), PRIMARY KEY (order_id, pos), FOREIGN KEY (order_id) REFERENCES Orders);
        CREATE TABLE returns (id INTEGER PRIMARY KEY, order_id INT, pos INT, FOREIGN KEY (order_id, pos) REFERENCES lines);
        CREATE TABLE orders (id INTEGER PRIMARY KEY);
        CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT UNIQUE);
        INSERT INTO orders VALUES (7);
        INSERT INTO products VALUES (1, 'a');
        INSERT INTO lines VALUES (7, 1, 'a'), (7, 2, NULL);
        INSERT INTO returns VALUES (1, 7, 2);
        """,
    )
    assert copy.notes == ()
    assert keys(copy.path) == {
        ("PRIMARY KEY", "orders", "id", ""),
        ("PRIMARY KEY", "products", "id", ""),
        ("PRIMARY KEY", "lines", "order_id,pos", ""),
        ("PRIMARY KEY", "returns", "id", ""),
        ("FOREIGN KEY", "lines", "order_id", "orders"),
        ("FOREIGN KEY", "lines", "sku", "products"),
        ("FOREIGN KEY", "returns", "order_id,pos", "lines"),
    }


def test_what_sqlite_lets_stand_in_a_declaration_is_no_failure(tmp_path: Path) -> None:
    """Names in other capitals are meant; tables and columns that do not exist, and keys of another length, are no keys."""
    copy = copied(
        tmp_path,
        """
        CREATE TABLE Parents (Id INTEGER PRIMARY KEY, Code TEXT UNIQUE);
        CREATE TABLE pairs (a INT, b INT, PRIMARY KEY (a, b));
        CREATE TABLE plain (a INT);
        CREATE TABLE children (ID INT REFERENCES PARENTS (ID), code TEXT REFERENCES parents (CODE), x INT REFERENCES parents (absent),
            y INT REFERENCES pairs, z INT REFERENCES plain, w INT REFERENCES nowhere);
        INSERT INTO Parents VALUES (1, 'c'); INSERT INTO children VALUES (1, 'c', 1, 1, 1, 1);
        """,
    )
    assert {key for key in keys(copy.path) if key[0] == "FOREIGN KEY"} == {
        ("FOREIGN KEY", "children", "ID", "Parents"),
        ("FOREIGN KEY", "children", "code", "Parents"),
    }
    assert copy.tables["children"] == 1


def test_keys_that_the_rows_break_are_left_out_and_said(tmp_path: Path) -> None:
    """SQLite checks foreign keys only when told to, and lets nulls into primary keys."""
    copy = copied(
        tmp_path,
        """
        CREATE TABLE a (id TEXT PRIMARY KEY, boss TEXT REFERENCES a (id));
        CREATE TABLE b (id INTEGER PRIMARY KEY, a_id TEXT REFERENCES a (id));
        CREATE TABLE c (id INTEGER PRIMARY KEY, b_id INT REFERENCES b (id), word TEXT REFERENCES b (id), d_id INT REFERENCES d (id));
        CREATE TABLE d (id INTEGER PRIMARY KEY, c_id INT REFERENCES c (id));
        CREATE TABLE e (id INTEGER PRIMARY KEY, gone_id INT REFERENCES gone (id));
        INSERT INTO a VALUES ('x', 'x'), (NULL, NULL);
        INSERT INTO b VALUES (1, 'x');
        INSERT INTO c VALUES (1, 1, 'w', 1), (2, 99, NULL, NULL), (3, 98, NULL, NULL);
        INSERT INTO d VALUES (1, 1);
        """,
    )
    assert copy.tables == {"a": 2, "b": 1, "c": 3, "d": 1, "e": 0}
    said = sorted(n.en.removeprefix("The ").partition(" is not in the copy: ")[::2] for n in copy.notes)
    assert said == [
        ("foreign key a(boss) -> a(id)", "the table refers to itself."),
        ("foreign key b(a_id) -> a(id)", "what it refers to is no key there."),
        ("foreign key c(b_id) -> b(id)", "2 rows refer to nothing."),
        ("foreign key c(d_id) -> d(id)", "it is part of a circle of foreign keys."),
        ("foreign key c(word) -> b(id)", "the types differ."),
        ("primary key a(id)", "it is not unique, or empty in places."),
    ]
    assert ("FOREIGN KEY", "d", "c_id", "c") in keys(copy.path)


def test_views_and_virtual_tables_are_named_and_generated_columns_are_values(tmp_path: Path) -> None:
    copy = copied(
        tmp_path,
        """
        CREATE TABLE t (a INT, twice INT GENERATED ALWAYS AS (a * 2) VIRTUAL);
        CREATE VIEW v AS SELECT a FROM t;
        CREATE VIRTUAL TABLE words USING fts5 (body);
        INSERT INTO t (a) VALUES (4);
        """,
    )
    assert copy.tables == {"t": 1} and rows(copy.path, "FROM t") == [(4, 8)]
    assert [n.en for n in copy.notes] == ["Not copied, views: v.", "Not copied, virtual tables: words."]
    assert [n.zh for n in copy.notes] == ["未复制的视图：v。", "未复制的虚拟表：words。"]


def test_any_name_can_be_copied(tmp_path: Path) -> None:
    (tmp_path / "it's here").mkdir()
    copy = copied(tmp_path / "it's here", """CREATE TABLE "we""ird 'name'" ("se""lect" INT, "a'b" TEXT, 顾客 TEXT); INSERT INTO "we""ird 'name'" VALUES (1, 'x', '张');""")
    assert copy.tables == {"we\"ird 'name'": 1}
    assert rows(copy.path, 'SELECT "se""lect", "a\'b", 顾客 FROM "we""ird \'name\'"') == [(1, "x", "张")]


def test_the_source_is_not_changed_and_a_new_copy_takes_the_place_of_the_old(tmp_path: Path) -> None:
    source = made(tmp_path / "source.db", "CREATE TABLE t (a INT); INSERT INTO t VALUES (1);")
    before = source.read_bytes()
    copy_database(str(source), tmp_path / "copy.duckdb")
    assert source.read_bytes() == before
    made(source, "INSERT INTO t VALUES (2);")
    assert copy_database(str(source), tmp_path / "copy.duckdb").tables == {"t": 2}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.duckdb", "source.db"]


def test_what_is_in_the_log_of_a_file_in_wal_mode_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "source.db"
    writer = "import sqlite3, os; c = sqlite3.connect('source.db'); c.execute('PRAGMA journal_mode = WAL'); c.execute('CREATE TABLE t (a INT)'); "
    writer += "c.execute('INSERT INTO t VALUES (5)'); c.commit(); os._exit(0)"
    subprocess.run([sys.executable, "-c", writer], cwd=tmp_path, check=True)
    assert (tmp_path / "source.db-wal").stat().st_size > 0
    assert copy_database(str(source), tmp_path / "copy.duckdb").tables == {"t": 1}


def test_a_copy_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    source = made(tmp_path / "source.db", "CREATE TABLE t (a INT); INSERT INTO t VALUES (1);")
    copy_database(str(source), tmp_path / "copy.duckdb")
    made(source, "CREATE TABLE latin (a TEXT); INSERT INTO latin VALUES (CAST(x'e9e8' AS TEXT));")
    with pytest.raises(ShopError, match=r"The table latin of .* not UTF-8"):
        copy_database(str(source), tmp_path / "copy.duckdb")
    assert rows(tmp_path / "copy.duckdb", "FROM t") == [(1,)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.duckdb", "source.db"]


def test_a_file_that_another_program_has_locked_is_named(tmp_path: Path) -> None:
    made(tmp_path / "source.db", "CREATE TABLE t (a INT);")
    holder = "import sqlite3; c = sqlite3.connect('source.db', isolation_level=None); c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holder], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout and process.stdout.readline() == "held\n"
        try:
            with pytest.raises(ShopError, match="in use by a program that writes"):
                copy_database(str(tmp_path / "source.db"), tmp_path / "copy.duckdb")
        finally:
            process.communicate("\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no database file"),
        (b"", "neither a SQLite nor a DuckDB file"),
        (b"a,b\n1,2\n", "neither a SQLite nor a DuckDB file"),
        (b"SQLite format 3\x00" + b"nonsense" * 1000, "damaged or encrypted"),
    ],
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "source.db").write_bytes(content)
    with pytest.raises(ShopError, match=words) as caught:
        copy_database(str(tmp_path / "source.db"), tmp_path / "copy.duckdb")
    assert caught.value.zh != caught.value.en and str(tmp_path / "source.db") in caught.value.zh
    assert not (tmp_path / "copy.duckdb").exists()


def test_a_database_without_tables_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match=r"There is no table to copy\. Not copied, views: v\."):
        copied(tmp_path, "CREATE VIEW v AS SELECT 1 AS a")


def test_what_is_foreign(tmp_path: Path) -> None:
    source = made(tmp_path / "source.db", "CREATE TABLE t (a INT)")
    copy = copy_database(str(source), tmp_path / "copy.duckdb")
    assert is_foreign(str(source)) and is_foreign("postgresql://host/db") and is_foreign("postgres://host/db")
    assert not is_foreign(str(copy.path)) and not is_foreign(str(tmp_path)) and not is_foreign(str(tmp_path / "missing"))


def test_a_missing_extension_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = made(tmp_path / "source.db", "CREATE TABLE t (a INT)")
    monkeypatch.setitem(sys.modules, "duckdb_extension_sqlite_scanner", None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(ShopError, match="pip install duckdb-extension-sqlite-scanner=="):
        copy_database(str(source), tmp_path / "copy.duckdb")
    assert not os.path.exists(tmp_path / "copy.duckdb")
