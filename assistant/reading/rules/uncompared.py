"""A comparison that nobody wants: monthly sales, 不用和去年比; sales in June, no need to compare with May."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.state import State

_CLAUSES = re.compile(r"[,，;；。.!！?？()（）]+|\bbut\b|\band\b")
_UNWANTED = re.compile(
    r"(?:不用|不要|不必|无需|无须|不需要|不做|不看|别|甭|勿)(?:再|去|做|看)?|\b(?:no need (?:to|for)|without|not|do not|don't|skip|leave out|no)\b"
)
_SETTING = re.compile(r"\s*(?:和|跟|与|同|比|对比|环比|同比|(?:any |a |the |being |to )*(?:compar|year[- ]on[- ]year|month[- ]on[- ]month|yoy|mom))")


def rule(state: State) -> None:
    """Passes over a denial and the comparison that it denies, where nothing else stands behind it in the clause."""
    cuts = [0, *(m.end() for m in _CLAUSES.finditer(state.text)), len(state.text)]
    for start, end in pairwise(cuts):
        clause = state.text[start:end]
        denied = _UNWANTED.search(clause)
        if denied is None:
            continue
        inside = [m for m in state.marks if start + denied.start() <= m.start and m.end <= end]
        behind = [m for m in inside if m.end > start + denied.end()]
        if state.marks[0] not in inside and _SETTING.match(clause, denied.end()) and _only_compares(behind):
            for mark in inside:
                mark.time, mark.ops, mark.lacking = None, frozenset([FILLER]), ""


def _only_compares(marks: list[Mark]) -> bool:
    """Whether some words set periods against each other and say nothing besides."""
    compares = any((m.time and m.time.kind == "compare") or m.has("versus", "change") for m in marks)
    told = [m for m in marks if not (m.time or m.filler or m.unknown or m.ops)]
    return compares and not told and not any(m.number or m.values or m.has("which", "top", "bottom", "growth") for m in marks)
