"""A stand-in for Slack's Web API on loopback: it keeps every call, and notes as a fault whatever the real one would refuse or show wrongly."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN, BOT, BOT_ID = "xoxb-of-the-test", "UBOT", "BBOT"
Args = dict[str, Any]

NEEDED = {
    "auth.test": (),
    "chat.postMessage": ("channel", "text", "blocks", "parse"),
    "chat.update": ("channel", "ts", "text", "blocks"),
    "files.getUploadURLExternal": ("filename", "length"),
    "files.completeUploadExternal": ("files", "channel_id"),
    "views.publish": ("user_id", "view"),
    "conversations.open": ("users",),
    "users.info": ("user",),
    "apps.connections.open": (),
}
TYPES = {"section", "context", "actions", "header"}


class StandIn:
    """Its address, the calls it got, and what was wrong with them. `refuse` makes the next calls of a method fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Args]] = []
        self.uploads: dict[str, bytes] = {}
        self.faults: list[str] = []
        self.locale = "en-US"
        self.socket = ""
        self._refused: dict[str, list[tuple[int, dict[str, str], Args]]] = defaultdict(list)
        self._stamps: set[str] = set()
        self._asked: dict[str, Args] = {}
        self._new = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def refuse(self, method: str, status: int = 200, error: str = "", after: int | None = None, times: int = 1) -> None:
        headers = {} if after is None else {"Retry-After": str(after)}
        self._refused[method] += [(status, headers, {"ok": False, "error": error or "internal_error"})] * times

    def of(self, method: str) -> list[Args]:
        with self._new:
            return [args for name, args in self.calls if name == method]

    def get(self, method: str = "chat.postMessage", number: int = 1) -> list[Args]:
        """The calls of a method, once there are so many."""

        def there() -> bool:
            return sum(name == method for name, _ in self.calls) >= number

        with self._new:
            assert self._new.wait_for(there, 60), (method, self.calls)
        return self.of(method)

    # -- what the real one does --------------------------------------------------------------------------------------

    def called(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], Args | str]:
        method = path.removeprefix("/api/").strip("/")
        if method.startswith("upload/"):
            return self._uploaded(method.removeprefix("upload/"), body)
        args = _args(headers.get("Content-Type", ""), body)
        with self._new:
            refused = self._refused[method.partition("/")[0]]
            if refused:
                self._new.notify_all()
                return refused.pop(0)
            answer = self._aside(method, args) if method.startswith("response/") else self._method(method, headers, args)
            self.calls.append((method.partition("/")[0], args))
            self._new.notify_all()
            return 200, {}, answer

    def _method(self, method: str, headers: Any, args: Args) -> Args:
        token = "xapp-of-the-test" if method == "apps.connections.open" else TOKEN
        self.expect(headers.get("Authorization") == f"Bearer {token}", f"{method}: token")
        self.expect(method in NEEDED, f"{method}: no method of ours")
        for name in NEEDED.get(method, ()):
            self.expect(bool(args.get(name)), f"{method}: {name} is missing")
        if blocks := args.get("blocks"):
            self.check_blocks(method, blocks, 50)
        if "text" in args:
            self.check_text(method, args["text"], 4000)
        match method:
            case "auth.test":
                return {"ok": True, "user_id": BOT, "bot_id": BOT_ID, "team_id": "T1", "url": "https://x.slack.com/", "team": "x", "user": "wenshu"}
            case "chat.postMessage":
                return self._posted(args)
            case "chat.update":
                self.expect(args["ts"] in self._stamps, "chat.update: not a message of ours")
                return {"ok": True, "ts": args["ts"], "channel": args["channel"]}
            case "files.getUploadURLExternal":
                id = f"F{len(self._asked) + 1}"
                self._asked[id] = args
                self.check_text(method, args.get("alt_txt") or "x", 1000)
                return {"ok": True, "file_id": id, "upload_url": f"{self.url}/upload/{id}"}
            case "files.completeUploadExternal":
                return self._completed(args)
            case "views.publish":
                view = args["view"] if isinstance(args["view"], dict) else json.loads(args["view"])
                args["view"] = view
                self.expect(view["type"] == "home", "views.publish: type")
                self.check_blocks(method, view["blocks"], 100)
                return {"ok": True, "view": view}
            case "apps.connections.open":
                return {"ok": True, "url": self.socket}
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{args['users']}"}}
            case "users.info":
                return {"ok": True, "user": {"id": args["user"], "locale": self.locale}}
        return {"ok": True}

    def _posted(self, args: Args) -> Args:
        self.expect(args.get("parse") == "none" and args.get("mrkdwn") is False, "chat.postMessage: the text is parsed")
        thread = args.get("thread_ts")
        self.expect(thread is None or re.fullmatch(r"\d+\.\d+", thread) is not None, "chat.postMessage: thread_ts")
        stamp = f"1700000000.{len(self._stamps) + 1:06}"
        self._stamps.add(stamp)
        args["ts"] = stamp
        channel = f"D{args['channel']}" if args["channel"].startswith("U") else args["channel"]
        return {"ok": True, "channel": channel, "ts": stamp, "message": {"text": args["text"], "ts": stamp}}

    def _uploaded(self, id: str, body: bytes) -> tuple[int, dict[str, str], str]:
        with self._new:
            self.expect(id in self._asked and int(self._asked[id]["length"]) == len(body), f"upload of {id}: length")
            self.uploads[id] = body
        return 200, {}, "OK"

    def _completed(self, args: Args) -> Args:
        files = args["files"] = json.loads(args["files"]) if isinstance(args["files"], str) else args["files"]
        for each in files:
            self.expect(each["id"] in self.uploads, "files.completeUploadExternal: not uploaded")
            self.check_text("title of a file", each["title"], 255)
            each |= {"filename": self._asked[each["id"]]["filename"], "alt": self._asked[each["id"]].get("alt_txt")}
        self.expect(args["channel_id"][0] in "CDG", "files.completeUploadExternal: channel_id")
        return {"ok": True, "files": [{"id": f["id"], "title": f["title"]} for f in files]}

    def _aside(self, method: str, args: Args) -> Args:
        self.expect(args.get("response_type") == "ephemeral" and args.get("replace_original") is False, "response_url: for all to see")
        self.check_text("response_url", args.get("text"), 4000)
        self.check_blocks("response_url", args["blocks"], 50)
        return {"ok": True}

    # -- what the real one refuses -----------------------------------------------------------------------------------

    def expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def check_text(self, where: str, text: Any, most: int) -> None:
        """Within its limit, and with nothing that Slack would take for a mark."""
        if not isinstance(text, str) or not text.strip() or len(text.encode("utf-16-le")) // 2 > most:
            self.faults.append(f"{where}: {text!r:.80} is empty or longer than {most}")
            return
        self.expect(not re.search(r"[<>]|&(?!(amp|lt|gt);)", text), f"{where}: not escaped: {text!r}")
        self.expect(not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text), f"{where}: invisible characters: {text!r}")

    def check_blocks(self, where: str, blocks: list[Args], most: int) -> None:
        self.expect(0 < len(blocks) <= most, f"{where}: {len(blocks)} blocks")
        ids = [e["action_id"] for b in blocks for e in (*b.get("elements", ()), b.get("accessory", {})) if "action_id" in e]
        self.expect(len(ids) == len(set(ids)), f"{where}: an action_id twice: {ids}")
        for block in blocks:
            kind = block.get("type")
            self.expect(kind in TYPES, f"{where}: block {kind}")
            if kind in ("section", "header"):
                self._check_object(where, block["text"], 3000 if kind == "section" else 150)
                if accessory := block.get("accessory"):
                    self._check_button(where, accessory)
            if kind == "context":
                self.expect(0 < len(block["elements"]) <= 10, f"{where}: elements of a context")
                for element in block["elements"]:
                    self._check_object(where, element, 3000)
            if kind == "actions":
                self.expect(0 < len(block["elements"]) <= 25, f"{where}: elements of actions")
                for element in block["elements"]:
                    self._check_button(where, element)

    def _check_object(self, where: str, object: Args, most: int) -> None:
        self.check_text(where, object.get("text"), most)
        if object["type"] == "plain_text":
            self.expect(object.get("emoji") is False, f"{where}: emoji in data")
            return
        self.expect(object["type"] == "mrkdwn" and object.get("verbatim") is True, f"{where}: a text that Slack turns into links")
        inside = object["text"].removeprefix("```").removesuffix("```")
        self.expect(object["text"].startswith("```\n") and object["text"].endswith("\n```") and "`" not in inside, f"{where}: marks in a table")

    def _check_button(self, where: str, button: Args) -> None:
        self.expect(button["type"] == "button" and button["text"]["type"] == "plain_text", f"{where}: {button}")
        self._check_object(where, button["text"], 75)
        self.expect(0 < len(button["action_id"]) <= 255 and 0 < len(button["value"]) <= 2000, f"{where}: ids of {button}")
        self.expect(button.get("style") in (None, "primary", "danger"), f"{where}: style of {button}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        called: Callable[..., Any] = self.called

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if len(body) < length:  # whoever sent it has died
                    self.close_connection = True
                    return
                status, headers, answer = called(urlsplit(self.path).path, self.headers, body)
                data = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _args(kind: str, body: bytes) -> Args:
    if kind.startswith("application/json"):
        return dict(json.loads(body))
    args: Args = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return args
