"""The Chinese words of the time grammar."""

from __future__ import annotations

import re

from .calendar import Unit
from .grammar import Lexeme, Match, constant
from .meanings import Compare, Cyclic, Grain, Rel, Span
from .periods import AllTime, Calendar, LatestWeekday, Now, Period, Shift, WeekdayOf, YearRef
from .reasons import AMBIGUOUS, HOURS, LUNAR, NO_EVENT, PARTS_OF_DAY, SEASONS, SEVERAL_UNITS, VAGUE
from .spans import Between, Edge
from .time_common import chinese_or_digits, integer_in
from .weeks import NumberedWeek

_N = r"(?:\d{1,4}|[一二两俩三四五六七八九十廿卅百]{1,5})"
_UNIT = (
    r"天(?![然猫数空使气])|日(?![用化本常杂期均])|周(?![年岁期边末])|星期(?![一二三四五六日天几])|礼拜(?![一二三四五六日天几])"
    r"|季度|季(?![节度报])|月份?(?![龄饼卡子嫂薪亮])|年(?:度|份)?(?![龄轻货终底初末级纪])|半年|小时"
)
_UNITS: dict[str, Unit] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "季": "quarter",
    "半年": "half", "年": "year", "小时": "hour",
}  # fmt: skip
_WEEKDAYS = "一二三四五六日"
_MONTH_DIGITS = "一二三四五六七八九"
_WEEK = "(?:周|星期|礼拜)"
_WEEKDAY = r"[一二三四五六日天](?!气)(?:、?[一二三四五六日天])*(?<!日日)(?![共直起般定样些下并个家次月年均常用报期]|周(?![一二三四五六日天]))"


def _days_of_each_month(match: Match) -> tuple[int, ...] | None:
    """每月1号和15号, 每个月的第一天."""
    days = {chinese_or_digits(number) for number in re.findall(rf"({_N})[日号]", match.group())} or {1}
    return tuple(sorted(days)) if max(days) <= 31 else None


def _unit(match: Match) -> Unit:
    """The unit that a match ends with, whatever its 份 or 度."""
    found = re.search(r"(半年|小时|星期|礼拜|天|日|周|月|季|年)[份度]?(?:均|平均|趋势|走势|曲线|变化)?$", match.group())
    return _UNITS[found[1]] if found else "day"


def _unit_of_points(match: Match) -> Unit:
    """一个礼拜一个点."""
    found = re.match(r"一个?(天|周|星期|礼拜|月|季|年)", match.group())
    return _UNITS[found[1]] if found else "day"


def _span(match: Match) -> Span:
    if re.match("好?几|数|[一二两三四五六七八九]{2}", match.group()):
        return Span(None, _unit(match))  # 几天, 三五天
    if re.match("半个?月", match.group()):
        return Span(15, "day")
    return Span(1 if match.group() == "半年" else integer_in(match), _unit(match))


def _shift(match: Match) -> Shift:
    """上上周, 本月, 前一天; 前 alone counts from last (前周 = 上上周), as in 前天 and 前年."""
    word = match.group()
    offset = 0
    if word[0] == "上":
        offset = -len(word) + len(word.lstrip("上"))
    elif word[0] == "前":
        offset = -1 if word[1] == "一" else -2
    elif word[0] == "下":
        offset = len(word) - len(word.lstrip("下"))
    return Shift(_unit(match), offset)


def _weekday_numbers(text: str) -> tuple[int, ...]:
    named = text.replace("天", "日")
    return tuple(sorted({_WEEKDAYS.index(char) + 1 for char in named if char in _WEEKDAYS}))


def _weekdays(match: Match) -> tuple[int, ...]:
    return _weekday_numbers(re.sub(f"[每逢个按照分]|{_WEEK}", "", match.group()))


def _weekday_of(match: Match) -> WeekdayOf:
    word = match.group()
    offset = {"上": -1, "下": 1}.get(word[0], 0) * (len(word) - len(word.lstrip(word[0])))
    if "周末" in word or "双休日" in word:
        return WeekdayOf(offset, (6, 7))
    named = re.split(_WEEK, re.sub("[这那]?[两俩2]天$", "", word))
    return WeekdayOf(offset, _weekday_numbers("".join(named[1:]) if len(named) > 2 else named[-1]))


def _latest_weekday(match: Match) -> LatestWeekday:
    """最近的周六."""
    return LatestWeekday(_weekday_numbers(match.group()[-1])[0])


def _month(match: Match) -> Calendar | None:
    month = integer_in(match)
    return Calendar("month", month) if month else None


def _spelled_year(match: Match) -> YearRef:
    number = integer_in(match)
    return YearRef(number)


def _quarter(match: Match) -> Calendar:
    return Calendar("quarter", integer_in(match))


def _pair(match: Match) -> Between | None:
    """七八月: two months that adjoin."""
    first, second = (_MONTH_DIGITS.index(char) + 1 for char in match.group()[:2])
    return Between(Calendar("month", first), Calendar("month", second)) if second == first + 1 else None


def _listed_months(match: Match) -> Between | None:
    """5、6两个月: months one after another, as many as are said."""
    months = [int(word) for word in re.findall(r"\d+", match.group())]
    said = re.sub(r".*\d这?", "", match.group())[:1]
    told = 2 if said in "俩两" else chinese_or_digits(said)
    in_order = months == list(range(months[0], months[0] + len(months)))
    return Between(Calendar("month", months[0]), Calendar("month", months[-1])) if in_order and told == len(months) else None


def _quarter_pair(match: Match) -> Between | None:
    """二三季度: two quarters that adjoin."""
    first, second = (_MONTH_DIGITS.index(char) + 1 for char in match.group()[:2])
    return Between(Calendar("quarter", first), Calendar("quarter", second)) if second == first + 1 else None


def _numbered_weeks(match: Match) -> Between | None:
    """第10到12周."""
    start, end = (chinese_or_digits(word) for word in re.findall(_N, match.group()))
    return Between(NumberedWeek(start), NumberedWeek(end)) if start < end else None


def _nth_weekday(match: Match) -> tuple[int, tuple[int, ...]]:
    """第二个周一, 最后一个周末."""
    word = match.group()
    place, days = re.split(f"(?={_WEEK}(?!$)|双休日)", word, maxsplit=1)
    nth = -1 if place.startswith(("最后", "末")) else 1 if place[0] in "首头" else integer_in(match)
    nth = -nth if place.startswith("倒数") else nth
    return nth, (6, 7) if days.endswith(("末", "日")) and not re.search("期日|拜日|周日", days) else _weekday_numbers(re.sub(_WEEK, "", days))


def _fiscal(match: Match) -> Period:
    word = match.group()
    if found := re.match(r"(上|本|这|今)个?财(年|季)", word):
        return Shift("year" if found[2] == "年" else "quarter", -1 if found[1] == "上" else 0, fiscal=True)
    if re.match(r"\d", word):
        return Calendar("year", 1, year=_spelled_year(match), fiscal=True)
    return Calendar("quarter", integer_in(match), fiscal=True)


def _stretch(match: Match) -> tuple[int, int | None]:
    return {
        "上旬": (1, 10), "中旬": (11, 20), "下旬": (21, None), "中下旬": (11, None), "上中旬": (1, 20),
        "上半月": (1, 15), "前半月": (1, 15), "下半月": (16, None), "后半月": (16, None),
    }[match.group().replace("个", "")]  # fmt: skip


def _edge(match: Match) -> Edge:
    unit = _UNITS[match.group()[0]]
    return Edge(Shift(unit, 0), "start" if match.group()[-1] == "初" else "end", bare=True)


def _compared(match: Match) -> Compare:
    word = match.group()
    if "环比" in word:
        return Compare("previous", _UNITS.get(word[0]))
    if "同期" in word and word[0] == "上" and word[1] != "年":
        return Compare("previous", _UNITS[re.sub("[上个度同期]", "", word)], "same days")
    return Compare("last_year")


# What people add to a unit that they split by: 以月为单位, 按周维度, 月別.
_LEVEL = "为单位|为粒度|为维度|的?维度|的?粒度|层面|级别|别(?![的算看把管带含人家处提说拿给])"


def _by_unit(match: Match) -> Grain:
    plain = re.sub(f"(?:{_LEVEL})|(?<=日)期$|地$", "", match.group())
    found = re.search(r"(半年|小时|星期|礼拜|天|日|周|月|季|年)[份度]?$", plain)
    return Grain(_UNITS[found[1]] if found else "day")


def _nth(match: Match) -> Span:
    return Span(1 if match.group()[0] == "首" else integer_in(match), _unit(match))


def _average(match: Match) -> Grain:
    found = re.search("(天|日|周|星期|礼拜|月|季|年)", match.group())
    return Grain(_UNITS[found[1]] if found else "day", "average")


def _adjective(match: Match) -> Grain:
    return Grain(_UNITS[match.group()[0]])


def _first(match: Match) -> str:
    """前三天, 前两个完整周 at the head of a clause are the last ones; 销售额前10天 are the best ten."""
    heading = match.start() == 0 or match.string[match.start() - 1] in ",. "
    if heading and re.match(rf"{_N}个?(?:完整|自然)", match.string[match.end() :]):
        return "before"
    return "before" if match.group() == "前" and heading and re.match("[1-7一二两三四五六七][天日]", match.string[match.end() :]) else "first"


_FESTIVALS = (
    "春节|国庆节?|中秋节?|端午节?|清明节?|元宵节?|除夕|元旦|五一(?:节|假期|黄金周|期间|当天)|劳动节|十一(?:假期|黄金周|长假|期间)|圣诞节?(?=期间|当天|前|后)"
    "|感恩节|复活节|情人节|母亲节|父亲节|儿童节|妇女节|七夕|重阳节?|万圣节|黄金周|小长假|寒假|暑假|年货节|双1[12]|双十[一二]|六一八|黑五|黑色星期五|618(?=大促|期间|活动|当天)"
)

# Words about time that never fix days.
_VAGUE = (
    "近期|近来|近些?年来?|近[段阵](?:时间|子)|(?<![三四五六七八九])[前这那一]一?(?:段时间|阵子?|阵儿)|前些(?:天|日子|时候|年|周|阵子)|[前这那过]几(?=天|日|周|星期|个)(?:个?(?:天|日|周|星期|礼拜|月|季度|年))"
    "|[这那]些(?:天|日子)|前不久|不久前|不久之前|早些时候|早前|刚才|某一?天|有一天|上[次回](?!的?购|买)|往年|往常|以往|从前|平时|平常|改天|将来|年中(?!大促)|月中(?!旬)|季中|节假日|旺季|淡季"
    "|(?<![一-鿿])过去(?=的?(?:销|卖|营)|$)|一阵子|[上本]个?世纪|\\d0年代|[零一二三四五六七八九]十年代"
)

LEXEMES: tuple[Lexeme, ...] = (
    # words that only look like time
    Lexeme("those", "[那这](?:几[天日]|些(?:天|日子)|段时间)", constant(VAGUE)),
    Lexeme("unsupported", _VAGUE, constant(VAGUE)),
    Lexeme(
        "other",
        "一天到晚|一周年|周年|周期|最近(?=一[次笔单]|的一[次笔单]|购买|下单|消费)|生日|节日|一年四季|有朝一日|同期群|今日头条",
        constant(True),
    ),
    # comparisons
    Lexeme("unsupported", "[日周月]度?同比", constant(AMBIGUOUS)),
    Lexeme("compare", "(?:日|周|月|季|年)?度?环比|年?同比", _compared),
    Lexeme("compare", "(?:去年|上年|上一年|往年)的?(?:同一?(?:时期|时候|时间|时段|期)|这个?时候|这会儿|这时)", _compared),
    Lexeme("compare", "上个?(?:月|周|季度?)(?:的)?同期|同期", _compared),
    Lexeme("prev", "(?:前|上)一?个?(?:周期|期)(?![间待])|上一时期|前一时期", constant("")),
    # cyclic
    Lexeme(
        "cyclic",
        rf"(?:按照?|分|各|每)?{_WEEK}几(?!个)|(?:按照?|分)星期(?![一二三四五六日天])|(?<![近去上前这过])一(?:周|个?星期|个?礼拜)(?:七天)?(?:之?内|当?中|里面?|之中)?的?(?:各|每|哪一?)[天日]",
        constant(Cyclic("day_of_week")),
    ),
    Lexeme(
        "cyclic",
        "(?:按照?|分|各个?|每个?|哪个?|哪一个)(?:小时|时段|时间段|钟头|钟点|整点)|时段(?:分布)?|几点钟?|分时|(?:一个?(?:小时|钟头)){2}地?|逐(?:小时|时)",
        constant(Cyclic("hour_of_day")),
    ),
    Lexeme("cyclic", "(?:每个?月)?(?:几号|哪一?号)(?!店|门|楼)", constant(Cyclic("day_of_month"))),
    # trends and averages
    Lexeme(
        "grain",
        r"平均(?:下来|算下来|来看|到)?(?:每一?|一)个?(?:天|日|周|星期|礼拜|月|季度?|年)(?![年岁期边末])"
        r"|每一?个?(?:天|日|周|星期|礼拜|月|季度?|年)的?平均|(?:一|每)个?(?:天|周|星期|礼拜|年)平均|(?:一个|每个?)(?:月|季度)平均",
        _average,
    ),
    Lexeme(
        "grain",
        r"(?:一个?(?P<each>天|日|周|星期|礼拜|月|季度?|年)(?:接着?|又|、)?一个?(?P=each)|一天天|天天|一周周|周周|月月|季季)地?"
        r"|一个?(?:天|周|星期|礼拜|月|季度?|年)(?=一(?:行|条|列|格|个数|笔数))",
        _by_unit,
    ),
    Lexeme("grain", r"一个?(?:天|周|星期|礼拜|月|季度?|年)一个?(?:数据)?点(?!心)", lambda match: Grain(_unit_of_points(match))),
    Lexeme("grain", r"(?<!\d)(?<![今昨明生节假工])(?:天|日|周|月|季度?|年)度?(?:均(?![匀衡])|平均(?=[,;。?!]|$|是|[多为]少|每))", _average),
    Lexeme("grain", r"[日周月季]线(?![上下条圈])|[日周月季]报(?=[:,，：])", _adjective),
    Lexeme("grain", rf"哪几?一?个?(?:{_UNIT})|几月份?", lambda match: Grain(_unit(match), "which")),
    Lexeme(
        "unsupported",
        rf"每隔?(?:[2-9]|\d\d|[两二三四五六七八九十])个?(?:{_UNIT})|双周(?!岁)|每隔一(?:天|周|个月)",
        constant(SEVERAL_UNITS),
    ),
    # weekdays
    Lexeme("nthwd", rf"(?:第{_N}个?|倒数第{_N}个|首个|头一?个|最后一?个|末个)(?:周末|双休日|{_WEEK}[一二三四五六日天])", _nth_weekday),
    Lexeme(
        "wdayof",
        rf"(?:上+|(?<!一)下+|本|这|当|今)一?个?(?:{_WEEK}{_WEEKDAY}(?:{_WEEK}{_WEEKDAY}(?:[这那]?[两俩2]天)?)?|(?:周末|双休日)(?:[这那]?[两俩2]天)?)",
        _weekday_of,
    ),
    Lexeme("point", "最近(?:的|一个|的一个|这个)?(?:周末|双休日)", constant(WeekdayOf(-1, (6, 7)))),
    Lexeme("point", rf"最近(?:的|一个|的一个|这个)?{_WEEK}[一二三四五六日天]", _latest_weekday),
    Lexeme("thatweekend", "(?:的)?(?:那|所在)一?个?(?:周末|双休日)", constant("weekend")),
    Lexeme("weekday", rf"(?:每逢|每个|每|逢|按照?|分)?{_WEEK}{_WEEKDAY}", _weekdays),
    Lexeme("wset", "(?:每逢|每个|每|逢)?(?:周末|双休日)(?:[这那]?[两俩2]天)?", constant((6, 7))),
    Lexeme("wset", "(?:每个|每)?(?:工作日|平日)(?:[这那]?[五5]天)?", constant((1, 2, 3, 4, 5))),
    Lexeme("wset", "周[中间](?=(?:和|与|跟|、|对|比|vs)周末)|(?<=周末[和与跟、对比])周[中间]", constant((1, 2, 3, 4, 5))),
    Lexeme("monthdays", rf"每个?月的?(?:{_N}[日号](?![店线楼门])(?:[、和跟与及]{_N}[日号])*|第一[天日]|头一天|首日)", _days_of_each_month),
    Lexeme("grain", rf"(?:每一?个?|逐[个一]?|分|各个?|按照?|按着|以|依照?|依着|挨[个着]?)(?:自然)?(?:日期|{_UNIT})(?:{_LEVEL})?地?", _by_unit),
    Lexeme("grain", rf"(?<![\d一二三四五六七八九十个今昨明上本当这下生节假工平])(?:天|日|周|月|季度?|年)度?(?:{_LEVEL})", _by_unit),
    Lexeme("grain", "(?:日|天|周|月|季|年)度?(?:趋势|走势|曲线|变化)", _adjective),
    Lexeme("grain", "[日周月季]度(?![假过末初底])|年度(?!末)", _adjective),
    Lexeme("grain", "历年", lambda match: Grain("year")),
    # relative
    Lexeme("today", "(?<=[周期拜月度年的])今[天日](?!头条)", constant(True)),
    Lexeme("point", "今[天儿]|今日(?!头条)|本日", constant(Shift("day", 0))),
    Lexeme("point", "大后[天日]", constant(Shift("day", 3))),
    Lexeme("point", "大前[天日儿]", constant(Shift("day", -3))),
    Lexeme("point", "前[天日](?![一-鿿]?平均)", constant(Shift("day", -2))),
    Lexeme("point", "昨[天日儿]", constant(Shift("day", -1))),
    Lexeme("point", "明[天日儿]", constant(Shift("day", 1))),
    Lexeme("point", "后天", constant(Shift("day", 2))),
    Lexeme("now", "现在|目前|当前|如今|此刻", constant(Now())),
    Lexeme(
        "point",
        r"(?:上|本|这|今)个?财(?:年|季)度?|(?:20)?\d\d财年|财年?(?:第?[一二三四1-4]财?季度?|q[1-4])",
        _fiscal,
    ),
    Lexeme("cal", "上半年|前半年", constant(Calendar("half", 1))),
    Lexeme("cal", "下半年|后半年", constant(Calendar("half", 2))),
    Lexeme("stretch", "上中旬|中下旬|[上中下]旬|[上下前后]半个?月", _stretch),
    Lexeme("ryear", "大前年", constant(YearRef(-3, relative=True))),
    Lexeme("ryear", "前年", constant(YearRef(-2, relative=True))),
    Lexeme("ryear", "去年度?|上一?年度?|前一年|昨年", constant(YearRef(-1, relative=True))),
    Lexeme("ryear", "今年度?|本年度?|这一?年", constant(YearRef(0, relative=True))),
    Lexeme("ryear", "明年", constant(YearRef(1, relative=True))),
    Lexeme(
        "point",
        r"(?<!以)(?<!之)(?:上+|本|这|(?<!一)下+)一?个?(?:完整的?|整个?|自然)?(?:周(?![年岁期边末])|星期|礼拜|月份?|季度|季(?![节度]))",
        _shift,
    ),
    Lexeme("before1", r"(?<!以)(?<!之)前一?个?(?:周(?![年岁期边末])|星期|礼拜|月份?|季度|季(?![节度]))|前一[天日]", _shift),
    Lexeme("then", r"当(?:周(?![年岁期边末])|月份?|季度?(?![节])|年)", _shift),
    Lexeme("point", "上一[天日]", constant(Shift("day", -1))),
    # spelled dates
    Lexeme(
        "unsupported",
        r"(?:农历|阴历)(?:[一二三四五六七八九十冬腊正]+月)?(?:初?[一二三四五六七八九十廿]+)?|正月|腊月",
        constant(LUNAR),
    ),
    Lexeme("year", r"(?<!\d)(?:19|20)\d\d年度?(?!龄)|[一二][零〇一二三四五六七八九]{3}年", _spelled_year),
    Lexeme(
        "yy",
        r"(?<!\d)[012789]\d年(?![龄级代]|以[上下内来]|多|老|间|会员|历史|前|后)|[一二八九][零〇一二三四五六七八九]年(?!代)",
        _spelled_year,
    ),
    Lexeme("yy", r"(?<![\d店动品号户商线楼柜组销录])[012789]\d(?=全年)", _spelled_year),
    Lexeme("unsupported", rf"连续{_N}个?(?:天|周|星期|礼拜|月|季度|年)", constant(VAGUE)),
    Lexeme("point", rf"第{_N}周?[到至~-]第?{_N}周(?![年岁期边末])", _numbered_weeks),
    Lexeme("nth", rf"第{_N}个?(?:周(?![年岁期边])|星期|礼拜|天|日|月)|首[周日月]|首个月", _nth),
    Lexeme("finalu", "(?:最后|末|倒数第)一?个?(?:周|天|日|星期|月|季度)", lambda match: Span(1, _unit(match))),
    Lexeme("cal", r"(?<![十\d第])[一二三][二三四]季度", _quarter_pair),
    Lexeme("cal", r"第[一二三四五六七八九1-9]个?季度|(?<!\d)[一二三四五六七八九1-9]季度|(?<!\d)[一二三四]季(?![节报度])", _quarter),
    Lexeme("cal", r"(?<=(?<!\d)(?:19|20)\d\d)[一二三四]季度", _quarter),
    Lexeme("cal", r"第[一二三四1-4]季(?![节报度])", _quarter),
    Lexeme("unsupported", rf"(?<![近去往前后头]){_N}个?(?:天|周|星期|礼拜|月|季度|年)[以之]?内(?![衣裤])", constant(VAGUE)),
    Lexeme("cal", r"(?<![十\d近去往前后头上这])[一二三四五六七八九][二三四五六七八九]这?[两俩]个?月份?", _pair),
    Lexeme("cal", r"(?<![\d.、])(?:1[0-2]|[1-9])(?:[、,和](?:1[0-2]|[1-9]))+这?[两俩三四五六]个?月份?", _listed_months),
    Lexeme("tail", "(?:(?<=天)|(?<=日)|(?<=号))这?[两俩]天|(?<=月)这?(?:两个|俩)月|(?<=周)这?两周|(?<=季度)这?两个季度", constant(True)),
    Lexeme(
        "span",
        rf"(?:好?几|数|{_N}) ?个?(?:完整的?|整|自然)*(?:天|周(?![年岁期边])|星期|礼拜|小时)"
        rf"|(?:(?:好?几|数|{_N})个|俩)(?:完整的?|整|自然)*(?:月|季度|季|半年)"
        rf"|半年(?!度)|(?<=[近去往前])半个?月",
        _span,
    ),
    Lexeme("zmonth", "元月份?", constant(Calendar("month", 1))),
    Lexeme("cal", r"(?<![十\d])[一二三四五六七八九][二三四五六七八九]月份?", _pair),
    Lexeme(
        "zmonth",
        r"(?<![\d第.])(?:[1-9]\d|0?[1-9])月份?(?![龄饼卡子])|(?<!第)(?<![一二三四五六七八九])十[一二三四五六七八九]?月份?"
        r"|(?<![一二三四五六七八九十第])[一二三四五六七八九]月份?(?![龄饼])",
        _month,
    ),
    Lexeme(
        "dom",
        r"(?<![\d第.])(?:[1-9]\d|0?[1-9])[日号](?![店线楼门]|收银|的?(?:移动|滚动|滑动|均线|均值))|(?:[二三]?十[一二三四五六七八九]?"
        r"|廿[一二三四五六七八九]?|[一二三四五六七八九])[日号](?![店线楼门])",
        integer_in,
    ),
    Lexeme("bareday", r"(?<=月)(?:[12]\d|3[01]|0?[1-9])(?=的?(?:销|卖|营|当天|那天)|$|[到至~-]\d{1,2}月)", integer_in),
    Lexeme("span", r"(?:好?几|数|(?<!\d)\d{1,2}|[一两二三四五六七八九十]{1,2})(?:季度|年(?![龄级]))", _span),
    Lexeme("wholeyear", r"全年度?(?!龄)|一?整年|整整?一年|(?<=[去前今\d]年)一年(?![一-鿿]?[前后内来比])", constant(True)),
    # edges
    Lexeme("edgeu", r"[年月季][初末底]|周初", _edge),
    Lexeme("edgeu", "(?:开年|年头)(?=以来|至今|到|起|开始)", constant(Edge(Shift("year", 0), "start", bare=True))),
    Lexeme("edge", "(?<=[月份年度季周])(?:月|年)?[底末](?![级])", constant("end")),
    Lexeme("edge", "(?<=[月份年度季周])(?:月|年)?初(?![级])", constant("start")),
    # small words
    Lexeme("tail", "[那这]一天|[那这]天", constant(True)),
    Lexeme(
        "rel",
        rf"(?:最近|过去|此前|近|过往)(?:的|这)?(?=半年|半个?月|俩月|好?几|数|{_N}个?(?:完整的?|整|自然)*(?:{_UNIT}|号))",
        constant(Rel(-1, rolling=True)),
    ),
    Lexeme("rel", rf"这(?:最近)?(?=(?:好?几|{_N})个?(?:天|周|星期|礼拜|月|季度|年))", constant(Rel(0))),
    Lexeme("rel", rf"(?:未来|接下来|今后|(?<![号日])往后)(?:的)?(?=(?:几|{_N})个?(?:天|周|星期|礼拜|月|季度|年))", constant(Rel(1))),
    Lexeme("rel", rf"上(?={_N}个?(?:天|周|星期|礼拜|月|季度))", constant(Rel(-1))),
    Lexeme(
        "first",
        r"(?:打头的?|[起开]头的?|最初的?|最早的?|最前面?的?|[前头首])"
        rf"(?=(?:几|{_N})(?:个?(?:完整的?|整|自然)*(?:天|日|周|星期|礼拜|月|季度)))",
        _first,
    ),
    Lexeme("afterwards", rf"(?:往|之|其)?后的?(?={_N}(?:个?(?:天|日|周|星期|礼拜|月|季度)))", constant(True)),
    Lexeme("final", rf"(?:最后的?|最末的?|末尾的?|[收结]尾的?|末|倒数)(?={_N}(?:个?(?:天|日|周|星期|礼拜|月|季度)))", constant(True)),
    Lexeme("thosedays", rf"的?[那这](?={_N}[天日])", constant(True)),
    Lexeme("thatweek", "的?(?:所在的?)?(?:那|所在|当|这)一?个?(?:完整的?|整)?(?:周|星期|礼拜)", constant(True)),
    Lexeme(
        "todate",
        "至今(?![年天日晚])|迄今(?:为止)?|到目前为止|到现在(?:为止)?|截[至止]目前(?:为止)?",
        constant(True),
    ),
    Lexeme("onward", "起(?![来头跑步跳色量])|开始|以来", constant(True)),
    Lexeme("until", "截[至止][到至]?|直到|截到", constant(True)),
    Lexeme("thru_end", "为止|止(?!血|咳)", constant(True)),
    Lexeme("amid", "之间", constant(True)),
    Lexeme(
        "tail",
        "从头到尾|自始至终|从头至尾|(?<=[年月季周度])下来(?!店)|期间|[那这]一?天|全天|整天|(?<=月)当月|(?<=周)当周|里(?!程|脊)|[以之]?内(?!衣|裤)|中(?![国午秋旬下央])|整?个?月内|整月|全月"
        "|全周|整周",
        constant(True),
    ),
    Lexeme("theday", "(?:的)?(?:当天|当日|正日子?)", constant(True)),
    Lexeme("whole", "整个|整|全(?=月|周)", constant(True)),
    Lexeme("around", "前后|左右", constant(True)),
    Lexeme("lateron", "以后", constant(True)),
    Lexeme("earlier", rf"(?:之|以)前的?(?={_N}(?:个?(?:天|日|周|星期|礼拜|月|季度)))", constant(True)),
    Lexeme("before", r"之前|以前|前(?![\d一二两三四五六七八九十几名面后提])", constant(True)),
    Lexeme("after", r"之后|后(?![\d一二两三四五六七八九十几面续来台半])", constant(True)),
    Lexeme("from", "自从|从|自|由", constant(True)),
    Lexeme("upto", "(?:^|(?<=[,额量钱]))[到至](?![今底末])", constant(True)),
    Lexeme("to", "到|至|~+|-+", constant(True)),
    Lexeme("vs", "比起|相比于?(?:之下)?|相较于?|对比|较之|比较?|较", constant(True)),
    Lexeme("and", "以及|和|与|及|跟|同|、|或者?", constant(True)),
    Lexeme("on", "[在于](?=\\d)", constant(True)),
    # known words that fix no days
    Lexeme("point", "(?:有史|有记录|一直|历史)以来|[全所]有?部?时间|所有时间|不限时间", constant(AllTime())),
    Lexeme("unsupported", "最近(?!的?一?[次笔单])", constant(VAGUE)),
    Lexeme("unsupported", "昨晚|今晚", constant(PARTS_OF_DAY)),
    Lexeme("unsupported", "半个月|半月(?!板)|半天", constant(VAGUE)),
    Lexeme("unsupported", "上午|下午|凌晨|傍晚|夜里|深夜|早上|晚上|中午(?!饭)|清晨|白天|夜间|半夜", constant(PARTS_OF_DAY)),
    Lexeme(
        "unsupported",
        r"(?<!\d)\d{1,2}点(?:钟|半|整|\d{1,2}分)?(?=[到至\-~]|之?后|之?前|$)|\d{1,2}:\d\d",
        constant(HOURS),
    ),
    Lexeme("unsupported", "[春夏秋冬][天季](?!风|服|装)", constant(SEASONS)),
    Lexeme("unsupported", _FESTIVALS, constant(NO_EVENT)),
)
