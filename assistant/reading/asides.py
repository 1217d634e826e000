"""Asides: what a clause says of why it is asked, or thinks of it, and that asks for nothing.

排班要用：四季度周一到周日各多少张小票; To plan staffing: which weekday had the most receipts. The question is read without such a clause
only where it cannot be read with it, and the clause is named beside the answer. A clause that holds a value, a number, a bound or any
other word that would change the numbers is no aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark

_CLAUSE = re.compile(r"((?:[^,;:?!。，；：？！.]|[.,:](?=\d)|\.(?=[^\s]))+)([,;:?!。，；：？！.]*\s*)")
_PLANS = (
    r"(?:plan|prep(?:are)?|decide|spot|help|set|adjust|understand|negotiate|budget|schedule|staff|justify|support|figure|work|brief|report|settle"
    r"|size|prioriti[sz]e|convince|show|tell|explain|write|build|make|send|run|talk|fill|update|allocate|choose|pick|know|see|judge|gauge)"
)
_WHO = (
    r"(?:we|i|they|the (?:boss|team|buyers?|board)|my (?:boss|manager|team)|our (?:boss|ceo|cfo|team|buyers?|board|director)"
    r"|marketing|finance|ops|merch)"
)
_ENGLISH = re.compile(
    rf"(?:(?:in order )?to {_PLANS}\b|(?:(?:just|mainly|really) )?(?:want|wanted|need|needed|hoping|trying|looking|planning|going) to {_PLANS}\b"
    rf"|{_WHO}(?:'re|'m| are| am| is)? (?:may|might|plan|want|wants|need|needs|hope|think|thinks|keep|keeps|ask|asks|asked|said|says"
    r"|consider|prepar|try|trying|thinking|considering|planning|preparing|about|going|looking|working|meeting|worried|wondering)"
    rf"|(?:planning|preparing|prepping|thinking|considering|negotiating|budgeting|working on)\b|so (?:that )?{_WHO} (?:can|could|know)"
    r"|(?:because|since|as) (?:we|i|they|the|our|my)\b|(?:need (?:it|this|that|them) )?for (?:the|my|our|a|an|tomorrow's|next week's)?"
    r" ?(?:[a-z]+ ){0,2}(?:report|deck|meeting|review|slides?|presentation|roster|planning|board|newsletter|briefing|rota|pitch|memo|call)\b"
    r"|(?:an? |the )?(?:rough |avg |average |ballpark |single |total )*(?:figures?|numbers?|totals?|names?|list|estimate)"
    r" (?:is|are|will be|would be) (?:enough|fine|ok|okay|all (?:i|we) need)|just the (?:names?|numbers?|figures?|totals?))"
)
_CHINESE = re.compile(
    r"为了|打算|准备|计划|用来|以便|方便|要用|备用|好(?:安排|决定|定个?|参考|对比|判断)|想(?:给|做|搞|办|推|发|谈|定|调|请|找|把|在|知道|了解|排|备|评估|判断)"
    r"|要(?:给|谈|做|搞|办|推|发|定|调|开|写|报|选|备|排|跟|和|讨论|决定|评估|复盘)|在(?:做|写|准备|考虑|想|排)|担心|怕|怀疑|听说|据说|感觉|觉得|考虑"
    r"|被[^,]{0,6}(?:拉高|拉低|带偏|影响|扭曲|误导|拉平|掩盖)|反映|抱怨|吐槽|就行|就够了|即可|不用太细|老板|领导|财务|采购|同事"
)
# What asks, counts, bounds, leaves out or sets apart: with one of these a clause is part of the question.
_ASKING = frozenset(
    [
        "exclude", "not", "exactly", "more_than", "less_than", "at_least", "at_most", "between", "how_many", "share", "which", "by", "versus",
        "list", "new", "returning", "lapsed", "running", "rolling", "everything_else", "of_which", "both", "separately", "growth_top",
        "decline_top", "buckets", "parts", "why", "forecast", "cohort",
    ]
)  # fmt: skip
_KEEPS = re.compile(r"只|仅|光看|不含|不算|不要|除|剔|扣|含税|含运费|含|按|口径|\b(?:only|excluding|without|except|including|net of|incl|not|no)\b")
# What it is for may well be something that the data lack: a roster, staff.
_ITS_USE = re.compile(r"^(?:为了|方便|好|to |for |in order to )|用$")
_MOST_CLAUSES = 8


@dataclass(frozen=True)
class Asked:
    """A question without its asides, and these."""

    question: str
    said: tuple[str, ...]


def without_asides(question: str, marks_of: Callable[[str], Sequence[Mark]], people: frozenset[str]) -> Iterator[Asked]:
    """What is left of a question without the clauses at its ends that ask for nothing: without all of them, then without each alone.

    `marks_of` gives the marks of a part of a question; `people` are the entities of people.
    """
    clauses = [m for m in _CLAUSE.finditer(question) if m[1].strip()]
    if not 1 < len(clauses) <= _MOST_CLAUSES:
        return
    marks = [list(marks_of(c[1])) for c in clauses]
    others = [[m for other in marks if other is not own for m in other] for own in marks]
    told = [_is_aside(c[1].strip().lower(), own, rest, people) for c, own, rest in zip(clauses, marks, others, strict=True)]
    lead = len(list(takewhile(bool, told)))
    tail = len(list(takewhile(bool, told[lead:][::-1])))
    found = [*range(lead), *range(len(clauses) - tail, len(clauses))]
    ways = [found, *([at] for at in found)] if len(found) > 1 else [found]
    for dropped in ways if found and len(found) < len(clauses) else ():
        kept = "".join(c.group() for at, c in enumerate(clauses) if at not in dropped)
        yield Asked(kept.strip(), tuple(clauses[at][1].strip() for at in dropped))


def _is_aside(said: str, inside: Sequence[Mark], outside: Sequence[Mark], people: frozenset[str]) -> bool:
    purpose = _ENGLISH.match(said) if said.isascii() else _CHINESE.search(said)
    if purpose is None or _KEEPS.search(said) or (any(m.lacking for m in inside) and not _ITS_USE.search(said)):
        return False
    return all(_asks_nothing(m, outside, people) for m in inside)


def _asks_nothing(mark: Mark, outside: Sequence[Mark], people: frozenset[str]) -> bool:
    """Whether a word restricts nothing: a value or a segment only where it is said outside as well, a period only beside another one."""
    if mark.number or mark.ids or mark.ops & _ASKING:
        return False
    if mark.values or mark.segments:
        return any(m.values == mark.values and m.segments == mark.segments for m in outside)
    if mark.time:
        return mark.time.kind == "range" and any(m.time and m.time.kind == "range" for m in outside)
    if mark.entities and set(mark.entities) <= people:
        return any(m.metrics or m.has("how_many") for m in outside)  # 想给养猫的人家发券: whom it is for
    if mark.groupable and not mark.metrics and FILLER not in mark.ops:
        return any(set(m.entities) & set(mark.entities) or set(m.fields) & set(mark.fields) for m in outside)
    return True
