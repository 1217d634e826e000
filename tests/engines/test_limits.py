"""Statements that the gate would never let through, sent straight to the engine: each ends, and nobody suffers from it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import DuckDBEngine, Limits
from semantic_layer.errors import EngineError, QueryTimeout, QueryTooLarge
from semantic_layer.guard import Gate
from tests.engines.conftest import SEES_PROCESSES, until, workers

SECONDS, MEMORY_MB = 2.0, 512
SHORT = 1.0  # for what takes only time, and comes to need no more memory
SLACK_MB = 64  # address space that an idle worker has taken and not yet used


def nested_lambdas(depth: int) -> str:
    """A sum over a list whose function sums over a list, and so on."""
    text = "1"
    for n in range(depth):
        text = f"list_sum(list_transform([1, 2, 3], lambda x{n}: x{n} + {text}))"
    return f"SELECT {text}"


BOMBS = {
    "levenshtein": "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
    "repeat": "SELECT max(length(repeat('x', 1000000 + i::INT))) FROM range(100000) t(i)",
    "one long text": "SELECT length(repeat('x', 3000000000))",
    "lpad": "SELECT max(length(lpad('x', 2000000000 - i::INT, 'ab'))) FROM range(100000) t(i)",
    "format": "SELECT max(length(format('{:>1000000000}', i))) FROM range(1000) t(i)",
    "bitstring": "SELECT max(bit_count(bitstring('1', 1000000000 - i::INT))) FROM range(1000) t(i)",
    "wide pivot": f"PIVOT (SELECT i, i % 99999 AS k FROM range(200000) t(i)) ON k IN ({', '.join(map(str, range(20000)))}) USING sum(i)",
    "nested lambdas": nested_lambdas(22),
    "cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c WHERE hash(a.range + b.range) = 1",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r",
    "long lists": "SELECT max(len(range(40000000 + i))) FROM range(1000) t(i)",
    "long rows": "SELECT repeat('x', 100000 + i::INT) FROM range(100000) t(i)",
    "sleep": "SELECT sleep_ms(100000)",
}

TAKES_TIME = {"levenshtein", "nested lambdas", "cross join", "sleep"}


# These pass the gate: what they cost does not show in their text.
HEAVY = {
    "cross join": "SELECT count(*) FROM " + ", ".join(f"numbers n{i}" for i in range(8)) + " WHERE n0.i + n7.i < 0",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r",
    "long list": "SELECT len(list(a.i + f.i)) FROM numbers a, numbers b, numbers c, numbers d, numbers e, numbers f",
    "long text": "SELECT length(string_agg(a.i || '-' || f.i, ',')) FROM numbers a, numbers b, numbers c, numbers d, numbers e, numbers f",
    "window": "SELECT max(x) FROM (SELECT sum(a.i) OVER (ORDER BY b.i, c.i, d.i, a.i ROWS 1000 PRECEDING) AS x FROM numbers a, numbers b, numbers c, numbers d, numbers e)",
    "many groups": "SELECT max(n) FROM (SELECT count(*) AS n FROM numbers a, numbers b, numbers c, numbers d, numbers e GROUP BY a.i, b.i, c.i, d.i, e.i)",
}


@pytest.fixture(scope="module")
def hardy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One engine for all of them."""
    path = tmp_path_factory.mktemp("hardy") / "hardy.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT i FROM range(100) t(i)")
    with contextlib.closing(DuckDBEngine(path, Limits(seconds=SECONDS, memory_mb=MEMORY_MB, threads=2))) as engine:
        yield engine


@contextlib.contextmanager
def watched(file: Path) -> Iterator[list[float]]:
    """The memory of each worker, again and again as long as the context is open."""
    seen: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            seen.extend(workers(file).values())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


@SEES_PROCESSES
@pytest.mark.parametrize("name", HEAVY)
def test_what_the_gate_lets_through_ends_as_well(hardy: DuckDBEngine, name: str) -> None:
    ends_in_time_and_within_its_memory(hardy, name, Gate({"numbers": ["i"]}).admit(HEAVY[name]).sql)


@SEES_PROCESSES
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends(hardy: DuckDBEngine, name: str) -> None:
    ends_in_time_and_within_its_memory(hardy, name, BOMBS[name])


def ends_in_time_and_within_its_memory(hardy: DuckDBEngine, name: str, sql: str) -> None:
    limits = replace(hardy.limits, seconds=SHORT if name in TAKES_TIME else SECONDS)
    hardy.run("SELECT 1", cache=False)
    assert until(lambda: len(workers(hardy.path)) == 1)  # also the worker that took the place of one that was ended
    (idle,) = workers(hardy.path).values()
    with watched(hardy.path) as seen:
        started = time.monotonic()
        with pytest.raises((QueryTimeout, QueryTooLarge)):
            hardy.run(sql, limits)
        took = time.monotonic() - started
        assert hardy.run("SELECT count(*) FROM numbers", cache=False).rows == [(100,)]
    # The aim is one second past the limit; the rest is for machines with other work.
    assert took < limits.seconds + 3
    assert max(seen) < idle + MEMORY_MB + SLACK_MB


def test_ending_a_worker_leaves_other_queries_alone(hardy: DuckDBEngine) -> None:
    failed: list[EngineError] = []

    def explode() -> None:
        try:
            hardy.run(BOMBS["levenshtein"], user="a")
        except EngineError as error:
            failed.append(error)

    bomber = threading.Thread(target=explode)
    bomber.start()
    while bomber.is_alive():
        assert hardy.run("SELECT count(*) FROM numbers", user="b", cache=False).rows == [(100,)]
    assert [type(e) for e in failed] == [QueryTimeout]


def test_a_result_that_is_too_long_says_so(path: Path) -> None:
    with contextlib.closing(DuckDBEngine(path, Limits(memory_mb=1500))) as engine, pytest.raises(QueryTooLarge):
        engine.run("SELECT repeat('x', 1000) FROM range(300000)", Limits(memory_mb=1500, max_rows=1_000_000))
