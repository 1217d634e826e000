"""Years of two digits without an apostrophe: July 98, Q2 98, H1 98, in 97. Only years that the data hold, and only where no day can stand."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

from .calendar import Clock
from .english_values import year_ref
from .grammar import Lexeme

_LAST_DAY = 31
_NAMES = (*calendar.month_name[1:], *calendar.month_abbr[1:], *(f"{n}." for n in calendar.month_abbr[1:]))
_MONTHS = tuple(dict.fromkeys(n.lower() for n in _NAMES))
_PARTS = (*(f"q{n}" for n in range(1, 5)), "h1", "h2", "quarter", "half", "quarter of", "half of", "quarter in", "half in")
_BEFORE = ("in", "for", "during", "since", "until", "throughout", "vs", "versus", "than in", "and", "all of", "full year")
# What may stand behind a bare year: in 97 stores is no year.
_BEHIND = r"(?= ?(?:$|[?,.:;!)&/-]|(?:by|vs|versus|and|or|to|than|compared|against|only|please|pls|over|per|split|for|with|in|was|were|did)\b))"


def short_years(clock: Clock) -> tuple[str, ...]:
    """The years of the data, two digits each; none where the data name no years."""
    if clock.data_start is None or clock.data_end is None:
        return ()
    return tuple(f"{y % 100:02}" for y in range(clock.data_start.year, clock.data_end.year + 1))


def bare_years(years: tuple[str, ...]) -> Iterator[Lexeme]:
    """Lexemes for such years behind a month, a part of a year, or a preposition."""
    late = [y for y in years if int(y) > _LAST_DAY]
    if years:
        yield _after(_PARTS, years, "")
    if late:
        yield _after(_MONTHS, late, "")
        yield _after(_BEFORE, late, _BEHIND)


def _after(words: tuple[str, ...], years: tuple[str, ...] | list[str], behind: str) -> Lexeme:
    before = "|".join(rf"(?<=\b{w.replace('.', chr(92) + '.')} )" for w in words)
    pattern = rf"(?:{before})(?:{'|'.join(years)})(?![\d%]|[.,]\d){behind}"
    return Lexeme("year", pattern, lambda match: year_ref(match.group()), gate=r"(?<= )(?=\d)")


_MONTH = f"(?:{'|'.join(map(re.escape, _MONTHS))})"
_MONTHS_AND_NUMBER = re.compile(rf"{_MONTH} ?(?:-|–|to|through|thru|until|till) ?{_MONTH} (\d\d)")


def day_or_year(text: str, years: tuple[str, ...]) -> bool:
    """Jan to June 26: whether the number behind the second of two months is a day of it, or a year of the data."""
    told = _MONTHS_AND_NUMBER.fullmatch(text)
    return told is not None and told[1] in years
