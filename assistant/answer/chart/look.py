"""How charts look: colours that the colour-blind tell apart, type with Chinese characters, and numbers in 万 and 亿."""

from __future__ import annotations

from typing import Any

from assistant.answer.model import AnswerColumn
from assistant.answer.numbers import SYMBOLS

# Okabe and Ito (2008), "Color universal design"; yellow comes last, being faint on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442")
FAINT = "#9AA5B1"
FONT = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, WenQuanYi Micro Hei, PingFang SC, Microsoft YaHei, sans-serif"
_TEXT = {False: "#31333F", True: "#FAFAFA"}
_LINES = {False: "#E6E9EF", True: "#3A3F4B"}
_GROUND = {False: "#FFFFFF", True: "#0E1117"}


def themed(spec: dict[str, Any], dark: bool = False) -> dict[str, Any]:
    """A chart for a place with no theme of its own, as a picture: on white, or on a dark ground."""
    text, lines = _TEXT[dark], _LINES[dark]
    axis = {"labelColor": text, "titleColor": text, "gridColor": lines, "domainColor": lines, "tickColor": lines}
    title = {"color": text, "subtitleColor": text}
    legend = {"labelColor": text, "titleColor": text}
    config = {**spec.get("config", {}), "background": _GROUND[dark], "text": {"color": text, "fill": text}}
    for key, colours in (("axis", axis), ("title", title), ("legend", legend), ("header", legend)):
        config[key] = {**config.get(key, {}), **colours}
    return {**spec, "config": config}


def config() -> dict[str, Any]:
    """What every chart has in common, whatever its ground."""
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 180, "titleFontWeight": "normal"},
        "legend": {"labelFontSize": 12, "titleFontSize": 12, "orient": "top", "labelLimit": 160},
        "title": {"fontSize": 14, "subtitleFontSize": 12, "anchor": "start", "offset": 12},
        "range": {"category": list(COLOURS)},
        "point": {"opacity": 1},
    }


def number_expression(column: AnswerColumn, lang: str, value: str = "datum.value") -> str:
    """A Vega expression that writes the number `value` of a column on an axis."""
    if column.format == "percent" or column.role == "share":
        return f"format({value}, '.3~%')"
    symbol = SYMBOLS.get(column.unit, "") if column.format == "currency" else ""
    size = f"abs({value})"
    large, small = (("1e8", "亿"), ("1e4", "万")) if lang == "zh" else (("1e6", "M"), ("1e3", "K"))
    steps = f"{size} >= {large[0]} ? format({size} / {large[0]}, ',.4~g') + '{large[1]}'"
    steps += f" : {size} >= {small[0]} ? format({size} / {small[0]}, ',.4~g') + '{small[1]}' : format({size}, ',.4~g')"
    return f"({value} < 0 ? '-' : '') + '{symbol}' + ({steps})"
