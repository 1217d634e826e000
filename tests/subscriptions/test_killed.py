"""Workers that are killed at any time lose nothing: a receiver that drops repeated keys has every message exactly once.

WENSHU_DELIVERIES says how many messages there are; one kill comes with every fifteen of them.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.store import Subscription, open_store
from semantic_layer.places import home
from tests.forked import Forked
from tests.subscriptions.conftest import MakeShop
from tests.subscriptions.smtp import Mailbox, serve

DELIVERIES = int(os.environ.get("WENSHU_DELIVERIES", "60"))
KILLS = DELIVERIES // 15
WORKERS, LEASE = 2, 5
PATIENCE = 60 + 5 * DELIVERIES  # seconds for all of it


class Workers:
    """Processes of `wenshu worker` over one shop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.running = [self._start() for _ in range(WORKERS)]

    def _start(self) -> Forked:
        environment = {**os.environ, "WENSHU_HOME": str(home()), "PYTHONPATH": os.getcwd()}
        environment.pop("WENSHU_STORE", None)
        return Forked("worker", "--shop", str(self._folder), "--lease", str(LEASE), env=environment, quiet=True)

    def kill(self, *which: int) -> None:
        """Kills them with all that they have started, without a warning, and starts others in their place."""
        for n in which:
            self.running[n].kill_all()
            self.running[n].wait()
        for n in which:
            self.running[n] = self._start()

    def end(self) -> list[int]:
        """Ends them by SIGTERM; gives their exit codes."""
        for each in self.running:
            each.terminate()
        return [each.wait(60) for each in self.running]


@pytest.fixture
def flaky() -> Iterator[Mailbox]:
    """Three in ten deliveries go wrong: refused, read without a word, or the connection is dropped before or after the mail is kept."""
    box = Mailbox(flaky=0.3, seed=7, slow=4.0)
    controller = serve(box)
    box.port = controller.port  # type: ignore[attr-defined]
    yield box
    controller.stop()


def test_every_message_exactly_once_after_repeated_keys_are_dropped(flaky: Mailbox, make_folder: MakeShop) -> None:
    folder = make_folder(flaky.port, tries=1_000, retry=0.5, timeout=2.0)  # type: ignore[attr-defined]
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    query = {"metrics": [{"metric": "sales"}], "time": {"words": "yesterday"}}
    schedule = {"every": "week", "at": "09:00", "on": 1}
    due = dt.datetime.now(dt.UTC)
    for n in range(DELIVERIES):
        store.subscriptions.add("small", Subscription("ann", f"number {n}", "en", query, schedule, "email", "team@shop.example", due))
    workers, chance = Workers(folder), random.Random(3)
    try:
        for kill in range(KILLS):
            assert flaky.wait(1 + kill * DELIVERIES // KILLS, PATIENCE), f"only {len(set(flaky.keys))} messages came"
            time.sleep(chance.random())
            workers.kill(*([0, 1] if kill % 3 == 2 else [chance.randrange(WORKERS)]))
        assert flaky.wait(DELIVERIES, PATIENCE), f"only {len(set(flaky.keys))} messages came"
        until = time.monotonic() + PATIENCE
        while store.outbox.next_due("small") and time.monotonic() < until:  # what came and was not confirmed is sent again
            time.sleep(0.5)
        ended = workers.end()  # one that was started last may not have begun yet, and is ended by the signal itself
        assert 0 in ended and set(ended) <= {0, -signal.SIGTERM}
    finally:
        for each in workers.running:
            if each.poll() is None:
                each.kill_all()
    keys: dict[str, set[str]] = defaultdict(set)
    for mail in flaky.mails:
        keys[str(mail["Subject"])].add(str(mail["Message-ID"]))
    assert set(keys) == {f"Digest: number {n}" for n in range(DELIVERIES)}
    assert all(len(own) == 1 for own in keys.values()), "a repeat carries its key"
    assert len(set(flaky.keys)) == DELIVERIES < len(flaky.keys), "none twice but for repeats, of which there are some"
    became = store.outbox.delivered("small").values()
    assert sum(b.sent for b in became) == DELIVERIES and not any(b.waiting or b.given_up for b in became)
    print(f"{DELIVERIES} messages, {KILLS} kills, {len(flaky.keys) - DELIVERIES} repeats")
    store.close()
