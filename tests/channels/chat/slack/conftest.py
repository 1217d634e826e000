"""Bots of Slack over the packaged shop, a stand-in for Slack, and people who write, click and type commands with Slack's signature."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from assistant.channels.chat.reception import Reception
from assistant.channels.chat.slack import CHANNEL, SlackSettings
from assistant.service import Service
from tests.channels.chat.slack.stand_in import TOKEN, StandIn

SECRET = "the secret of the test"
PEOPLE = {"U1": "ann", "U2": "bob"}
Event = dict[str, Any]


def signature(body: bytes, at: int, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()


class Bot:
    """A server that Slack calls, and who uses it."""

    def __init__(self, service: Service, slack: StandIn, lease: float, settings: dict[str, Any]) -> None:
        given = {"people": PEOPLE, "token": TOKEN, "signing_secret": SECRET, "base_url": f"{slack.url}/api/", **settings}
        self.settings = SlackSettings.model_validate(given)
        self.slack, self.service = slack, service
        self.reception = Reception(service, "slack", self.settings, CHANNEL.poster(self.settings), lease=lease)
        self.app = FastAPI()
        router = CHANNEL.routes(self.settings, self.reception)
        assert router is not None
        self.app.include_router(router)
        self.http = TestClient(self.app, raise_server_exceptions=False)
        self._stamps = itertools.count(1)
        self._triggers = itertools.count(1)

    def close(self) -> None:
        self.reception.close()

    def send(self, body: bytes, kind: str = "application/json", ago: int = 0, secret: str = SECRET, **headers: str) -> Response:
        at = int(time.time()) - ago
        signed = {"Content-Type": kind, "X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature(body, at, secret), **headers}
        return self.http.post("/slack/events", content=body, headers=signed)

    def event(self, event: Event, id: str = "Ev1", **headers: str) -> Response:
        body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": id, "event_time": 1, "event": event}
        return self.send(json.dumps(body).encode(), **headers)

    def written(self, text: str, **more: Any) -> Event:
        """An event of a message in a channel that names the bot, unless told otherwise."""
        return {"type": "app_mention", "channel": "C1", "user": "U1", "text": text, "ts": f"1600000000.{next(self._stamps):06}", **more}

    def mention(self, text: str, **more: Any) -> Response:
        return self.event(self.written(f"<@UBOT> {text}", **more))

    def direct(self, text: str, **more: Any) -> Response:
        return self.event(self.written(text, type="message", channel="D1", channel_type="im", **more))

    def command(self, text: str, person: str = "U1", trigger: str = "", channel: str = "C1") -> Response:
        trigger = trigger or f"t{next(self._triggers)}"
        form = {"command": "/wenshu", "text": text, "user_id": person, "channel_id": channel, "team_id": "T1", "trigger_id": trigger}
        form["response_url"] = f"{self.slack.url}/response/{trigger}"
        return self.send(urlencode(form).encode(), "application/x-www-form-urlencoded")

    def click(self, posted: Event, value: str, person: str = "U1", **container: Any) -> Response:
        """Clicks a button of a message as the stand-in got it."""
        button = next(e for b in posted["blocks"] for e in b.get("elements", ()) if e.get("value") == value)
        message = {"type": "message", "text": posted["text"], "blocks": posted["blocks"], "ts": posted.get("ts", "1.1")}
        message |= {"thread_ts": posted["thread_ts"]} if posted.get("thread_ts") else {}
        container = {"type": "message", "message_ts": message["ts"], "channel_id": posted.get("channel", "C1"), "is_ephemeral": False} | container
        if "thread_ts" in message:
            container["thread_ts"] = message["thread_ts"]
        body = {"type": "block_actions", "user": {"id": person}, "container": container, "channel": {"id": container["channel_id"]}}
        body |= {"message": message, "trigger_id": "t", "team": {"id": "T1"}, "response_url": f"{self.slack.url}/response/click"}
        body["actions"] = [{**button, "action_ts": str(time.time()), "block_id": "b"}]
        return self.interact(body)

    def interact(self, body: Event) -> Response:
        return self.send(urlencode({"payload": json.dumps(body)}).encode(), "application/x-www-form-urlencoded")


MakeBot = Callable[..., Bot]


@pytest.fixture
def slack() -> Iterator[StandIn]:
    """The stand-in; a call that the real one would refuse fails the test."""
    stand_in = StandIn()
    yield stand_in
    stand_in.close()
    assert not stand_in.faults


@pytest.fixture
def make_bot(slack: StandIn, service: Service) -> Iterator[MakeBot]:
    """Makes servers, and ends them."""
    made: list[Bot] = []

    def make(over: Service = service, lease: float = 30, **settings: Any) -> Bot:
        made.append(Bot(over, slack, lease, settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def bot(make_bot: MakeBot) -> Bot:
    """A server over the packaged shop."""
    return make_bot()


def shown(posted: Event) -> str:
    """All that a message shows."""
    texts = [b["text"]["text"] for b in posted["blocks"] if "text" in b]
    for block in posted["blocks"]:
        texts += [e["text"]["text"] if e["type"] == "button" else e["text"] for e in block.get("elements", ())]
    return "\n".join(texts)


def values(posted: Event, kind: str) -> list[str]:
    """What the buttons of a kind carry."""
    found = [e["value"] for b in posted["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return [v for v in found if v.startswith(f"{kind}:")]
