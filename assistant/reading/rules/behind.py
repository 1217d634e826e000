"""What stands behind something and says no more: at least $5,000 each, in the deli range, what they spent in the year."""

from __future__ import annotations

import re

from assistant.reading.state import State
from semantic_layer.compiler.time import shift
from semantic_layer.query import EntityCondition

_EACH = ("each", "apiece", "each one", "a piece", "各", "各自", "每个", "每家", "都", "均", "各都", "分别")
_RANGE = ("range", "assortment", "catalogue", "catalog", "line-up", "lineup", "offering", "offer", "portfolio")
_UNITS = ("day", "week", "month", "quarter", "year")
_IN_THE = re.compile(r"\b(?:in|over|during|within|throughout|for|across) (?:the|that|the same) $")


def rule(state: State) -> None:
    """Takes such words where what they repeat is in the query."""
    _only_those(state)
    _each_of_them(state)
    _of_the_range(state)
    _in_the_period(state)


def _only_those(state: State) -> None:
    """Married households only, 只看已婚家庭: what is kept is a filter, whose kind stands between."""
    for op in state.ops("exactly"):
        before, earlier, *_ = [*state.preceding(op), None, None]
        after = next(iter(state.following(op)), None)
        closing = after is None or not state.same_clause(op, after)
        kind = before is not None and before.became.startswith(("subject", "entity:")) and not before.values
        told = kind and before and earlier and earlier.became.startswith(("filter:", "segment:")) and state.close(earlier, before, 2)
        if closing and told and op.text.isascii():
            state.take(op, "said")


def _each_of_them(state: State) -> None:
    """Products that brought in at least $5,000 each, 各卖了2000块以上的店: the bound is one of each anyway."""
    bounds = [m for m in state.marks if m.became.startswith("threshold:")]
    if not bounds or not (state.having or any(isinstance(c, EntityCondition) for c in state.where)):
        return
    for mark in [m for m in state.marks if m.text in _EACH and m.became in ("", "said", "group")]:
        behind = mark.text.isascii()
        near = [b for b in bounds if (b.end <= mark.start if behind else mark.end <= b.start) and state.close(b, mark, 1 if behind else 4)]
        beside = near[0] if near else None
        named = next(iter(state.following(mark, skip=lambda m: False)), None)
        own = named is not None and named.groupable and named.start - mark.end <= 1
        if beside is not None and not own:
            mark.became = beside.became


def _of_the_range(state: State) -> None:
    """Manufacturers in the deli range: what is counted in a list without dates is of all that is on offer."""
    if not state.metrics or any(state.catalog.dataset(home).time for home in state.homes()):
        return
    for mark in state.free(lambda m: m.text in _RANGE and m.unknown):
        before = next(iter(state.preceding(mark)), None)
        if before is not None and before.became.startswith("filter:") and state.close(before, mark, 1):
            state.take(mark, "said")


def _in_the_period(state: State) -> None:
    """Our 2017 households by what they spent in the year: the one period of the question, by its unit."""
    time = state.time
    if time is None or time.start is None or time.end is None:
        return
    for mark in state.free(lambda m: m.text in _UNITS and m.unknown):
        if _IN_THE.search(state.text[: mark.start]) and shift(time.start, 1, mark.text) == time.end:
            state.take(mark, "time")
