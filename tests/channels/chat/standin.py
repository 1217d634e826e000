"""Stand-ins of what is out there, on loopback: they answer what a test says, and keep what they were asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[["Call"], tuple[int, Any]]


@dataclass(frozen=True)
class Call:
    """One call: the path with its query, the headers by their names in lower case, the body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Standin:
    """A server; `answering` gives the status and the JSON (or bytes, or headers for a redirect) of each call."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.calls: list[Call] = []
        self.failures: list[BaseException] = []
        self._new = threading.Condition()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self) -> None:
                standin._serve(self)

            do_POST = do_GET = do_PATCH = do_PUT = _do

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        call = Call(handler.command, handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        try:
            status, told = self.answering(call)
        except BaseException as error:
            self.failures.append(error)
            status, told = 400, {"code": 99999, "errcode": 99999, "msg": f"wrong form: {error!r}"}
        with self._new:
            self.calls.append(call)
            self._new.notify_all()
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        handler.send_response(status)
        if 300 <= status < 400:
            handler.send_header("Location", told["location"])
        if status == 429:
            handler.send_header("Retry-After", "7")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def wait(self, number: int, wanted: Callable[[Call], bool] = lambda _: True) -> list[Call]:
        """The calls that are wanted, once there are so many. Fails where one had a wrong form."""
        with self._new:
            assert self._new.wait_for(lambda: len([c for c in self.calls if wanted(c)]) >= number, 60), [(c.method, c.path) for c in self.calls]
        assert not self.failures, self.failures
        return [c for c in self.calls if wanted(c)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def standin(answering: Answering) -> Iterator[Standin]:
    """For a fixture."""
    made = Standin(answering)
    yield made
    made.close()
