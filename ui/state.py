"""What one open page knows: its language, its conversation, the turns shown, and what is being asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from pydantic import ValidationError

from assistant.answer import Answer
from assistant.conversation import Chip
from assistant.store import Turn
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from ui.served import Served

CONVERSATION = "c"  # in the page's address
SHOWN_TURNS = 10
_LONGEST_TITLE = 60
_ALL = 100_000


@dataclass(frozen=True)
class Shown:
    """A turn as the page shows it. `number` counts from 1 on this page."""

    number: int
    answer: Answer
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True)
class Pending:
    """What is being asked: a question, or a query with the words that it is shown by."""

    question: str
    lang: str
    query: SemanticQuery | None = None


@dataclass
class View:
    """One open page. `chosen`: its language was chosen, so that answers keep to it too. `address`: the conversation last seen in its address."""

    lang: str
    chosen: bool
    conversation: str | None = None
    address: str | None = None
    turns: list[Shown] = field(default_factory=list)
    pending: Pending | None = None
    notice: str = ""
    shown: int = SHOWN_TURNS


def view(served: Served) -> View:
    """The state of this page. A changed address opens another conversation; a conversation just begun comes into the address."""
    if "view" not in st.session_state:
        st.session_state["view"] = View(_language(served), served.lang != "auto")
    page: View = st.session_state["view"]
    named = st.query_params.get(CONVERSATION)
    if named != page.address:
        _open(served, page, named)
    if page.conversation != named:
        if page.conversation is None:
            del st.query_params[CONVERSATION]
        else:
            st.query_params[CONVERSATION] = page.conversation
    page.address = page.conversation
    return page


def _language(served: Served) -> str:
    if served.lang != "auto":
        return served.lang
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def _open(served: Served, page: View, conversation: str | None) -> None:
    page.conversation, page.turns, page.pending, page.shown = conversation, [], None, SHOWN_TURNS
    if conversation is None:
        return
    try:
        known = {c.id for c in served.store.conversations(served.shop, served.who, _ALL)}
        turns = served.store.turns(conversation, served.who)
        if turns and conversation not in known:  # of this user, but of another shop
            turns, page.conversation = (), None
    except WenshuError as error:
        page.notice, turns, page.conversation = error.text(page.lang), (), None
    page.turns = [_shown(served, number, _restored(turn)) for number, turn in enumerate(turns, 1)]


def _restored(turn: Turn) -> Answer:
    """The answer of a kept turn; of one that another version kept, the sentence."""
    try:
        return Answer.model_validate(turn.answer)
    except ValidationError:
        text = str(turn.answer.get("text", ""))
        return Answer(id="", question=turn.question, status="error", lang=turn.lang, text=text, caveats=[word("page_old", turn.lang)])


def _shown(served: Served, number: int, answer: Answer) -> Shown:
    try:
        chips = served.assistant.chips(SemanticQuery.model_validate(answer.query), answer.lang, served.user) if answer.query else ()
    except (ValidationError, WenshuError):  # kept by another version, or no longer this user's to see
        chips = ()
    return Shown(number, answer, chips)


def ask(page: View, question: str) -> None:
    """Puts a question; the answer comes with the next drawing."""
    if question.strip():
        page.pending = Pending(question, page.lang if page.chosen else "auto")


def run(page: View, text: str, lang: str, query: SemanticQuery | dict[str, Any]) -> None:
    """Puts a query, shown as `text`. A kept one that this version cannot read is not put."""
    try:
        page.pending = Pending(text, page.lang if page.chosen else lang, SemanticQuery.model_validate(query))
    except ValidationError:
        page.notice = word("page_old", page.lang)


def take(served: Served, page: View, pending: Pending) -> None:
    """Answers what is being asked, and keeps it. Draws nothing, so that nothing can cut it short."""
    if pending.query is None:
        answer = served.assistant.ask(pending.question, pending.lang, user=served.user)
    else:
        answer = served.assistant.answer(pending.query, pending.lang, question=pending.question, user=served.user)
    page.turns.append(_shown(served, len(page.turns) + 1, answer))
    page.pending = None
    try:
        _keep(served, page, answer)
    except WenshuError as error:
        page.notice = word("page_not_saved", page.lang, reason=error.text(page.lang))


def _keep(served: Served, page: View, answer: Answer) -> None:
    turn = Turn(question=answer.question, lang=answer.lang, status=answer.status, answer=answer.to_json(), query=answer.query)
    if page.conversation is None:
        title = " ".join(answer.question.split())[:_LONGEST_TITLE]
        page.conversation = served.store.start(served.shop, served.who, title)
    served.store.append(page.conversation, served.who, turn)


def start_over(page: View) -> None:
    """An empty page; the conversation begins with the first question."""
    page.conversation, page.turns, page.pending, page.shown = None, [], None, SHOWN_TURNS


def go_to(conversation: str) -> None:
    """Opens another conversation with the next drawing."""
    st.query_params[CONVERSATION] = conversation


def speak(page: View, lang: str | None) -> None:
    """Sets the language of page and answers."""
    if lang:
        page.lang, page.chosen = lang, True
