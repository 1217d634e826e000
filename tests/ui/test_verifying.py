"""The button that verifies an answer, and the page of the review: for analysts, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.store import Opinion
from tests.ui.conftest import Opened as OpenedPage
from tests.ui.looking import click
from tests.verified.conftest import SANTAS, Opened, opened

if TYPE_CHECKING:
    from assistant.store.store import Store

__all__ = ["opened"]


def test_an_answer_is_verified_from_the_page(page: OpenedPage, opened: Opened) -> None:
    assistant = opened()
    test = page("en", of=assistant)
    test.chat_input[0].set_value("sales in Lyon").run()
    button = next(b for b in test.button if str(b.key).startswith("verify-now-"))
    button.click().run()
    assert not test.exception
    assert [e.questions for e in assistant.verified.page().entries] == [("sales in Lyon",)]
    assert assistant.ask("revenue in Lyon").verified == assistant.verified.page().entries[0].id


def test_who_is_no_analyst_has_neither_the_button_nor_the_page(page: OpenedPage, opened: Opened) -> None:
    assistant = opened(analysts=["ann"])
    test = page("en", user="bob", of=assistant)
    test.chat_input[0].set_value("sales in Lyon").run()
    assert not [b for b in test.button if str(b.key).startswith("verify")]
    assert "Review" not in str(test.sidebar)


def test_a_complaint_is_closed_with_a_reason(page: OpenedPage, opened: Opened, store: Store) -> None:
    assistant = opened(SANTAS)
    store.feedback.give("small", "bob", "a1", Opinion(-1, "wrong month", "number of santa claus last month", lang="en"))
    test = page("en", of=assistant, first="review")
    shown = " ".join(t.value for t in test.text)
    assert "wrong month" in shown and "santas" in shown
    click(test, "close-0")
    assert store.feedback.complaints("small")  # not without a reason
    test.text_input(key="reason-0").set_value("read rightly").run()
    click(test, "close-0")
    assert not store.feedback.complaints("small")
    assert store.feedback.complaints("small", closed=True)[0].reason == "read rightly"
