"""`python -m eval.bench.acknowledging`: how soon Slack's calls are acknowledged while 50 questions wait for their answers.

The server is a process of its own, as `wenshu serve` runs it, with a store of its own; Slack is a stand-in that takes every call. Each of the
people asks as soon as the last question is answered, so that the same number is always in flight.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from eval.bench.clock import calibration_ms, quantile

SECRET = "the secret of the bench"
LONGEST = 300.0  # seconds that an answer may take
ALLOWED = 3.0  # seconds in which Slack wants its acknowledgement
QUESTIONS = (
    "sales by department in the week of {month} {day} 2017",
    "total sales on {month} {day} 2017",
    "2017年{n}月{day}日的客单价",
    "top 5 products by units on {month} {day} 2017",
    "2017年{n}月{day}日各部门的销量",
)
MONTHS = ("January", "February", "March", "April", "May", "June", "July")


def question(number: int) -> str:
    """One of 980."""
    place, month, day = number % len(QUESTIONS), number // len(QUESTIONS) % len(MONTHS), number // (len(QUESTIONS) * len(MONTHS)) % 28
    return QUESTIONS[place].format(month=MONTHS[month], n=month + 1, day=day + 1)


class Slack(ThreadingHTTPServer):
    """Takes every call of the Web API; `answered` says when a thread had its answer."""

    daemon_threads = True
    request_queue_size = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.answered: dict[str, float] = {}
        self.there: dict[str, threading.Event] = defaultdict(threading.Event)


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Slack

    def do_POST(self) -> None:
        method, body = self.path.rpartition("/")[2], self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer: dict[str, Any] = {"ok": True, "user_id": "UBOT", "bot_id": "BBOT", "ts": "1.1", "channel": "C1"}
        if method == "files.getUploadURLExternal":
            answer |= {"file_id": "F1", "upload_url": f"{self.server.url}/upload"}
        if method == "files.completeUploadExternal":
            answer["files"] = [{"id": "F1"}]
        if method == "chat.postMessage":
            thread = json.loads(body)["thread_ts"]
            self.server.answered.setdefault(thread, time.perf_counter())
            self.server.there[thread].set()
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def main() -> int:
    """Prints the figures; 1 where an acknowledgement came after three seconds or after its answer, or an answer did not come."""
    options = _options()
    if options.serve:
        return _serve(options.shop, options.serve)
    print(f"calibration loop {calibration_ms():.1f} ms CPU; shop {options.shop}", flush=True)
    slack = Slack()
    threading.Thread(target=slack.serve_forever, daemon=True).start()
    with _server(options.shop, slack.url) as port:
        _ask(port, slack, 0)  # what is loaded once
        acknowledged: list[float] = []
        answered: list[float] = []
        faults: list[str] = []
        numbers = iter(range(1, options.questions + 1))
        lock = threading.Lock()

        def person() -> None:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                try:
                    first, then = _ask(port, slack, number)
                    acknowledged.append(first)
                    answered.append(then)
                    if first > ALLOWED or then < first:
                        faults.append(f"{question(number)}: acknowledged after {first:.2f} s, answered after {then:.2f} s")
                except (OSError, TimeoutError, http.client.HTTPException) as error:
                    faults.append(f"{question(number)}: {type(error).__name__}: {error}")

        people = [threading.Thread(target=person) for _ in range(options.flying)]
        for each in people:
            each.start()
        for each in people:
            each.join()
    for fault in faults:
        print(fault, file=sys.stderr)
    told = f"{len(acknowledged)} questions, {options.flying} in flight: acknowledged p50 {statistics.median(acknowledged) * 1000:.0f} ms"
    print(f"{told}, p99 {quantile(acknowledged, 0.99) * 1000:.0f} ms, worst {max(acknowledged) * 1000:.0f} ms (Slack allows 3000 ms)", end="; ")
    print(f"answered p50 {statistics.median(answered):.1f} s; {len(faults)} faults")
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.acknowledging", description=__doc__)
    parser.add_argument("--shop", default="completejourney", help="shop that is asked")
    parser.add_argument("--flying", type=int, default=50, help="questions in flight")
    parser.add_argument("--questions", type=int, default=300, help="questions asked")
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    return parser.parse_args()


def _ask(port: int, slack: Slack, number: int) -> tuple[float, float]:
    """Seconds until a question was acknowledged and until its answer was posted. Raises OSError, TimeoutError, HTTPException."""
    thread = f"1600000000.{number:06}"
    event = {"type": "app_mention", "channel": "C1", "user": "U1", "text": f"<@UBOT> {question(number)}", "ts": thread}
    body, at = json.dumps({"type": "event_callback", "event_id": f"Ev{number}", "team_id": "T1", "event": event}).encode(), str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signed}"}
    start = time.perf_counter()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/slack/events", body, headers)
        response = connection.getresponse()
        response.read()
        acknowledged = time.perf_counter() - start
    if response.status != 200:
        raise OSError(f"status {response.status}")
    if not slack.there[thread].wait(LONGEST):
        raise TimeoutError("no answer")
    return acknowledged, slack.answered[thread] - start


@contextlib.contextmanager
def _server(shop: str, slack: str) -> Iterator[int]:
    """The port of a running server."""
    with tempfile.TemporaryDirectory(prefix="wenshu-bench-") as folder:
        command = [sys.executable, "-m", "eval.bench.acknowledging", "--shop", shop, "--serve", slack]
        store = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "WENSHU_STORE": store})
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.strip().isdigit():
                raise SystemExit("the server did not start")
            yield int(line)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _serve(shop: str, slack: str) -> int:
    """Serves the channel beside the API, as `wenshu serve` does, and prints its port."""
    import socket

    import uvicorn

    from assistant.ask import Assistant
    from assistant.channels.chat.registry import Configured
    from assistant.channels.chat.slack import CHANNEL
    from assistant.channels.http.app import create_app
    from assistant.channels.serve import ChatPart
    from assistant.service import Service
    from semantic_layer.shops import open_shop

    assistant = Assistant(open_shop(shop))
    assistant.prepare()
    service = Service.of(assistant)
    given = {"token": "xoxb-bench", "signing_secret": SECRET, "base_url": f"{slack}/api/", "people": {"U1": "bench"}}
    app = create_app(service, None, [ChatPart(service, Configured(CHANNEL, CHANNEL.settings.model_validate(given)))])
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listening])
    service.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
