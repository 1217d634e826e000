"""Chat: the conversation, what to begin with, and the box for questions."""

from __future__ import annotations

import streamlit as st

from prompts import word
from semantic_layer.errors import WenshuError
from ui import state
from ui.answer import draw_answer
from ui.conversations import draw_conversations
from ui.served import Served
from ui.state import View
from ui.text import shown


def draw(this: Served, page: View) -> None:
    """Draws the page, and answers what was asked."""
    state.addressed(page)
    draw_conversations(this, page)
    # Read in a callback, as clicks are: a run that is cut short by the next would lose it.
    st.chat_input(word("page_ask", page.lang), key="question", on_submit=_asked, args=(page,))
    if not page.turns and not page.pending:
        _draw_examples(this, page)
    _draw_turns(page)
    if page.pending:
        _draw_pending(this, page)


def _asked(page: View) -> None:
    state.ask(page, st.session_state["question"] or "")


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
                st.button(shown(example.text), key=f"example-{page.lang}-{number}", on_click=state.ask, args=(page, example.text))
            else:
                arguments = (page, example.text, page.lang, example.query)
                st.button(shown(example.text), key=f"example-{page.lang}-{number}", on_click=state.run, args=arguments)


def _draw_turns(page: View) -> None:
    if len(page.turns) > page.shown:
        st.button(word("page_earlier", page.lang), key="earlier", type="tertiary", on_click=_show_more, args=(page,))
    for turn in page.turns[-page.shown :]:
        with st.chat_message("user"):
            st.text(turn.answer.question)
        with st.chat_message("assistant"):
            draw_answer(page, turn)


def _show_more(page: View) -> None:
    page.shown += state.SHOWN_TURNS


def _draw_pending(this: Served, page: View) -> None:
    with st.chat_message("user"):
        st.text(page.pending[0].question)
    with st.chat_message("assistant"), st.spinner(word("page_thinking", page.lang)):
        state.take(this, page)
    st.rerun()
