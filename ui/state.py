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
    """What is being asked: a question, or a query with the words that it is shown by and the analysis it is to be run with."""

    question: str
    lang: str
    query: SemanticQuery | None = None
    analysis: str = ""


@dataclass
class View:
    """One open page. `chosen`: its language was chosen, so that answers keep to it too. `pending`: what is to be answered, the first first."""

    lang: str
    chosen: bool
    conversation: str | None = None
    turns: list[Shown] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    notice: str = ""
    shown: int = SHOWN_TURNS


def view(served: Served) -> View:
    """The state of this page; at first that of the conversation in its address, which later follows the page."""
    if "view" not in st.session_state:
        page = View(_language(served), served.lang != "auto")
        open_conversation(served, page, st.query_params.get(CONVERSATION))
        st.session_state["view"] = page
    found: View = st.session_state["view"]
    return found


def addressed(page: View) -> None:
    """Brings the address to the conversation shown: what a browser says of it may be older than what the page has just written."""
    if page.conversation != st.query_params.get(CONVERSATION):
        if page.conversation is None:
            del st.query_params[CONVERSATION]
        else:
            st.query_params[CONVERSATION] = page.conversation


def _language(served: Served) -> str:
    if served.lang != "auto":
        return served.lang
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def open_conversation(served: Served, page: View, conversation: str | None) -> None:
    """Shows another conversation; none is an empty page, and the conversation begins with the first question."""
    page.conversation, page.turns, page.pending, page.shown = conversation, [], [], SHOWN_TURNS
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
        page.pending.append(Pending(question, page.lang if page.chosen else "auto"))


def run(page: View, text: str, lang: str, query: SemanticQuery | dict[str, Any], analysis: str = "") -> None:
    """Puts a query, shown as `text`. A kept one that this version cannot read is not put."""
    try:
        page.pending.append(Pending(text, page.lang if page.chosen else lang, SemanticQuery.model_validate(query), analysis))
    except ValidationError:
        page.notice = word("page_old", page.lang)


def take(served: Served, page: View) -> None:
    """Answers the first of what is asked, as a turn of the conversation. Draws nothing, so that nothing can cut it short."""
    pending = page.pending[0]
    conversation = _begun(served, page, pending.question)
    if pending.query is None:
        answer = served.assistant.ask(pending.question, pending.lang, user=served.user, conversation=conversation)
    else:
        answer = served.assistant.answer(
            pending.query, pending.lang, question=pending.question, user=served.user, conversation=conversation, analysis=pending.analysis
        )
    del page.pending[0]
    if answer.undone:
        del page.turns[-answer.undone :]
    else:
        page.turns.append(_shown(served, len(page.turns) + 1, answer))


def _begun(served: Served, page: View, question: str) -> str | None:
    """The conversation of the page, begun with its first question; none where the store cannot keep it, which the page says."""
    if page.conversation is None:
        title = " ".join(question.split())[:_LONGEST_TITLE]
        try:
            page.conversation = served.store.start(served.shop, served.who, title)
        except WenshuError as error:
            page.notice = word("page_not_saved", page.lang, reason=error.text(page.lang))
    return page.conversation


def speak(page: View, lang: str | None) -> None:
    """Sets the language of page and answers."""
    if lang:
        page.lang, page.chosen = lang, True
