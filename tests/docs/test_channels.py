"""The pages of channels: every setting is on them, and the channel that one of them shows is one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from assistant.ask import Assistant
from assistant.channels import chat
from assistant.channels.chat.channel import ChannelSettings
from assistant.channels.chat.dingtalk import DingTalkSettings, Robot
from assistant.channels.chat.feishu import FeishuSettings
from assistant.channels.chat.registry import configured, names
from assistant.channels.chat.webhook import Receiver, WebhookSettings
from assistant.channels.http.app import create_app
from assistant.channels.serve import parts
from assistant.service import Service
from assistant.store import open_store
from semantic_layer.errors import UsageError
from semantic_layer.shops import Shop, open_shop
from tests.channels.chat.standin import Standin, standin
from tests.conftest import write_shop
from tests.docs.blocks import ROOT, blocks

CATALOG = {
    "datasets": {"orders": {"source": "orders", "primary_key": ["id"], "fields": {"id": {"type": "integer"}, "city": {"type": "string", "label": {"en": "city"}}, "amount": {"type": "number"}}}},
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales"}}},
}  # fmt: skip
TOKEN = "0123456789abcdef"


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "model"),
    [("channels.md", ChannelSettings), ("channels.md", WebhookSettings), ("channels.md", Receiver), ("feishu.md", FeishuSettings), ("dingtalk.md", DingTalkSettings), ("dingtalk.md", Robot)],
)
def test_every_setting_is_explained(name: str, model: type[BaseModel]) -> None:
    own = set(model.model_fields) - (set(ChannelSettings.model_fields) if model is not ChannelSettings else set())
    rows = [line.split("|")[1] + (line.split("|")[2] if name == "dingtalk.md" else "") for line in page(name).splitlines() if line.startswith("| `")]
    assert own and all(any(f"`{key}`" in row for row in rows) for key in own), own
    assert all(field.description for field in model.model_fields.values())


def test_every_channel_is_listed() -> None:
    assert all(f"| `{name}` |" in page("channels.md") for name in names())


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """The platform of the page's channel, and the channel among the others."""
    (source,) = [block.text for block in blocks(page("channels.md")) if block.language == "python"]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "pager.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(chat, "__path__", [*chat.__path__, str(tmp_path / "more")])
    yield from standin(lambda call: (200, {}))
    sys.modules.pop("assistant.channels.chat.pager", None)


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Callable[[str], Service]]:
    made: list[Service] = []

    def make(channels: str) -> Service:
        folder = write_shop(tmp_path / "small", CATALOG, "CREATE TABLE orders AS FROM (VALUES (1, 'Harbin', 10.0), (2, 'Sanya', 32.0)) t(id, city, amount)")
        with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
            settings.write(channels)
        shop: Shop = open_shop(str(folder))
        made.append(Service(Assistant(shop), open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_the_channel_that_the_page_shows_answers(pager: Standin, make_service: Callable[[str], Service]) -> None:
    assert "pager" in names()
    service = make_service(f"channels:\n  pager: {{token: {TOKEN}, url: '{pager.url}/in', people: {{u1: ann}}}}\n")
    with TestClient(create_app(service, "", parts(service)), base_url="http://127.0.0.1:8600") as client:
        told = {"id": "m1", "user": "u1", "room": "r1", "text": "sales by city"}
        assert client.post("/pager/events", json=told, headers={"token": "another"}).status_code == 401
        for _ in range(2):
            assert client.post("/pager/events", json=told, headers={"token": TOKEN}).status_code == 200
        (call,) = pager.wait(1)
        assert call.json["room"] == "r1" and call.json["table"][0] == ["city", "sales"] and len(call.json["table"]) == 3
        assert client.post("/pager/events", json={**told, "id": "m2", "text": "profit by city"}, headers={"token": TOKEN}).status_code == 200
        do = pager.wait(2)[1].json["buttons"][0]["do"]
        assert client.post("/pager/events", json={"id": "c1", "user": "u1", "room": "r1", "do": do}, headers={"token": TOKEN}).status_code == 200
        assert pager.wait(3)[2].json["table"][0][0] == "city"
    assert len(pager.calls) == 3


def test_the_server_serves_what_is_configured(make_service: Callable[[str], Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEISHU_APP_SECRET", "s")
    monkeypatch.setenv("DINGTALK_APP_SECRET", "d")
    service = make_service(
        "channels:\n"
        "  feishu: {app_id: cli_1, app_secret: '${FEISHU_APP_SECRET}', verification_token: v, domain: 'http://127.0.0.1:9'}\n"
        "  dingtalk: {app_key: ding1, app_secret: '${DINGTALK_APP_SECRET}'}\n"
    )
    with TestClient(create_app(service, "", parts(service)), base_url="http://127.0.0.1:8600") as client:
        asked = {"type": "url_verification", "challenge": "c1", "token": "v"}
        assert client.post("/feishu/events", json=asked).json() == {"challenge": "c1"}
        assert client.post("/feishu/events", json={**asked, "token": "w"}).status_code == 403
        assert client.post("/dingtalk/events", json={}).status_code == 401
        assert not [path for path in client.get("/openapi.json").json()["paths"] if "events" in path]


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        ("channels: {feishu: {app_id: a, app_secret: '${NOT_SET_HERE}', long_connection: true}}", "NOT_SET_HERE is not set"),
        ("channels: {feishu: {app_id: a, app_secret: hush, long_conection: true}}", "long_conection"),
        ("channels: {wecom: {}}", "There are dingtalk"),
    ],
)
def test_what_is_wrong_in_the_settings_is_said(make_service: Callable[[str], Service], channels: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as told:
        list(configured(make_service(channels + "\n").assistant.shop))
    assert "hush" not in str(told.value)
