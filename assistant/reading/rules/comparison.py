"""Growth, decline and change between two periods."""

from __future__ import annotations

from assistant.reading.outcome import AskBack
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import Compare

_WORDS = ("growth", "decline", "change", "growth_top", "decline_top", "by_amount")


def rule(state: State) -> None:
    """Takes the words of change; without a named base it is the period before."""
    words = state.ops(*_WORDS)
    changing = [m for m in words if not m.has("by_amount")]
    if not changing and state.compare is None:
        return
    if state.compare is None:
        if state.ops("trend") and not any(m.has("growth_top", "decline_top") for m in changing):
            return
        if _is_only_a_trend(state):
            for mark in changing:
                state.take(mark, "trend")
            return
        _previous(state)
    for mark in [*changing, *state.ops("versus")]:
        if not mark.has("growth_top", "decline_top", "growth", "decline"):
            state.take(mark, "compare")
    for mark in state.ops("versus"):
        state.take(mark, "compare")


def _is_only_a_trend(state: State) -> bool:
    """ "How sales change by month" is a trend, not a comparison."""
    in_percent = any("percent" in m.text or "%" in m.text for m in state.ops("change"))
    return any(g.grain for g in state.groups) and not in_percent and not state.ops("growth", "decline", "growth_top", "decline_top")


def _previous(state: State) -> None:
    if state.time is None and not any(g.grain for g in state.groups):
        raise AskBack(
            Text(zh="要比较哪两段时间？例如“12月比11月”。", en='Which two periods should be compared? For example "December against November".'),
        )
    state.compare = Compare(to="previous")
    if not any(g.grain for g in state.groups):
        state.assume("与上一个同样长的时间段相比", "compared with the period before")
