"""Each request runs as the user of its token: what they may not see is not there, and what is another's is not found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.ask import Assistant
from assistant.service import Service
from semantic_layer.shops import open_shop
from tests.channels.chat.test_reception import CATALOG, RIGHTS
from tests.channels.http.conftest import Client, token
from tests.conftest import write_shop

ROWS = "CREATE TABLE orders AS FROM (VALUES (1, 'Harbin', 'tea', 10.0), (2, 'Sanya', 'tea', 32.0)) t(id, city, kind, amount)"
BY_CITY = {"question": "sales by city"}


@pytest.fixture
def small(tmp_path: Path, open_service: Callable[[Assistant], Service]) -> Iterator[Service]:
    """A shop where ann sees everything and bob the north."""
    folder = write_shop(tmp_path / "small", CATALOG, ROWS)
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
        settings.write(RIGHTS)
    shop = open_shop(str(folder))
    yield open_service(Assistant(shop))
    shop.close()


@pytest.fixture
def client(clients: Client, small: Service) -> TestClient:
    """Of the small shop."""
    return clients(small)


def cities(client: TestClient, headers: dict[str, str]) -> set[str]:
    return {row[0] for row in client.post("/v1/ask", json=BY_CITY, headers=headers).json()["rows"]}


def test_two_users_get_what_each_may_see(client: TestClient, small: Service) -> None:
    ann, bob = token(small, "ann"), token(small, "bob")
    for _ in range(2):  # the second time from the cache
        assert cities(client, ann) == {"Harbin", "Sanya"} and cities(client, bob) == {"Harbin"}
    found = {name: client.get("/v1/catalog/values?search=Sanya", headers=who).json() for name, who in (("ann", ann), ("bob", bob))}
    assert [v["value"] for v in found["ann"]] == ["Sanya"] and found["bob"] == []
    metrics = client.get("/metrics", headers=token(small, "ann", ("metrics",))).text
    assert "wenshu_cache_hits_total 2.0" in metrics and "wenshu_cache_misses_total 2.0" in metrics


def test_who_has_no_role_is_told_so(client: TestClient, small: Service) -> None:
    assert client.post("/v1/ask", json=BY_CITY).status_code == 403  # on this machine, but nobody is named
    refused = client.post("/v1/ask", json=BY_CITY, headers=token(small, "eve"))
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "no_role"


def test_what_is_anothers_is_not_found(client: TestClient, small: Service) -> None:
    ann, bob = token(small, "ann"), token(small, "bob")
    conversation = client.post("/v1/conversations", json={"title": "mine"}, headers=ann).json()["id"]
    client.post("/v1/ask", json={**BY_CITY, "conversation": conversation}, headers=ann)
    board = client.post("/v1/boards", json={"title": "mine"}, headers=ann).json()["id"]
    there = [
        ("GET", f"/v1/conversations/{conversation}", None),
        ("PATCH", f"/v1/conversations/{conversation}", {"title": "yours"}),
        ("DELETE", f"/v1/conversations/{conversation}", None),
        ("POST", "/v1/ask", {**BY_CITY, "conversation": conversation}),
        ("POST", f"/v1/conversations/{conversation}/choices", {"choice": "1"}),
        ("GET", f"/v1/conversations/{conversation}/turns/1/chart", None),
        ("PATCH", f"/v1/boards/{board}", {"title": "yours"}),
        ("DELETE", f"/v1/boards/{board}", None),
    ]
    for method, path, body in there:
        assert client.request(method, path, json=body, headers=bob).status_code == 404, (method, path)
    assert client.get(f"/v1/conversations/{conversation}", headers=ann).json()["conversation"]["title"] == "mine"


def test_a_shared_board_is_asked_with_the_rights_of_who_looks(client: TestClient, small: Service) -> None:
    ann, bob = token(small, "ann"), token(small, "bob")
    board = client.post("/v1/boards", json={"title": "cities"}, headers=ann).json()["id"]
    query = client.post("/v1/ask", json=BY_CITY, headers=ann).json()["query"]
    pin = client.post(f"/v1/boards/{board}/pins", json={"title": "by city", "query": query}, headers=ann).json()["id"]
    for who, seen in ((ann, {"Harbin", "Sanya"}), (bob, {"Harbin"})):
        tile = client.get(f"/v1/boards/{board}/pins/{pin}/answer", headers=who).json()
        assert {row[0] for row in tile["answer"]["rows"]} == seen and not tile["note"]


def test_what_is_of_another_shop_is_not_found(client: TestClient, small: Service) -> None:
    ann, store = token(small, "ann"), small.store
    conversation, board = store.start("another", "ann"), store.boards.start("another", "ann", "mine")
    assert client.get(f"/v1/conversations/{conversation}", headers=ann).status_code == 404
    assert client.post("/v1/ask", json={**BY_CITY, "conversation": conversation}, headers=ann).status_code == 404
    assert client.get(f"/v1/boards/{board}", headers=ann).status_code == 404
