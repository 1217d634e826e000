"""The signed webhook: only written to. A message is JSON, signed as standardwebhooks.com says, so that any receiver can check it."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.channels.chat.channel import ChannelSettings, Incoming, Poster
from assistant.channels.chat.message import Message
from assistant.channels.chat.outgoing import post
from semantic_layer.errors import ChannelError

if TYPE_CHECKING:
    from fastapi import APIRouter

    from assistant.channels.chat.reception import Reception

_PREFIX = "whsec_"
_GONE = 410


class Receiver(BaseModel):
    """Who messages are posted to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=8, repr=False, description="Where to post; https, except on this machine.")
    secret: str = Field(repr=False, description="What signs: whsec_ and 24 to 64 bytes in base64.")
    private: bool = Field(default=False, description="Whether the address may be one of the inner network.")

    @field_validator("secret")
    @classmethod
    def _long(cls, secret: str) -> str:
        if not (secret.startswith(_PREFIX) and 24 <= len(_secret(secret)) <= 64):
            raise ValueError("write whsec_ and 24 to 64 random bytes in base64")
        return secret


class WebhookSettings(ChannelSettings):
    """`channels: {webhook: ...}`. The places are the names of the receivers."""

    receivers: dict[str, Receiver] = Field(min_length=1, description="Who messages may be posted to, by name.")


class WebhookPoster:
    """Posts to the receivers of the settings."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._receivers = settings.receivers

    def answer(self, incoming: Incoming, message: Message) -> None:
        """Nothing comes in by a webhook of ours."""
        raise ChannelError("A webhook is only written to.", "Webhook 渠道只发送，不接收。", again=False)

    def send(self, place: str, message: Message, key: str) -> None:
        """Posts once; anything but 2xx is a failure, and tried again unless the receiver is gone (410) or elsewhere (3xx)."""
        if place not in self._receivers:
            en, zh = f"There is no receiver {place} in channels.webhook.receivers.", f"channels.webhook.receivers 中没有 {place}。"
            raise ChannelError(en, zh, again=False)
        to, at = self._receivers[place], dt.datetime.now(dt.UTC)
        body = _body(message, at)
        reply = post(to.url, body, _headers(to.secret, key, str(int(at.timestamp())), body), to.private)
        if not 200 <= reply.status < 300:
            again = reply.status >= 400 and reply.status != _GONE
            raise ChannelError(f"{place} answers {reply.status}.", f"{place} 返回 {reply.status}。", again=again, after=reply.after())


class WebhookChannel:
    """See `Channel`."""

    name = "webhook"
    settings: type[ChannelSettings] = WebhookSettings

    def poster(self, settings: WebhookSettings) -> Poster:
        """Needs no package."""
        return WebhookPoster(settings)

    def routes(self, settings: Any, receive: Reception) -> APIRouter | None:
        """None: nothing comes in."""
        return None

    def listen(self, settings: Any, receive: Reception) -> Callable[[], None] | None:
        """None: nothing comes in."""
        return None


CHANNEL = WebhookChannel()


def _body(message: Message, at: dt.datetime) -> bytes:
    """Without the buttons: there is nobody to click."""
    data = message.model_dump(mode="json", exclude={"ask", "buttons"})
    return json.dumps({"type": "message", "timestamp": at.isoformat(), "data": data}, ensure_ascii=False).encode()


def _headers(secret: str, key: str, seconds: str, body: bytes) -> dict[str, str]:
    """The signature is over the key, the time and the body."""
    signature = base64.b64encode(hmac.digest(_secret(secret), f"{key}.{seconds}.".encode() + body, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
    }


def _secret(text: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""
