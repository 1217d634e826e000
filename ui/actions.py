"""Actions: what there is to do, best first; each as a card to accept, change or dismiss, with its audience to look at and take along."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from assistant.actions import Action, ActionList, State
from assistant.actions.card import as_lines
from assistant.actions.exports import as_markdown, needs_text, table
from assistant.answer.export import csv_text
from prompts import word
from semantic_layer.errors import WenshuError
from ui.served import Served
from ui.state import View
from ui.text import shown

_COLOURS = {"now": "red", "week": "orange", "later": "gray"}
_FIRST = ("who", "what", "target")  # rows of a card that are always shown
_PREVIEW = 20
_LONGEST = 200
_CSV = "text/csv"
_MARK = "\ufeff"  # spreadsheets take a file with it for UTF-8


def draw(this: Served, page: View) -> None:
    """Draws the page."""
    lang = page.lang
    st.header(word("page_actions", lang), anchor=False)
    try:
        with st.spinner(word("action_working", lang)):
            listed = this.assistant.desk.listed(lang, this.user)
    except WenshuError as error:
        st.warning(shown(error.text(lang)))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(listed.note)
        _draw_exports(listed)
    for name in ("proposed", "running"):
        actions: list[Action] = getattr(listed, name)
        if actions:
            st.subheader(word(f"action_{name}", lang), anchor=False)
        for action in actions:
            _draw_card(this, page, action)
    _draw_rest(this, page, listed)


def _draw_exports(listed: ActionList) -> None:
    lang, name = listed.lang, f"actions-{listed.day}"
    made = partial(_table_file, listed)
    st.download_button(word("action_export_csv", lang), made, f"{name}.csv", _CSV, key="actions-csv", on_click="ignore", icon=":material/download:")
    text = partial(as_markdown, listed)
    st.download_button(
        word("action_export_md", lang), text, f"{name}.md", "text/markdown", key="actions-md", on_click="ignore", icon=":material/description:"
    )


def _table_file(listed: ActionList) -> str:
    return _MARK + csv_text(*table(listed))


def _draw_card(this: Served, page: View, action: Action) -> None:
    lang = action.lang
    with st.container(border=True, key=f"card-{action.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(word(f"action_urgency_{action.urgency}", lang), color=_COLOURS[action.urgency])  # type: ignore[arg-type]
            if action.state != "proposed":
                st.badge(word(f"action_state_{action.state}", lang), color="blue")
            st.caption(shown(" · ".join((action.label, action.owner))))
        st.markdown(f"#### {shown(action.headline)}")
        if action.note:
            st.caption(shown(action.note))
        rows = as_lines(action)
        first = {word(f"action_row_{name}", lang) for name in _FIRST}
        for name, text in rows:
            if name in first:
                st.markdown(f"**{shown(name)}** {shown(text)}")
        with st.expander(word("action_details", lang)):
            for name, text in rows:
                if name not in first:
                    st.markdown(f"**{shown(name)}** {shown(text)}")
            st.caption(shown(action.id))
        _draw_buttons(this, page, action)


def _draw_buttons(this: Served, page: View, action: Action) -> None:
    lang, id = page.lang, action.id
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if action.state in ("proposed", "changed"):
            _button(this, page, action, "accepted", "action_accept", ":material/check:", primary=True)
        elif action.state == "accepted":
            _button(this, page, action, "done", "action_done", ":material/task_alt:", primary=True)
        if action.state in ("proposed", "changed", "accepted"):
            with st.popover(word("action_change", lang), icon=":material/edit:", key=f"change-{id}-{len(action.steps)}"):
                _draw_change(this, page, action)
            with st.popover(word("action_dismiss", lang), icon=":material/close:", key=f"dismiss-{id}-{len(action.steps)}"):
                st.text_area(word("action_why", lang), key=f"why-{id}", max_chars=2_000)
                st.button(word("action_dismiss", lang), key=f"dismissed-{id}", on_click=_dismiss, args=(this, page, action))
        if action.audience:
            if st.button(word("action_see", lang), key=f"see-{id}", icon=":material/groups:", type="tertiary"):
                _see(this, page, action)
            st.download_button(
                word("action_take", lang), partial(_audience_file, this, action), f"{id}.csv", _CSV, key=f"take-{id}", on_click="ignore",
                icon=":material/download:", type="tertiary",
            )  # fmt: skip


def _button(this: Served, page: View, action: Action, state: State, key: str, icon: str, primary: bool = False) -> None:
    kind: Any = "primary" if primary else "secondary"
    st.button(word(key, page.lang), key=f"{state}-{action.id}", icon=icon, type=kind, on_click=_decide, args=(this, page, action, state))


def _decide(this: Served, page: View, action: Action, state: State, reason: str = "", changes: dict[str, Any] | None = None) -> None:
    _try(page, lambda: this.assistant.desk.decide(action.id, state, page.lang, this.user, reason, changes))


def _dismiss(this: Served, page: View, action: Action) -> None:
    _decide(this, page, action, "dismissed", st.session_state[f"why-{action.id}"])


def _draw_change(this: Served, page: View, action: Action) -> None:
    """What can be changed: words, and what was assumed."""
    lang, id = page.lang, action.id
    for name in ("owner", "channel", "when"):
        st.text_input(word(f"action_row_{name}", lang), value=getattr(action, name), key=f"set-{name}-{id}", max_chars=_LONGEST)
    for figure in action.figures:
        if figure.source == "assumed":
            label = f"{figure.label} ({figure.unit})" if figure.unit else figure.label
            st.number_input(shown(label), min_value=0.0, value=figure.value, key=f"figure-{figure.name}-{id}", format="%g")
    st.button(word("action_save", lang), key=f"changed-{id}", on_click=_change, args=(this, page, action))


def _change(this: Served, page: View, action: Action) -> None:
    changes: dict[str, Any] = {}
    for name in ("owner", "channel", "when"):
        if st.session_state[f"set-{name}-{action.id}"].strip() not in ("", getattr(action, name)):
            changes[name] = st.session_state[f"set-{name}-{action.id}"]
    for figure in action.figures:
        if figure.source == "assumed" and st.session_state[f"figure-{figure.name}-{action.id}"] not in (None, figure.value):
            changes[figure.name] = st.session_state[f"figure-{figure.name}-{action.id}"]
    if changes:
        _decide(this, page, action, "changed", changes=changes)


def _see(this: Served, page: View, action: Action) -> None:
    lang = page.lang

    @st.dialog(word("action_see", lang), width="large")
    def box() -> None:
        assert action.audience
        st.text(action.audience.said)
        try:
            columns, rows = this.assistant.desk.audience(action.id, lang, this.user, _PREVIEW, "page")
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        st.dataframe({name: [row[i] for row in rows] for i, name in enumerate(columns)}, hide_index=True)
        if action.audience.reached > len(rows):
            st.caption(shown(word("action_first", lang, n=len(rows), all=f"{action.audience.reached:,}")))

    box()


def _audience_file(this: Served, action: Action) -> str:
    return _MARK + csv_text(*this.assistant.desk.audience(action.id, action.lang, this.user, channel="page"))


def _draw_rest(this: Served, page: View, listed: ActionList) -> None:
    """What is over, what lacks evidence, and what has nothing to say: out of the way, and there."""
    lang = page.lang
    if listed.closed:
        with st.expander(f"{word('action_closed', lang)} ({len(listed.closed)})"):
            for action in listed.closed:
                st.markdown(f"**{shown(action.headline)}**")
                st.caption(shown(dict(as_lines(action)).get(word("action_row_state", lang), "")))
                if action.state == "dismissed":
                    _button(this, page, action, "accepted", "action_accept", ":material/check:")
    if listed.waiting:
        with st.expander(f"{word('action_waiting', lang)} ({len(listed.waiting)})"):
            for action in listed.waiting:
                st.markdown(f"**{shown(action.headline)}** {shown(word('action_semicolon', lang).join(action.missing))}")
    if listed.quiet:
        with st.expander(f"{word('action_quiet', lang)} ({len(listed.quiet)})"):
            st.text(word("list_join", lang).join(listed.quiet))
    if listed.wanting:
        with st.expander(f"{word('action_wanting', lang)} ({len(listed.wanting)})"):
            for each in listed.wanting:
                st.text(needs_text(each, lang))


def _try(page: View, done: Callable[[], object]) -> None:
    try:
        done()
    except WenshuError as error:
        page.notice = error.text(page.lang)
