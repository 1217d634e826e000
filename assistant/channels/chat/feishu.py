"""Feishu (Lark): what is written and clicked comes in signed, or by a long connection of ours; answers are cards, in the thread of the message.

Cards are JSON 2.0, all text in them is `plain_text`: no value of the data can mention anybody, link anywhere or change the layout.
The SDK is imported where it is used: that takes two seconds and 168 MB.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from assistant.channels.chat.channel import ChannelSettings, Incoming, Poster
from assistant.channels.chat.listening import listening
from assistant.channels.chat.message import Button, Message, printable
from prompts import word
from semantic_layer.errors import ChannelError, StoreError, UsageError

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.channels.chat.reception import Reception

log = logging.getLogger("wenshu.chat")

PATH = "/feishu/events"
_WRITTEN, _CLICKED = "im.message.receive_v1", "card.action.trigger"
_SECONDS = 10.0
_LARGEST_CARD = 28_000  # bytes; Feishu takes 30 KB
_LONGEST = {"text": 4_000, "details": 4_000, "cell": 200, "label": 80, "alt": 300}
_MENTION = re.compile(r"@_(?:user_\d+|all)\b")
_PLACES = {"oc_": "chat_id", "ou_": "open_id", "on_": "union_id"}  # otherwise a user_id
_AGAIN = {11232, 230020, 99991400, 99991663}  # too many at once; a token that has just run out
_NO_CARD = {230001, 230025, 230099}  # its content is not taken: the sentence is sent alone


class FeishuSettings(ChannelSettings):
    """`channels: {feishu: ...}`. People are open_id, user_id or union_id; places are chats (oc_...) and people."""

    app_id: str = Field(min_length=1, description="App ID of the app.", examples=["cli_a1b2c3"])
    app_secret: str = Field(min_length=1, repr=False, description="App Secret of the app.")
    verification_token: str = Field(default="", repr=False, description="Verification Token: what events that are sent to us carry.")
    encrypt_key: str = Field(default="", repr=False, description="Encrypt Key: what events that are sent to us are encrypted and signed with.")
    long_connection: bool = Field(default=False, description="Whether events come by a connection of ours; then Feishu need not reach us.")
    domain: str = Field(default="https://open.feishu.cn", description="The open platform; https://open.larksuite.com for Lark.")

    @model_validator(mode="after")
    def _reached(self) -> FeishuSettings:
        if not (self.verification_token or self.encrypt_key or self.long_connection):
            raise ValueError("write verification_token or encrypt_key, or long_connection: true")
        return self


class FeishuPoster:
    """Posts as the app's bot. A message of the same key is shown once within the hour: Feishu sees to that."""

    def __init__(self, settings: FeishuSettings) -> None:
        """Raises UsageError where the SDK is missing."""
        self._client = _client(settings)

    def answer(self, incoming: Incoming, message: Message) -> None:
        """Replies to the message that was written, or to the card whose button was clicked."""
        from lark_oapi.api.im.v1 import ReplyMessageRequest, ReplyMessageRequestBody

        def reply(kind: str, content: str) -> Any:
            body = {"msg_type": kind, "content": content, "uuid": _uuid(incoming.key, kind), "reply_in_thread": bool(incoming.reply["in_thread"])}
            request = ReplyMessageRequest.builder().message_id(incoming.reply["message"]).request_body(ReplyMessageRequestBody(body)).build()
            return self._client.im.v1.message.reply(request)

        self._post(message, incoming.thread, reply)

    def send(self, place: str, message: Message, key: str) -> None:
        """Sends to a chat or a person."""
        from lark_oapi.api.im.v1 import CreateMessageRequest, CreateMessageRequestBody

        def create(kind: str, content: str) -> Any:
            body = {"receive_id": place, "msg_type": kind, "content": content, "uuid": _uuid(key, kind)}
            request = CreateMessageRequest.builder().receive_id_type(_PLACES.get(place[:3], "user_id")).request_body(CreateMessageRequestBody(body))
            return self._client.im.v1.message.create(request.build())

        self._post(message, "", create)

    def _post(self, message: Message, thread: str, post: Callable[[str, str], Any]) -> None:
        card = json.dumps(card_of(message, thread, self._picture(message)), ensure_ascii=False)
        code = _called(lambda: post("interactive", card), _NO_CARD).code
        if code:
            log.warning("feishu: a card was not taken (%s); its sentence is sent alone", code)
            _called(lambda: post("text", json.dumps({"text": _untagged(message.text)}, ensure_ascii=False)))

    def _picture(self, message: Message) -> str:
        """The key of the chart, uploaded; empty where there is none, or where it cannot be drawn or uploaded for good."""
        from lark_oapi.api.im.v1 import CreateImageRequest, CreateImageRequestBody

        try:
            picture = message.picture()
            if picture is None:
                return ""
            body = CreateImageRequestBody.builder().image_type("message").image(("chart.png", picture, "image/png")).build()
            found: str = _called(lambda: self._client.im.v1.image.create(CreateImageRequest.builder().request_body(body).build())).data.image_key
        except UsageError:  # without the extra `charts`, the figures alone
            return ""
        except ChannelError as error:
            if error.again:
                raise
            log.warning("feishu: the chart is left out: %s", error)
            return ""
        return found


class FeishuChannel:
    """See `Channel`."""

    name = "feishu"
    settings: type[ChannelSettings] = FeishuSettings

    def poster(self, settings: FeishuSettings) -> Poster:
        """By the SDK. Raises UsageError where it is missing."""
        return FeishuPoster(settings)

    def routes(self, settings: FeishuSettings, receive: Reception) -> APIRouter | None:
        """The path of events and of callbacks of cards; none where nothing tells who calls it."""
        if not (settings.verification_token or settings.encrypt_key):
            return None
        from fastapi import APIRouter
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        async def events(request: Request) -> Response:
            try:
                payload = _opened(settings, request.headers, await request.body())
                return JSONResponse(await run_in_threadpool(_taken, settings, receive, payload))
            except _RefusedError as error:
                return JSONResponse({"msg": str(error)}, error.status)
            except StoreError as error:  # Feishu delivers it again
                log.warning("feishu: an event could not be taken in: %s", error)
                return JSONResponse({"msg": "busy"}, 503)

        router = APIRouter()
        router.add_route(PATH, events, methods=["POST"])
        return router

    def listen(self, settings: FeishuSettings, receive: Reception) -> Callable[[], None] | None:
        """The long connection, where the settings ask for it; a process has one."""
        if not settings.long_connection:
            return None
        from lark_oapi import EventDispatcherHandler, LogLevel
        from lark_oapi.ws import client as ws

        handler = (
            EventDispatcherHandler.builder("", "")
            .register_p2_im_message_receive_v1(lambda data: _received(receive, _written(settings, data)))
            .register_p2_card_action_trigger(lambda data: _toast(receive, _clicked(settings, data)))
            .build()
        )
        client = ws.Client(settings.app_id, settings.app_secret, LogLevel.WARNING, handler, settings.domain)

        def run(loop: Any) -> None:
            ws.loop = loop  # the SDK runs in whatever loop there was when it was imported
            client.start()

        return listening(self.name, run)


CHANNEL = FeishuChannel()


# -- what comes in ----------------------------------------------------------------------------------------------------


class _RefusedError(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def _opened(settings: FeishuSettings, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The payload of a request, decrypted, once it is known to come from Feishu."""
    given = _object(body, 400)
    sealed = isinstance(given.get("encrypt"), str)
    payload = _object(_decrypted(settings.encrypt_key, given["encrypt"]), 401) if sealed else given
    asked = payload.get("type") == "url_verification"  # when the address is set up; without a signature
    if settings.encrypt_key and not (asked and (sealed or settings.verification_token)):
        parts = [headers.get(f"x-lark-request-{name}", "") for name in ("timestamp", "nonce")]
        wanted = hashlib.sha256("".join([*parts, settings.encrypt_key]).encode() + body).hexdigest()
        if not hmac.compare_digest(wanted.encode(), headers.get("x-lark-signature", "").encode()):
            raise _RefusedError(401, "wrong signature")
    header = payload.get("header")
    token = header.get("token") if isinstance(header, dict) else payload.get("token")
    if settings.verification_token and not hmac.compare_digest(settings.verification_token.encode(), str(token).encode(errors="replace")):
        raise _RefusedError(403, "wrong token")
    return payload


def _object(text: bytes | str, status: int) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _RefusedError(status, "no event")
    return found


def _decrypted(key: str, text: str) -> str:
    from lark_oapi.core.utils import AESCipher

    try:
        opened: str = AESCipher(key).decrypt_str(text) if key else ""
    except ValueError:
        opened = ""
    if not opened:
        raise _RefusedError(401, "wrong encryption")
    return opened


def _taken(settings: FeishuSettings, receive: Reception, payload: dict[str, Any]) -> dict[str, Any]:
    """Takes an event in; gives what Feishu wants to hear."""
    from lark_oapi.api.im.v1 import P2ImMessageReceiveV1
    from lark_oapi.core.exception import UnmarshalException
    from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTrigger

    if payload.get("type") == "url_verification":
        return {"challenge": str(payload.get("challenge", ""))}
    kind = payload["header"].get("event_type") if isinstance(payload.get("header"), dict) else None
    try:
        written = _written(settings, P2ImMessageReceiveV1(payload)) if kind == _WRITTEN else None
        clicked = _clicked(settings, P2CardActionTrigger(payload)) if kind == _CLICKED else None
    except (UnmarshalException, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _RefusedError(400, "no event that we know") from error
    if clicked:
        return _toast(receive, clicked)
    _received(receive, written)
    return {}


def _received(receive: Reception, incoming: Incoming | None) -> bool:
    return incoming is not None and receive.receive(incoming)


def _toast(receive: Reception, incoming: Incoming) -> dict[str, Any]:
    """What is shown at once to whoever clicked; the answer follows."""
    if not receive.receive(incoming):
        return {}
    return {"toast": {"type": "info", "content": word("chat_working", incoming.do.split(":")[1] if ":" in incoming.do else "en")}}


def _written(settings: FeishuSettings, data: Any) -> Incoming | None:
    """A message of a person: to the bot alone, or in a group where it mentions the bot. Its id is the same in every event about it."""
    message, sender = data.event.message, data.event.sender
    mentions = message.mentions or []
    group = message.chat_type != "p2p"
    if sender.sender_type != "user" or (group and not any(_is_bot(m) for m in mentions)):
        return None
    text = _text(message.message_type, message.content)
    if text is None:
        return None
    names = {m.key: m.name or "" for m in mentions if not _is_bot(m)}
    text = _MENTION.sub(lambda found: names.get(found[0], ""), text).strip()
    threaded = group or bool(message.thread_id)
    thread = f"{message.chat_id}/{message.root_id or message.message_id}" if threaded else message.chat_id
    reply = {"message": message.message_id, "in_thread": threaded}
    return Incoming(message.message_id, _person(settings, sender.sender_id), thread, text, reply=reply)


def _text(kind: str, content: str) -> str | None:
    """What a message says; None for pictures, files and the like."""
    found = json.loads(content)
    if kind == "text":
        return str(found["text"])
    if kind != "post":
        return None
    lines = [[str(part.get("text", part.get("user_id", ""))) for part in line] for line in found["content"]]
    return "\n".join([str(found.get("title", "")), *("".join(line) for line in lines)])


def _is_bot(mention: Any) -> bool:
    return mention.mentioned_type in (None, "", "bot", "app")


def _clicked(settings: FeishuSettings, data: Any) -> Incoming:
    """A click on a button: of a card of ours, which says what it does and in which thread."""
    event = data.event
    do, thread = str(event.action.value["do"]), str(event.action.value.get("thread") or event.context.open_chat_id)
    reply = {"message": event.context.open_message_id, "in_thread": "/" in thread}
    return Incoming(f"click:{data.header.event_id}", _person(settings, event.operator), thread, do=do, reply=reply)


def _person(settings: FeishuSettings, ids: Any) -> str:
    """By whichever of their ids the settings know them; otherwise by the one of this app."""
    return next((i for i in (ids.open_id, ids.user_id, ids.union_id) if i in settings.people), str(ids.open_id))


# -- what goes out ----------------------------------------------------------------------------------------------------


def card_of(message: Message, thread: str = "", picture: str = "") -> dict[str, Any]:
    """The card of a message, with as many rows as it has room for. `thread` is what its buttons belong to, `picture` the key of its chart."""
    while True:
        card = _card(message, thread, picture)
        if not message.table or len(json.dumps(card, ensure_ascii=False).encode()) <= _LARGEST_CARD:
            return card
        kept = message.table[: len(message.table) // 2]
        message = message.model_copy(update={"table": kept, "more": message.more + len(message.table) - len(kept)})


def _card(message: Message, thread: str, picture: str) -> dict[str, Any]:
    elements = [_words(message.text, "text")]
    if picture:
        elements.append({"tag": "img", "img_key": picture, "alt": _plain(message.alt, "alt")})
    if message.table:
        elements.append(_table(message))
    details = ([word("chat_more_rows", message.lang, n=message.more)] if message.more else []) + list(message.details)
    if details:
        elements.append(_words("\n".join(details), "details"))
    elements += [_button(b, thread) for b in (*message.ask, *message.buttons)]
    summary = {"content": _plain(message.text.split("\n")[0], "label")["content"]}
    return {"schema": "2.0", "config": {"update_multi": True, "summary": summary}, "body": {"elements": elements}}


def _plain(text: str, kind: str) -> dict[str, Any]:
    cut = printable(text)
    return {"tag": "plain_text", "content": cut if len(cut) <= _LONGEST[kind] else cut[: _LONGEST[kind] - 1] + "…"}


def _words(text: str, kind: str) -> dict[str, Any]:
    small = {"text_size": "notation", "text_color": "grey"} if kind == "details" else {}
    return {"tag": "div", "text": {**_plain(text, kind), **small}}


def _table(message: Message) -> dict[str, Any]:
    def cell(text: str) -> str:
        return str(_plain(" ".join(text.split()), "cell")["content"])

    columns = [
        {"name": f"c{n}", "display_name": cell(head), "data_type": "text", "width": "auto", "horizontal_align": "right" if number else "left"}
        for n, (head, number) in enumerate(zip(message.heads, message.numeric, strict=True))
    ]
    rows = [{f"c{n}": cell(text) for n, text in enumerate(row)} for row in message.table]
    return {"tag": "table", "page_size": 10, "row_height": "low", "columns": columns, "rows": rows}


def _button(button: Button, thread: str) -> dict[str, Any]:
    """It carries ids alone; whoever clicks is asked for their rights anew."""
    behaviors = [{"type": "callback", "value": {"do": button.do, "thread": thread}}]
    return {"tag": "button", "text": _plain(button.label, "label"), "type": "primary" if button.main else "default", "behaviors": behaviors}


def _untagged(text: str) -> str:
    """For a message of text, in which tags would mention people."""
    return str(_plain(text, "text")["content"]).replace("<", "＜").replace(">", "＞")


def _client(settings: FeishuSettings) -> Any:
    try:
        import lark_oapi as lark
    except ImportError:
        raise UsageError(
            "Feishu needs a package: pip install -c constraints.txt -e '.[feishu]'", "飞书需要安装：pip install -c constraints.txt -e '.[feishu]'"
        ) from None
    made = lark.Client.builder().app_id(settings.app_id).app_secret(settings.app_secret).timeout(_SECONDS).log_level(lark.LogLevel.WARNING)
    try:
        return made.domain(settings.domain).build()
    except ValueError as error:
        raise UsageError(f"wenshu.yaml, channels.feishu.domain: {error}.", f"wenshu.yaml 的 channels.feishu.domain：{error}。") from None


def _called(call: Callable[[], Any], taken: frozenset[int] | set[int] = frozenset()) -> Any:
    """What an API of Feishu gives; also where it fails with one of the codes that are `taken`. Raises ChannelError."""
    from lark_oapi.core.exception import ObtainAccessTokenException, UnmarshalException

    try:
        response = call()
    except (OSError, ValueError, UnmarshalException) as error:  # away, or it is no JSON that came back
        raise ChannelError(f"Feishu cannot be reached: {type(error).__name__}: {error}.", f"无法连接飞书：{error}。") from None
    except ObtainAccessTokenException as error:  # somebody will mend the settings
        raise ChannelError(f"Feishu gives no token: {error}.", f"飞书没有给令牌：{error}。") from None
    if response.success() or response.code in taken:
        return response
    status, headers = response.raw.status_code, {k.lower(): v for k, v in response.raw.headers.items()}
    again = status == 429 or status >= 500 or response.code in _AGAIN
    wait = headers.get("x-ogw-ratelimit-reset", "")
    told = f"{response.code} {response.msg}"
    raise ChannelError(f"Feishu says {told}.", f"飞书返回 {told}。", again=again, after=float(wait) if wait.isdigit() else None)


def _uuid(key: str, kind: str) -> str:
    """Up to 50 characters, the same at every try."""
    return hashlib.sha256(f"{kind} {key}".encode()).hexdigest()[:48]
