"""Boards, feedback and the audit of questions: kept, and changed by their user alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from assistant.store import MAX_ROWS, Asked, Opinion, Pin
from semantic_layer.errors import UnknownBoard, UsageError

if TYPE_CHECKING:
    from assistant.store.store import Store


def a_pin(title: str = "销售额", **values: object) -> Pin:
    return Pin(**{"title": title, "lang": "zh", "query": {"metrics": [{"metric": "sales"}]}, **values})  # type: ignore[arg-type]


def titles(store: Store, board: str) -> list[str]:
    return [p.title for p in store.boards.pins(board)]


def test_pins_keep_their_order_and_can_be_moved(store: Store) -> None:
    board = store.boards.start("tea", "ann", "早会")
    ids = [store.boards.pin(board, "ann", a_pin(t)) for t in "abcd"]
    store.boards.move(board, "ann", ids[3], -2)
    assert titles(store, board) == ["a", "d", "b", "c"]
    store.boards.move(board, "ann", ids[0], -1)
    store.boards.move(board, "ann", ids[1], 99)
    assert titles(store, board) == ["a", "d", "c", "b"]
    store.boards.unpin(board, "ann", ids[2])
    store.boards.pin(board, "ann", a_pin("e"))
    assert titles(store, board) == ["a", "d", "b", "e"]


def test_a_pin_comes_back_as_it_was(store: Store) -> None:
    board = store.boards.start("tea", "ann", "早会")
    pin = a_pin("上月\0", analysis="drivers", form="pie", width=9)
    store.boards.pin(board, "ann", pin)
    (kept,) = store.boards.pins(board)
    assert (kept.title, kept.lang, kept.query, kept.analysis, kept.form, kept.width) == ("上月?", "zh", pin.query, "drivers", "pie", 6)
    store.boards.change(board, "ann", kept.id, title="新", width=2)
    (kept,) = store.boards.pins(board)
    assert (kept.title, kept.width) == ("新", 2)


def test_others_may_look_and_not_change(store: Store) -> None:
    board = store.boards.start("tea", "ann", "mine")
    pin = store.boards.pin(board, "ann", a_pin())
    assert store.boards.board(board).user == "ann" and len(store.boards.pins(board)) == 1
    for change in (
        lambda: store.boards.rename(board, "bob", "his"),
        lambda: store.boards.remove(board, "bob"),
        lambda: store.boards.pin(board, "bob", a_pin()),
        lambda: store.boards.unpin(board, "bob", pin),
        lambda: store.boards.move(board, "bob", pin, 1),
        lambda: store.boards.change(board, "bob", pin, title="his"),
        lambda: store.boards.board("nothing"),
    ):
        with pytest.raises(UnknownBoard):
            change()
    assert store.boards.of("tea", "bob") == () and [b.title for b in store.boards.of("tea", "ann")] == ["mine"]
    store.boards.rename(board, "ann", "早会")
    assert store.boards.board(board).title == "早会"
    store.boards.remove(board, "ann")
    assert store.boards.of("tea", "ann") == () and store.boards.pins(board) == ()


def test_what_was_shown_is_given_to_the_same_user_under_the_same_rights(store: Store) -> None:
    board = store.boards.start("tea", "ann", "mine")
    pin = store.boards.pin(board, "ann", a_pin())
    store.boards.keep(pin, "ann", "r1", {"text": "¥1", "rows": [[i] for i in range(MAX_ROWS + 1)]}, "zh")
    kept = store.boards.kept(pin, "ann", "r1")
    assert kept and kept.answer["text"] == "¥1" and len(kept.answer["rows"]) == MAX_ROWS and kept.created.tzinfo is dt.UTC
    assert store.boards.kept(pin, "ann", "r2") is None and store.boards.kept(pin, "bob", "r1") is None
    store.boards.keep(pin, "ann", "r2", {"text": "¥2"}, "zh")
    assert store.boards.kept(pin, "ann", "r1") is None
    store.boards.unpin(board, "ann", pin)
    store.boards.keep(pin, "ann", "r2", {"text": "¥3"}, "zh")
    assert store.boards.kept(pin, "ann", "r2") is None


def test_an_opinion_replaces_the_one_before(store: Store) -> None:
    store.feedback.give("tea", "ann", "a1", Opinion(-1, "数不对", "上月销售额"))
    store.feedback.give("tea", "ann", "a1", Opinion(1, "", "上月销售额"))
    found = store.feedback.on("tea", "ann", "a1")
    assert found and (found.rating, found.comment, found.question) == (1, "", "上月销售额")
    assert store.feedback.on("tea", "bob", "a1") is None and store.feedback.on("tea", "ann", "a2") is None
    store.feedback.give("tea", "ann", "a1", None)
    assert store.feedback.on("tea", "ann", "a1") is None
    with pytest.raises(UsageError):
        store.feedback.give("tea", "x" * 300, "a1", Opinion(1))


def test_questions_come_back_the_last_first_and_are_forgotten_in_time(store: Store) -> None:
    now = dt.datetime.now(dt.UTC)
    for days, user in ((40, "ann"), (20, "bob"), (1, "ann")):
        at = now - dt.timedelta(days=days)
        store.audit.record(Asked("tea", user, "page", f"a{days}", f"{days} days ago", "en", "answered", ["SELECT '茶'"], 3, 12, at=at, conversation="c"))
    assert [a.answer for a in store.audit.asked("tea")] == ["a1", "a20", "a40"]
    assert [a.answer for a in store.audit.asked("tea", "ann", now - dt.timedelta(days=30))] == ["a1"]
    (last,) = store.audit.asked("tea", limit=1)
    assert (last.statements, last.rows, last.milliseconds, last.conversation) == (["SELECT '茶'"], 3, 12, "c")
    assert store.audit.asked("coffee") == () and store.audit.forget("coffee", 1) == 0
    assert store.audit.forget("tea", 30) == 1 and len(store.audit.asked("tea")) == 2
