"""Those whose last order, purchase or visit falls into a period: 最近一笔订单在3月的用户, users whose last order was in March."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.cohorts import first_event
from assistant.reading.rules.counting import count_metric, counted_entity
from assistant.reading.rules.deeds import told_of
from assistant.reading.rules.doers import doer, home_of, homes_of
from assistant.reading.rules.done import to_be_listed
from assistant.reading.rules.latest import LATEST
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import EventCondition, MetricRef

_LAST = re.compile(rf"(?:the )?(?:{'|'.join(LATEST)}|末次?|上)(?P<one>的?一?[次回笔单张]|单)?")
_WHEN = re.compile(
    r" ?(?:的?(?:时间|日期)?(?:停|落|发生|停留|都|还)?(?:[在于是]+)?"
    r"|(?:was |were |is |fell |came |made |placed |dates? |dated |back )*(?:in|on|during|from|of|back in|to)?) ?"
)
_DATED = re.compile(r"时间|日期|was|were|is|fell|date[sd]?|placed|made|下|下单|买|买的|下的|的")
_SHORT = 16  # characters between the word and the period


def rule(state: State) -> None:
    """Takes the word, what it is the last of, and the period; counts the people where no figure of them is asked."""
    who = _people(state)
    if who is None or not _are_named(state, who):
        return
    for word in state.free(lambda m: _LAST.fullmatch(m.text)):
        period = next((m for m in state.free(lambda m: m.time and m.time.kind == "range") if m.start >= word.end), None)
        if period is None or period.time is None or not state.same_clause(word, period):
            continue
        inside = [m for m in state.marks if word.end <= m.start and m.end <= period.start]
        event = _event(state, who, word, inside)
        if event is None or not _only_says_when(state, word, inside, period):
            continue
        state.where.append(event.model_copy(update={"time": as_range(period.time)}))
        behind = next((m for m in state.marks if m.start >= period.end), None)
        closing = [behind] if behind and behind.start == period.end and (behind.verbs or behind.text in ("下", "下的", "买的")) else []
        for mark in (word, *inside, period, *closing, *_doing(state, word)):
            state.take(mark, f"event:{event.dataset}")
        _then_never(state, event.dataset, period)
        _count(state, who, event.dataset)
        return


def _people(state: State) -> str | None:
    """Who does things, or the only people of the catalog, where orders are named, which have things done with them as well."""
    who, people = doer(state), [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    return who if who in people else people[0] if len(people) == 1 else None


def _doing(state: State, word: Mark) -> list[Mark]:
    """Placed, of users who placed their last order."""
    before = next(iter(state.preceding(word)), None)
    told = before is not None and not before.became and (before.verbs or before.text in ("placed", "made")) and state.close(before, word, 6)
    return [before] if before and told else []


def _are_named(state: State, who: str) -> bool:
    """Whether the question names people: users, diamond members, 多少人."""
    own = state.catalog.entity(who).dataset
    for mark in state.marks:
        counted = any(counted_entity(state, n) == who for n in mark.metrics)
        if who in mark.entities or counted or any(f.split(".")[0] == own for f, _ in mark.values):
            return True
    return any(m.has("how_many") and m.text.endswith(("人", "位", "户")) for m in state.marks)


def _event(state: State, who: str, word: Mark, inside: list[Mark]) -> EventCondition | None:
    """The last row of what stands behind the word, or of orders, where it is one word with them; a purchase is one that makes a customer new."""
    first, told = first_event(state, who), _LAST.fullmatch(word.text)
    for mark in inside:
        owned = [d for e in mark.entities if e != who and (d := state.catalog.entity(e).dataset)]
        dated = [d for f in mark.fields for d, _, name in [f.partition(".")] if state.catalog.dataset(d).time == name]
        counted = [h for n in mark.counters for h in state.catalog.formula(n).homes]
        home = home_of(state)
        if home in mark.verbs and not owned and not told_of(mark, home) and first.dataset in homes_of(state):
            return first.model_copy(update={"event": "last"})
        usual = [first.dataset] if first.dataset in mark.verbs else []
        for dataset in (*owned, *dated, *counted, *usual, *mark.verbs):
            if state.catalog.entity_field(who, dataset):
                return EventCondition(entity=who, event="last", dataset=dataset)
    one_word = told is not None and (told["one"] or "").endswith(("单", "笔"))
    return EventCondition(entity=who, event="last", dataset=first.dataset) if one_word else None


def _only_says_when(state: State, word: Mark, inside: list[Mark], period: Mark) -> bool:
    """Whether nothing stands between the word and the period but what it is the last of, and words that lead to a period."""
    rest = state.text[word.end : period.start]
    for mark in sorted(inside, key=lambda m: m.start, reverse=True):
        if mark.entities or mark.verbs or mark.counters or mark.fields or mark.filler or _DATED.fullmatch(mark.text):
            rest = rest.replace(mark.text, "", 1)
    return period.start - word.end <= _SHORT + sum(m.end - m.start for m in inside) and bool(_WHEN.fullmatch(rest.strip()))


def _then_never(state: State, dataset: str, period: Mark) -> None:
    """、之后再没下过单: what the last one says anyway."""
    rest = [m for m in state.marks if m.start >= period.end and not m.became]
    denial = next((m for m in rest if m.has("not") or "没" in m.text), None)
    verb = next((m for m in rest if denial and m.start >= denial.end and dataset in m.verbs), None)
    again = verb is not None and ("再" in state.text[period.end : verb.start] or verb.text.isascii())
    if denial and verb and again and not any(m.time for m in rest if m.start < verb.end):
        for mark in [m for m in rest if m.end <= verb.end and not (m.entities or m.metrics)]:
            state.take(mark, f"event:{dataset}")


def _count(state: State, who: str, dataset: str) -> None:
    """All of them who have such rows, and not those of a figure that counts some: the condition says who is meant."""
    counted = [m for m in state.free(lambda m: m.metrics) if counted_entity(state, m.metrics[0]) == who]
    others = state.free(lambda m: m.metrics and m not in counted)
    formulas = [(n, state.catalog.formula(n)) for n in state.catalog.spec.metrics]
    places = ((dataset,), (state.catalog.entity(who).dataset,))
    plain = [n for p in places for n, f in formulas if f.homes == p and counted_entity(state, n) == who and not f.aggregates[0].filter]
    metric = MetricRef(metric=plain[0]) if plain else count_metric(state, who)
    if others or metric is None or to_be_listed(state, who) or state.ops("share"):
        return
    state.add_metric(metric)
    for mark in [*counted, *state.free(lambda m: who in m.entities), *state.ops("how_many")]:
        state.take(mark, "count")
