"""The English words of the time grammar."""

from __future__ import annotations

from . import english_values as mean
from .english_months import MONTH_NAME, month
from .grammar import Lexeme, constant, english
from .meanings import Cyclic, Span
from .periods import AllTime, LatestWeekday, Now, Shift, WeekdayOf
from .reasons import AMBIGUOUS, EVERY_OR_LATEST, NO_EVENT, PARTS_OF_DAY, SEASONS, SEVERAL_UNITS, VAGUE
from .time_common import integer_in

_ADJECTIVE = "(?:daily|weekly|monthly|quarterly|half[- ]yearly|yearly|annual(?:ly)?)"
_MEAN = "(?:average|avg|mean)"
_SEASON = "(?:spring|summer|autumn|winter|fall)"
_FESTIVAL = (
    "christmas|xmas|easter|thanksgiving|halloween|hanukkah|new year's(?: day| eve)?|labor day|memorial day"
    "|valentine's day|mother's day|father's day|independence day|super bowl"
)

# What came late, whenever that was.
_BEFORE_LATE = ("were", "was", "is", "are", "be", "came", "arrive", "arrived", "deliver", "delivered", "ran", "too")
_NOT_TOO_LATE = "".join(f"(?<!\\b{w} )" for w in _BEFORE_LATE)

# Words about time that never fix days.
_VAGUE = (
    "recently|lately|(?:in|the|over the|for) (?:more )?recent (?:days|weeks|months|years|times|past)|these days|nowadays"
    "|(?:just )?the other (?:day|week|month|night)|(?:quite )?a while (?:ago|back)|some ?time ago|not (?:too |so )?long ago"
    "|long ago|ages ago|earlier on|one day|some day|(?:a )?(?:few|couple) (?:days|weeks|months) back|back in the day"
    "|in years past|(?:in )?the (?:run|lead)[- ]?up to|(?<!day )(?<!days )(?<!week )(?<!weeks )(?<!month )(?<!months )leading up to"
    "|(?:coming|upcoming) (?:days?|weeks?|months?|quarters?|years?)"
    "|from time to time|(?:at some point|sometime)(?! (?:in|during|between|within)\\b)"
    rf"|in the past(?! (?:{mean.COUNT}|{mean.UNIT}s?|{mean.DAYS}|weekend|fortnight|calendar|full|fiscal)\b)"
)

# At the close of June 30 names a day, and no end of June.
_A_DAY = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?\b"

# The second month of the year, and not its beginning or its end.
_NTH_OF = "(?:(?<=half of )|(?<=quarter of )|(?<=month of )|(?<=week of )|(?<=day of ))"

LEXEMES: tuple[Lexeme, ...] = (
    # words that only look like time
    Lexeme(
        "other",
        r"(?:(?:hi|hey|hello|dear)[a-z ,]* )?(?:good )?(?:morning|afternoon|evening)(?: (?:all|team|everyone|folks|there))?(?=[!,.:;-])",
        constant(True),
        gate=r"^(?=[a-z])",
    ),
    english(
        "other",
        r"(?:day|week|month|year)s? old|(?:day|week|month|year)-old|time of year|birthdays?",
        constant(True),
    ),
    # comparisons
    english("compare", "[mwqyd]o[mqyd]|wow(?= (?:growth|change|trend|sales|increase|comparison|%))|yoy", mean.over_itself),
    english(
        "compare",
        r"([mwqy])[-/](?:o[-/])?[mwqy]|(?:day|week|month|quarter|year)[- ](?:over|on)[- ](?:day|week|month|quarter"
        r"|year)",
        mean.over_itself,
    ),
    english(
        "compare",
        r"(?:the |that )?same (?:period|time|days?|dates?|week|month|quarter|stretch)(?:,? (?:of|in|from))?(?:,? (?:a|one) year"
        r" (?:ago|earlier|before|prior|back|previously))|(?:the )?(?:year[- ]ago|prior[- ]year) (?:period|quarter|month|week)"
        r"|(?:the )?same (?:period|time|days?|dates?|week|month|quarter)(?: (?:of|in|from))?(?: the)? "
        r"(?:last|previous|prior) (?:year|month|quarter|week)(?:'s)?|this time last year|(?:a|one) year (?:ago(?! today)|earlier"
        r"|before|prior)|last year's same period",
        mean.same_days,
    ),
    english(
        "prev",
        "(?:(?<=against )|(?<=vs )|(?<=versus )|(?<=than )|(?<=with )|(?<=compared to ))(?:the )?last(?= ?(?:$|[?,.:;!)]))"
        "|(?:the )?(?:previous|prior|preceding|last) (?:period|one)|(?:the )?(?:week|month|quarter|year"
        "|day) before(?: it| that(?: one)?| this)?(?! last)(?= ?(?:$|[?,.:;!)]|- |sales|revenue|together|combined|that\\b))",
        mean.before_unit,
    ),
    # cyclic
    english(
        "cyclic",
        "(?:(?:by|per|each|every|which|what|the) )?(?:days?|weekdays?) of (?:the )?week"
        "|(?:by|per|which|what|(?:(?:for|of|on|by) )?(?:each|every)) weekday",
        constant(Cyclic("day_of_week")),
    ),
    english(
        "cyclic",
        "(?:(?:by|per|each|every|which|what) )?(?:hours? of (?:the )?day|time of (?:the )?day)|(?:by|per|each|every"
        "|which|what|a) hour|hourly|hour[- ]by[- ]hour",
        constant(Cyclic("hour_of_day")),
    ),
    english("cyclic", "(?:(?:by|per|which|what) )?days? of (?:the )?month", constant(Cyclic("day_of_month"))),
    english("cyclic", "(?:(?:by|per|which|what) )?months? of (?:the )?year", constant(Cyclic("month_of_year"))),
    english("cyclic", "(?:(?:by|per|which|what) )?quarters? of (?:the )?year", constant(Cyclic("quarter_of_year"))),
    english(
        "monthdays",
        rf"(?:on )?the (?:{mean.ORDINAL})(?: day)?(?:(?:,| and|, and) (?:the )?(?:{mean.ORDINAL}))*(?: day)? of (?:every|each|any) month",
        mean.days_of_each_month,
    ),
    # trends and averages
    english(
        "grain",
        rf"{_MEAN} {_ADJECTIVE}|{_ADJECTIVE} {_MEAN}s?|{_MEAN} (?:per|a|each) {mean.UNIT}|on average (?:per|a|each"
        rf"|every) {mean.UNIT}|(?:per|a|each|every) {mean.UNIT} on average",
        mean.grain_noted("average"),
    ),
    english(
        "grain",
        rf"(?:(?:a|an|the) )?(?:typical|average|normal|regular|usual|ordinary) {mean.UNIT}",
        mean.grain_noted("average"),
    ),
    english(
        "grain",
        r"(?:day|week|month|quarter|year)[- ]?wise"
        r"|(?:one|a) (?:row|line|figure|number) (?:per|a|for each|each) (?:day|week|month|quarter|year)",
        mean.grain_noted(),
    ),
    english(
        "grain",
        r"(?:from )?(?:one )?(?P<u>day|week|month|quarter|year)[- ](?:after|to|upon)[- ](?:the next|(?P=u)|next)",
        mean.grain_noted(),
    ),
    english(
        "grain",
        rf"(?:by|each|every)(?: calendar)? (?:{mean.UNIT}|date)|{_ADJECTIVE}|day[- ]by[- ]day|week[- ]by[- ]week"
        rf"|month[- ]by[- ]month|quarter[- ]by[- ]quarter|year[- ]by[- ]year",
        mean.grain_noted(),
    ),
    english(
        "grain",
        rf"per(?: |-){mean.UNIT}|(?<!in )(?<!for )(?<!half )(?<!within )(?<!of )(?<!is )(?<!such )(?<!what )a (?:day|week"
        rf"|month|year)(?! (?:ago|later))",
        mean.grain_noted("per"),
    ),
    english(
        "grain",
        r"(?:which|what) (?:day|date|week|month|quarter|year)s?",
        mean.grain_noted("which"),
    ),
    english(
        "unsupported",
        rf"every (?:other|[2-9]|\d\d|two|three|four|six) {mean.UNIT}s?|(?:bi-?weekly|bi-?monthly|fortnightly)"
        rf"|every (?:few|couple of) {mean.UNIT}s",
        constant(SEVERAL_UNITS),
    ),
    english("point", rf"(?:{mean.DAYS}) before last", lambda match: LatestWeekday(mean.weekday_number(match.group()), back=1)),
    english("point", "weekend before last", constant(WeekdayOf(-2, (6, 7)))),
    english("point", rf"{_NTH_OF}the year(?! (?:of|before|after|ending|starting|that)\b)", mean.latest_year),
    english("point", rf"(?!{_NTH_OF})(?<=of )the (?:week|month|quarter|year)(?! (?:of|before|after|ending|starting|that)\b)", mean.this_unit),
    english("all", rf"the(?= {mean.COUNT} {mean.UNIT}s? (?:before|after|prior))", constant(True)),
    # weekdays
    english("unsupported", "(?:one|some|a few|certain) (?:of )?(?:the |those |these )?(?:weekends?|weekdays?)", constant(VAGUE)),
    english("unsupported", "(?:over|on|at|during) the weekend(?! (?:of|before|after|in))", constant(EVERY_OR_LATEST)),
    english("wset", "(?:(?:on|every|each) )?weekends?(?! of)", constant((6, 7))),
    english(
        "wset",
        "(?:(?:on|every|each) )?(?:weekdays?|workdays?|working days?|business days?)",
        constant((1, 2, 3, 4, 5)),
    ),
    english("weekday", rf"(?:(?:every|each|per) )?(?:{mean.DAYS})", mean.weekday_named),
    english("wset", r"sat(?:urday)?s? ?[+&/] ?sun(?:day)?s?", constant((6, 7))),
    english("satsun", "sat|sun", lambda match: (mean.weekday_number(match.group()),)),
    # known words that fix no days
    english("unsupported", _VAGUE, constant(VAGUE)),
    english("unsupported", rf"(?:last|past|previous|next) {mean.COUNT} (?:{mean.DAYS})s?", constant(AMBIGUOUS)),
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
    english("unsupported", rf"(?:{_FESTIVAL})(?: (?:week|weekend|season|holidays?|period|(?:19|20)\d\d))?", mean.festival),
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
    english("point", "(?:month|week|quarter) before last", lambda match: Shift(mean.unit_of(match), -2)),
    english(
        "point",
        "(?:this|the|last|current|previous|prior|next) fiscal (?:year|quarter)|fiscal (?:year )?q[1-4](?: 20\\d\\d)?"
        "|fiscal year 20\\d\\d|fy ?(?:20)?\\d\\d(?:[ -]?q[1-4])?",
        mean.fiscal,
    ),
    english(
        "ryear",
        "year before last|(?:this|current|last|previous|prior|preceding|next) (?:calendar )?year",
        mean.relative_year,
    ),
    english("ptd", "(?:year|month|quarter|week)[- ]to[- ]date|[ymqw]td", mean.to_date),
    english("sofar", "so far(?: in)?", constant(True)),
    english("finalu", rf"(?:final|very last) {mean.UNIT}", lambda match: Span(1, mean.unit_of(match))),
    # quarters, halves, numbered units
    english("fullweek", rf"(?:{mean.ORDINAL}|last|final) (?:full|complete|whole|calendar) week(?= (?:of|in)\b)", mean.nth_or_last),
    english("nthwd", rf"(?:{mean.ORDINAL}|final|very last) (?:(?:{mean.DAYS})s?|weekend)", mean.nth_weekday),
    english("cal", rf"{mean.ORDINAL} quarter|q ?[1-9]|quarter [1-9]", mean.quarter_of_year),
    english("cal", r"(?:first|second|latter|1st|2nd|front|back|former) half|h[12]|[12]h(?= ?(?:20\d\d|'))", mean.half_year),
    english("point", r"(?:20)?\d\d[ /-]?[qh][1-4]", mean.year_and_part),
    english("point", r"[1-4]q(?:20)?\d\d|[12]h(?:20)?\d\d", mean.part_and_year),
    english("nth", rf"{mean.ORDINAL} {mean.FULL}(?:day|week|month)", mean.nth_unit),
    english("first", rf"(?:first|opening)(?= {mean.COUNT} )", constant(True)),
    english("final", rf"(?:final|very last|closing)(?= {mean.COUNT} )", constant(True)),
    english("span", rf"(?:{mean.COUNT} |an? )?fortnights?", mean.fortnights),
    english("span", rf"{mean.COUNT}[- ]{mean.FULL}{mean.UNIT}s?|an? {mean.UNIT}(?= (?:ago|later|from now|hence))", mean.counted_units),
    # dates
    english("year", r"year (?:19|20)\d\d", lambda match: mean.year_ref(match.group())),
    Lexeme("year", r"'\d\d(?!\d)", lambda match: mean.year_ref(match.group())),
    english("point", rf"\d{{1,2}}-(?:{MONTH_NAME})-(?:19|20)\d\d", mean.day_month_year),
    english("point", r"[lr]\d{1,3}d", mean.last_days),
    english("span", r"(?<=last |past )\d{1,3}[dwmqy]", mean.short_span),
    Lexeme("point", rf"(?<![a-z])(?:{MONTH_NAME})[./-](?:19|20)\d\d(?!\d)", mean.month_and_year, gate=r"(?<![a-z0-9])(?=[a-z])"),
    english("name", rf"(?:{MONTH_NAME})\.?", month),
    english("ord", rf"\d{{1,2}}(?:st|nd|rd|th)|(?:{'|'.join(mean.ORDINALS)})(?= of (?:{MONTH_NAME}|(?:last|this|the|next) month)\b)", mean.ordinal),
    # edges
    english("edgeof", rf"(?:very )?(?:end|close) of(?! {_A_DAY})", constant("end")),
    english("edgeof", "(?:very )?(?:beginning|start) of", constant("start")),
    english("edgeu", "(?:month|quarter|year)[- ]end|eo[mqy]", mean.edge_of),
    english("vague", "(?:mid|early)(?:-| )to(?:-| )(?:late|mid)", mean.vague_part),
    english("vague", f"early(?: in| part of)?|mid|(?:the )?middle (?:part )?of|{_NOT_TOO_LATE}late(?: in| part of)?", mean.vague_part),
    english("vague", "(?:earlier|later(?! than))(?: in)?|(?:first|latter|later|earlier) part of", constant("part")),
    english("about", "(?:somewhere |sometime )?around|circa", constant(True)),
    # small words
    english(
        "rel",
        "this past|(?:most )?recent|latest|last|past|previous|prior(?! to)|preceding|trailing|rolling|this"
        "|current|next|coming|upcoming",
        mean.relative,
    ),
    english("weekfrom", "(?:week|wk|7 days|seven days)[- ]ending(?: on)?|w/e", constant("ending")),
    english("weekfrom", "week (?:commencing|starting|beginning)(?: on)?", constant("week")),
    english("weekendof", "weekend (?:of|in)", constant("weekend")),
    english("point", r"weeks? (?:no\.? ?)?\d{1,2} ?(?:to|through|thru|-) ?(?:week )?\d{1,2}", mean.numbered_weeks),
    english(
        "weekno",
        r"(?:calendar |iso )?week (?:no\.? ?|number |#)?\d{1,2}|wk ?\d{1,2}|w\d\d?(?!\d)",
        lambda match: Span(integer_in(match), "week"),
    ),
    english("point", r"20\d\d[- ]?w\d\d", mean.week_of_year),
    english("unit", mean.UNIT, mean.unit_of),
    english("unit", "wk", constant("week")),
    english("units", rf"{mean.UNIT}s", mean.unit_of),
    english("full", "full|complete|whole|calendar|entire", constant(True)),
    english("todate", "to date|so far|(?:up )?(?:to|until|till|through) (?:now|date|the present)", constant(True)),
    english("ahead", "from (?:now|today)|later|hence", constant(True)),
    english("onward", "onwards?|on(?= ?$)|and (?:after|later)", constant(True)),
    english(
        "since",
        "(?:ever )?since|on (?:or|and) after|(?:no|not) (?:earlier|sooner) than|not before|(?:starting|beginning)(?: in| from| on)?",
        constant(True),
    ),
    english(
        "until",
        "on (?:or|and) before|(?:no|not) later than|not after|up to and including"
        "|(?<!stack )(?<!stacks )(?<!stacked )up (?:to|until|till|through)|until|till|through|thru|as of|by(?= the end)|ending(?: in| on)?",
        constant(True),
    ),
    english("between", "between", constant(True)),
    english("beforeit", "(?:before|prior to|preceding) (?:that|those|it|this|then)", constant(True)),
    english("before", "before|prior to|earlier than", constant(True)),
    english("leading", "(?:just |right |immediately )?leading (?:up )?(?:in)?to", constant(True)),
    english("lasting", rf"for(?: the(?: next| following)?)?(?= {mean.COUNT} {mean.UNIT}s?\b)", lambda match: "next" in match.group()),
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
