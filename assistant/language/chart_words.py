"""The form of chart that a question asks for, told apart from what it asks: 用饼图看各部门销售额, sales by month as a line chart."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from assistant.language.normalise import QUOTED
from semantic_layer.packaged import read_yaml

ANY = "any"
TABLE = "table"

# What asks for a form before its name, and what may follow it.
_ASK_ZH = (
    "(?:再|重新|直接|帮我|给我|请)*(?:用|以|改用|换用|换成|改成|变成|转成|转为|换|做成|画成|列成|整理成|弄成|做|画|来|出|弄|生成|绘制|配上?|附上?)"
    "(?:个|张|一个|一张|幅|成)?"
)
_AFTER_ZH = "(?:的?(?:形式|方式|样式))?来?(?:展示|显示|呈现|表示|展现|列出来|画出来|看看|看一下|看下|看)?(?:一下|出来|吧|呢|给我|给我看看?)*"
_ASK_EN = (
    r"(?:(?:show|give|draw|make|plot|display|render|create|get|present|put)(?: me| it| this| that| them| these| those)?(?: as| in| into| on| to)?"
    r"|as|in|on|with|using|(?:switch|change|turn|convert)(?: it| this| that| them)?(?: back)? (?:to|into)|i want|i'd like|how about) (?:a |an |the )?"
)
_AFTER_EN = r"(?: form| format| view| version)?(?: instead)?(?: please)?(?: (?:of|for|showing|with)(?= ))?"
_LEADING_EN = r"(?:^|(?<=please )|(?<=can you )|(?<=could you ))(?:chart|plot|graph|visuali[sz]e|draw)(?= (?!of\b))"
# What else may stand in a sentence that only asks for another form.
_ELSE = re.compile(
    r"(?:请|帮我|麻烦|能不能|可以|可不可以|把?(?:它|这个|这些|上面的?|刚才的?|结果|数据)|那就|那|再|也|就|一下|吧|呢|吗|好吗|的话|好了"
    r"|please|can you|could you|now|instead|it|this|that|them|then|and|also|the (?:result|data|answer)|same|ok|okay|thanks|[\s,，。.!！?？、~])*",
    re.IGNORECASE,
)


class Drawn(NamedTuple):
    """The form asked for, the words that ask, and the question without them."""

    form: str
    words: str
    rest: str

    @property
    def only(self) -> bool:
        """Whether nothing else is asked."""
        return _ELSE.fullmatch(self.rest) is not None


def chart_asked(question: str) -> Drawn | None:
    """The form of chart that a question asks for; None where it names none, or several."""
    text = question.lower()
    if len(text) != len(question):
        return None  # rare letters whose small form is longer
    quoted = [m.span() for m in QUOTED.finditer(question)]
    found = [(m.start(), m.end(), form) for pattern, form in _patterns() for m in pattern.finditer(text)]
    found = [f for f in found if not any(a < f[1] and f[0] < b for a, b in quoted)]
    if not found:
        return None
    start, end, form = max(found, key=lambda f: (f[2] != ANY, f[1] - f[0]))
    if any(other != form and ANY not in (other, form) and not (a >= start and b <= end) for a, b, other in found):
        return None
    rest = question[:start].rstrip(" ,，、") + " " + question[end:].lstrip(" ,，、：:")
    return Drawn(form, question[start:end].strip(), rest.strip())


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("assistant.language").joinpath("charts.yaml").read_text(encoding="utf-8")
    out: list[tuple[re.Pattern[str], str]] = [(re.compile(_LEADING_EN), ANY)]
    for form, kinds in read_yaml(text).items():
        for kind, names in kinds.items():
            needed = "" if kind == "asked" else "?"
            if zh := _either(names.get("zh", ())):
                # 画图铅笔 is no chart: what names no form has to end its clause.
                ends = r"(?=[\s,，。!！?？、：:]|$|看|列)" if form in (ANY, TABLE) and kind == "asked" else ""
                out.append((re.compile(f"(?:{_ASK_ZH}){needed}(?:{zh})(?:{_AFTER_ZH}){ends}"), form))
            if en := _either(names.get("en", ())):
                out.append((re.compile(rf"(?<![a-z])(?:{_ASK_EN}){needed}(?:(?:a|an|the) )?(?:{en})(?![a-z]){_AFTER_EN}"), form))
    return tuple(out)


def _either(names: tuple[str, ...] | list[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
