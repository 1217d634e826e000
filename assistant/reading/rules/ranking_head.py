"""What is ranked: a name, or a bare unit of time."""

from __future__ import annotations

from assistant.language.operators import SORTS
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, counts_part_of
from assistant.reading.rules.units import RANKED_UNITS
from assistant.reading.state import State
from semantic_layer.query import TIME, Group

RANKS = ("top", "bottom", "growth_top", "decline_top", "judge")


def ranked_name(state: State, word: Mark, number: Mark | None) -> Mark | None:
    """What is ranked: asked for with which, right after the number or the word, before it, or anywhere."""
    each = [t for e in state.ops("by") for t in [state.after(e)] if t and t.groupable]
    asked = [t for w in state.ops("which") for t in [_after_which(state, w)] if t and _can_be_head(state, t)]
    if asked:
        return asked[0]
    if who := _who(state):
        return who
    if word.has(*SORTS) and number is None and word.text.isascii() and (split := [t for t in each if not t.metrics and not t.became]):
        return split[0]  # customers per age band, biggest first
    if number is None and word.text.isascii():
        behind = [m for m in state.preceding(word) if not m.became and _can_be_head(state, m) and m not in each and state.same_clause(m, word)]
        if behind:
            return behind[0]
    for start in [*([number] if number else []), word, *(m for m in state.ops(*SORTS))]:
        found = _right_after(state, start, each, number)
        if found:
            return found
    free = [m for m in state.free(lambda m: _can_be_head(state, m)) if m not in each]
    behind = [m for m in reversed(free) if m.end <= word.start]
    fields = [m for m in free if m.fields and not m.metrics]
    return next(iter([*fields, *behind, *free, *each]), None)


_WHO = ("who", "谁", "是谁")


def _who(state: State) -> Mark | None:
    """Who bought the most, 买得最多的是谁: the people of the shop, where no other name for them stands there."""
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    who = next((m for m in state.marks if m.text in _WHO and not m.became and (not m.start or not m.text.isascii())), None)
    if who is None or len(people) != 1 or state.free(lambda m: people[0] in m.entities):
        return None
    named = any((m.groupable and not m.metrics and m is not who) or (m.number and not m.time and not m.became) for m in state.marks)
    if named and not who.text.isascii():
        return None  # 门店是谁, 供应商里谁最多
    who.entities = (people[0],)
    return who


def _after_which(state: State, op: Mark) -> Mark | None:
    """Which 3 income bands: the name after which, past a number."""
    for mark in state.following(op):
        if not state.same_clause(op, mark):
            return None
        if mark.number or mark.has(*RANKS):
            continue
        return None if mark.became else mark
    return None


def _right_after(state: State, start: Mark, each: list[Mark], number: Mark | None) -> Mark | None:
    if start.text.endswith(" in"):
        return None  # the fastest growth in customers
    for mark in state.following(start):
        if mark.became or not state.same_clause(start, mark):
            continue
        if _can_be_head(state, mark) and mark not in each:
            return mark
        if mark.counters and start is number and (entity := _counted_off(state, mark.counters[0])):
            mark.entities = (entity,)
            return mark
        if mark.metrics:
            return None
    return None


def _counted_off(state: State, counter: str) -> str | None:
    """The entity that a counter counts, or of which it counts a part: 10位客户, where customers are those who paid."""
    people = (e for e in state.catalog.spec.entities if counts_part_of(state.catalog, counter, e))
    return counted_entity(state, counter) or next(people, None)


def _can_be_head(state: State, mark: Mark) -> bool:
    """A name whose metrics, if it has some, only count it: customers, SKUs."""
    if mark.groupable:
        return not (mark.metrics and mark.metrics[0] not in _count_metrics(state, mark))
    entity = counted_entity(state, mark.metrics[0]) if mark.metrics else None
    if entity and any(n.lower() == mark.text for spec in [state.catalog.entity(entity)] for n in (*spec.names(), *(f"{n}s" for n in spec.names()))):
        mark.entities = (entity,)
        return True
    return False


def _count_metrics(state: State, mark: Mark) -> set[str]:
    """The metrics that count what the mark stands for: an entity, or the names of its rows."""
    owners = {f.split(".")[0] for f in mark.fields}
    entities = [*mark.entities, *(e for e, spec in state.catalog.spec.entities.items() if spec.dataset in owners)]
    return {n for n in state.catalog.spec.metrics if counted_entity(state, n) in entities}


def _measure_before_unit(state: State, mark: Mark) -> bool:
    """The highest sales day: a measure between the word that ranks and a bare unit of time."""
    behind = next(state.following(mark, skip=lambda m: False), None)
    return bool(mark.metrics and mark.text.isascii() and behind and behind.text in RANKED_UNITS and behind.start == mark.end + 1)


def _unit_with(state: State, word: Mark) -> str:
    """The month with the lowest sales, days with the most orders: a bare unit of time before "with" and the word that ranks."""
    before = list(state.preceding(word, skip=lambda m: m.text in ("the", "our")))[:2]
    if len(before) < 2 or before[0].text not in ("with", "that had", "having", "which had", "when we had") or before[1].text not in RANKED_UNITS:
        return ""
    unit = before[1]
    if unit.became or unit.groupable or any(g.grain for g in state.groups):
        return ""
    grain = RANKED_UNITS[unit.text]
    state.take(unit, f"group:{grain}")
    state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
    return grain


def time_head(state: State, word: Mark, number: Mark | None) -> str:
    """The 3 months with the most, 最忙的3个小时: a bare unit of time that is ranked, as a group of the answer."""
    if grain := _unit_with(state, word):
        return grain
    starts = [m for m in (number, word, *state.ops("which")) if m]
    for start in starts:
        measure = next((m for m in state.following(start) if not m.has(*RANKS)), None)
        measure = measure if measure is not None and _measure_before_unit(state, measure) else None
        first = measure or start
        mark = next((m for m in state.following(first, skip=lambda m: m.text in ("个", "的", "of", "the") or m.has(*RANKS))), None)
        near = mark is not None and mark.start - first.end <= 6 and not mark.became and not mark.groupable
        unit = mark.text.split()[-1] if mark and mark.has("single") and mark.text.isascii() else mark.text if mark else ""
        if mark and near and unit in RANKED_UNITS:
            grain = RANKED_UNITS[unit]
            state.take(mark, f"group:{grain}")
            for rest in state.marks[state.marks.index(mark) + 1 :][:3]:
                if rest.filler or rest.text in ("day", "week"):
                    state.take(rest, f"group:{grain}") if rest.text in ("day", "week") else None
                else:
                    break
            state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
            return grain
    return ""


def asks_when(state: State) -> bool:
    """Which month, which weekday, what hour: the time group itself is ranked."""
    return any(m.time and (m.time.note == "which" or m.time.kind == "cyclic") and m.became.startswith("group:") for m in state.marks)


def ranked_by(state: State) -> bool:
    """Biggest single day by receipts: the day is asked for, and its receipts say how it is found."""
    words = [*state.ops("by"), *(m for m in state.marks if m.text in ("for", "in terms of") and not m.became)]
    return any((after := state.after(op)) and after.metrics for op in words)
