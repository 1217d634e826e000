"""The DuckDB engine: bounded, read-only, and silent about what the driver says."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import Column, DuckDBEngine, Limits
from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.base import ColumnType
from semantic_layer.errors import EngineError, QueryTimeout, QueryTooLarge, ShopError
from tests.engines.conftest import ENDLESS, opened

LARGE = "SELECT count(*) FROM (SELECT DISTINCT i, hash(i) AS h, repeat('x', 50) || i AS s FROM range(5000000) t(i))"


def test_columns_have_names_and_our_types(steady: DuckDBEngine) -> None:
    result = steady.run(
        """SELECT 1 AS a, 1.5::DOUBLE AS b, 2.50::DECIMAL(9, 2) AS c, 7::DECIMAL(18, 0) AS d, sum(i) AS e, 'x' AS f, true AS g, DATE '2017-05-01' AS h,
                  TIMESTAMP '2017-05-01 10:00:00' AS k, NULL AS l, [1, 2] AS m, {'z': 1} AS n FROM numbers"""
    )
    kinds: list[ColumnType] = ["integer", "number", "number", "integer", "integer", "string", "boolean", "date", "datetime"]
    assert result.columns[:9] == tuple(Column(n, k) for n, k in zip("abcdefghk", kinds, strict=True))
    assert result.rows[0][:10] == (1, 1.5, 2.5, 7, 4950, "x", True, dt.date(2017, 5, 1), dt.datetime(2017, 5, 1, 10), None)
    assert result.rows[0][10:] == ([1, 2], "{'z': 1}")


def test_decimals_are_numbers_whatever_their_type(steady: DuckDBEngine) -> None:
    (row,) = steady.run("SELECT 2.00::DECIMAL(9, 2), 2.25::DECIMAL(9, 2), 170141183460469231731687303715884105727::HUGEINT").rows
    assert row == (2, 2.25, 2**127 - 1)
    assert all(isinstance(v, (int, float)) for v in row)


def test_infinite_and_undefined_numbers_are_empty(steady: DuckDBEngine) -> None:
    result = steady.run("SELECT 'inf'::DOUBLE, '-inf'::DOUBLE, 'nan'::DOUBLE, 'nan'::FLOAT, 1.0::DOUBLE / 0, 0.5::DOUBLE")
    assert result.rows == [(None, None, None, None, None, 0.5)]


def test_a_query_that_runs_too_long_is_ended(engine: DuckDBEngine) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"0\.3 seconds") as caught:
        engine.run(ENDLESS, Limits(seconds=0.3))
    assert time.monotonic() - started < 5
    assert "0.3" in caught.value.zh and caught.value.id in caught.value.en
    assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]


def test_fetching_counts_against_the_time_limit(engine: DuckDBEngine) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout):
        engine.run("SELECT a.i FROM range(3000000) a(i), range(3000000) b(i) WHERE hash(a.i + b.i) = 1", Limits(seconds=0.3, max_rows=10))
    assert time.monotonic() - started < 5


def test_the_time_limit_of_one_query_leaves_others_alone(engine: DuckDBEngine) -> None:
    failed: list[Exception] = []

    def long() -> None:
        try:
            engine.run(ENDLESS, Limits(seconds=0.5))
        except EngineError as error:
            failed.append(error)

    other = threading.Thread(target=long)
    other.start()
    while other.is_alive():
        assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
    assert [type(e) for e in failed] == [QueryTimeout]


def test_a_query_that_needs_too_much_memory_says_so(path: Path) -> None:
    small = DuckDBEngine(path, Limits(seconds=60, memory_mb=40, threads=1))
    try:
        with pytest.raises(QueryTooLarge, match="more memory") as caught:
            small.run(LARGE)
        assert "内存" in caught.value.zh
        assert small.run("SELECT count(*) FROM numbers").rows == [(100,)]
    finally:
        small.close()


def test_rows_are_cut_and_it_is_said(steady: DuckDBEngine) -> None:
    query = "SELECT i FROM numbers ORDER BY i"
    cut = steady.run(query, Limits(max_rows=10))
    assert (len(cut.rows), cut.truncated, cut.rows[-1]) == (10, True, (9,))
    assert not steady.run(query, Limits(max_rows=100)).truncated
    assert steady.run(query, Limits(max_rows=99)).truncated
    assert steady.run("SELECT i FROM numbers WHERE false").rows == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (i INT)", "INSERT INTO numbers VALUES (1)", "UPDATE numbers SET i = 0", "DELETE FROM numbers", "DROP TABLE numbers", "ALTER TABLE numbers ADD COLUMN j INT",
        "COPY numbers TO '{folder}/out.csv'", "COPY (SELECT 1) TO '{folder}/out.parquet'", "EXPORT DATABASE '{folder}/out'", "ATTACH '{folder}/other.duckdb' AS other",
        "SELECT * FROM read_csv('{folder}/in.csv')", "SELECT * FROM '{folder}/in.csv'", "SELECT * FROM read_text('{folder}/in.csv')", "SELECT * FROM glob('{folder}/*')",
        "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '64GB'", "SET threads = 64", "RESET memory_limit", "SET enable_external_access = true", "SET disabled_filesystems = ''",
        "SET temp_directory = '{folder}'", "CREATE SECRET (TYPE s3)",
    ],
)  # fmt: skip
def test_nothing_is_written_read_from_files_or_unlocked(steady: DuckDBEngine, statement: str) -> None:
    folder = steady.path.parent
    (folder / "in.csv").write_text("a\n1\n")
    before = {p.name: p.stat().st_size for p in folder.iterdir()}
    with pytest.raises(EngineError):
        steady.run(statement.format(folder=folder.as_posix()))
    assert {p.name: p.stat().st_size for p in folder.iterdir()} == before
    assert steady.run("SELECT count(*), max(i) FROM numbers", cache=False).rows == [(100, 99)]


def test_variables_of_python_are_not_tables(steady: DuckDBEngine) -> None:
    frame = duckdb.sql("SELECT 1 AS a")
    with pytest.raises(EngineError):
        steady.run("SELECT * FROM frame")
    assert frame is not None


@pytest.mark.parametrize("text", ["SELECT nothing FROM numbers", "SELECT * FROM hidden_table", "SELEC 1", "SELECT CAST('abc' AS INTEGER)", "SELECT error('secret text')"])
def test_the_words_of_the_driver_go_to_the_log_only(steady: DuckDBEngine, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EngineError) as caught:
        steady.run(text)
    error = caught.value
    assert error.id and error.id in error.en and error.id in error.zh
    assert any(error.id in r.getMessage() and len(r.getMessage()) > 60 for r in caplog.records)
    for word in ("nothing", "hidden_table", "SELEC", "abc", "secret", "Error:", "LINE", "Binder", "Catalog", "duckdb"):
        assert word not in error.en.replace(error.id, "") and word not in error.zh.replace(error.id, "")
    assert error.__cause__ is None and error.__suppress_context__


def test_many_threads_share_one_engine(engine: DuckDBEngine) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda n=n: found.append(engine.run(f"SELECT i FROM numbers WHERE i = {n}").rows[0][0])) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(20))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match=r"no database file .*gone\.duckdb"):
        DuckDBEngine(tmp_path / "gone.duckdb")
    assert not (tmp_path / "gone.duckdb").exists()
    with pytest.raises(ShopError):
        DuckDBEngine(tmp_path)


@pytest.mark.parametrize("content", [b"this is no database", b"", b"\x00" * 20000, b"SQLite format 3\x00" + b"\x00" * 5000], ids=["text", "empty", "zeros", "sqlite"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.duckdb"
    path.write_bytes(content)
    with pytest.raises(ShopError, match=r"bad\.duckdb.*(damaged|another version)") as caught, opened(path) as engine:
        engine.run("SELECT 1")
    assert "损坏" in caught.value.zh
    assert path.read_bytes() == content


def test_a_cut_file_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ShopError, match=r"small\.duckdb"), opened(path) as engine:
        engine.run("SELECT 1")


def test_a_damaged_block_gives_a_sentence_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "torn.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT i, hash(i) AS h FROM range(500000) r(i)")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300_000] = os.urandom(300_000)
    path.write_bytes(content)
    with pytest.raises((ShopError, EngineError)) as caught, opened(path) as engine:
        engine.run("SELECT sum(h), max(i) FROM t")
    assert "checksum" not in str(caught.value).lower()


def test_a_file_that_another_program_writes_to_says_so(path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout and writer.stdout.readline()
        with opened(path) as engine:
            with pytest.raises(ShopError, match=r"small\.duckdb is in use") as caught:
                engine.run("SELECT 1")
            assert "PID" not in caught.value.en and "写入" in caught.value.zh
            writer.communicate()
            assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
    finally:
        writer.kill()


def test_two_engines_read_one_file(path: Path, engine: DuckDBEngine) -> None:
    other = DuckDBEngine(path, engine.limits)
    assert other.run("SELECT count(*) FROM numbers").rows == engine.run("SELECT count(*) FROM numbers").rows
    other.close()
    assert engine.run("SELECT 1").rows == [(1,)]


def test_the_introspector_reads_beside_an_open_engine(path: Path, engine: DuckDBEngine) -> None:
    assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
    with Introspector(path) as inspector:
        assert inspector.tables() == {"numbers": {"i": "BIGINT"}}
    assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]


def test_an_engine_opens_beside_an_introspector(path: Path) -> None:
    with Introspector(path) as inspector:
        engine = DuckDBEngine(path)
        assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
        assert inspector.rows("SELECT count(*) FROM numbers") == [(100,)]
        engine.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_says_so(path: Path) -> None:
    path.chmod(0)
    with pytest.raises(ShopError, match="permission"), opened(path) as engine:
        engine.run("SELECT 1")
