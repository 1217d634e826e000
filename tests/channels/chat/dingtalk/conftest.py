"""DingTalk on loopback, and servers that it delivers to, over the real reception, store and shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.channels.chat.dingtalk import CHANNEL, HOSTS, PATH, DingTalkSettings
from assistant.channels.chat.reception import Reception
from assistant.service import Service
from tests.channels.chat.dingtalk.platform import ROBOT_SECRET, SECRET, DingTalk, signed
from tests.channels.chat.standin import Standin, standin

PEOPLE = {"staff_ann": "ann", "staff_bob": "bob"}


class Server:
    """What `wenshu serve` has of this channel, and a client of it."""

    def __init__(self, service: Service, settings: DingTalkSettings, lease: float) -> None:
        self.reception = Reception(service, CHANNEL.name, settings, CHANNEL.poster(settings), lease=lease)
        app = FastAPI()
        router = CHANNEL.routes(settings, self.reception)
        assert router is not None
        app.include_router(router, include_in_schema=False)
        self.client = TestClient(app, raise_server_exceptions=False)

    def deliver(self, payload: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> int:
        """As DingTalk delivers; gives the status."""
        headers = signed() if headers is None else headers
        if isinstance(payload, bytes):
            return int(self.client.post(PATH, content=payload, headers=headers).status_code)
        return int(self.client.post(PATH, json=payload, headers=headers).status_code)


Serve = Callable[..., Server]


@pytest.fixture
def dingtalk() -> DingTalk:
    return DingTalk()


@pytest.fixture
def platform(dingtalk: DingTalk) -> Iterator[Standin]:
    yield from standin(dingtalk)


@pytest.fixture
def webhook(platform: Standin) -> str:
    return f"{platform.url}/robot/sendBySession?session=s1"


@pytest.fixture
def make_settings(platform: Standin) -> Callable[..., DingTalkSettings]:
    def make(**given: Any) -> DingTalkSettings:
        robots = {"ops": {"url": f"{platform.url}/robot/send?access_token=robot-token", "secret": ROBOT_SECRET}}
        named = {"app_key": "ding1", "app_secret": SECRET, "robot_code": "robot1", "robots": robots, "people": PEOPLE}
        there = {"hosts": [*HOSTS, "127.0.0.1"], "api": platform.url, "old_api": platform.url}
        return DingTalkSettings.model_validate({**named, **there, **given})

    return make


@pytest.fixture
def serve(service: Service, make_settings: Callable[..., DingTalkSettings]) -> Iterator[Serve]:
    made: list[Server] = []

    def make(over: Service = service, start: bool = False, lease: float = 30, **given: Any) -> Server:
        made.append(Server(over, make_settings(**given), lease))
        if start:
            made[-1].reception.start()
        return made[-1]

    yield make
    for each in made:
        each.reception.close()
