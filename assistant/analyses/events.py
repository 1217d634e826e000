"""What is known to have happened in one of two periods: named days of the calendar, campaigns and the like, other metrics that moved along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assistant.analyses.parts import made_of
from assistant.analyses.scan import GATE, LEAST_PAST
from assistant.analyses.sides import Sides, within
from assistant.analyses.study import Study
from assistant.analyses.tables import BEFORE, NOW, PAST
from assistant.language.holidays import holidays
from semantic_layer.errors import EngineError, QueryError
from semantic_layer.query import Condition, FieldCondition, MetricRef, Records, SemanticQuery, TimeRange

_DAY = dt.timedelta(days=1)
_MOST_LISTED = 5
_LEAST_OFF = 2  # days: single named days seldom move a period
_LEAST_THINGS = 30.0  # that a rate is of, on each side
_LEAST_MOVED = 0.1
_STEADY = 0.02  # of its mean: a metric that was steadier than this by chance is not taken at its word
_AT_ONCE = 8  # metrics in one query


@dataclass(frozen=True)
class Happened:
    """Something with a name that went on for `now` days of the period asked about and `before` of the one before."""

    name: str
    start: dt.date
    last: dt.date
    now: int
    before: int


def calendar_events(study: Study, sides: Sides) -> list[Happened]:
    """The catalog's events and its countries' holidays that took up more days of one period than of the other."""
    calendar, lang = study.access.catalog.spec.calendar, study.speaker.lang
    now, before = sides.now.time, sides.before.time
    if now is None or before is None or not (now.start and now.end and before.start and before.end):
        return []
    dated = [(e.label.get(lang) or name, d.start, d.end or d.start) for name, e in calendar.events.items() for d in e.dates]
    years = tuple(range(min(now.start, before.start).year, max(now.end, before.end).year + 1))
    for day in holidays(calendar.holidays, years) if calendar.holidays else ():
        names = [n for n in day.names if n.isascii() == (lang != "zh")]
        dated += [(names[0] if names else day.name, start, end - _DAY) for start, end in day.dates if (end - start).days >= _LEAST_OFF]
    found = [Happened(n, start, last, _days(start, last, now), _days(start, last, before)) for n, start, last in dict.fromkeys(dated)]
    return [h for h in found if h.now != h.before]


def _days(start: dt.date, last: dt.date, period: TimeRange) -> int:
    assert period.start and period.end
    return max((min(last + _DAY, period.end) - max(start, period.start)).days, 0)


def going_on(study: Study, sides: Sides) -> Iterator[tuple[str, bool, list[str]]]:
    """Rows that last, as campaigns do, and went on in one of the periods only: what they are, whether now, their names."""
    catalog = study.access.catalog
    now, before = sides.now.time, sides.before.time
    if now is None or before is None:
        return
    for dataset, spec in catalog.spec.datasets.items():
        named = _name_field(study, dataset)
        if spec.lasts is None or named is None:
            continue
        first, last = (f"{dataset}.{f}" for f in spec.lasts)
        seen = [_listed(study, dataset, named, first, last, period) for period in (now, before)]
        for is_now, mine, other in ((True, seen[0], seen[1]), (False, seen[1], seen[0])):
            only = [n for n in mine if n not in other]
            if only and len(only) <= _MOST_LISTED:
                yield spec.label.get(study.speaker.lang) or dataset, is_now, only


def _name_field(study: Study, dataset: str) -> str | None:
    entities = study.access.catalog.spec.entities.values()
    shown = next((e.shown_by for e in entities if e.dataset == dataset and e.shown_by), None)
    fields = study.access.catalog.dataset(dataset).fields
    return shown or next((n for n, f in fields.items() if f.kind == "dimension" and f.type == "string" and not f.personal), None)


def _listed(study: Study, dataset: str, named: str, first: str, last: str, period: TimeRange) -> list[str]:
    where = (FieldCondition(field=first, op="<", value=period.end), FieldCondition(field=last, op=">=", value=period.start))
    query = SemanticQuery(records=Records(dataset=dataset, fields=(f"{dataset}.{named}",), distinct=True), where=where, limit=_MOST_LISTED * 4)
    try:
        return [str(row[0]) for row in study.rows(query).rows if row[0] is not None]
    except (QueryError, EngineError):
        return []


@dataclass(frozen=True)
class Moved:
    """A metric that moved unusually in the same rows: `where` are those of their conditions that it knows."""

    metric: str
    where: tuple[Condition, ...]
    before: float
    now: float
    z: float


def moved_along(study: Study, ref: MetricRef, sides: Sides, where: tuple[Condition, ...], part: tuple[Condition, ...]) -> list[Moved]:
    """Rates of the catalog that are no part of the metric and went beyond their usual range in the same `part` of the data, the oddest first."""
    if len(sides.past) < LEAST_PAST:
        return []
    catalog = study.access.catalog
    own = _parts(study, ref)
    grouped: dict[tuple[tuple[str, ...], tuple[Condition, ...]], list[str]] = {}
    for name, spec in catalog.spec.metrics.items():
        refs = _parts(study, MetricRef(metric=name))
        if (
            spec.good == "neutral"
            or name == ref.metric
            or not made_of(MetricRef(metric=name), catalog).bottom
            or refs & own
            or _distinct(study, name)
        ):
            continue
        known = tuple(c for c in part if _reaches(study, name, (*where, c)))
        if known or (not part and _reaches(study, name, where)):
            grouped.setdefault((catalog.formula(name).homes, known), []).append(name)
    found = [m for (_, known), names in grouped.items() for m in _moved(study, names, sides, where, known)]
    return sorted(found, key=lambda m: -abs(m.z))


def _parts(study: Study, ref: MetricRef) -> set[MetricRef]:
    made = made_of(ref, study.access.catalog)
    return {r for _, r in (*made.top, *made.bottom)}


def _distinct(study: Study, name: str) -> bool:
    """Different people or visits of a whole log take long to count, and seldom say why."""
    return any(a.kind == "distinct" for a in study.access.catalog.formula(name).aggregates)


def _reaches(study: Study, name: str, where: tuple[Condition, ...]) -> bool:
    try:
        study.access.compile(SemanticQuery(metrics=(MetricRef(metric=name),), where=where))
    except QueryError:
        return False
    return True


def _moved(study: Study, names: list[str], sides: Sides, where: tuple[Condition, ...], known: tuple[Condition, ...]) -> Iterator[Moved]:
    times = [s.time for s in sides.all if s.time]
    whole = TimeRange(start=min(t.start for t in times if t.start), end=max(t.end for t in times if t.end))
    for chunk in (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE)):
        asked = [ref for name in chunk for ref in (MetricRef(metric=name), _below(study, name))]
        refs = [
            ref.model_copy(update={"alias": f"m{i}_{s}", "where": (*ref.where, *_plain(t))})
            for i, ref in enumerate(asked)
            for s, t in enumerate(times)
        ]
        try:
            rows = study.rows(SemanticQuery(metrics=tuple(refs), where=(*where, *known), time=whole)).rows
        except (QueryError, EngineError):
            continue
        values = np.array([np.nan if v is None else float(v) for v in rows[0]] if rows else []).reshape(-1, 2, len(times))
        for name, (row, below) in zip(chunk, values, strict=False):
            z = _oddness(row)
            if abs(z) > GATE and below[:PAST].min() >= _LEAST_THINGS and abs(row[NOW] - row[BEFORE]) > _LEAST_MOVED * abs(row[BEFORE]):
                yield Moved(name, known, float(row[BEFORE]), float(row[NOW]), z)


def _below(study: Study, name: str) -> MetricRef:
    """What a rate is divided by."""
    return made_of(MetricRef(metric=name), study.access.catalog).bottom[0][1]


def _plain(time: TimeRange) -> tuple[Condition, ...]:
    """By each metric's own time: the day of a payment may be another than that of the order."""
    return within(TimeRange(start=time.start, end=time.end))


def _oddness(row: np.ndarray) -> float:
    past = row[PAST:][np.isfinite(row[PAST:])]
    if len(past) < LEAST_PAST or not np.isfinite(row[NOW]) or not np.isfinite(row[BEFORE]):
        return 0.0
    spread = max(float(past.std(ddof=1)), _STEADY * abs(float(past.mean())), 1e-9)
    return float((row[NOW] - past.mean()) / (spread * np.sqrt(1 + 1 / len(past))))
