"""docs/conversations.md: the statements that forget a user do, and both languages name the same ones."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from sqlalchemy import create_engine, text

from assistant.store import Asked, Decision, Opinion, Outgoing, Pin, Subscription, open_store
from tests.store.conftest import a_turn

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / name).read_text(encoding="utf-8") for name in ("conversations.md", "conversations.zh-CN.md")]


def test_the_statements_forget_one_user_and_no_other(url: str) -> None:
    store = open_store(url)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for user in ("ann", "bob"):
        store.append(store.start("tea", user), user, a_turn())
        store.remember("tea", user, "best", {}, "")
        board = store.boards.start("tea", user, "mine")
        store.boards.keep(store.boards.pin(board, user, Pin("one", "en", {})), "ann", "", {}, "en")
        store.feedback.give("tea", user, "1", Opinion(1))
        store.decisions.decide("tea", Decision("restock", "stock_out", "accepted", user, dt.date(2024, 6, 1)))
        subscription = Subscription(user, "one", "en", {}, {}, "email", "a@b.c", dt.datetime.now(dt.UTC))
        store.subscriptions.add("tea", subscription)
        claim = store.subscriptions.claim("tea", 60)
        assert claim and store.subscriptions.settle("tea", claim, later, {}, Outgoing(user, claim.of.id, user, "email", "a@b.c", {}))
        store.tokens.create("tea", user, "", ["ask"])
        store.audit.record(Asked("tea", user, "page", "1", "?", "en", "answered", [], 0, 1))
    (statements,) = re.findall(r"^```sql\n(.*?)^```", PAGES[0], flags=re.MULTILINE | re.DOTALL)
    engine = create_engine(url)
    with engine.begin() as connection:
        for each in filter(str.strip, statements.split(";")):
            connection.execute(text(each))
        assert connection.execute(text("SELECT count(*) FROM wenshu_turns")).scalar_one() == 1
    engine.dispose()
    assert store.conversations("tea", "ann") == () and store.remembered("tea", "ann") == ()
    assert store.boards.of("tea", "ann") == () and store.feedback.on("tea", "ann", "1") is None and len(store.audit.asked("tea")) == 1
    assert [d.user for d in store.decisions.of("tea")] == [t.user for t in store.tokens.of("tea")] == ["bob"]
    assert [s.user for s in store.subscriptions.of("tea")] == ["bob"] and [c.of.user for c in store.outbox.claim("tea", 60, 9, 9)] == ["bob"]
    (bobs,) = store.boards.of("tea", "bob")
    (pin,) = store.boards.pins(bobs.id)
    assert store.boards.kept(pin.id, "ann", "") is None, "what ann saw on the board of bob"
    assert len(store.conversations("tea", "bob")) == len(store.remembered("tea", "bob")) == 1
    store.close()


def test_both_pages_show_the_same() -> None:
    english, chinese = (re.findall(r"^```\w*\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL) for page in PAGES)
    assert english == chinese and len(english) == 2
