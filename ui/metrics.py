"""Metrics: the catalog as a dictionary: search, and all about one metric; its questions are asked in the chat."""

from __future__ import annotations

import streamlit as st

from assistant.pages.dictionary import Entry, Heading, entry, headings, metrics_of
from prompts import word
from semantic_layer.errors import WenshuError
from ui import state
from ui.served import Served
from ui.state import View
from ui.text import shown

METRIC = "m"  # in the page's address
_TALL = 620  # pixels


def draw(this: Served, page: View) -> None:
    """Draws the page."""
    lang = page.lang
    st.header(word("page_metrics", lang), anchor=False)
    listed, about = st.columns([1, 2], gap="large")
    with listed:
        search = st.text_input(word("dictionary_search", lang), placeholder=word("dictionary_search_how", lang), key="metric-search")
        try:
            found = headings(this.assistant.shop, lang, this.user, search)
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        chosen = _chosen(page, found)
        _draw_list(page, found, chosen)
    with about:
        if chosen is None:
            return
        try:
            _draw_entry(this, page, entry(this.assistant.shop, chosen, lang, this.user))
        except WenshuError as error:
            st.warning(shown(error.text(lang)))


def _chosen(page: View, found: list[Heading]) -> str | None:
    """The metric of the address, or the one shown last where it is found, or the first."""
    if "metric-opened" not in st.session_state:  # later the address follows the page
        st.session_state["metric-opened"] = True
        page.metric = st.query_params.get(METRIC)
    names = [h.name for h in found]
    chosen = page.metric if page.metric in names else next(iter(names), None)
    if chosen and st.query_params.get(METRIC) != chosen:
        st.query_params[METRIC] = chosen
    return chosen


def _draw_list(page: View, found: list[Heading], chosen: str | None) -> None:
    st.caption(word("dictionary_found", page.lang, n=len(found)) if found else word("dictionary_nothing", page.lang))
    with st.container(height=_TALL, gap="xxsmall", border=False):
        for heading in found:
            kind = "secondary" if heading.name == chosen else "tertiary"
            st.button(shown(heading.label), key=f"metric-{heading.name}", type=kind, on_click=_show, args=(page, heading.name))  # type: ignore[arg-type]


def _show(page: View, name: str) -> None:
    page.metric = name


def _draw_entry(this: Served, page: View, entry: Entry) -> None:
    lang = page.lang
    st.subheader(shown(entry.heading.label), anchor=False)
    if entry.heading.description:
        st.text(entry.heading.description)
    st.caption(shown(word("and_join", lang).join(word("page_fact", lang, name=name, text=text) for name, text in entry.facts)))
    _draw_part("dictionary_formula", lang)
    st.text(entry.formula)
    for key, metrics in (("dictionary_made_of", entry.made_of), ("dictionary_used_by", entry.used_by)):
        if metrics:
            _draw_part(key, lang)
            with st.container(horizontal=True, gap="xsmall"):
                for each in metrics:
                    st.button(shown(each.label), key=f"{key}-{each.name}", on_click=_show, args=(page, each.name))
    for key, names in (("dictionary_dimensions", entry.dimensions), ("dictionary_synonyms", entry.synonyms)):
        if names:
            _draw_part(key, lang)
            st.text(word("list_join", lang).join(names))
    _draw_boards(this, page, entry.heading.name)
    _draw_part("dictionary_questions", lang)
    for number, example in enumerate(entry.questions):
        if st.button(shown(example.text), key=f"ask-{entry.heading.name}-{number}", icon=":material/forum:", wrap=True) and example.query:
            state.run(page, example.text, lang, example.query)
            st.switch_page(page.pages["chat"])
    _draw_part("dictionary_lineage", lang)
    for origin in entry.origins:
        columns = word("list_join", lang).join(origin.columns) or word("dictionary_rows", lang)
        st.text(word("dictionary_table", lang, label=origin.label, table=origin.table, columns=columns))
        if origin.sources:
            st.caption(shown(word("dictionary_from", lang, sources=word("list_join", lang).join(origin.sources))))


def _draw_part(key: str, lang: str) -> None:
    st.markdown(f"**{word(key, lang)}**")


def _draw_boards(this: Served, page: View, name: str) -> None:
    """This user's boards with a tile of the metric."""
    boards = [b for b in this.store.boards.of(this.shop, this.who) if any(name in metrics_of(p.query) for p in this.store.boards.pins(b.id))]
    if boards:
        _draw_part("dictionary_boards", page.lang)
        with st.container(horizontal=True, gap="xsmall"):
            for board in boards:
                if st.button(shown(board.title), key=f"to-board-{board.id}", icon=":material/dashboard:"):
                    page.board = board.id
                    st.switch_page(page.pages["board"])
