"""Periods that are said whole: all through June, of a year a year."""

from __future__ import annotations

import re

from assistant.reading.state import State
from semantic_layer.compiler.time import shift
from semantic_layer.query import TIME

_THROUGH = re.compile(r"(?:all |right )?(?:through|thru|throughout) (?!the (?:end|start|beginning)|end|early|mid|late)")
_WITHIN_IT = {"week": ("day",), "month": ("day", "week"), "quarter": ("day", "week", "month"), "half": ("day", "week", "month"),
              "year": ("day", "week", "month", "quarter")}  # fmt: skip


def throughout(state: State) -> None:
    """Week by week through Q2: of a trend within a period, through it is all along it, and not from the beginning of the data to its end."""
    mark = next((m for m in state.marks if m.time and m.became == "time" and m.time.kind == "range" and m.time.first is None), None)
    along = [g.grain for g in state.groups if g.field == TIME]
    if mark is None or not mark.time or not _THROUGH.match(mark.text) or state.time is None or state.time.start or not mark.time.last:
        return
    unit = mark.time.grain or ""
    if along and along[0] in _WITHIN_IT.get(unit, ()):
        start = shift(mark.time.last, -2 if unit == "half" else -1, "quarter" if unit == "half" else unit)
        state.time = state.time.model_copy(update={"start": start})
        state.assume(f"“{mark.text}”指整段时间", f'"{mark.text}" is all along it')


def a_year_of_it(state: State) -> None:
    """去年一户人家一年花多少: a year, where the period is one."""
    time = state.time
    if time and time.start and time.end and shift(time.start, 1, "year") == time.end:
        for mark in state.free(lambda m: m.text in ("一年", "一年里", "一年到头", "一整年")):
            state.take(mark, "time")
