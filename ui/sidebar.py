"""Beside every page: the shop and the language."""

from __future__ import annotations

import streamlit as st

from prompts import word
from ui import state
from ui.served import Served
from ui.state import View
from ui.text import shown

_LANGUAGES = {"zh": "中文", "en": "English"}


def draw_sidebar(this: Served, page: View) -> None:
    """Draws the sidebar; what is chosen in it counts before the page is drawn."""
    lang = page.lang
    settings = this.assistant.shop.settings
    with st.sidebar:
        st.subheader(word("page_name", lang))
        st.caption(shown(settings.label.get(lang) or settings.name))
        st.segmented_control(
            word("page_language", lang),
            options=list(_LANGUAGES),
            format_func=_LANGUAGES.__getitem__,
            default=lang,
            required=True,
            key="language",
            label_visibility="collapsed",
            on_change=lambda: state.speak(page, st.session_state["language"]),
        )
