"""Brings a new answer into view from its question on: the page itself would go to its end, where the sentence is out of sight."""

from __future__ import annotations

from typing import Any

import streamlit as st

# For a while: chart and table are painted later, and the page follows them to its end. Until the reader takes over.
_JS = """
export default function ({ data }) {
  if (window.wenshuShown === data) return;
  window.wenshuShown = data;
  const takes = ['wheel', 'touchstart', 'pointerdown', 'keydown'];
  const show = () => [...document.querySelectorAll('[data-testid=stChatMessage]')].at(-2)?.scrollIntoView({ block: 'start' });
  const again = setInterval(show, 120);
  const end = () => { clearInterval(again); takes.forEach((each) => window.removeEventListener(each, end, true)); };
  takes.forEach((each) => window.addEventListener(each, end, true));
  setTimeout(end, 5000);
  show();
}
"""


def draw_into_view(key: str) -> None:
    """Scrolls once for each `key`."""
    mount: Any = st.components.v2.component("wenshu_into_view", js=_JS)
    mount(key="into-view", data=key, height=0)
