"""Cohorts: people told by when they joined or first bought, of whom something else is asked: May's new users who ordered in June."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, in_a_list, whom_it_counts
from assistant.reading.rules.doers import doer, homes_of, place_of
from assistant.reading.rules.periods import as_range, points_back
from assistant.reading.state import State
from semantic_layer.query import Condition, EventCondition, ExistsCondition, TimeRange

# 首次下单在5月, whose first order was in May: what may stand between what was done and when.
_WHEN = re.compile(r" ?(?:的?(?:时间|日期)?[在于是]+|(?:was |were |is |fell |came )?(?:in|on|during|since|from|of|back in)?) ?")
_MONTHS = re.compile(r" ?(?:'s |的)? ?")  # 5月的新增用户, May's sign-ups
_LISTED = re.compile(r" ?(?:和|与|及|以及|,|、|and|&) ?")
_NUMBERS = ("数", "量")
_OF_THEM = re.compile(r" ?(?:的|里|中|当中|里面)? ?$|.*\b(?:of|from|by|for|among|among the|of the)(?: the)? $")


def rule(state: State) -> None:
    """Takes them with their own period, and leaves the people for the rest of the question."""
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    for mark in state.free(lambda m: m.metrics or m.has("new")):
        whom = _entity(state, mark)
        period = _own_period(state, mark, ranges) if whom else None
        others = [m for m in ranges if m is not period and not _is_same(m, period)]
        if not whom or period is None or period.time is None or not _asks_more(state, mark, whom, others):
            continue
        state.where.append(_condition(state, mark, whom, as_range(period.time)))
        state.take(period, "cohort")
        _count_them(state, mark, whom)
        if mark.metrics:  # from here on, only people
            mark.metrics, mark.counters, mark.ops, mark.did, mark.entities = (), (), frozenset(), (), (whom,)
        else:
            state.take(mark, "cohort")
        return


def _is_same(other: Mark, period: Mark | None) -> bool:
    """2月新客当月的消费: the same period again, or one that points back to it; one without a beginning tells of no other either."""
    spans = [(m.time.first, m.time.last) for m in (other, period) if m and m.time]
    return points_back(other) or spans[0][0] is None or len(set(spans)) < len(spans)


def _entity(state: State, mark: Mark) -> str:
    """The people of whom a word says when they came: new users, who first bought."""
    if mark.metrics:
        whom = whom_it_counts(state.catalog, mark.metrics[0]) or ""
        return whom if whom and state.catalog.entity(whom).people and (joined_in(state, mark.metrics[0], whom) or mark.has("new")) else ""
    return doer(state) or "" if mark.has("new") and not mark.has("returning") else ""


def joined_in(state: State, metric: str, entity: str) -> str:
    """The dataset of a metric in which each of the people has one dated row: when they registered."""
    home = state.catalog.formula(metric).homes[0]
    spec, key = state.catalog.dataset(home), state.catalog.entity_field(entity, home)
    return home if spec.time is not None and key is not None and spec.primary_key == (key,) and counted_entity(state, metric) == entity else ""


def _own_period(state: State, mark: Mark, ranges: list[Mark]) -> Mark | None:
    """The period right before what they are called, or right behind what they did."""
    before = next((m for m in ranges if m.end <= mark.start and _MONTHS.fullmatch(state.text[m.end : mark.start])), None)
    behind = next((m for m in ranges if m.start >= mark.end and _WHEN.fullmatch(state.text[mark.end : m.start])), None)
    told = bool(behind and state.text[mark.end : behind.start].strip())
    if mark.text.isascii():
        return behind if told or not before else before
    return behind if behind and told and not before else before


def _asks_more(state: State, mark: Mark, entity: str, others: list[Mark]) -> bool:
    """Whether another period is named, or (of those who joined) another figure of them."""
    if state.ops("versus", "growth", "decline", "change", "growth_top", "decline_top"):
        return False
    more = state.free(lambda m: m.verbs or m.did or m.either or (m.metrics and m is not mark))
    if others:
        beside = next((m for m in others if m.start >= mark.end and _LISTED.fullmatch(state.text[mark.end : m.start])), None)
        behind = next(iter(state.following(beside)), None) if beside else None
        return bool(more) and not mark.text.endswith(_NUMBERS) and not (behind and behind.metrics)  # 5月新增用户数和6月销售额
    measured = [m for m in more if m.metrics and counted_entity(state, m.metrics[0]) != entity]
    joined = bool(mark.metrics) and bool(joined_in(state, mark.metrics[0], entity)) and not mark.has("new")
    return joined and any(_is_of(state, m, mark) for m in measured)


def _count_them(state: State, mark: Mark, entity: str) -> None:
    """Those who registered in May and ordered in June: how many they are, where no figure is named; else they only say whose it is."""
    if state.free(lambda m: m is not mark and (m.either or (m.metrics and whom_it_counts(state.catalog, m.metrics[0]) != entity))):
        beside = [m for m in (next(iter(state.preceding(mark)), None), next(iter(state.following(mark, skip=_told)), None)) if m]
        for named in [m for m in beside if entity in m.entities and not in_a_list(state, m)]:
            state.take(named, f"entity:{entity}")
        return
    verbs = state.free(lambda m: m.verbs and m is not mark)
    usual = verbs and all(set(m.verbs) & set(homes_of(state)) for m in verbs)
    asked = state.ops("how_many")
    bare = all((after := state.after(op)) is None or after.verbs for op in asked)  # of those, how many ordered
    if usual and bare and not state.ops("share", "not", "list", "which") and (metric := count_metric(state, entity)):
        state.add_metric(metric)
        for word in (*verbs, *asked):
            state.take(word, "verb" if word.verbs else "count")


def _told(mark: Mark) -> bool:
    return mark.filler or mark.became == "cohort"


def _is_of(state: State, measure: Mark, mark: Mark) -> bool:
    """注册的用户的客单价, the order value of users who registered: a figure of them, and no other figure beside their number."""
    first, second = sorted((measure, mark), key=lambda m: m.start)
    between = state.text[first.end : second.start]
    return bool(_OF_THEM.fullmatch(between)) and (between.isascii() == mark.text.isascii() or not between.strip())


def _condition(state: State, mark: Mark, entity: str, time: TimeRange) -> Condition:
    if mark.metrics and (rows := joined_in(state, mark.metrics[0], entity)):
        return ExistsCondition(entity=entity, exists=rows, time=time)
    return first_event(state, entity).model_copy(update={"time": time})


def first_event(state: State, entity: str) -> EventCondition:
    """What makes one of the people new, as the catalog's number of new ones says; else the first of its rows."""
    for spec in state.catalog.spec.metrics.values():
        for condition in spec.filter:
            if isinstance(condition, EventCondition) and condition.entity == entity and condition.event == "first" and not condition.negated:
                return condition
    return EventCondition(entity=entity, event="first", dataset=place_of(state, entity))
