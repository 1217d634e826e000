"""When "may" and "march" name a month, and when they are verbs."""

from __future__ import annotations

import re

from .grammar import Match
from .periods import Calendar

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAME = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)

_BEFORE_MONTH = re.compile(
    r"(?:\b(?:in|of|for|since|until|till|from|to|through|thru|by|during|between|and|or|vs|versus|than|with|before|after"
    r"|this|last|next|early|mid|late|on|as of|over|compare)|[,(\-&]|\bvs\.|\d(?:st|nd|rd|th)?|[一-鿿])[ ]*$"
)
_VERB_AFTER = re.compile(
    r"\s+(?:i|we|you|he|she|it|they|be|have|not|also|only|need|want|see|get|contain|buy|churn|vary|differ|help|still"
    r"|of (?!\d|last|this|the|next)|on|into|toward|forward|ahead|through the)\b"
)
_SUBJECT_BEFORE = re.compile(
    r"\b(?:i|we|you|he|she|it|they|that|which|who|there|customers?|households?|shoppers?|people|users)\s+$"
)


def month(match: Match) -> Calendar | None:
    """The month a word names, where it is one."""
    word = match.group()
    if word in ("may", "march", "mar") and not _is_month(match):
        return None
    return Calendar("month", MONTHS.index(word[:3]) + 1)


def _is_month(match: Match) -> bool:
    before = match.string[: match.start()]
    if _BEFORE_MONTH.search(before):
        return True
    dated = re.match(r"'s\b|\s+(?:\d|vs|to |and |by )", match.string[match.end() :])
    verbal = _VERB_AFTER.match(match.string, match.end()) or _SUBJECT_BEFORE.search(before)
    return bool(dated) or not verbal
