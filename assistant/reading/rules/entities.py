"""New and returning entities: by the first thing that they did."""

from __future__ import annotations

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.cohorts import first_event, joined_in
from assistant.reading.rules.counting import count_metric, counted_entity, counts_part_of, in_a_list
from assistant.reading.rules.doers import doer
from assistant.reading.state import State
from semantic_layer.query import EventCondition, ExistsCondition, Group, MetricRef

_PERSONS = ("多少人", "几个人", "几人", "多少位", "几位", "多少户", "几户")


def new_and_returning(state: State) -> None:
    """New and returning customers: by their first event in the default metric's dataset."""
    entity = doer(state)
    if entity is None:
        return
    new, old = state.ops("new"), state.ops("returning")
    if not new and not old:
        return
    if new and not old and _called_new(state, new, entity):
        return
    first = first_event(state, entity)
    if new and old and _as_metrics(state, [*new, *old], entity):
        return
    if new and not old and _beside_the_others(state, new, entity):
        return
    if new and old:
        state.add_group(Group(case=first, alias="new_customer"))
        _counted_beside_the_rest(state, entity)
        for mark in [*new, *old, *state.ops("versus", "separately"), *state.free(lambda m: entity in m.entities)[:1]]:
            state.take(mark, "new or returning")
        for mark in state.ops("by"):
            state.take(mark, "new or returning")
        if not state.free(lambda m: m.metrics):
            _count(state, entity) if not _contributed(state) else state.add_metric(MetricRef(metric=state.default_metric()))
        return
    named = [m for m in (*new, *old) if m.metrics]
    if named and (not state.free(lambda m: m.metrics and m not in named) or all(in_a_list(state, m) or _asked_how_many(state, m) for m in named)):
        return
    joined = next((rows for m in named if (rows := joined_in(state, m.metrics[0], entity))), "")
    state.where.append(ExistsCondition(entity=entity, exists=joined) if joined and not old else first.model_copy(update={"negated": bool(old)}))
    for mark in [*new, *old]:
        state.take(mark, "new" if new else "returning")
    _count(state, entity)


def _called_new(state: State, new: list[Mark], entity: str) -> bool:
    """新增了多少用户, new users: the metric that is called by the two words, where they stand apart."""
    who = next((m for m in state.following(new[0]) if entity in m.entities and not m.metrics), None)
    if who is None or new[0].metrics or not state.same_clause(new[0], who) or state.free(lambda m: m.metrics or m.verbs):
        return False
    word = new[0].text.rstrip("了的过")
    said = {f"{word}{who.text}", f"{word}{who.text}数"} if not word.isascii() else set()
    name = next((n for n, m in state.catalog.spec.metrics.items() if said & {*m.label.zh.split(), *m.synonyms.zh}), None)
    if name is None:
        return False
    state.add_metric(MetricRef(metric=name))
    for mark in (*new, who, *state.ops("how_many")):
        state.take(mark, f"metric:{name}" if mark in new else "count")
    return True


def _counted_beside_the_rest(state: State, entity: str) -> None:
    """How many of each and what did they spend, 各多少人、各花多少: their number is asked for, beside another metric."""
    if not state.free(lambda m: m.metrics and entity not in m.entities):
        return
    for op in [m for m in state.marks if not m.became and (m.has("how_many") or (m.has("separately") and m.text.endswith(("多少", "几"))))]:
        behind = next(state.following(op, skip=lambda m: m.text in ("each", "of each", "of", "of them", "there")), None)
        counter = behind.counters[0] if behind and behind.counters and not behind.metrics else ""
        people = behind is not None and (entity in behind.entities or (counter and counted_entity(state, counter) == entity))
        alone = op.text.isascii() and (behind is None or behind.text in ("and", "&") or not state.same_clause(op, behind))
        metric = count_metric(state, entity) if people or alone or op.text.endswith(_PERSONS) else None
        if metric is not None:
            state.add_metric(metric)
            for mark in (op, *([behind] if behind and people else [])):
                state.take(mark, "count")
            return


def _as_metrics(state: State, words: list[Mark], entity: str) -> bool:
    """New and returning customers each month: the metrics that the catalog has of both, where only their number is asked."""
    _like_the_other(state, words)
    names = list(dict.fromkeys(m.metrics[0] for m in words if m.metrics))
    both = all(any(m.metrics and m.has(op) for m in words) for op in ("new", "returning"))
    others = state.free(lambda m: m.metrics and m not in words and not counts_part_of(state.catalog, m.metrics[0], entity))
    if not both or len(names) < 2 or others or state.ops("share") or _contributed(state):
        return False
    for name in names:
        state.add_metric(MetricRef(metric=name))
    for mark in [*words, *state.ops("versus", "separately", "how_many"), *state.free(lambda m: entity in m.entities or m.metrics)]:
        state.take(mark, f"metric:{mark.metrics[0]}" if mark in words and mark.metrics else "new or returning")
    return True


def _beside_the_others(state: State, new: list[Mark], entity: str) -> bool:
    """新客和老客人数: the metric of the new ones beside that of the others, which is named and counts without them."""
    first = {n for n, spec in state.catalog.spec.metrics.items() if any(_is_first(c, entity) for c in spec.filter)}
    for mark in state.free(lambda m: m.metrics and m not in new and m.metrics[0] not in first):
        without = any(_is_first(c, entity) for a in state.catalog.formula(mark.metrics[0]).aggregates for c in a.filter)
        if not without or len(first) != 1:
            continue
        for name, marks in sorted(((first.copy().pop(), new), (mark.metrics[0], [mark])), key=lambda pair: pair[1][0].start):
            state.add_metric(MetricRef(metric=name))
            for each in marks:
                state.take(each, f"metric:{name}")
        return True
    return False


def _is_first(condition: object, entity: str) -> bool:
    return isinstance(condition, EventCondition) and condition.entity == entity and condition.event == "first" and not condition.negated


def _like_the_other(state: State, words: list[Mark]) -> None:
    """New vs returning customers: new ones of what the other word names."""
    nouns = [m.text.split(" ", 1)[1] for m in words if m.metrics and " " in m.text]
    for mark in [m for m in words if not m.metrics and nouns]:
        mark.metrics = tuple(n for n, spec in state.catalog.spec.metrics.items() if f"{mark.text} {nouns[0]}" in {s.lower() for s in spec.names()})


def _contributed(state: State) -> bool:
    """新老客各贡献多少: what they brought, and not how many they are."""
    asked = {m.text for m in state.ops("how_many")}
    return asked <= {"多少"} and any(m.filler and m.text.startswith(("贡献", "带来", "创造")) for m in state.marks)


def _asked_how_many(state: State, mark: Mark) -> bool:
    """广告费花了多少、来了多少新客: their number is asked right before them."""
    before = next(iter(state.preceding(mark)), None)
    return before is not None and before.has("how_many") and not state.text[before.end : mark.start].strip()


def _counts_another(state: State, mark: Mark, entity: str) -> bool:
    """Whether a word counts something else than those who are new: how many orders; in how many shoppers were new they are counted."""
    counts = bool(mark.counters) and len(mark.text) > 1 and FILLER not in mark.ops
    return counts and not (entity in mark.entities and counted_entity(state, mark.counters[0]) == entity)


def _count(state: State, entity: str) -> None:
    """Without another metric, how many they are is asked."""
    others = state.free(lambda m: (m.metrics and entity not in m.entities) or _counts_another(state, m, entity))
    if others:
        for mark in state.free(lambda m: entity in m.entities and not (m.metrics and in_a_list(state, m))):
            state.take(mark, f"entity:{entity}")
        return
    metric = count_metric(state, entity)
    if metric:
        state.add_metric(metric)
    for mark in state.free(lambda m: entity in m.entities or m.has("how_many")):
        state.take(mark, "count")
