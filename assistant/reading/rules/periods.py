"""Periods, and the grain of a trend."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from typing import NoReturn

from assistant.language import TimeSpan
from assistant.reading.mark import Mark
from assistant.reading.outcome import Refuse
from assistant.reading.rules import both, two_periods, whole_periods
from assistant.reading.rules.unclear import ask_for_dates
from assistant.reading.rules.weekdays import weekdays
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import FORWARD_GRAINS, TIME, Compare, FieldCondition, Group, TimeRange

# A period to date without a whole of its own, and what cuts another period at today.
_TO_DATE = re.compile(r"(?:year|quarter|month|week)[- ]to[- ]date|[yqmw]td|从?[年季月周]初(?:至|到)(?:今|现在|目前)")
_SO_FAR = re.compile(r"so far(?: in)?|to date|(?:up )?to now|至今|迄今(?:为止)?|到目前为止|到现在(?:为止)?|截[至止]目前(?:为止)?")
_EACH = ("各", "each", "每")
_UNITS = (
    "天", "日", "周", "星期", "礼拜", "月", "个月", "季度", "季", "年", "期", "段", "days", "day", "weeks", "months", "quarters", "years", "periods",
)  # fmt: skip


def rule(state: State) -> None:
    """Takes every time mark."""
    if not any(_bucket_before(state, m) for m in state.free(lambda m: m.time)):
        two_periods.before_that(state)
    two_periods.and_before_it(state)
    _spelled_out(state)
    _close_of_period(state)
    for mark in state.free(lambda m: m.time and m.time.kind == "unsupported"):
        raise ask_for_dates(mark)
    for mark in state.ops("more_than", "versus"):
        ahead = state.after(mark)
        if mark.text == "over" and ahead and ahead.time and ahead.time.kind == "range" and not state.ops("growth", "decline"):
            state.take(mark, "time")
    _ranges(state, state.free(lambda m: m.time and m.time.kind == "range"))
    _only_there(state)
    for mark in state.free(lambda m: m.time and m.time.kind == "compare"):
        assert mark.time
        if mark.time.compare == "previous" and mark.time.grain and state.ops("running"):
            state.add_group(Group(field=TIME, grain=mark.time.grain))  # type: ignore[arg-type]
            state.take(mark, f"group:{mark.time.grain}")  # added up week over week
            continue
        state.compare = state.compare or Compare(to=mark.time.compare or "previous")
        state.take(mark, f"compare:{mark.time.compare}")
        two_periods.period_of_compare(state, mark.time)
        two_periods.grain_of_compare(state, mark.time)
    two_periods.of_the_occasion(state)
    for mark in state.free(lambda m: m.time and m.time.kind in ("grain", "cyclic")):
        assert mark.time
        if mark.time.note != "average":
            state.add_group(Group(field=TIME, grain=mark.time.grain))  # type: ignore[arg-type]
            state.take(mark, f"group:{mark.time.grain}")
    weekdays(state, state.free(lambda m: m.time and m.time.kind == "weekday"))
    whole_periods.a_year_of_it(state)
    whole_periods.throughout(state)
    for group in [g for g in state.groups if g.field == TIME]:
        restated(state, _rows_of(state, str(group.grain)), _UNITS)


_WHOLE = re.compile(r"\b(?:full|complete|completed|finished) (year|quarter|month|week)s?\b|完整的?(?:自然)?(年|季|月|周)")
_WHOLE_ZH = {"年": "year", "季": "quarter", "月": "month", "周": "week"}


def only_whole(state: State) -> None:
    """For every full year since 1993: without the one that is not over yet."""
    told = _WHOLE.search(state.text)
    grain = (told[1] or _WHOLE_ZH[told[2]]) if told else None
    if grain is None or not any(g.field == TIME and g.grain == grain for g in state.groups):
        return
    end = floor(state.today, grain, state.catalog.spec.calendar.week_start)
    time = state.time or TimeRange()
    if time.end is None or time.end > end:
        state.time = time.model_copy(update={"end": end})


def _only_there(state: State) -> None:
    """Q1 only, 只看17年: the period, said with emphasis; beside a doing it may mean never at another time."""
    if any(m.verbs for m in state.marks):
        return
    for op in state.ops("exactly"):
        before, after = next(state.preceding(op), None), next(state.following(op), None)
        closing = before and before.became == "time" and (after is None or not state.same_clause(op, after)) and op.text in ("only", "just", "alone")
        opening = after and after.became == "time" and op.text in ("只看", "仅看", "只算", "只统计", "只查", "只要", "just", "只", "仅")
        if closing or opening:
            state.take(op, "time")


def as_range(span: TimeSpan, words: str = "") -> TimeRange:
    """A time span as a range of a query."""
    return TimeRange(start=span.first, end=span.last, words=words)


def _ranges(state: State, marks: list[Mark]) -> None:
    for mark in marks:
        _refuse_half_said(state, mark)
        state.take(mark, "time")
    marks, ranges = _meant(state, marks)
    if not ranges:
        return
    if len(ranges) == 1:
        state.time = ranges[0]
        _accrued(state, marks[0], ranges[0])
        two_periods.from_to(state, marks[0], ranges[0])
    elif len(ranges) == 2 and two_periods.compares(state, marks, ranges):
        two_periods.compare_two(state, marks, ranges)
        restated(state, 2, _UNITS)
    else:
        _several(state, marks, ranges)


def _meant(state: State, marks: list[Mark]) -> tuple[list[Mark], list[TimeRange]]:
    """The periods that are really asked for: each once, and none that only points to another or says how far it goes."""
    if before := [m for m in marks if _bucket_before(state, m)]:
        state.compare = Compare(to="previous")
        marks = [m for m in marks if m not in before]
    if len(marks) > 1:
        marks = [m for m in marks if not points_back(m)] or marks
        marks = [m for m in marks if not _only_accrues(m) and not _accrues_from(state, m)] or marks
    known: dict[tuple[dt.date | None, dt.date | None], Mark] = {}
    for mark in marks:
        assert mark.time
        known.setdefault((mark.time.first, mark.time.last), mark)
    marks = list(known.values())
    ranges = [as_range(m.time, m.text) for m in marks if m.time]
    if len(ranges) == 2 and (part := _part_of_year(state, marks)):
        for mark in state.free(lambda m: m.time and m.time.kind == "compare" and m.text.endswith("last")):
            mark.time = replace(mark.time, compare="last_year") if mark.time else None  # this year against last
        return marks[:1], [part]
    if len(ranges) == 2 and (both := _overlap(state, marks, ranges)):
        return marks[:1], [both]
    if len(ranges) == 2 and any(_SO_FAR.fullmatch(m.text) for m in marks):  # this month so far, on its first day: nothing of it yet
        told = [(m, r) for m, r in zip(marks, ranges, strict=True) if not _SO_FAR.fullmatch(m.text)]
        return [m for m, _ in told], [r for _, r in told]
    return marks, ranges


# A month, quarter or half that says no year.
_BARE_PART = re.compile(
    r"q[1-4]|h[12]|(?:the )?(?:first|second|third|fourth) (?:quarter|half)|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*"
    r"|第?[一二三四1-4]季度?|[上下]半年|(?:\d{1,2}|十?[一二三四五六七八九十])月份?"
)


# What sets a part against its whole, and what says that the whole is meant.
_AGAINST_A_WHOLE = ("share", "average", "more_than", "less_than", "higher", "lower")
_WHOLE_YEAR = re.compile(r"[全整]年|一年|\b(?:whole|full|entire|all|annual)\b")


# Whose first order was this year: what was done first has a period of its own.
_FIRST = re.compile(r"\b(?:whose|their) first\b|首[次单]|第一次")


def _part_of_year(state: State, marks: list[Mark]) -> TimeRange | None:
    """Q1 revenue of Japan, this year against last: a part without a year, of the year that is named apart from it."""
    part = next((m for m in marks if _BARE_PART.fullmatch(m.text)), None)
    year = next((m for m in marks if m is not part), None)
    if any(m.has(*_AGAINST_A_WHOLE) for m in state.marks) or (year and _WHOLE_YEAR.search(year.text)):
        return None  # the share of December in the whole year: two periods
    if _FIRST.search(state.text):
        return None  # 首次下单在今年的用户6月花了多少: the year is that of something else
    if not (part and year and part.time and year.time and part.time.first and part.time.last and year.time.first and year.time.grain == "year"):
        return None
    if year.time.last != shift(year.time.first, 1, "year"):
        return None
    months = (year.time.first.year - part.time.first.year) * 12
    first, last = shift(part.time.first, months, "month"), shift(part.time.last, months, "month")
    return TimeRange(start=first, end=last, words=f"{part.text}, {year.text}") if first >= year.time.first and last <= year.time.last else None


_BEFORE = re.compile(
    r"[上前]一?个?(?:月|周|星期|礼拜|季度?|年)度?|前一[天日]|(?:the |its )?(?:previous|prior|last|preceding) (?:month|week|quarter|year|day)"
)
_SET_AGAINST = ("跟", "和", "与", "比", "较", "同", "对比", "相比", "to", "with", "against", "than", "versus", "vs", "from", "over")


def _bucket_before(state: State, mark: Mark) -> bool:
    """每个月跟上个月比: beside a row for each month, the month before is that of each of them."""
    along = state.free(lambda m: m.time and m.time.kind == "grain" and mark.time and m.time.grain == mark.time.grain)
    before = next(iter(state.preceding(mark, skip=lambda m: m.text == "the")), None)
    against = before is not None and (before.has("versus") or before.text in _SET_AGAINST)
    return bool(along) and against and _BEFORE.fullmatch(mark.text) is not None


_CLOSE = re.compile(
    r"(?:(?:at|as of|by) )?(?:the )?(?:month|quarter|period|year)[- ]end|[月季期年][底末]"
    r"|(?:(?:at|by) )?(?:the )?end of (?:the|that|each) (?:month|quarter|period|year)"
)


def _close_of_period(state: State) -> None:
    """Stock left at month end, 月底还剩多少: of a balance, which is that of the end of its one period anyway."""
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    vague = state.free(lambda m: m.time and m.time.kind == "unsupported" and _CLOSE.fullmatch(m.text))
    homes = {h for m in state.free(lambda m: m.metrics) for h in state.catalog.formula(m.metrics[0]).homes}
    if len(ranges) == 1 and len(vague) == 1 and any(state.catalog.dataset(h).snapshot for h in homes):
        state.take(vague[0], "time")


_THAT_IS = re.compile(r"\s*[,:(—]\s*(?:即|也就是|就是)?")
_THOSE_DAYS = re.compile(r"[那这](?:几天|段时间|段日子|阵子|些天|几日)")


def _spelled_out(state: State) -> None:
    """国庆8天(10月1号到8号): the dates in brackets say which days the words before them mean."""
    times = state.free(lambda m: m.time and m.time.kind in ("range", "unsupported"))
    for at, (vague, told) in enumerate(pairwise(times)):
        exact = told.time and told.time.kind == "range" and _THAT_IS.fullmatch(state.text, vague.end, told.start)
        if vague.time and vague.time.kind == "unsupported" and exact and _THOSE_DAYS.fullmatch(vague.text):
            state.take(vague, "time")  # 圣诞前那几天,12月18号到24号
            if at and times[at - 1].end == vague.start:
                state.take(times[at - 1], "time")
    for earlier, later in pairwise(times):
        said = re.fullmatch(r"[^()]{0,4}\(\s*", state.text[earlier.end : later.start]) and state.text[later.end : later.end + 1] == ")"
        if said and later.time and later.time.kind == "range" and (_meet(earlier, later) or (earlier.time and earlier.time.kind == "unsupported")):
            for mark in state.free(lambda m: earlier.start <= m.start < later.start):  # noqa: B023
                state.take(mark, "time")


def _meet(one: Mark, other: Mark) -> bool:
    """Whether two periods have a day in common."""
    a, b = one.time, other.time
    return bool(a and b and a.first and a.last and b.first and b.last and a.first < b.last and b.first < a.last)


def points_back(mark: Mark) -> bool:
    """当季, beside the quarter that is meant."""
    return mark.text in ("当周", "当月", "当月份", "当季", "当季度", "当年")


def _only_accrues(mark: Mark) -> bool:
    """Year-to-date beside 2017: how it is added up, not another period."""
    return bool(mark.time and mark.time.to_date and _TO_DATE.fullmatch(mark.text))


def _accrues_from(state: State, mark: Mark) -> bool:
    """每个月的注册人数,从1月累计: where the adding up begins, beside the period that is asked about."""
    before, after = next(state.preceding(mark, skip=lambda m: False), None), next(state.following(mark), None)
    end = next(state.following(after), None) if after else None  # 从一月累到十二月: its end is said
    on = end is not None and end.time and end.time.kind == "range" and state.close(after, end, 1) if after else False
    return bool(before and before.text in ("从", "自", "from", "打") and after and after.has("running") and not on)


def _overlap(state: State, marks: list[Mark], ranges: list[TimeRange]) -> TimeRange | None:
    """H2 so far; after March, before June: one period with an open end cut by another."""
    if all(r.start and r.end for r in ranges):
        return None
    if not any(_SO_FAR.fullmatch(m.text) for m in marks):
        _refuse_two_doings(state, ranges)
    start = max((r.start for r in ranges if r.start), default=None)
    end = min((r.end for r in ranges if r.end), default=None)
    return TimeRange(start=start, end=end, words=", ".join(r.words for r in ranges)) if start and end and start < end else None


def _rows_of(state: State, grain: str) -> int:
    """How many buckets of a grain the period has: the four quarters of last year, all seven days of the week."""
    if grain == "day_of_week":
        return 7
    time = state.time
    if grain not in FORWARD_GRAINS or not (time and time.start and time.end):
        return 0
    return next((n for n in range(2, 54) if shift(time.start, n, grain) == time.end), 0)


def restated(state: State, n: int, units: tuple[str, ...]) -> None:
    """Takes what only counts again what was named: both of the two months, all seven days."""
    for mark in state.free(lambda m: m.number and m.number.kind == "number" and m.number.value == n):
        behind = next(state.following(mark), None)
        if behind and behind.text in units and state.close(mark, behind):
            state.take(mark, "time")
            state.take(behind, "time")


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


def _several(state: State, marks: list[Mark], ranges: list[TimeRange]) -> None:
    """Periods that are added up: one range where they join, else the months (or days) named."""
    ordered = sorted(ranges, key=lambda r: r.start or dt.date.min)
    _refuse_two_doings(state, ranges)
    outer = next((r for r in ordered if all(two_periods.inside(o, r) for o in ordered)), None)
    words = ", ".join(r.words for r in ranges)
    if outer is not None and len(state.free(lambda m: m.verbs)) > 1:
        raise Refuse(
            Text(zh=f"一次只能问一段时间里的行为：{words}。", en=f"Ask about what happened in one period at a time: {words}."),
            unexplained=tuple(r.words for r in ranges),
        )
    if outer is not None:
        inner = [r for r in ordered if r is not outer]
        innermost = next((r for r in inner if all(two_periods.inside(r, o) for o in inner)), None)
        said = [op for op in state.ops("exactly") if innermost and any(m.text == innermost.words and state.close(m, op, 1) for m in marks)]
        state.time = inner[0] if len(inner) == 1 else innermost if said else outer  # on Double 11 itself last year, Nov 11 only
        return
    if with_today := _with_the_current(state, ordered):
        state.time = with_today
        return
    joined = all(a.end == b.start for a, b in pairwise(ordered))
    state.time = TimeRange(start=ordered[0].start, end=ordered[-1].end, words=words)
    if joined:
        if both.rule(state, marks, ranges):
            return
        apart = _told_apart(state, marks, ranges) and not state.ops("total")
        listed = len(ordered) > 2 and not state.ops("total")
        if apart and not _by_their_grain(state, ordered):
            _refuse_several(ranges)
        if listed or state.ops("separately", "by") or any(m.text.startswith(_EACH) for m in state.free()):
            _by_their_grain(state, ordered)
        return
    if not all(r.start and r.end and _is_month(r) for r in ordered):
        _refuse_several(ranges)
    months = tuple(r.start.isoformat() for r in ordered if r.start)
    state.where.append(FieldCondition(field=TIME, grain="month", op="in", value=months))
    state.add_group(Group(field=TIME, grain="month"))


# Whether the unit that is running belongs to the last so many: said right before it, or right behind.
_INCLUDING = (re.compile(r"(?:包含|包括|含|算上|\b(?:including|incl\.?|counting))\s*$"), re.compile(r"\s*(?:也算|在内|included|inclusive)"))
_EXCLUDING = (
    re.compile(r"(?:不(?:包含|包括|含|算)|除去|\b(?:excluding|excl\.?|not counting|not including|without))\s*$"),
    re.compile(r"\s*(?:不算|除外|excluded)"),
)


def _said_of(state: State, current: TimeRange, words: tuple[re.Pattern[str], re.Pattern[str]]) -> bool:
    """Whether one of the words stands right beside the period that is running."""
    mark = next((m for m in state.marks if m.time and m.text == current.words), None)
    return bool(mark and (words[0].search(state.text[: mark.start]) or words[1].match(state.text, mark.end)))


def _with_the_current(state: State, ordered: list[TimeRange]) -> TimeRange | None:
    """Last 7 days including today: as many days, of which today is the last. Excluding today: what they are anyway."""
    past, current = ordered[0], ordered[-1]
    running = current.start and current.end and current.start <= state.today < current.end
    if len(ordered) != 2 or not running or past.end != current.start or not past.start or not current.start or not current.end:
        return None
    grain = next((g for g in FORWARD_GRAINS if shift(current.start, 1, g) == current.end), None)
    words = f"{past.words}, {current.words}"
    if grain and _said_of(state, current, _EXCLUDING):
        near = next((m for m in state.marks if m.time and m.text == current.words), None)
        for mark in [m for m in state.ops("exclude", "not") if near and state.close(m, near, 3)]:
            state.take(mark, "time")
        return past.model_copy(update={"words": words})
    if grain and _said_of(state, current, _INCLUDING):
        return TimeRange(start=shift(past.start, 1, grain), end=current.end, words=words)
    return None


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


def _told_apart(state: State, marks: list[Mark], ranges: list[TimeRange]) -> bool:
    """This week and last week, 5月销售额和6月销售额, the rate of May and June: periods that are no stretch of which one figure is asked.

    Raises Refuse where more than a measure stands between them: the best brands of last year, this year.
    """
    pairs = list(pairwise(sorted(marks, key=lambda m: m.start)))
    between = [m for a, b in pairs for m in state.marks if a.end <= m.start and m.end <= b.start and not m.filler]
    within = any(re.fullmatch(r"\s*(?:in|for|during|over|of) (?:the )?", state.text[a.end : b.start]) for a, b in pairs)
    if within or any(m.number or m.has("top", "bottom", "growth_top", "decline_top") or (m.groupable and not m.metrics) for m in between):
        _refuse_several(ranges)
    starts = [r.start or dt.date.min for r in ranges]
    rates = [n for m in state.free(lambda m: m.metrics) for n in m.metrics[:1] if state.catalog.formula(n).kind == "ratio"]
    return any(m.metrics for m in between) or starts != sorted(starts) or bool(rates)


def _refuse_several(ranges: list[TimeRange]) -> NoReturn:
    words = ", ".join(r.words for r in ranges)
    raise Refuse(
        Text(zh=f"一次只能看一段连续的时间，或两段时间的对比：{words}。", en=f"Ask for one stretch of time, or two to compare: {words}."),
        unexplained=tuple(r.words for r in ranges),
    )


def _by_their_grain(state: State, ranges: list[TimeRange]) -> bool:
    """Q1 and Q2 respectively, 上半年和下半年各多少: a row for each of them."""
    week_start = state.catalog.spec.calendar.week_start
    for grain in FORWARD_GRAINS:
        if all(r.start and r.end and floor(r.start, grain, week_start) == r.start and shift(r.start, 1, grain) == r.end for r in ranges):
            state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
            return True
    return False


def _is_month(r: TimeRange) -> bool:
    return bool(r.start and r.end and r.start.day == 1 and r.end == (r.start.replace(day=28) + dt.timedelta(days=4)).replace(day=1))


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
            if lasts is None or (state.time is None and not any(g.grain for g in state.groups)):
                continue
            state.time = (state.time or TimeRange()).model_copy(update={"field": f"{homes[0]}.{lasts[which]}"})
            state.take(op, name)
