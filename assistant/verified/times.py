"""The periods, grains and comparisons that a question names, as parts of a query."""

from __future__ import annotations

import datetime as dt
import re

from assistant.language import TimeSpan
from assistant.reading.mark import Mark
from assistant.verified import accounted
from assistant.verified.saying import Foreign, Said, Saying

_A_YEAR = 365
_APART = ("versus", "change", "share", "higher", "lower")
_TOWARDS = ("to", "with", "against", "than", "和", "与", "跟", "同")
_YEAR = re.compile(r"^(?:今年|去年|前年|\d{2,4}年?)的?|^(?:this|last) year'?s? |^\d{4} | (?:this|last) year$| \d{4}$")
_THE_DAY = ("当天", "那天", "这天", "当日", " day")
_DAYS_OF_MONTH = re.compile(r"(\d{1,2})(?:号|日)?[到至~-](\d{1,2})(?:号|日)")


def periods(saying: Saying) -> None:
    """Periods one by one, or, where they are none of the query's, what they have in common: the first half, this year."""
    spans = [m for m in saying.marks if m.time]
    for mark in spans:
        assert mark.time
        if mark.time.kind != "range":
            _grain_or_compared(saying, mark, mark.time)
    ranges = [m for m in spans if m.time and m.time.kind == "range"]
    unknown = [m for m in ranges if not _period(saying, m)]
    told = [m for m in ranges if m not in unknown]
    unknown = [m for m in unknown if not _of_that_year(saying, m, told)]
    firsts = [m.time.first for m in ranges if m.time and m.time.first]
    lasts = [m.time.last for m in ranges if m.time and m.time.last]
    if unknown and len(ranges) == 2 and not _set_apart(saying, ranges) and firsts and lasts and (max(firsts), min(lasts)) in saying.facets.periods:
        saying.said.add(("time", max(firsts), min(lasts)))
    else:
        for mark in unknown:
            assert mark.time
            saying.foreign.append(Foreign(mark.text, frozenset([("time", mark.time.first, mark.time.last)])))


def _set_apart(saying: Saying, ranges: list[Mark]) -> bool:
    """August 2017 vs 2017: two periods, and not what they have in common."""
    between = [m for m in saying.marks if ranges[0].end <= m.start < ranges[1].start]
    return any(m.has(*_APART) for m in between)


def occasions(saying: Saying) -> None:
    """6月15-18号大促, 618大促(15号到18号): what else the occasion of the query's period is called, and its days of the month."""
    named, said = saying.facets.periods, {s[1:] for s in saying.said if s[0] == "time"}
    called = {n for e in saying.reader.clock.events if named & set(e.dates) & said for n in (e.name, *e.names)}
    saying.drop(*(f.text for f in saying.foreign if any(f.text in n and len(f.text) > 1 for n in called)))
    for mark in [m for m in saying.marks if m.time and m.time.kind == "unsupported"]:
        days = _DAYS_OF_MONTH.fullmatch(mark.text)
        if days and any(a and b and (a.day, (b - dt.timedelta(days=1)).day) == (int(days[1]), int(days[2])) for a, b in named & said):
            saying.drop(mark)


def _of_that_year(saying: Saying, year: Mark, told: list[Mark]) -> bool:
    """August vs July, 2017: a year behind the periods, or ahead of them, which only says of which year they are."""
    if len(told) < 1 + (saying.facets.earlier is not None) or told[0].start < year.start < told[-1].start:
        return False
    start, end = (told[-1].end, year.start) if told[-1].start < year.start else (year.end, told[0].start)
    between = [m for m in saying.marks if start <= m.start < end]
    joined = any(m.has(*_APART) or m.text in _TOWARDS for m in between)
    return not joined and year.time is not None and _is_year_of(year.time, [m.time for m in told if m.time])


def _holidays(saying: Saying, mark: Mark) -> Said | None:
    """今年五一, of 五一假期: the days off that a day stands for by its name, where they begin with it and it is not told apart."""
    assert mark.time
    name = _YEAR.sub("", mark.text)
    if mark.time.first is None or any(c.isdigit() for c in name) or saying.text[mark.end :].startswith(_THE_DAY):
        return None
    for event in saying.reader.clock.events:
        called = [n.lower() for n in (event.name, *event.names) if n.lower().startswith(name) and len(name) > 1]
        for days in set(event.dates) & saying.facets.periods if called else ():
            if days[0] == mark.time.first:
                return ("time", *days)
    return None


def _year_of_earlier(saying: Saying, first: dt.date | None, last: dt.date | None) -> bool:
    """The 2025 one, beside the sale of 2026: a year that stands for the period in it that the query compares with."""
    earlier, compare = saying.facets.earlier, saying.facets.query.compare
    if not (earlier and compare and compare.to == "last_year" and first and last and earlier[0] and earlier[1]):
        return False
    whole_year = (last - first).days >= 365
    return whole_year and first <= earlier[0] and earlier[1] <= last and (first, last) != earlier


def _period(saying: Saying, mark: Mark) -> bool:
    assert mark.time
    days = (mark.time.first, mark.time.last)
    if days in saying.facets.periods:
        saying.said.add(("time", *days))
    elif told := accounted.as_of(saying, *days) or _holidays(saying, mark):
        saying.said.add(told)
    elif days == saying.facets.earlier or _year_of_earlier(saying, *days):
        saying.said.add(("earlier",))
    else:
        return False
    return True


def _grain_or_compared(saying: Saying, mark: Mark, span: TimeSpan) -> None:
    facets = saying.facets
    compare = facets.query.compare
    if span.kind == "compare" and compare and compare.to in (span.compare, "range"):
        saying.said.add(("earlier",))
    elif span.kind in ("grain", "cyclic") and span.grain in facets.grains:
        saying.said.add(("grain", span.grain))
    else:
        saying.foreign.append(Foreign(mark.text, frozenset([(span.kind, span.grain, span.compare, span.weekdays)])))


def _is_year_of(span: TimeSpan, told: list[TimeSpan]) -> bool:
    """August vs July, 2017: a year that only says of which year the other periods are."""
    if not (span.first and span.last) or not _A_YEAR <= (span.last - span.first).days <= _A_YEAR + 1:
        return False
    return all(t.first and t.last and span.first <= t.first and t.last <= span.last and (t.last - t.first).days < _A_YEAR for t in told)
