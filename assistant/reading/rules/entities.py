"""What entities did: bought in May and not in June, redeemed a coupon, new and returning ones."""

from __future__ import annotations

from assistant.reading.marks import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, in_a_list
from assistant.reading.rules.filters import conditions_of, in_brackets
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import Condition, EventCondition, ExistsCondition, Group, TimeRange


def _home(state: State) -> str:
    return state.catalog.formula(state.default_metric()).homes[0]


def _who(state: State) -> str | None:
    """The entity that does things: the one counted in the default metric's dataset and in others too."""
    named = [e for m in state.marks for e in m.entities]
    doers = [
        e
        for e in state.catalog.spec.entities
        if sum(bool(state.catalog.entity_field(e, d)) for d, s in state.catalog.spec.datasets.items() if s.verbs.all()) > 1
    ]
    return next((e for e in named if e in doers), doers[0] if doers else None)


def sets(state: State) -> None:
    """Entities by what they did in several periods, or with several values."""
    entity = _who(state)
    if entity is None:
        return
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    lapsed = state.ops("lapsed")
    if len(ranges) >= 2 and (lapsed or _negations(state, ranges) or _every(state)):
        _across_periods(state, entity, ranges, lapsed)
    in_brackets(state)
    values = state.free(lambda m: m.values)
    if len(values) >= 2 and any(m.start < values[-1].start or not m.text.isascii() for m in state.ops("both")):
        _with_values(state, entity, values)


def _negations(state: State, ranges: list[Mark]) -> list[Mark]:
    """The periods in which it did not happen: after an English "not", before a Chinese 没."""
    out = []
    for op in state.free(lambda m: m.has("not")):
        ahead = next((r for r in ranges if r.start >= op.end), None)
        behind = next((r for r in reversed(ranges) if r.end <= op.start), None)
        chosen = ahead if op.text.isascii() else behind
        if chosen:
            out.append(chosen)
    return out


def _every(state: State) -> bool:
    grains = state.free(lambda m: m.time and m.time.kind == "grain")
    return bool(state.ops("both")) and bool(state.free(lambda m: m.verbs)) and (bool(grains) or len(state.ops("both")) > 0)


def _across_periods(state: State, entity: str, ranges: list[Mark], lapsed: list[Mark]) -> None:
    home = _home(state)
    negated = ranges[1:2] if lapsed else _negations(state, ranges)
    positive = [r for r in ranges if r not in negated]
    if not positive:
        return
    for mark in positive[1:] if negated else positive:
        assert mark.time
        state.where.append(ExistsCondition(entity=entity, exists=home, time=as_range(mark.time)))
    for mark in negated:
        assert mark.time
        state.where.append(ExistsCondition(entity=entity, exists=home, time=as_range(mark.time), negated=True))
    first, last = positive[0].time, positive[-1].time
    assert first and last
    state.time = TimeRange(start=first.first, end=first.last if negated else last.last, words=positive[0].text)
    for mark in [*ranges, *lapsed, *state.ops("not", "both", "but")]:
        state.take(mark, "set")
    for mark in state.free(lambda m: m.verbs and home in m.verbs):
        state.take(mark, "set")
    for mark in state.free(lambda m: m.time and m.time.kind == "grain"):
        state.take(mark, "set")
    _count(state, entity)


def _with_values(state: State, entity: str, values: list[Mark]) -> None:
    home = _home(state)
    for mark in values:
        where = tuple(conditions_of(state, [mark]))
        state.where.append(ExistsCondition(entity=entity, exists=home, where=where))
    for mark in [*state.ops("both"), *state.free(lambda m: m.verbs)]:
        state.take(mark, "set")
    _count(state, entity)


def _count(state: State, entity: str) -> None:
    """Without another metric, how many they are is asked."""
    others = state.free(lambda m: m.metrics and entity not in m.entities)
    if others:
        for mark in state.free(lambda m: entity in m.entities and not (m.metrics and in_a_list(state, m))):
            state.take(mark, f"entity:{entity}")
        return
    metric = count_metric(state, entity)
    if metric:
        state.add_metric(metric)
    for mark in state.free(lambda m: entity in m.entities or m.has("how_many")):
        state.take(mark, "count")


def new_and_returning(state: State) -> None:
    """New and returning customers: by their first event in the default metric's dataset."""
    entity = _who(state)
    if entity is None:
        return
    new, old = state.ops("new"), state.ops("returning")
    if not new and not old:
        return
    first = EventCondition(entity=entity, event="first", dataset=_home(state))
    if new and old:
        state.add_group(Group(case=first, alias="new_customer"))
        for mark in [*new, *old, *state.ops("versus", "separately"), *state.free(lambda m: entity in m.entities)[:1]]:
            state.take(mark, "new or returning")
        for mark in state.ops("by"):
            state.take(mark, "new or returning")
        if not state.free(lambda m: m.metrics):
            _count(state, entity)
        return
    named = [m for m in new if m.metrics]
    if named and not state.free(lambda m: m.metrics and m not in named):
        return
    if not old and not state.free(lambda m: m.metrics and m not in new) and not named and not state.free(lambda m: entity in m.entities):
        return
    state.where.append(first.model_copy(update={"negated": bool(old)}))
    for mark in [*new, *old]:
        state.take(mark, "new" if new else "returning")
    _count(state, entity)


def existence(state: State) -> None:
    """Whether the entity has rows in another dataset: redeemed a coupon, was targeted by campaign 18."""
    home = _home(state)
    for mark in state.free(lambda m: m.verbs and home not in m.verbs):
        dataset = mark.verbs[0]
        entity = _who(state)
        if entity is None or state.catalog.entity_field(entity, dataset) is None or not _about_entities(state, mark, entity, dataset):
            continue
        where = _inner_conditions(state, dataset)
        negation = _negation_of(state, mark)
        condition = ExistsCondition(entity=entity, exists=dataset, time=TimeRange(), where=tuple(where), negated=bool(negation))
        contrast = [m for m in state.free(lambda m: m.verbs) if m is not mark and dataset in m.verbs]
        if contrast and (_negation_of(state, contrast[0]) or negation):
            state.add_group(Group(case=condition.model_copy(update={"negated": False}), alias=f"in_{dataset}"))
            for m in [mark, *contrast, *state.ops("not", "versus", "separately")]:
                state.take(m, f"exists:{dataset}")
        else:
            state.where.append(condition)
        for m in [mark, *negation]:
            state.take(m, f"exists:{dataset}")
        _count(state, entity)
        return


def doers(state: State) -> None:
    """Customers who bought beer, 买过啤酒的顾客: with another measure, their whole of it and not that of beer alone."""
    home = _home(state)
    for verb in state.free(lambda m: home in m.verbs):
        entity_mark, values = _who_bought(state, verb)
        if entity_mark is None or not values:
            continue
        entity = entity_mark.entities[0]
        others = [
            m for m in state.free(lambda m: m.metrics and m.metrics[0]) if m is not entity_mark and counted_entity(state, m.metrics[0]) != entity
        ]
        if not others or state.catalog.entity_field(entity, home) is None:
            continue
        state.where.append(ExistsCondition(entity=entity, exists=home, where=tuple(conditions_of(state, values))))
        for mark in (verb, entity_mark):
            state.take(mark, f"entity:{entity}")
        return


def _who_bought(state: State, verb: Mark) -> tuple[Mark | None, list[Mark]]:
    """The entity and what it bought: behind the verb in Chinese, before "who" in English."""
    if verb.text.isascii():
        who = next(state.preceding(verb, skip=lambda m: False), None)
        entity = next(state.preceding(verb), None)
        if who is None or who.text not in ("who", "that", "which") or entity is None or not entity.entities:
            return None, []
        return entity, [m for m in state.following(verb) if (m.values or m.segments) and not m.became and state.same_clause(verb, m)][:3]
    if not verb.text.endswith(("过", "了")):
        return None, []
    entity = next((m for m in state.following(verb) if m.entities and state.same_clause(verb, m)), None)
    if entity is None:
        return None, []
    return entity, [m for m in state.marks if verb.end <= m.start and m.end <= entity.start and m.values and not m.became]


def _about_entities(state: State, mark: Mark, entity: str, dataset: str) -> bool:
    """Whether the verb qualifies the entities of another metric, and is not itself what is measured."""
    own = [m for m in state.free(lambda m: m.metrics and m is not mark) if dataset in _homes(state, m.metrics[0])]
    other = [m for m in state.free(lambda m: m.metrics and m is not mark) if dataset not in _homes(state, m.metrics[0])]
    return bool(other) or (bool(state.free(lambda m: entity in m.entities)) and not own)


def _homes(state: State, metric: str) -> tuple[str, ...]:
    return state.catalog.formula(metric).homes


def _negation_of(state: State, mark: Mark) -> list[Mark]:
    return [m for m in state.free(lambda m: m.has("not")) if m.end <= mark.start and mark.start - m.end < 12][-1:]


def _inner_conditions(state: State, dataset: str) -> list[Condition]:
    """Values that only this dataset can be asked for belong to what was done."""
    home = _home(state)

    def only_there(ref: str) -> bool:
        return state.reaches(dataset, ref) and not state.reaches(home, ref)

    marks = state.free(lambda m: (m.ids and only_there(m.ids[0])) or (m.values and all(only_there(f) for f, _ in m.values)))
    for mark in state.free(lambda m: m.entities and any(only_there(e) for e in m.entities)):
        state.take(mark, f"exists:{dataset}")
    return conditions_of(state, marks)
