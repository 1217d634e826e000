"""The name of a measure that shares a word with a value beside it: spend on search ads is ad spend.

The reader would else measure what the word alone means, of the rows with that value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.linking.lexicon import Lexicon
from assistant.reading.mark import Mark
from semantic_layer.spelling import has_han

_BETWEEN = re.compile(r"\s*(?:的|上的|(?:on|of|for|through|via)(?: our| the)?)?\s*")


def joined(marks: Sequence[Mark], text: str, lexicon: Lexicon) -> list[Mark]:
    """The marks, a measure as what it is called together with the last word of a value next to it."""
    out = list(marks)
    for at, mark in enumerate(out):
        if not (len(mark.metrics) == 1 or mark.unknown) or mark.values or mark.either:
            continue
        for value in [m for m in out if m.values and not m.metrics and _beside(m, mark, text)]:
            named = _metric(_head(value.text) + mark.text, lexicon)
            if named and named not in mark.metrics:
                out[at] = replace(mark, metrics=(named,), counters=())
    return out


def _beside(one: Mark, other: Mark, text: str) -> bool:
    first, second = sorted((one, other), key=lambda m: m.start)
    return first.end <= second.start and _BETWEEN.fullmatch(text, first.end, second.start) is not None


def _head(value: str) -> str:
    """The last word of a value of several: ads, of search ads; 广告, of 搜索广告."""
    if has_han(value):
        return value[-2:] if len(value) > 3 else value
    words = value.replace("-", " ").split()
    return f"{words[-1]} "


def _metric(name: str, lexicon: Lexicon) -> str:
    links = [k for k in lexicon.scan(name) if (k.start, k.end) == (0, len(name))]
    return links[0].target if links and {k.kind for k in links} == {"metric"} and len({k.target for k in links}) == 1 else ""
