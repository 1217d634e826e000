"""A first chart: one metric over time as a line, or by one dimension as bars."""

from __future__ import annotations

import streamlit as st

from assistant.answer.cells import KEYS, key_text
from prompts import word
from semantic_layer.query import FORWARD_GRAINS
from ui.state import Shown
from ui.text import shown

_MOST_BARS = 30
_LINE_HEIGHT = 240  # pixels
_MOST_NAMED_POINTS = 60


def draw_chart(turn: Shown) -> None:
    """Draws the chart of an answer that has one: a single key and a single metric, and more than one row."""
    answer, lang = turn.answer, turn.answer.lang
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    metrics = [i for i, c in enumerate(answer.columns) if c.role == "metric" and c.type in ("integer", "number")]
    if len(keys) != 1 or len(metrics) != 1 or len(answer.rows) < 2:
        return
    key, metric = answer.columns[keys[0]], answer.columns[metrics[0]]
    values = [row[metrics[0]] for row in answer.rows]
    title = shown(word("page_chart", lang, metric=metric.label, group=key.label))
    names = [key_text(key, row[keys[0]], lang) for row in answer.rows]
    if key.role == "time" and key.grain in FORWARD_GRAINS:
        steps = names if len(names) <= _MOST_NAMED_POINTS else [str(row[keys[0]])[:10] for row in answer.rows]
        st.caption(title)
        st.line_chart({"x": steps, "y": values}, x="x", y="y", x_label=key.label, y_label=metric.label, height=_LINE_HEIGHT)
    elif len(names) <= _MOST_BARS:
        st.caption(title)
        st.bar_chart({"x": names, "y": values}, x="x", y="y", x_label=key.label, y_label=metric.label, horizontal=True, sort=False)
