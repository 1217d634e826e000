"""Feishu on loopback, and servers that it delivers to, over the real reception, store and shop."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.channels.chat.feishu import CHANNEL, PATH, FeishuSettings
from assistant.channels.chat.reception import Reception
from assistant.service import Service
from tests.channels.chat.feishu.platform import TOKEN, Feishu
from tests.channels.chat.standin import Call, Standin, standin

PEOPLE = {"ou_ann": "ann", "ou_bob": "bob"}
_apps = itertools.count(1)


class Server:
    """What `wenshu serve` has of this channel, and a client of it."""

    def __init__(self, service: Service, settings: FeishuSettings, lease: float) -> None:
        self.settings = settings
        self.reception = Reception(service, CHANNEL.name, settings, CHANNEL.poster(settings), lease=lease)
        app = FastAPI()
        router = CHANNEL.routes(settings, self.reception)
        assert router is not None
        app.include_router(router, include_in_schema=False)
        self.client = TestClient(app, raise_server_exceptions=False)

    def deliver(self, payload: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> Any:
        """As Feishu delivers; gives the response."""
        if isinstance(payload, bytes):
            return self.client.post(PATH, content=payload, headers=headers)
        return self.client.post(PATH, json=payload, headers=headers)


Serve = Callable[..., Server]


@pytest.fixture
def feishu() -> Feishu:
    return Feishu()


@pytest.fixture
def platform(feishu: Feishu) -> Iterator[Standin]:
    yield from standin(feishu)


@pytest.fixture
def make_settings(platform: Standin) -> Callable[..., FeishuSettings]:
    def make(**given: Any) -> FeishuSettings:
        named = {"app_id": f"cli_{next(_apps)}", "app_secret": "s", "verification_token": TOKEN, "domain": platform.url, "people": PEOPLE}
        return FeishuSettings.model_validate({**named, **given})

    return make


@pytest.fixture
def serve(service: Service, make_settings: Callable[..., FeishuSettings]) -> Iterator[Serve]:
    made: list[Server] = []

    def make(over: Service = service, start: bool = False, lease: float = 30, **given: Any) -> Server:
        made.append(Server(over, make_settings(**given), lease))
        if start:
            made[-1].reception.start()
        return made[-1]

    yield make
    for each in made:
        each.reception.close()


def is_reply(call: Call) -> bool:
    return call.path.startswith("/open-apis/im/v1/messages")
