"""The manifest in the docs asks for what is used, and for no more; every setting is explained."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from assistant.channels.chat.slack import SlackSettings
from tests.channels.chat.slack.stand_in import NEEDED

DOC = (Path(__file__).parents[4] / "docs" / "slack.md").read_text(encoding="utf-8")
SCOPES = {
    "auth.test": None,
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "views.publish": None,
    "conversations.open": "im:write",
    "users.info": "users:read",
    "apps.connections.open": None,  # of the app-level token
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "/wenshu": "commands",
}


def test_the_manifest_asks_for_what_is_used() -> None:
    manifest = yaml.safe_load(next(b for b in re.findall(r"^```yaml\n(.*?)^```", DOC, re.DOTALL | re.MULTILINE) if "display_information" in b))
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    commands = [c["command"] for c in manifest["features"]["slash_commands"]]
    used = {SCOPES[name] for name in (*NEEDED, *events, *commands)} - {None}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == used
    addresses = {c["url"] for c in manifest["features"]["slash_commands"]}
    addresses |= {manifest["settings"][k]["request_url"] for k in ("event_subscriptions", "interactivity")}
    assert {a.partition("example.com")[2] for a in addresses} == {"/slack/events"}


def test_every_setting_is_explained() -> None:
    assert all(f"| `{name}` |" in DOC for name in SlackSettings.model_fields)
