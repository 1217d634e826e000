"""Glosses: what a question says once more in brackets or after "i.e." to explain a word of its own.

(midweek = mon to fri), (首购在6月之前的), i.e. those whose first purchase was before May. A gloss restricts nothing; a
bracket that names a value, takes something out or gives the only period is part of the question and no gloss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language.bands import find_bands
from assistant.language.operators import FILLER
from assistant.reading.mark import Mark

_SAID_AGAIN = re.compile(
    r"\(([^()]{2,80})\)| - ([^-]{2,80}) - |[,;-]?\s*\b(?:i\.?\s?e\.?|that is|that means|as in|in other words|meaning)\b[,:]?\s*([^?!]{2,80})"
    r"|(?:也就是说?|就是说|即|意思是)[,:：]?([^?!。]{2,60})"
)
# What a gloss may hold of the words with a fixed meaning; any other one asks for something.
_EXPLAINING = frozenset(
    [
        "new", "returning", "lapsed", "at_least", "at_most", "more_than", "less_than", "not", "total", "how_many", "exactly", "both", "having",
        "within", "of_which", "top", "bottom", "average", "different", "but", "share", "everything_else", "versus", FILLER,
    ]
)  # fmt: skip


def glosses(text: str, marks: Sequence[Mark]) -> list[Mark]:
    """The marks of glosses, in the order of the text."""
    spans = [m.span(m.lastindex or 0) for m in _SAID_AGAIN.finditer(text)]
    return [m for start, end in spans if not find_bands(text[start:end]) for m in _explaining(marks, start, end)]


def _explaining(marks: Sequence[Mark], start: int, end: int) -> list[Mark]:
    """The marks from start to end, where they only explain; none where they ask for something."""
    inside = [m for m in marks if start <= m.start and m.end <= end]
    outside = [m for m in marks if m not in inside]
    if not inside or not any(_asks(m) for m in outside) or not any(_defines(m) for m in inside):
        return []
    if any(m.metrics and not m.verbs for m in inside) and not any(m.metrics for m in outside):
        return []
    told = {n for m in outside for n in m.metrics}
    if len(inside) == 1 and inside[0].metrics and not any(told & set(m.metrics) for m in inside if m.metrics):
        return []  # what were they worth (sales): asked for, and not explained
    includes = any(m.text in ("含", "including", "incl", "inclusive") for m in inside)
    bounded = any(m.has("more_than", "at_least", "less_than", "at_most") for m in outside)
    if (includes and any(m.time or (m.number and bounded) for m in inside)) or sum(bool(m.number and not m.time) for m in inside) > 1:
        return []
    dated = any(m.time and m.time.kind == "range" for m in outside)
    harmless = all(
        not (m.values or m.ids or m.segments or m.lacking) and m.ops <= _EXPLAINING and (dated or not (m.time and m.time.kind == "range"))
        for m in inside
    )
    return inside if harmless else []


def _asks(mark: Mark) -> bool:
    return bool(mark.metrics or mark.entities or mark.verbs or mark.has("how_many"))


def _defines(mark: Mark) -> bool:
    return bool(mark.metrics or mark.verbs or mark.fields or mark.entities or mark.number or mark.time or mark.ops - {FILLER})
