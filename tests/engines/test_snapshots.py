"""Files that are replaced while they are read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import DuckDBEngine
from semantic_layer.engines.files import file_version
from semantic_layer.errors import DataReplaced, ShopError
from tests.engines.conftest import SEES_PROCESSES, opened, until, workers

SWAPS, THREADS = 50, 8


def stored(path: Path, number: int) -> Path:
    """A file in which two tables hold the same number."""
    path.unlink(missing_ok=True)
    # Only files of this format name the log that belongs to them.
    with duckdb.connect(str(path), config={"storage_compatibility_version": "latest"}) as connection:
        connection.execute(f"CREATE TABLE a AS SELECT {number} AS n; CREATE TABLE b AS SELECT {number} AS n")
    return path


def replace(path: Path, number: int) -> None:
    """Puts another file in the place of one, at once."""
    os.replace(stored(path.with_name("next.duckdb"), number), path)


@pytest.fixture
def swapped(tmp_path: Path) -> Path:
    """A file to be replaced."""
    return stored(tmp_path / "swapped.duckdb", 0)


def number(engine: DuckDBEngine) -> int:
    """What the engine reads now."""
    return int(engine.run("SELECT n FROM a").rows[0][0])


def test_a_new_file_is_seen_at_once_and_an_open_snapshot_keeps_the_old_one(swapped: Path) -> None:
    with opened(swapped) as engine:
        assert number(engine) == 0
        with engine.snapshot() as data:
            before = engine.version()
            replace(swapped, 1)
            assert number(engine) == 1
            assert data.version == before != engine.version()
            again = [data.run(f"SELECT n FROM {table}", cache=False) for table in "ab"]
            assert [r.rows for r in again] == [[(0,)], [(0,)]]
            assert {r.version for r in again} == {before}
        assert number(engine) == 1


@SEES_PROCESSES
def test_the_workers_of_an_old_file_end_with_its_last_snapshot(swapped: Path) -> None:
    with opened(swapped) as engine:
        with engine.snapshot() as one, engine.snapshot():
            (old,) = workers(swapped)
            replace(swapped, 1)
            assert number(engine) == 1
            assert old in workers(swapped)
            assert one.run("SELECT n FROM b").rows == [(0,)]
        assert until(lambda: old not in workers(swapped))
        assert len(workers(swapped)) == 1


@SEES_PROCESSES
def test_a_snapshot_whose_state_is_gone_says_so(swapped: Path) -> None:
    with opened(swapped) as engine:
        with engine.snapshot() as data:
            assert data.run("SELECT n FROM a").rows == [(0,)]
            (old,) = workers(swapped)
            replace(swapped, 1)
            os.kill(old, signal.SIGKILL)
            with pytest.raises(DataReplaced, match="Ask again") as caught:
                data.run("SELECT n FROM b")
            assert caught.value.code == "replaced" and "重新" in caught.value.zh
        assert number(engine) == 1


@SEES_PROCESSES
def test_a_snapshot_outlives_its_worker_while_the_file_is_the_same(swapped: Path) -> None:
    with opened(swapped) as engine, engine.snapshot() as data:
        (worker,) = workers(swapped)
        os.kill(worker, signal.SIGKILL)
        assert data.run("SELECT n FROM b").rows == [(0,)]


def test_files_swapped_under_many_threads_are_never_mixed(swapped: Path) -> None:
    failed: list[BaseException] = []
    seen: set[int] = set()
    done = threading.Event()

    def read(engine: DuckDBEngine, user: str) -> None:
        last = 0
        try:
            while not done.is_set():
                with engine.snapshot() as data:
                    first, second = (data.run(f"SELECT n FROM {t}", user=user, cache=False) for t in "ab")
                assert first.rows == second.rows and first.version == second.version == data.version
                assert first.rows[0][0] >= last
                last = first.rows[0][0]
                seen.add(last)
        except BaseException as error:
            failed.append(error)

    with opened(swapped) as engine:
        threads = [threading.Thread(target=read, args=(engine, str(n))) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for n in range(1, SWAPS + 1):
            replace(swapped, n)
            assert until(lambda n=n: n in seen or failed) and not failed
        done.set()
        for thread in threads:
            thread.join()
    assert not failed and SWAPS in seen


def test_a_file_that_changes_faster_than_it_opens_is_read_and_named_as_what_it_was(swapped: Path) -> None:
    files = [stored(swapped.with_name(f"{n}.duckdb"), n) for n in range(1, 101)]
    numbers = {file_version(file): n for n, file in enumerate([swapped, *files])}
    done = threading.Event()

    def swap() -> None:
        for file in files:
            os.replace(file, swapped)
            done.wait(0.015)

    swapper = threading.Thread(target=swap)
    with opened(swapped) as engine:
        swapper.start()
        read = [engine.run("SELECT n FROM a", cache=False) for _ in range(5)]
        done.set()
        swapper.join()
        found = [int(r.rows[0][0]) for r in read]
        assert found == sorted(found) == [numbers[r.version] for r in read]
        assert number(engine) == len(files)


def test_a_file_that_is_gone_is_named_and_read_again_once_it_is_back(swapped: Path) -> None:
    with opened(swapped) as engine:
        assert number(engine) == 0
        aside = swapped.rename(swapped.with_name("aside.duckdb"))
        with pytest.raises(ShopError, match="no database file"):
            number(engine)
        aside.rename(swapped)
        assert number(engine) == 0


def test_the_log_of_another_database_is_named(swapped: Path) -> None:
    other = stored(swapped.with_name("other.duckdb"), 5)
    script = f"import duckdb, os; c = duckdb.connect({str(other)!r}); c.execute('INSERT INTO a VALUES (6)'); os._exit(0)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
    os.replace(other.with_name("other.duckdb.wal"), swapped.with_name("swapped.duckdb.wal"))
    with opened(swapped) as engine, pytest.raises(ShopError, match=r"swapped\.duckdb\.wal, the log of another database"):
        number(engine)


def test_a_new_log_is_a_new_state(swapped: Path) -> None:
    with opened(swapped) as engine:
        before = engine.version()
        swapped.with_name("swapped.duckdb.wal").write_bytes(b"more")
        assert engine.version() != before
