"""The MCP server from a real client, over standard input and output, over HTTP, and inside of `wenshu serve`: what is listed, each tool, and what bad
arguments are told.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.channels.http.app import create_app
from assistant.channels.serve import parts
from assistant.service import Service
from assistant.store import open_store
from assistant.store.store import Store
from semantic_layer.places import home
from semantic_layer.shops import open_shop
from tests.conftest import write_shop

pytest.importorskip("mcp")
import httpx2
import uvicorn
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

CATALOG = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "time": "day",
            "fields": {
                "id": {"kind": "key", "type": "integer"},
                "day": {"kind": "time", "type": "date"},
                "city": {"type": "string", "label": {"en": "city", "zh": "城市"}},
                "amount": {"kind": "measure", "type": "number"},
            },
        }
    },
    "metrics": {
        "sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}, "default": True, "description": {"en": "What was paid", "zh": "实付"}, "synonyms": {"en": ["turnover"]}},
        "orders_count": {"expression": "COUNT(orders.id)", "label": {"en": "orders", "zh": "订单数"}},
    },
}
ROWS = """
CREATE TABLE orders AS
SELECT row_number() OVER () AS id, day::DATE AS day, city, CASE WHEN city = 'Sanya' AND day >= TIMESTAMP '2024-05-01' THEN 50 ELSE 100 END AS amount
FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2024-06-01', INTERVAL 1 DAY) t(day), unnest(['Harbin', 'Sanya', 'Wuhan']) u(city)
"""
SETTINGS = """name: small
database: small.duckdb
today: 2024-06-01
store: sqlite:///store.sqlite
limits: {max_rows: 5000}
rights:
  - {role: all, allowed_tables: ["*"]}
  - {role: north, allowed_tables: ["*"], row_filters: {orders: "city = 'Harbin'"}}
users: {ann: all, bob: north}
"""
TOOLS = {"list_metrics", "describe_metric", "list_dimensions", "search_values", "query_metrics", "explain_sql", "ask", "explain_change"}
MAY = {"start": "2024-05-01", "end": "2024-06-01"}
Told = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_shop(tmp_path_factory.mktemp("mcp") / "small", CATALOG, ROWS)
    (made / "wenshu.yaml").write_text(SETTINGS, encoding="utf-8")
    return made


def command(folder: Path, *more: str) -> list[str]:
    return ["-m", "assistant.channels.cli", "mcp", "--shop", str(folder), *more]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "WENSHU_STORE"}
    return {**kept, "WENSHU_HOME": str(home()), "PYTHONPATH": os.getcwd()}


def over_stdio(folder: Path, user: str, *steps: Told) -> None:
    async def run() -> None:
        server = StdioServerParameters(command=sys.executable, args=command(folder, "--user", user), env=environment())
        async with Client(stdio_client(server)) as client:
            for step in steps:
                await step(client)

    asyncio.run(asyncio.wait_for(run(), 120))


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool gives."""
    found = await client.call_tool(tool, arguments)
    assert not found.is_error, found.content
    content = found.structured_content
    assert content is not None
    return content["result"] if set(content) == {"result"} else content


async def told(client: Client, tool: str, **arguments: Any) -> str:
    """The error of a tool."""
    found = await client.call_tool(tool, arguments)
    assert found.is_error
    return " ".join(c.text for c in found.content)  # type: ignore[union-attr]


async def lists_what_there_is(client: Client) -> None:
    listed = (await client.list_tools()).tools
    assert {t.name for t in listed} == TOOLS
    for tool in listed:
        assert tool.annotations and tool.annotations.read_only_hint and tool.description and tool.input_schema and tool.output_schema
    assert {str(r.uri) for r in (await client.list_resources()).resources} == {"catalog://metrics", "catalog://dimensions", "catalog://fields"}
    assert [t.uri_template for t in (await client.list_resource_templates()).resource_templates] == ["metric://{name}"]
    metrics = json.loads((await client.read_resource("catalog://metrics")).contents[0].text)  # type: ignore[union-attr]
    card = json.loads((await client.read_resource("metric://sales")).contents[0].text)  # type: ignore[union-attr]
    assert [m["name"] for m in metrics] == ["sales", "orders_count"] and card["dimensions"] == ["orders.city"]


async def finds_names(client: Client) -> None:
    assert [m["name"] for m in await call(client, "list_metrics", search="turnover")] == ["sales"]
    assert [m["label"] for m in await call(client, "list_metrics", language="zh")] == ["销售额", "订单数"]
    card = await call(client, "describe_metric", name="sales")
    assert card["description"] == "What was paid" and card["synonyms"] == ["turnover"] and card["formula"]
    assert [d["name"] for d in await call(client, "list_dimensions", metric="sales")] == ["orders.city"]
    assert (await call(client, "search_values", text="harbn"))[0]["value"] == "Harbin"
    assert await call(client, "search_values", text="harbin", field="orders.city")


async def computes(client: Client) -> None:
    found = await call(client, "query_metrics", metrics=["sales"], dimensions=["orders.city"], order_by="sales", **MAY)
    assert sorted(found["rows"]) == [["Harbin", 3100], ["Sanya", 1550], ["Wuhan", 3100]] and found["rows"][-1][0] == "Sanya"
    assert found["row_count"] == 3 and not found["truncated"] and found["data_as_of"] == "2024-05-31" and "SUM" in found["sql"]
    assert found["definitions"] == ["sales: What was paid"] and found["period"] == MAY
    cut = await call(client, "query_metrics", metrics=["sales"], grain="day", limit=5)
    assert cut["row_count"] == len(cut["rows"]) == 5 and cut["truncated"]
    one = {"field": "orders.city", "op": "=", "value": "Wuhan"}
    filtered = await call(client, "query_metrics", metrics=["sales", "orders_count"], filters=[one], **MAY)
    assert filtered["rows"] == [[3100, 31]]
    compared = await call(client, "query_metrics", metrics=["sales"], compare="previous", **MAY)
    assert [c["name"] for c in compared["columns"]][:2] == ["sales", "sales_previous"] and compared["rows"][0][1] == 9000
    dry = await call(client, "explain_sql", metrics=["sales"], dimensions=["orders.city"], **MAY)
    assert "SUM" in dry["sql"] and "city" in dry["reading"]


async def answers_in_words(client: Client) -> None:
    first = await call(client, "ask", question="2024年5月的销售额")
    assert first["status"] == "answered" and first["result"]["rows"] == [[7750]] and "7,750" in first["text"]
    going_on = await call(client, "ask", question="按城市", conversation_id=first["conversation_id"])
    assert going_on["result"]["row_count"] == 3 and going_on["conversation_id"] == first["conversation_id"]
    refused = await call(client, "ask", question="what is the weather in Wuhan")
    assert refused["status"] in ("refused", "needs_clarification") and refused["text"] and refused["result"] is None


async def explains(client: Client) -> None:
    why = await call(client, "explain_change", metric="sales", period=MAY, before={"start": "2024-04-01", "end": "2024-05-01"})
    assert "Sanya" in why["text"] + json.dumps(why["findings"]) and why["result"]["rows"]


async def says_what_to_do(client: Client) -> None:
    assert "Did you mean sales?" in await told(client, "query_metrics", metrics=["turnover"])
    assert "Did you mean sales?" in await told(client, "query_metrics", metrics=["sale"])
    assert "Did you mean sales?" in await told(client, "describe_metric", name="salse")
    assert "Did you mean orders.city?" in await told(client, "query_metrics", metrics=["sales"], dimensions=["city"])
    assert "list_dimensions" in await told(client, "query_metrics", metrics=["sales"], filters=[{"field": "orders.town", "value": "x"}])
    for value in ("harbin", "Harbn"):  # as the data have it, and misspelt
        assert "Did you mean Harbin?" in await told(client, "query_metrics", metrics=["sales"], filters=[{"field": "orders.city", "value": value}])
    found = await call(client, "query_metrics", metrics=["sales"], filters=[{"field": "orders.city", "op": "in", "value": ["Harbin", "Qqq"]}])
    assert found["caveats"][0].startswith("Qqq is not among the known values") and found["rows"] == [[15200]]
    assert "It has sales" in await told(client, "query_metrics", metrics=["sales"], order_by="profit")
    assert "at least one metric" in await told(client, "query_metrics", metrics=[])
    assert "start must lie before end" in await told(client, "query_metrics", metrics=["sales"], start="2024-06-01", end="2024-05-01")
    assert "limit" in await told(client, "query_metrics", metrics=["sales"], limit=100_000)
    assert "list" in await told(client, "query_metrics", metrics=["sales"], filters=[{"field": "orders.city", "op": "in", "value": "x"}])
    assert "conversation" in await told(client, "ask", question="sales", conversation_id="nothing")
    assert "empty" in await told(client, "ask", question="  ")
    assert "grain" in await told(client, "explain_sql", metrics=["sales"], grain="fortnight")
    assert "no data" in (await told(client, "query_metrics", metrics=["sales"], start="2030-01-01", end="2030-02-01")).casefold()
    assert "metric" in await told(client, "explain_change", metric="nothing", period=MAY)


async def sees_the_north_alone(client: Client) -> None:
    found = await call(client, "query_metrics", metrics=["sales"], dimensions=["orders.city"], **MAY)
    assert found["rows"] == [["Harbin", 3100]]
    assert all(v["value"] == "Harbin" for v in await call(client, "search_values", text="sanya"))
    assert (await call(client, "ask", question="sales by city in May 2024"))["result"]["rows"] == [["Harbin", 3100]]


def test_over_standard_input_and_output(folder: Path) -> None:
    over_stdio(folder, "ann", lists_what_there_is, finds_names, computes, answers_in_words, explains, says_what_to_do)


def test_with_the_rights_of_the_user(folder: Path) -> None:
    over_stdio(folder, "bob", sees_the_north_alone)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def listening(port: int, *arguments: str) -> Iterator[str]:
    """The address of a process of Wenshu, once it listens."""
    running = subprocess.Popen([sys.executable, *arguments], env=environment())
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert running.poll() is None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


@pytest.fixture(scope="module")
def http(folder: Path) -> Iterator[str]:
    port = free_port()
    with listening(port, *command(folder, "--user", "ann", "--http", "--port", str(port))) as address:
        yield f"{address}/mcp"


def test_over_http_on_this_machine(http: str) -> None:
    async def run() -> None:
        async with Client(http) as client:
            for step in (lists_what_there_is, finds_names, computes, answers_in_words, says_what_to_do):
                await step(client)

    asyncio.run(asyncio.wait_for(run(), 120))


def test_pages_from_elsewhere_are_turned_away(http: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Accept": "application/json, text/event-stream", "Origin": "http://evil.example"}
    assert httpx2.post(http, json=body, headers=headers).status_code in (400, 403)
    assert httpx2.post(http, json=body, headers={**headers, "Origin": "http://127.0.0.1", "Host": "evil.example"}).status_code in (400, 403, 421)


@contextmanager
def serving(made: Path) -> Iterator[str]:
    """The address of MCP inside of what `wenshu serve` serves, for a shop that is asked for it; without a token ann asks."""
    write_shop(made, CATALOG, ROWS)
    (made / "wenshu.yaml").write_text(SETTINGS + "serve: {mcp: true, max_body_kb: 20, rate_per_minute: 600}\n", encoding="utf-8")
    service = Service.of(Assistant(open_shop(str(made))))
    app = create_app(service, "ann", parts(service))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            running.join(60)
            service.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """For tests that make no token."""
    with serving(tmp_path_factory.mktemp("served") / "small") as address:
        yield address


def asked(address: str, token: str, *steps: Told, mode: Any = "auto") -> None:
    """Takes these steps as a client with this token, or with none."""

    async def run() -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(headers=headers, timeout=120) as http, Client(streamable_http_client(address, http_client=http), mode=mode) as client:
            for step in steps:
                await step(client)

    asyncio.run(asyncio.wait_for(run(), 120))


def token_of(store: Store, user: str, *scopes: str) -> str:
    return store.tokens.create("small", user, "test", scopes, None)[1]


def test_inside_of_the_server_all_tools_are_there(served: str) -> None:
    asked(served, "", lists_what_there_is, finds_names, computes, answers_in_words, explains, says_what_to_do)
    asked(served, "", lists_what_there_is, computes, says_what_to_do, mode="legacy")  # clients of the protocol with a handshake


def test_inside_of_the_server_a_token_says_who_asks(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    with serving(folder) as address, closing(open_store(f"sqlite:///{folder / 'store.sqlite'}")) as store:
        _asked_with_tokens(address, store)


def _asked_with_tokens(address: str, store: Store) -> None:
    ann, bob = token_of(store, "ann", "ask", "read"), token_of(store, "bob", "ask", "read")

    async def sees_all(client: Client) -> None:
        assert (await call(client, "query_metrics", metrics=["sales"], **MAY))["rows"] == [[7750]]

    asked(address, ann, sees_all)
    asked(address, bob, sees_the_north_alone)
    kept: list[str] = []

    async def begins(client: Client) -> None:
        kept.append((await call(client, "ask", question="sales by city in May 2024"))["conversation_id"])

    async def is_told_of_none(client: Client) -> None:
        assert "no such conversation" in await told(client, "ask", question="and in April?", conversation_id=kept[0])

    asked(address, ann, begins)
    asked(address, bob, is_told_of_none)

    gone, nobody, narrow = token_of(store, "ann", "ask", "read"), token_of(store, "dora", "ask", "read"), token_of(store, "ann", "metrics")
    store.tokens.revoke("small", store.tokens.known("small", gone).id)  # type: ignore[union-attr]
    for secret, status in ((ann, 200), ("", 401), ("wenshu_nonsense", 401), (gone, 401), (nobody, 403), (narrow, 403)):
        assert posted(address, **({"Authorization": f"Bearer {secret}"} if secret else {})) == status


def posted(address: str, more: str = "", **headers: str) -> int:
    """The status of a request for the list of tools, as anybody may send it."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"x": more}}
    return httpx2.post(address, json=body, headers={"Accept": "application/json, text/event-stream", **headers}, timeout=60).status_code


def test_inside_of_the_server_pages_from_elsewhere_are_turned_away(served: str) -> None:
    assert posted(served, Origin="http://evil.example") == posted(served, Host="evil.example") == 403
    assert posted(served, "y" * 30_000) == 413
    assert posted(served) == 200
