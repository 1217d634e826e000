"""Chat: the conversation, what to begin with, and the box for questions."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from prompts import word
from semantic_layer.errors import WenshuError
from ui import state
from ui.answer import draw_answer
from ui.conversations import draw_conversations
from ui.pending import Pending
from ui.scrolling import draw_into_view
from ui.served import Served
from ui.state import View
from ui.suggesting import draw_suggesting
from ui.text import shown

_LOOK = 0.15  # seconds between two looks at an answer in the making; each look lets clicks through


def draw(this: Served, page: View) -> None:
    """Draws the page, and answers what was asked."""
    state.addressed(page)
    draw_conversations(this, page)
    # Read in a callback, as clicks are: a run that is cut short by the next would lose it.
    examples = this.assistant.shop.settings.examples.get(page.lang)
    said = word("page_ask_like", page.lang, example=examples[0]) if examples else word("page_ask", page.lang)
    st.chat_input(said, key="question", on_submit=_asked, args=(page,))
    draw_suggesting(this, page)
    place = st.empty()  # emptied at once, not when the answer is there
    if not page.turns and not page.pending:
        with place.container():
            _draw_examples(this, page)
    _draw_turns(this, page)
    if page.pending:
        _draw_pending(this, page)


def _asked(page: View) -> None:
    page.click(state.ask, page, st.session_state["question"] or "")


def _draw_examples(this: Served, page: View) -> None:
    with st.chat_message("assistant"):
        st.text(word("page_hello", page.lang))
        try:
            examples = this.assistant.examples(page.lang, this.user)
        except WenshuError as error:
            st.warning(shown(error.text(page.lang)))
            return
        for number, example in enumerate(examples):
            if example.query is None:
                st.button(shown(example.text), key=f"example-{page.lang}-{number}", on_click=page.click, args=(state.ask, page, example.text))
            else:
                arguments = (state.run, page, example.text, page.lang, example.query)
                st.button(shown(example.text), key=f"example-{page.lang}-{number}", on_click=page.click, args=arguments)


def _draw_turns(this: Served, page: View) -> None:
    last = page.shown - len(page.pending[:1])
    if len(page.turns) > last:
        st.button(word("page_earlier", page.lang), key="earlier", type="tertiary", on_click=_show_more, args=(page,))
    for turn in page.turns[-last:]:
        _draw_question(turn.answer.question)
        with st.chat_message("assistant"):
            draw_answer(this, page, turn, st.empty())


def _show_more(page: View) -> None:
    page.shown += state.SHOWN_TURNS


def _draw_question(question: str) -> None:
    with st.chat_message("user"):
        st.text(question)


def _draw_pending(this: Served, page: View) -> None:
    """Waits for the answer, and draws it where it will be drawn from then on: nothing that stands there already is drawn anew."""
    pending = page.pending[0]
    _draw_question(pending.question)
    with st.chat_message("assistant"):
        place = st.empty()
        _wait(place, pending, page.lang)
        turn = state.finish(page)
        if turn is None:
            st.rerun()
        draw_answer(this, page, turn, place)
    draw_into_view(turn.key)
    if page.pending or page.notice:
        st.rerun()


def _wait(place: DeltaGenerator, pending: Pending, lang: str) -> None:
    if pending.wait(_LOOK):
        return
    with place.container():
        sentence = st.empty()
        with st.container(horizontal=True, vertical_alignment="center"):
            status = st.status(word("page_step_read", lang), type="compact", width=240)
            st.button(word("page_stop", lang), key="stop", icon=":material/stop_circle:", on_click=pending.progress.stop)
    while not pending.wait(_LOOK):
        status.update(label=word(f"page_step_{pending.progress.step}", lang))
        if pending.progress.text:
            sentence.text(pending.progress.text)
