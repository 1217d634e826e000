"""Pins an answer to a board."""

from __future__ import annotations

import streamlit as st

from assistant.pages.board import lasting
from assistant.store import Board, Pin
from prompts import word
from semantic_layer.errors import WenshuError
from ui.served import Served
from ui.state import Shown, View
from ui.text import shown

_LONGEST_TITLE = 200
_NARROW, _HALF = 2, 3  # sixths of a board
_NEW = ""  # stands for a board that is yet to be made


def pin_button(this: Served, page: View, turn: Shown) -> None:
    """Draws the button under an answer; it asks where to."""
    if st.button(word("page_pin", turn.answer.lang), key=f"pin-{turn.number}", type="tertiary", icon=":material/keep:"):
        _ask_where(this, page, turn)


def _ask_where(this: Served, page: View, turn: Shown) -> None:
    lang = turn.answer.lang

    @st.dialog(word("page_pin", lang))
    def box() -> None:
        try:
            boards = {b.id: b for b in this.store.boards.of(this.shop, this.who)}
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        _text(word("page_pin_title", lang), turn.answer.question, "pin-title")
        if not _chosen(boards, lang):
            _text(word("board_name", lang), word("board_first", lang), "pin-board-name")
        if st.button(word("page_pin", lang), type="primary", key="pin-now", on_click=_keep, args=(this, page, turn)):
            st.rerun()  # closes the box

    box()


def _keep(this: Served, page: View, turn: Shown) -> None:
    lang, said = turn.answer.lang, st.session_state
    name = said.get("pin-board-name", "").strip() or word("board_first", lang)
    try:
        page.board = said.get("pin-board") or this.store.boards.start(this.shop, this.who, name)
        this.store.boards.pin(page.board, this.who, lasting(this.assistant, _pin(turn, said["pin-title"]), this.user))
        board = this.store.boards.board(page.board).title
    except WenshuError as error:
        page.notice = error.text(page.lang)
        return
    page.toast = word("page_pinned", lang, board=board)


def _text(label: str, value: str, key: str) -> None:
    st.text_input(label, value=value[:_LONGEST_TITLE], max_chars=_LONGEST_TITLE, key=key)


def _chosen(boards: dict[str, Board], lang: str) -> str:
    """The id of the board to pin to, empty for a new one."""
    if not boards:
        return _NEW

    def said(id: str) -> str:
        return boards[id].title if id else word("board_new", lang)

    return st.selectbox(word("page_pin_where", lang), [*boards, _NEW], format_func=said, key="pin-board") or _NEW


def _pin(turn: Shown, title: str) -> Pin:
    answer = turn.answer
    form = st.session_state.get(f"form-{turn.key}") or answer.form
    single = len(answer.columns) == 1 and len(answer.rows) == 1
    return Pin(title.strip() or answer.question, answer.lang, answer.query or {}, answer.analysis, form, _NARROW if single else _HALF)
