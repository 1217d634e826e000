"""What every page stands in: the way to the others, the shop, the language. To add a page: a module with `draw`, and its line in PAGES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from prompts import word
from ui import actions, board, chat, health, metrics, review, signin, state, verifying
from ui.served import Served, served
from ui.sidebar import draw_sidebar
from ui.state import View
from ui.text import shown

ICON = Path(__file__).with_name("icon.svg")  # a named icon or an emoji would be fetched from another host


@dataclass(frozen=True)
class Page:
    """A page: the last part of its address, which also names its title (`page_NAME` of the wording), and what draws it."""

    name: str
    icon: str
    draw: Callable[[Served, View], None]
    layout: Literal["centered", "wide"] = "centered"
    analysts: bool = False  # whether it is for them alone


PAGES = (
    Page("chat", ":material/forum:", chat.draw),
    Page("board", ":material/dashboard:", board.draw, "wide"),
    Page("actions", ":material/checklist:", actions.draw, "wide"),
    Page("metrics", ":material/menu_book:", metrics.draw, "wide"),
    Page("health", ":material/monitor_heart:", health.draw, "wide"),
    Page("review", ":material/rule:", review.draw, "wide", analysts=True),
)


def draw(first: str = "chat") -> None:
    """Draws the page of the address; `first` is the one of the address without a name."""
    this = served()
    if signin.is_set_up():
        user = signin.signed_in()
        if user is None:
            st.set_page_config(page_title="Wenshu 问数", page_icon=ICON)
            signin.draw_sign_in(this)
            return
        this = this.of(user)
    page = state.view(this)
    state.take_clicks(this, page)  # before anything is drawn: drawing may be cut short
    pages = [each for each in PAGES if not each.analysts or verifying.may(this)]
    made = {each.name: _made(this, page, each, first) for each in pages}
    page.pages = made
    chosen = st.navigation(list(made.values()), position="hidden")
    layout = next(each.layout for each in pages if made[each.name] is chosen)
    st.set_page_config(page_title=f"{chosen.title} · {word('page_name', page.lang)}", page_icon=ICON, layout=layout)
    with st.sidebar.container(gap="xsmall"):
        for each in pages:
            st.page_link(made[each.name], icon=each.icon, width="stretch")
    draw_sidebar(this, page)
    if signin.is_set_up():
        signin.draw_signed_in(this.who, page.lang)
    if page.notice:
        st.warning(shown(page.notice))
        page.notice = ""
    if page.toast:
        st.toast(shown(page.toast))
        page.toast = ""
    chosen.run()


def _made(this: Served, page: View, each: Page, first: str) -> StreamlitPage:
    """Without its icon: the browser's tab would fetch that from another host."""
    title = word(f"page_{each.name}", page.lang)
    return st.Page(partial(each.draw, this, page), title=title, url_path=each.name, default=each.name == first)
