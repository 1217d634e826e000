"""Queries that somebody stops: they end at once, their workers go, and nobody else suffers."""

from __future__ import annotations

import threading
import time

import pytest

from semantic_layer.engines import DuckDBEngine, Watch
from semantic_layer.engines.queue import Queue
from semantic_layer.errors import Cancelled
from tests.engines.conftest import until

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c WHERE hash(a.range + b.range) = 1"


def test_a_running_query_is_ended_and_the_next_one_runs(engine: DuckDBEngine) -> None:
    watch, ended = Watch(), []

    def ask() -> None:
        with engine.snapshot(watch) as data:
            try:
                data.run(ENDLESS)
            except Cancelled:
                ended.append(time.monotonic())

    asker = threading.Thread(target=ask)
    asker.start()
    assert until(lambda: watch.statements)
    time.sleep(0.5)
    watch.stop.set()
    asker.join(10)
    assert ended
    with engine.snapshot(watch) as data, pytest.raises(Cancelled):
        data.run("SELECT 1")
    assert engine.run("SELECT 42").rows == [(42,)]


def test_a_watch_is_told_statements_with_kept_results_as_well(engine: DuckDBEngine) -> None:
    watch = Watch()
    with engine.snapshot(watch) as data:
        assert [data.run("SELECT 1").rows for _ in range(2)] == [[(1,)], [(1,)]]
    assert watch.statements == ["SELECT 1", "SELECT 1"]


def test_who_waits_for_a_turn_is_stopped_too_and_leaves_it_to_others() -> None:
    queue, watch, ended = Queue(running=1), Watch(), []

    def wait() -> None:
        try:
            with queue.turn("b", watch.stop):
                ended.append("turn")
        except Cancelled:
            ended.append("stopped")

    with queue.turn("a"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert until(lambda: queue._waiting)
        watch.stop.set()
        waiting.join(10)
        assert ended == ["stopped"] and not queue._waiting
    with queue.turn("c"):
        pass
