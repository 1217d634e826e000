"""A server that speaks as OpenAI's does and says what it is told to: good and bad, slow, cut off or not at all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What is said to one request: JSON or text, streamed in pieces; or a status; after `wait` seconds; `cut` ends it after so many pieces."""

    say: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None
    pause: float = 0.0
    refusal: str = ""
    tool: bool = False

    @property
    def text(self) -> str:
        """What is said, as it is sent."""
        return self.say if isinstance(self.say, str) else json.dumps(self.say, ensure_ascii=False)


Script = Callable[[dict[str, Any], int], Reply]


@dataclass
class Served:
    """A running server: where, and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def served(*replies: Reply | Script) -> Iterator[Served]:
    """Says each reply in its turn, the last one again and again; a function makes them of the request and its number."""
    here = Served("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            n = len(here.requests)
            here.requests.append(body)
            here.headers.append(dict(self.headers))
            made = replies[min(n, len(replies) - 1)]
            reply = made if isinstance(made, Reply) else made(body, n)
            time.sleep(reply.wait)
            with suppress(BrokenPipeError, ConnectionResetError):
                self._say(reply, body)

        def _say(self, reply: Reply, body: dict[str, Any]) -> None:
            if reply.status != 200:
                text = json.dumps({"error": {"message": "told to", "type": "scripted", "code": str(reply.status)}}).encode()
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", "content-length": str(len(text)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            self.close_connection = True
            pieces = list(_pieces(reply, body))
            for n, piece in enumerate(pieces):
                if reply.cut is not None and n >= reply.cut:
                    self.wfile.flush()
                    return
                self.wfile.write(f"data: {json.dumps(piece, ensure_ascii=False)}\n\n".encode())
                self.wfile.flush()
                time.sleep(reply.pause)
            self.wfile.write(b"data: [DONE]\n\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def _pieces(reply: Reply, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    told = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

    def piece(delta: dict[str, Any], end: str | None = None) -> dict[str, Any]:
        return told | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}

    if reply.refusal:
        yield piece({"role": "assistant", "refusal": reply.refusal})
    elif reply.tool or body.get("tools"):
        name = body["tools"][0]["function"]["name"]
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": name, "arguments": reply.text}}
        yield piece({"role": "assistant", "tool_calls": [call]})
    else:
        yield piece({"role": "assistant", "content": ""})
        for at in range(0, len(reply.text), 40):
            yield piece({"content": reply.text[at : at + 40]})
    yield piece({}, "tool_calls" if body.get("tools") else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": len(json.dumps(body)) // 4, "completion_tokens": len(reply.text) // 4 + 1}
        yield told | {"choices": [], "usage": usage | {"total_tokens": sum(usage.values())}}
