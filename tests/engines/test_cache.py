"""Results that are kept, and for whom."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import Column, DuckDBEngine, Limits, Result
from semantic_layer.engines.cache import Cache, Key
from semantic_layer.errors import EngineError

SAME = "SELECT sum(i) FROM numbers"
CHANGING = "SELECT uuid()"


def test_the_same_question_runs_once(engine: DuckDBEngine) -> None:
    first, second = engine.run(CHANGING), engine.run(CHANGING)
    assert first.rows == second.rows and first.arrow == second.arrow and first.version == second.version
    assert (first.cached, second.cached) == (False, True)


@pytest.mark.parametrize(
    ("other", "shared"),
    [({"rights": "b"}, False), ({"user": "b"}, True), ({"limits": Limits(max_rows=5, memory_mb=256, threads=2)}, False), ({"cache": False}, False)],
    ids=["rights", "user", "rows", "off"],
)  # fmt: skip
def test_what_a_result_depends_on(engine: DuckDBEngine, other: dict[str, object], shared: bool) -> None:
    first = engine.run(CHANGING, user="a")
    again = engine.run(CHANGING, **{"user": "a", **other})  # type: ignore[arg-type]
    assert again.cached is shared
    assert (again.rows == first.rows) is shared


def test_new_data_is_read_anew(engine: DuckDBEngine, path: Path) -> None:
    assert engine.run(SAME).rows == [(4950,)]
    with engine.snapshot() as before:
        other = path.with_name("other.duckdb")
        with duckdb.connect(str(other)) as connection:
            connection.execute("CREATE TABLE numbers AS SELECT 1 AS i")
        os.replace(other, path)
        now = engine.run(SAME)
        assert (now.rows, now.cached) == ([(1,)], False)
        old = before.run(SAME)
        assert (old.rows, old.cached, old.version) == ([(4950,)], True, before.version)


def test_a_result_is_kept_when_no_worker_can_be_asked(engine: DuckDBEngine) -> None:
    kept = engine.run(SAME).rows
    engine.close()
    assert engine.run(SAME).rows == kept
    with pytest.raises(EngineError):
        engine.run(SAME, cache=False)


def test_errors_are_not_kept(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError):
        engine.run("SELECT nothing")
    with pytest.raises(EngineError):
        engine.run("SELECT nothing")


def test_callers_cannot_change_what_is_kept(engine: DuckDBEngine) -> None:
    engine.run(SAME).rows.clear()
    engine.run(SAME).rows.clear()
    assert engine.run(SAME).rows == [(4950,)]


def result(size: int) -> Result:
    """A result of so many bytes."""
    return Result((Column("a", "integer"),), b"x" * size)


def test_the_cache_holds_so_many_bytes_and_drops_what_was_not_used() -> None:
    cache = Cache(size=1_000_000, largest=400_000)
    keys = [Key(f"SELECT {n}", "1", 10, "") for n in range(4)]
    for key in keys[:3]:
        cache.put(key, result(300_000))
    assert cache.get(keys[0])
    cache.put(keys[3], result(300_000))
    assert [cache.get(k) is not None for k in keys] == [True, False, True, True]
    cache.put(keys[1], result(400_001))
    assert cache.get(keys[1]) is None
    assert all(cache.get(k) for k in (keys[0], keys[2], keys[3]))


def test_long_statements_count() -> None:
    cache = Cache(size=1_000_000)
    keys = [Key(f"SELECT {n} {'x' * 400_000}", "1", 10, "") for n in range(3)]
    for key in keys:
        cache.put(key, result(10))
    assert [cache.get(k) is not None for k in keys] == [False, True, True]
