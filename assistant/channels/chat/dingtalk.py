"""DingTalk: what is written comes in signed, or by a stream of ours; answers are Markdown, with buttons that send a message.

DingTalk's buttons open addresses. Ours open `dtmd://dingtalkclient/sendMessage`: whoever clicks sends what the button says and, after a
`#`, the id of what it stands for, so that a click is never taken for another answer's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from assistant.channels.chat.channel import ChannelSettings, Incoming, Poster
from assistant.channels.chat.listening import listening
from assistant.channels.chat.message import Button, Message, printable
from assistant.channels.chat.outgoing import Reply, post
from prompts import word
from semantic_layer.errors import ChannelError, StoreError, UsageError

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.channels.chat.reception import Reception

log = logging.getLogger("wenshu.chat")

PATH = "/dingtalk/events"
HOSTS = ("oapi.dingtalk.com", "api.dingtalk.com")
_HOUR = 3_600_000  # milliseconds for which a signature is good
_MARGIN = 10_000  # milliseconds before its end from which a webhook is not used any more
_LARGEST = 15_000  # bytes of a text; DingTalk takes 20 KB
_LABEL, _BUTTONS, _TITLE, _URL = 20, 5, 60, 500  # characters; buttons of a card
_AGAIN = {-1, 130101, 130102, 40014, "Throttling", "ServiceUnavailable", "InvalidAuthentication"}
_DO = re.compile(r"^(?P<label>.*?)\s*#(?P<do>(?:choice|next|action):[^\s~]+)(?:~(?P<short>[0-9a-f]{6}))?$", re.DOTALL)
_WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "\\`*_~[]<>|@#-+="}  # what Markdown and mentions are made of, as characters of full width
_ANYWHERE = {k: v for k, v in _WIDE.items() if chr(k) not in "#-+="}
_FIRST = re.compile(r"^(#+|[-+=]+(?=\s|$))")  # headings, lists and rules


class Robot(BaseModel):
    """A robot of a group, that can only be written to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=8, repr=False, description="Its webhook.", examples=["https://oapi.dingtalk.com/robot/send?access_token=..."])
    secret: str = Field(default="", repr=False, description="What signs, where the robot asks for it: SEC...")


class DingTalkSettings(ChannelSettings):
    """`channels: {dingtalk: ...}`. People are staffIds; places are robots by name, conversations (cid...) and people."""

    app_key: str = Field(min_length=1, description="Client ID (AppKey) of the app.")
    app_secret: str = Field(min_length=1, repr=False, description="Client Secret (AppSecret) of the app.")
    robot_code: str = Field(default="", description="robotCode of its robot; default: the Client ID.")
    stream: bool = Field(default=False, description="Whether messages come by a stream of ours; then DingTalk need not reach us.")
    robots: dict[str, Robot] = Field(default={}, description="Robots of groups that are only written to, by name.")
    hosts: tuple[str, ...] = Field(default=HOSTS, description="Hosts that a message may name to be answered at.")
    api: str = Field(default="https://api.dingtalk.com", description="The open API.")
    old_api: str = Field(default="https://oapi.dingtalk.com", description="The older API, which takes pictures.")


class DingTalkPoster:
    """Posts as the robot of the app."""

    def __init__(self, settings: DingTalkSettings) -> None:
        self._settings = settings
        self._robot = settings.robot_code or settings.app_key
        self._lock = threading.Lock()
        self._known: tuple[str, float] = ("", 0.0)  # the token, and until when

    def answer(self, incoming: Incoming, message: Message) -> None:
        """By the webhook of what came in, while that is good; else as the robot, to the group or the person."""
        to = incoming.reply
        title, text, buttons = self._dressed(message, to.get("short", ""))
        if to["webhook"] and to["until"] > _now() + _MARGIN:
            try:
                _checked(self._post(to["webhook"], _card(title, text, buttons)))
                return
            except ChannelError as error:
                if error.again:
                    raise
                log.warning("dingtalk: the webhook of a message is no good any more: %s", error)
        self._as_robot(to["group"], to["person"], title, text, buttons)

    def send(self, place: str, message: Message, key: str) -> None:
        """By a robot of a group, or to a conversation or a person. DingTalk knows no key: a message that is tried again may come twice."""
        if place in self._settings.robots:
            robot = self._settings.robots[place]
            title, text, _ = self._dressed(message.model_copy(update={"ask": (), "buttons": ()}))  # nobody would hear a click
            _checked(self._post(_signed(robot), _card(title, text, ())))
            return
        group, person = (place, "") if place.startswith("cid") else ("", place)
        self._as_robot(group, person, *self._dressed(message))

    def _dressed(self, message: Message, short: str = "") -> tuple[str, str, tuple[tuple[str, str], ...]]:
        return dressed(message, self._picture(message), short)

    def _as_robot(self, group: str, person: str, title: str, text: str, buttons: tuple[tuple[str, str], ...]) -> None:
        kind, param = _template(title, text, buttons)
        path = "/v1.0/robot/groupMessages/send" if group else "/v1.0/robot/oToMessages/batchSend"
        to: dict[str, Any] = {"openConversationId": group} if group else {"userIds": [person]}
        body = {"robotCode": self._robot, "msgKey": kind, "msgParam": json.dumps(param, ensure_ascii=False), **to}
        told = self._authorized(lambda token: self._post(self._settings.api + path, body, {"x-acs-dingtalk-access-token": token}))
        if person and person in told.get("flowControlledStaffIdList", ()):
            raise ChannelError("DingTalk holds back messages to this person.", "钉钉对该用户限流。")

    def _picture(self, message: Message) -> str:
        """The id of the chart, uploaded; empty where there is none, or where it cannot be drawn or uploaded for good."""
        try:
            picture = message.picture()
            if picture is None:
                return ""
            kind, body = _form(picture)
            url = f"{self._settings.old_api}/media/upload?type=image&access_token="
            told = self._authorized(lambda token: self._raw(url + quote_plus(token), body, {"Content-Type": kind}))
        except UsageError:  # without the extra `charts`, the figures alone
            return ""
        except ChannelError as error:
            if error.again:
                raise
            log.warning("dingtalk: the chart is left out: %s", error)
            return ""
        id = str(told.get("media_id", ""))
        return id if re.fullmatch(r"[\w@$+/=.-]+", id) else ""

    def _authorized(self, call: Callable[[str], Reply]) -> dict[str, Any]:
        try:
            return _checked(call(self._token()))
        except ChannelError:
            self._known = ("", 0.0)  # it may have been the token
            raise

    def _token(self) -> str:
        with self._lock:
            if self._known[1] < time.monotonic():
                body = {"appKey": self._settings.app_key, "appSecret": self._settings.app_secret}
                told = _checked(self._post(f"{self._settings.api}/v1.0/oauth2/accessToken", body), always=True)
                self._known = (str(told.get("accessToken", "")), time.monotonic() + float(told.get("expireIn", 0)) - 300)
            return self._known[0]

    def _post(self, url: str, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
        return self._raw(url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _raw(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """To a host that is not DingTalk's, somebody named it in the settings: it may be one of the inner network."""
        return post(url, body, headers, private=urlsplit(url).hostname not in HOSTS)


class DingTalkChannel:
    """See `Channel`."""

    name = "dingtalk"
    settings: type[ChannelSettings] = DingTalkSettings

    def poster(self, settings: DingTalkSettings) -> Poster:
        """Raises UsageError where the SDK is missing, which reads what comes in."""
        try:
            import dingtalk_stream  # noqa: F401
        except ImportError:
            raise UsageError(
                "DingTalk needs a package: pip install -c constraints.txt -e '.[dingtalk]'",
                "钉钉需要安装：pip install -c constraints.txt -e '.[dingtalk]'",
            ) from None
        return DingTalkPoster(settings)

    def routes(self, settings: DingTalkSettings, receive: Reception) -> APIRouter | None:
        """The path of messages; none where they come by the stream."""
        if settings.stream:
            return None
        from fastapi import APIRouter
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        async def events(request: Request) -> Response:
            if not _is_signed(settings, request.headers):
                return JSONResponse({"msg": "wrong signature"}, 401)
            try:
                incoming = _written(settings, json.loads(await request.body()))
            except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
                return JSONResponse({"msg": "no message"}, 400)
            try:
                await run_in_threadpool(_received, receive, incoming)
            except StoreError as error:
                log.warning("dingtalk: a message could not be taken in: %s", error)
                return JSONResponse({"msg": "busy"}, 503)
            return JSONResponse({})

        router = APIRouter()
        router.add_route(PATH, events, methods=["POST"])
        return router

    def listen(self, settings: DingTalkSettings, receive: Reception) -> Callable[[], None] | None:
        """The stream, where the settings ask for it."""
        if not settings.stream:
            return None
        import dingtalk_stream as sdk

        class Handler(sdk.ChatbotHandler):  # type: ignore[misc]
            """Acknowledges what is taken in; DingTalk delivers the rest again."""

            async def process(self, callback: Any) -> tuple[int, str]:
                try:
                    _received(receive, _written(settings, callback.data))
                except StoreError as error:
                    log.warning("dingtalk: a message could not be taken in: %s", error)
                    return sdk.AckMessage.STATUS_SYSTEM_EXCEPTION, "busy"
                except (AttributeError, LookupError, TypeError, ValueError):
                    return sdk.AckMessage.STATUS_BAD_REQUEST, "no message"
                return sdk.AckMessage.STATUS_OK, "OK"

        quiet = logging.getLogger("wenshu.chat.dingtalk")  # the SDK logs tickets
        quiet.setLevel(logging.WARNING)
        sdk.DingTalkStreamClient.OPEN_CONNECTION_API = f"{settings.api}/v1.0/gateway/connections/open"
        client = sdk.DingTalkStreamClient(sdk.Credential(settings.app_key, settings.app_secret), quiet)
        client.register_callback_handler(sdk.ChatbotMessage.TOPIC, Handler())
        return listening(self.name, lambda loop: loop.run_until_complete(client.start()))


CHANNEL = DingTalkChannel()


# -- what comes in ----------------------------------------------------------------------------------------------------


def _is_signed(settings: DingTalkSettings, headers: Mapping[str, str]) -> bool:
    """Whether somebody signed who knows the app's secret, within the hour. The body is not part of what DingTalk signs."""
    at, sign = headers.get("timestamp", ""), headers.get("sign", "")
    fresh = at.isascii() and at.isdigit() and len(at) < 16 and abs(_now() - int(at)) <= _HOUR
    return fresh and hmac.compare_digest(_sign(settings.app_secret, at).encode(), sign.encode())


def _received(receive: Reception, incoming: Incoming | None) -> bool:
    return incoming is not None and receive.receive(incoming)


def _written(settings: DingTalkSettings, data: Any) -> Incoming | None:
    """A message of a person. In a group, which has no threads, each has a conversation of their own; a button carries whose it belongs to."""
    from dingtalk_stream import ChatbotMessage

    message = ChatbotMessage.from_dict(data)
    text = _text(message)
    if text is None or message.sender_id == message.chatbot_user_id:
        return None
    person, place, group = str(message.sender_staff_id or message.sender_id), str(message.conversation_id), str(message.conversation_type) == "2"
    clicked = _DO.match(text)
    short = ((clicked and clicked["short"]) or hashlib.sha256(person.encode()).hexdigest()[:6]) if group else ""
    webhook = str(message.session_webhook or "")
    if webhook and not _may_post(settings, webhook):
        log.warning("dingtalk: a message asks to be answered at %s, which no setting allows", urlsplit(webhook).hostname)
        webhook = ""
    until = int(message.session_webhook_expired_time or 0)
    reply = {"webhook": webhook, "until": until, "group": place if group else "", "person": person, "short": short}
    thread = f"{place}/{short}" if group else place
    if not (message.message_id and message.conversation_id):
        raise ValueError("a message without an id")
    return Incoming(str(message.message_id), person, thread, clicked["label"] if clicked else text, clicked["do"] if clicked else "", reply)


def _text(message: Any) -> str | None:
    """What a message says, also where it is spoken; None for pictures, files and the like."""
    if message.message_type in ("text", "richText"):
        return "".join(str(t) for t in message.get_text_list()).strip()
    spoken = message.extensions.get("content")
    return str(spoken["recognition"]).strip() if isinstance(spoken, dict) and "recognition" in spoken else None


def _may_post(settings: DingTalkSettings, url: str) -> bool:
    return urlsplit(url).hostname in settings.hosts


# -- what goes out ----------------------------------------------------------------------------------------------------


def dressed(message: Message, picture: str = "", short: str = "") -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Title, Markdown and buttons (label, address) of a message, with as many rows as there is room for. `picture` is the id of its chart."""
    asked = [(f"{n}. {b.label}", _address(b, short)) for n, b in enumerate(message.ask, 1)]
    shown = [(label[: _LABEL - 1] + "…" if len(label) > _LABEL else label, url) for label, url in asked[:_BUTTONS]]
    others = [(b.label, _address(b, short)) for b in message.buttons]
    shown += [each for each in others if len(each[0]) <= _LABEL][: _BUTTONS - len(shown)]
    links = tuple(asked[_BUTTONS:] + [each for each in others if each not in shown])
    while True:
        text = _markdown(message, picture, links)
        if not message.table or len(text.encode()) <= _LARGEST:
            title = _wide(message.text.split("\n")[0])
            return title[:_TITLE], _cut(text), tuple((_wide(label), url) for label, url in shown)
        kept = message.table[: len(message.table) // 2]
        message = message.model_copy(update={"table": kept, "more": message.more + len(message.table) - len(kept)})


def _markdown(message: Message, picture: str, links: tuple[tuple[str, str], ...]) -> str:
    parts = [_wide(line) for line in message.text.split("\n")]
    parts += [f"![]({picture})"] if picture else []
    parts += ["\n".join(_rows(message))] if message.table else []
    parts += [f"> {word('chat_more_rows', message.lang, n=message.more)}"] if message.more else []
    parts += [f"> {_wide(line)}" for line in message.details]
    parts += ["\n".join(f"{n}. {_wide(b.label)}" for n, b in enumerate(message.ask, 1))] if message.ask else []
    parts += [f"[{_wide(label)}]({url})" for label, url in links]
    return "\n\n".join(parts)


def _rows(message: Message) -> list[str]:
    """A line for each row: DingTalk's Markdown has no tables. What a row is about needs no head."""
    heads = [_wide(h) for h in message.heads]
    pair = len(heads) == 2 and len(message.table) > 1
    lines = [f"**{' · '.join(heads)}**"] if pair else []
    named = [not pair and (n > 0 or numeric) for n, numeric in enumerate(message.numeric)]
    for row in message.table:
        lines.append("- " + " · ".join(f"{h} {_wide(c)}" if told else _wide(c) for h, c, told in zip(heads, row, named, strict=True)))
    return lines


def _wide(text: str) -> str:
    """One line that is shown as it is: no Markdown, no mention, no address of another kind."""
    return _FIRST.sub(lambda found: found[0].translate(_WIDE), " ".join(printable(text).split())).translate(_ANYWHERE)


def _cut(text: str) -> str:
    return text if len(text.encode()) <= _LARGEST else text.encode()[:_LARGEST].decode(errors="ignore") + "…"


def _address(button: Button, short: str) -> str:
    """What a click sends: as much of the label as there is room for, and the id."""
    head, code = "dtmd://dingtalkclient/sendMessage?content=", quote(f" #{button.do}" + (f"~{short}" if short else ""), safe="")
    label = " ".join(button.label.split())
    while len(head) + len(quote(label, safe="")) + len(code) > _URL:
        label = label[:-1]
    return head + quote(label, safe="") + code


def _card(title: str, text: str, buttons: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The message of a webhook."""
    if not buttons:
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    shown = [{"title": label, "actionURL": url} for label, url in buttons]
    return {"msgtype": "actionCard", "actionCard": {"title": title, "text": text, "btnOrientation": "0", "btns": shown}}


def _template(title: str, text: str, buttons: tuple[tuple[str, str], ...]) -> tuple[str, dict[str, str]]:
    """The message of a robot: the key of its template, and what fills it."""
    if not buttons:
        return "sampleMarkdown", {"title": title, "text": text}
    if len(buttons) == 1:
        return "sampleActionCard", {"title": title, "text": text, "singleTitle": buttons[0][0], "singleURL": buttons[0][1]}
    numbered = {f"action{what}{n}": value for n, both in enumerate(buttons, 1) for what, value in zip(("Title", "URL"), both, strict=True)}
    return f"sampleActionCard{len(buttons)}", {"title": title, "text": text, **numbered}


def _signed(robot: Robot) -> str:
    """The webhook of a robot with its signature."""
    if not robot.secret:
        return robot.url
    at = str(_now())
    return f"{robot.url}{'&' if '?' in robot.url else '?'}timestamp={at}&sign={quote_plus(_sign(robot.secret, at))}"


def _sign(secret: str, at: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256)).decode()


def _form(picture: bytes) -> tuple[str, bytes]:
    """A form with a picture: its kind and its bytes."""
    edge = secrets.token_hex(16)
    head = f'--{edge}\r\nContent-Disposition: form-data; name="media"; filename="chart.png"\r\nContent-Type: image/png\r\n\r\n'
    return f"multipart/form-data; boundary={edge}", head.encode() + picture + f"\r\n--{edge}--\r\n".encode()


def _checked(reply: Reply, always: bool = False) -> dict[str, Any]:
    """What DingTalk gives. Raises ChannelError; with `always`, somebody will mend what it refuses."""
    told = reply.json()
    code = told.get("errcode", told.get("code", 0))
    if reply.status == 200 and code in (0, "0"):
        return told
    again = always or reply.status in (401, 429) or reply.status >= 500 or code in _AGAIN or str(code).startswith("Throttling")
    said = f"{reply.status} {code} {told.get('errmsg', told.get('message', ''))}".strip()
    raise ChannelError(f"DingTalk says {said}.", f"钉钉返回 {said}。", again=again, after=reply.after())


def _now() -> int:
    return int(time.time() * 1000)
