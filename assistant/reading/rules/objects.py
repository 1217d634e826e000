"""What a verb is done with, and of which no number is asked: how many of them paid for an order in March."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.state import State

ARTICLES = ("a", "an", "any", "one", "at least one")


def rule(state: State) -> None:
    """Passes over one row of the verb's own behind its article, where a how many before the verb asks for those who did it."""
    asked = next((m for m in state.marks if m.has("how_many")), None)
    if asked is None:
        return
    for mark in state.free(lambda m: m.entities and m.counters):
        verb = next((m for m in state.marks if m.verbs and asked.start < m.start < mark.start and _an_object(state, m, mark)), None)
        if verb is not None:
            state.take(mark, "said")


def _an_object(state: State, verb: Mark, thing: Mark) -> bool:
    return state.text[verb.end : thing.start].strip() in ARTICLES and any(state.catalog.entity(e).dataset in verb.verbs for e in thing.entities)
