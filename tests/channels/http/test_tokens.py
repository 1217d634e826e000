"""Who is let in, as whom, for what, and how often."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.ask import Assistant
from assistant.channels.http.limits import Rates
from assistant.channels.serve import run_serve
from assistant.service import Service
from assistant.store.tokens import Tokens
from semantic_layer.errors import UsageError
from tests.channels.http.conftest import Client, token

ASK = {"question": "total sales in May 2017"}


def code(response: object) -> str:
    """The code of an error."""
    return str(response.json()["error"]["code"])  # type: ignore[attr-defined]


def test_whoever_is_here_is_let_in_until_there_is_a_token(client: TestClient, service: Service) -> None:
    assert client.post("/v1/ask", json=ASK).json()["status"] == "answered"
    headers = token(service)
    refused = client.post("/v1/ask", json=ASK)
    assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer" and code(refused) == "unauthorized"
    assert client.post("/v1/ask", json=ASK, headers=headers).json()["status"] == "answered"


def test_without_a_token_neither_other_names_nor_other_pages_are_served(client: TestClient) -> None:
    assert code(client.post("/v1/ask", json=ASK, headers={"Host": "shop.attacker.example"})) == "host"
    assert code(client.get("/v1/boards", headers={"Origin": "https://attacker.example"})) == "origin"
    assert client.get("/v1/boards", headers={"Origin": "http://127.0.0.1:8600"}).status_code == 200
    plain = client.post("/v1/boards", content='{"title": "x"}', headers={"Content-Type": "text/plain"})  # a page may send it without being asked
    assert plain.status_code in (415, 422) and client.get("/v1/boards").json() == []


def test_a_server_for_others_lets_nobody_in_without_a_token(clients: Client, service: Service) -> None:
    assert clients(service, None).post("/v1/ask", json=ASK).status_code == 401


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wenshu_x", "Basic YTpi", "Bearer \u00e9", "wenshu_x"])
def test_what_is_no_token(client: TestClient, given: str) -> None:
    response = client.get("/v1/boards", headers={b"Authorization": given.encode("latin-1")})
    assert response.status_code == 401


def test_a_token_expires_and_is_revoked(client: TestClient, service: Service) -> None:
    assert client.get("/v1/boards", headers=token(service, minutes=-1)).status_code == 401
    headers = token(service, minutes=1)
    assert client.get("/v1/boards", headers=headers).status_code == 200
    service.store.tokens.revoke(service.shop, service.store.tokens.of(service.shop)[-1].id[:8])
    assert client.get("/v1/boards", headers=headers).status_code == 401


def test_a_token_of_another_shop_opens_nothing(client: TestClient, service: Service) -> None:
    token(service)
    _, secret = service.store.tokens.create("another", "ann", "", ["ask", "read"])
    assert client.get("/v1/boards", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("ask", "POST", "/v1/ask", ASK),
        ("ask", "POST", "/v1/conversations", {"title": "t"}),
        ("read", "GET", "/v1/boards", None),
        ("read", "GET", "/v1/catalog/metrics", None),
        ("write", "POST", "/v1/boards", {"title": "t"}),
        ("metrics", "GET", "/metrics", None),
    ],
)
def test_a_token_is_good_for_its_scopes_alone(client: TestClient, service: Service, scope: str, method: str, path: str, body: object) -> None:
    others = tuple({"ask", "read", "write", "metrics"} - {scope})
    refused = client.request(method, path, json=body, headers=token(service, scopes=others))
    assert refused.status_code == 403 and code(refused) == "scope" and scope in refused.json()["error"]["message"]
    assert client.request(method, path, json=body, headers=token(service, scopes=(scope,))).status_code in (200, 201)


def test_every_path_but_three_wants_a_token(clients: Client, service: Service) -> None:
    client = clients(service, None)
    document = client.get("/openapi.json").json()
    open_to_all = []
    for path, methods in document["paths"].items():
        for method in methods:
            response = client.request(method, path.replace("{number}", "1").replace("{", "").replace("}", ""), json={})
            if response.status_code != 401:
                open_to_all.append(path)
    assert sorted(open_to_all) == ["/health", "/ready"]


def test_too_many_requests_are_turned_away_until_there_is_room_again() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    assert [rates.take("a", 3) for _ in range(4)] == [None, None, None, 20]
    assert rates.take("b", 3) is None, "another token has requests of its own"
    now[0] = 19
    assert rates.take("a", 3) == 1
    now[0] = 20.5
    assert rates.take("a", 3) is None and rates.take("a", 3) == 20


def test_the_rate_of_a_token_over_http(clients: Client, service: Service) -> None:
    client = clients(service)
    client.app.state.api.rates = Rates(lambda: 0.0)  # type: ignore[attr-defined]
    most, headers = service.assistant.shop.settings.serve.rate_per_minute, token(service)
    statuses = [client.get("/v1/boards", headers=headers).status_code for _ in range(most + 1)]
    assert set(statuses[:-1]) == {200} and statuses[-1] == 429
    refused = client.get("/v1/boards", headers=headers)
    assert refused.headers["retry-after"] == "1" and code(refused) == "too_many"


def test_of_a_token_only_the_hash_is_kept(service: Service, tmp_path: Path) -> None:
    secret = token(service)["Authorization"].removeprefix("Bearer ")
    with sqlite3.connect(tmp_path / "store.sqlite") as store:
        (row,) = store.execute("SELECT * FROM wenshu_tokens").fetchall()
    assert hashlib.sha256(secret.encode()).hexdigest() in row and secret not in map(str, row)
    assert secret.encode() not in b"".join(p.read_bytes() for p in tmp_path.glob("store.sqlite*"))


def test_when_a_token_was_used_is_kept(client: TestClient, service: Service) -> None:
    headers = token(service)
    tokens: Tokens = service.store.tokens
    assert tokens.of(service.shop)[0].used is None
    client.get("/v1/boards", headers=headers)
    assert tokens.of(service.shop)[0].used is not None


def test_nobody_listens_for_others_without_a_token(assistant: Assistant, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENSHU_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")
    monkeypatch.setattr(Service, "close", lambda self: self.store.close())  # the shop is that of all tests
    for headers in ({"minutes": -1.0}, None):
        if headers:
            token(service, **headers)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="wenshu token create"):
            run_serve(assistant, print, host="0.0.0.0", port=0)
