"""`python -m eval.bench.paging`: from Enter to the sentence on the page: one person in a browser, then several people at once.

One of the several has a browser; the others speak the page's protocol, since their browsers would not run on the server.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.bench.clock import calibration_ms, quantile
from eval.bench.person import Person, Reader, Viewer, viewing

# Of another month each time, so that not all results are kept ones.
QUESTIONS = (
    "{n}月各类目的销售额",
    "{n}月退货率最高的5个品牌",
    "{n}月每天的转化率走势",
    "{n}月各支付方式的支付成功率",
    "{n}月各大区的订单数",
    "sales by category in {month}",
    "conversion rate by channel in {month}",
    "top 10 products by units in {month}",
    "average order value by province in {month}",
)
MONTHS = ("January", "February", "March", "April", "May", "June")


def question(number: int) -> str:
    """One of 54; nine in a row are different questions about one month."""
    month = number // len(QUESTIONS) % len(MONTHS)
    return QUESTIONS[number % len(QUESTIONS)].format(n=month + 1, month=MONTHS[month])


def main() -> int:
    """Prints the figures; 1 where a question has no answer in time."""
    options = _options()
    print(f"calibration loop {calibration_ms():.1f} ms CPU; shop {options.shop}")
    with contextlib.ExitStack() as stack:
        store = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenshu-bench-"))) / "store.sqlite"
        servers = [stack.enter_context(_server(options.shop, store)) for _ in range(options.processes)]
        for address in servers:
            Reader(address).ask(question(0))  # what is loaded once
        viewer = _viewer(stack, servers[0])
        viewer.ask(question(1))
        viewer.anew()
        alone = _rounds(viewer, options.rounds)
        print(f"one person, {viewer.by}: {_told(alone)}", flush=True)
        others = [Reader(servers[n % len(servers)]) for n in range(1, options.people)]
        together, errors = _together(viewer, others, options.every, options.seconds)
        people = f"{options.people} people asking every {options.every:g} s, {options.processes} process(es)"
        print(f"{people}: {_told(together)}; {errors} without answer")
    return 1 if errors else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.paging", description=__doc__)
    parser.add_argument("--shop", default="mall", help="shop to measure on")
    parser.add_argument("--rounds", type=int, default=4, help="how often one person asks all questions")
    parser.add_argument("--people", type=int, default=10, help="people at once")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two questions of one of them")
    parser.add_argument("--seconds", type=float, default=120.0, help="for which they ask")
    parser.add_argument("--processes", type=int, default=1, help="servers that they are spread over")
    return parser.parse_args()


@contextlib.contextmanager
def _server(shop: str, store: Path) -> Iterator[str]:
    """The address of a running page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "assistant.channels.cli", "ui", "--shop", shop, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "WENSHU_STORE": f"sqlite:///{store}"})
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\d.:]+", process.stdout.readline())
        if found is None:
            raise SystemExit("the page did not start")
        yield found[0]
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _viewer(stack: contextlib.ExitStack, address: str) -> Viewer | Reader:
    """Somebody with a browser, where there is one."""
    try:
        return stack.enter_context(viewing(address))
    except (ImportError, FileNotFoundError):
        return Reader(address)


def _rounds(person: Person, rounds: int) -> list[float]:
    """Each round is a conversation."""
    seconds = []
    for number in range(rounds):
        seconds += [person.ask(question(number * len(QUESTIONS) + n)) for n in range(len(QUESTIONS))]
        person.anew()
    return seconds


def _together(viewer: Person, others: Sequence[Person], every: float, seconds: float) -> tuple[list[float], int]:
    """The seconds that all of them waited, and how many questions had no answer. The one with the browser stays in this thread."""
    taken: list[float] = []
    failed: list[Exception] = []
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_keep_asking, args=(p, n + 1, every, until, taken, failed)) for n, p in enumerate(others)]
    for thread in threads:
        thread.start()
        time.sleep(every / (len(others) + 1))
    _keep_asking(viewer, 0, every, until, taken, failed)
    for thread in threads:
        thread.join()
    for error in failed:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    return taken, len(failed)


def _keep_asking(person: Person, number: int, every: float, until: float, taken: list[float], failed: list[Exception]) -> None:
    """Each begins with another month, and a new conversation after nine questions."""
    asked, due = 0, time.monotonic()
    while time.monotonic() < until:
        try:
            taken.append(person.ask(question(number * len(QUESTIONS) + asked)))
            asked += 1
            if asked % len(QUESTIONS) == 0:
                person.anew()
        except Exception as error:
            failed.append(error)
            return
        due += every
        time.sleep(max(0.0, due - time.monotonic()))


def _told(seconds: Sequence[float]) -> str:
    median, most = statistics.median(seconds), quantile(seconds, 0.95)
    return f"{len(seconds)} questions, to the sentence median {median:.2f} s, p95 {most:.2f} s, worst {max(seconds):.2f} s"


if __name__ == "__main__":
    raise SystemExit(main())
