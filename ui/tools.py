"""What can be done with an answer: say what one thinks of it, copy it, take it along."""

from __future__ import annotations

from functools import partial

import streamlit as st

from assistant.answer import Answer
from assistant.answer.export import as_csv, csv_file, excel_file, file_name
from assistant.store import Opinion
from prompts import word
from semantic_layer.errors import WenshuError
from ui.pinning import pin_button
from ui.served import Served
from ui.state import Shown, View
from ui.text import shown
from ui.verifying import verify_button

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_THUMBS = {1: 1, 0: -1}


def draw_tools(this: Served, page: View, turn: Shown) -> None:
    """Draws the line of tools under an answer."""
    answer, lang = turn.answer, turn.answer.lang
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"tools-{turn.number}"):
        _draw_opinion(this, turn)
        if st.button(word("page_copy", lang), key=f"copy-{turn.number}", type="tertiary", icon=":material/content_copy:"):
            _copy(answer, lang)
        if answer.rows:
            with st.popover(word("page_export", lang), type="tertiary", icon=":material/download:", key=f"export-{turn.number}"):
                _draw_exports(answer, turn.number)
        if answer.query:
            pin_button(this, page, turn)
            verify_button(this, page, turn)


def _draw_exports(answer: Answer, number: int) -> None:
    """Files that are made when they are asked for."""
    for ending, made, kind in (("csv", csv_file, "text/csv"), ("xlsx", excel_file, _EXCEL)):
        st.download_button(
            word("page_export_csv" if ending == "csv" else "page_export_excel", answer.lang),
            data=partial(made, answer),
            file_name=file_name(answer, ending),
            mime=kind,
            key=f"{ending}-{number}",
            on_click="ignore",
            width="stretch",
        )


def _copy(answer: Answer, lang: str) -> None:
    @st.dialog(word("page_copy", lang), width="large")
    def box() -> None:
        st.caption(word("page_copy_how", lang))
        table = as_csv(answer) if answer.rows else ""
        for key, text, language in (
            ("page_question", answer.question, None),
            ("page_answer", answer.text, None),
            ("page_table", table, None),
            ("page_sql", answer.sql, "sql"),
        ):
            if text:
                st.caption(word(key, lang))
                st.code(text, language=language, wrap_lines=True, height=min(260, 60 + 22 * text.count("\n")))

    box()


@st.fragment
def _draw_opinion(this: Served, turn: Shown) -> None:
    """Thumbs, and once one was chosen, a line for a comment."""
    answer, lang, key = turn.answer, turn.answer.lang, f"thumbs-{turn.key}"
    if not answer.id:
        return
    if turn.opinion is None and key not in st.session_state:
        turn.opinion = _known(this, answer)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        _draw_thumbs(this, turn, key)
        if turn.opinion:
            with st.popover(word("page_comment_short", lang), type="tertiary", icon=":material/edit_note:", key=f"comment-{turn.key}"):
                st.text_area(word("page_comment", lang), value=turn.opinion.comment, key=f"said-{turn.key}", max_chars=2_000)
                st.button(word("page_send", lang), key=f"say-{turn.key}", on_click=_commented, args=(this, turn))
    if turn.toast:  # not in the callback: in a fragment it must draw nothing
        st.toast(shown(turn.toast))
        turn.toast = ""


def _draw_thumbs(this: Served, turn: Shown, key: str) -> None:
    rating = turn.opinion.rating if turn.opinion else None
    default = next((mark for mark, meant in _THUMBS.items() if meant == rating), None)
    st.feedback("thumbs", key=key, default=default, on_change=_rated, args=(this, turn, key))


def _known(this: Served, answer: Answer) -> Opinion | None:
    try:
        return this.store.feedback.on(this.shop, this.who, answer.id)
    except WenshuError:
        return None


def _rated(this: Served, turn: Shown, key: str) -> None:
    mark = st.session_state[key]
    comment = turn.opinion.comment if turn.opinion else ""
    _give(this, turn, None if mark is None else _opinion(turn, _THUMBS[mark], comment))


def _commented(this: Served, turn: Shown) -> None:
    rating = turn.opinion.rating if turn.opinion else 1
    _give(this, turn, _opinion(turn, rating, st.session_state[f"said-{turn.key}"].strip()))


def _opinion(turn: Shown, rating: int, comment: str) -> Opinion:
    answer = turn.answer
    return Opinion(rating, comment, answer.question, query=answer.query, analysis=answer.analysis, lang=answer.lang)


def _give(this: Served, turn: Shown, opinion: Opinion | None) -> None:
    lang = turn.answer.lang
    try:
        this.store.feedback.give(this.shop, this.who, turn.answer.id, opinion)
    except WenshuError as error:
        turn.toast = error.text(lang)
        return
    turn.opinion, turn.toast = opinion, word("page_thanks", lang)
