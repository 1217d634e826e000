"""What could be asked next, and what could be asked first: semantic queries that compile, said in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from assistant.answer.model import Answer, Choice
from assistant.answer.say import Speaker
from assistant.conversation import edits
from assistant.conversation.presets import periods
from semantic_layer.errors import WenshuError
from semantic_layer.query import TIME, Compare, FieldCondition, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access
from semantic_layer.values import ValueIndex

_MOST = 3
_STARTERS = 4
_FEW, _MANY = 2, 50  # values of a field by which it is worth splitting a number
_DAYS = (("day", 62), ("week", 190), ("month", 1200))  # the grain of a trend, by the days that it covers at most
_counted: WeakKeyDictionary[ValueIndex, Counter[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Example:
    """Something to ask: in words, and as a query where nobody has written the words."""

    text: str
    query: SemanticQuery | None = None


def suggestions(query: SemanticQuery, access: Access, speaker: Speaker, answer: Answer | None = None) -> list[Choice]:
    """Where to go from an answer: into its first row, to another way of splitting it, to another period. Those of them that compile."""
    made = _said(_next(query, access, answer), access, speaker) if query.metrics else []
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


def _next(query: SemanticQuery, access: Access, answer: Answer | None = None) -> Iterator[Callable[[], SemanticQuery]]:
    """The first of each kind come first: into, across, beside."""
    at = next((i for i, g in enumerate(query.group_by) if g.grain is None), None)
    fields = _telling(query, access)
    into = [] if answer is None else [lambda row=row: _into(query, access, row, fields) for row in _first_rows(query, answer)]
    across = [lambda f=f: _split(query, at, Group(field=f)) for f in fields]
    beside = list(_beside(query, access, answer))
    yield from (*into[:1], *across[: 2 - len(into[:1])], *beside[:1], *across[1:2], *beside[1:], *across[2:])


def _beside(query: SemanticQuery, access: Access, answer: Answer | None) -> Iterator[Callable[[], SemanticQuery]]:
    """The same of another time: the change that the answer does not tell yet, the trend."""
    compares = query.compare is None and not query.running and not query.share
    if query.time_group is not None:
        if compares:
            yield lambda: _last_year(query, access)
        return
    if answer is not None and answer.trend is not None:
        yield lambda: SemanticQuery.model_validate(answer.trend.query if answer.trend else {})
    if compares and (answer is None or answer.change is None):
        yield lambda: edits.changed(query, compare=Compare())
    if not query.compare:
        yield lambda: _trend(query, access)


def _last_year(query: SemanticQuery, access: Access) -> SemanticQuery:
    """A trend beside that of the year before. Raises ValueError where there are no data of that."""
    span, start = access.data_span, query.time.start if query.time else None
    if span is None or start is None or start.replace(year=start.year - 1, day=min(start.day, 28)) < span[0]:
        raise ValueError("there was nothing a year before")
    return edits.changed(query, compare=Compare(to="last_year"))


def _first_rows(query: SemanticQuery, answer: Answer) -> list[FieldCondition]:
    """The row that is the answer's point, as a condition: the first of a ranking, else the largest, of a comparison the one that changed most."""
    group = query.group_by[0] if len(query.group_by) == 1 else None
    if group is None or not group.field or "." not in group.field or group.grain or group.edges or answer.columns[0].role != "dimension":
        return []
    wanted = "difference" if query.compare else "metric"
    value = next((i for i, c in enumerate(answer.columns) if c.role == wanted and c.type in ("integer", "number")), None)
    known = [r for r in answer.rows if value is not None and r[0] is not None and r[value] is not None]
    if value is None or len(known) < _FEW:
        return []
    row = known[0] if query.limit and query.order_by else max(known, key=lambda r: abs(r[value]))
    return [FieldCondition(field=group.field, op="=", value=row[0])]


def _into(query: SemanticQuery, access: Access, row: FieldCondition, fields: list[str]) -> SemanticQuery:
    """What one row is made of: by the next finer level, else by the most telling field. Raises ValueError where there is none."""
    finer = (levels[levels.index(row.field) + 1] for levels in access.catalog.spec.hierarchies.values() if row.field in levels[:-1])
    field = next((f for f in (*finer, *fields) if f != row.field), None)
    if field is None:
        raise ValueError("there is nothing to split it by")
    return edits.changed(
        query, where=(*query.where, row), group_by=(Group(field=field),), having=(), order_by=(), limit=None, limit_per=(), share=None, running=None
    )


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


def _telling(query: SemanticQuery, access: Access) -> list[str]:
    """The fields that it is most worth splitting the query by, one of each dataset before a second of any.

    Worth most are the widest levels of hierarchies; then what describes products, customers, places; last what a record says of itself. What the
    query or its metrics ask of already tells nothing.
    """
    catalog = access.catalog
    asked = {g.field for g in query.group_by} | _asked(query, access)
    above = {f for levels in catalog.spec.hierarchies.values() if asked & {*levels} for f in levels}
    described = {r.one for r in catalog.spec.relationships}
    widest = {levels[0] for levels in catalog.spec.hierarchies.values()}
    counts = {f: n for f, n in breakdowns(access).items() if f not in asked and f not in above}

    def worth(field: str) -> tuple[bool, bool, bool, bool]:
        spec = catalog.field(field).spec
        return field not in widest, spec.type == "boolean", not spec.values, field.split(".")[0] not in described

    ranked = sorted(counts, key=worth)
    firsts: dict[str, str] = {}
    for field in ranked:
        firsts.setdefault(field.split(".")[0], field)
    return [*firsts.values(), *(f for f in ranked if f not in firsts.values())]


def _asked(query: SemanticQuery, access: Access) -> set[str]:
    """The fields that conditions of the query and of its metrics are on."""
    formulas = (access.catalog.formula(m.metric) for m in query.metrics if m.metric)
    own = (c for f in formulas for leaf in f.aggregates for c in (*leaf.filter, *leaf.where))
    return {c.field for c in (*query.where, *(c for m in query.metrics for c in m.where), *own) if isinstance(c, FieldCondition) and not c.negated}


def breakdowns(access: Access, most: int = _MANY) -> dict[str, int]:
    """Fields with a handful of values, as the catalog lists them, and how many those are."""
    values = access.values
    if values not in _counted:
        _counted[values] = Counter(entry.field for entry in values.entries)
    counts = _counted[values]
    refs = (f"{dataset}.{name}" for dataset, d in access.catalog.spec.datasets.items() for name in d.fields)
    return {ref: counts[ref] for ref in refs if _FEW <= counts[ref] <= most}
