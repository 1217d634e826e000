"""The periods of a verified query as they are on another day: last month is the month before the day of asking, not of verifying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from assistant.language import Clock, find_times
from assistant.reading.typed import one_spelling
from semantic_layer.query import SemanticQuery

Days = tuple[dt.date | None, dt.date | None]


class Outdated(Exception):
    """A period of which nobody knows what it is on another day: it ran up to the day of verifying and no words name it, or two name it
    that have come apart since."""


def moved(query: SemanticQuery, words: Iterable[str], verified: dt.date, now: Clock) -> SemanticQuery:
    """The query with each period that `words` name as the words mean it now. Others stay. Raises Outdated."""
    if verified == now.today:
        return query
    then = replace(now, today=verified, data_end=_earlier(now.data_end, verified))
    texts = [one_spelling(w) for w in words]
    known: dict[Days, set[Days]] = {}
    for text in texts:
        before, after = _periods(text, then), _periods(text, now)
        for days, later in zip(before, after, strict=True) if len(before) == len(after) else ():
            known.setdefault(days, set()).add(later)

    def change(days: Days) -> Days:
        if len(known.get(days, ())) > 1:
            raise Outdated
        if days in known:
            return next(iter(known[days]))
        if days[1] is not None and dt.timedelta(0) <= days[1] - verified <= dt.timedelta(days=1):
            raise Outdated
        return days

    return SemanticQuery.model_validate(_changed(query.to_dict(), change))


def _periods(text: str, clock: Clock) -> list[Days]:
    """The ranges that a text names, and what each two of them have in common, in one order whatever the clock says."""
    spans = [s for s in find_times(text, clock) if s.kind == "range"]
    single: list[Days] = [(s.first, s.last) for s in spans]
    return single + [_common(a, b) for a, b in combinations(single, 2)]


def _common(a: Days, b: Days) -> Days:
    first = max((d for d in (a[0], b[0]) if d), default=None)
    last = min((d for d in (a[1], b[1]) if d), default=None)
    return (first, last) if first is None or last is None or first < last else (None, None)


def _changed(node: Any, change: Any) -> Any:
    if isinstance(node, dict):
        out = {k: _changed(v, change) for k, v in node.items()}
        if _is_range(node):
            days = change((_day(node.get("start")), _day(node.get("end"))))
            out |= {"start": days[0] and days[0].isoformat(), "end": days[1] and days[1].isoformat()}
        return out
    return [_changed(x, change) for x in node] if isinstance(node, list) else node


def ranges(query: SemanticQuery) -> Iterator[Days]:
    """All periods of a query, those of its conditions among them."""
    found: list[Days] = []

    def note(days: Days) -> Days:
        found.append(days)
        return days

    _changed(query.to_dict(), note)
    yield from dict.fromkeys(found)


def _is_range(node: dict[str, Any]) -> bool:
    return bool(node) and node.keys() <= {"start", "end", "field", "words"} and bool(node.keys() & {"start", "end"})


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _earlier(end: dt.date | None, verified: dt.date) -> dt.date | None:
    return min(end, verified) if end else None
