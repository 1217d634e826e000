"""Many at the same time: threads, and processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.store import open_store
from tests.store.conftest import a_turn

if TYPE_CHECKING:
    from assistant.store.store import Store

THREADS, EACH = 8, 25


def test_threads_that_append_to_the_same_conversation_lose_nothing(store: Store) -> None:
    conversation = store.start("tea", "ann")

    def add(thread: int) -> list[int]:
        return [store.append(conversation, "ann", a_turn(f"{thread}-{i}")) for i in range(EACH)]

    with ThreadPoolExecutor(THREADS) as threads:
        given = list(threads.map(add, range(THREADS)))
    kept = store.turns(conversation, "ann")
    assert [t.number for t in kept] == list(range(1, THREADS * EACH + 1))
    by_number = {t.number: t.question for t in kept}
    assert [[by_number[n] for n in numbers] for numbers in given] == [[f"{t}-{i}" for i in range(EACH)] for t in range(THREADS)]


def test_threads_that_append_each_to_its_own_lose_nothing(store: Store) -> None:
    def add(thread: int) -> str:
        conversation = store.start("tea", f"user {thread}")
        for i in range(EACH):
            assert store.append(conversation, f"user {thread}", a_turn(f"{thread}-{i}")) == i + 1
            last = store.last(conversation, f"user {thread}")
            assert last and last.question == f"{thread}-{i}"
        return conversation

    with ThreadPoolExecutor(THREADS) as threads:
        made = list(threads.map(add, range(THREADS)))
    for thread, conversation in enumerate(made):
        assert [t.question for t in store.turns(conversation, f"user {thread}")] == [f"{thread}-{i}" for i in range(EACH)]


def test_threads_that_add_and_drop_leave_no_gap(store: Store) -> None:
    conversation = store.start("tea", "ann")

    def add_and_drop(thread: int) -> None:
        for i in range(EACH):
            store.append(conversation, "ann", a_turn(f"{thread}-{i}"))
            if i % 3 == 0:
                store.drop_last(conversation, "ann")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(add_and_drop, range(THREADS)))
    dropped = THREADS * len(range(0, EACH, 3))
    assert [t.number for t in store.turns(conversation, "ann")] == list(range(1, THREADS * EACH - dropped + 1))


def test_threads_that_remember_the_same_word_leave_one_choice(store: Store) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda i: store.remember("tea", "ann", "best", {"n": i}, str(i)), range(THREADS * EACH)))
    (left,) = store.remembered("tea", "ann")
    assert left.query == {"n": int(left.label)}


def test_threads_that_open_a_new_store_at_once(url: str, opened: Callable[[str], Store]) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        stores = list(threads.map(opened, [url] * THREADS))
    for each in stores:
        each.start("tea", "ann")
    assert len(stores[0].conversations("tea", "ann")) == THREADS


def test_threads_that_open_stores_of_their_own_at_once(tmp_path: Path, opened: Callable[[str], Store]) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        stores = list(threads.map(opened, [f"sqlite:///{tmp_path}/{i}.sqlite" for i in range(THREADS)]))
    for each in stores:
        each.start("tea", "ann")
        assert len(each.conversations("tea", "ann")) == 1


PROCESS = """
import sys
import assistant.store.store
from assistant.store import open_store
from tests.store.conftest import a_turn

def told(word):
    print(word, flush=True)
    return sys.stdin.readline().strip()

url, name = sys.argv[1:]
told("loaded")
store = open_store(url)
conversation = told("open")
for i in range(25):
    store.append(conversation, "ann", a_turn(f"{name}-{i}"))
"""
PROCESSES = 4


def told(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def heard(processes: list[subprocess.Popen[str]]) -> list[str]:
    return [p.stdout.readline().strip() for p in processes if p.stdout]


def test_processes_that_open_a_new_store_at_once_and_append_lose_nothing(url: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen([sys.executable, "-c", PROCESS, url, str(i)], text=True, env=env, **pipes) for i in range(PROCESSES)]
    try:
        assert heard(processes) == ["loaded"] * PROCESSES
        for each in processes:
            told(each, "open it")
        assert heard(processes) == ["open"] * PROCESSES, [p.communicate()[1] for p in processes]
        store = open_store(url)
        conversation = store.start("tea", "ann")
        for each in processes:
            told(each, conversation)
        assert [p.communicate()[1] for p in processes] == [""] * PROCESSES
    finally:
        for each in processes:
            each.kill()
            each.wait()
    kept = store.turns(conversation, "ann")
    store.close()
    assert [t.number for t in kept] == list(range(1, PROCESSES * 25 + 1))
    for i in range(PROCESSES):
        assert [t.question for t in kept if t.question.startswith(f"{i}-")] == [f"{i}-{n}" for n in range(25)]
