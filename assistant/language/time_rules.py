"""The grammar of time that Chinese and English share: how typed tokens make periods, trends and comparisons.

Token kinds (both lexicons give these): point (a whole period), name and zmonth (a month), cal (quarter, half or
event), year, yy, y4, ryear (years), dom, ord, num, slash (days and counts), unit, span (count and unit), rel
(this, last), weekday, wset, satsun, edge, edgeu, stretch, nth, and the small words of, comma, to, and, vs, ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from .calendar import ORDER, Unit
from .grammar import Rule
from .periods import (
    Beside,
    Between,
    Calendar,
    DayOf,
    Edge,
    LatestNamed,
    LatestWeekday,
    Occasion,
    Part,
    Period,
    Place,
    Rolling,
    Shift,
    Since,
    Stretch,
    ToDate,
    Until,
    WeekdayOf,
    WeekOf,
    YearRef,
    dated_by,
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """So many units; no count when it is vague (几天, a few weeks)."""

    count: int | None
    unit: Unit


@dataclass(frozen=True)
class Rel:
    """this, last, next; `rolling` when it counts back (近), `preceding` when it may look at the time before another."""

    offset: int
    rolling: bool = False
    preceding: bool = False


@dataclass(frozen=True)
class LooseYear:
    """Four digits that are a year beside a month; alone only where the words around allow it."""

    year: YearRef
    alone: bool


@dataclass(frozen=True)
class Grain:
    """A trend or an average at a unit."""

    unit: Unit
    note: str = ""


@dataclass(frozen=True)
class Cyclic:
    """A part of the calendar that comes again: day_of_week, hour_of_day."""

    grain: str
    note: str = ""


@dataclass(frozen=True)
class Compare:
    """Against the period before or the same one a year ago; `grain` is the unit named."""

    to: Literal["previous", "last_year"]
    grain: Unit | None = None
    note: str = ""


@dataclass(frozen=True)
class Weekdays:
    """Days of the week, 1 = Monday."""

    days: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True)
class Unsupported:
    """Words about time that do not fix a range of days."""

    note: str


Meaning = Period | Grain | Cyclic | Compare | Weekdays | Unsupported

AMBIGUOUS = "two readings: name the dates"
VAGUE = "no exact dates"


def _same(value: Any) -> Any:
    return value


def _refuse(note: str) -> Callable[..., Unsupported]:
    return lambda *_: Unsupported(note)


def _of_year(year: YearRef, period: Period) -> Period | None:
    return dated_by(period, year)


def _by_year(period: Period, year: YearRef) -> Period | None:
    return dated_by(period, replace(year, trailing=True))


def _year(year: YearRef) -> Period:
    return Shift("year", year.value) if year.relative else Calendar("year", 1, year)


def _loose_year(loose: LooseYear) -> Period | None:
    return _year(loose.year) if loose.alone else None


def _day(month: Period, day: int) -> Period | None:
    return DayOf(month, day) if month.unit == "month" and 1 <= day <= 31 else None


def _day_in_year(month: Period, day: int, year: YearRef) -> Period | None:
    dated = _by_year(month, year)
    return _day(dated, day) if dated else None


def _days(month: Period, start: int, end: int) -> Period | None:
    first, last = _day(month, start), _day(month, end)
    return Between(first, last) if first and last and start < end else None


def _days_in_year(month: Period, start: int, end: int, year: YearRef) -> Period | None:
    dated = _by_year(month, year)
    return _days(dated, start, end) if dated else None


def _counted_range(year: YearRef | None, start: int, end: Period) -> Period | None:
    """3-5月, 1-3季度."""
    if not isinstance(end, Calendar) or not start < end.index:
        return None
    last = replace(end, year=year)
    return Between(replace(last, index=start), last)


def _counted_pair(year: YearRef | None, first: int, second: Period) -> Meaning | None:
    """5、6月: one range when they adjoin."""
    found = _counted_range(year, first, second)
    if not isinstance(second, Calendar) or found is None:
        return None
    return found if second.index == first + 1 else Unsupported("months apart: name them one by one")


def _stretch(month: Period, days: tuple[int, int | None]) -> Period | None:
    return Stretch(month, *days) if month.unit == "month" else None


def _half_of(half: Period, inner: Period) -> Period | None:
    """The first or second half of a month; of a year it is a half-year."""
    if not isinstance(half, Calendar) or half.named != "half":
        return None
    if inner.unit == "month":
        return Stretch(inner, *((1, 15) if half.index == 1 else (16, None)))
    return Part(inner, "month", 6, "first" if half.index == 1 else "last") if inner.unit == "year" else None


def _part(inner: Period, span: Span, place: Place) -> Period | None:
    if inner.unit is None or span.count is None or ORDER.index(span.unit) >= ORDER.index(inner.unit):
        return None
    if place == "nth" and span.unit == "week" and inner.unit != "month":
        return None
    return Part(inner, span.unit, span.count, place)


def _last_part(rel: Rel, span: Span, inner: Period) -> Period | None:
    return _part(inner, span, "last") if rel.offset == -1 else None


def _rolling(rel: Rel, span: Span) -> Period | None:
    fits = rel.offset == -1 and span.count and span.unit != "hour"
    return Rolling(span.unit, span.count) if fits and span.count else None


def _relative(rel: Rel, unit: Unit) -> Period | None:
    """last month; but the past year is twelve months, not a calendar year."""
    if unit == "hour":
        return None
    return Rolling(unit, 1) if rel.rolling else Shift(unit, rel.offset)


def _not_rolling(rel: Rel, span: Span) -> Unsupported:
    return Unsupported("hours" if span.unit == "hour" else VAGUE)


def _latest(rel: Rel, named: Period) -> Period | None:
    if rel.rolling:
        return None
    if rel.offset == -1:
        return LatestNamed(named)
    return dated_by(named, YearRef(0, relative=True)) if rel.offset == 0 else None


def _relative_weekday(rel: Rel, days: tuple[int, ...]) -> Meaning | None:
    if rel.offset == -1:
        return LatestWeekday(days[0]) if len(days) == 1 else None
    return WeekdayOf(rel.offset, days)


def _week_of(unit: Unit, day: Period) -> Period | None:
    if day.unit == "month" and unit == "month":
        return day
    return WeekOf(day) if unit == "week" and day.unit == "day" else None


def _shape_of(shape: Any, day: Period) -> Period | None:
    return WeekOf(day, shape) if day.unit == "day" else None


def _beside(span: Span, side: Any, day: Period) -> Period | None:
    return Beside(day, span.unit, span.count, side) if span.count and day.unit == "day" else None


def _ago(span: Span) -> Period | None:
    return Shift("day", -span.count) if span.count and span.unit == "day" else None


def _compare(period: Meaning) -> Compare | None:
    """比上月, vs last year: the unit before the current one; any other period is left to stand alone."""
    if isinstance(period, Compare):
        return period
    if not isinstance(period, Shift) or period.offset != -1:
        return None
    return Compare("last_year") if period.named == "year" else Compare("previous", period.named)


def _compare_rolled(rel: Rel, span: Span) -> Compare | None:
    return Compare("previous") if rel.preceding else None


def _weekday_range(start: tuple[int, ...], end: tuple[int, ...]) -> tuple[int, ...] | None:
    return tuple(range(start[0], end[0] + 1)) if start[0] < end[0] else None


def _weekday_run(start: Period, end: tuple[int, ...]) -> Period | None:
    if not isinstance(start, WeekdayOf) or not start.weekdays[0] < end[0]:
        return None
    return WeekdayOf(start.offset, tuple(range(start.weekdays[0], end[0] + 1)))


def _the_day(_: tuple[int, ...], day: Period) -> Period | None:
    return day if isinstance(day, DayOf) else None


def _day_named(day: Period, _: tuple[int, ...]) -> Period | None:
    return day if isinstance(day, DayOf) else None


def _to_date(period: Period) -> Meaning:
    """本月至今 is to date, 4月至今 since April."""
    return ToDate(period) if isinstance(period, Shift) and period.offset == 0 else Since(period)


def _first_quarters(year: YearRef | None, quarter: Period) -> Period | None:
    """前三季度: the quarter's number is a count."""
    count = quarter.index if isinstance(quarter, Calendar) and quarter.named == "quarter" else None
    return _part(Calendar("year", 1, year), Span(count, "quarter"), "first")


def _through(whole: Period, end: Period) -> Period | None:
    """本月截至昨天: so much of the whole as ends there."""
    smaller = whole.unit and end.unit and ORDER.index(end.unit) < ORDER.index(whole.unit)
    return ToDate(whole, end) if smaller else None


def _fixed(period: Meaning) -> Period | None:
    return period if isinstance(period, Period) else None


PERIOD_RULES = (
    Rule("yr", "year", _same),
    Rule("yr", "yy", _same),
    Rule("yr", "ryear", _same),
    Rule("yr", "y4", lambda loose: loose.year),
    Rule("core", "zmonth", _same),
    Rule("core", "name", _same),
    Rule("core", "cal", _same),
    Rule("dated", "core", _same),
    Rule("dated", "yr _of? core", _of_year),
    Rule("dated", "core _of? _comma? yr", _by_year),
    Rule("dated", "year", _year),
    Rule("dated", "yy", _year),
    Rule("dated", "ryear", _year),
    Rule("dated", "yr _wholeyear", _year),
    Rule("dated", "y4", _loose_year),
    Rule("dated", "point", _same),
    Rule("dated", "_whole _of? dated", _same),
    Rule("dated", "wholeyear", lambda _: Calendar("year", 1)),
    Rule("dated", "rel _full? unit", _relative),
    Rule("dated", "rel core", _latest),
    Rule("named", "name", _same),
    Rule("named", "yr _of? name", _of_year),
    Rule("named", "name _of? _comma? yr", _by_year),
    Rule("dayn", "num", _same),
    Rule("dayn", "ord", _same),
    Rule("day", "dated dom", _day),
    Rule("day", "named ord", _day),
    Rule("day", "name num", _day),
    Rule("day", "yr _of? name num", lambda year, month, day: _day_in_year(month, day, year)),
    Rule("day", "name dayn _comma? yr", _day_in_year),
    Rule("day", "ord _of? named", lambda day, month: _day(month, day)),
    Rule("day", "num named", lambda day, month: _day(month, day)),
    Rule("day", "weekday _comma? period", _the_day),
    Rule("period", "dated _tail?", _same),
    Rule("period", "day _tail?", _same),
    Rule("period", "day _comma? weekday", _day_named),
    Rule("period", "dated stretch", _stretch),
    Rule("period", "cal _of dated", _half_of),
    Rule("period", "rel span _tail?", _rolling),
    Rule("period", "rel zmonth _tail?", lambda rel, month: _rolling(rel, Span(month.index, "month"))),
    Rule("period", "rel dom _tail?", lambda rel, days: _rolling(rel, Span(days, "day"))),
    Rule("period", "rel yy _tail?", lambda rel, year: _rolling(rel, Span(year.value % 100, "year"))),
    Rule("period", "dated first span", lambda inner, _, span: _part(inner, span, "first")),
    Rule("period", "dated final span", lambda inner, _, span: _part(inner, span, "last")),
    Rule("period", "dated nth", lambda inner, nth: _part(inner, nth, "nth")),
    Rule("period", "dated finalu", lambda inner, span: _part(inner, span, "last")),
    Rule("period", "_first span _of dated", lambda span, inner: _part(inner, span, "first")),
    Rule("period", "rel span _of dated", _last_part),
    Rule("period", "rel unit _of dated", lambda rel, unit, inner: _last_part(rel, Span(1, unit), inner)),
    Rule("period", "nth _of dated", lambda nth, inner: _part(inner, nth, "nth")),
    Rule("period", "finalu _of dated", lambda span, inner: _part(inner, span, "last")),
    Rule("period", "yr? _of? _first cal", _first_quarters),
    Rule("period", "_first span", lambda span: _part(Calendar("year", 1), span, "first") if span.unit == "quarter" else None),
    Rule("period", "unit _of period", _week_of),
    Rule("period", "weekfrom period", _shape_of),
    Rule("period", "daylike _thatweek", lambda day: WeekOf(day)),
    Rule("daylike", "day", _same),
    Rule("daylike", "event", _same),
    Rule("event", "cal", lambda cal: cal if isinstance(cal, Occasion) else None),
    Rule("event", "yr _of? cal", lambda year, cal: _of_year(year, cal) if isinstance(cal, Occasion) else None),
    Rule("period", "wdayof", _same),
    Rule("period", "rel weekday", _relative_weekday),
    Rule("period", "rel wset", lambda rel, days: WeekdayOf(rel.offset, days)),
    Rule("period", "weekday _of? rel unit", lambda days, rel, unit: WeekdayOf(rel.offset, days) if unit == "week" else None),
    Rule("period", "wset _of? rel unit", lambda days, rel, unit: WeekdayOf(rel.offset, days) if unit == "week" else None),
    Rule("period", "span _ago", _ago),
    Rule("period", "span _before", _ago),
    Rule("period", "daylike before span", lambda day, _, span: _beside(span, "before", day)),
    Rule("period", "daylike first span", lambda day, _, span: _beside(span, "before", day)),
    Rule("period", "daylike after span", lambda day, _, span: _beside(span, "after", day)),
    Rule("period", "span _before daylike", lambda span, day: _beside(span, "before", day)),
    Rule("period", "span _after daylike", lambda span, day: _beside(span, "after", day)),
    Rule("period", "unit _before daylike", lambda unit, day: _beside(Span(1, unit), "before", day)),
    Rule("period", "unit _after daylike", lambda unit, day: _beside(Span(1, unit), "after", day)),
)

EDGE_RULES = (
    Rule("edgepoint", "dated edge", lambda period, side: Edge(period, side)),
    Rule("edgepoint", "edgeu", lambda edge: edge),
    Rule("edgepoint", "yr _of? edgeu", lambda year, edge: Edge(_year(year), edge.side) if edge.inner.unit == "year" else None),
    Rule("edgepoint", "edgeof dated", lambda side, period: Edge(period, side)),
    Rule("edgepoint", "edgeof unit", lambda side, unit: Edge(Shift(unit, 0), side) if unit != "hour" else None),
    Rule("endpoint", "period", _fixed),
    Rule("endpoint", "edgepoint", _same),
    Rule("endpoint", "slash", _same),
    Rule("endpoint", "now", _same),
)

RANGE_RULES = (
    Rule("through", "to", _same),
    Rule("through", "until", _same),
    Rule("link", "to", _same),
    Rule("link", "and", _same),
    Rule("between", "endpoint _through endpoint", Between),
    Rule("between", "dated dom _to dom", _days),
    Rule("between", "dated num _to dom", _days),
    Rule("between", "name dayn _to dayn", _days),
    Rule("between", "name dayn _to dayn _comma? yr", _days_in_year),
    Rule("between", "dayn _to dayn _of? named", lambda start, end, month: _days(month, start, end)),
    Rule("between", "yr? _of? num _to zmonth", _counted_range),
    Rule("between", "yr? _of? num _to cal", _counted_range),
    Rule("between", "y4 _to yr", lambda start, end: Between(_year(start.year), _year(end))),
    Rule("between", "wdayof _to weekday", _weekday_run),
    Rule("closing", "thru_end", _same),
    Rule("closing", "amid", _same),
    Rule("closing", "tail", _same),
    Rule("range", "period _until endpoint _thru_end?", _through),
    Rule("range", "_from? between _closing?", _same),
    Rule("range", "_between endpoint _link endpoint", Between),
    Rule("range", "endpoint _and endpoint _amid", Between),
    Rule("range", "_between name dayn _link dayn", _days),
    Rule("range", "yr? num _and zmonth", _counted_pair),
    Rule("range", "_from? period _todate", _to_date),
    Rule("range", "edgepoint _todate", lambda edge: _to_date(edge.inner) if edge.side == "start" else None),
    Rule("range", "_from edgepoint _through now", lambda edge, _: _to_date(edge.inner) if edge.side == "start" else None),
    Rule("range", "_from? period _through now", lambda period, _: _to_date(period)),
    Rule("range", "_sofar period", _to_date),
    Rule("range", "ptd", _same),
    Rule("range", "_since endpoint _onward?", Since),
    Rule("range", "_from? endpoint _onward", Since),
    Rule("range", "_until endpoint _thru_end?", Until),
    Rule("range", "_to? endpoint _thru_end", Until),
    Rule("range", "_after endpoint", lambda period: Since(period, after=True)),
    Rule("range", "endpoint _after", lambda period: Since(period, after=True)),
    Rule("range", "_before endpoint", lambda period: Until(period, before=True)),
    Rule("range", "endpoint _before", lambda period: Until(period, before=True)),
    Rule("range", "_on slash", _same),
    Rule("range", "slash _tail", _same),
    Rule("range", "alltime", _same),
)

TOP_RULES = (
    Rule("time", "range", _same),
    Rule("time", "period", _same),
    Rule("time", "edgepoint", _refuse(VAGUE)),
    Rule("time", "_vs _of? period _vs?", _compare),
    Rule("time", "_vs compare _vs?", _same),
    Rule("time", "_and period _vs", _compare),
    Rule("time", "_and compare _vs?", _same),
    Rule("time", "_vs rel span", _compare_rolled),
    Rule("time", "_vs prev", lambda unit: Compare("previous", unit or None)),
    Rule("time", "compare", _same),
    Rule("time", "ryear compare", lambda year, compare: compare if year.value == -1 and compare.to == "last_year" else None),
    Rule("time", "compare dated", lambda compare, period: compare if _compare(period) else None),
    Rule("time", "grain", _same),
    Rule("time", "cyclic", _same),
    Rule("time", "wlist", Weekdays),
    Rule("time", "wset", Weekdays),
    Rule("wlist", "weekday", _same),
    Rule("wlist", "weekday _and? wlist", lambda days, more: tuple(sorted({*days, *more}))),
    Rule("wlist", "weekday _to weekday", _weekday_range),
    Rule("wlist", "weekday _to satsun", _weekday_range),
    Rule("wlist", "weekday _and satsun", lambda days, more: tuple(sorted({*days, *more}))),
    Rule("wlist", "satsun _link satsun", lambda days, more: tuple(sorted({*days, *more}))),
    Rule("time", "unsupported", Unsupported),
    Rule("time", "period unsupported", lambda _, note: Unsupported(note)),
    Rule("time", "unsupported period", lambda note, _: Unsupported(note)),
    Rule("time", "rel span", _not_rolling),
    Rule("time", "rel unit", lambda _, unit: Unsupported("hours") if unit == "hour" else None),
    Rule("time", "span _ago", _refuse(AMBIGUOUS)),
    Rule("time", "span _before", _refuse(AMBIGUOUS)),
    Rule("time", "vague period", _refuse(VAGUE)),
    Rule("time", "period around", _refuse(VAGUE)),
    Rule("time", "period _ambiguous", _refuse(AMBIGUOUS)),
    Rule("time", "first span", _refuse(AMBIGUOUS)),
    Rule("time", "prev", _refuse("the time before which other?")),
    Rule("time", "nth", _refuse("numbered weeks and days need a month")),
    Rule("time", "yr _of? nth", _refuse("numbered weeks of a year")),
    Rule("time", "dated nth", _refuse("no such part of that period")),
    Rule("time", "nth _of period", _refuse("no such part of that period")),
    Rule("time", "stretch", _refuse("needs a month")),
    Rule("time", "rel num weekday", _refuse("several of one weekday")),
)

RULES = PERIOD_RULES + EDGE_RULES + RANGE_RULES + TOP_RULES
