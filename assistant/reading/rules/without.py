"""Those that have none of something: campaigns with no redemptions, products with zero reviews, customers without any orders."""

from __future__ import annotations

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.rules.doing import Doing
from assistant.reading.rules.done import count_unless_measured
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import ExistsCondition, FieldCondition, TimeRange

_NONE = ("no", "zero", "without", "without an", "without a", "without any", "without a single", "0")
_JOINTS = ("with", "had", "have", "has", "having", "that had", "that have", "who had", "who have", "which had", "got", "getting", "where there were")


def rule(state: State) -> None:
    """Takes an entity, a word that denies, and a metric of rows in which the entity stands: those that stand in none of them."""
    _without_doing(state)
    for none in state.free(lambda m: m.text in _NONE):
        counted = next(iter(state.following(none)), None)
        who = next(state.preceding(none, skip=lambda m: m.filler or m.text in _JOINTS or m.has("having")), None)
        if counted is None or who is None or counted.became or not state.close(none, counted, 1):
            continue
        entity = _whose(state, who)
        rows = "" if not entity else _rows(state, counted, entity) if counted.metrics else _rows_of_entity(state, counted, entity)
        times = state.free(lambda m: m.time and m.time.kind == "range")
        if not rows or len(times) > 1 or any(m.metrics and m not in (counted, who) for m in state.free()):
            continue
        kept = state.catalog.metric(counted.metrics[0]).filter if counted.metrics else ()
        time = as_range(times[0].time, times[0].text) if times and times[0].time else TimeRange()
        state.where.append(ExistsCondition(entity=entity, exists=rows, where=tuple(kept), time=time, negated=True))
        inside = [m for m in state.marks if who.end <= m.start and m.end <= counted.end]
        for mark in (*inside, *times):
            state.take(mark, f"exists:{rows}")
        count_unless_measured(state, Doing(counted, rows, entity, True), whoever=True)
        return


def _without_doing(state: State) -> None:
    """Viewed phones in June without buying one: what was not done, and nothing that is taken out."""
    for word in state.free(lambda m: m.text in ("without", "without ever", "without even")):
        verb = next((m for m in state.marks if m.start == word.end + 1), None)
        if verb is not None and verb.verbs and verb.text.split()[0].endswith("ing"):
            word.ops = frozenset(["not"])


def _whose(state: State, who: Mark) -> str:
    """The entity that a word names: itself, by how many of it there are, or (diamond members) by a value that people have."""
    if who.entities:
        return who.entities[0]
    if who.metrics and (counted := counted_entity(state, who.metrics[0])):
        return counted
    owners = {f.split(".")[0] for f, _ in who.values}
    named = who.text.isascii() and who.text.endswith("s")
    return next((e for e, spec in state.catalog.spec.entities.items() if named and spec.people and spec.dataset in owners), "")


def _rows_of_entity(state: State, counted: Mark, entity: str) -> str:
    """No order: the dated rows that a name stands for, in which the entity stands."""
    own = state.catalog.entity(counted.entities[0]).dataset if counted.entities else None
    dated = own is not None and state.catalog.dataset(own).time is not None
    return own if own and dated and state.catalog.entity_field(entity, own) and state.catalog.entity(entity).dataset != own else ""


def _rows(state: State, counted: Mark, entity: str) -> str:
    """The one dataset whose rows a metric adds up or counts, where the entity stands in them and they are not itself."""
    formula = state.catalog.formula(counted.metrics[0])
    filters = state.catalog.metric(counted.metrics[0]).filter
    plain = isinstance(formula.tree, exp.Placeholder) and len(formula.homes) == 1 and all(isinstance(c, FieldCondition) for c in filters)
    if not plain:
        return ""
    rows = formula.homes[0]
    key = state.catalog.entity_field(entity, rows)
    return rows if key is not None and state.catalog.entity(entity).dataset != rows else ""
