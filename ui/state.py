"""What one open page knows: its language, its conversation, the turns shown, and what is being asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.navigation.page import Page as StreamlitPage

from assistant.answer import Answer
from assistant.conversation import Chip
from assistant.pages.board import Tile
from assistant.store import Opinion, Turn
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from ui.pending import Pending
from ui.served import Served

CONVERSATION = "c"  # in the page's address
SHOWN_TURNS = 10
_LONGEST_TITLE = 60
_ALL = 100_000


@dataclass
class Shown:
    """A turn as the page shows it. `number` counts from 1 on this page; `chips` are made when they are first drawn."""

    number: int
    answer: Answer
    chips: tuple[Chip, ...] | None = None
    opinion: Opinion | None = None
    toast: str = ""

    @property
    def key(self) -> str:
        """For widgets that have a state: another conversation has a turn of the same number."""
        return self.answer.id or str(self.number)


@dataclass
class View:
    """One open page. `chosen`: its language was chosen, so that answers keep to it too. `pending`: what is to be answered, the first first.

    `clicks`: what was clicked and is not done yet. Of several that came while the page was busy, Streamlit calls the last first.
    """

    lang: str
    chosen: bool
    conversation: str | None = None
    turns: list[Shown] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    notice: str = ""
    toast: str = ""
    shown: int = SHOWN_TURNS
    board: str | None = None
    metric: str | None = None
    tiles: dict[str, tuple[str, Tile]] = field(default_factory=dict)  # by pin, with the state of things that they were asked in
    pages: dict[str, StreamlitPage] = field(default_factory=dict)
    clicks: list[Callable[[], None]] = field(default_factory=list)

    def click(self, act: Callable[..., None], *arguments: Any) -> None:
        """Keeps a click until the page is drawn, so that several are done in the order in which they came."""
        self.clicks.append(partial(act, *arguments))


def view(served: Served) -> View:
    """The state of this page; at first that of the conversation in its address, which later follows the page."""
    if "view" not in st.session_state:
        page = View(language(served), served.lang != "auto")
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


def language(served: Served) -> str:
    """The language that a page begins with."""
    if served.lang != "auto":
        return served.lang
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def open_conversation(served: Served, page: View, conversation: str | None) -> None:
    """Shows another conversation; none is an empty page, and the conversation begins with the first question."""
    page.conversation, page.turns, page.pending, page.shown = conversation, [], [], SHOWN_TURNS
    if conversation is None:
        return
    running = served.running_in(conversation)  # before the turns: what ends now is in one of the two
    try:
        known = {c.id for c in served.store.conversations(served.shop, served.who, _ALL)}
        turns = served.store.turns(conversation, served.who)
        if conversation not in known:  # of this user, but of another shop
            turns, running, page.conversation = (), [], None
    except WenshuError as error:
        page.notice, turns, running, page.conversation = error.text(page.lang), (), [], None
    page.turns = [Shown(number, _restored(turn)) for number, turn in enumerate(turns, 1)]
    page.pending = running


def _restored(turn: Turn) -> Answer:
    """The answer of a kept turn; of one that another version kept, the sentence."""
    try:
        return Answer.model_validate(turn.answer)
    except ValidationError:
        text = str(turn.answer.get("text", ""))
        return Answer(id="", question=turn.question, status="error", lang=turn.lang, text=text, caveats=[word("page_old", turn.lang)])


def chips_of(served: Served, turn: Shown) -> tuple[Chip, ...]:
    """The chips of a turn, made when it is first drawn."""
    if turn.chips is None:
        query, lang = turn.answer.query, turn.answer.lang
        try:
            turn.chips = served.assistant.chips(SemanticQuery.model_validate(query), lang, served.user) if query else ()
        except (ValidationError, WenshuError):  # kept by another version, or no longer this user's to see
            turn.chips = ()
    return turn.chips


def ask(page: View, question: str) -> None:
    """Puts a question; it is begun with the next drawing."""
    if question.strip():
        page.pending.append(Pending(question, page.lang if page.chosen else "auto"))


def run(page: View, text: str, lang: str, query: SemanticQuery | dict[str, Any], analysis: str = "") -> None:
    """Puts a query, shown as `text`. A kept one that this version cannot read is not put."""
    try:
        page.pending.append(Pending(text, page.lang if page.chosen else lang, SemanticQuery.model_validate(query), analysis))
    except ValidationError:
        page.notice = word("page_old", page.lang)


def take_clicks(served: Served, page: View) -> None:
    """Does what was clicked, the first first. What is asked is begun at once: from then on no other click and no reload loses it."""
    _begin(served, page)
    while page.clicks:
        page.clicks.pop()()
        _begin(served, page)


def _begin(served: Served, page: View) -> None:
    """Sets what is asked to be answered, as turns of the conversation, if it is not yet."""
    for pending in page.pending:
        if not pending.begun:
            pending.begin(served, _begun(served, page, pending.question))


def finish(page: View) -> Shown | None:
    """Takes up the answer to the first of what was asked as a turn; none where it took turns back, or is a turn already."""
    answer = page.pending.pop(0).answer
    if answer.undone:
        del page.turns[-answer.undone :]
        return None
    if any(t.answer.id == answer.id for t in page.turns):
        return None
    page.turns.append(Shown(len(page.turns) + 1, answer))
    return page.turns[-1]


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
