"""Words that the values of a field have among others: parts whose type contains STEEL, JUMBO containers, type里带STEEL的."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.language.general import is_general
from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from semantic_layer.spelling import fold, has_han
from semantic_layer.values import ValueIndex

# Between the name of a field and a word that its values have, and between the word and the name.
_CONTAINS = re.compile(
    r"\s*(?:that |which )?(?:contain(?:s|ing|ed)?|includ(?:es|ing)|with|has|having|says?|mention(?:s|ing)|like)\s+(?:the word |an? )?[\"'“]?"
    r"|\s*(?:里面?|中|上|内|里头)?(?:含有?|包含|包括|带有?|带着|有|出现)(?:着|了)?[\"'“]?"
)
_IN = re.compile(r"[\"'”]?\s+(?:in|as part of) (?:the|its|their|his|her)\s+(?:[a-z]+ )?")
_BESIDE = re.compile(r"[\"'”]?\s*")
_MOST = 400  # values that are looked at
_FEWEST = 2  # values that share a word which stands alone before a name; one is more likely a misspelling of it


def worded(text: str, marks: list[Mark], values: ValueIndex) -> list[Mark]:
    """The marks, with unknown words beside the name of a field made the part of its values that they are."""
    out = list(marks)
    for at, mark in enumerate(marks):
        if not mark.unknown or len(mark.text) < (2 if has_han(mark.text) else 3) or is_general(mark.text):
            continue
        for named, fields, fewest in _fields(text, marks, mark):
            found = next((f for f in fields if _hold(values, f, mark.text, fewest)), None)
            if found:
                out[at] = replace(mark, values=((found, mark.text.upper() if mark.text.isascii() else mark.text),), worded=True)
                _pass_over(out, marks, named, mark)
                break
    return out


def _fields(text: str, marks: list[Mark], word: Mark) -> Iterator[tuple[Mark, list[str], int]]:
    """The names of fields beside a word, with these fields and how many of their values have to have it."""
    for mark in marks:
        fields = [r for r in (*mark.fields, *mark.either) if "." in r]
        if mark.values or not (fields or mark.shown):
            continue
        if (mark.end <= word.start and _CONTAINS.fullmatch(text, mark.end, word.start)) or _IN.fullmatch(text, word.end, mark.start):
            yield mark, [*fields, *([mark.shown] if mark.shown else [])], 1
        elif word.end <= mark.start and _BESIDE.fullmatch(text, word.end, mark.start):
            yield mark, fields, _FEWEST


def _pass_over(out: list[Mark], marks: list[Mark], named: Mark, word: Mark) -> None:
    """The field and the joint of "type contains STEEL" say nothing more, unless the answer is split by the field."""
    at = marks.index(named)
    if named.end > word.start or (at and marks[at - 1].has("by", "which")):
        return
    for each in range(at, marks.index(word)):
        out[each] = Mark(marks[each].start, marks[each].end, marks[each].text, ops=frozenset([FILLER]))


def _hold(values: ValueIndex, field: str, word: str, fewest: int) -> bool:
    """Whether enough values of a field have the word as a word of their own."""
    whole = re.compile(rf"(?<![a-z0-9]){re.escape(fold(word))}(?![a-z0-9])")
    holding = {m.entry.value for m in values.partial(word, limit=_MOST) if m.entry.field == field and whole.search(fold(m.entry.value))}
    return len(holding) >= fewest
