"""`python -m eval.bench.serving`: programs that ask `wenshu serve` at once: how long each answer takes, and what the server needs.

Once with the cache of answers as it is, once by requests that want none from it; each time of a server just started.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eval.bench.clock import calibration_ms, quantile
from eval.bench.paging import MONTHS, QUESTIONS
from eval.bench.processes import tree_mb
from eval.suite import load_suite

SUITES = Path(__file__).parents[1] / "suites"
_LONGEST = 60.0  # seconds that a client waits
_SEED = 8


@dataclass
class Load:
    """What the clients saw: seconds of each answer, how each ended, and what failed."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


def main() -> int:
    """Prints the figures; 1 where a question got no answer. The memory is that of the server with the processes that its queries run in."""
    options = _options()
    asked = questions(options.distinct)
    people = f"{options.clients} clients, a question every {options.every:g} s each for {options.seconds:g} s"
    print(f"calibration loop {calibration_ms():.1f} ms CPU; shop {options.shop}; {people}; {len(asked)} distinct questions", flush=True)
    failed = 0
    for told, headers in (("with the cache of answers", {}), ("without it", {"Cache-Control": "no-cache"})):
        with _server(options.shop) as (process, address):
            for question in asked[:2]:
                _ask(http.client.HTTPConnection(address, timeout=600), question, headers)  # what is loaded once
            memory = [tree_mb(process.pid)]
            halfway = threading.Timer(options.seconds / 2, lambda m=memory, p=process: m.append(tree_mb(p.pid)))
            halfway.start()
            load = run(address, asked, headers, options.clients, options.every, options.seconds)
            halfway.join()
            memory.append(tree_mb(process.pid))
            grown = ", ".join(f"{mb:,.0f}" for mb in memory)
            print(f"{told}: {_told(load)}; memory at begin, half time and end {grown} MB; {_hits(address)}", flush=True)
            failed += len(load.errors)
            for error, times in Counter(load.errors).most_common(5):
                print(f"  {times}x {error}", file=sys.stderr)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.serving", description=__doc__)
    parser.add_argument("--shop", default="mall", help="shop to measure on, a mall")
    parser.add_argument("--clients", type=int, default=30, help="clients at once")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two questions of one of them")
    parser.add_argument("--seconds", type=float, default=180.0, help="for which they ask, each time")
    parser.add_argument("--distinct", type=int, default=400, help="how many different questions there are")
    return parser.parse_args()


def questions(most: int) -> list[str]:
    """Those of the dev suites of the mall that have an answer and ask for no analysis, and others that differ by their period; in one mixed order."""
    cases = [c for path in sorted(SUITES.glob("mall-dev*.jsonl")) for c in load_suite(path)]
    plain = [c.question for c in cases if c.expect == "answer" and not (c.analysis or c.conversation or c.class_ in ("why", "forecast"))]
    periods = [q.format(n=n, month=month) for q in QUESTIONS for n, month in enumerate(MONTHS, 1)]
    mixed = list(dict.fromkeys([*plain, *periods]))
    random.Random(_SEED).shuffle(mixed)
    return mixed[:most]


def run(address: str, asked: Sequence[str], headers: dict[str, str], clients: int, every: float, seconds: float) -> Load:
    """All clients at once, none in step with another."""
    load, until = Load(), time.monotonic() + seconds
    turn = iter(_round_robin(asked))
    taking = threading.Lock()

    def keep_asking(number: int) -> None:
        connection = http.client.HTTPConnection(address, timeout=_LONGEST)
        due = time.monotonic() + number * every / clients
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            with taking:
                question = next(turn)
            _measure(load, connection, question, headers)
            due = max(due + every, time.monotonic())

    threads = [threading.Thread(target=keep_asking, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def _round_robin(asked: Sequence[str]) -> Iterator[str]:
    while True:
        yield from asked


def _measure(load: Load, connection: http.client.HTTPConnection, question: str, headers: dict[str, str]) -> None:
    began = time.monotonic()
    try:
        status, answer = _ask(connection, question, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        load.errors.append(f"{type(error).__name__}: {error}")
        return
    load.seconds.append(time.monotonic() - began)
    load.statuses[answer.get("status", str(status))] += 1
    if status != 200 or answer["status"] == "error":
        load.errors.append(f"{status} {(answer.get('error') or {}).get('code')}: {question}")


def _ask(connection: http.client.HTTPConnection, question: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    connection.request("POST", "/v1/ask", json.dumps({"question": question}), {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    return response.status, answer


def _told(load: Load) -> str:
    ended = ", ".join(f"{n} {status}" for status, n in load.statuses.most_common())
    if not load.seconds:
        return f"no answer, {len(load.errors)} errors"
    median, most = statistics.median(load.seconds), quantile(load.seconds, 0.95)
    times = f"median {median:.2f} s, p95 {most:.2f} s, worst {max(load.seconds):.2f} s"
    return f"{len(load.seconds)} questions ({ended}), {len(load.errors)} errors, {times}"


def _hits(address: str) -> str:
    """What the server counted of its cache."""
    connection = http.client.HTTPConnection(address, timeout=_LONGEST)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    counted = dict(re.findall(r"^wenshu_cache_(hits|misses)_total (\S+)", text, re.MULTILINE))
    hits, misses = float(counted["hits"]), float(counted["misses"])
    return f"hit rate {hits / (hits + misses):.0%}" if hits + misses else "nothing from the cache"


@contextlib.contextmanager
def _server(shop: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server with a store of its own, and its host and port, once it is ready."""
    command = [sys.executable, "-m", "assistant.channels.cli", "serve", "--shop", shop, "--port", "0"]
    with tempfile.TemporaryDirectory(prefix="wenshu-bench-") as folder:
        environment = {**os.environ, "WENSHU_STORE": f"sqlite:///{Path(folder) / 'store.sqlite'}"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        try:
            assert process.stdout is not None
            found = re.search(r"http://[\d.:]+", process.stdout.readline())
            if found is None:
                raise SystemExit("the server did not start")
            yield process, urlsplit(found[0]).netloc
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    raise SystemExit(main())
