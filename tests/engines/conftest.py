"""Database files, engines over them, and a look at their worker processes from outside."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import DuckDBEngine, Limits

ENDLESS = "SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)"
SEES_PROCESSES = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only where the system shows processes as files")


def opened(path: Path) -> contextlib.closing[DuckDBEngine]:
    """An engine that is closed at the end."""
    return contextlib.closing(DuckDBEngine(path))


def with_numbers(folder: Path) -> Path:
    """A database file with one table."""
    file = folder / "small.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT i FROM range(100) t(i)")
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file of the test's own."""
    return with_numbers(tmp_path)


@pytest.fixture
def engine(path: Path) -> Iterator[DuckDBEngine]:
    """An engine over it."""
    opened = DuckDBEngine(path, Limits(seconds=20, max_rows=1000, memory_mb=256, threads=2))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One engine for the tests of a file that leave it as it is."""
    with contextlib.closing(DuckDBEngine(with_numbers(tmp_path_factory.mktemp("steady")), Limits(seconds=20, max_rows=1000, memory_mb=256, threads=2))) as engine:
        yield engine


def workers(file: Path, parent: int | None = None) -> dict[int, float]:
    """The worker processes over a file that a process has, by default this one, each with its memory in 10^6 bytes."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            mother = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if mother == (parent or os.getpid()) and str(file).encode() in (folder / "cmdline").read_bytes():
                found[int(folder.name)] = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return found


def until(happened: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether something happens in that time."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
