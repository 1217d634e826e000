"""The days of a metric: asked by a semantic query, with the events of the calendar that they fall on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.analyses.season import WEEK, Series
from assistant.analyses.study import Study
from assistant.language.holidays import holidays
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, Group, MetricRef, SemanticQuery, TimeRange
from semantic_layer.shops import Access
from semantic_layer.spelling import has_han

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Event:
    """A kind of day of the calendar: its name, and first day and day after the last of each time. `own` is the shop's own."""

    name: Text
    times: tuple[tuple[dt.date, dt.date], ...]
    own: bool = True

    def covers(self, day: dt.date) -> tuple[dt.date, dt.date] | None:
        """The time of it that a day falls in."""
        return next((t for t in self.times if t[0] <= day < t[1]), None)


def events(catalog: Catalog, first: dt.date, last: dt.date) -> tuple[Event, ...]:
    """The shop's own events, then the holidays of its countries in these years; each with its times in their order."""
    calendar = catalog.spec.calendar
    own = [Event(_named(e.label, name), tuple(sorted((d.start, (d.end or d.start) + DAY) for d in e.dates))) for name, e in calendar.events.items()]
    years = tuple(range(first.year, last.year + 1))
    public = (h for h in holidays(calendar.holidays, years) if h.dates) if calendar.holidays else ()
    return (*own, *(Event(_called(h.names), tuple(sorted(h.dates)), own=False) for h in public))


def _named(label: Text, name: str) -> Text:
    return Text(zh=label.get("zh") or name, en=label.get("en") or name)


def _called(names: tuple[str, ...]) -> Text:
    zh, en = (next((n for n in names if has_han(n) == han), names[0]) for han in (True, False))
    return Text(zh=zh, en=en)


def whole_days(access: Access) -> tuple[dt.date, dt.date] | None:
    """The first day of the data, and the day after the last that is over."""
    span = access.data_span
    return (span[0], min(span[1] + DAY, access.today)) if span else None


def daily_query(query: SemanticQuery, ref: MetricRef, first: dt.date, end: dt.date) -> SemanticQuery:
    """A metric of a query by day, under its conditions."""
    field = query.time.field if query.time else None
    time = TimeRange(start=first, end=end, field=field)
    return SemanticQuery(metrics=(ref,), where=query.where, time=time, group_by=(Group(field=field or TIME, grain="day"),))


def daily(study: Study, ref: MetricRef, first: dt.date, end: dt.date, known: Iterable[Event]) -> Series:
    """The days [first, end) of a metric, from the first that has a value on. Raises QueryError, GuardError, EngineError."""
    query = daily_query(study.query, ref, first, end)
    rows = study.rows(query).rows
    return series_of(((_date(row[0]), row[1]) for row in rows if row[0] is not None), first, end, known)


def series_of(days: Iterable[tuple[dt.date, object]], first: dt.date, end: dt.date, known: Iterable[Event]) -> Series:
    """Values by day as a series over [first, end) that begins with the first value other than zero."""
    values = np.full(max((end - first).days, 0), np.nan)
    for day, value in days:
        if first <= day < end and value is not None:
            values[(day - first).days] = float(value)  # type: ignore[arg-type]
    found = np.flatnonzero(np.nan_to_num(values) != 0)
    begin = int(found[0]) if found.size else len(values)
    return Series(first + begin * DAY, values[begin:], flagged(known, first + begin * DAY, len(values) - begin))


def weekly(weeks: Iterable[tuple[dt.date, object]], known: Iterable[Event]) -> Series | None:
    """Values by the first day of their week, as they follow each other; None where one is missing between."""
    rows = sorted((day, value) for day, value in weeks if value is not None)
    if not rows or any((b[0] - a[0]).days != WEEK for a, b in pairwise(rows)):
        return None
    own = [event for event in known if event.own]
    events = [any(event.covers(day + n * DAY) for event in own for n in range(WEEK)) for day, _ in rows]
    return Series(rows[0][0], np.array([float(v) for _, v in rows]), np.array(events, dtype=np.bool_), WEEK)  # type: ignore[arg-type]


def flagged(known: Iterable[Event], first: dt.date, days: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of so many days fall on an event."""
    flags = np.zeros(days, dtype=np.bool_)
    for low, high in _places(known, first, days):
        flags[low:high] = True
    return flags


def _places(known: Iterable[Event], first: dt.date, days: int) -> Iterator[tuple[int, int]]:
    for event in known:
        for start, end in event.times:
            low, high = max((start - first).days, 0), min((end - first).days, days)
            if low < high:
                yield low, high


def _date(value: object) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])
