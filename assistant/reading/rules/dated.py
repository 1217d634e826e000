"""A date of what is asked for that is not the time of what is measured: products launched this year, 去年注册的用户."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import Condition, FieldCondition

_JOINTS = re.compile(r"\s*(?:在|于|是|为|is|was|were|in|on|during|between|from|since|the|才|刚|新|的)?\s*")
_NEWCOMERS = re.compile(r"新品|新货|新款|新商品|new (?:products?|arrivals?|items?|ones?)|newcomers?")


def rule(state: State) -> None:
    """Takes the name or the verb of a date together with the period right beside it, as a condition on that date."""
    for mark, ref, time in list(_dated(state)):
        assert time.time
        state.where += _within(ref, time)
        state.take(time, "dated")
        state.take(mark, f"dated:{ref}")
        for word in state.free(lambda m: _NEWCOMERS.fullmatch(m.text) and m.unknown):
            state.take(word, "said")


def _dated(state: State) -> Iterator[tuple[Mark, str, Mark]]:
    for mark in state.free(lambda m: m.fields and not m.metrics and not m.values):
        ref = next((f for f in mark.fields if state.catalog.field(f).spec.kind == "time"), None)
        if ref is None or _is_own(state, ref):
            continue
        beside = [m for m in state.free(lambda m: m.time and m.time.kind == "range") if _joined(state, mark, m)]
        if len(beside) == 1:
            yield mark, ref, beside[0]


def _joined(state: State, word: Mark, time: Mark) -> bool:
    first, second = sorted((word, time), key=lambda m: m.start)
    return bool(_JOINTS.fullmatch(state.text, first.end, second.start))


def _is_own(state: State, ref: str) -> bool:
    """Whether what is measured is dated by this field itself, or has it among its own dates: `axes` takes those."""
    dataset, name = ref.split(".")
    marks = [m for m in state.marks if m.metrics]
    named = [m.metrics[0] for m in [m for m in marks if not m.entities] or marks]
    homes = {h for n in named or [state.default_metric()] for h in state.catalog.formula(n).homes}
    return state.catalog.dataset(dataset).time == name or dataset in homes


def _within(ref: str, mark: Mark) -> list[Condition]:
    assert mark.time
    first, last = mark.time.first, mark.time.last
    found: list[Condition] = [FieldCondition(field=ref, op=">=", value=first)] if first else []
    return [*found, FieldCondition(field=ref, op="<", value=last)] if last else found
