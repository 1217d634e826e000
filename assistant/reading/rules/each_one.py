"""Averages of each one, where only a classifier says of whom: 汽车行业客户平均每家贡献多少营收."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, known_ratio
from assistant.reading.rules.measures import is_average
from assistant.reading.state import State
from semantic_layer.query import MetricRef

_EACH_ONE = re.compile(r"每一?[家位户名个人]|每一?个人")


def rule(state: State) -> None:
    """Takes a classifier behind an average for the entity that the clause names before it."""
    for op in state.ops("average"):
        _average(state, op)


def _average(state: State, op: Mark) -> None:
    each = next(state.following(op), None)
    if each is None or not _EACH_ONE.fullmatch(each.text) or each.became or each.start - op.end > 1:
        return
    owner = next((m for m in state.preceding(op) if m.entities and not m.metrics), None)
    above = next((m for m in state.following(each) if m.metrics or m.entities or m.has("by")), None)
    if owner is None or above is None or not above.metrics or above.became or owner.became.startswith("group:"):
        return
    name, entity = above.metrics[0], owner.entities[0]
    if counted_entity(state, name) == entity or is_average(state, name):
        return
    known = known_ratio(state, name, entity)
    state.add_metric(MetricRef(metric=known) if known else MetricRef(metric=name, per=entity))
    for mark in (op, each, above, *(m for m in state.ops("how_many") if each.end <= m.start and m.end <= above.start)):
        state.take(mark, f"metric:{known or name}")
