"""Questions over HTTP: the answer of the command line, as JSON or as events, in a conversation or not."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient

from assistant.ask import Assistant
from assistant.channels.render import as_json
from assistant.service import Service

EVENTS = {"Accept": "text/event-stream"}


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """(name, data) of each event."""
    parts = [p.split("\n") for p in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


def alike(answer: dict[str, Any]) -> dict[str, Any]:
    """What two answers to one question have in common."""
    return {k: v for k, v in answer.items() if k not in ("id", "timings_ms")}


def test_the_answer_is_that_of_the_command_line(client: TestClient, assistant: Assistant) -> None:
    for question in ("total sales in May 2017", "2017年5月各部门的销售额", "best customers in May 2017", "天气怎么样"):
        response = client.post("/v1/ask", json={"question": question})
        assert response.status_code == 200 and response.headers["content-type"] == "application/json"
        assert alike(response.json()) == alike(json.loads(as_json(assistant.ask(question))))


def test_the_events_of_an_answer(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "total sales by store in June 2017"}, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response.text)
    assert [data["step"] for name, data in found if name == "step"] == ["read", "query", "explain"]
    (sentence,), (answer,) = ([d for n, d in found if n == name] for name in ("sentence", "answer"))
    assert found[-1][0] == "answer" and answer["status"] == "answered" and answer["text"] == sentence["text"]


def test_a_conversation_goes_on(client: TestClient, service: Service) -> None:
    conversation = service.store.start(service.shop, "")
    for question in ("total sales in May 2017", "by department"):
        answer = client.post("/v1/ask", json={"question": question, "conversation": conversation}).json()
    assert len(answer["rows"]) > 10 and answer["period"]["start"] == "2017-05-01"
    assert client.post("/v1/ask", json={"question": "by week", "conversation": "nobody's"}).status_code == 404
