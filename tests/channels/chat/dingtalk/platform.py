"""The open APIs of DingTalk on loopback: they take what has the form that DingTalk asks for; and what DingTalk sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.channels.chat.standin import Call

SECRET, ROBOT_SECRET = "app-secret", "SEC123"
_numbers = itertools.count(1)


class DingTalk:
    """Answers calls; `failing` are answers given to messages first, `no_media` refuses pictures."""

    def __init__(self) -> None:
        self.failing: list[tuple[int, Any]] = []
        self.no_media: tuple[int, Any] | None = None

    def __call__(self, call: Call) -> tuple[int, Any]:
        at = urlsplit(call.path)
        query = {k: v[0] for k, v in parse_qs(at.query).items()}
        if at.path == "/v1.0/oauth2/accessToken":
            assert call.json == {"appKey": "ding1", "appSecret": SECRET}
            return 200, {"accessToken": "t/1+=", "expireIn": 7200}
        if at.path == "/media/upload":
            assert query == {"type": "image", "access_token": "t/1+="}
            assert re.match(r"multipart/form-data; boundary=\w+$", call.headers["content-type"])
            assert b'name="media"; filename="chart.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in call.body
            return self.no_media or (200, {"errcode": 0, "errmsg": "ok", "media_id": "@lADPDe7s2ySi18PNA6XNBXg", "type": "image"})
        if self.failing:
            return self.failing.pop(0)
        if at.path in ("/v1.0/robot/groupMessages/send", "/v1.0/robot/oToMessages/batchSend"):
            assert call.headers["x-acs-dingtalk-access-token"] == "t/1+="
            _check_template(call.json, "openConversationId" if "group" in at.path else "userIds")
            return 200, {"processQueryKey": "q1"}
        if at.path == "/robot/send":
            assert query["access_token"] == "robot-token"
            wanted = base64.b64encode(hmac.new(ROBOT_SECRET.encode(), f"{query['timestamp']}\n{ROBOT_SECRET}".encode(), hashlib.sha256).digest()).decode()
            assert query["sign"] == wanted and abs(int(query["timestamp"]) - time.time() * 1000) < 60_000
        else:
            assert at.path == "/robot/sendBySession" and query["session"]
        _check_message(call.json)
        return 200, {"errcode": 0, "errmsg": "ok"}


def _check_message(body: dict[str, Any]) -> None:
    kind = body["msgtype"]
    assert set(body) == {"msgtype", kind}  # nobody is mentioned: there is no "at"
    if kind == "markdown":
        assert set(body[kind]) == {"title", "text"}
    else:
        assert kind == "actionCard" and set(body[kind]) == {"title", "text", "btnOrientation", "btns"} and body[kind]["btnOrientation"] in "01"
        assert all(set(b) == {"title", "actionURL"} and len(b["actionURL"]) <= 500 and 0 < len(b["title"]) <= 20 for b in body[kind]["btns"])
    assert body[kind]["title"] and len(json.dumps(body, ensure_ascii=False).encode()) <= 20_000


def _check_template(body: dict[str, Any], to: str) -> None:
    assert set(body) == {"robotCode", "msgKey", "msgParam", to} and body["robotCode"] == "robot1"
    param = json.loads(body["msgParam"])
    named = {"title", "text"}
    if body["msgKey"] == "sampleActionCard":
        named |= {"singleTitle", "singleURL"}
    elif body["msgKey"] != "sampleMarkdown":
        number = int(re.fullmatch(r"sampleActionCard([2-5])", body["msgKey"])[1])  # type: ignore[index]
        named |= {f"action{what}{n}" for n in range(1, number + 1) for what in ("Title", "URL")}
    assert set(param) == named and all(isinstance(v, str) and v for v in param.values())


def is_message(call: Call) -> bool:
    return "/robot/" in call.path


def shown(call: Call) -> tuple[str, dict[str, str]]:
    """The Markdown of a message, and its buttons: what they send, by their labels; links in the text as well."""
    body = call.json
    if "msgKey" in body:
        param = json.loads(body["msgParam"])
        text, buttons = param["text"], {param[k]: param[k.replace("Title", "URL")] for k in param if "Title" in k}
    else:
        inner = body[body["msgtype"]]
        text, buttons = inner["text"], {b["title"]: b["actionURL"] for b in inner.get("btns", ())}
    buttons |= dict(re.findall(r"\[([^]]+)\]\((dtmd:[^)]+)\)", text))
    assert all(url.startswith("dtmd://dingtalkclient/sendMessage?content=") for url in buttons.values())
    return text, {label: unquote(url.partition("content=")[2]) for label, url in buttons.items()}


def wrote(text: str, webhook: str, id: str = "msg1", person: str = "staff_ann", group: bool = False, **given: Any) -> dict[str, Any]:
    """A message, as DingTalk describes it."""
    return {
        "conversationId": "cidA/b==",
        "atUsers": [{"dingtalkId": "$:LWCP_v1:$bot"}],
        "chatbotCorpId": "ding9f",
        "chatbotUserId": "$:LWCP_v1:$bot",
        "msgId": id,
        "senderNick": "安",
        "isAdmin": True,
        "senderStaffId": person,
        "sessionWebhookExpiredTime": int(time.time() * 1000) + 5_400_000,
        "createAt": int(time.time() * 1000),
        "senderCorpId": "ding9f",
        "conversationType": "2" if group else "1",
        "senderId": f"$:LWCP_v1:${person}",
        "isInAtList": True,
        "sessionWebhook": webhook,
        "text": {"content": f" {text}" if group else text},
        "robotCode": "robot1",
        "msgtype": "text",
        **given,
    }


def signed(secret: str = SECRET, ago: float = 0) -> dict[str, str]:
    """The headers of a delivery, made so many seconds ago."""
    at = str(int((time.time() - ago) * 1000))
    return {"timestamp": at, "sign": base64.b64encode(hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()).decode()}
