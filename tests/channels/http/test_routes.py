"""What the page offers, over HTTP: conversations, opinions, the catalog, boards, actions, charts; and answers that serve more than once."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient

from assistant.ask import Assistant
from assistant.pages.board import stamp
from assistant.service import Service

BY_MONTH = {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "time": {"start": "2017-01-01", "end": "2018-01-01"}}


def test_what_the_shop_does_not_ask_for_has_no_path(client: TestClient) -> None:
    assert client.post("/mcp", json={}).status_code == client.post("/slack/events", json={}).status_code == 404


def test_a_conversation_from_its_beginning_to_its_end(client: TestClient, service: Service) -> None:
    id = client.post("/v1/conversations", json={"title": "customers"}).json()["id"]
    back = client.post("/v1/ask", json={"question": "best customers in May 2017", "conversation": id}).json()
    assert back["status"] == "clarify" and len(back["choices"]) >= 2
    chosen = client.post(f"/v1/conversations/{id}/choices", json={"choice": back["choices"][1]["id"]}).json()
    assert chosen["status"] == "answered" and chosen["query"] == back["choices"][1]["query"]
    again = client.post("/v1/query", json={"query": BY_MONTH, "question": "by month", "conversation": id}).json()
    assert len(again["rows"]) == 12 and again["question"] == "by month"
    whole = client.get(f"/v1/conversations/{id}").json()
    assert [t["status"] for t in whole["turns"]] == ["clarify", "answered", "answered"] and whole["conversation"]["title"] == "customers"
    assert client.patch(f"/v1/conversations/{id}", json={"title": "people"}).json()["title"] == "people"
    assert [c["title"] for c in client.get("/v1/conversations").json()] == ["people"]
    assert client.delete(f"/v1/conversations/{id}").status_code == 204
    assert client.get("/v1/conversations").json() == [] and client.get(f"/v1/conversations/{id}").status_code == 404


def test_an_opinion_is_kept_and_taken_back(client: TestClient, service: Service) -> None:
    answer = client.post("/v1/ask", json={"question": "total sales in May 2017"}).json()["id"]
    path = f"/v1/answers/{answer}/feedback"
    assert client.put(path, json={"rating": -1, "comment": "too low"}).status_code == 204
    opinion = service.store.feedback.on(service.shop, "", answer)
    assert opinion is not None and (opinion.rating, opinion.comment) == (-1, "too low")
    assert client.delete(path).status_code == 204 and service.store.feedback.on(service.shop, "", answer) is None
    assert client.put(path, json={"rating": 5}).status_code == 422


def test_the_catalog_in_both_languages(client: TestClient) -> None:
    labels = {lang: {m["name"]: m["label"] for m in client.get(f"/v1/catalog/metrics?lang={lang}").json()} for lang in ("zh", "en")}
    assert labels["zh"]["sales"] == "销售额" and labels["en"]["sales"] == "sales" and labels["zh"].keys() == labels["en"].keys()
    assert client.get("/v1/catalog/metrics", params={"search": "笔单价", "lang": "zh"}).json()[0]["name"] == "average_basket_value"
    entry = client.get("/v1/catalog/metrics/average_basket_value").json()
    assert {m["name"] for m in entry["made_of"]} == {"sales", "baskets"}
    names = {d["name"] for d in client.get("/v1/catalog/dimensions?metric=sales").json()}
    assert "products.department" in names and names <= {d["name"] for d in client.get("/v1/catalog/dimensions").json()}
    (value, *_) = client.get("/v1/catalog/values?search=groceri&field=products.department").json()
    assert (value["field"], value["value"]) == ("products.department", "GROCERY") and 0.8 <= value["score"] <= 1


def test_a_board_from_its_beginning_to_its_end(client: TestClient) -> None:
    board = client.post("/v1/boards", json={"title": "mine"}).json()["id"]
    pins = [client.post(f"/v1/boards/{board}/pins", json={"title": t, "query": BY_MONTH, "form": "column"}).json() for t in ("one", "two")]
    changed = client.patch(f"/v1/boards/{board}/pins/{pins[1]['id']}", json={"title": "first", "width": 6, "move": -1}).json()
    assert (changed["title"], changed["width"]) == ("first", 6)
    assert [p["title"] for p in client.get(f"/v1/boards/{board}").json()["pins"]] == ["first", "one"]
    tile = client.get(f"/v1/boards/{board}/pins/{pins[0]['id']}/answer").json()
    assert len(tile["answer"]["rows"]) == 12 and tile["answer"]["form"] == "column" and tile["note"] == ""
    assert client.delete(f"/v1/boards/{board}/pins/{pins[0]['id']}").status_code == 204
    assert client.get(f"/v1/boards/{board}/pins/{pins[0]['id']}/answer").status_code == 404
    assert client.patch(f"/v1/boards/{board}", json={"title": "ours"}).json()["title"] == "ours"
    assert client.delete(f"/v1/boards/{board}").status_code == 204 and client.get("/v1/boards").json() == []


def test_actions_are_listed_decided_and_taken_along(client: TestClient) -> None:
    listed = client.get("/v1/actions").json()
    action = next(a for a in listed["proposed"] if a["audience"])
    path = f"/v1/actions/{action['id']}"
    assert client.post(f"{path}/done").status_code == 422, "it was not accepted"
    assert client.post(f"{path}/dismiss", json={}).status_code == 422, "without a reason"
    assert client.post(f"{path}/change", json={"changes": {"owner": "ann"}}).json()["owner"] == "ann"
    assert client.post(f"{path}/accept").json()["state"] == "accepted"
    assert action["id"] in [a["id"] for a in client.get("/v1/actions").json()["running"]]
    zh = client.get(path, headers={"Accept-Language": "zh"}).json()
    assert zh["lang"] == "zh" and zh["headline"] != action["headline"]
    audience = client.get(f"{path}/audience?rows=3")
    assert audience.headers["content-type"].startswith("text/csv") and len(list(csv.reader(io.StringIO(audience.text)))) == 4


@pytest.mark.parametrize(("kind", "type_", "begins"), [("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<svg"), ("vega-lite", "application/json", b"{")])
def test_charts_of_answers_and_of_turns(client: TestClient, kind: str, type_: str, begins: bytes) -> None:
    drawn = client.post("/v1/chart", json={"question": "sales by month", "format": kind, "dark": True})
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, type_) and drawn.content.startswith(begins)
    assert client.post("/v1/chart", json={"query": BY_MONTH, "format": kind}).content.startswith(begins)
    id = client.post("/v1/conversations", json={}).json()["id"]
    client.post("/v1/ask", json={"question": "sales by month", "conversation": id})
    path = f"/v1/conversations/{id}/turns"
    assert client.get(f"{path}/1/chart", params={"format": kind, "form": "column"}).content.startswith(begins)
    assert client.get(f"{path}/2/chart").status_code == 404


def test_what_cannot_be_drawn(client: TestClient) -> None:
    for question in ("best customers in May 2017", "天气怎么样"):
        refused = client.post("/v1/chart", json={"question": question})
        assert refused.status_code == 404 and refused.json()["error"]["code"] == "no_chart"
    for body in ({}, {"question": "sales by month", "query": BY_MONTH}, {"spec": {"data": {"url": "http://127.0.0.1/"}}}):
        assert client.post("/v1/chart", json=body).status_code == 422


def test_an_answer_serves_whoever_asks_the_same(client: TestClient, service: Service, assistant: Assistant) -> None:
    asked = {"question": "total sales in April 2017"}
    first, second = (client.post("/v1/ask", json=asked).json() for _ in range(2))
    anew = client.post("/v1/ask", json=asked, headers={"Cache-Control": "no-cache"}).json()
    for other in (second, anew):
        assert other["id"] != first["id"] and {**other, "id": "", "timings_ms": {}} == {**first, "id": "", "timings_ms": {}}
    metrics = client.get("/metrics").text
    assert "wenshu_cache_hits_total 1.0" in metrics and "wenshu_cache_misses_total 1.0" in metrics
    audit = [a for a in service.store.audit.asked(service.shop) if a.question == asked["question"]]
    assert {a.answer for a in audit} == {first["id"], second["id"], anew["id"]} and all(a.statements for a in audit)
    assert stamp(assistant, None) in {key[1] for key in client.app.state.api.cache._kept}  # type: ignore[attr-defined]
    client.post("/v1/ask", json={**asked, "lang": "zh"})
    assert "wenshu_cache_misses_total 2.0" in client.get("/metrics").text, "in another language it is another answer"


def test_what_depends_on_the_user_serves_nobody_else(client: TestClient) -> None:
    for _ in range(2):
        client.post("/v1/ask", json={"question": "what should we do this week"})
    assert "wenshu_cache_hits_total 0.0" in client.get("/metrics").text
