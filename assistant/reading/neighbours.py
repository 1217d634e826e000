"""What the words around a word tell of it: over 2017 compares nothing, picked up milk is no growth."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.language.operators import FILLER
from assistant.reading.marks import Mark

_CHANGES = frozenset(["growth", "decline"])
_OVER = frozenset(["versus", "more_than"])
_OR_NOT = ("没", "没有", "不")
_ENDS = tuple(",;?!。")
_BEYOND = frozenset(["more_than", "less_than", "at_least", "at_most"])
_WHO = ("who", "that", "which", "with", "whose")


def settled(marks: Sequence[Mark], text: str) -> list[Mark]:
    """The marks, with what they stand next to taken into account."""
    for at, mark in enumerate(marks):
        if mark.text == "plus" and not any(m.number for m in marks[max(0, at - 2) : at]):
            mark.ops = frozenset([FILLER])  # sales plus baskets, domestic plus imported
        ahead = next((m for m in marks[at + 1 :] if not m.filler), None)
        if at and _or_not(mark, marks[at - 1]) and (ahead is None or text[mark.end : mark.end + 1] in _ENDS):
            mark.ops = frozenset([FILLER])  # 超过10万了没: yes or no
        if ahead is None:
            continue
        if mark.ops == _OVER and _only_period(marks, at, ahead):
            mark.ops = frozenset([FILLER])
        if mark.ops & _BEYOND and ahead.time and ahead.time.kind == "range" and any(m.time and m.time.kind == "range" for m in marks[:at]):
            mark.ops = frozenset(["versus", "higher" if mark.has("more_than", "at_least") else "lower"])  # 12月超过11月: no number is bound
        if mark.verbs and mark.ops & _CHANGES and ahead.values:
            mark.ops -= _CHANGES
        if _same_period_again(mark, ahead):
            mark.time, mark.ops = None, frozenset([FILLER])
        if mark.has("of_which") and ahead.entities and any(m.text in _WHO for m in marks[at + 1 : at + 4]):
            mark.ops = frozenset([FILLER])
        if mark.text == "between" and any(m.has("by") for m in marks[:at]) and (ahead.values or ahead.fields or ahead.segments):
            mark.ops = frozenset([FILLER])
    return list(marks)


def _or_not(mark: Mark, before: Mark) -> bool:
    return mark.text in _OR_NOT or (mark.text == "not" and before.text == "or")


def _same_period_again(mark: Mark, ahead: Mark) -> bool:
    """In this quarter Q2: a pointer right before the period that it points to."""
    both = mark.time and ahead.time and mark.time.kind == ahead.time.kind == "range"
    return bool(both and mark.text.startswith(("this ", "that ", "the said ")) and ahead.start - mark.end <= 2)


def _only_period(marks: Sequence[Mark], at: int, ahead: Mark) -> bool:
    """Spent 500 over 2017: a period behind the word, and none before it that it could be compared with."""
    if not (ahead.time and ahead.time.kind == "range"):
        return False
    return not any(m.time and m.time.kind == "range" for m in marks[:at])
