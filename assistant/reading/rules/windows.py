"""Running totals and rolling windows."""

from __future__ import annotations

import re
from typing import cast

from assistant.language import find_numbers
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import FORWARD_GRAINS, TIME, Grain, Group, Running

_UNITS: dict[str, Grain] = {
    "day": "day", "天": "day", "日": "day", "week": "week", "周": "week", "星期": "week", "礼拜": "week", "month": "month", "月": "month",
    "quarter": "quarter", "季度": "quarter", "季": "quarter", "year": "year", "年": "year",
}  # fmt: skip
_UNIT = re.compile(r" ?[- ]?(?:个)?(?:自然)?(day|week|month|quarter|year|天|日|周|星期|礼拜|月|季度|季|年)(?:s\b|\b|(?<=[一-鿿]))")
_ROLLED = re.compile(r"(?:the )?(?:rolling|moving|滚动|移动)")
_TRAILED = re.compile(r"(?:the )?(?:trailing)")
_AVERAGES = ("average", "mean", "avg", "均")
_SUMS = ("sum", "total", "合计", "总", "累计", "之和")
_NEAR = 24
_LONGEST = 1000


def rolled_ranges(state: State) -> None:
    """Rolling 3-month total, 滚动7天均值: a window, although alone it would be the last three months."""
    for mark in state.free(lambda m: m.time and m.time.kind == "range"):
        behind = next(state.following(mark), None)
        said = bool(behind and (behind.has("average", "total", "trend") or any(w in behind.text for w in (*_AVERAGES, *_SUMS))))
        along = any(m.time and m is not mark and m.time.kind in ("range", "grain") for m in state.marks)
        rolls = _ROLLED.match(mark.text) or (_TRAILED.match(mark.text) and along and said)
        window = _window(state, mark.start, mark.end) if rolls and (said or along) else None
        if window is None:
            continue
        _roll(state, mark.text, *window)
        state.take(mark, "rolling")
        return


def rule(state: State) -> None:
    """Takes rolling and running words, and the window beside them."""
    for op in state.ops("rolling"):
        window = _window(state, max(0, op.start - _NEAR), op.start, last=True) or _window(state, op.end, min(len(state.text), op.end + _NEAR))
        if window is None or not _roll(state, op.text, *window):
            continue
        state.take(op, "rolling")
        return
    if state.running is None:
        _to_date(state)


def _window(state: State, start: int, end: int, last: bool = False) -> tuple[int, Grain, list[Mark]] | None:
    """The number of buckets and their grain in text[start:end], with the marks that say them."""
    found = []
    for number in find_numbers(state.text):
        unit = _UNIT.match(state.text, number.end)
        if unit and start <= number.start and unit.end() <= end and 2 <= number.value <= _LONGEST:
            covered = [m for m in state.marks if m.start < unit.end() and m.end > number.start]
            found.append((int(number.value), _UNITS[unit[1]], covered))
    return (found[-1] if last else found[0]) if found else None


def _roll(state: State, word: str, window: int, grain: Grain, covered: list[Mark]) -> bool:
    """Sets the window; none where the answer is asked along another grain."""
    grains = {m.time.grain for m in state.marks if m.time and m.time.kind == "grain" and m.time.note != "average"} | {
        g.grain for g in state.groups if g.field == TIME
    }
    if grains - {grain, None}:
        return False
    before = next(state.preceding(covered[0]), None)
    if before and before.text == "over":
        state.take(before, "window")
    for mark in covered:
        if not mark.time or mark.time.kind != "range" or mark.became != "time":
            state.take(mark, "window")
    _time_group(state, grain)
    state.running = Running(kind="rolling", window=window, agg="avg" if _averaged(state, word) else "sum")
    for mark in state.ops("average") if state.running.agg == "avg" else state.ops("total"):
        state.take(mark, "rolling")
    return True


def _averaged(state: State, word: str) -> bool:
    """Whether a window is averaged: so said, or of a metric that is not added up."""
    if any(w in word for w in _AVERAGES) or (state.ops("average") and not any(w in word for w in _SUMS)):
        return True
    named = [m.metrics[0] for m in state.marks if m.metrics]
    return any(state.catalog.formula(n).kind == "ratio" for n in named[:1])


def _to_date(state: State) -> None:
    """Running totals: along the months, weeks or days asked for; without them, what has accumulated is the total."""
    to_date = next((m for m in state.marks if m.time and m.time.to_date and m.time.kind == "range" and m.time.grain), None)
    along = any(g.field == TIME and g.grain in FORWARD_GRAINS for g in state.groups)
    if to_date and along and any(w in to_date.text for w in ("to date", "to-date", "td", "至今")):
        state.running = Running(kind="to_date", reset=_reset(state) or _smaller(state, to_date))
    for op in state.ops("running"):
        if not along and (state.ops("trend") or "走势" in state.text):
            _time_group(state, "month")
            state.assume("累计按月展示", "running by month")
            along = True
        state.take(op, "running")
        if along:
            state.running = Running(kind="to_date", reset=_reset(state))
    if state.running is not None:
        for mark in state.ops("reset"):
            state.take(mark, "running")


def _time_group(state: State, grain: Grain) -> None:
    if not any(g.field == TIME for g in state.groups):
        state.add_group(Group(field=TIME, grain=grain))


def _smaller(state: State, to_date: Mark) -> Grain | None:
    """Month-to-date along a quarter starts anew each month."""
    grain = to_date.time.grain if to_date.time else None
    if grain not in ("week", "month", "quarter", "year") or not (state.time and state.time.start and state.time.end):
        return None
    days = (state.time.end - state.time.start).days
    return cast(Grain, grain) if days > {"week": 7, "month": 31, "quarter": 92, "year": 366}[grain] else None


def _reset(state: State) -> Grain | None:
    """Within each quarter, 到新季度清零: a second, wider grain starts the running anew."""
    forward = [g for g in state.groups if g.field == TIME and g.grain in ("week", "month", "quarter", "half", "year")]
    if len(forward) < 2 and not (forward and any(g.grain == "day" for g in state.groups)):
        return None
    wide = max(forward, key=lambda g: ("week", "month", "quarter", "half", "year").index(g.grain or "week"))
    state.groups.remove(wide)
    for mark in state.ops("within", "reset", "new" if state.ops("reset") else "within"):
        state.take(mark, "running")
    return cast(Grain, wide.grain)
