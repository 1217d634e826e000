"""A change as the bars that make it: each contribution, to the left where it takes away, and the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.answer.chart.look import COLOURS, FAINT, config, number_expression
from assistant.answer.chart.spec import SCHEMA
from assistant.answer.model import AnswerColumn

_STEP = 26  # pixels
_ROOM = 0.3  # of the width, beside the longest bar for its number


def contributions(title: str, below: str, bars: Sequence[tuple[str, float, str]], column: AnswerColumn, lang: str) -> dict[str, Any]:
    """Bars of (name, contribution, contribution as text), the last of them the whole; `column` says how the axis is written."""
    data = [{"key": name, "value": value, "text": text, "whole": at == len(bars) - 1} for at, (name, value, text) in enumerate(bars)]
    low, high = (limit(0.0, limit(value for _, value, _ in bars)) for limit in (min, max))
    room = (high - low) * _ROOM
    low, high = low - room if low < 0 else low, high + room if high > 0 else high
    axis = {"labelExpr": number_expression(column, lang), "title": None, "tickCount": 5}
    colour = {"condition": [{"test": "datum.whole", "value": FAINT}, {"test": "datum.value < 0", "value": COLOURS[5]}], "value": COLOURS[0]}
    encoding = {
        "y": {"field": "key", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}},
        "x": {"field": "value", "type": "quantitative", "axis": axis, "scale": {"domain": [low, high], "nice": False}},
        "tooltip": [{"field": "key", "title": title}, {"field": "text", "title": " "}],
    }
    texts = [
        {"mark": {"type": "text", "align": align, "dx": dx, "fontSize": 11}, "transform": [{"filter": test}], "encoding": {"text": {"field": "text"}}}
        for align, dx, test in (("left", 4, "datum.value >= 0"), ("right", -4, "datum.value < 0"))
    ]
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": below},
        "config": config(),
        "width": "container",
        "height": {"step": _STEP},
        "data": {"values": data},
        "encoding": encoding,
        "layer": [{"mark": "bar", "encoding": {"color": colour}}, *texts],
    }
