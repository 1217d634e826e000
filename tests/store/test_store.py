"""Conversations, turns and remembered choices: kept, given to their user alone, and forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.answer.model import Answer
from assistant.store import MAX_ROWS, Turn, open_store
from semantic_layer.errors import UnknownConversation, UsageError
from tests.store.conftest import a_turn

if TYPE_CHECKING:
    from assistant.store.store import Store

CHINA = dt.timezone(dt.timedelta(hours=8))


def test_turns_come_back_as_they_were_with_numbers_and_in_utc(store: Store) -> None:
    at = dt.datetime(2024, 6, 18, 7, 30, 0, 123456, CHINA)
    one = a_turn("上月销售额？😀", created=at)
    two = a_turn("by province", lang="en", status="refused", query=None, number=77)
    conversation = store.start("tea", "ann")
    assert store.turns(conversation, "ann") == () and store.last(conversation, "ann") is None
    assert [store.append(conversation, "ann", t) for t in (one, two)] == [1, 2]
    kept = store.turns(conversation, "ann")
    assert [t.number for t in kept] == [1, 2]
    for before, after in zip((one, two), kept, strict=True):
        assert (after.question, after.lang, after.status, after.query, after.answer, after.created) == (
            before.question, before.lang, before.status, before.query, before.answer, before.created,
        )  # fmt: skip
        assert after.created.tzinfo is dt.UTC
    assert store.last(conversation, "ann") == kept[-1]


def test_a_dropped_turn_makes_room_for_its_number(store: Store) -> None:
    conversation = store.start("tea", "ann")
    store.drop_last(conversation, "ann")
    for question in ("a", "b", "c"):
        store.append(conversation, "ann", a_turn(question))
    store.drop_last(conversation, "ann")
    assert store.append(conversation, "ann", a_turn("d")) == 3
    assert [t.question for t in store.turns(conversation, "ann")] == ["a", "b", "d"]


def test_conversations_of_a_user_in_a_shop_the_last_changed_first(store: Store) -> None:
    first, second, third = (store.start("tea", "ann", f"no. {i}") for i in range(3))
    store.start("tea", "bob")
    store.start("flights", "ann")
    store.append(first, "ann", a_turn())
    store.rename(second, "ann", "改了名")
    found = store.conversations("tea", "ann")
    assert [(c.id, c.title) for c in found] == [(first, "no. 0"), (third, "no. 2"), (second, "改了名")]
    assert found[0].created < found[0].changed and found[1].created == found[1].changed and found[0].changed.tzinfo is dt.UTC
    assert [c.id for c in store.conversations("tea", "ann", limit=2)] == [first, third]
    assert store.conversations("tea", "eve") == ()


def test_a_removed_conversation_is_gone_and_no_other(store: Store) -> None:
    gone, kept = store.start("tea", "ann"), store.start("tea", "ann")
    for each in (gone, kept):
        store.append(each, "ann", a_turn())
    store.remove(gone, "ann")
    assert [c.id for c in store.conversations("tea", "ann")] == [kept]
    assert len(store.turns(kept, "ann")) == 1
    with pytest.raises(UnknownConversation):
        store.turns(gone, "ann")


ACTS: dict[str, Callable[[Store, str, str], object]] = {
    "append": lambda s, c, u: s.append(c, u, a_turn("stolen")),
    "turns": lambda s, c, u: s.turns(c, u),
    "last": lambda s, c, u: s.last(c, u),
    "drop_last": lambda s, c, u: s.drop_last(c, u),
    "rename": lambda s, c, u: s.rename(c, u, "stolen"),
    "remove": lambda s, c, u: s.remove(c, u),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_anothers_looks_like_what_is_not_there_and_stays(store: Store, act: str) -> None:
    conversation = store.start("tea", "ann", "mine")
    store.append(conversation, "ann", a_turn("mine"))
    texts = set()
    others = [(conversation, u) for u in ("eve", "", "ANN", "ann ", "%", "ann\0", "\ud800")]
    for which, user in [*others, ("0" * 32, "ann"), ("", "ann"), ("\ud800", "ann"), ("x\0", "ann"), ("x" * 100_000, "ann")]:
        with pytest.raises(UnknownConversation) as error:
            ACTS[act](store, which, user)
        texts.add((error.value.code, error.value.text("en"), error.value.text("zh")))
    assert len(texts) == 1
    assert [t.question for t in store.turns(conversation, "ann")] == ["mine"]
    assert [c.title for c in store.conversations("tea", "ann")] == ["mine"]


@pytest.mark.parametrize(("lang", "said"), [("zh", "共 2,500 行"), ("en", "Of the 2,500 rows")])
def test_more_rows_than_are_kept_are_cut_and_said(store: Store, lang: str, said: str) -> None:
    conversation = store.start("tea", "ann")
    whole = Answer(id="1", question="q", status="answered", rows=[[i] for i in range(2500)], caveats=["before"]).to_json()
    store.append(conversation, "ann", a_turn(lang=lang, answer=whole))
    kept = store.turns(conversation, "ann")[0].answer
    assert kept["rows"] == whole["rows"][:MAX_ROWS] and kept["truncated"] is True
    assert kept["caveats"][0] == "before" and said in kept["caveats"][1] and len(kept["caveats"]) == 2
    assert Answer.model_validate(kept).truncated
    assert len(whole["rows"]) == 2500 and not whole["truncated"]
    exactly = a_turn(rows=MAX_ROWS)
    store.append(conversation, "ann", exactly)
    assert store.turns(conversation, "ann")[1].answer == exactly.answer


def test_text_that_no_database_keeps_is_marked(store: Store) -> None:
    conversation = store.start("tea", "ann", "a\ud800b")
    store.append(conversation, "ann", a_turn("x\0y\ud800"))
    assert store.conversations("tea", "ann")[0].title == "a?b"
    assert store.turns(conversation, "ann")[0].question == "x?y?"


@pytest.mark.parametrize("name", ["x" * 256, " ann", "ann\n", "a\0", "\ud800"])
def test_names_that_cannot_be_kept_are_refused(store: Store, name: str) -> None:
    tries: list[Callable[[], object]] = [
        lambda: store.start(name, "ann"), lambda: store.start("tea", name), lambda: store.conversations("tea", name),
        lambda: store.remember("tea", "ann", name, {}, ""), lambda: store.choice("tea", name, "k"), lambda: store.forget("tea", "ann", name),
    ]  # fmt: skip
    for each in tries:
        with pytest.raises(UsageError):
            each()


def test_the_latest_choice_for_a_word_is_remembered_per_shop_and_user(store: Store) -> None:
    store.remember("tea", "ann", "客户", {"metrics": [1]}, "下单的客户")
    store.remember("tea", "ann", "best", {"metrics": [2]}, "by sales")
    store.remember("tea", "bob", "best", {"metrics": [3]}, "by units")
    store.remember("tea", "ann", "客户", {"metrics": [4]}, "会员")
    assert [(r.key, r.label, r.query) for r in store.remembered("tea", "ann")] == [("客户", "会员", {"metrics": [4]}), ("best", "by sales", {"metrics": [2]})]
    assert all(r.created.tzinfo is dt.UTC for r in store.remembered("tea", "ann"))
    assert store.choice("tea", "ann", "客户") == {"metrics": [4]}
    assert store.choice("tea", "bob", "best") == {"metrics": [3]}
    assert store.choice("tea", "ann", "BEST") is None and store.choice("flights", "ann", "best") is None


def test_forgetting_one_choice_or_all_of_a_user(store: Store) -> None:
    for user, key in (("ann", "a"), ("ann", "b"), ("ann", ""), ("bob", "a")):
        store.remember("tea", user, key, {}, "")
    assert store.forget("tea", "ann", "c") == 0
    assert store.forget("tea", "ann", "") == 1
    assert [r.key for r in store.remembered("tea", "ann")] == ["b", "a"]
    assert store.forget("tea", "ann") == 2 and store.remembered("tea", "ann") == ()
    assert len(store.remembered("tea", "bob")) == 1


def test_values_that_are_no_answer_are_the_callers_mistake_and_nothing_is_kept(store: Store) -> None:
    conversation = store.start("tea", "ann")
    with pytest.raises(TypeError):
        store.append(conversation, "ann", a_turn(answer={"rows": [[object()]]}))
    with pytest.raises(ValueError, match="time zone"):
        store.append(conversation, "ann", Turn("q", "en", "answered", {}, created=dt.datetime(2024, 1, 1)))
    assert store.turns(conversation, "ann") == () and store.append(conversation, "ann", a_turn()) == 1


def test_what_was_kept_is_there_after_closing(url: str) -> None:
    first = open_store(url)
    conversation = first.start("tea", "ann")
    first.append(conversation, "ann", a_turn())
    kept = first.turns(conversation, "ann")
    first.close()
    again = open_store(url)
    assert again.turns(conversation, "ann") == kept
    again.close()


def test_what_was_removed_is_not_left_in_the_file(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    conversation = store.start("tea", "ann")
    store.append(conversation, "ann", a_turn("a-secret-question"))
    store.remember("tea", "ann", "word", {"of": "a-secret-query"}, "")
    store.close()
    assert b"a-secret-question" in file.read_bytes() and b"a-secret-query" in file.read_bytes()
    store = open_store(f"sqlite:///{file}")
    store.remove(conversation, "ann")
    store.forget("tea", "ann")
    store.close()
    left = b"".join(f.read_bytes() for f in file.parent.iterdir())
    assert b"SQLite format 3" in left and b"a-secret" not in left
