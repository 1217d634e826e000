"""Running totals and rolling windows."""

from __future__ import annotations

import re
from typing import cast

from assistant.reading.state import State
from semantic_layer.query import TIME, Grain, Group, Running

_UNITS = {
    "day": "day",
    "days": "day",
    "天": "day",
    "日": "day",
    "week": "week",
    "weeks": "week",
    "周": "week",
    "month": "month",
    "months": "month",
    "个月": "month",
    "月": "month",
    "quarter": "quarter",
    "quarters": "quarter",
    "季度": "quarter",
}
_WINDOW = re.compile(r"(\d+)\s*[- ]?\s*(个月|天|日|周|月|季度|days?|weeks?|months?|quarters?)\s*$")


def rule(state: State) -> None:
    """Takes rolling and running words, and the window before them."""
    for op in state.ops("rolling"):
        found = _WINDOW.search(state.text, 0, op.start) or re.search(r"(\d+)\s*[- ]?(天|周|个月|day|week|month)", state.text[op.end : op.end + 12])
        if not found:
            continue
        grain = _UNITS[found.group(2)]
        _cover(state, found.start(), found.end())
        _time_group(state, grain)
        summed = any(w in op.text for w in ("sum", "total")) or bool(state.ops("total"))
        state.running = Running(kind="rolling", window=int(found.group(1)), agg="sum" if summed else "avg")
        state.take(op, "rolling")
        for mark in state.ops("average"):
            state.take(mark, "rolling")
        return
    to_date = next((m for m in state.marks if m.time and m.time.to_date and m.time.kind == "range" and m.time.grain), None)
    if to_date and any(g.field == TIME for g in state.groups) and any(w in to_date.text for w in ("to date", "to-date", "td", "至今")):
        state.running = Running(kind="to_date")
    for op in state.ops("running"):
        state.take(op, "running")
        if not any(g.grain for g in state.groups):
            if not op.text.isascii():
                continue
            _time_group(state, "month")
            state.assume("累计按月展示", "running by month")
        state.running = Running(kind="to_date", reset=_reset(state))


def _cover(state: State, start: int, end: int) -> None:
    for mark in state.marks:
        if start <= mark.start and mark.end <= end:
            state.take(mark, "window")


def _time_group(state: State, grain: str) -> None:
    if not any(g.field == TIME for g in state.groups):
        state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]


def _reset(state: State) -> Grain | None:
    """Within each quarter, 每个季度内: a second, wider grain starts the running anew."""
    forward = [g for g in state.groups if g.field == TIME and g.grain in ("week", "month", "quarter", "half", "year")]
    if len(forward) < 2:
        return None
    wide = max(forward, key=lambda g: ("day", "week", "month", "quarter", "half", "year").index(g.grain or "day"))
    state.groups.remove(wide)
    for mark in state.ops("within"):
        state.take(mark, "running")
    return cast(Grain, wide.grain)
