"""Those who were lost from one period to the next: lapsed between Q3 and Q4, Q3到Q4流失的顾客."""

from __future__ import annotations

import re

from assistant.language import TimeSpan
from assistant.reading.mark import Mark
from assistant.reading.rules.doers import doer, home_of
from assistant.reading.rules.done import of_doer
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.compiler.time import shift
from semantic_layer.query import ExistsCondition, TimeRange

_TWO = re.compile(r" to | and |-|~|到|至|和|与")
_LOST = ("lost",)


def rule(state: State) -> None:
    """Takes the word and the two periods: those who came in the first and not in the second; the first is that of the answer."""
    who = doer(state)
    words = state.ops("lapsed") or state.free(lambda m: m.text in _LOST and who is not None and _beside(state, m, who))
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    if who is None or not words or not ranges or state.ops("growth", "change", "share", "versus"):
        return
    periods = _two(state, ranges)
    if periods is None:
        for mark in words:
            mark.ops = frozenset(["lapsed"])  # customers we lost in June: not their decline
        return
    first, second = periods
    state.time = first
    state.where.append(ExistsCondition(entity=who, exists=home_of(state), time=second, negated=True))
    for mark in [*words, *ranges]:
        state.take(mark, f"exists:{home_of(state)}" if mark in words else "time")
    of_doer(state, who)


def _beside(state: State, mark: Mark, who: str) -> bool:
    """Customers lost, lost customers: people are what was lost, and no sales."""
    near = (next(iter(state.preceding(mark)), None), next(iter(state.following(mark)), None))
    return any(m and who in m.entities for m in near)


def _two(state: State, ranges: list[Mark]) -> tuple[TimeRange, TimeRange] | None:
    """The first and the second period; a third mark may only name one of them again."""
    spans = [m.time for m in ranges if m.time]
    found = _ends(spans[0]) if _TWO.search(ranges[0].text) else None
    if found is None and len(spans) > 1:
        found = as_range(spans[0]), as_range(spans[1])
    known = [(r.start, r.end) for r in found or ()]
    rest = spans[1 if _TWO.search(ranges[0].text) and found else 2 :]
    in_order = found and found[0].end and found[1].start and found[0].end <= found[1].start
    return found if in_order and all((s.first, s.last) in known for s in rest) else None


def _ends(span: TimeSpan) -> tuple[TimeRange, TimeRange] | None:
    """From Q3 to Q4: the first and the last of the units that a range is of, where they are two."""
    if span.first is None or span.last is None or span.grain not in ("week", "month", "quarter", "half", "year"):
        return None
    middle = shift(span.first, 1, span.grain)
    if shift(middle, 1, span.grain) != span.last:
        return None
    return TimeRange(start=span.first, end=middle), TimeRange(start=middle, end=span.last)
