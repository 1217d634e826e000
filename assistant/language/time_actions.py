"""How the parts of a time rule make its meaning; None refuses the match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import slashes
from .calendar import ORDER, Unit
from .meanings import (
    Compare,
    LooseYear,
    Meaning,
    Rel,
    Span,
    Unsupported,
)
from .periods import Ahead, Calendar, LatestWeekday, Period, Rolling, Shift, YearRef
from .reasons import AMBIGUOUS, APART, HOURS, VAGUE
from .spans import (
    Beside,
    Between,
    DayOf,
    Edge,
    LatestNamed,
    Over,
    Part,
    Place,
    Since,
    Stretch,
    ToDate,
    Until,
    dated_by,
    year_in,
)
from .week_actions import latest_weekday, numbered_week, year_of
from .weeks import NumberedWeek, SameDay, WeekdayRun


def same(value: Any) -> Any:
    """The only part, as it is."""
    return value


def refuse(note: str) -> Callable[..., Unsupported]:
    """Words about time that fix no days, and why."""
    return lambda *_: Unsupported(note)


def with_year(year: YearRef, period: Period) -> Period | None:
    """去年5月."""
    return dated_by(period, year)


def with_later_year(period: Period, year: YearRef) -> Period | None:
    """May last year."""
    return dated_by(period, replace(year, trailing=True))


def year_period(year: YearRef) -> Period:
    """A year as a period."""
    return Shift("year", year.value) if year.relative else Calendar("year", 1, year=year)


def loose_year(loose: LooseYear) -> Period | None:
    """Four digits that stand alone."""
    return year_period(loose.year) if loose.alone else None


def day_of_month(month: Period, day: int) -> Period | None:
    """5月3日."""
    return DayOf(month, day) if month.unit == "month" else None


def day_in_year(month: Period, day: int, year: YearRef) -> Period | None:
    """May 3, 2017."""
    dated = with_later_year(month, year)
    return day_of_month(dated, day) if dated else None


def days_of_month(month: Period, start: int, end: int) -> Period | None:
    """6月3日到20日."""
    first, last = day_of_month(month, start), day_of_month(month, end)
    return Between(first, last) if first and last and start < end else None


def over(period: Period | None) -> Period | None:
    """A part of this month, once it is over."""
    return Over(period) if period else None


def day_of_this_month(day: int) -> Period | None:
    """The 10th, without a month: this month's, once it is over."""
    return over(day_of_month(Shift("month", 0), day)) if 1 <= day <= 31 else None


def until_before(end: Period) -> Period:
    """Before May; before the end of May is through its last day."""
    return Until(end, before=not (isinstance(end, Edge) and end.side == "end"))


def vague_part(part: str, inner: Period) -> Meaning:
    """Early, mid and late May are its thirds; of longer periods the words fix no days."""
    thirds: dict[str, tuple[int, int | None]] = {
        "early": (1, 10), "mid": (11, 20), "late": (21, None), "mid to late": (11, None), "early to mid": (1, 20),
    }  # fmt: skip
    return Stretch(inner, *thirds[part]) if inner.unit == "month" and part in thirds else Unsupported(VAGUE)


def vague_edge(edge: Edge) -> Meaning:
    """9月初, the end of May: the first or last third of a month; 月底 alone, once it is over."""
    if edge.inner.unit != "month":
        return Unsupported(VAGUE)
    third = Stretch(edge.inner, 1, 10) if edge.side == "start" else Stretch(edge.inner, 21, None)
    return Over(third) if edge.inner == Shift("month", 0) else third


def part_without_whole(part: Period, whole: Period) -> Period | None:
    """The part named without its whole, of this whole; None for what stands by itself."""
    if whole.unit != "month":
        return None
    if isinstance(part, Over) and isinstance(part.inner, (Stretch, DayOf)):
        return replace(part.inner, inner=whole)
    if isinstance(part, NumberedWeek) and part.year is None and part.number <= 5:
        return Part(whole, "week", part.number, "nth")
    half = isinstance(part, Calendar) and part.named == "half" and not part.dated
    return half_of(part, whole) if half else None


def days_in_year(month: Period, start: int, end: int, year: YearRef) -> Period | None:
    """Mar 3 to 9, 2017."""
    dated = with_later_year(month, year)
    return days_of_month(dated, start, end) if dated else None


def counted_range(year: YearRef | None, start: int, end: Period) -> Period | None:
    """3-5月, 1-3季度."""
    if not isinstance(end, Calendar) or not start < end.index:
        return None
    last = replace(end, year=year)
    return Between(replace(last, index=start), last)


def counted_list(year: YearRef | None, counts: tuple[int, ...], last: Period) -> Meaning | None:
    """5、6月, 3、4、5月: one range when they adjoin."""
    found = counted_range(year, counts[0], last)
    if found is None or not isinstance(last, Calendar):
        return None
    adjoining = (*counts, last.index) == tuple(range(counts[0], last.index + 1))
    return found if adjoining else Unsupported(APART)


def stretch_of(month: Period, days: tuple[int, int | None]) -> Period | None:
    """5月上旬."""
    return Stretch(month, *days) if month.unit == "month" else None


def half_of(half: Period, inner: Period) -> Period | None:
    """The first or second half of a month; of a year it is a half-year."""
    if not isinstance(half, Calendar) or half.named != "half":
        return None
    if inner.unit == "month":
        return Stretch(inner, *((1, 15) if half.index == 1 else (16, None)))
    return Part(inner, "month", 6, "first" if half.index == 1 else "last") if inner.unit == "year" else None


def part_of(inner: Period, span: Span, place: Place) -> Period | None:
    """The first, last or nth units of a longer period."""
    if inner.unit is None or span.count is None or ORDER.index(span.unit) >= ORDER.index(inner.unit):
        return None
    if place == "nth" and span.unit == "week" and inner.unit == "year":
        return numbered_week(span, year_of(inner))
    return Part(inner, span.unit, span.count, place)


def last_part(rel: Rel, span: Span, inner: Period) -> Period | None:
    """The last 10 days of June."""
    return part_of(inner, span, "last") if rel.offset == -1 else None


def rolling_units(rel: Rel, span: Span) -> Period | None:
    """近7天."""
    fits = rel.offset == -1 and span.count and span.unit != "hour"
    return Rolling(span.unit, span.count) if fits and span.count else None


def rolling_months(rel: Rel, month: Period) -> Period | None:
    """近3月."""
    return rolling_units(rel, Span(month.index, "month")) if isinstance(month, Calendar) else None


def rolling_quarters(rel: Rel, quarter: Period) -> Period | None:
    """最近三季度: the quarter's number is a count."""
    counted = rel.rolling and isinstance(quarter, Calendar) and quarter.named == "quarter"
    return rolling_units(rel, Span(quarter.index, "quarter")) if counted and isinstance(quarter, Calendar) else None


def relative_unit(rel: Rel, unit: Unit) -> Period | None:
    """last month; but the past year is twelve months, not a calendar year."""
    if unit == "hour":
        return None
    return Rolling(unit, 1) if rel.rolling else Shift(unit, rel.offset)


def not_rolling(rel: Rel, span: Span) -> Unsupported:
    """A count of units that fixes no days: 近几天, the last 24 hours."""
    return Unsupported(HOURS if span.unit == "hour" else VAGUE)


def latest_named(rel: Rel, named: Period) -> Period | None:
    """last May; this May."""
    if rel.rolling:
        return None
    if rel.offset == -1:
        return LatestNamed(named)
    return dated_by(named, YearRef(0, relative=True)) if rel.offset == 0 else None


def between(start: Period, end: Period) -> Period:
    """From one to another; last Monday to last Friday are days of one week."""
    if isinstance(start, LatestWeekday) and isinstance(end, LatestWeekday):
        return WeekdayRun(start.weekday, end.weekday)
    if isinstance(end, Edge) and end.bare:
        end = _edge_after(start, end)
    if isinstance(start, Edge) and start.side == "end" and start.inner.unit == "month":
        start = Stretch(start.inner, 21, None)
    if isinstance(end, Edge) and end.side == "start" and end.inner.unit == "month":
        end = Stretch(end.inner, 1, 10)
    return slashes.between(start, end)


def _edge_after(start: Period, edge: Edge) -> Period:
    """从8月20号到月底, 从10月到年底: the end of the month or the year that the start is in."""
    if edge.inner.unit == "month" and isinstance(start, DayOf):
        return replace(edge, inner=start.inner, bare=False)
    if edge.inner.unit == "year" and start.unit in ("day", "month", "quarter", "half"):
        return replace(edge, inner=Calendar("year", 1, year=year_in(start)), bare=False) if not isinstance(start, Shift) else edge
    return edge


def ahead(rel: Rel, span: Span) -> Period | None:
    """The next 7 days."""
    return Ahead(span.unit, span.count) if rel.offset == 1 and span.count and span.unit != "hour" else None


def with_the_one_before(period: Period, unit: Unit | str) -> Period | None:
    """Yesterday and the day before."""
    if period.unit is None or unit != period.unit or not isinstance(period, Shift):
        return None
    return Between(replace(period, offset=period.offset - 1), period)


def later(span: Span) -> Period | None:
    """3天后."""
    return Shift(span.unit, span.count) if span.count and span.unit != "hour" else None


def ago_today(span: Span) -> Period | None:
    """Two weeks ago today."""
    return SameDay(span.unit, -span.count) if span.count else None


def same_day(shift: Period) -> Period | None:
    """上个月的今天."""
    return SameDay(shift.named, shift.offset) if isinstance(shift, Shift) and shift.named != "day" else None


def beside_day(span: Span, side: Any, day: Period) -> Period | None:
    """双11前7天; from a day on, that day is one of them: 3月15号起一个月."""
    return Beside(day, span.unit, span.count, side) if span.count and day.unit in ("day", "week") else None


def ago(span: Span) -> Period | None:
    """3天前; 两个月前 is the whole month."""
    return Shift(span.unit, -span.count) if span.count and span.unit not in ("hour", "half") else None


def compared(period: Meaning) -> Compare | None:
    """比上月, vs last year: the unit before the current one; any other period is left to stand alone."""
    if isinstance(period, Compare):
        return period
    if not isinstance(period, Shift) or period.offset != -1:
        return None
    return Compare("last_year") if period.named == "year" else Compare("previous", period.named)


def unit_before(unit: Unit | None) -> Compare:
    """Vs the month before; vs the year before is the same period of that year."""
    return Compare("last_year") if unit == "year" else Compare("previous", unit or None)


def compared_twice(compare: Compare, period: Meaning) -> Compare | None:
    """同比去年, 环比上月: the same said twice."""
    again = compared(period)
    return compare if again and again.to == compare.to else None


def compare_first(span: Span) -> Compare | None:
    """近7天比前7天."""
    return Compare("previous", rolled=span) if span.count else None


def last_few_days(place: str, span: Span) -> Meaning:
    """前三天, 前两个完整周, with nothing else said: the last ones; 头三天 and the first three days want a whole."""
    return Rolling(span.unit, span.count) if place == "before" and span.count else Unsupported(AMBIGUOUS)


def compare_rolled(rel: Rel, span: Span) -> Compare | None:
    """vs the previous 7 days."""
    return Compare("previous") if rel.preceding else None


def days_listed(month: Period, counts: tuple[int, ...], last: int) -> Meaning | None:
    """12月30、31号."""
    if month.unit != "month":
        return None
    days = (*counts, last)
    return days_of_month(month, days[0], last) if days == tuple(range(days[0], last + 1)) else Unsupported(APART)


def from_weekday(days: tuple[int, ...], end: Period) -> Period | None:
    """From Monday to yesterday."""
    start = latest_weekday(days)
    return between(start, end) if start else None


def to_date(period: Period) -> Meaning:
    """本月至今 is to date, 4月至今 since April."""
    return ToDate(period) if isinstance(period, Shift) and period.offset == 0 else Since(period)


def edge_to_date(edge: Edge) -> Meaning:
    """年初至今 is the year to date; 去年底至今 begins with the last day."""
    return to_date(edge.inner) if edge.side == "start" else Since(edge)


def first_quarters(year: YearRef | None, quarter: Period) -> Period | None:
    """前三季度: the quarter's number is a count."""
    count = quarter.index if isinstance(quarter, Calendar) and quarter.named == "quarter" else None
    return part_of(Calendar("year", 1, year=year), Span(count, "quarter"), "first")


def up_to(whole: Period, end: Period) -> Period | None:
    """本月截至昨天: so much of the whole as ends there."""
    smaller = whole.unit and end.unit and ORDER.index(end.unit) < ORDER.index(whole.unit)
    return ToDate(whole, end) if smaller else None


def only_period(period: Meaning) -> Period | None:
    """An end of a range: words that fix no days are none."""
    return period if isinstance(period, Period) else None
