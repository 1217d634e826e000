"""What the English words of time mean: the values of matches."""

from __future__ import annotations

import re
from collections.abc import Callable

from .calendar import Unit
from .english_months import MONTHS
from .grammar import Match
from .meanings import OVER_ITSELF, Compare, Grain, Rel, Span
from .numbers import ENGLISH_NUMERAL, english_number
from .periods import Calendar, Period, Rolling, Shift, YearRef
from .reasons import NO_EVENT
from .spans import Between, DayOf, Edge, ToDate
from .weeks import NumberedWeek

UNITS: dict[str, Unit] = {
    "hour": "hour", "day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half",
    "year": "year", "dai": "day", "annual": "year", "date": "day", "hourly": "hour",
}  # fmt: skip
UNIT = "(?:hour|day|week|month|quarter|half[- ]year|year)"
LETTERS: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thur?s?|fri"
ORDINALS = {
    word: at
    for at, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        start=1,
    )
}
ORDINAL = rf"(?:{'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
COUNT = rf"(?:\d{{1,3}}|{ENGLISH_NUMERAL}|(?:a )?couple(?: of)?|a dozen|(?:a )?few|several)"
FULL = "(?:(?:full|complete|whole|calendar|consecutive|business|entire) )*"


def unit_in(text: str) -> Unit:
    """The unit a word holds: days, weekly, annually."""
    found = re.search("hour|day|week|month|quarter|half|year|dai|annual|date", text)
    return UNITS[found.group()] if found else "day"


def month_and_year(match: Match) -> Period:
    """Mar.2017."""
    name, year = match.group()[:-5], match.group()[-4:]
    return Calendar("month", MONTHS.index(name[:3]) + 1, year=YearRef(int(year)))


def days_of_each_month(match: Match) -> tuple[int, ...] | None:
    """the 1st and 15th of every month."""
    days = {int(re.sub(r"\D", "", word)) if word[0].isdigit() else ORDINALS[word] for word in re.findall(ORDINAL, match.group())}
    return tuple(sorted(days)) if max(days) <= 31 else None


def unit_of(match: Match) -> Unit:
    return unit_in(match.group())


def count_in(text: str) -> int | None:
    if re.search("few|several", text):
        return None
    if "couple" in text:
        return 2
    digits = re.match(r"\d+", text)
    return int(digits.group()) if digits else int(english_number(text) or 0)


def counted_units(match: Match) -> Span:
    if re.match(r"an? (?!few|couple|dozen)", match.group()):
        return Span(1, unit_of(match))
    count = re.match(COUNT, match.group())
    return Span(count_in(count.group()) if count else None, unit_of(match))


def ordinal_number(text: str) -> int:
    found = re.match(ORDINAL, text)
    word = found.group() if found else ""
    return ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0)


def ordinal(match: Match) -> int:
    return ordinal_number(match.group())


def nth_unit(match: Match) -> Span:
    return Span(ordinal_number(match.group()), unit_of(match))


def quarter_of_year(match: Match) -> Calendar | None:
    digit = re.search(r"(?<=q|r) ?\d", match.group())
    return Calendar("quarter", int(digit.group()) if digit else ordinal_number(match.group()))


def half_year(match: Match) -> Calendar:
    return Calendar("half", 2 if re.search("2|second|latter|back", match.group()) else 1)


def year_ref(text: str) -> YearRef:
    return YearRef(int(re.sub(r"\D", "", text)))


def year_and_part(match: Match) -> Calendar:
    """2017q2, 17h1."""
    year, letter, index = re.split("([qh])", re.sub("[ /-]", "", match.group()))
    return Calendar("quarter" if letter == "q" else "half", int(index), year=year_ref(year))


def part_and_year(match: Match) -> Calendar:
    """2q17, 1h17."""
    word = match.group()
    return Calendar("quarter" if word[1] == "q" else "half", int(word[0]), year=year_ref(word[2:]))


def day_month_year(match: Match) -> Period:
    """12-sep-2017."""
    day, name, year = match.group().split("-")
    return DayOf(Calendar("month", MONTHS.index(name[:3]) + 1, year=YearRef(int(year))), int(day))


def last_days(match: Match) -> Period:
    """L7D."""
    return Rolling("day", int(match.group()[1:-1]))


def short_span(match: Match) -> Span:
    """The last 7d."""
    return Span(int(match.group()[:-1]), LETTERS[match.group()[-1]])


def this_unit(match: Match) -> Shift:
    """The end of the month: this one."""
    return Shift(unit_of(match), 0)


def latest_year(match: Match) -> Calendar:
    """The first half of the year: a year that is not said, and no "this year"; like a bare 上半年 the latest that the data hold."""
    return Calendar("year", 1)


def nth_or_last(match: Match) -> int:
    word = match.group()
    return -1 if word.startswith(("last", "final", "very")) else ordinal_number(word)


def nth_weekday(match: Match) -> tuple[int, tuple[int, ...]]:
    """The second Monday, the final weekend."""
    day = match.group().rsplit(" ", 1)[-1]
    return nth_or_last(match), (6, 7) if day.startswith("weekend") else (weekday_number(day),)


def fortnights(match: Match) -> Span:
    count = count_in(match.group().split(" fortnight")[0]) if re.match(COUNT, match.group()) else 1
    return Span(count and 14 * count, "day")


def numbered_weeks(match: Match) -> Between | None:
    """Weeks 10 to 12."""
    start, end = map(int, re.findall(r"\d+", match.group()))
    return Between(NumberedWeek(start), NumberedWeek(end)) if start < end else None


def week_of_year(match: Match) -> NumberedWeek:
    """2017-W10."""
    word = match.group()
    return NumberedWeek(int(word[-2:]), year=YearRef(int(word[:4])))


def vague_part(match: Match) -> str:
    words = re.findall("early|mid|late", match.group())
    return " to ".join(words)


def weekday_number(word: str) -> int:
    return WEEKDAYS.index(word[:3]) + 1


def weekday_named(match: Match) -> tuple[int, ...]:
    return (weekday_number(re.sub("(?:every|each|per) ", "", match.group())),)


def relative_year(match: Match) -> YearRef:
    word = match.group()
    if "before last" in word:
        return YearRef(-2, relative=True)
    return YearRef(offset_of(word), relative=True)


def offset_of(word: str) -> int:
    if ("this" in word and "past" not in word) or "current" in word:
        return 0
    return 1 if "next" in word or "coming" in word else -1


def relative(match: Match) -> Rel:
    word = match.group()
    rolling = re.search("past|trailing|recent|rolling|latest", word) is not None
    return Rel(offset_of(word), rolling, preceding=re.search("previous|prior|preceding", word) is not None)


def to_date(match: Match) -> ToDate:
    word = match.group()
    unit = LETTERS[word[0]] if len(word) == 3 else unit_of(match)
    return ToDate(Shift(unit, 0))


def over_itself(match: Match) -> Compare:
    """yoy, month over month."""
    word = match.group()
    unit = unit_in(word) if len(word) > 5 else LETTERS[word[0]]
    return Compare("last_year") if unit == "year" else Compare("previous", unit, OVER_ITSELF)


def same_days(match: Match) -> Compare:
    found = re.search("(?:last|previous|prior) (week|month|quarter)", match.group())
    return Compare("previous", UNITS[found[1]], "same days") if found else Compare("last_year")


def before_unit(match: Match) -> str:
    found = re.match("(?:the )?(week|month|quarter|year|day)", match.group())
    return found[1] if found else ""


def grain_noted(note: str = "") -> Callable[[Match], Grain]:
    return lambda match: Grain(unit_of(match), note)


def fiscal(match: Match) -> Period:
    word = match.group()
    if quarter := re.search("q([1-4])", word):
        year = re.search(r"\d{4}|(?<=fy)\d\d|(?<=fy )\d\d", word)
        return Calendar("quarter", int(quarter[1]), year=year_ref(year.group()) if year else None, fiscal=True)
    if year := re.search(r"\d+", word):
        return Calendar("year", 1, year=year_ref(year.group()), fiscal=True)
    return Shift(unit_of(match), offset_of(word), fiscal=True)


def festival(match: Match) -> str | None:
    """A festival is a time after a word of time or before week, season or a year; else it may be a product's name."""
    placed = re.search(r"\b(?:last|this|during|over|around|before|after|since|until|on|at)(?: the)? $", match.string[: match.start()])
    dated = re.search(r"(?:week|weekend|season|holidays?|period|\d)$", match.group())
    return NO_EVENT if placed or dated else None


def edge_of(match: Match) -> Edge:
    word = match.group()
    unit = LETTERS[word[-1]] if len(word) == 3 else unit_of(match)
    return Edge(Shift(unit, 0), "end")
