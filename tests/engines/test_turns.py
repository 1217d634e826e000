"""Who runs when there is more to do than may run at once."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from semantic_layer.engines import DuckDBEngine, Limits
from semantic_layer.engines.queue import Queue
from semantic_layer.errors import Busy
from tests.engines.conftest import until


class Asker(threading.Thread):
    """Takes a turn, says so in `log`, and holds it until `finish` is set."""

    def __init__(self, queue: Queue, user: str, log: list[str]) -> None:
        super().__init__(daemon=True)
        self.queue, self.user, self.log = queue, user, log
        self.finish = threading.Event()
        self.busy = False
        self.start()

    def run(self) -> None:
        try:
            with self.queue.turn(self.user):
                self.log.append(self.user)
                self.finish.wait(30)
        except Busy:
            self.busy = True


def waiting(queue: Queue, user: str, log: list[str]) -> Asker:
    """An asker who has come, in order."""
    asker = Asker(queue, user, log)
    time.sleep(0.02)
    return asker


def test_each_user_runs_two_and_all_together_four() -> None:
    queue, log = Queue(), []
    askers = [waiting(queue, user, log) for user in "aaabbbccc"]
    assert until(lambda: len(log) == 4)
    time.sleep(0.1)
    assert Counter(log) == {"a": 2, "b": 2}
    for asker in askers:
        asker.finish.set()
    for asker in askers:
        asker.join(10)
    assert Counter(log) == {"a": 3, "b": 3, "c": 3}


def test_the_next_is_of_the_user_with_the_fewest_running_then_who_came_first() -> None:
    queue, log = Queue(running=3), []
    askers = [waiting(queue, user, log) for user in "abbacdaa"]
    for finished, following in (("b", "c"), ("b", "d"), ("c", "a"), ("a", "a")):
        asker = next(a for a in askers if a.user == finished and a.is_alive() and not a.finish.is_set())
        count = len(log)
        asker.finish.set()
        assert until(lambda count=count: len(log) > count)
        assert log[count:] == [following]
    for asker in askers:
        asker.finish.set()
    for asker in askers:
        asker.join(10)
    assert Counter(log) == {"a": 4, "b": 2, "c": 1, "d": 1}


def test_the_line_is_bounded_and_who_finds_it_full_hears_at_once() -> None:
    queue, log = Queue(running=1, waiting=3), []
    askers = [waiting(queue, "a", log) for _ in range(4)]
    assert until(lambda: len(log) == 1)
    with pytest.raises(Busy) as caught, queue.turn("b"):
        pytest.fail("there was no turn to give")
    assert caught.value.code == "busy" and "Try again" in caught.value.en and "再试" in caught.value.zh
    for asker in askers:
        asker.finish.set()
        asker.join(10)
    assert len(log) == 4
    with queue.turn("b"):
        pass


def test_waiting_ends_and_gives_the_place_back() -> None:
    queue, log = Queue(running=1, waiting=1, seconds=0.2), []
    holder = waiting(queue, "a", log)
    for _ in range(2):
        late = waiting(queue, "b", log)
        late.join(10)
        assert late.busy
    holder.finish.set()
    holder.join(10)
    with queue.turn("b"):
        assert log == ["a"]


def test_a_user_with_many_queries_does_not_hold_up_another(engine: DuckDBEngine) -> None:
    limits = Limits(seconds=20, memory_mb=256, threads=2)
    slow = [threading.Thread(target=lambda: engine.run("SELECT sleep_ms(1000)", limits, user="a", cache=False)) for _ in range(8)]
    for thread in slow:
        thread.start()
    time.sleep(0.3)
    assert engine.run("SELECT count(*) FROM numbers", user="b").rows == [(100,)]
    assert sum(t.is_alive() for t in slow) >= 4
    for thread in slow:
        thread.join()
