"""The application over real shops and stores, called as by programs."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi.testclient import TestClient

from assistant.channels.http.app import create_app
from assistant.service import Service

Client = Callable[..., TestClient]


@pytest.fixture
def clients() -> Iterator[Client]:
    """Makes clients of a server of its own each; `local` is the user of whoever has no token."""
    made: list[TestClient] = []

    def make(service: Service, local: str | None = "") -> TestClient:
        client = TestClient(create_app(service, local), base_url="http://127.0.0.1:8600", raise_server_exceptions=False)
        made.append(client.__enter__())
        return client

    yield make
    for each in made:
        each.__exit__(None, None, None)


@pytest.fixture
def client(clients: Client, service: Service) -> TestClient:
    """Of a server on this machine, without any token."""
    return clients(service)


@contextlib.contextmanager
def serving(service: Service, local: str | None = "") -> Iterator[str]:
    """The address of a server that really listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(service, local), log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def token(service: Service, user: str = "ann", scopes: tuple[str, ...] = ("ask", "read", "write"), minutes: float | None = None) -> dict[str, str]:
    """The headers of somebody with a new token."""
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes) if minutes is not None else None
    return {"Authorization": f"Bearer {service.store.tokens.create(service.shop, user, 'test', scopes, expires)[1]}"}
