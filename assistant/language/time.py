"""Time expressions of a question, Chinese, English or mixed, as half-open ranges of days, trends and comparisons."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from . import time_common, time_en, time_zh
from .calendar import ORDER, Clock, NamedEvent
from .grammar import Grammar, Lexeme, Lexer, Memo, Parsed, Token
from .meanings import OVER_ITSELF, Compare, Cyclic, Grain, Meaning, Unsupported, Weekdays
from .normalise import normalise
from .periods import LatestWeekday, Occasion, Period, Rolling, Shift, days_of
from .reasons import AMBIGUOUS, EVERY_OR_LATEST, SAID_BEFORE
from .said_again import with_close, with_said_again
from .short_years import bare_years, day_or_year, short_years
from .spans import DayOf, Inside, Over, Part, Stretch, UnitOf, dated_by, year_in
from .time_actions import part_without_whole
from .time_rules import RULES
from .weeks import NthWeekday

SpanKind = Literal["range", "grain", "compare", "weekday", "cyclic", "unsupported"]

_GRAMMAR = Grammar(RULES)
_BLANK = r"\s*(?:the|的)?\s*"
# what may stand between two periods that share a year: 2016年5月和6月, May and June 2016
_SHARING = re.compile(r"\s*(?:和|与|跟|及|以及|、|,|or|and|&|/|vs\.?|versus|比|较|对比|than|compared (?:to|with))?\s*")
_LISTING = re.compile(r"\s*(?:,|and|or|&|, and)\s*")
_CHINESE_DIGITS = "零一二两三四五六七八九十百千万"
_SAID_BEFORE = re.compile(
    r"那一?个?(?:天|周|星期|礼拜|月|季度|年)|那(?:时候?|会儿|段时间|阵子|些天|几天)|当时|届时|(?:同|当)[一天日](?:天)?(?=的|卖|销)"
    r"|\b(?:that|those) (?:days?|weeks?|months?|quarters?|years?|weekends?|times?|periods?)\b|\bback then\b|\bat the time\b"
)
_NUMBERED = re.compile(r"(?:和|与|、|及)?(?:\d+号)?(?:的)?(?:店|线|楼|门|活动|营销|商品|产品|收银|柜|机|会员|客户|顾客|家庭|住户|仓|桌|品牌)")
_NUMBERED_BEFORE = re.compile(r"(?:店|活动|编号|商品|产品|会员|客户|顾客|家庭|住户|品牌|号和|号、|号与|号及)$")
_WEEKEND = re.compile(r"(?:周末|双休日)(?:这|那)?(?:[两俩2]天)?|(?:on )?weekend")
_EVERY = re.compile(r"每|逢|every|each|per |days$")


@dataclass(frozen=True)
class TimeSpan:
    """What text[start:end] says about time.

    `first` and `last` are the half-open days of a range, either None when open. `grain` is the unit named, or the
    trend asked for; `note` says what was assumed, or why an unsupported span fixes no days. `year_before` are the
    days of the same occasion in the year before: the New Year goods festival is not on the same days each year.
    """

    start: int
    end: int
    kind: SpanKind
    first: dt.date | None = None
    last: dt.date | None = None
    grain: str | None = None
    compare: Literal["previous", "last_year"] | None = None
    weekdays: tuple[int, ...] = ()
    to_date: bool = False
    note: str = ""
    year_before: tuple[dt.date, dt.date] | None = None


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    meaning: Meaning


def find_times(text: str, clock: Clock) -> list[TimeSpan]:
    """The time expressions of a normalised text, left to right, never overlapping."""
    years = short_years(clock)
    tokens = _lexer(clock.events, years).tokens(text)
    scanned = [replace(f, meaning=Unsupported(AMBIGUOUS)) if day_or_year(text[f.start : f.end], years) else f for f in _scan(tokens)]
    found = _share_wholes(_share_years(scanned, text))
    spans = [_span(item, clock) for item in _settled(found, text)]
    return with_said_again(text, with_close(text, spans))


@lru_cache(maxsize=32)
def _lexer(events: tuple[NamedEvent, ...], years: tuple[str, ...] = ()) -> Lexer:
    return Lexer((*_event_lexemes(events), *bare_years(years), *time_zh.LEXEMES, *time_en.LEXEMES, *time_common.LEXEMES), _BLANK)


def _event_lexemes(events: tuple[NamedEvent, ...]) -> Iterator[Lexeme]:
    """The shop's own occasions come before every other word, longest name first; of two with one name, the first."""
    names: dict[str, str] = {}
    for event in events:
        for name in (event.name, *event.names):
            names.setdefault(normalise(name).text, event.name)
    names.pop("", None)
    if names:
        words = sorted(names, key=len, reverse=True)
        begin = "".join(sorted({re.escape(word[0]) for word in words}))
        pattern = "|".join(map(_bounded, words))
        yield Lexeme("cal", pattern, lambda match: Occasion(names[match.group()]), gate=f"(?=[{begin}])")


def _bounded(name: str) -> str:
    """A name that is no part of a longer word or number."""
    before, after = _edges(name[0]), _edges(name[-1])
    return f"{before and f'(?<![{before}])'}{re.escape(name)}{after and f'(?![{after}])'}"


def _edges(char: str) -> str:
    """What may not adjoin a character at the edge of a name."""
    if char in _CHINESE_DIGITS:
        return f"{_CHINESE_DIGITS}月季"
    return "a-z0-9" if char.isascii() and char.isalnum() else ""


def _scan(tokens: list[Token]) -> Iterator[_Found]:
    memo: Memo = {}
    at, said = 0, list[Period]()
    while at < len(tokens):
        parsed = _GRAMMAR.parse("time", tokens, at, memo)
        meaning = _in_place(parsed, tokens, said, memo) if parsed else None
        if parsed is None or meaning is None:
            at += 1
            continue
        if isinstance(meaning, Period):
            said.append(meaning)
        yield _Found(tokens[at].start, tokens[parsed.after - 1].end, meaning)
        at = parsed.after


def _in_place(parsed: Parsed, tokens: list[Token], said: list[Period], memo: Memo) -> Meaning | None:
    """The meaning beside what was read before; None when a comparison is better read as a range of its own.

    In 昨天比上月 last month is not the day before yesterday; in 对比上月和上上月 both months are named.
    """
    meaning: Meaning = parsed.value
    if said and isinstance(meaning, Shift) and tokens[parsed.after - 1].kind == "then":
        return _of_that(said[-1], meaning)
    if said and isinstance(meaning, Rolling) and tokens[parsed.after - 2].value == "before":
        return Unsupported(AMBIGUOUS)
    if isinstance(meaning, Compare) and meaning.rolled:
        fits = said and said[-1] == Rolling(meaning.rolled.unit, meaning.rolled.count or 0)
        return meaning if fits else Unsupported(AMBIGUOUS)
    if not isinstance(meaning, Compare) or meaning.grain is None:
        return meaning
    units = {period.unit for period in said if period.unit}
    if units and meaning.grain not in units and meaning.note != OVER_ITSELF:
        return Unsupported(AMBIGUOUS) if meaning.note else None
    return None if _lists_another(parsed.after, tokens, memo) else meaning


def _of_that(said: Period, then: Shift) -> Period:
    """1997年下单的客户当年花了多少: the unit of the period that was named before, where that is no longer than the unit."""
    if said.unit is None or ORDER.index(said.unit) > ORDER.index(then.named):
        return then
    return said if said.unit == then.named else UnitOf(said, then.named)


def _lists_another(at: int, tokens: list[Token], memo: Memo) -> bool:
    listed = at + 1 < len(tokens) and tokens[at].kind == "and" and tokens[at].glued and tokens[at + 1].glued
    return listed and _GRAMMAR.parse("period", tokens, at + 1, memo) is not None


def _share_wholes(found: list[_Found]) -> list[_Found]:
    """A part without a whole is of the whole of the part before it: 8月上旬和下旬, 第一周 and 第二周 of one month."""
    shared: list[_Found] = []
    whole: Period | None = None
    for item in found:
        meaning = item.meaning
        if whole is not None and isinstance(meaning, Period) and (part := part_without_whole(meaning, whole)):
            shared.append(_Found(item.start, item.end, part))
            continue
        shared.append(item)
        if isinstance(meaning, (Stretch, Part, DayOf, NthWeekday)) and not isinstance(meaning.inner, Inside):
            whole = meaning.inner
    return shared


def _settled(found: list[_Found], text: str) -> list[_Found]:
    """What cannot be told from its words alone: a single day of the week, and a time that only points to another."""
    found = [item for item in found if not _is_number_of(item, text)]
    if not found and (said := _SAID_BEFORE.search(text)) and not _names_its_year(text, said):
        return [_Found(said.start(), said.end(), Unsupported(SAID_BEFORE))]
    if any(not isinstance(item.meaning, Weekdays) for item in found) or len(found) != 1:
        return found
    return [_single_weekday(found[0], text)]


def _names_its_year(text: str, said: re.Match[str]) -> bool:
    """2017 customers by what they bought that year: the year stands there, in figures."""
    return said.group().endswith(("year", "年")) and bool(re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text[: said.start()]))


def _is_number_of(item: _Found, text: str) -> bool:
    """Whether a bare day is the number of something: 8号活动, 门店13号."""
    bare = isinstance(item.meaning, Over) and isinstance(item.meaning.inner, DayOf)
    return bare and bool(_NUMBERED.match(text, item.end) or _NUMBERED_BEFORE.search(text[: item.start]))


def _single_weekday(item: _Found, text: str) -> _Found:
    """On Tuesday is the latest; 周二 and Tuesday sales may be every one."""
    words = text[item.start : item.end]
    if not isinstance(item.meaning, Weekdays) or item.meaning.grain == "day_of_month" or _EVERY.search(words):
        return item
    if len(item.meaning.days) > 1:
        return _Found(item.start, item.end, Unsupported(EVERY_OR_LATEST)) if _WEEKEND.fullmatch(words) else item
    latest = text[: item.start].endswith("on ") or words.startswith("on ") or text[item.end :].startswith("'s")
    return _Found(item.start, item.end, LatestWeekday(item.meaning.days[0]) if latest else Unsupported(EVERY_OR_LATEST))


def _share_years(found: list[_Found], text: str) -> list[_Found]:
    """A period without a year takes that of the one it is listed or compared with."""
    shared = list(found)
    for at in range(1, len(shared)):
        shared[at] = _lend(shared[at - 1], shared[at], text, trailing=False)
    for at in range(len(shared) - 1, 0, -1):
        shared[at - 1] = _lend(shared[at], shared[at - 1], text, trailing=True)
    return shared


def _lend(giver: _Found, taker: _Found, text: str, *, trailing: bool) -> _Found:
    if not (isinstance(giver.meaning, Period) and isinstance(taker.meaning, Period)) or taker.meaning.dated:
        return taker
    year = year_in(giver.meaning)
    between = text[min(giver.end, taker.end) : max(giver.start, taker.start)]
    linked = (_LISTING if trailing else _SHARING).fullmatch(between)
    if not (year and linked) or (trailing and not year.trailing):
        return taker
    dated = dated_by(taker.meaning, year)
    return _Found(taker.start, taker.end, dated) if dated else taker


def _span(found: _Found, clock: Clock) -> TimeSpan:
    meaning, start, end = found.meaning, found.start, found.end
    match meaning:
        case Period():
            return _range(found, meaning, clock)
        case Grain():
            return TimeSpan(start, end, "grain", grain=meaning.unit, note=meaning.note)
        case Cyclic():
            return TimeSpan(start, end, "cyclic", grain=meaning.grain, note=meaning.note)
        case Compare():
            return TimeSpan(start, end, "compare", grain=meaning.grain, compare=meaning.to, note=meaning.note)
        case Weekdays():
            return TimeSpan(start, end, "weekday", grain=meaning.grain, weekdays=meaning.days, note=meaning.note)
        case Unsupported():
            return TimeSpan(start, end, "unsupported", note=meaning.note)


def _range(found: _Found, period: Period, clock: Clock) -> TimeSpan:
    if isinstance(period, Occasion) and any(event.loose for event in clock.events if event.name == period.name):
        return TimeSpan(found.start, found.end, "unsupported", grain="day", note=AMBIGUOUS)
    days = days_of(period, clock)
    if days is None:
        return TimeSpan(found.start, found.end, "unsupported", grain=period.unit, note=period.why(clock))
    return TimeSpan(
        found.start, found.end, "range", days.first, days.last, days.grain, to_date=days.to_date, note=days.note,
        year_before=_year_before(days.first, days.last, clock),
    )


def _year_before(first: dt.date | None, last: dt.date | None, clock: Clock) -> tuple[dt.date, dt.date] | None:
    """When the occasion that these days are was held in the year before."""
    dates = next((event.dates for event in clock.events if (first, last) in event.dates), ())
    return next((d for d in dates if first and d[0].year == first.year - 1), None)
