"""Answers that are watched: their steps, stopping them, and the audit of what was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from assistant.ask import Assistant
from assistant.auditing import Auditor
from assistant.channels.cli import app
from assistant.progress import Progress, following
from assistant.store import open_store
from semantic_layer.shops import Shop
from tests.conftest import MakeShop
from tests.engines.conftest import until

if TYPE_CHECKING:
    from assistant.store.store import Store

# A million billion rows, counted one by one and never kept: nobody waits for its end.
ENDLESS = {
    "datasets": {"orders": {"source": "endless", "fields": {"amount": {"kind": "measure", "type": "number"}}}},
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"zh": "销售额", "en": "sales"}, "default": True}},
}
TABLES = ("CREATE VIEW endless AS SELECT i AS amount FROM range(1_000_000_000_000_000) t(i)",)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


def test_a_stopped_answer_says_so_and_stays_in_the_conversation(make_shop: MakeShop, store: Store) -> None:
    assistant = Assistant(make_shop(ENDLESS, *TABLES), store)
    conversation = store.start("small", "")
    progress, found = Progress("page"), []

    def ask() -> None:
        with following(progress):
            found.append(assistant.ask("sales", conversation=conversation))

    asker = threading.Thread(target=ask)
    asker.start()
    assert until(lambda: bool(progress.watch.statements))
    progress.stop()
    asker.join(15)
    (answer,) = found
    assert answer.status == "error" and answer.error and answer.error.code == "cancelled" and answer.text == "Stopped, as you asked."
    assert [t.question for t in store.turns(conversation, "")] == ["sales"]


def test_the_sentence_is_there_with_the_last_step(shop: Shop) -> None:
    with following(Progress("page")) as progress:
        answer = Assistant(shop).ask("5月销售额")
    assert progress.step == "explain" and progress.text == answer.text


def test_who_asked_what_and_which_sql_ran_is_written_down(shop: Shop, store: Store) -> None:
    assistant = Assistant(shop, store)
    assistant.auditor = Auditor(store.audit, shop)
    conversation = store.start(shop.name, "ann")
    with following(Progress("page")):
        answer = assistant.ask("5月各部门销售额", user="ann", conversation=conversation)
    assistant.ask("2019年各部门销售额", user="bob")
    refused, asked = store.audit.asked(shop.name)
    assert (asked.user, asked.channel, asked.conversation, asked.question, asked.status) == ("ann", "page", conversation, "5月各部门销售额", "answered")
    assert asked.answer == answer.id and asked.rows == len(answer.rows) and asked.milliseconds > 0
    assert len(asked.statements) == 1 and "SUM" in asked.statements[0] and "transactions" in asked.statements[0]
    assert (refused.user, refused.status, refused.statements, refused.conversation) == ("bob", "refused", [], None)


def test_nothing_is_written_down_where_the_shop_says_so(make_shop: MakeShop, store: Store) -> None:
    made = make_shop({**ENDLESS, "datasets": {"orders": {"fields": {"amount": {"kind": "measure", "type": "number"}}}}}, "CREATE TABLE orders AS SELECT 5.0 AS amount")
    assistant = Assistant(made, store)
    assistant.auditor = Auditor(store.audit, made)
    assert assistant.ask("sales").status == "answered" and len(store.audit.asked("small")) == 1
    settings = made.folder / "wenshu.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "audit_days: 0\n", encoding="utf-8")
    assert until(lambda: made.settings.audit_days == 0)
    assistant.auditor = Auditor(store.audit, made)
    assert assistant.ask("sales").status == "answered" and store.audit.asked("small") == ()


def test_the_verb_lists_what_was_asked(make_shop: MakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_shop({**ENDLESS, "datasets": {"orders": {"fields": {"amount": {"kind": "measure", "type": "number"}}}}}, "CREATE TABLE orders AS SELECT 5.0 AS amount")
    monkeypatch.setenv("WENSHU_STORE", f"sqlite:///{tmp_path / 'audited.sqlite'}")
    run = CliRunner()
    assert "Nothing" in run.invoke(app, ["audit", "--shop", str(made.folder), "--lang", "en"]).output
    kept = open_store()
    assistant = Assistant(made, kept)
    assistant.auditor = Auditor(kept.audit, made)
    for user in ("ann", "bob"):
        with following(Progress("page")):
            assistant.ask("total sales", user=user)
    kept.close()
    listed = run.invoke(app, ["audit", "--shop", str(made.folder), "--lang", "zh"]).output
    assert "总" not in listed and listed.count("total sales") == 2 and "用户" in listed
    (line,) = run.invoke(app, ["audit", "--shop", str(made.folder), "--user", "bob", "--format", "json"]).output.splitlines()
    assert json.loads(line)["user"] == "bob" and "SUM" in json.loads(line)["statements"][0]
