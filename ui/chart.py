"""A first chart: one metric over time as a line, or by one dimension as bars."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from assistant.answer import Answer
from assistant.answer.cells import KEYS, key_text
from prompts import word
from semantic_layer.query import FORWARD_GRAINS
from ui.text import shown

_MOST_BARS = 30
_MOST_NAMED_POINTS = 60
_LINE_HEIGHT = 300  # pixels
_LONGEST_LABEL = 30


@dataclass(frozen=True)
class Chart:
    """What is drawn: names along one axis, values along the other."""

    trend: bool
    title: str
    data: dict[str, list[object]]
    name: str
    value: str

    def draw(self) -> None:
        """Draws it, with its title."""
        st.caption(shown(self.title))
        if self.trend:
            st.line_chart(self.data, x="x", y="y", x_label=self.name, y_label=self.value, height=_LINE_HEIGHT)
        else:
            st.bar_chart(self.data, x="x", y="y", x_label=self.name, y_label=self.value, horizontal=True, sort=False)


def chart_of(answer: Answer) -> Chart | None:
    """The chart of an answer that has one: a single key and a single metric, more than one row, and not too many bars."""
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    metrics = [i for i, c in enumerate(answer.columns) if c.role == "metric" and c.type in ("integer", "number")]
    if len(keys) != 1 or len(metrics) != 1 or len(answer.rows) < 2:
        return None
    key, metric = answer.columns[keys[0]], answer.columns[metrics[0]]
    trend = key.role == "time" and key.grain in FORWARD_GRAINS
    if not trend and len(answer.rows) > _MOST_BARS:
        return None
    at = [row[keys[0]] for row in answer.rows]
    # So many names would cover each other: days on an axis of time instead.
    names = [str(v)[:10] if trend and len(at) > _MOST_NAMED_POINTS else key_text(key, v, answer.lang) for v in at]
    title = word("page_chart", answer.lang, metric=metric.label, group=key.label)
    data: dict[str, list[object]] = {"x": list(names), "y": [row[metrics[0]] for row in answer.rows]}
    return Chart(trend, title, data, _short(key.label), _short(metric.label))


def _short(label: str) -> str:
    """The name of an axis: a longer one would push the chart away."""
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
