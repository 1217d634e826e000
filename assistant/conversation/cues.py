"""The words of a follow-up that say how it changes the last query; the words themselves are in cues.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from semantic_layer.packaged import read_yaml
from semantic_layer.spelling import Scanner

_GRAINS = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "月份": "month", "季度": "quarter", "季": "quarter",
    "半年": "half", "年": "year", "年度": "year", "期": "", "周期": "", "时期": "", "时段": "", "时间段": "", "阶段": "",
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half", "half-year": "half", "year": "year",
    "period": "", "one": "", "time": "",
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
}  # fmt: skip
_NUMBERS = {
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "a": 1, "an": 1, "another": 1, "one": 1,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
}  # fmt: skip
_N = r"(?P<n>\d{1,2}|[一二两三四五六七八九十])"
_ZH_UNIT = r"(?P<unit>时间段|时段|时期|周期|阶段|期|半年|年度?|季度|季|月份?|星期|礼拜|周|天|日)"
_EN_N = r"(?P<n>\d{1,2}|another|an?|one|two|three|four|five|six)"
_EN_UNIT = r"(?P<unit>days?|weeks?|months?|quarters?|half|half-years?|years?|periods?)"
_RANKED = r"(?:家|个(?:(?P<unit>月|季度|星期|礼拜))?|名|位|款|类|种|(?P<unit2>天|周|季度|年)|户|间|场)"
_ONE = r"(?:家|个(?!月|季|星期|礼拜)|名|位|款|类|种|户|间|场)"

# Periods that count from the period of the last query.
_SHIFTS = (
    rf"(?:再|继续|接着)?(?:往|向|朝)(?P<back>前|回|后)再?(?:推移?|移|挪|翻|倒|退|数|看|走|追溯)?{_N}?个?{_ZH_UNIT}",
    rf"再(?P<back>前|上|后|下)(?:推)?{_N}?个?{_ZH_UNIT}",
    rf"(?:在那|在此|那|此|这)?之(?P<back>前|后)的?(?:那|这)?{_N}?个?{_ZH_UNIT}",
    rf"此(?P<back>前|后)的?那?{_N}?个?{_ZH_UNIT}",
    rf"(?:(?<=那)|(?<![\d一-鿿]))(?P<back>前|后)(?:一|1)个?{_ZH_UNIT}",
    r"(?:再)?(?P<back>上|前|下|后)一?个?(?P<unit>时间段|时段|时期|周期|期)",
    rf"(?P<back>早|晚){_N}个?{_ZH_UNIT}",
    rf"\b(?:the )?(?:{_EN_N} )?{_EN_UNIT} (?P<back>before|after|prior to|preceding|following) (?:that|it|this|then|those)\b",
    rf"\bthe {_EN_UNIT} (?P<back>before|after|prior|earlier|later)\b(?: that)?",
    r"\bthe (?P<unit>one) (?P<back>before|after)\b(?: that)?",
    rf"\b{_EN_N} (?:more )?{_EN_UNIT} (?P<back>earlier|later|further back|back|forward|before|prior|ahead|further)\b",
    rf"\b(?:go |move |step |shift )?(?P<back>back|forward|forwards|backwards?)(?: by)? {_EN_N} (?:more )?{_EN_UNIT}\b",
    rf"\bthe (?P<back>preceding|prior|following|next|subsequent) {_EN_UNIT}\b",
    r"\b(?P<back>previous|prior|preceding|next|following) (?P<unit>period)\b",
)  # fmt: skip
_BACK = frozenset(
    ["前", "回", "上", "早", "before", "prior to", "preceding", "prior", "earlier", "back", "further back", "backward", "backwards", "previous",
     "further"]
)
# The period of the last query, or that of a row of its answer.
_THAT_TIME = (
    r"(?:那|该|同|当)(?:一|1)?个?(?P<unit>天|周|星期|礼拜|月份?|季度|年)(?!度)",
    r"\b(?:in |on |for |during )?(?:that|the same|the said|that same) (?P<unit>day|week|month|quarter|year)\b",
)
_WHOLE = (
    r"(?<![\d年])(?:一整|整个?|全)(?P<unit>年|季度|月)",
    r"\b(?:for |over |in |across |of )?(?:the )?(?:whole|entire|full) (?P<unit>year|quarter|month)\b",
    r"(?:(?<=share )|(?<=part )|(?<=percentage )|(?<=proportion ))of the (?P<unit>year|quarter|month)\b",
    r"\bfor the (?P<unit>year|quarter|month)\b(?! \d)|\ball (?P<unit2>year|quarter|month)(?: long)?\b",
)
_SAME_TIME = (
    r"同期(?!比)|同一时期|同一时段|同一段时间|那段时间",
    r"\b(?:in |for |over |during )?(?:that|the same) (?:period|time|timeframe|time frame)\b",
    rf"\b(?:in|over|for|during|across) (?:the|those|these|all)(?: (?:whole|entire|full|same))? {_EN_N} (?P<unit>days|weeks|months|quarters|years)\b",
    rf"(?:整个)?(?:这|那){_N}个?(?P<unit>月|季度|星期|周|天|年)(?=里|内|中|期间|一?共|总共|下来|加起来|合计)(?:里面?|内|中|期间)?",
)
# A row of the last answer: from the top, or with `last` from the end.
_ROWS = (
    r"(?:排名|排在|排|位列|位居|名列)?第(?P<n>\d{1,2}|[一二三四五六七八九十])(?:名|位|个(?!季|月|周)|大|家)(?:的?那一?" + _ONE + ")?",
    rf"(?:那个)?(?:冠军|榜首|头名|头号|(?:(?:销|卖)得?最好|最(?:高|多|大|好|强))的?(?:那|这)一?{_RANKED})",
    rf"(?:那个)?(?P<last>最后一(?:名|个|家|位)|垫底的?(?:那个|那家)?|倒数第一(?:名|位)?的?|最(?:低|少|小|差)的?(?:那|这)一?{_RANKED})",
    r"\bthe (?:(?:very )?(?:top|best|first|leading|highest|biggest|largest|winning|strongest)|number one|number 1|no\.? ?1|#1)"
    r"(?: selling| performing| ranked)? (?P<unit>one|day|week|month|quarter|year)\b",
    r"^(?:and |what about )?(?P<unit>top one|best one)\b",
    r"\bthe (?P<last>worst|bottom|last|lowest|smallest|weakest)(?: selling| performing| ranked)? (?P<unit>one|day|week|month|quarter|year)\b",
    r"\b(?:the )?(?P<n>second|third|fourth|fifth)(?: (?:best|biggest|highest|largest))? (?P<unit>one)\b",
    r"^(?:what about |and )?(?:number|no\.?|#) ?(?P<n>\d{1,2})\b|\bthe (?:winner|leader|number one|top scorer)\b",
)
_MANY = (
    rf"(?:这|那|前面这|上面这|上述|以上){_N}(?:个(?!月|季)|家|款|类|种|位|名|户|间|场)",
    r"(?:这|那)几(?:个|家|款|类|种|位|名|户|间|场|天)",
    r"\b(?:of |for |in )?(?:these|those|the same) (?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b(?!\+| \+| or )",
)
# What was asked about one after the other, or the two that the last question names.
_FIRST = (r"\b(?:the )?first (?P<n>\d{1,3}|two|three|four|five|six|seven|eight|nine|ten)\b(?! (?:day|week|month|quarter|year|half|hour)s?\b)",)
_STILL = (r"还是(?=按|看|用|只|分|每|各)",)
_TAKEN = (r"(?:只|就|各)?[取选列挑](?=前|倒数|最)",)
_PAIR = (
    r"(?:这|那)(?:两|2|俩)(?:个(?P<unit>月|季度|星期|礼拜)|(?P<unit2>天|周|季度?|年)|者|个|家|款|类|种|位|名|户|间|边|段|期)?|两者|二者|两边都?",
    r"(?<![后前近上下头\d这那过去])两(?:年|个月|周|次|期)的?(?=[一-鿿\d]{0,6}(?:放一起|一起|合|并|比))",
    r"(?<![后前近上下头\d这那])两(?:个(?!月|季|星期|礼拜|以|及|或)|家(?!以)|种|类|款)(?=[一-鿿]{2,4}(?:都|一起|合|放|分|并|各|比))",
    r"\b(?:between |of )?(?:the|these|those) two(?: (?P<unit>day|week|month|quarter|year)s?)?(?: of them)?(?![- ]\w+(?:ed|ing)\b)",
    r"\bboth(?: of (?:them|those|these))?\b(?! of\b)",
)
# As many as there are: all three types, 三种类型放一起看.
_ALL_OF_KIND = (
    r"(?<![\d第前后这那每])(?P<n>\d|[两三四五六七八九])[个种类家款](?![月季星礼人])",
    r"\b(?:all (?:the )?|the )(?P<n>\d|two|three|four|five|six|seven|eight|nine)\b(?! of\b)",
)
_UNGROUPED = (
    r"(?:不|别|不用|不要|不再|不必)(?:再)?(?:按|分)(?P<unit>天|日|周|月|季度|年)(?:份)?(?:拆分?|分|看|展示|列|了)*",
    r"\b(?:not|no longer|stop|don't (?:split|show|group|break)(?: it| them| that)?(?: down)?) by (?P<unit>day|week|month|quarter|year)\b",
    r"\b(?:not|no longer|no more) (?:split |broken down |shown )?(?P<unit>daily|weekly|monthly|quarterly|yearly)\b",
)
_FURTHER = (r"\b(?:break|split|drill|cut|slice|divide) (?:it|that|this|them|those|these)(?: down| out| up| further)* by\b",)
# What is thought of the last answer, before it is said what is to be other: too fine, by week; I meant, 说错了.
_PREFACES = (
    r"^(?:(?:不对|不是|抱歉|对不起|不好意思|等等|哦|噢|啊|哎)[,。;! ]*)*"
    r"(?:我(?:刚才|刚刚|其实)?(?:是说|说的是|的意思是|想说的是|要的是|想要的是|想问的是|指的是)"
    r"|我?(?:刚才|刚刚)?(?:说|打|写|问|看|输)错了[,。;! ]*(?:应该)?(?:是|要)?|口误[,。;! ]*(?:应该)?是?|更正(?:一下)?[,:。 ]*)(?=.)",
    r"^(?:(?:no|oops|sorry|wait|ah|oh|my bad|apologies)[,.;! ]+)*(?:i|what i) (?:actually |really )?(?:mean|meant)(?: to (?:say|ask(?: for)?))?"
    r"(?: was| is)?[,:]? (?=.)|^(?:correction|my mistake|my bad)[,:.! ]+(?=.)",
    r"^(?:这|那|这样|还是)?(?:有点|有些|稍微|也)?(?:太|过于|不够)[细粗多少长短乱密散杂碎]+(?:了|啦|点)?[,。;!]+(?=.)",
    r"^(?:that's |it's |this is |that is |a bit |way |still )*(?:too|not)"
    r" (?:detailed|fine|much|many|long|coarse|granular|noisy|short|broad|messy|busy|few)(?: enough| detail| rows)?[,.;!]+(?=.)",
)
# What the last answer is set against: what share of all sales is that, 这占全部的多少.
_POINTING = (r"\b(?:is|was|does|did|are|were) (?:that|it|this)\b(?: make(?: up)?| represent)?", r"^(?:这|那|它|其)(?=占|比|跟|和|与|相当)")
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(p))
    for kind, patterns in {
        "ungrouped": _UNGROUPED, "pair": _PAIR, "first": _FIRST,
        "only": _TAKEN, "same": _STILL, "further": _FURTHER, "shift": _SHIFTS, "many": _MANY, "all_of_kind": _ALL_OF_KIND, "row": _ROWS,
        "that_time": _THAT_TIME, "preface": _PREFACES, "whole": _WHOLE, "same_time": _SAME_TIME, "about": _POINTING,
    }.items()
    for p in patterns
)
_AT_START, _AT_END = ("about_start",), ("about_end",)
_COUNTED = re.compile(r"\s*\d+ ?(?:次|笔|单|张|件|baskets?|orders?|trips?|purchases?|visits?|times)")


@dataclass(frozen=True)
class Cue:
    """text[start:end] says something of this kind. `number` counts rows or units, `grain` is the unit, `back` whether towards the past or the end."""

    start: int
    end: int
    kind: str
    text: str
    number: int = 1
    grain: str | None = None
    back: bool = False


def find_cues(text: str, names: Iterable[tuple[int, int]] = (), longer: Sequence[tuple[int, int]] = ()) -> list[Cue]:
    """The cues of a normalised text, left to right, never overlapping.

    `names` are stretches that they may not cut into; a word that is part of one of the `longer` is no cue.
    """
    taken: list[Cue] = []
    named = list(names)
    for cue in (*_structural(text), *_worded(text)):
        cuts = any(s < cue.end and cue.start < e and not (cue.start <= s and e <= cue.end) for s, e in named if not _frees(text, cue, e))
        inside = any(s <= cue.start and cue.end <= e for s, e in named) and cue.kind not in _STRUCTURAL
        inside = inside or any(s <= cue.start and cue.end <= e and cue.end - cue.start < e - s for s, e in longer)
        if not cuts and not inside and all(cue.end <= t.start or t.end <= cue.start for t in taken):
            taken.append(cue)
    return sorted(taken, key=lambda c: c.start)


def _frees(text: str, cue: Cue, end: int) -> bool:
    """Whether what a cue leaves of a name begins a number of its own: 加上|12月, not 加|上12月."""
    return cue.kind == "also" and cue.end < end and bool(re.match(r"[\d一二三四五六七八九十第q]", text[cue.end :]))


_STRUCTURAL = frozenset(kind for kind, _ in _PATTERNS)


def _structural(text: str) -> Iterator[Cue]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            unit = (parts.get("unit") or parts.get("unit2") or "").removesuffix("s")
            number = parts.get("n") or parts.get("n2") or "1"
            back = parts.get("back") in _BACK or bool(parts.get("last"))
            count = int(number) if number.isdigit() else _NUMBERS.get(number, 1)
            yield Cue(match.start(), match.end(), kind, match.group(), count, _GRAINS.get(unit), back)


def _worded(text: str) -> Iterator[Cue]:
    """The words of cues.yaml, longest first."""
    scanner, kinds = _words()
    body_start, body_end = len(text) - len(text.lstrip(" ,")), len(text.rstrip(" ,.?!。"))
    found = sorted(scanner.find(text), key=lambda f: (f.start - f.end, f.start))
    for item in found:
        word = text[item.start : item.end]
        for kind in kinds[item.number]:
            if (kind in _AT_START and item.start > body_start) or (kind in _AT_END and item.end < body_end):
                continue
            if kind == "only" and _COUNTED.match(text, item.end):
                continue
            if word.startswith("以上") and _BOUND.search(text, 0, item.start):
                continue
            yield Cue(item.start, item.end, kind, word)
            break


# 跌了15%以上的城市, 金卡及以上: at least so much, and nothing that was named before.
_BOUND = re.compile(r"[\d%一二三四五六七八九十百千万亿两半元块岁个次件单笔张天人户家级星折成倍卡及]$")


@lru_cache(maxsize=1)
def _words() -> tuple[Scanner, list[tuple[str, ...]]]:
    text = resources.files("assistant.conversation").joinpath("cues.yaml").read_text(encoding="utf-8")
    data = read_yaml(text)
    kinds: dict[str, list[str]] = {}
    for kind, languages in data.items():
        for words in languages.values():
            for word in words:
                kinds.setdefault(str(word).lower(), []).append(kind)
    return Scanner(list(kinds)), [tuple(k) for k in kinds.values()]

