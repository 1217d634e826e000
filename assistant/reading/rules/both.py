"""Those who did it in each of two periods that join: 5月和6月都下过单的人数."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.outcome import Refuse
from assistant.reading.rules.counting import whom_it_counts
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import ExistsCondition, FieldCondition, SegmentCondition, TimeRange

_BOTH = ("都", "均", "both", "in both", "both in", "both of")


def rule(state: State, marks: list[Mark], ranges: list[TimeRange]) -> bool:
    """Takes "both" of two periods and of people that are counted: counted in the one, and found in the other. Raises Refuse where it cannot."""
    words = [m for m in state.free() if m.text in _BOTH and (m.start >= marks[-1].end or not m.text.isascii() or m.end <= marks[0].start)]
    word = next((m for m in words if _beside(state, m, marks)), None)
    named = state.free(lambda m: m.metrics and not m.verbs)
    if word is None or len(ranges) != 2 or len(named) != 1:
        return False
    metric = named[0].metrics[0]
    entity, leaf = whom_it_counts(state.catalog, metric), state.catalog.formula(metric).aggregates[0]
    if entity is None or not state.catalog.entity(entity).people:
        return False
    if not all(isinstance(c, FieldCondition | SegmentCondition) for c in leaf.filter):
        raise Refuse(Text(zh="不能同时按两段时间这样问，请一次问一段。", en="This cannot be asked of two periods together. Ask for one at a time."))
    state.time = ranges[0]
    state.where.append(ExistsCondition(entity=entity, exists=leaf.home, where=leaf.filter, time=ranges[1]))
    state.take(word, f"exists:{leaf.home}")
    return True


def _beside(state: State, word: Mark, marks: list[Mark]) -> bool:
    """Whether it stands right behind the periods (Chinese), or right before them."""
    return state.close(marks[-1], word, 2) if not word.text.isascii() else state.close(word, marks[0], 2)
