"""Who does things in a shop, and in which rows it is told: customers who buy, plain or behind their orders."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State


def home_of(state: State) -> str:
    """The dataset of the default metric."""
    return state.catalog.formula(state.default_metric()).homes[0]


def homes_of(state: State) -> tuple[str, ...]:
    """The datasets of the default metric and what its rows point to: lines and the orders they are of."""
    homes = state.catalog.formula(state.default_metric()).homes
    return (*homes, *(d for d in state.catalog.spec.datasets if d not in homes and state.catalog.graph.paths(homes[0], d)))


def doer(state: State) -> str | None:
    """The entity that does things: of those named people, then who has deeds of several kinds or rows of its own; else people."""
    spec = state.catalog.spec
    if (one := on_one(state)) is not None:
        return one[0]
    deeds = {e: [d for d, s in spec.datasets.items() if s.verbs.all() and _did(state, e, d)] for e in spec.entities}
    named = [e for m in state.marks for e in m.entities if not is_grouped(state, m) and deeds[e] and not _not_one_of(state, m)]
    named += [e for m in state.marks if m.metrics and not m.entities and (e := counted_entity(state, m.metrics[0])) and deeds[e]]
    people = [e for e in deeds if deeds[e] and spec.entities[e].people]
    busy = [e for e in deeds if len(deeds[e]) > 1]
    known = [e for e in named if spec.entities[e].dataset]
    likeliest = [*(e for e in named if e in people), *(e for e in named if e in busy), *known, *people, *busy, *named]
    return next(iter(likeliest), None)


def _not_one_of(state: State, mark: Mark) -> bool:
    """一张券也没领: of what not even one was had did nothing."""
    return bool(_ONE.search(state.text[: mark.start]) and _NONE.match(state.text, mark.end))


_ONE, _NONE = re.compile(r"[一半][一-鿿]?$"), re.compile(r"[都也]?(?:没|未)")


def on_one(state: State) -> tuple[str, list[Mark]] | None:
    """同一单里既买了啤酒又买了薯片: on one receipt, both. The entity, and the words that say so."""
    for op in [m for m in state.marks if m.has("same")]:
        after = next(state.following(op, skip=lambda m: m.filler), None)
        counted = counted_entity(state, after.counters[0]) if after and after.counters else None
        entity = after.entities[0] if after and after.entities else counted
        both = any(m.has("both") for m in state.marks)
        if after and entity and both and state.catalog.entity_field(entity, home_of(state)):
            return entity, [op, after]
    return None


def stands_in(state: State, entity: str, dataset: str) -> bool:
    """Whether the rows of a dataset tell which of an entity they are of: they hold it, or point to what does (the user of a return)."""
    return state.catalog.entity_field(entity, dataset) is not None or state.reaches(dataset, entity)


def _did(state: State, entity: str, dataset: str) -> bool:
    """Whether the rows of a dataset tell what an entity did: it stands in them, and they are not itself."""
    key = state.catalog.entity_field(entity, dataset)
    return key is not None and state.catalog.dataset(dataset).primary_key != (key,)


def place_of(state: State, entity: str) -> str:
    """The dataset of the default metric, or that of its wider rows in which the entity itself stands."""
    return next((d for d in homes_of(state) if state.catalog.entity_field(entity, d) and state.catalog.dataset(d).verbs.all()), home_of(state))


def is_grouped(state: State, mark: Mark) -> bool:
    before = state.before(mark)
    return bool(before and before.has("by", "which"))
