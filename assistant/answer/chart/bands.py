"""Days beside what is expected of them, as a Vega-Lite specification: the range as a band, the days as a line, those that stand out as points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer.cells import key_text
from assistant.answer.chart.look import COLOURS, FAINT, config, number_expression
from assistant.answer.chart.spec import SCHEMA
from assistant.answer.model import AnswerColumn
from assistant.answer.numbers import shown
from prompts import word

_HEIGHT = 280
_STEEP = 0.6  # as of any line: above this part of the greatest value it does not begin at zero
_BLUE, _ORANGE, _GREEN, _PINK, _RED = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[3], COLOURS[5]

Spec = dict[str, Any]


@dataclass(frozen=True)
class Banded:
    """One day, or period: what came, what is expected with its range, and the baseline; `mark` is marked (unusual) or event."""

    key: dt.date
    actual: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    naive: float | None = None
    mark: str = ""


@dataclass(frozen=True)
class Legend:
    """What the lines are called; "" for one that is not drawn."""

    actual: str
    expected: str
    band: str
    naive: str = ""


def band_chart(title: str, below: str, time: AnswerColumn, value: AnswerColumn, days: Sequence[Banded], legend: Legend, lang: str) -> Spec:
    """The chart; `time` and `value` are the columns of the keys and of the numbers."""
    data = [_datum(time, value, day, lang) for day in days]
    names = {legend.actual: _BLUE, legend.expected: _ORANGE, legend.band: FAINT, legend.naive: _PINK}
    marked, event = word("trend_marked", lang), word("trend_event", lang)
    if any(d.mark == "marked" for d in days):
        names[marked] = _RED
    if any(d.mark == "event" for d in days):
        names[event] = _GREEN
    names.pop("", None)
    scale = {"domain": list(names), "range": list(names.values())}

    def colour(name: str) -> Spec:
        return {"color": {"datum": name, "type": "nominal", "scale": scale, "legend": {"title": None, "symbolOpacity": 1}}}

    numbers = [n for d in days for n in (d.actual, d.expected, d.low, d.high, d.naive if legend.naive else None) if n is not None]
    steep = bool(numbers) and min(numbers) > _STEEP * max(numbers) > 0
    x = {"field": "key", "type": "ordinal", "sort": None, "scale": {"domain": [d["key"] for d in data]},
         "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 10, "title": None}}  # fmt: skip
    tooltip = [{"field": "key", "title": time.label}, {"field": "actual_text", "title": legend.actual},
               {"field": "expected_text", "title": legend.expected}, {"field": "range_text", "title": legend.band}]  # fmt: skip
    axis = {"labelExpr": number_expression(value, lang), "title": None, "tickCount": 5}

    def y(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": axis, "scale": {"zero": not steep}}

    def line(field: str, name: str, **mark: Any) -> Spec:
        shape = {"type": "line", "strokeWidth": 2, **mark}
        return {"transform": [{"filter": f"isValid(datum.{field})"}], "mark": shape, "encoding": {"y": y(field), **colour(name)}}

    def points(kind: str, name: str) -> Spec:
        mark = {"type": "point", "filled": True, "size": 70, "opacity": 1}
        return {"transform": [{"filter": f"datum.mark == '{kind}'"}], "mark": mark, "encoding": {"y": y("actual"), **colour(name)}}

    band = {
        "transform": [{"filter": "isValid(datum.low)"}], "mark": {"type": "area", "opacity": 0.35},
        "encoding": {"y": y("low"), "y2": {"field": "high"}, **colour(legend.band)},
    }  # fmt: skip
    layers = [band, *([line("naive", legend.naive, strokeWidth=1.5, strokeDash=[2, 3])] if legend.naive else [])]
    layers += [line("expected", legend.expected, strokeDash=[5, 3]), line("actual", legend.actual)]
    layers += [points(kind, name) for kind, name in (("marked", marked), ("event", event)) if name in names]
    return {
        "$schema": SCHEMA, "title": {"text": title, "subtitle": below}, "config": config(), "width": "container", "height": _HEIGHT,
        "data": {"values": data}, "encoding": {"x": x, "tooltip": tooltip}, "layer": layers,
    }  # fmt: skip


def _datum(time: AnswerColumn, value: AnswerColumn, day: Banded, lang: str) -> Spec:
    def text(number: float | None) -> str:
        return shown(number, value.format, value.unit, lang)

    span = word("trend_range", lang, low=text(day.low), high=text(day.high)) if day.low is not None else ""
    texts = {"actual_text": text(day.actual), "expected_text": text(day.expected), "range_text": span}
    numbers = {"actual": day.actual, "expected": day.expected, "low": day.low, "high": day.high, "naive": day.naive}
    return {"key": key_text(time, day.key.isoformat(), lang), **numbers, **texts, "mark": day.mark}
