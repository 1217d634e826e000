"""What to do: the rest of the question says about what, and the list of actions answers."""

from __future__ import annotations

from assistant.reading.state import State
from semantic_layer.query import MetricRef

ACTIONS = "actions"
_CHANGE = ("decline", "growth", "change")
_BESIDE = ("lower", "higher", "judge_bad", "degree", "list", "which", "versus")


def asked(state: State) -> None:
    """Takes the words that ask what to do; what it is about is read by the rules that follow."""
    for mark in state.ops("todo"):
        state.take(mark, ACTIONS)
        state.analysis = ACTIONS
    if state.analysis == ACTIONS:
        for mark in state.ops(*_CHANGE):  # falling sales: no two periods are to be compared
            state.take(mark, ACTIONS)


def about(state: State) -> None:
    """Takes what else is said of it, and adds a measure where only members, a period or nothing is named."""
    if state.analysis != ACTIONS:
        return
    for mark in state.ops(*_BESIDE):
        state.take(mark, ACTIONS)
    state.order.clear()
    state.having.clear()
    state.limit, state.compare = None, None
    if not state.metrics and not state.groups:
        state.add_metric(MetricRef(metric=state.default_metric()))
