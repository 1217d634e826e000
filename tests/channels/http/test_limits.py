"""What one may send and how much at once; who goes gets no answer; what comes in hostile is refused in one form."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from assistant.answer.model import Answer
from assistant.ask import Assistant
from assistant.channels.http.limits import BodyLimit
from assistant.progress import Progress, present
from assistant.service import Service
from semantic_layer.shops import open_shop
from tests.channels.chat.test_reception import CATALOG
from tests.channels.http.conftest import Client, serving
from tests.conftest import write_shop

JSON = {"Content-Type": "application/json"}
DEEP = 100_000


def told(response: object, status: int) -> dict[str, object]:
    """The error of a response."""
    assert response.status_code == status, response.text  # type: ignore[attr-defined]
    error: dict[str, object] = response.json()["error"]  # type: ignore[attr-defined]
    assert error["code"] and error["message"] and error["request_id"] == response.headers["x-request-id"]  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * DEEP + b"]" * DEEP, 400),
        (b'{"question": ' + b"9" * 10_000 + b"}", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"sales"', 422),
        (b'{"question": 1}', 422),
        (b'{"question": ""}', 422),
        (b'{"question": "  "}', 422),
        (b'{"question": "sales\\u0000"}', 422),
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "' + b"s" * 2_001 + b'"}', 422),
        (b'{"question": "sales", "lang": "xx"}', 422),
        (b'{"question": "sales", "user": "admin"}', 422),
        (b'{"question": "sales", "conversation": "\\u0000"}', 404),
        (b'{"question": "sales", "conversation": "\\ud800"}', 422),
    ],
)
def test_what_is_no_question(client: TestClient, body: bytes, status: int) -> None:
    told(client.post("/v1/ask", content=body, headers=JSON), status)


def nested(depth: int) -> dict[str, object]:
    """A condition within so many others."""
    return {"any_of": [nested(depth - 1)]} if depth else {"field": "products.department", "value": "GROCERY"}


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["sales"], "where": [nested(20)]},
        {"metrics": ["sales"], "where": [nested(200)]},
        {"metrics": ["sales'; DROP TABLE x; --"]},
        {"metrics": ["sales"], "where": [{"field": "products.department", "value": "\ud800"}]},
        {"metrics": ["sales"], "where": [{"field": "\u0000.x", "value": 1}]},
        {"metrics": ["sales"], "limit": 10**30},
        {"metrics": ["sales"], "having": [{"by": "sales", "op": ">", "value": 1e999}]},
        {"metrics": [{"agg": "sum", "field": "transactions.sales_value", "alias": 'x"; --'}]},
        {"records": {"dataset": "../../etc/passwd"}},
        {"metrics": ["sales"], "time": {"start": "0001-01-01", "end": "9999-12-31"}, "group_by": [{"field": "time", "grain": "day"}]},
    ],
)
def test_what_is_no_query_of_ours(client: TestClient, query: dict[str, object]) -> None:
    response = client.post("/v1/query", content=json.dumps({"query": query}), headers=JSON)
    assert response.status_code in (200, 400, 422) and "Traceback" not in response.text
    if response.status_code == 200:
        assert response.json()["status"] in ("refused", "answered", "error")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/ask", 405),
        ("GET", "/v1/boards/..%2f..%2fetc", 404),
        ("GET", "/v1/boards/%00", 422),
        ("GET", "/v1/conversations/'%20OR%201=1", 422),
        ("GET", "/v1/catalog/metrics/%00%F0%9F", 404),
        ("GET", "/v1/catalog/values?search=%00", 200),
        ("GET", "/v1/catalog/values?search=x&field=nothing.here", 404),
        ("GET", "/v1/catalog/dimensions?metric=nothing", 404),
        ("GET", "/v1/actions/%00", 404),
        ("GET", "/v1/actions/nothing/audience", 404),
        ("GET", "/v1/conversations?limit=0", 422),
        ("PUT", "/v1/answers/" + "a" * 33 + "/feedback", 422),
    ],
)
def test_what_is_no_path_of_ours(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path, json={"rating": 1} if method == "PUT" else None)
    if status == 200:
        assert response.status_code == 200
    else:
        told(response, status)


def test_errors_are_in_the_language_asked(client: TestClient) -> None:
    for asked in ({"params": {"lang": "zh"}}, {"headers": {"Accept-Language": "zh-CN,en;q=0.5"}}):
        assert "没有" in str(told(client.get("/v1/nothing", **asked), 404)["message"])  # type: ignore[arg-type]
    assert "字符" in str(told(client.post("/v1/ask", json={"question": "销售额\0"}), 422)["message"])
    assert "no such path" in str(told(client.get("/v1/nothing"), 404)["message"])


def test_a_request_keeps_the_id_that_it_was_given(client: TestClient) -> None:
    assert client.get("/health", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    forged = client.get("/health", headers={"X-Request-ID": 'a"\tb{' + "x" * 100}).headers["x-request-id"]
    assert forged.isalnum() and len(forged) == 16


def test_a_long_body_is_not_taken(client: TestClient, service: Service) -> None:
    most = 1000 * service.assistant.shop.settings.serve.max_body_kb
    body = json.dumps({"question": "sales"}).encode()
    assert client.post("/v1/ask", content=body + b" " * (most - len(body)), headers=JSON).status_code == 200
    assert told(client.post("/v1/ask", content=body + b" " * most, headers=JSON), 413)["code"] == "too_long"

    def parts() -> Iterator[bytes]:
        for _ in range(most // 1000 + 2):
            yield b" " * 1000

    assert told(client.post("/v1/ask", content=parts(), headers=JSON), 413)["code"] == "too_long"  # nobody said before how long it would be


def test_of_a_long_body_no_more_is_read_than_is_taken() -> None:
    read, statuses = [], []

    async def app(scope: object, receive: Callable[[], object], send: Callable[[object], object]) -> None:
        with pytest.raises(Exception) as raised:
            while True:
                await receive()  # type: ignore[misc]
        statuses.append(raised.value.status_code)  # type: ignore[attr-defined]

    async def receive() -> dict[str, object]:
        read.append(1)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    asyncio.run(BodyLimit(app, lambda: 1000)({"type": "http", "headers": []}, receive, None))  # type: ignore[arg-type]
    assert statuses == [413] and len(read) == 11


@pytest.fixture
def narrow(tmp_path: Path, open_service: Callable[[Assistant], Service]) -> Iterator[Service]:
    """Of a shop whose server works out one answer at once and lets one more wait."""
    rows = "CREATE TABLE orders AS FROM (VALUES (1, 'Harbin', 'tea', 10.0)) t(id, city, kind, amount)"
    folder = write_shop(tmp_path / "small", CATALOG, rows)
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
        settings.write("serve: {answers: 1, waiting: 1, cache_seconds: 0}\n")
    shop = open_shop(str(folder))
    yield open_service(Assistant(shop))
    shop.close()


class Slow:
    """An assistant's `ask` that waits until it is let go, or stopped."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let_go, self.asked, self.stopped = threading.Event(), threading.Semaphore(0), threading.Event()
        self._ask = service.assistant.ask
        monkeypatch.setattr(service.assistant, "ask", self._slow)

    def _slow(self, *given: object, **named: object) -> Answer:
        progress: Progress = present()
        self.asked.release()
        until = time.monotonic() + 60
        while not self.let_go.wait(0.02) and time.monotonic() < until:
            if progress.watch.stop.is_set:
                self.stopped.set()
                break
        return self._ask(*given, **named)  # type: ignore[arg-type]


def test_what_there_is_no_room_for_is_turned_away(narrow: Service, clients: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, client, answers = Slow(narrow, monkeypatch), clients(narrow), []
    threads = [threading.Thread(target=lambda: answers.append(client.post("/v1/ask", json={"question": "sales"}))) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert slow.asked.acquire(timeout=30)
    while "wenshu_waiting 1.0" not in client.get("/metrics").text:
        time.sleep(0.05)
    for headers in ({}, {"Accept": "text/event-stream"}):
        refused = client.post("/v1/ask", json={"question": "sales"}, headers=headers)
        assert told(refused, 503)["code"] == "busy" and int(refused.headers["retry-after"]) > 0
    slow.let_go.set()
    for thread in threads:
        thread.join(60)
    assert [a.json()["status"] for a in answers] == ["answered", "answered"]
    assert client.post("/v1/ask", json={"question": "sales"}).status_code == 200, "there is room again"
    assert "wenshu_turned_away_total 2.0" in client.get("/metrics").text


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_an_answer_for_somebody_who_has_gone_is_stopped(narrow: Service, monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    slow = Slow(narrow, monkeypatch)
    with serving(narrow) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        connection.request("POST", "/v1/ask", json.dumps({"question": "sales"}), {**JSON, "Accept": accept})
        assert slow.asked.acquire(timeout=30)
        connection.sock.close()
        connection.close()
        assert slow.stopped.wait(30)
    (asked,) = narrow.store.audit.asked(narrow.shop)
    assert (asked.channel, asked.error) == ("http", "cancelled")


def test_what_nobody_foresaw_is_told_without_its_traceback(
    narrow: Service, clients: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: object, **named: object) -> Answer:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(narrow.assistant, "ask", broken)
    client = clients(narrow)
    error = told(client.post("/v1/ask", json={"question": "销售额"}), 500)
    assert error["code"] == "internal" and "secret" not in str(error) and "服务器" in str(error["message"])
    assert "a secret of the house" in caplog.text, "the log has it"
    events = client.post("/v1/ask", json={"question": "sales"}, headers={"Accept": "text/event-stream"}).text
    assert events.startswith("event: step") and "event: error" in events and "internal" in events and "secret" not in events


def test_pages_of_other_origins_may_call_where_the_settings_name_them(
    tmp_path: Path, open_service: Callable[[Assistant], Service], clients: Client, client: TestClient
) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    assert "access-control-allow-origin" not in client.options("/v1/ask", headers=asked).headers
    folder = write_shop(tmp_path / "small", CATALOG, "CREATE TABLE orders (id INTEGER, city VARCHAR, kind VARCHAR, amount DOUBLE)")
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
        settings.write('serve: {cors_origins: ["https://shop.example"]}\n')
    shop = open_shop(str(folder))
    other = clients(open_service(Assistant(shop)))
    assert other.options("/v1/ask", headers=asked).headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in other.options("/v1/ask", headers={**asked, "Origin": "https://attacker.example"}).headers
    shop.close()
