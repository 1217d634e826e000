"""Who did more of something: did European customers buy more than Asian customers?"""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import MetricRef

# What brings in money is no count of who does it.
_BRINGING = re.compile(r"(?:bring|brought|bringing|rake|raked|pull|pulled) in|make|made|generated?|contributed?|earn|earned")


def rule(state: State) -> None:
    """What they did is compared, and not how many they are: by the default metric, where no measure is named."""
    if state.metrics or state.records or state.free(lambda m: m.metrics and not m.entities):
        return
    for op in state.free(lambda m: m.has("more_than", "less_than", "higher", "lower") and m.text.isascii()):
        doing = next(state.preceding(op, skip=lambda m: m.filler and not _BRINGING.fullmatch(m.text)), None)
        if doing is None or not (doing.verbs or _BRINGING.fullmatch(doing.text)) or not state.same_clause(doing, op):
            continue
        before, behind = (state.free(lambda m: m.entities and m.end <= doing.start), state.free(lambda m: m.entities and m.start >= op.end))  # noqa: B023
        if {e for m in before for e in m.entities} & {e for m in behind for e in m.entities}:
            _by_default(state, doing, op, [*before, *behind])
            return


def _by_default(state: State, doing: Mark, op: Mark, named: list[Mark]) -> None:
    name = state.default_metric()
    state.add_metric(MetricRef(metric=name))
    label = state.catalog.metric(name).label
    state.assume(f"未说明指标，按{label.zh}", f"no measure was named: {label.en}")
    for mark in named:
        state.take(mark, "subject")
    for mark in (doing, op):
        state.take(mark, "compared")
