"""Data health: what is wrong with the shop's data, worst first, what it does to metrics, and how fresh each source is."""

from __future__ import annotations

import streamlit as st

from assistant.pages.health import DataHealth, Problem, data_health
from prompts import word
from semantic_layer.errors import WenshuError
from ui.served import Served
from ui.state import View
from ui.text import shown

_ICONS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/info:"}
_COLOURS = {"error": "red", "warning": "orange", "info": "gray"}


def draw(this: Served, page: View) -> None:
    """Draws the page."""
    lang = page.lang
    st.header(word("page_health", lang), anchor=False)
    try:
        with st.spinner(word("page_looking", lang)):
            health = data_health(this.assistant.shop, lang, this.user)
    except WenshuError as error:
        st.warning(shown(error.text(lang)))
        return
    if health is None:
        st.text(word("health_no_sources", lang, shop=this.shop))
        return
    st.caption(shown(health.refreshed))
    for text in filter(None, (health.summary, health.note)):
        st.text(text)
    for number, problem in enumerate(health.problems):
        _draw_problem(problem, number, lang)
    _draw_sources(health, lang)


def _draw_problem(problem: Problem, number: int, lang: str) -> None:
    with st.container(border=True, key=f"problem-{number}"):
        text, trend = st.columns([4, 1])
        with text:
            st.badge(word(f"health_{problem.severity}", lang), icon=_ICONS[problem.severity], color=_COLOURS[problem.severity])  # type: ignore[arg-type]
            table = f"{problem.table} ← {problem.source}" if problem.source else problem.table
            st.caption(shown(word("list_join", lang).join((table, *problem.columns))))
            st.text(problem.text)
            if problem.effect:
                st.text(problem.effect)
            if problem.examples:
                with st.expander(word("page_examples", lang)):
                    st.text("\n".join(problem.examples))
        if len(problem.trend) > 1:
            with trend:
                last = word("page_percent", lang, share=f"{problem.trend[-1]:.3g}")
                st.metric(word("health_over_time", lang), last, chart_data=list(problem.trend), chart_type="line")


def _draw_sources(health: DataHealth, lang: str) -> None:
    st.subheader(word("health_sources", lang), anchor=False)
    data = {
        word("health_source", lang): [s.name for s in health.sources],
        word("health_table", lang): [s.table for s in health.sources],
        word("health_newest", lang): [s.newest for s in health.sources],
        word("health_records", lang): [s.records for s in health.sources],
        word("health_loaded", lang): [s.loaded for s in health.sources],
        word("health_quarantined", lang): [s.quarantined for s in health.sources],
        word("health_duplicates", lang): [s.duplicates for s in health.sources],
        word("health_history", lang): [list(s.trend) for s in health.sources],
    }
    number = st.column_config.NumberColumn(format="localized")
    config = {word(f"health_{key}", lang): number for key in ("records", "loaded", "quarantined", "duplicates")}
    st.dataframe(data, column_config={**config, word("health_history", lang): st.column_config.LineChartColumn()}, hide_index=True)
