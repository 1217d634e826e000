"""Dates, years and numbers in digits, the same words in every language."""

from __future__ import annotations

import re

from .calendar import day_of
from .grammar import Lexeme, Match, constant
from .meanings import LooseYear
from .numbers import chinese_number
from .periods import Calendar, Period, YearRef
from .spans import DayOf


def integer_in(match: Match) -> int:
    """The first whole number of a match, in digits or Chinese numerals."""
    found = re.search(r"\d+|[零〇一二两三四五六七八九十廿卅百]+", match.group())
    text = found.group() if found else "0"
    return int(text) if text.isdigit() else int(chinese_number(text) or 0)


def _date(match: Match) -> Period | None:
    year, month, day = map(int, re.findall(r"\d+", match.group()))
    return DayOf(Calendar("month", month, YearRef(year)), day)


def _compact_date(match: Match) -> Period | None:
    year, month, day = int(match.group()[:4]), int(match.group()[4:6]), int(match.group()[6:])
    return DayOf(Calendar("month", month, YearRef(year)), day) if day_of(year, month, day) else None


def _year_month(match: Match) -> Period:
    year, month = map(int, re.findall(r"\d+", match.group()))
    return Calendar("month", month, YearRef(year))


def _slash(match: Match) -> Period | None:
    """5/3 is May 3; 23/5 can only be 23 May."""
    first, second = map(int, match.group().split("/"))
    month, day = (second, first) if first > 12 else (first, second)
    return DayOf(Calendar("month", month), day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _year4(match: Match) -> LooseYear:
    return LooseYear(YearRef(int(match.group())), _stands_alone(match))


_NO_YEAR_BEFORE = re.compile(
    r"(?:\b(?:store|household|customer|product|basket|campaign|coupon|manufacturer|number|no|id|than|least|most|top"
    r"|first|last|over|under|above|below|exactly|about|only|are|is|sold|店|编号|活动|商品|产品|门店|家庭|住户|超过|大于|小于"
    r"|少于|低于|高于|不足|达到?|满|前|近|仅|只有|第)s?|[#=<>$¥.,\-/])\s*$"
)
_COUNTED = re.compile(
    r"\s*(?:[个家户件元块单人笔次名位种只瓶箱张万千亿%号]|baskets|units|customers|households|stores|products)"
)


def _stands_alone(match: Match) -> bool:
    """Whether four digits read as a year where no month is beside them."""
    before, after = match.string[: match.start()], match.end()
    return not _NO_YEAR_BEFORE.search(before) and not _COUNTED.match(match.string, after)


LEXEMES: tuple[Lexeme, ...] = (
    Lexeme("point", r"(?<!\d)(?:19|20)\d\d([-/.])\d{1,2}[-/.]\d{1,2}(?![\d])", _date),
    Lexeme("point", r"(?<![\da-z])20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\da-z])", _compact_date),
    Lexeme(
        "point",
        r"(?<!\d)(?:19|20)\d\d[-/](?:1[0-2]|0?[1-9])(?![\d/])|(?<![\d.])20\d\d\.(?:0[1-9]|1[0-2])(?!\d)",
        _year_month,
    ),
    Lexeme("slash", r"(?<![\d/.])\d{1,2}/\d{1,2}(?![\d/%])", _slash),
    Lexeme("y4", r"(?<![\w.#])(?:19|20)\d\d(?![\d%a-z]|[.,]\d)|(?<=[一-鿿])(?:19|20)\d\d(?![\d%a-z]|[.,]\d)", _year4),
    Lexeme(
        "num",
        r"(?<![\w.$#])(?<!top )\d{1,2}(?![\d%a-z]|[.,]\d)"
        r"(?! (?:or more|stores|departments|products|customers|households|baskets|units"
        r"|brands|categories|items|campaigns|coupons)\b)"
        r"|(?<=[一-鿿])\d{1,2}(?![\d%a-z]|[.,]\d)"
        r"|(?<=[到至\-~年从])[一二三四五六七八九十]{1,2}(?=月|季)|[一二三四五六七八九十]{1,2}(?=[到至\-~、])",
        integer_in,
    ),
    Lexeme("comma", "[,，(]", constant(True)),
)
