"""Entities of which there is some of a thing: 有差评的商品有多少个, how many products had returns; and among whom they are counted.

A metric that counts rows, said right before what has them, tells which entities are counted: those with at least one.
"""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.bound import OPS
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, counts_part_of, registered, tells_which
from assistant.reading.rules.doers import homes_of, stands_in
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, MetricRef

_HAVE = re.compile(r"(?:(?:至少|起码|曾经?)?有过?|出过|出现过|收到过?|发生过|产生过)(?:[一1任何某][个条次笔件单份]?)?$")
_HAD = re.compile(r"(?:with|(?:(?:that|which|who) )?(?:had|have|has|having))(?: (?:an?|any|some))?")
_GOT = re.compile(r"(?:(?:that|which) )?(?:got|get|received|drew|picked up)(?: (?:an?|any|some))?")  # of people it may be another day that counts
_AT_LEAST = (">", ">=", "=")


def rule(state: State) -> None:
    """Keeps the entities that have any of what a metric counts, where how many they are is asked for."""
    if state.ops("between", "not", "exclude", "share", "top", "bottom", "versus", "each", "average"):
        return
    named = state.free(lambda m: m.metrics or m.entities)
    for mark in named:
        whose = _described(state, mark) if not mark.text.isascii() else _said_before(state, mark)
        if whose is None or not (state.ops("how_many") or whose.metrics) or [m for m in named if m.metrics and m not in (mark, whose)]:
            continue
        entity = _named(state, whose) or ""
        counted, among = _counted(state, mark, entity), count_metric(state, entity)
        if counted and among is not None:
            state.where.append(EntityCondition(entity=entity, metric=MetricRef(metric=counted), op=">=", value=1))
            state.add_metric(among)
            state.take(mark, f"threshold:{counted}")
            for said in (whose, *state.ops("how_many"), *_once(state, mark)):
                state.take(said, "count")
            return


def _once(state: State, mark: Mark) -> list[Mark]:
    """至少有一条评价: what says no more than that there is any."""
    return [m for m in state.ops("at_least") if 0 <= mark.start - m.end <= 3 and not m.text.isascii()]


def _counted(state: State, mark: Mark, entity: str) -> str | None:
    """The metric that counts the rows a mark names, those of a dataset in which the entity stands."""
    own = state.catalog.entity(mark.entities[0]).dataset if mark.entities else None
    metric = mark.metrics[0] if mark.metrics else counting_in(state, own, None) if own and state.catalog.dataset(own).time else None
    home = _rows_of(state, metric, entity) if metric else ""
    return metric if home and stands_in(state, entity, home) else None


def _rows_of(state: State, metric: str, entity: str) -> str:
    """The dataset of what a metric counts, all of it or what it keeps; none where it sums, or counts the entity itself."""
    formula = state.catalog.formula(metric)
    plain = isinstance(formula.tree, exp.Placeholder | exp.Sub) and all(a.counts for a in formula.aggregates)
    homes = {a.home for a in formula.aggregates}
    return homes.pop() if plain and len(homes) == 1 and not counts_part_of(state.catalog, metric, entity) else ""


def _described(state: State, mark: Mark) -> Mark | None:
    """有差评的商品, 下单没付款的用户: the entity that a Chinese clause describes; people also without a word of having."""
    behind = next((m for m in state.marks if m.start >= mark.end), None)
    whose = next((m for m in state.marks if behind and m.start >= behind.end), None)
    if behind is None or whose is None or behind.text != "的" or behind.start != mark.end or whose.start != behind.end or not whose.entities:
        return None
    people = bool(mark.metrics) and state.catalog.entity(whose.entities[0]).people and not state.ops(*OPS)
    return whose if _HAVE.search(state.text, 0, mark.start) or people else None


def _named(state: State, whose: Mark) -> str | None:
    """The entity that a word names, itself or by how many of it there are."""
    return whose.entities[0] if whose.entities else counted_entity(state, whose.metrics[0]) if whose.metrics else None


def _said_before(state: State, mark: Mark) -> Mark | None:
    """How many products had returns, users with a bad review: the entity before a word of having."""
    for whose in state.marks:
        if whose.end > mark.start:
            return None
        entity, between = _named(state, whose), state.text[whose.end : mark.start].strip()
        if entity and (_HAD.fullmatch(between) or (_GOT.fullmatch(between) and not state.catalog.entity(entity).people)):
            return whose
    return None


def among_all(state: State) -> None:
    """上半年评价5次以上的用户有多少: those of whom something is bound are counted among all there are, and not among those who bought in that time.

    The name of a number that says which of them, paying customers, keeps its meaning.
    """
    if len(state.metrics) != 1 or not state.metrics[0].metric or state.metrics[0].share or state.groups or state.compare:
        return
    name = state.metrics[0].metric
    entity = counted_entity(state, name)
    bounds = [c for c in state.where if isinstance(c, EntityCondition) and c.entity == entity and c.metric.metric and c.op in _AT_LEAST]
    usual = set(state.catalog.formula(name).homes) <= set(homes_of(state))  # and not those who did something else
    if not entity or not usual or not bounds or len(bounds) != len(state.where):
        return
    everyone = registered(state, entity)
    if any(m.metrics[:1] != (everyone,) and tells_which(state.catalog, m, entity) for m in state.marks):
        return
    if any(not isinstance(c.value, (int, float)) or c.value <= _least(c) for c in bounds) or all(_within(state, c, name) for c in bounds):
        return
    if everyone is not None:
        state.metrics[:] = [MetricRef(metric=everyone)]
        state.where[:] = [c.model_copy(update={"time": c.time or state.time}) if isinstance(c, EntityCondition) else c for c in state.where]
        state.time = None
    else:
        homes = state.catalog.formula(bounds[0].metric.metric).homes  # type: ignore[arg-type]
        there = next((n for h in homes if (n := counting_in(state, h, entity)) and counts_part_of(state.catalog, n, entity)), None)
        if there is not None and not state.catalog.formula(there).aggregates[0].filter:
            state.metrics[:] = [MetricRef(metric=there)]


def _least(condition: EntityCondition) -> float:
    """At or below this an entity without any would be kept too."""
    return -1e-9 if condition.op == ">" else 0.0


def _within(state: State, condition: EntityCondition, counted: str) -> bool:
    """Whether all that is bound is of the rows in which the metric counts: who has three of them is there anyway."""
    bound, count = state.catalog.formula(condition.metric.metric), state.catalog.formula(counted).aggregates[0]  # type: ignore[arg-type]
    return all(a.home == count.home and set(count.filter) <= set(a.filter) for a in bound.aggregates)
