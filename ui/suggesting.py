"""Suggestions while somebody types a question: metrics, dimensions and values of the shop, offered by the browser itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from assistant.pages.terms import terms
from prompts import word
from semantic_layer.errors import WenshuError
from ui.served import Served
from ui.state import View

_HERE = Path(__file__).parent


@cache
def _part(ending: str) -> str:
    return _HERE.joinpath(f"suggesting.{ending}").read_text(encoding="utf-8")


def draw_suggesting(this: Served, page: View) -> None:
    """Puts the list beside the question box; without words there is none."""
    try:
        found = terms(this.assistant.shop, page.lang, this.user)
    except WenshuError:
        return
    mount: Any = st.components.v2.component("wenshu_suggesting", html='<div id="offers" role="listbox"></div>', css=_part("css"), js=_part("js"))
    mount(key="suggesting", data={"terms": found, "label": word("terms_label", page.lang)}, height=0)
