"""What comes out of a query: types, numbers that are none, the Arrow stream beside the rows."""

from __future__ import annotations

import datetime as dt
import math

import nanoarrow as na
import pytest

from semantic_layer.engines import DuckDBEngine, Limits, Result
from semantic_layer.errors import EngineError


def stored(result: Result) -> list[list[object]]:
    """The columns of the Arrow stream as another reader sees them."""
    return [list(c.iter_py()) for c in na.ArrayStream.from_readable(result.arrow).read_all().iter_children()]


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("(-5)::TINYINT", "integer", -5), ("18446744073709551615::UBIGINT", "integer", 2**64 - 1), ("(-7)::HUGEINT", "integer", -7),
        ("(-170141183460469231731687303715884105728)::HUGEINT", "integer", -(2**127)), ("340282366920938463463374607431768211455::UHUGEINT", "integer", 2**128 - 1),
        ("-1.25::DECIMAL(9, 2)", "number", -1.25), ("-2.00::DECIMAL(9, 2)", "number", -2), ("0.1::DECIMAL(38, 37)", "number", 0.1),
        ("-99999999999999999999999999999999999999::DECIMAL(38, 0)", "integer", -(10**38) + 1), ("0.1::DOUBLE", "number", 0.1), ("false", "boolean", False),
        ("DATE '1900-02-28'", "date", dt.date(1900, 2, 28)), ("TIMESTAMP '1969-07-20 20:17:40.123456'", "datetime", dt.datetime(1969, 7, 20, 20, 17, 40, 123456)),
        ("TIMESTAMP_NS '2024-01-01 00:00:00.123456789'", "datetime", dt.datetime(2024, 1, 1, 0, 0, 0, 123456)), ("TIMESTAMP_S '2024-01-01 10:00:00'", "datetime", dt.datetime(2024, 1, 1, 10)),
        ("TIMESTAMPTZ '2024-01-01 10:00:00+02'", "datetime", dt.datetime(2024, 1, 1, 8, tzinfo=dt.UTC)),
        ("DATE '0044-03-15 (BC)'", "date", None), ("'infinity'::DATE", "date", None), ("'-infinity'::TIMESTAMP", "datetime", None), ("'infinity'::TIMESTAMPTZ", "datetime", None),
        ("'北京 🙂'", "string", "北京 🙂"), ("''", "string", ""), ("NULL::VARCHAR", "string", None), ("TIME '10:00:00'", "string", "10:00:00"), ("INTERVAL 3 DAY", "string", "3 days"),
        ("'b'::ENUM('a', 'b')", "string", "b"), ("[1, 2]", "string", [1, 2]), ("[['a'], [NULL]]", "string", [['a'], [None]]), ("[1.0 / 0, 'nan'::DOUBLE, 2]", "string", [None, None, 2.0]), ("{'a': 1}", "string", "{'a': 1}"), ("MAP {'k': 1}", "string", "{k=1}"), ("'ab'::BLOB", "string", "ab"),
        ("'101'::BIT", "string", "101"), ("'{\"a\": 1}'::JSON", "string", '{"a": 1}'),
        ("'4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'::UUID", "string", "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd"), ("array_value(1, 2)", "string", "[1, 2]"),
    ],
)  # fmt: skip
def test_each_type_has_one_plain_form(steady: DuckDBEngine, expression: str, kind: str, value: object) -> None:
    result = steady.run(f"SELECT {expression} AS x, NULL::INT AS n UNION ALL SELECT NULL, 1 ORDER BY n DESC NULLS FIRST")
    assert [(c.name, c.type) for c in result.columns] == [("x", kind), ("n", "integer")]
    assert result.rows == [(value, None), (None, 1)]
    assert type(result.rows[0][0]) is type(value)


def test_moments_with_a_zone_keep_it(steady: DuckDBEngine) -> None:
    ((moment,),) = steady.run("SELECT TIMESTAMPTZ '2024-07-01 12:00:00+00'").rows
    assert moment.tzinfo is not None and moment == dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)


def test_infinite_and_undefined_numbers_are_in_no_form_of_the_result(steady: DuckDBEngine) -> None:
    result = steady.run("SELECT x, x::FLOAT AS y FROM (VALUES (1.5::DOUBLE), ('nan'), ('inf'), ('-inf'), (NULL), (-0.25)) v(x)")
    assert result.rows == [(v, v) for v in (1.5, None, None, None, None, -0.25)]
    assert all(v is None or math.isfinite(v) for column in stored(result) for v in column if isinstance(v, (float, type(None))))
    assert [len(c) for c in stored(result)] == [6, 6]


def test_infinite_numbers_in_lists_are_in_no_form_of_the_result(steady: DuckDBEngine) -> None:
    result = steady.run("SELECT i, [[i, 'nan'::DOUBLE, NULL], ['inf'::DOUBLE]] AS x FROM range(3) t(i) ORDER BY i")
    lists = [[[float(i), None, None], [None]] for i in range(3)]
    assert result.rows == list(enumerate(lists))
    assert stored(result)[1] == lists


def test_names_of_columns_survive(steady: DuckDBEngine) -> None:
    result = steady.run("""SELECT 1 AS a, 'x' AS a, 2 AS "A", 3 AS "od""d; --", 4 AS "订单 数", 5 AS "" """.replace('5 AS ""', "5 AS e"))
    assert [c.name for c in result.columns] == ["a", "a", "A", 'od"d; --', "订单 数", "e"]
    assert result.rows == [(1, "x", 2, 3, 4, 5)]
    assert [f.name for f in na.ArrayStream.from_readable(result.arrow).read_all().schema.fields] == ["a", "a", "A", 'od"d; --', "订单 数", "e"]


@pytest.mark.parametrize(("rows", "limit"), [(0, 5), (5, 5), (6, 5), (1, 0), (300_000, 131_072), (300_000, 200_000)])
def test_the_stream_holds_exactly_the_rows_that_are_kept(steady: DuckDBEngine, rows: int, limit: int) -> None:
    sql = f"SELECT i, CASE WHEN i % 3 > 0 THEN 'ab' || i END AS s, i % 2 = 0 AS b, (-i)::DECIMAL(18, 1) AS d FROM range({rows}) t(i) ORDER BY i"
    result = steady.run(sql, Limits(max_rows=limit, memory_mb=256, threads=2))
    kept = min(rows, limit)
    assert result.truncated == (rows > limit)
    assert [len(c) for c in stored(result)] == [kept] * 4
    assert result.rows == [(i, f"ab{i}" if i % 3 else None, i % 2 == 0, -i) for i in range(kept)]


def test_order_survives_the_row_limit(steady: DuckDBEngine) -> None:
    assert [r[0] for r in steady.run("SELECT i FROM numbers ORDER BY i DESC -- last first", Limits(max_rows=3)).rows] == [99, 98, 97]


@pytest.mark.parametrize("statement", ["SET VARIABLE x = 1", "BEGIN", "CREATE TEMP TABLE t AS SELECT 1", "DETACH wenshu_shop", "SELECT 1) UNION (SELECT 2", ""])
def test_what_gives_no_rows_is_an_error_and_leaves_nothing_behind(steady: DuckDBEngine, statement: str) -> None:
    with pytest.raises(EngineError):
        steady.run(statement)
    assert steady.run("SELECT count(*), getvariable('x') FROM numbers", cache=False).rows == [(100, None)]
    with pytest.raises(EngineError):
        steady.run("SELECT * FROM t")
