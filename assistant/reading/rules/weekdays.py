"""Days of the week and of the month: which are kept, and when each is asked for."""

from __future__ import annotations

import datetime as dt

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, FieldCondition, Group

# Each Monday in May, 5月每周一: a row for each of them.
_EACH = ("each ", "every ", "每")
_APART = ("separately", "by", "versus")


def weekdays(state: State, marks: list[Mark]) -> None:
    """Takes the marks of days of the week and of the month."""
    for mark in [m for m in marks if m.time and m.time.grain == "day_of_month"]:
        if mark.time:
            state.take(mark, "weekday")
            state.where.append(FieldCondition(field=TIME, grain="day_of_month", op="in", value=mark.time.weekdays))
            marks = [m for m in marks if m is not mark]
    if clocks := [m for m in marks if m.time and m.time.grain == "hour_of_day"]:
        _hours(state, clocks)
        marks = [m for m in marks if m not in clocks]
    if not marks:
        return
    sets = list(dict.fromkeys(m.time.weekdays for m in marks if m.time))
    for mark in marks:
        state.take(mark, "weekday")
    if any(len(set(s)) == 7 for s in sets) and len(sets) < 3:
        # From Monday to Sunday leaves nothing out: each of them is asked for.
        state.add_group(Group(field=TIME, grain="day_of_week"))
        _told_apart(state, marks)
        state.groups[:] = [g for g in state.groups if g.field != TIME or g.grain != "day"]
        for mark in state.free(lambda m: m.time and m.time.kind == "grain" and m.time.grain == "day"):
            state.take(mark, "weekday")
        return
    weekend = next((s for s in sets if set(s) == {6, 7}), sets[0])
    first = FieldCondition(field=TIME, grain="day_of_week", op="in", value=weekend)
    both = len(sets) == 2 and not set(sets[0]) & set(sets[1]) and set(sets[0]) | set(sets[1]) == set(range(1, 8))
    if both:
        state.add_group(Group(case=first, alias="weekend" if set(weekend) == {6, 7} else "weekday"))
        for mark in state.ops("versus"):
            state.take(mark, "weekday")
        return
    days = tuple(sorted({d for s in sets for d in s}))
    _refuse_other_days(state, marks, days)
    state.where.append(FieldCondition(field=TIME, grain="day_of_week", op="in", value=days))
    if len(sets) > 1 or (len(days) > 1 and _told_apart(state, marks)):
        state.add_group(Group(field=TIME, grain="day_of_week"))
    elif state.time is not None and any(m.text.startswith(_EACH) for m in marks) and not _summed(state):
        state.add_group(Group(field=TIME, grain="day"))


def _told_apart(state: State, marks: list[Mark]) -> bool:
    """周六和周日分别有多少, 按周一到周日分: a row for each of them is asked for by a word right beside them, which is taken."""
    own = [op for op in state.ops(*_APART) if not (op.has("by") and (t := state.after(op)) and (t.groupable or t.metrics))]  # weekends by store
    beside = [op for op in own if not op.metrics and any(state.close(op, m, 1) for m in marks)]
    behind = [op for op in beside if op.has("separately") or op.start >= marks[-1].end]
    if not behind and len(marks) == 1 and not state.free(lambda m: m.values or m.ids or m.segments):
        behind = [op for op in state.ops("separately") if state.same_clause(marks[0], op)]  # 周六周日的销售额分别是多少
    for op in behind:
        state.take(op, "group")
    return bool(behind) or any(m.text.startswith(("按", "分")) for m in marks)


def _hours(state: State, marks: list[Mark]) -> None:
    """The hours of the day that are kept; before noon versus noon or later: two groups."""
    sets = [m.time.weekdays for m in marks if m.time]
    for mark in marks:
        state.take(mark, "hours")
    first = FieldCondition(field=TIME, grain="hour_of_day", op="in", value=sets[0])
    if len(sets) == 2 and sorted(h for s in sets for h in s) == list(range(24)):
        state.add_group(Group(case=first, alias="hours"))
        for mark in state.ops("versus", "separately"):
            state.take(mark, "hours")
        return
    if len(sets) > 1:
        words = tuple(m.text for m in marks)
        raise AskBack(
            Text(zh=f"一次请只问一段钟点：{'、'.join(words)}。", en=f"Ask for one stretch of hours at a time: {', '.join(words)}."), unexplained=words
        )
    state.where.append(first)


def _summed(state: State) -> bool:
    """Whether one figure, or another split, is asked of all of these days."""
    split = [g for g in state.groups if g.grain] or state.free(lambda m: m.time and m.time.kind in ("grain", "cyclic"))
    return bool(split or state.compare or state.ops("total", "average", "by", "which", "top", "bottom", "how_many", "share", "versus"))


def _refuse_other_days(state: State, marks: list[Mark], weekdays: tuple[int, ...]) -> None:
    """Last Saturday on Mondays: a few days with none of those weekdays among them were not meant together."""
    time = state.time
    if not (time and time.start and time.end) or (time.end - time.start).days >= 7:
        return
    inside = {(time.start + dt.timedelta(n)).isoweekday() for n in range((time.end - time.start).days)}
    if not inside & set(weekdays):
        words = [time.words, *(m.text for m in marks)]
        raise AskBack(
            Text(
                zh=f"“{'”和“'.join(words)}”没有共同的日子，请写明日期。",
                en=f'"{words[0]}" and "{words[-1]}" have no day in common. Please give the dates.',
            ),
            unexplained=tuple(words),
        )
