"""Subscribes a tile of a board: asks where to, when, and under which condition."""

from __future__ import annotations

import datetime as dt

import streamlit as st
from pydantic import ValidationError

from assistant.service import Service
from assistant.store import Pin
from assistant.subscriptions import Book, Wanted, condition_of, schedule_of
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from ui.served import Served
from ui.state import View
from ui.text import shown

_EVERY = ("day", "week", "hour")
_NINE = dt.time(9)
_DAYS = range(1, 8)
_LONGEST = 100  # characters of a condition
_ERROR = "sub-error"  # why the last try was refused


def subscribe_button(this: Served, page: View, pin: Pin) -> None:
    """Draws the button in a tile's menu, where the shop has channels."""
    if not this.assistant.shop.settings.channels:
        return
    if st.button(word("board_subscribe", page.lang), key=f"subscribe-{pin.id}", icon=":material/notifications:"):
        _ask(this, page, pin)


def _ask(this: Served, page: View, pin: Pin) -> None:
    lang = page.lang

    @st.dialog(word("board_subscribe", lang))
    def box() -> None:
        book = Book(Service(this.assistant, this.store))
        try:
            places = book.places(this.who)
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        if not places:
            st.text(word("board_no_places", lang))
            return
        st.caption(shown(pin.title))
        st.selectbox(word("sub_column_to", lang), places, format_func=str, key="sub-to")
        st.segmented_control(
            word("sub_column_when", lang), _EVERY, default="day", required=True, key="sub-every", format_func=lambda e: word(f"board_every_{e}", lang)
        )
        with st.container(horizontal=True):
            st.selectbox(word("board_on", lang), _DAYS, format_func=lambda n: word(f"sub_on_{n}", lang), key="sub-on")
            st.time_input(word("board_at", lang), value=_NINE, key="sub-at")
        st.text_input(word("board_only_when", lang), placeholder=word("board_only_when_how", lang), max_chars=_LONGEST, key="sub-when")
        if st.button(word("board_subscribe", lang), type="primary", key="sub-now", on_click=_keep, args=(this, page, pin, book)):
            if _ERROR not in st.session_state:
                st.rerun()  # closes the box
            st.warning(shown(st.session_state[_ERROR]))

    box()


def _keep(this: Served, page: View, pin: Pin, book: Book) -> None:
    lang, said = page.lang, st.session_state
    said.pop(_ERROR, None)
    when = said["sub-when"].strip()
    try:
        schedule = schedule_of(said["sub-every"] or "day", f"{said['sub-at']:%H:%M}", str(said["sub-on"]), lang, book.clock)
        wanted = Wanted(pin.title, SemanticQuery.model_validate(pin.query), pin.analysis, pin.form)
        made = book.add(this.who, lang, wanted, schedule, said["sub-to"], condition_of(when) if when else None)
    except ValidationError:  # a pin of another version
        said[_ERROR] = word("page_old", lang)
    except WenshuError as error:
        said[_ERROR] = error.text(lang)
    else:
        due = f"{made.due.astimezone(book.clock.zone):%Y-%m-%d %H:%M}"
        page.toast = word("board_subscribed", lang, to=f"{made.channel}:{made.place}", due=due)
