"""Dates, years and numbers in digits, the same words in every language."""

from __future__ import annotations

import re

from .grammar import Lexeme, Match, constant
from .meanings import LooseYear
from .numbers import chinese_number
from .periods import Calendar, Period, YearRef
from .slashes import slashed, slashed_alone
from .spans import DayOf


def integer_in(match: Match) -> int:
    """The first whole number of a match, in digits or Chinese numerals."""
    found = re.search(r"\d+|[零〇一二两俩三四五六七八九十廿卅百]+", match.group())
    return chinese_or_digits(found.group()) if found else 0


def chinese_or_digits(text: str) -> int:
    """A whole number in digits or Chinese numerals."""
    return int(text) if text.isdigit() else int(chinese_number(text) or 0)


def _date(match: Match) -> Period | None:
    year, month, day = map(int, re.findall(r"\d+", match.group()))
    return DayOf(Calendar("month", month, year=YearRef(year)), day)


def _compact_date(match: Match) -> Period | None:
    year, month, day = int(match.group()[:4]), int(match.group()[4:6]), int(match.group()[6:])
    return DayOf(Calendar("month", month, year=YearRef(year)), day)


def _compact_month(match: Match) -> Period:
    """201703."""
    return Calendar("month", int(match.group()[4:]), year=YearRef(int(match.group()[:4])))


def _year_month(match: Match) -> Period:
    year, month = map(int, re.findall(r"\d+", match.group()))
    return Calendar("month", month, year=YearRef(year))


def _month_year(match: Match) -> Period:
    """09/2017."""
    month, year = map(int, match.group().split("/"))
    return Calendar("month", month, year=YearRef(year))


def _dotted(match: Match) -> Period | None:
    """8.15 of 8.15-8.31."""
    month, day = map(int, match.group().split("."))
    return DayOf(Calendar("month", month), day)


def _year4(match: Match) -> LooseYear:
    return LooseYear(YearRef(int(match.group())), _stands_alone(match))


_NO_YEAR_BEFORE = re.compile(
    r"(?:\b(?:store|household|customer|product|basket|campaign|coupon|manufacturer|number|no|id|than|least|most|top"
    r"|first|last|over|under|above|below|exactly|about|only|are|is|sold|店|编号|活动|商品|产品|门店|家庭|住户|超过|大于|小于"
    r"|少于|低于|高于|不足|达到?|满|前|近|仅|只有|第)s?|[#=<>$¥.,/]|(?<!mid)(?<!early)(?<!late)-)\s*$"
)
_COUNTED = re.compile(
    r"\s*(?:[个家户件元块刀单人笔次名位种只瓶箱张条款份场趟包袋盒台万千亿%号]|美元|美金|人民币|baskets|units|customers|households|stores|products|(?:dollars|bucks|yuan|euros|pounds|usd|rmb|cny)\b)"
)


def _stands_alone(match: Match) -> bool:
    """Whether four digits read as a year where no month is beside them."""
    before, after = match.string[: match.start()], match.end()
    return not _NO_YEAR_BEFORE.search(before) and not _COUNTED.match(match.string, after)


LEXEMES: tuple[Lexeme, ...] = (
    Lexeme("point", r"(?<!\d)(?:19|20)\d\d([-/.])\d{1,2}[-/.]\d{1,2}(?![\d])", _date),
    Lexeme("point", r"(?<![\da-z])20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\da-z])", _compact_date),
    Lexeme("point", r"(?<![\da-z.#$¥])20\d\d(?:0[1-9]|1[0-2])(?![\da-z%,.]|[个家件元块刀人单笔次位])", _compact_month),
    Lexeme(
        "point",
        r"(?<!\d)(?:19|20)\d\d[-/](?:1[0-2]|0?[1-9])(?![\d/])|(?<![\d.])20\d\d\.(?:0[1-9]|1[0-2])(?!\d)",
        _year_month,
    ),
    Lexeme("point", r"(?<![\d/.-])(?:1[0-2]|0?[1-9])/(?:19|20)\d\d(?![\d/])", _month_year),
    Lexeme("fulldate", r"(?<![\d/.-])\d{1,2}(?:/\d{1,2}/|\.\d{1,2}\.|-\d{1,2}-)(?:19|20)\d\d(?![\d/])", slashed),
    Lexeme("dotted", r"(?<![\d/.])(?:1[0-2]|0?[1-9])\.(?:[12]\d|3[01]|0?[1-9])(?=日?号?[-~到至](?:1[0-2]|0?[1-9])\.\d)", _dotted),
    Lexeme("dotted", r"(?<=[-~到至])(?:1[0-2]|0?[1-9])\.(?:[12]\d|3[01]|0?[1-9])(?![\d.%])", _dotted),
    Lexeme("fulldate", r"(?<![\d/.])\d{1,2}/\d{1,2}(?=(?:的|全天|一共)?(?:销|卖|营|流水|客|订单|业绩)|(?<=[一-鿿])$)", slashed_alone),
    Lexeme("slash", r"(?<![\d/.])\d{1,2}/\d{1,2}(?![\d/%])", slashed),
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
