"""One answer: sentence, chips, table and chart, what to know about it, and where to go on."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from assistant.answer import Answer
from assistant.answer.chart import TABLE
from assistant.answer.model import Choice
from prompts import word
from ui import state
from ui.chart import draw_chart, has_chart
from ui.chips import draw_chips
from ui.served import Served
from ui.state import Shown, View
from ui.table import draw_table
from ui.text import shown
from ui.tools import draw_tools


def draw_answer(this: Served, page: View, turn: Shown, place: DeltaGenerator) -> None:
    """Draws a turn's answer, in its own language: its sentence first and into `place`, where that of a waiting one may stand already."""
    answer, lang = turn.answer, turn.answer.lang
    place.text(answer.text)
    if answer.worded:
        st.caption(f"{shown(word('page_worded', lang))} {shown(answer.worded)}")
    if answer.verified:
        st.badge(word("verified_mark", lang, id=answer.verified), icon=":material/verified:", color="green")
    draw_chips(this, page, turn)
    for finding in answer.further:
        st.markdown(f"- {shown(finding.text)}")
    if answer.actions:
        _draw_actions(page, turn)
    for caveat in answer.caveats:
        st.warning(shown(caveat), icon=":material/info:")
    if answer.unexplained:
        st.caption(shown(word("page_unexplained", lang, words=word("list_join", lang).join(answer.unexplained))))
    if len(answer.columns) > 1 or len(answer.rows) > 1:
        draw_rows(turn)
    elif has_chart(turn):
        draw_chart(turn)
    for key, choices in (("choices", answer.choices), ("nearest", answer.nearest), ("page_next", answer.next)):
        _draw_choices(page, turn, key, choices)
    if answer.status == "answered":
        _draw_definitions(answer)
        with st.expander(word("page_sql", lang), icon=":material/code:"):
            st.code(answer.sql, language="sql", wrap_lines=True)
    if answer.status == "error":
        st.button(word("page_again", lang), key=f"again-{turn.number}", icon=":material/refresh:", on_click=page.click, args=(_again, page, turn))
    draw_tools(this, page, turn)


def _draw_actions(page: View, turn: Shown) -> None:
    """What the rows call for, and the way to the page where it is decided; a list of actions stands in the rows already."""
    for action in turn.answer.actions:
        if not action.id:
            st.markdown(f"→ {shown(action.text)}")
    if st.button(word("action_open", turn.answer.lang), key=f"actions-{turn.key}", type="tertiary", icon=":material/checklist:"):
        st.switch_page(page.pages["actions"])


def _again(page: View, turn: Shown) -> None:
    state.ask(page, turn.answer.question)


@st.fragment
def draw_rows(turn: Shown) -> None:
    """As a chart where there is one, and beside it as a table. Another form of the chart draws nothing else anew."""
    lang = turn.answer.lang
    if not has_chart(turn):
        draw_table(turn)
        return
    names = [word("page_graph", lang), word("page_table", lang)]
    graph, table = st.tabs(names, default=names[turn.answer.form == TABLE])
    with graph:
        draw_chart(turn)
    with table:
        draw_table(turn)


def _draw_choices(page: View, turn: Shown, key: str, choices: list[Choice]) -> None:
    lang = turn.answer.lang
    if not choices:
        return
    st.caption(word(key, lang))
    with st.container(gap="xsmall"):
        for choice in choices:
            arguments = (state.run, page, choice.text, lang, choice.query, choice.analysis)
            st.button(shown(choice.text), key=f"{key}-{turn.number}-{choice.id}", on_click=page.click, args=arguments, wrap=True)


def _draw_definitions(answer: Answer) -> None:
    lang = answer.lang
    with st.expander(word("page_definitions", lang), icon=":material/menu_book:"):
        for definition in answer.definitions:
            st.text(definition)
        st.text(answer.reading)
        for each in answer.words:
            st.caption(shown(word("page_became", lang, text=each.text, became=each.became)))
        if answer.freshness:
            st.caption(word("page_freshness", lang, start=answer.freshness["first_day"], end=answer.freshness["last_day"]))
