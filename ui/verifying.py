"""Confirms that a question means the query of its answer; for analysts."""

from __future__ import annotations

import streamlit as st

from assistant.verified.confirming import check_analyst, confirm, is_analyst
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from ui.served import Served
from ui.state import Shown, View
from ui.text import shown


def may(this: Served) -> bool:
    """Whether this user may verify questions and review answers."""
    return is_analyst(this.assistant.shop.settings, this.user)


def verify_button(this: Served, page: View, turn: Shown) -> None:
    """Draws the button under an answer that is not verified yet."""
    answer = turn.answer
    if answer.verified or answer.status != "answered" or not answer.question or not may(this):
        return
    with st.popover(word("verified_do", answer.lang), type="tertiary", icon=":material/verified:", key=f"verify-{turn.number}"):
        st.caption(word("verified_how", answer.lang))
        st.text(answer.question)
        st.text(answer.reading)
        st.text_input(word("verified_note", answer.lang), key=f"verify-note-{turn.key}", max_chars=500)
        st.button(word("verified_do", answer.lang), key=f"verify-now-{turn.key}", type="primary", on_click=_confirm, args=(this, page, turn))


def _confirm(this: Served, page: View, turn: Shown) -> None:
    answer = turn.answer
    note = st.session_state.get(f"verify-note-{turn.key}", "").strip()
    keep(this, page, answer.question, answer.query or {}, answer.analysis, note)


def keep(this: Served, page: View, question: str, query: dict[str, object], analysis: str = "", note: str = "") -> bool:
    """Writes a verified question down, and says so or why not."""
    assistant = this.assistant
    try:
        check_analyst(assistant.shop.settings, this.user)
        reader = assistant.reader(assistant.shop.access(this.user))
        asked = SemanticQuery.model_validate(query)
        entry = confirm(assistant.verified, reader, question, asked, by=this.who, analysis=analysis, note=note)
    except WenshuError as error:
        page.notice = shown(error.text(page.lang))
        return False
    page.toast = word("verified_done", page.lang, id=entry.id)
    return True
