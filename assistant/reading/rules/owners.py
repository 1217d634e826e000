"""Names that only say whose something is: 大区（按客户）, parts from Japanese suppliers."""

from __future__ import annotations

import re

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.state import State

_FROM = ("from", "of", "by", "to", "with", "came from", "come from", "coming from", "placed by", "made by", "bought by", "sold to", "supplied by")


def rule(state: State) -> None:
    """Passes over whose a field in brackets is; what a value stands before is not counted too."""
    _of_values(state)
    _in_brackets(state)


_BY_WHOM = re.compile(r"\((?:(?:按|按照|以|by|per|on) ?)([^()]+?)(?:侧|端|口径|side)?\)")


def _in_brackets(state: State) -> None:
    """大区（按客户）, regions (by customer): whose regions are meant."""
    for said in _BY_WHOM.finditer(state.text):
        inside = [m for m in state.marks if said.start() <= m.start and m.end <= said.end()]
        owner = next((m for m in inside if m.entities), None)
        owned = next((m for m in reversed(state.marks) if m.end <= said.start() and not m.filler), None)
        near = owner and owned and owned.groupable and said.start() - owned.end <= 1 and len([m for m in inside if not m.filler]) <= 2
        if owner and owned and near and _has(state, owner, owned):
            for mark in inside:
                mark.entities, mark.metrics, mark.counters, mark.shown, mark.ops = (), (), (), "", frozenset([FILLER])


def _of_values(state: State) -> None:
    """How many parts came from Japanese suppliers: the suppliers say which ones, where something else is asked for."""
    for mark in state.marks:
        value = next(state.preceding(mark), None)
        if not mark.entities or not mark.metrics or value is None or not value.values or not state.close(value, mark, 2):
            continue
        joint = next(state.preceding(value, skip=lambda m: m.text in ("the", "our", "all")), None)
        asked = any(m is not mark and (m.metrics or m.entities) and m.end <= value.start for m in state.marks)
        if joint is None or joint.text not in _FROM or not asked:
            continue
        dataset = state.catalog.entity(mark.entities[0]).dataset
        if dataset and any(state.reaches(dataset, f) for f, _ in value.values):
            mark.metrics, mark.counters = (), ()


def _has(state: State, owner: Mark, owned: Mark) -> bool:
    """Whether each of the entity's own rows has one of what is named behind it."""
    dataset, ref = state.catalog.entity(owner.entities[0]).dataset, owned.shown or owned.groupable
    if dataset is None or owned.metrics or ref == owner.shown:
        return False
    place = ref.split(".")[0] if "." in ref else None
    return (state.reaches(dataset, ref) and place != dataset) or (place == dataset and not owned.entities)
