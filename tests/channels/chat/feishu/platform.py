"""The open platform of Feishu on loopback: takes what the SDK sends, and refuses what has not the form that Feishu asks for; and what Feishu sends."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
from typing import Any

from Crypto.Cipher import AES

from tests.channels.chat.standin import Call

TOKEN, KEY = "verify-me", "an-encrypt-key"
_numbers = itertools.count(1)
ALLOWED = {  # of each component of a card of JSON 2.0: what is not listed is refused
    "div": {"tag", "text"},
    "plain_text": {"tag", "content", "text_size", "text_color"},
    "img": {"tag", "img_key", "alt"},
    "table": {"tag", "page_size", "row_height", "columns", "rows"},
    "button": {"tag", "text", "type", "behaviors"},
}
COLUMN = {"name", "display_name", "data_type", "width", "horizontal_align"}


class Feishu:
    """Answers calls; `failing` are answers given to replies and messages first, `no_images` refuses pictures."""

    def __init__(self) -> None:
        self.failing: list[tuple[int, Any]] = []
        self.no_images: tuple[int, Any] | None = None

    def __call__(self, call: Call) -> tuple[int, Any]:
        if call.path == "/open-apis/auth/v3/tenant_access_token/internal":
            assert set(call.json) == {"app_id", "app_secret"}
            return 200, {"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200}
        assert call.headers["authorization"] == "Bearer t-1"
        if call.path == "/open-apis/im/v1/images":
            return self.no_images or (200, {"code": 0, "data": {"image_key": _image(call)}})
        if self.failing:
            return self.failing.pop(0)
        body = call.json
        if re.fullmatch(r"/open-apis/im/v1/messages/om_\w+/reply", call.path):
            assert set(body) == {"msg_type", "content", "uuid", "reply_in_thread"} and isinstance(body["reply_in_thread"], bool)
        else:
            assert re.fullmatch(r"/open-apis/im/v1/messages\?receive_id_type=(chat_id|open_id|union_id|user_id)", call.path), call.path
            assert set(body) == {"receive_id", "msg_type", "content", "uuid"}
        assert 0 < len(body["uuid"]) <= 50
        check_content(body["msg_type"], body["content"])
        return 200, {"code": 0, "msg": "success", "data": {"message_id": "om_answer"}}


def _image(call: Call) -> str:
    assert call.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="image_type"\r\n\r\nmessage\r\n' in call.body and b"\x89PNG" in call.body
    assert b'name="image"; filename="chart.png"\r\nContent-Type: image/png' in call.body
    return "img_v3_1"


def check_content(kind: str, content: str) -> None:
    """The form of the content of a message. Raises AssertionError."""
    found = json.loads(content)
    if kind == "text":
        assert set(found) == {"text"}
        return
    assert kind == "interactive" and len(content.encode()) <= 30_000
    assert found["schema"] == "2.0" and set(found) == {"schema", "config", "body"} and set(found["config"]) == {"update_multi", "summary"}
    assert set(found["body"]) == {"elements"}
    for each in found["body"]["elements"]:
        check_part(each)


def check_part(part: dict[str, Any]) -> None:
    assert set(part) <= ALLOWED[part["tag"]], part
    for inner in (part.get("text"), part.get("alt")):
        if inner is not None:
            assert inner["tag"] == "plain_text"
            check_part(inner)
    if part["tag"] == "table":
        names = [c["name"] for c in part["columns"]]
        assert len(set(names)) == len(names) <= 50 and 1 <= part["page_size"] <= 10
        assert all(set(c) == COLUMN and c["data_type"] == "text" and c["horizontal_align"] in ("left", "right") for c in part["columns"])
        assert all(set(row) == set(names) and all(isinstance(v, str) for v in row.values()) for row in part["rows"])
    if part["tag"] == "button":
        assert len(part["text"]["content"]) <= 100 and part["type"] in ("default", "primary")
        ((behavior),) = part["behaviors"]
        assert behavior["type"] == "callback" and set(behavior["value"]) == {"do", "thread"}


def card(call: Call) -> dict[str, list[Any]]:
    """The parts of the card of a call, by their tags; buttons as (label, value)."""
    parts: dict[str, list[Any]] = {"div": [], "img": [], "table": [], "button": []}
    for each in json.loads(call.json["content"])["body"]["elements"]:
        tag = each["tag"]
        parts[tag].append(each["text"]["content"] if tag == "div" else (each["text"]["content"], each["behaviors"][0]["value"]) if tag == "button" else each)
    return parts


def event(kind: str, body: dict[str, Any], token: str = TOKEN, id: str = "") -> dict[str, Any]:
    """An event of version 2."""
    header = {"event_id": id or f"ev{next(_numbers)}", "event_type": kind, "create_time": "1608725989000", "token": token, "app_id": "cli_1", "tenant_key": "736588c9260f175d"}
    return {"schema": "2.0", "header": header, "event": body}


def wrote(text: str, id: str = "om_1", person: str = "ou_ann", group: bool = False, root: str = "", at: str = "bot", kind: str = "text", sender: str = "user") -> dict[str, Any]:
    """A message: to the bot alone, or in a group where it mentions somebody (`at`: bot or user, empty for nobody)."""
    mentions = [{"key": "@_user_1", "id": {"open_id": "ou_bot"}, "name": "问数", "mentioned_type": at, "tenant_key": "736588c9260f175d"}] if group and at else []
    content = json.dumps({"text": f"@_user_1 {text}" if mentions else text}) if kind == "text" else text
    message = {"message_id": id, "create_time": "1609073151345", "chat_id": "oc_1", "chat_type": "group" if group else "p2p", "message_type": kind, "content": content, "mentions": mentions}
    if root:
        message |= {"root_id": root, "parent_id": root, "thread_id": "omt_1"}
    who = {"sender_id": {"open_id": person, "union_id": f"on_{person}", "user_id": None}, "sender_type": sender, "tenant_key": "736588c9260f175d"}
    return event("im.message.receive_v1", {"sender": who, "message": message})


def clicked(value: dict[str, Any], person: str = "ou_ann", id: str = "") -> dict[str, Any]:
    """A click on a button of a card."""
    body = {
        "operator": {"tenant_key": "736588c9260f175d", "open_id": person, "union_id": f"on_{person}"},
        "token": "c-update",
        "action": {"value": value, "tag": "button"},
        "host": "im_message",
        "context": {"open_message_id": "om_card", "open_chat_id": "oc_1"},
    }
    return event("card.action.trigger", body, id=id)


def sealed(payload: dict[str, Any], key: str = KEY) -> bytes:
    """Encrypted as Feishu does: AES-256-CBC under the SHA-256 of the key, the IV in front."""
    plain, iv = json.dumps(payload).encode(), os.urandom(16)
    pad = 16 - len(plain) % 16
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    return json.dumps({"encrypt": base64.b64encode(iv + cipher.encrypt(plain + bytes([pad]) * pad)).decode()}).encode()


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    """The headers that sign a body."""
    signature = hashlib.sha256(b"1609073151" + b"nonce" + key.encode() + body).hexdigest()
    return {"X-Lark-Request-Timestamp": "1609073151", "X-Lark-Request-Nonce": "nonce", "X-Lark-Signature": signature}
