"""Brings a new answer into view from its question on: the page itself would go to its end, where the sentence is out of sight."""

from __future__ import annotations

from typing import Any

import streamlit as st

# More than once: chart and table are painted later, and the page follows them to its end.
_JS = """
export default function ({ data }) {
  if (window.wenshuShown === data) return;
  window.wenshuShown = data;
  const show = () => [...document.querySelectorAll('[data-testid=stChatMessage]')].at(-2)?.scrollIntoView({ block: 'start' });
  [0, 250, 700, 1200].forEach((milliseconds) => setTimeout(show, milliseconds));
}
"""


def draw_into_view(key: str) -> None:
    """Scrolls once for each `key`."""
    mount: Any = st.components.v2.component("wenshu_into_view", js=_JS)
    mount(key="into-view", data=key, height=0)
