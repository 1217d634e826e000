"""Going back, choosing, remembering what was chosen, and what a question that was not answered does to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from assistant.conversation import InMemory
from assistant.store import open_store
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.conversation.conftest import Say, query_of

_number = itertools.count()


class Talk:
    """A conversation."""

    def __init__(self, assistant: Assistant, id: str, user: str) -> None:
        self.assistant, self.id, self.user = assistant, id, user

    def __call__(self, *lines: str) -> Answer:
        return [self.assistant.ask(line, conversation=self.id, user=self.user) for line in lines][-1]


@pytest.fixture(scope="module")
def forgetful(shop: Shop) -> Assistant:
    """One whose conversations each test keeps elsewhere: to learn to read takes it longer than most tests."""
    return Assistant(shop)


@pytest.fixture(params=["memory", "store"])
def keeper(request: pytest.FixtureRequest, forgetful: Assistant, tmp_path: Path) -> Iterator[Assistant]:
    """An assistant for each way of keeping conversations."""
    if request.param == "memory":
        forgetful.conversations = InMemory()
        yield forgetful
        return
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    forgetful.conversations = store
    yield forgetful
    store.close()


def talk(assistant: Assistant, user: str = "") -> Talk:
    """A new conversation."""
    start = getattr(assistant.conversations, "start", None)
    return Talk(assistant, start(assistant.shop.name, user) if start else f"t{next(_number)}", user)


@pytest.mark.parametrize("undo", ["撤销", "返回上一步", "撤销，还是刚才那个", "undo", "go back", "please undo that", "undo that, back to the previous one"])
def test_undo_goes_back_one_query(keeper: Assistant, undo: str) -> None:
    said = talk(keeper)
    first = said("2017年11月各部门的销售额")
    said("只看自有品牌")
    back = said(undo)
    assert query_of(back) == query_of(first) and back.rows == first.rows and back.undone == 1
    assert query_of(said("小票数呢")).where == ()


def test_undo_twice_and_no_further(keeper: Assistant) -> None:
    said = talk(keeper)
    first = said("sales in November 2017")
    said("by department", "top 5")
    assert query_of(said("undo", "undo")) == query_of(first)
    assert said("undo").status == "refused"


@pytest.mark.parametrize("pick", ["1", "第一个", "the first one", "选1", "option 1"])
def test_a_choice_by_its_number(keeper: Assistant, pick: str) -> None:
    said = talk(keeper)
    asked = said("which were the best stores in 2017?")
    assert asked.status == "clarify"
    assert query_of(said(pick)) == SemanticQuery.model_validate(asked.choices[0].query)


def test_a_choice_by_its_words_and_by_its_id(keeper: Assistant) -> None:
    said = talk(keeper)
    asked = said("which were the best stores in 2017?")
    name = asked.choices[1].text.split(";")[0]
    assert query_of(said(name)) == SemanticQuery.model_validate(asked.choices[1].query)
    again = talk(keeper, "someone")
    asked = again("which were the best stores in 2017?")
    chosen = keeper.choose(again.id, asked.choices[1].id, user="someone")
    assert query_of(chosen) == SemanticQuery.model_validate(asked.choices[1].query)


def test_a_choice_that_is_not_there(keeper: Assistant) -> None:
    said = talk(keeper)
    asked = said("which were the best stores in 2017?")
    beyond = said("9")
    assert beyond.status == "clarify" and beyond.choices == asked.choices
    assert query_of(said("2")) == SemanticQuery.model_validate(asked.choices[1].query)


def test_what_was_chosen_is_remembered_for_its_user_until_forgotten(keeper: Assistant) -> None:
    said = talk(keeper, "ann")
    chosen = query_of(said("which were the best stores in 2017?", "2"))
    later = talk(keeper, "ann")("which were the best departments in 2017?")
    assert query_of(later).metrics == chosen.metrics and "as you chose before" in later.reading
    assert talk(keeper, "bob")("which were the best stores in 2017?").status == "clarify"
    assert "1" in said("forget my choices").text
    assert talk(keeper, "ann")("which were the best stores in 2017?").status == "clarify"
    assert said("忘记我的选择").text == "没有记住过您的选择。"


def test_after_a_question_that_was_not_answered_it_is_asked_which_is_changed(keeper: Assistant) -> None:
    said = talk(keeper)
    said("sales in November 2017 by department", "how many zorbs were sold in May 2017?")
    asked = said("only private label")
    assert asked.status == "clarify" and asked.choices
    picked = query_of(said(str(len(asked.choices))))
    assert [g.name for g in picked.group_by] == ["department"]
    assert "brand" in {getattr(c, "field", "").rsplit(".")[-1] for c in picked.where}


def test_a_refusal_that_names_nothing_leaves_the_conversation_where_it_was(keeper: Assistant) -> None:
    said = talk(keeper)
    said("2017年11月各部门的销售额", "画成雷达图")
    assert [m.name for m in query_of(said("小票数呢")).metrics] == ["baskets"]


def test_conversations_are_apart(keeper: Assistant) -> None:
    first, second = talk(keeper), talk(keeper)
    first("2017年11月各部门的销售额")
    second("2017年10月自有品牌的顾客数")
    assert [m.name for m in query_of(first("按品牌")).metrics] == ["sales"]


def test_without_a_conversation_nothing_is_kept(assistant: Assistant) -> None:
    assistant.ask("2017年11月各部门的销售额")
    assert assistant.ask("按品牌").status == "refused"


def test_a_conversation_of_another_is_an_error(shop: Shop, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    assistant = Assistant(shop, store)
    id = store.start(shop.name, "ann")
    assert assistant.ask("2017年11月的销售额", conversation=id, user="bob").status == "error"
    assert assistant.ask("2017年11月的销售额", conversation="none", user="ann").status == "error"
    store.close()


def test_a_choice_that_is_run_as_a_query_is_remembered_too(keeper: Assistant) -> None:
    said = talk(keeper, "ann")
    chosen = SemanticQuery.model_validate(said("which were the best stores in 2017?").choices[1].query)
    keeper.answer(chosen, "en", user="ann", conversation=said.id)
    assert query_of(talk(keeper, "ann")("which were the best stores in 2017?")) == chosen


def test_a_query_of_a_chip_is_a_turn(say: Say) -> None:
    answer = say("按品牌", query={"metrics": ["sales"], "time": {"start": "2017-11-01", "end": "2017-12-01"}})
    assert [g.name for g in query_of(answer).group_by] == ["brand"]


@pytest.mark.parametrize("undo", ["撤销", "undo that"])
def test_undo_after_a_question_that_was_not_answered_asks_what(keeper: Assistant, undo: str) -> None:
    said = talk(keeper)
    first, second = said("sales in November 2017"), said("by department")
    said("how many zorbs were sold in May 2017?")
    asked = said(undo)
    assert asked.status == "clarify" and [c.query for c in asked.choices] == [query_of(second).to_dict(), query_of(first).to_dict()]
    assert query_of(said("1")) == query_of(second)
