"""Two periods set against each other, and the period of a comparison that names none."""

from __future__ import annotations

import datetime as dt
import re

from assistant.language import TimeSpan, reasons
from assistant.reading.mark import Mark
from assistant.reading.rules.unclear import ask_for_dates
from assistant.reading.state import State
from semantic_layer.compiler.time import floor, previous, shift
from semantic_layer.query import TIME, Compare, Group, TimeRange

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
# Said between two periods, these set the first against the second.
_AGAINST = ("对", "比", "对比", "on", "over", "v", "->", ">", "→", "against")
_FROM_TO = (" to ", "到", "至", " and ", "-", "~")
# The one before that which was named, and the days that it has.
_BEFORE_IT = re.compile(
    r"(?:the )?(day|week|month|quarter|year) before(?: (?:that|it))?|(?:the )?(?:preceding|prior|previous) (day|week|month|quarter|year)"
    r"|前一个?(天|日|周|星期|礼拜|月|季度|年)份?|(?:它|之)?前[面边]?那?一?个?(天|日|周|月|季度)"
)
_DAYS = {"day": (1, 1), "week": (7, 7), "month": (28, 31), "quarter": (90, 92), "year": (365, 366)}
_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "季度": "quarter", "年": "year"}
# More in November than in October.
_MORE = ("more", "less", "fewer", "better", "worse", "higher", "lower", "bigger", "smaller")
_GREW = ("growth", "decline", "growth_top", "decline_top")
_GRAINS_ZH = {"week": "周", "month": "月", "quarter": "季度", "year": "年"}


_AND_BEFORE_IT = re.compile(r"(?:the )?(?:last|past|previous) (day|week|month|quarter|year),? (?:and|&) the \1 before(?: (?:that|it|last))?")


def and_before_it(state: State) -> None:
    """Last week and the week before: two of them side by side, unless they are added up."""
    for mark in state.free(lambda m: m.time and m.time.kind == "range"):
        told = _AND_BEFORE_IT.fullmatch(mark.text)
        if told is None or mark.time is None or mark.time.last is None or state.ops("total") or state.compare:
            continue
        state.time = TimeRange(start=shift(mark.time.last, -1, told[1]), end=mark.time.last, words=mark.text)
        state.compare = Compare(to="previous")
        state.take(mark, "time")


def before_that(state: State) -> None:
    """平安夜的销售超过前一天没, Christmas Eve against the day before: the one before the period that was named first.

    Raises AskBack where that period is of another length.
    """
    pointing = [m for m in state.free(lambda m: m.time) if _BEFORE_IT.fullmatch(m.text)]
    taken_off = state.text[: pointing[0].start].rstrip().endswith(("minus", "less", "减", "减去")) if pointing else False
    if len(pointing) != 1 or not (taken_off or state.free(lambda m: m.has("versus", "change", "higher", "lower", *_GREW))):
        return
    earlier = [m.time for m in state.free(lambda m: m.time and m.time.kind == "range" and m.end <= pointing[0].start)]
    spans = {(t.first, t.last) for t in earlier if t and t.first and t.last}
    if len(spans) != 1:
        return
    (first, last), told = spans.pop(), _BEFORE_IT.fullmatch(pointing[0].text)
    unit = next((g for g in told.groups() if g), "") if told else ""
    low, high = _DAYS[_UNITS.get(unit, unit)]
    if not (first and last and low <= (last - first).days <= high):
        raise ask_for_dates(pointing[0], reasons.NO_BASE)
    state.compare = Compare(to="previous")
    state.take(pointing[0], "compare:previous")


def compares(state: State, marks: list[Mark], ranges: list[TimeRange]) -> bool:
    """Whether two periods are set against each other, rather than added up."""
    if inside(ranges[0], ranges[1]) or inside(ranges[1], ranges[0]):
        return False
    grown = any(h.side == "growth" for h in state.having)  # up by more than 20% on May
    if grown or state.free(lambda m: m.has("versus", "change", *_GREW)) or _named_base(state, marks, ranges):
        return True
    if any(a.time and b.time and a.time.year_before == (b.time.first, b.time.last) for a, b in ((marks[0], marks[1]), (marks[1], marks[0]))):
        return True  # 今年年货节和去年年货节
    if state.free(lambda m: m.time and m.time.kind == "compare" and marks[0].end <= m.start < marks[1].start):
        return True  # 三季度环比二季度
    between = state.text[marks[0].end : marks[1].start].strip()
    if between.endswith(("和", "跟", "与", "同")) and _LAID_BESIDE.match(state.text, marks[1].end):
        return True  # 6月的成功率,和5月摆一起看
    return between in _AGAINST or (any(w in between for w in ("比", "to", "到")) and bool(state.ops("growth", "decline", "change")))


_LAID_BESIDE = re.compile(r"的?(?:数据?)?(?:摆|放|搁|排|列|并)(?:在|到)?(?:一起|一块儿?|一处|旁边|并排|一排)")


def _named_base(state: State, marks: list[Mark], ranges: list[TimeRange]) -> bool:
    """同比去年7月, 8月环比7月, year over year against July 1997: the base that a comparison has anyway, said with its name."""
    base, current = sorted(ranges, key=lambda r: r.start or dt.date.min)
    if not (base.start and base.end and current.start and current.end):
        return False
    grain = next((m.time.grain for m in marks if m.time), None)
    for mark in state.free(lambda m: m.time and m.time.kind == "compare"):
        between = marks[0].end <= mark.start and mark.end <= marks[1].start
        if mark.time and mark.time.compare == "last_year":
            told = (shift(current.start, -1, "year"), shift(current.end, -1, "year")) == (base.start, base.end)
        else:
            told = between and grain in _DAYS and shift(current.start, -1, grain) == base.start and base.end == current.start
        if told:
            return True
    return False


def inside(inner: TimeRange, outer: TimeRange) -> bool:
    """Whether one closed period lies in another."""
    return bool(inner.start and inner.end and outer.start and outer.end) and outer.start <= inner.start and inner.end <= outer.end  # type: ignore[operator]


def compare_two(state: State, marks: list[Mark], ranges: list[TimeRange]) -> None:
    """Takes the later one as the current, or the first where the words say so."""
    between = state.text[marks[0].end : marks[1].start]
    literal = any(m.has("versus") and m.text in _FIRST_IS_CURRENT for m in state.marks if marks[0].end <= m.start < marks[1].start)
    current, base = ranges
    later_second = (base.start or dt.date.min) > (current.start or dt.date.min)
    literal = literal or _two_occasions(state, marks)
    if later_second and not (literal and "from" not in state.text[: marks[0].start][-6:] and between.strip()):
        current, base = base, current
    state.time = current
    state.compare = _canonical(state, current, base)
    for mark in state.free(lambda m: m.text in _MORE):
        state.take(mark, "compare")


def _two_occasions(state: State, marks: list[Mark]) -> bool:
    """Black Friday vs Cyber Monday: of two occasions of different names the first is asked about, whichever was earlier."""
    named = state.catalog.spec.calendar.events
    first, second = (m.time.note if m.time and (m.time.year_before or m.time.note in named) else "" for m in marks[:2])
    between = [m for m in state.marks if marks[0].end <= m.start < marks[1].start]
    said = any(m.has("versus") for m in between) or state.text[marks[0].end : marks[1].start].strip() in _AGAINST
    return bool(first and second and first != second and said)


def from_to(state: State, mark: Mark, whole: TimeRange) -> None:
    """Grew from November to December: the last of two periods against the first, not both together."""
    grew = state.ops("change", *_GREW) or any(h.side == "growth" for h in state.having)
    along = state.free(lambda m: m.time and m.time.kind in ("compare", "grain") and m.time.note != "average") or state.ops("trend")
    if not grew or along or whole.start is None or whole.end is None or not any(w in mark.text for w in _FROM_TO):
        return
    grain = mark.time.grain if mark.time else None
    if grain not in ("month", "quarter", "half", "week", "year"):
        raise ask_for_dates(mark, reasons.CHANGE)
    first_end, last_start = shift(whole.start, 1, grain), shift(whole.end, -1, grain)
    if first_end < last_start and not mark.text.startswith(("从", "自", "由", "from", "between")):
        raise ask_for_dates(mark, reasons.CHANGE)
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


def of_the_occasion(state: State) -> None:
    """This year's New Year goods festival against last year's: the same occasion, and not the same days of the calendar."""
    time = state.time
    if state.compare is None or state.compare.to != "last_year" or time is None or time.start is None or time.end is None:
        return
    held = next((m.time.year_before for m in state.marks if m.time and m.became and (m.time.first, m.time.last) == (time.start, time.end)), None)
    if held is not None and held != (shift(time.start, -1, "year"), shift(time.end, -1, "year")):
        state.compare = Compare(to="range", range=TimeRange(start=held[0], end=held[1]))


def period_of_compare(state: State, span: TimeSpan) -> None:
    """A comparison that names no period is of the last complete one, unless a trend is asked for."""
    if state.time is not None or state.free(lambda m: m.time and m.time.kind == "grain") or any(g.grain for g in state.groups):
        return
    grain = span.grain
    if grain not in ("week", "month", "quarter", "year"):
        return
    end = floor(state.today, grain, state.catalog.spec.calendar.week_start)
    state.time = TimeRange(start=shift(end, -1, grain), end=end)
    state.assume(f"未说明时间段，取最近一个完整的{_GRAINS_ZH[grain]}", f"no period was named: the last complete {grain} is taken")


def grain_of_compare(state: State, span: TimeSpan) -> None:
    """Month over month along several months is a trend by month."""
    time, grain = state.time, span.grain
    if time is None or time.start is None or time.end is None or span.compare != "previous" or grain not in ("week", "month", "quarter"):
        return
    if shift(time.start, 1, grain) < time.end and not any(g.grain for g in state.groups):
        state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
