"""Worker processes: many askers, deaths, Ctrl-C, and what is left when everything ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from semantic_layer.engines import DuckDBEngine, Limits
from semantic_layer.errors import EngineError, QueryTimeout
from tests.engines.conftest import ENDLESS, SEES_PROCESSES, opened, until, workers

THREADS, QUERIES = 32, 15
SCRIPT = """
import sys, threading, time
from pathlib import Path
from semantic_layer.engines import DuckDBEngine, Limits
engine = DuckDBEngine(Path(sys.argv[1]), Limits(seconds=60, memory_mb=256, threads=1))
print(engine.run("SELECT max(i) FROM numbers").rows[0][0], flush=True)
"""


def script(path: Path, text: str) -> subprocess.Popen[str]:
    """A program of its own with an engine over the file, once its first query has run."""
    pipe = subprocess.PIPE
    program = subprocess.Popen([sys.executable, "-X", "dev", "-c", SCRIPT + text, str(path)], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert program.stdout and program.stdout.readline() == "99\n"
    return program


def gone(pids: dict[int, float]) -> bool:
    """Whether none of the processes exists any more."""
    return not any(Path(f"/proc/{pid}/cmdline").exists() and b"engines.worker" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


def test_every_row_belongs_to_its_asker(engine: DuckDBEngine) -> None:
    wrong: list[object] = []

    def ask(who: int) -> None:
        for n in range(QUERIES):
            try:
                rows = engine.run(f"SELECT {who}, {n}, i, repeat('{who}-', 50) FROM numbers WHERE i >= {n} ORDER BY i", user=str(who), cache=n % 2 == 0).rows
                if rows != [(who, n, i, f"{who}-" * 50) for i in range(n, 100)]:
                    wrong.append((who, n, rows))
            except EngineError as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@SEES_PROCESSES
def test_no_more_than_four_workers_serve_any_number_of_askers(engine: DuckDBEngine) -> None:
    most = 0
    threads = [threading.Thread(target=lambda n=n: engine.run("SELECT sleep_ms(200)", user=str(n), cache=False)) for n in range(12)]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        most = max(most, len(workers(engine.path)))
        time.sleep(0.02)
    assert 1 < most <= 4


@SEES_PROCESSES
def test_a_worker_killed_under_a_query_is_an_error_and_the_next_query_is_served(engine: DuckDBEngine) -> None:
    assert engine.run("SELECT 1").rows == [(1,)]
    (victim,) = workers(engine.path)
    killer = threading.Timer(1.5, os.kill, (victim, signal.SIGKILL))
    killer.start()
    with pytest.raises(EngineError) as caught:
        engine.run(ENDLESS)
    assert caught.value.code == "engine" and caught.value.id in caught.value.en
    assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
    assert victim not in workers(engine.path)


@SEES_PROCESSES
def test_a_worker_killed_while_idle_is_not_noticed(engine: DuckDBEngine) -> None:
    for n in range(5):
        assert engine.run(f"SELECT {n}").rows == [(n,)]
        for worker in workers(engine.path):
            os.kill(worker, signal.SIGKILL)


@SEES_PROCESSES
def test_a_worker_that_stands_still_is_ended(engine: DuckDBEngine) -> None:
    assert engine.run("SELECT 1").rows == [(1,)]
    (worker,) = workers(engine.path)
    os.kill(worker, signal.SIGSTOP)
    with pytest.raises(QueryTimeout):
        engine.run("SELECT 2", Limits(seconds=0.5, memory_mb=256, threads=2))
    assert engine.run("SELECT 3").rows == [(3,)]
    assert worker not in workers(engine.path)


def test_other_memory_and_threads_get_workers_of_their_own(engine: DuckDBEngine) -> None:
    asked = "SELECT current_setting('threads'), current_setting('memory_limit')"
    ((threads, memory),) = engine.run(asked).rows
    ((one, more),) = engine.run(asked, Limits(memory_mb=1024, threads=1), cache=False).rows
    assert (threads, one) == (2, 1) and memory != more


@SEES_PROCESSES
@pytest.mark.parametrize("query", ["SELECT sleep_ms(60000)", "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"], ids=["interruptible", "deaf"])
def test_workers_end_when_their_parent_is_killed(path: Path, query: str) -> None:
    program = script(path, f"engine.run({query!r})")
    children = workers(path, program.pid)
    assert children
    time.sleep(0.5)
    program.kill()
    program.communicate()
    assert until(lambda: gone(children))


@SEES_PROCESSES
def test_ctrl_c_ends_a_query_at_once_and_the_next_one_runs(path: Path) -> None:
    program = script(path, f"try:\n    engine.run({ENDLESS!r})\nexcept KeyboardInterrupt:\n    print(engine.run('SELECT 5').rows)\n    engine.close()")
    children = workers(path, program.pid)
    time.sleep(0.5)
    for process in (program.pid, *children):  # as a terminal does
        os.kill(process, signal.SIGINT)
    started = time.monotonic()
    out, err = program.communicate(timeout=60)
    assert (out, err, program.returncode) == ("[(5,)]\n", "", 0)
    assert time.monotonic() - started < 20 and gone(children)


@SEES_PROCESSES
def test_ctrl_c_of_the_terminal_is_not_for_the_workers(engine: DuckDBEngine) -> None:
    assert engine.run("SELECT 1").rows == [(1,)]
    (worker,) = workers(engine.path)
    os.kill(worker, signal.SIGINT)
    assert engine.run("SELECT 2").rows == [(2,)]
    assert list(workers(engine.path)) == [worker]


@SEES_PROCESSES
@pytest.mark.parametrize(
    "text",
    [
        "engine.close()",
        "",
        "del engine",
        "engine.run('SELECT 1'); sys.exit(0)",
        f"threading.Thread(target=lambda: engine.run({ENDLESS!r}), daemon=True).start(); time.sleep(0.5)",
        "DuckDBEngine(Path(sys.argv[1]))",
    ],
    ids=["closed", "left open", "dropped", "exit", "in the middle of a query", "just made"],
)
def test_a_program_ends_without_noise_and_leaves_no_process(path: Path, text: str) -> None:
    program = script(path, text)
    children = workers(path, program.pid)
    out, err = program.communicate(timeout=60)
    assert (out, err, program.returncode) == ("", "", 0)
    assert until(lambda: gone(children))


@SEES_PROCESSES
def test_closing_ends_the_queries_that_run(path: Path) -> None:
    failed: list[EngineError] = []

    def ask(engine: DuckDBEngine) -> None:
        try:
            engine.run(ENDLESS)
        except EngineError as error:
            failed.append(error)

    with opened(path) as engine:
        engine.run("SELECT 1")
        asker = threading.Thread(target=ask, args=(engine,))
        asker.start()
        time.sleep(1)
    asker.join(10)
    assert len(failed) == 1 and not isinstance(failed[0], QueryTimeout)
    assert until(lambda: not workers(path))
    with pytest.raises(EngineError):
        engine.run("SELECT 2")


def test_files_beside_the_working_directory_are_not_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "duckdb.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(path.parent)
    with opened(Path(path.name)) as engine:
        assert engine.run("SELECT count(*) FROM numbers").rows == [(100,)]
