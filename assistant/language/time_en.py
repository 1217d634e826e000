"""The English words of the time grammar."""

from __future__ import annotations

import re
from collections.abc import Callable

from .calendar import Unit
from .english_months import MONTH_NAME, month
from .grammar import Lexeme, Match, constant, english
from .meanings import Compare, Cyclic, Grain, Rel, Span
from .numbers import ENGLISH_NUMERAL, english_number
from .periods import AllTime, Calendar, LatestWeekday, Now, Period, Shift, WeekdayOf, YearRef
from .reasons import AMBIGUOUS, EVERY_OR_LATEST, NO_EVENT, PARTS_OF_DAY, SEASONS, SEVERAL_UNITS, VAGUE
from .spans import Between, Edge, ToDate
from .time_common import integer_in
from .weeks import NumberedWeek

_UNITS: dict[str, Unit] = {
    "hour": "hour", "day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half",
    "year": "year", "dai": "day", "annual": "year", "date": "day", "hourly": "hour",
}  # fmt: skip
_UNIT = "(?:hour|day|week|month|quarter|half[- ]year|year)"
_LETTERS: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thur?s?|fri"
_ORDINALS = {
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
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
_COUNT = rf"(?:\d{{1,3}}|{ENGLISH_NUMERAL}|(?:a )?couple(?: of)?|a dozen|(?:a )?few|several)"
_FULL = "(?:full |complete |whole |calendar |consecutive |business )?"


def _unit(text: str) -> Unit:
    """The unit a word holds: days, weekly, annually."""
    found = re.search("hour|day|week|month|quarter|half|year|dai|annual|date", text)
    return _UNITS[found.group()] if found else "day"


def _unit_of(match: Match) -> Unit:
    return _unit(match.group())


def _count(text: str) -> int | None:
    if re.search("few|several", text):
        return None
    if "couple" in text:
        return 2
    digits = re.match(r"\d+", text)
    return int(digits.group()) if digits else int(english_number(text) or 0)


def _span(match: Match) -> Span:
    if re.match(r"an? (?!few|couple|dozen)", match.group()):
        return Span(1, _unit_of(match))
    count = re.match(_COUNT, match.group())
    return Span(_count(count.group()) if count else None, _unit_of(match))


def _ordinal_number(text: str) -> int:
    found = re.match(_ORDINAL, text)
    word = found.group() if found else ""
    return _ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0)


def _ordinal(match: Match) -> int:
    return _ordinal_number(match.group())


def _nth(match: Match) -> Span:
    return Span(_ordinal_number(match.group()), _unit_of(match))


def _quarter(match: Match) -> Calendar | None:
    digit = re.search(r"(?<=q|r) ?\d", match.group())
    return Calendar("quarter", int(digit.group()) if digit else _ordinal_number(match.group()))


def _half(match: Match) -> Calendar:
    return Calendar("half", 2 if re.search("2|second|latter|back", match.group()) else 1)


def _year(text: str) -> YearRef:
    number = int(re.sub(r"\D", "", text))
    return YearRef(number)


def _year_and_part(match: Match) -> Calendar:
    """2017q2, 17h1."""
    year, letter, index = re.split("([qh])", re.sub("[ /-]", "", match.group()))
    return Calendar("quarter" if letter == "q" else "half", int(index), year=_year(year))


def _part_and_year(match: Match) -> Calendar:
    """2q17, 1h17."""
    word = match.group()
    return Calendar("quarter" if word[1] == "q" else "half", int(word[0]), year=_year(word[2:]))


def _this_unit(match: Match) -> Shift:
    """The end of the month: this one."""
    return Shift(_unit_of(match), 0)


def _nth_or_last(match: Match) -> int:
    word = match.group()
    return -1 if word.startswith(("last", "final", "very")) else _ordinal_number(word)


def _nth_weekday(match: Match) -> tuple[int, tuple[int, ...]]:
    """The second Monday, the final weekend."""
    day = match.group().rsplit(" ", 1)[-1]
    return _nth_or_last(match), (6, 7) if day.startswith("weekend") else (_weekday_number(day),)


def _fortnights(match: Match) -> Span:
    count = _count(match.group().split(" fortnight")[0]) if re.match(_COUNT, match.group()) else 1
    return Span(count and 14 * count, "day")


def _numbered_weeks(match: Match) -> Between | None:
    """Weeks 10 to 12."""
    start, end = map(int, re.findall(r"\d+", match.group()))
    return Between(NumberedWeek(start), NumberedWeek(end)) if start < end else None


def _week_of_year(match: Match) -> NumberedWeek:
    """2017-W10."""
    word = match.group()
    return NumberedWeek(int(word[-2:]), year=YearRef(int(word[:4])))


def _vague(match: Match) -> str:
    words = re.findall("early|mid|late", match.group())
    return " to ".join(words)


def _weekday_number(word: str) -> int:
    return _WEEKDAYS.index(word[:3]) + 1


def _weekdays(match: Match) -> tuple[int, ...]:
    return (_weekday_number(re.sub("(?:every|each|per) ", "", match.group())),)


def _relative_year(match: Match) -> YearRef:
    word = match.group()
    if "before last" in word:
        return YearRef(-2, relative=True)
    return YearRef(_offset(word), relative=True)


def _offset(word: str) -> int:
    if ("this" in word and "past" not in word) or "current" in word:
        return 0
    return 1 if "next" in word else -1


def _relative(match: Match) -> Rel:
    word = match.group()
    rolling = re.search("past|trailing|recent|rolling|latest", word) is not None
    return Rel(_offset(word), rolling, preceding=re.search("previous|prior|preceding", word) is not None)


def _to_date(match: Match) -> ToDate:
    word = match.group()
    unit = _LETTERS[word[0]] if len(word) == 3 else _unit_of(match)
    return ToDate(Shift(unit, 0))


def _over_itself(match: Match) -> Compare:
    """yoy, month over month."""
    word = match.group()
    unit = _unit(word) if len(word) > 5 else _LETTERS[word[0]]
    return Compare("last_year") if unit == "year" else Compare("previous", unit)


def _same_days(match: Match) -> Compare:
    found = re.search("(?:last|previous|prior) (week|month|quarter)", match.group())
    return Compare("previous", _UNITS[found[1]], "same days") if found else Compare("last_year")


def _before_unit(match: Match) -> str:
    found = re.match("(?:the )?(week|month|quarter|year|day)", match.group())
    return found[1] if found else ""


def _grain(note: str = "") -> Callable[[Match], Grain]:
    return lambda match: Grain(_unit_of(match), note)


def _fiscal(match: Match) -> Period:
    word = match.group()
    if quarter := re.search("q([1-4])", word):
        year = re.search(r"\d{4}|(?<=fy)\d\d|(?<=fy )\d\d", word)
        return Calendar("quarter", int(quarter[1]), year=_year(year.group()) if year else None, fiscal=True)
    if year := re.search(r"\d+", word):
        return Calendar("year", 1, year=_year(year.group()), fiscal=True)
    return Shift(_unit_of(match), _offset(word), fiscal=True)


def _festival(match: Match) -> str | None:
    """A festival is a time after a word of time or before week, season or a year; else it may be a product's name."""
    placed = re.search(
        r"\b(?:last|this|during|over|around|before|after|since|until|on|at)(?: the)? $", match.string[: match.start()]
    )
    dated = re.search(r"(?:week|weekend|season|holidays?|period|\d)$", match.group())
    return NO_EVENT if placed or dated else None


def _edge(match: Match) -> Edge:
    word = match.group()
    unit = _LETTERS[word[-1]] if len(word) == 3 else _unit_of(match)
    return Edge(Shift(unit, 0), "end")


_ADJECTIVE = "(?:daily|weekly|monthly|quarterly|half[- ]yearly|yearly|annual(?:ly)?)"
_MEAN = "(?:average|avg|mean)"
_SEASON = "(?:spring|summer|autumn|winter|fall)"
_FESTIVAL = (
    "christmas|xmas|easter|thanksgiving|halloween|hanukkah|new year's(?: day| eve)?|labor day|memorial day"
    "|valentine's day|mother's day|father's day|independence day|super bowl"
)

# Words about time that never fix days.
_VAGUE = (
    "recently|lately|(?:in|the|over the|for) (?:more )?recent (?:days|weeks|months|years|times|past)|these days|nowadays"
    "|(?:just )?the other (?:day|week|month|night)|(?:quite )?a while (?:ago|back)|some ?time ago|not (?:too |so )?long ago"
    "|long ago|ages ago|earlier on|one day|some day|(?:a )?(?:few|couple) (?:days|weeks|months) back|back in the day"
    "|in years past|(?:in )?the (?:run|lead)[- ]?up to|leading up to|(?:coming|upcoming) (?:days?|weeks?|months?|quarters?|years?)|from time to time|at some point|sometime"
    rf"|in the past(?! (?:{_COUNT}|{_UNIT}s?|{_DAYS}|weekend|fortnight|calendar|full|fiscal)\b)"
)

LEXEMES: tuple[Lexeme, ...] = (
    # words that only look like time
    english(
        "other",
        r"(?:day|week|month|year)s? old|(?:day|week|month|year)-old|time of year|birthdays?",
        constant(True),
    ),
    # comparisons
    english("compare", "[mwqyd]o[mqyd]|wow(?= (?:growth|change|trend|sales|increase|comparison|%))|yoy", _over_itself),
    english(
        "compare",
        r"([mwqy])[-/](?:o[-/])?[mwqy]|(?:day|week|month|quarter|year)[- ](?:over|on)[- ](?:day|week|month|quarter"
        r"|year)",
        _over_itself,
    ),
    english(
        "compare",
        r"(?:the )?same (?:period|time|days?|dates?|week|month|quarter)(?: (?:of|in|from))?(?: the)? "
        r"(?:last|previous|prior) (?:year|month|quarter|week)(?:'s)?|this time last year|a year (?:ago|earlier"
        r"|before)|last year's same period",
        _same_days,
    ),
    english(
        "prev",
        "(?:the )?(?:previous|prior|preceding|last) (?:period|one)|(?:the )?(?:week|month|quarter|year"
        "|day) before(?! last)(?= ?(?:$|[?,.]|sales|revenue|that\\b))",
        _before_unit,
    ),
    # cyclic
    english(
        "cyclic",
        "(?:(?:by|per|each|every|which|what|the) )?(?:days?|weekdays?) of (?:the )?week|(?:by|per|which|what) weekday",
        constant(Cyclic("day_of_week")),
    ),
    english(
        "cyclic",
        "(?:(?:by|per|each|every|which|what) )?(?:hours? of (?:the )?day|time of (?:the )?day)|(?:by|per|each|every"
        "|which|what|a) hour|hourly",
        constant(Cyclic("hour_of_day")),
    ),
    english("cyclic", "(?:(?:by|per|which|what) )?days? of (?:the )?month", constant(Cyclic("day_of_month"))),
    english("cyclic", "(?:(?:by|per|which|what) )?months? of (?:the )?year", constant(Cyclic("month_of_year"))),
    english("cyclic", "(?:(?:by|per|which|what) )?quarters? of (?:the )?year", constant(Cyclic("quarter_of_year"))),
    # trends and averages
    english(
        "grain",
        rf"{_MEAN} {_ADJECTIVE}|{_ADJECTIVE} {_MEAN}s?|{_MEAN} (?:per|a|each) {_UNIT}|on average (?:per|a|each"
        rf"|every) {_UNIT}|(?:per|a|each|every) {_UNIT} on average",
        _grain("average"),
    ),
    english(
        "grain",
        rf"(?:by|each|every)(?: calendar)? (?:{_UNIT}|date)|{_ADJECTIVE}|day[- ]by[- ]day|week[- ]by[- ]week"
        rf"|month[- ]by[- ]month|quarter[- ]by[- ]quarter|year[- ]by[- ]year",
        _grain(),
    ),
    english(
        "grain",
        rf"per(?: |-){_UNIT}|(?<!in )(?<!for )(?<!half )(?<!within )(?<!of )(?<!is )(?<!such )(?<!what )a (?:day|week"
        rf"|month|year)(?! (?:ago|later))",
        _grain("per"),
    ),
    english(
        "grain",
        r"(?:which|what) (?:day|date|week|month|quarter|year)s?",
        _grain("which"),
    ),
    english(
        "unsupported",
        rf"every (?:other|[2-9]|\d\d|two|three|four|six) {_UNIT}s?|(?:bi-?weekly|bi-?monthly|fortnightly)"
        rf"|every (?:few|couple of) {_UNIT}s",
        constant(SEVERAL_UNITS),
    ),
    english("point", rf"(?:{_DAYS}) before last", lambda match: LatestWeekday(_weekday_number(match.group()), back=1)),
    english("point", "weekend before last", constant(WeekdayOf(-2, (6, 7)))),
    english("point", r"(?<=of )the (?:week|month|quarter|year)(?! (?:of|before|after|ending|starting|that)\b)", _this_unit),
    english("all", rf"the(?= {_COUNT} {_UNIT}s? (?:before|after|prior))", constant(True)),
    # weekdays
    english("unsupported", "(?:over|on|at|during) the weekend(?! (?:of|before|after|in))", constant(EVERY_OR_LATEST)),
    english("wset", "(?:(?:on|every|each) )?weekends?(?! of)", constant((6, 7))),
    english(
        "wset",
        "(?:(?:on|every|each) )?(?:weekdays?|workdays?|working days?|business days?)",
        constant((1, 2, 3, 4, 5)),
    ),
    english("weekday", rf"(?:(?:every|each|per) )?(?:{_DAYS})", _weekdays),
    english("satsun", "sat|sun", lambda match: (_weekday_number(match.group()),)),
    # known words that fix no days
    english("unsupported", _VAGUE, constant(VAGUE)),
    english("unsupported", rf"(?:last|past|previous|next) {_COUNT} (?:{_DAYS})s?", constant(AMBIGUOUS)),
    english(
        "unsupported",
        r"last night|tonight|(?:(?:in|during) the |this |every |at )?(?:mornings?|afternoons?|evenings?)"
        r"|\d{1,2}(?::\d\d)? ?[ap]\.?m",
        constant(PARTS_OF_DAY),
    ),
    english(
        "unsupported",
        rf"(?:last|this|next|in|during|over|since)(?: the)? {_SEASON}|{_SEASON} (?:of )?20\d\d|summer(?: ?time)?(?= sales| revenue|$)",
        constant(SEASONS),
    ),
    english("unsupported", rf"(?:{_FESTIVAL})(?: (?:week|weekend|season|holidays?|period|(?:19|20)\d\d))?", _festival),
    english(
        "unsupported",
        "(?:the )?holiday season|lunar new year|chinese new year|black friday|cyber monday|prime day|singles'? day",
        constant(NO_EVENT),
    ),
    # relative
    english("point", "the day before yesterday|day before yesterday", constant(Shift("day", -2))),
    english("point", "today", constant(Shift("day", 0))),
    english("point", "yesterday", constant(Shift("day", -1))),
    english("point", "tomorrow", constant(Shift("day", 1))),
    english("point", "(?:the )?day after tomorrow", constant(Shift("day", 2))),
    english("now", "now|present", constant(Now())),
    english("agotoday", "ago (?:from )?today", constant(True)),
    english("today", "this (?:very )?(?:day|date)(?= (?:of )?last)", constant(True)),
    english("point", "(?:month|week|quarter) before last", lambda match: Shift(_unit_of(match), -2)),
    english(
        "point",
        "(?:this|the|last|current|previous|prior|next) fiscal (?:year|quarter)|fiscal (?:year )?q[1-4](?: 20\\d\\d)?"
        "|fiscal year 20\\d\\d|fy ?(?:20)?\\d\\d(?:[ -]?q[1-4])?",
        _fiscal,
    ),
    english(
        "ryear",
        "year before last|(?:this|current|last|previous|prior|preceding|next) (?:calendar )?year",
        _relative_year,
    ),
    english("ptd", "(?:year|month|quarter|week)[- ]to[- ]date|[ymqw]td", _to_date),
    english("sofar", "so far(?: in)?", constant(True)),
    english("finalu", rf"(?:final|very last) {_UNIT}", lambda match: Span(1, _unit_of(match))),
    # quarters, halves, numbered units
    english("fullweek", rf"(?:{_ORDINAL}|last|final) (?:full|complete|whole|calendar) week(?= (?:of|in)\b)", _nth_or_last),
    english("nthwd", rf"(?:{_ORDINAL}|final|very last) (?:(?:{_DAYS})s?|weekend)", _nth_weekday),
    english("cal", rf"{_ORDINAL} quarter|q ?[1-9]|quarter [1-9]", _quarter),
    english("cal", r"(?:first|second|latter|1st|2nd|front|back|former) half|h[12]|[12]h(?= ?(?:20\d\d|'))", _half),
    english("point", r"(?:20)?\d\d[ /-]?[qh][1-4]", _year_and_part),
    english("point", r"[1-4]q(?:20)?\d\d|[12]h(?:20)?\d\d", _part_and_year),
    english("nth", rf"{_ORDINAL} {_FULL}(?:day|week|month)", _nth),
    english("first", rf"(?:first|opening)(?= {_COUNT} )", constant(True)),
    english("final", rf"(?:final|very last|closing)(?= {_COUNT} )", constant(True)),
    english("span", rf"(?:{_COUNT} |an? )?fortnights?", _fortnights),
    english("span", rf"{_COUNT}[- ]{_FULL}{_UNIT}s?|an? {_UNIT}(?= (?:ago|later|from now|hence))", _span),
    # dates
    english("year", r"year (?:19|20)\d\d", lambda match: _year(match.group())),
    Lexeme("year", r"'\d\d(?!\d)", lambda match: _year(match.group())),
    english("name", rf"(?:{MONTH_NAME})\.?", month),
    english("ord", rf"\d{{1,2}}(?:st|nd|rd|th)|(?:{'|'.join(_ORDINALS)})(?= of (?:{MONTH_NAME}|(?:last|this|the|next) month)\b)", _ordinal),
    # edges
    english("edgeof", "(?:very )?(?:end|close) of", constant("end")),
    english("edgeof", "(?:very )?(?:beginning|start) of", constant("start")),
    english("edgeu", "(?:month|quarter|year)[- ]end|eo[mqy]", _edge),
    english("vague", "(?:mid|early)(?:-| )to(?:-| )(?:late|mid)", _vague),
    english("vague", "early(?: in| part of)?|mid|(?:the )?middle (?:part )?of|late(?: in| part of)?", _vague),
    english("vague", "(?:earlier|later(?! than))(?: in)?|(?:first|latter|later|earlier) part of", constant("part")),
    english("about", "(?:somewhere |sometime )?around|circa", constant(True)),
    # small words
    english(
        "rel",
        "this past|(?:most )?recent|latest|last|past|previous|prior(?! to)|preceding|trailing|rolling|this"
        "|current|next",
        _relative,
    ),
    english("weekfrom", "(?:week|wk|7 days|seven days)[- ]ending(?: on)?|w/e", constant("ending")),
    english("weekfrom", "week (?:commencing|starting|beginning)(?: on)?", constant("week")),
    english("weekendof", "weekend (?:of|in)", constant("weekend")),
    english("point", r"weeks? (?:no\.? ?)?\d{1,2} ?(?:to|through|thru|-) ?(?:week )?\d{1,2}", _numbered_weeks),
    english("weekno", r"week (?:no\.? ?|number |#)?\d{1,2}|wk ?\d{1,2}|w\d\d?(?!\d)", lambda match: Span(integer_in(match), "week")),
    english("point", r"20\d\d[- ]?w\d\d", _week_of_year),
    english("unit", rf"{_UNIT}s?", _unit_of),
    english("full", "full|complete|whole|calendar|entire", constant(True)),
    english("todate", "to date|so far|(?:up )?(?:to|until|till|through) (?:now|date|the present)", constant(True)),
    english("ahead", "from (?:now|today)|later|hence", constant(True)),
    english("onward", "onwards?|on(?= ?$)|and (?:after|later)", constant(True)),
    english("since", "(?:ever )?since|(?:starting|beginning)(?: in| from| on)?", constant(True)),
    english("until", "up (?:to|until|till|through)|until|till|through|thru|as of|by(?= the end)|ending(?: in| on)?", constant(True)),
    english("between", "between", constant(True)),
    english("before", "before|prior to|earlier than", constant(True)),
    english("after", "after|later than", constant(True)),
    english("to", "to", constant(True)),
    english(
        "vs",
        r"vs\.?|versus|(?:as )?compared? (?:with|to|against)|in comparison (?:with|to)|relative to|than|against",
        constant(True),
    ),
    english(
        "grown",
        r"(?:(?<=growth )|(?<=change )|(?<=increase )|(?<=grew )|(?<=up )|(?<=down )|(?<=decline )|(?<=drop ))(?:over"
        r"|from)",
        constant(True),
    ),
    english("from", "from", constant(True)),
    english("and", "and|or", constant(True)),
    Lexeme("and", "&", constant(True)),
    english("of", "of|in", constant(True)),
    Lexeme("of", r"'s(?![a-z])", constant(True)),
    english("on", r"on|dated|for(?= \d{1,2}/\d)", constant(True)),
    english("ago", "ago", constant(True)),
    english("point", "all[- ]time|(?:the )?(?:whole|entire|full) (?:period|history|time)", constant(AllTime())),
    english("whole", "(?:all|whole|entire|full|entirety) ?(?:of)?|month(?= of)", constant(True)),
)
