"""Beside the chat: this user's conversations, to begin, open, rename and remove."""

from __future__ import annotations

import streamlit as st

from assistant.store import Conversation
from prompts import word
from semantic_layer.errors import WenshuError
from ui import state
from ui.served import Served
from ui.state import View
from ui.text import shown


def draw_conversations(this: Served, page: View) -> None:
    """Draws the conversations into the sidebar."""
    lang = page.lang
    with st.sidebar:
        arguments = (state.open_conversation, this, page, None)
        st.button(word("page_new", lang), key="new", icon=":material/add:", width="stretch", on_click=page.click, args=arguments)
        st.caption(word("page_conversations", lang))
        try:
            found = this.store.conversations(this.shop, this.who)
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        if not found:
            st.caption(word("page_none", lang))
        for conversation in found:
            _draw_conversation(this, page, conversation)


def _draw_conversation(this: Served, page: View, conversation: Conversation) -> None:
    lang, id = page.lang, conversation.id
    with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center"):
        st.button(
            shown(conversation.title) or word("page_untitled", lang),
            key=f"open-{id}",
            type="secondary" if id == page.conversation else "tertiary",
            width="stretch",
            on_click=page.click,
            args=(state.open_conversation, this, page, id),
        )
        with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"manage-{id}", help=word("page_manage", lang)):
            st.text_input(word("page_title", lang), value=conversation.title, key=f"title-{id}", max_chars=200)
            st.button(word("page_rename", lang), key=f"rename-{id}", on_click=_rename, args=(this, page, id))
            st.button(word("page_remove", lang), key=f"remove-{id}", icon=":material/delete:", on_click=page.click, args=(_remove, this, page, id))


def _rename(this: Served, page: View, id: str) -> None:
    try:
        this.store.rename(id, this.who, st.session_state[f"title-{id}"].strip())
    except WenshuError as error:
        page.notice = error.text(page.lang)


def _remove(this: Served, page: View, id: str) -> None:
    try:
        this.store.remove(id, this.who)
    except WenshuError as error:
        page.notice = error.text(page.lang)
    if id == page.conversation:
        state.open_conversation(this, page, None)
