"""The reading as a line of chips: each opens onto what it can be changed to, and is taken out by its cross."""

from __future__ import annotations

import streamlit as st

from assistant.conversation import Chip, Edit
from prompts import word
from ui import state
from ui.served import Served
from ui.state import Shown, View
from ui.text import shown


def draw_chips(this: Served, page: View, turn: Shown) -> None:
    """Draws the chips of a turn, if its query has any."""
    chips = state.chips_of(this, turn)
    if not chips:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"chips-{turn.number}"):
        for place, chip in enumerate(chips):
            _draw_chip(page, turn, place, chip)


def _draw_chip(page: View, turn: Shown, place: int, chip: Chip) -> None:
    lang, key = turn.answer.lang, f"{turn.number}-{place}"
    with st.container(horizontal=True, gap=None, width="content", vertical_alignment="center"):
        if chip.others:
            # The number of turns in the key: a new answer closes the box.
            icon = ":material/add:" if chip.kind == "more" else None
            with st.popover(shown(chip.text), icon=icon, key=f"box-{key}-{len(page.turns)}"):
                st.selectbox(
                    word("page_add" if chip.kind == "more" else "page_change", lang),
                    options=list(chip.others),
                    index=None,
                    format_func=_said,
                    placeholder=word("page_choose", lang),
                    key=f"edit-{key}",
                    on_change=_change,
                    args=(page, lang, f"edit-{key}", "page_added" if chip.kind == "more" else "page_changed"),
                )
        elif chip.kind != "more":
            st.button(shown(chip.text), key=f"chip-{key}", disabled=True)
        if chip.without is not None:
            text = word("page_take_out", lang, part=chip.text)
            arguments = (state.run, page, text, lang, chip.without)
            st.button("", icon=":material/close:", key=f"x-{key}", type="tertiary", help=shown(text), on_click=page.click, args=arguments)


def _said(edit: Edit) -> str:
    return edit.text


def _change(page: View, lang: str, key: str, words: str) -> None:
    edit: Edit | None = st.session_state[key]
    if edit is not None:
        st.session_state[key] = None
        state.run(page, word(words, lang, part=edit.text), lang, edit.query)
