"""docs/subscriptions.md and docs/mcp.md: settings that are taken, conditions that are read, and every verb, option and tool."""

from __future__ import annotations

import inspect
import json
import re

import pytest
import yaml

from assistant.channels.chat.email import EmailSettings
from assistant.channels.subscriptions import subscriptions_app
from assistant.subscriptions import condition_of
from semantic_layer.shops.settings import Settings
from tests.docs.blocks import ROOT, blocks

PAGE = (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8")
MCP = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")


def test_the_settings_are_taken() -> None:
    (block,) = [yaml.safe_load(b.text) for b in blocks(PAGE) if b.language == "yaml"]
    Settings.model_validate({"name": "tea", "database": "tea.duckdb", **block})
    email = EmailSettings.model_validate(block["channels"]["email"])
    assert email.may_send("board@shop.example", "bob") and not email.may_send("board@shop.example", "cleo") and email.may_send("ann@shop.example", "ann")
    for key in ("places", "people", "ca_file", *Settings.model_fields["subscriptions"].annotation.model_fields):  # type: ignore[union-attr]
        assert key in PAGE or key == "keep_days", key


def test_the_conditions_are_read() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", PAGE.partition("| `--when` |")[2], flags=re.MULTILINE)
    kinds = [{condition_of(words).kind for words in re.findall(r"`(.+?)`", row)} for row in rows]
    assert kinds == [{"threshold"}, {"unusual"}, {"goal"}]


def test_every_verb_is_named() -> None:
    verbs = {c.name for c in subscriptions_app.registered_commands}
    assert verbs == {"add", "list", "pause", "resume", "remove", "test"}
    assert all(re.search(rf"`(wenshu subscriptions )?{v}( ID)?`|wenshu subscriptions {v}", PAGE) for v in verbs)


def test_every_tool_is_named_with_its_arguments() -> None:
    pytest.importorskip("mcp")
    from assistant.channels.mcp.server import Tools

    named = {name: arguments.split(", ") for name, arguments in re.findall(r"^\| `(\w+)\((.+?)\)` \|", MCP, flags=re.MULTILINE)}
    tools = {n: list(inspect.signature(t).parameters)[1:] for n, t in inspect.getmembers(Tools, inspect.isfunction) if not n.startswith("_")}
    assert named.pop("explain_sql") == ["..."] and tools.pop("explain_sql") == [p for p in tools["query_metrics"] if p != "limit"]
    assert named == tools
    started, served = [json.loads(b.text)["mcpServers"]["wenshu"] for b in blocks(MCP) if b.language == "json"]
    assert started["args"][0] == "mcp" and served["url"].endswith("/mcp") and served["headers"]["Authorization"].startswith("Bearer ")
