"""Periods, the grain of a trend, days of the week, and which of two periods is compared with which."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from assistant.language import TimeSpan
from assistant.reading.marks import Mark
from assistant.reading.outcome import AskBack, Refuse
from assistant.reading.rules.unclear import ask_for_dates
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor, previous, shift
from semantic_layer.query import TIME, Compare, FieldCondition, Group, TimeRange

# Said right after the first of two periods, these make it the current one.
_FIRST_IS_CURRENT = (
    "相较于",
    "比起",
    "相对于",
    "compared against",
    "than",
    "比",
    "较",
    "against",
    "compared to",
    "compared with",
    "relative to",
    "相比",
    "over",
    "跟",
    "与",
)


def rule(state: State) -> None:
    """Takes every time mark."""
    for mark in state.free(lambda m: m.time and m.time.kind == "unsupported"):
        raise ask_for_dates(mark)
    for mark in state.ops("more_than", "versus"):
        ahead = state.after(mark)
        if mark.text == "over" and ahead and ahead.time and ahead.time.kind == "range" and not state.ops("growth", "decline"):
            state.take(mark, "time")
    _ranges(state, state.free(lambda m: m.time and m.time.kind == "range"))
    for mark in state.free(lambda m: m.time and m.time.kind == "compare"):
        assert mark.time
        state.compare = state.compare or Compare(to=mark.time.compare or "previous")
        state.take(mark, f"compare:{mark.time.compare}")
        _period_of_compare(state, mark.time)
        _grain_of_compare(state, mark.time)
    for mark in state.free(lambda m: m.time and m.time.kind in ("grain", "cyclic")):
        assert mark.time
        if mark.time.note != "average":
            state.add_group(Group(field=TIME, grain=mark.time.grain))  # type: ignore[arg-type]
            state.take(mark, f"group:{mark.time.grain}")
    _weekdays(state, state.free(lambda m: m.time and m.time.kind == "weekday"))


def as_range(span: TimeSpan, words: str = "") -> TimeRange:
    """A time span as a range of a query."""
    return TimeRange(start=span.first, end=span.last, words=words)


def _ranges(state: State, marks: list[Mark]) -> None:
    ranges = [as_range(m.time, m.text) for m in marks if m.time]
    if not ranges:
        return
    for mark in marks:
        _refuse_half_said(state, mark)
        state.take(mark, "time")
    if len(ranges) == 1:
        state.time = ranges[0]
        _accrued(state, marks[0], ranges[0])
        _from_to(state, marks[0], ranges[0])
    elif len(ranges) == 2 and _compares(state, marks):
        _compare_two(state, marks, ranges)
    else:
        _several(state, ranges)


def _accrued(state: State, mark: Mark, whole: TimeRange) -> None:
    """本月累计: the current period up to now; today counts only where the data hold some of it."""
    after = next(state.following(mark), None)
    seen = state.today if state.data_end and state.data_end < state.today else state.today + dt.timedelta(days=1)
    if after and after.has("running") and whole.start and whole.end and whole.start < seen < whole.end:
        state.time = whole.model_copy(update={"end": seen})


def _refuse_half_said(state: State, mark: Mark) -> None:
    """Sales from June 1, rolling 4 weeks: more was meant than the days that were found."""
    before = next(state.preceding(mark, skip=lambda m: False), None)
    single = bool(mark.time and mark.time.first and mark.time.last and (mark.time.last - mark.time.first).days == 1)
    if (before and before.text == "from" and single and mark.time and mark.time.grain == "day") or "rolling" in mark.text or "滚动" in mark.text:
        raise Refuse(
            Text(
                zh=f"不确定“{mark.text}”指哪段时间，请写明起止日期。",
                en=f'It is not clear which days "{mark.text}" means. Please give the first and the last.',
            ),
            unexplained=(mark.text,),
        )


def _compares(state: State, marks: list[Mark]) -> bool:
    """Whether two periods are set against each other, rather than added up."""
    first, second = (m.time for m in marks)
    if first is None or second is None or _inside(as_range(first), as_range(second)) or _inside(as_range(second), as_range(first)):
        return False
    words = state.free(lambda m: m.has("versus", "growth", "decline", "change", "growth_top", "decline_top"))
    if words:
        return True
    between = state.text[marks[0].end : marks[1].start]
    return any(w in between for w in ("比", " to ", "到")) and bool(state.ops("growth", "decline", "change"))


def _compare_two(state: State, marks: list[Mark], ranges: list[TimeRange]) -> None:
    between = state.text[marks[0].end : marks[1].start]
    literal = any(m.has("versus") and m.text in _FIRST_IS_CURRENT for m in state.marks if marks[0].end <= m.start < marks[1].start)
    current, base = ranges
    later_second = (base.start or dt.date.min) > (current.start or dt.date.min)
    if later_second and not (literal and "from" not in state.text[: marks[0].start][-6:] and between.strip()):
        current, base = base, current
    state.time = current
    state.compare = _canonical(state, current, base)


def _from_to(state: State, mark: Mark, whole: TimeRange) -> None:
    """Grew from November to December: the last of two periods against the first, not both together."""
    grain = mark.time.grain if mark.time else None
    grew = state.ops("growth", "decline", "growth_top", "decline_top", "change")
    if (
        not grew
        or state.free(lambda m: m.time and m.time.kind == "compare")
        or grain not in ("month", "quarter", "week")
        or whole.start is None
        or whole.end is None
    ):
        return
    if not any(w in mark.text for w in (" to ", "到", " and ")):
        return
    first_end, last_start = shift(whole.start, 1, grain), shift(whole.end, -1, grain)
    if first_end <= last_start:
        current = TimeRange(start=last_start, end=whole.end, words=mark.text)
        state.time = current
        state.compare = _canonical(state, current, TimeRange(start=whole.start, end=first_end, words=mark.text))


def _canonical(state: State, current: TimeRange, base: TimeRange) -> Compare:
    """`previous` or `last_year` where the base is just that, so that equal questions are equal queries."""
    if current.start and current.end:
        for to in ("previous", "last_year"):
            whole, before = previous(current, state.today, to)
            if (before.start, before.end) == (base.start, base.end) and whole.end == current.end:
                return Compare(to=to)
    return Compare(to="range", range=base)


def _several(state: State, ranges: list[TimeRange]) -> None:
    """Periods that are added up: one range where they join, else the months (or days) named."""
    ordered = sorted(ranges, key=lambda r: r.start or dt.date.min)
    _refuse_two_doings(state, ranges)
    outer = next((r for r in ordered if all(_inside(o, r) for o in ordered)), None)
    words = ", ".join(r.words for r in ranges)
    if outer is not None and len(state.free(lambda m: m.verbs)) > 1:
        raise Refuse(
            Text(zh=f"一次只能问一段时间里的行为：{words}。", en=f"Ask about what happened in one period at a time: {words}."),
            unexplained=tuple(r.words for r in ranges),
        )
    if outer is not None:
        inner = [r for r in ordered if r is not outer]
        state.time = inner[0] if len(inner) == 1 else outer
        return
    joined = all(a.end == b.start for a, b in pairwise(ordered))
    state.time = TimeRange(start=ordered[0].start, end=ordered[-1].end, words=words)
    if joined:
        if state.ops("separately", "by"):
            _by_their_grain(state, ordered)
        return
    if not all(r.start and r.end and _is_month(r) for r in ordered):
        raise Refuse(
            Text(zh=f"一次只能看一段连续的时间，或两段时间的对比：{words}。", en=f"Ask for one stretch of time, or two to compare: {words}."),
            unexplained=tuple(r.words for r in ranges),
        )
    months = tuple(r.start.isoformat() for r in ordered if r.start)
    state.where.append(FieldCondition(field=TIME, grain="month", op="in", value=months))
    state.add_group(Group(field=TIME, grain="month"))


def _refuse_two_doings(state: State, ranges: list[TimeRange]) -> None:
    """Customers of May and their sales in June, the week before Christmas: two periods that are not simply added up."""
    marks = [m for m in state.marks if m.time and m.time.kind == "range" and m.became == "time"]
    for first, second in pairwise(marks):
        between = [m for m in state.marks if first.end <= m.start and m.end <= second.start]
        touching = first.end == second.start and not first.text.isascii()
        listed = first.time and second.time and first.time.grain == second.time.grain and first.time.last == second.time.first
        if (touching and not listed) or any(m.verbs or m.entities or m.has("new", "returning") for m in between):
            words = ", ".join(r.words for r in ranges)
            raise Refuse(
                Text(zh=f"一次只能问一段时间里的事：{words}。", en=f"Ask about one period at a time: {words}."),
                unexplained=tuple(r.words for r in ranges),
            )


def _by_their_grain(state: State, ranges: list[TimeRange]) -> None:
    if all(_is_month(r) for r in ranges):
        state.add_group(Group(field=TIME, grain="month"))


def _inside(inner: TimeRange, outer: TimeRange) -> bool:
    return bool(inner.start and inner.end and outer.start and outer.end) and outer.start <= inner.start and inner.end <= outer.end  # type: ignore[operator]


def _is_month(r: TimeRange) -> bool:
    return bool(r.start and r.end and r.start.day == 1 and r.end == (r.start.replace(day=28) + dt.timedelta(days=4)).replace(day=1))


def _period_of_compare(state: State, span: TimeSpan) -> None:
    """A comparison that names no period is of the last complete one, unless a trend is asked for."""
    if state.time is not None or state.free(lambda m: m.time and m.time.kind == "grain") or any(g.grain for g in state.groups):
        return
    grain = span.grain
    if grain not in ("week", "month", "quarter", "year"):
        return
    end = floor(state.today, grain, state.catalog.spec.calendar.week_start)
    state.time = TimeRange(start=shift(end, -1, grain), end=end)
    state.assume(f"未说明时间段，取最近一个完整的{_GRAINS_ZH[grain]}", f"no period was named: the last complete {grain} is taken")


def _grain_of_compare(state: State, span: TimeSpan) -> None:
    """Month over month along several months is a trend by month."""
    time, grain = state.time, span.grain
    if time is None or time.start is None or time.end is None or span.compare != "previous" or grain not in ("week", "month", "quarter"):
        return
    if shift(time.start, 1, grain) < time.end and not any(g.grain for g in state.groups):
        state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]


def started_in(state: State, field: str) -> TimeRange:
    """Campaigns that start in May: the month itself, not all that follows it."""
    assert state.time
    mark = next(m for m in state.marks if m.time and m.time.kind == "range")
    start, grain = state.time.start, mark.time.grain if mark.time else None
    end = shift(start, 1, grain) if start and grain else state.time.end
    return state.time.model_copy(update={"field": field, "end": end})


def lasting(state: State) -> None:
    """Campaigns that started in May: the period is that of their first or last day."""
    homes = state.homes() if state.metrics else ()
    lasts = state.catalog.dataset(homes[0]).lasts if len(homes) == 1 else None
    spoken = next((m.text for m in state.marks if m.time and m.time.kind == "range"), "")
    if lasts and state.time and spoken.endswith("开始"):
        state.time = started_in(state, f"{homes[0]}.{lasts[0]}")
    for name, which in (("started", 0), ("ended", 1)):
        for op in state.ops(name):
            homes = state.homes() if state.metrics else ()
            lasts = state.catalog.dataset(homes[0]).lasts if len(homes) == 1 else None
            if lasts is None or state.time is None:
                continue
            state.time = state.time.model_copy(update={"field": f"{homes[0]}.{lasts[which]}"})
            state.take(op, name)


_GRAINS_ZH = {"week": "周", "month": "月", "quarter": "季度", "year": "年"}


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


def _weekdays(state: State, marks: list[Mark]) -> None:
    if not marks:
        return
    sets = [m.time.weekdays for m in marks if m.time]
    for mark in marks:
        state.take(mark, "weekday")
    if len(sets) == 1 and len(set(sets[0])) == 7:
        # From Monday to Sunday leaves nothing out: each of them is asked for.
        state.add_group(Group(field=TIME, grain="day_of_week"))
        for mark in state.free(lambda m: m.time and m.time.kind == "grain" and m.time.grain == "day"):
            state.take(mark, "weekday")
        return
    first = FieldCondition(field=TIME, grain="day_of_week", op="in", value=sets[0])
    both = len(sets) == 2 and not set(sets[0]) & set(sets[1]) and set(sets[0]) | set(sets[1]) == set(range(1, 8))
    if both:
        state.add_group(Group(case=first, alias="weekend" if set(sets[0]) == {6, 7} else "weekday"))
        for mark in state.ops("versus"):
            state.take(mark, "weekday")
        return
    days = tuple(sorted({d for s in sets for d in s}))
    _refuse_other_days(state, marks, days)
    state.where.append(FieldCondition(field=TIME, grain="day_of_week", op="in", value=days))
    if len(sets) > 1:
        state.add_group(Group(field=TIME, grain="day_of_week"))
