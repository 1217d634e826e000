"""What could be asked next, and what could be asked first: semantic queries that compile, said in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from assistant.answer.model import Choice
from assistant.answer.say import Speaker
from assistant.conversation import edits
from assistant.conversation.presets import periods
from semantic_layer.errors import WenshuError
from semantic_layer.query import TIME, Compare, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access
from semantic_layer.values import ValueIndex

_MOST = 4
_FEW, _MANY = 2, 50  # values of a field by which it is worth splitting a number
_DAYS = (("day", 62), ("week", 190), ("month", 1200))  # the grain of a trend, by the days that it covers at most
_counted: WeakKeyDictionary[ValueIndex, Counter[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Example:
    """Something to ask: in words, and as a query where nobody has written the words."""

    text: str
    query: SemanticQuery | None = None


def suggestions(query: SemanticQuery, access: Access, speaker: Speaker) -> list[Choice]:
    """The query by other dimensions, compared with the period before, and as a trend: those of them that compile."""
    made = _said(_next(query, access), access, speaker) if query.metrics else []
    others = [(said, other) for said, other in made if other != query]
    return [Choice(id=str(i), text=said, query=other.to_dict()) for i, (said, other) in enumerate(others[:_MOST], 1)]


def starters(access: Access, speaker: Speaker, metric: str | None = None) -> list[Example]:
    """Queries to begin with: a metric, by default the one that people ask for most, in the last whole month of the data, and ways to split it."""
    metric = metric or access.catalog.default_metric or next(iter(access.catalog.spec.metrics), None)
    if metric is None:
        return []
    months = [r for grain, r in periods(access) if grain == "month"]
    span = access.data_span
    whole = next((m for m in months if span and m.end and m.end - dt.timedelta(days=1) <= span[1]), None)
    for time in dict.fromkeys((whole, None)):  # a metric need not have a time
        if found := _begun(metric, time, access, speaker):
            return found
    return []


def _begun(metric: str, time: TimeRange | None, access: Access, speaker: Speaker) -> list[Example]:
    """None where the metric cannot be asked for the period."""
    total = SemanticQuery.model_validate({"metrics": [metric], "time": time})
    found = [Example(*said) for said in _said((lambda: total, *_next(total, access)), access, speaker)]
    return found[:_MOST] if found and found[0].query == total else []


def _said(makes: Iterable[Callable[[], SemanticQuery]], access: Access, speaker: Speaker) -> list[tuple[str, SemanticQuery]]:
    """Those that compile, each once."""
    found: dict[SemanticQuery, str] = {}
    for make in makes:
        try:
            query = make()
            found.setdefault(query, speaker.query(query, access.compile(query).earlier))
        except (ValueError, WenshuError):
            continue
    return [(said, query) for query, said in found.items()]


def _next(query: SemanticQuery, access: Access) -> Iterator[Callable[[], SemanticQuery]]:
    at = next((i for i, g in enumerate(query.group_by) if g.grain is None), None)
    taken = {g.field for g in query.group_by}
    fields = [f for f in _breakdowns(access) if f not in taken]
    yield from (lambda f=f: _split(query, at, Group(field=f)) for f in fields[:1])
    if query.compare is None and query.time_group is None:
        yield lambda: edits.changed(query, compare=Compare())
    if query.time_group is None and not query.compare:
        yield lambda: _trend(query, access)
    yield from (lambda f=f: _split(query, at, Group(field=f)) for f in fields[1:])


def _split(query: SemanticQuery, at: int | None, group: Group) -> SemanticQuery:
    """By another field; thresholds and cuts were about the old one."""
    if at is None:
        return edits.with_group(query, len(query.group_by), group)
    return edits.with_group(edits.changed(query, having=()), at, group)


def _trend(query: SemanticQuery, access: Access) -> SemanticQuery:
    """Over time alone, in steps that make neither two points nor hundreds."""
    span, time = access.data_span, query.time
    start, end = (time.start if time else None) or (span and span[0]), (time.end if time else None) or (span and span[1])
    days = (end - start).days if start and end else 0
    grain = next((g for g, most in _DAYS if days <= most), "year")
    return SemanticQuery.model_validate({"metrics": query.metrics, "where": query.where, "time": time, "group_by": [{"field": TIME, "grain": grain}]})


def _breakdowns(access: Access) -> list[str]:
    """Fields with a handful of values, as the catalog lists them."""
    values = access.values
    if values not in _counted:
        _counted[values] = Counter(entry.field for entry in values.entries)
    counts = _counted[values]
    refs = (f"{dataset}.{name}" for dataset, d in access.catalog.spec.datasets.items() for name in d.fields)
    return [ref for ref in refs if _FEW <= counts[ref] <= _MANY]
