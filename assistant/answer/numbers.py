"""Numbers for people: rounded, with their unit, in 万 and 亿 or K and M."""

from __future__ import annotations

import math
from typing import Any

from prompts import unit_name

_SMALLEST = 6  # digits after the point
SYMBOLS = {"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£"}


def shown(value: Any, fmt: str, unit: str, lang: str, signed: bool = False) -> str:
    """A number as people write it; an unknown one as a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    if fmt == "percent":
        return f"{sign}{_fine(abs(value) * 100, 1)}%"
    number = _rounded(abs(value), fmt, lang)
    return f"{sign}{SYMBOLS.get(unit, '')}{number}" if fmt == "currency" else f"{sign}{number}{_after(unit, lang)}"


def _after(unit: str, lang: str) -> str:
    """What is said behind a number: its unit, by its name in the language where it has one. Amounts that are not written as such have none."""
    return f" {unit_name(unit, lang)}" if unit and unit not in SYMBOLS else ""


def _rounded(value: float, fmt: str, lang: str) -> str:
    large, small = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e6, "M"), (1e3, "K"))
    floor = 1e5
    if value >= large[0]:
        return f"{value / large[0]:,.2f}{large[1]}"
    if value >= floor:
        return f"{value / small[0]:,.1f}{small[1]}"
    if fmt == "integer" or float(value).is_integer():
        return f"{value:,.0f}"
    return _fine(value, 2)


def _fine(value: float, digits: int) -> str:
    """With so many digits after the point; what these would round to nothing, to its first one."""
    smallest = 0.5 * 10**-digits
    if 0 < value < smallest:
        digits = min(_SMALLEST, -math.floor(math.log10(value)))
    return f"{value:,.{digits}f}"
