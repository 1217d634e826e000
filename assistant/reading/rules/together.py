"""Several things on one receipt: baskets with pizza that also had soft drinks, how many orders hold both A and B."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity
from assistant.reading.rules.doers import home_of
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.query import Condition, ExistsCondition, MetricRef

_TOO = re.compile(r"\b(?:also|as well|too|both)\b|同时|也|又|还|兼有|既")
_EITHER = re.compile(r"\b(?:or|either|vs\.?|versus|each)\b|或|各|分别|对比")


def rule(state: State) -> None:
    """Takes two values of one field that one and the same entity has to hold, as conditions on it."""
    values = state.free(lambda m: m.values)
    fields = set.intersection(*({f for f, _ in m.values} for m in values)) if values else set()
    apart = state.ops("by", "which", "versus", "separately", "exclude", "not", "top", "bottom", "everything_else")
    if len(values) < 2 or not fields or apart or not _TOO.search(state.text) or _EITHER.search(state.text):
        return
    found = _holder(state, values)
    if found is None:
        return
    entity, mark = found
    home = home_of(state)
    tests: list[Condition] = [ExistsCondition(entity=entity, exists=home, where=tuple(conditions_of(state, [v]))) for v in values]
    for value in values:
        value.became = f"exists:{home}"
    ref = _number(state, entity, mark)
    if state.ops("share"):
        ref = ref.model_copy(update={"where": (tests.pop(),), "share": True})
    state.add_metric(ref)
    state.where += tests
    for word in [mark, *state.free(lambda m: home in m.verbs or m.has("both", "having", "how_many", "share", "of_which", "same", "within"))]:
        state.take(word, "together")
    for word in state.free(lambda m: bool(_TOO.fullmatch(m.text))):
        state.take(word, "together")


def _holder(state: State, values: list[Mark]) -> tuple[str, Mark] | None:
    """What holds several things, and is counted: no people, whose doings are told by verbs, and nothing that has only one of them."""
    home = home_of(state)
    counted = [(e, m) for m in state.marks if not m.became for e in _entities(state, m)]
    others = [m for m in state.free(lambda m: m.metrics and not m.entities) if not counted_entity(state, m.metrics[0])]
    if len({e for e, _ in counted}) != 1 or others or state.groups:
        return None
    entity, mark = counted[0]
    spec = state.catalog.entity(entity)
    field = values[0].values[0][0]
    one_each = spec.dataset is not None and state.reaches(spec.dataset, field)
    if spec.people or one_each or not state.catalog.entity_field(entity, home) or not state.reaches(home, field):
        return None
    return entity, mark


def _entities(state: State, mark: Mark) -> tuple[str, ...]:
    named = (e for n in (*mark.metrics, *(mark.counters if mark.text != "个" else ())) if (e := counted_entity(state, n)))
    return tuple(dict.fromkeys([*mark.entities, *named]))


def _number(state: State, entity: str, mark: Mark) -> MetricRef:
    counted = MetricRef(metric=mark.metrics[0]) if mark.metrics else count_metric(state, entity)
    return counted or MetricRef(agg="count_distinct", field=f"{home_of(state)}.{state.catalog.entity_field(entity, home_of(state))}")
