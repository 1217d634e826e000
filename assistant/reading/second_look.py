"""A second, independent look: whether what the words ask for is really in the query that was built."""

from __future__ import annotations

from assistant.reading.marks import Mark
from assistant.reading.state import State
from semantic_layer.query import EntityCondition

_RANKING = ("top", "bottom", "growth_top", "decline_top")


def unsaid(state: State) -> list[Mark]:
    """The marks that were used up although the query holds nothing of theirs."""
    return [m for m in state.marks if m.became and not _is_there(state, m)]


def _is_there(state: State, mark: Mark) -> bool:
    ranked = state.order or any(isinstance(c, EntityCondition) and c.op is None for c in state.where)
    shared = state.share or any(m.share for m in state.metrics)
    named = {m.metric for m in state.metrics} | {m.metric.metric for m in state.where if isinstance(m, EntityCondition)}
    if mark.became == "order" and mark.has(*_RANKING):
        return bool(ranked or any(m.agg for m in state.metrics))
    if mark.became == "limit":
        return bool(ranked)
    if mark.became == "share":
        return bool(shared)
    if mark.became == "compare" and mark.has("growth", "decline", "growth_top", "decline_top"):
        return state.compare is not None
    if mark.became.startswith("group:") and mark.groupable:
        return any(g.field == mark.groupable for g in state.groups) or state.records is not None
    if mark.became.startswith("metric:") and state.records is None:
        return bool(named & set(mark.metrics or mark.counters)) or bool(state.metrics and not mark.metrics) or _part_of_another(state, mark)
    return True


def _part_of_another(state: State, mark: Mark) -> bool:
    """Whether the metric went into one that is built from it: sales per day, units per basket."""
    return any(m.metric and m.metric not in mark.metrics for m in state.metrics) and mark.became.split(":", 1)[1] not in mark.metrics
