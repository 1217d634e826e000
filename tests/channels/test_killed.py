"""A server and a worker over one store, both killed at any time: a platform that drops repeated keys shows every answer and every digest exactly once.

Half of the messages are answers to what people write in Slack, delivered by it until it is acknowledged, and now and then once more; the others are
digests to a channel. WENSHU_DELIVERIES says how many there are; one kill comes with every eight of them.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.store import Subscription, open_store
from semantic_layer.places import home
from tests.channels.chat.slack.conftest import SECRET, signature
from tests.channels.chat.slack.stand_in import TOKEN, Args, StandIn
from tests.conftest import write_shop
from tests.forked import Forked
from tests.subscriptions.conftest import CATALOG, ROWS
from tests.subscriptions.smtp import free_port

pytest.importorskip("slack_bolt")

DELIVERIES = int(os.environ.get("WENSHU_DELIVERIES", "24"))
ANSWERS = DELIVERIES // 2
DIGESTS = DELIVERIES - ANSWERS
KILLS = DELIVERIES // 8
LEASE = 5
PATIENCE = 120 + 6 * DELIVERIES  # seconds for all of it
SETTINGS = """name: small
database: small.duckdb
today: 2024-06-18
store: sqlite:///store.sqlite
rights: [{{role: all, allowed_tables: ["*"]}}]
users: {{ann: all}}
subscriptions: {{tries: 1000, retry_seconds: 0.5}}
channels:
  slack: {{token: {token}, signing_secret: {secret}, base_url: "{url}/api/", people: {{U1: ann}}, places: {{C9: ["*"]}}}}
"""


class Flaky(StandIn):
    """Slack on a bad day: three in ten messages are refused, put off, or lost with their connection before or after they are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(11)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.shown: list[Args] = []  # repeats included

    def called(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], Args | str]:
        if not path.endswith("chat.postMessage"):
            return super().called(path, headers, body)
        with self._new:
            fate = self._random.choice(["refuse", "put off", "hang up", "hang up after"]) if self._random.random() < 0.3 else "take"
        if fate == "refuse":
            return 500, {}, {"ok": False, "error": "internal_error"}
        if fate == "put off":
            return 429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"}
        if fate == "hang up":
            raise ConnectionAbortedError
        answer = super().called(path, headers, body)
        with self._new:
            self.shown.append(json.loads(body))
        if fate == "hang up after":
            raise ConnectionAbortedError
        return answer

    def different(self) -> int:
        """How many different keys there are."""
        with self._new:
            return len({key_of(each) for each in self.shown})

    def wait(self, number: int, seconds: float) -> bool:
        """Waits until so many different messages are here."""
        until = time.monotonic() + seconds
        while self.different() < number and time.monotonic() < until:
            time.sleep(0.1)
        return self.different() >= number


class Processes:
    """A server and a worker of one shop."""

    def __init__(self, folder: Path, port: int) -> None:
        shared = ["--shop", str(folder), "--lease", str(LEASE)]
        self._commands = [["serve", "--user", "ann", "--port", str(port), *shared], ["worker", *shared]]
        self.running = [self._start(each) for each in self._commands]

    def _start(self, command: list[str]) -> Forked:
        environment = {**os.environ, "WENSHU_HOME": str(home()), "PYTHONPATH": os.getcwd()}
        environment.pop("WENSHU_STORE", None)
        return Forked(*command, env=environment, quiet=True)

    def kill(self, *which: int) -> None:
        """Kills them with all that they have started, without a warning, and starts others in their place."""
        for n in which:
            self.running[n].kill_all()
            self.running[n].wait()
        for n in which:
            self.running[n] = self._start(self._commands[n])

    def end(self) -> None:
        """Ends them by SIGTERM."""
        for each in self.running:
            each.terminate()
        for each in self.running:
            each.wait(60)


class People(threading.Thread):
    """Slack's other side: delivers what people write, each until it is acknowledged, a third of it once more afterwards."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self._port, self._number, self._random = port, number, random.Random(5)
        self.deliveries = 0
        self.until = time.monotonic() + PATIENCE

    def run(self) -> None:
        for n in range(self._number):
            self._deliver(n)
            if self._random.random() < 1 / 3:
                self._deliver(self._random.randint(0, n))

    def _deliver(self, n: int) -> None:
        retries = 0
        while time.monotonic() < self.until:
            self.deliveries += 1
            if self._acknowledged(n, retries):
                return
            retries += 1
            time.sleep(0.3)

    def _acknowledged(self, n: int, retries: int) -> bool:
        day = dt.date(2023, 7, 1) + dt.timedelta(days=n)
        event = {"type": "app_mention", "channel": "C1", "user": "U1", "text": f"<@UBOT> sales on {day}", "ts": stamp(n)}
        body = json.dumps({"type": "event_callback", "event_id": f"Ev{n}", "team_id": "T1", "event": event}).encode()
        at = int(time.time())
        headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature(body, at)}
        if retries:
            headers["X-Slack-Retry-Num"] = str(retries)
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=3)) as connection:
                connection.request("POST", "/slack/events", body, headers)
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def stamp(n: int) -> str:
    return f"1600000000.{n:06}"


def key_of(message: Args) -> str:
    return str(message["metadata"]["event_payload"]["key"])


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    slack = Flaky()
    yield slack
    slack.close()
    assert not slack.faults


def test_every_answer_and_every_digest_exactly_once_after_repeated_keys_are_dropped(flaky: Flaky, tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "small", CATALOG, ROWS)
    (folder / "wenshu.yaml").write_text(SETTINGS.format(token=TOKEN, secret=SECRET, url=flaky.url), encoding="utf-8")
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    query, due = {"metrics": [{"metric": "sales"}], "time": {"words": "yesterday"}}, dt.datetime.now(dt.UTC)
    for n in range(DIGESTS):
        store.subscriptions.add("small", Subscription("ann", f"number {n}", "en", query, {"every": "week", "at": "09:00", "on": 1}, "slack", "C9", due))
    port, chance = free_port(), random.Random(3)
    processes, people = Processes(folder, port), People(port, ANSWERS)
    people.start()
    try:
        for kill in range(KILLS):
            assert flaky.wait(1 + kill * DELIVERIES // KILLS, PATIENCE), f"only {flaky.different()} messages came"
            time.sleep(chance.random())
            processes.kill(*((0,), (1,), (0, 1))[kill % 3])
        people.join(PATIENCE)
        until = time.monotonic() + PATIENCE
        while (store.outbox.next_due("small") or store.inbox.next_due("small", "slack")) and time.monotonic() < until:
            time.sleep(0.5)
        processes.end()
    finally:
        for each in processes.running:
            if each.poll() is None:
                each.kill_all()
    keys: dict[str, set[str]] = defaultdict(set)
    for message in flaky.shown:
        keys[message.get("thread_ts") or re.search(r"number \d+", json.dumps(message))[0]].add(key_of(message))  # type: ignore[index]
    assert set(keys) == {stamp(n) for n in range(ANSWERS)} | {f"number {n}" for n in range(DIGESTS)}
    assert all(len(own) == 1 for own in keys.values()), "a repeat carries its key"
    assert flaky.different() == DELIVERIES < len(flaky.shown), "none twice but for repeats, of which there are some"
    for n in range(ANSWERS):
        (thread,) = store.threads.of("small", "slack", f"C1/{stamp(n)}")
        assert [t.status for t in store.turns(thread.conversation, "ann")] == ["answered"]  # asked once, whoever answered
    print(f"{DELIVERIES} messages, {people.deliveries} deliveries of {ANSWERS} questions, {KILLS} kills, {len(flaky.shown) - DELIVERIES} repeats")
    store.close()
