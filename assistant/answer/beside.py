"""What stands beside a single figure though nobody asked for it: its change on the period before, and its trend.

Both are semantic queries of their own; the rows of the answer stay what was asked.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from assistant.answer.cells import day_of
from assistant.answer.model import Answer, Beside, Period
from semantic_layer.compiler.time import floor, previous, shift
from semantic_layer.query import TIME, Compare, EntityCondition, EventCondition, ExistsCondition, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access

_DAY = dt.timedelta(days=1)
_WEEK = 7
_MOST_METRICS = 3  # of which a change is said
# The steps of a trend that ends with a day, a week, ..., and how many of them are shown.
_STEPS = {"day": 28, "week": 13, "month": 13, "quarter": 9}
_WITHIN = (("day", 62), ("week", 190), ("month", 1500))  # the grain of a trend within a period, by the days that this has at most
_FEWEST = 3
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def changed(query: SemanticQuery, access: Access) -> SemanticQuery | None:
    """A single figure beside the same of the last comparable period; None where there is none, or it says nothing.

    A period that is not over is compared up to its last whole day, with as many days of the one before. Whole months are compared
    with months; what is shorter than a week with the same days of the week before; anything else with as many days.
    """
    time, span = query.time, access.data_span
    if not _single(query) or time is None or time.start is None or time.end is None or span is None or len(query.metrics) > _MOST_METRICS:
        return None
    if time.field or _fixed(query.model_dump(mode="json", exclude={"time"})):
        return None
    over = min(time.end, _end(access))
    if over <= time.start:
        return None
    if (time.end - time.start).days < _WEEK:
        start = time.start - dt.timedelta(days=_WEEK)
        end = start + (over - time.start)
    else:
        start, end = _before(time, over)
    if start < span[0]:
        return None
    now = time if over == time.end else time.model_copy(update={"end": over})
    earlier = TimeRange(start=start, end=end)
    return _with(query, time=now, compare=Compare(to="range", range=earlier), order_by=(), limit=None)


def _before(time: TimeRange, over: dt.date) -> tuple[dt.date, dt.date]:
    """The period before one, cut to as many days as lie before `over`."""
    _, earlier = previous(time, dt.date.max - _DAY, "previous")
    assert time.start and earlier.start and earlier.end
    return earlier.start, earlier.end if over == time.end else min(earlier.end, earlier.start + (over - time.start))


def trend(query: SemanticQuery, access: Access) -> SemanticQuery | None:
    """The recent course of a single figure: its period, where that is one step of a calendar, and the ones before; else the steps within it."""
    if not _single(query) or len(query.metrics) != 1 or query.metrics[0].over or query.metrics[0].per:
        return None
    if (query.time and query.time.field) or _fixed(query.model_dump(mode="json", exclude={"time"})) or _heavy(query, access):
        return None
    found = _course(query.time, access)
    if found is None:
        return None
    grain, start, end = found
    if _count(start, end, grain) < _FEWEST:
        return None
    by_time = Group.model_validate({"field": TIME, "grain": grain})
    return _with(query, time=TimeRange(start=start, end=end), group_by=(by_time,), order_by=(), limit=None)


def agrees(course: Beside, answer: Answer) -> bool:
    """Whether a trend that ends with the period of the answer ends with its figure."""
    value, last = answer.rows[0][0], course.rows[-1]
    period, grain = answer.period, course.columns[0].grain
    if value is None or period is None or period.start is None or grain is None:
        return value is not None
    if day_of(last[0]) != period.start or period.end != shift(period.start, 1, grain):
        return True
    return last[1] is not None and math.isclose(float(value), float(last[1]), rel_tol=1e-9, abs_tol=1e-9)


def seen(answer: Answer, course: Beside) -> Answer:
    """The trend as an answer of its own, to be drawn."""
    time = course.query["time"]
    period = Period(start=time["start"], end=time["end"], grain=course.columns[0].grain)
    return answer.model_copy(update={"columns": course.columns, "rows": course.rows, "query": course.query, "period": period, "trend": None})


def _course(time: TimeRange | None, access: Access) -> tuple[str, dt.date, dt.date] | None:
    """(grain, first day, day after the last) of a trend."""
    span, week = access.data_span, access.catalog.spec.calendar.week_start
    if span is None:
        return None
    first, end = span[0], _end(access)
    if time is not None and time.start and time.end:
        for grain, steps in _STEPS.items():
            if floor(time.start, grain, week) == time.start and shift(time.start, 1, grain) == time.end:
                whole = first if floor(first, grain, week) == first else shift(floor(first, grain, week), 1, grain)
                return grain, max(whole, shift(time.start, 1 - steps, grain)), time.end
    start, stop = (time and time.start) or first, min((time and time.end) or end, end)
    days = (stop - start).days
    grain = next((g for g, most in _WITHIN if days <= most), "year")
    return (grain, start, stop) if start < stop else None


def _count(start: dt.date, end: dt.date, grain: str) -> int:
    return (end - start).days // {"day": 1, "week": 7, "month": 28, "quarter": 90}.get(grain, 365)


def _end(access: Access) -> dt.date:
    """The day after the last one that is over and has data."""
    span = access.data_span
    assert span is not None
    return min(span[1] + _DAY, access.today)


def _single(query: SemanticQuery) -> bool:
    """Whether the answer is one row of metrics and nothing beside them."""
    return bool(query.metrics) and not (query.group_by or query.compare or query.share or query.running or query.having)


def _fixed(part: Any) -> bool:
    """Whether a part of a query names days of its own, so that another period would ask something else."""
    if isinstance(part, dict):
        return any(map(_fixed, part.values()))
    if isinstance(part, (list, tuple)):
        return any(map(_fixed, part))
    return isinstance(part, str) and _DATE.match(part) is not None


def _heavy(query: SemanticQuery, access: Access) -> bool:
    """Whether each step of a trend would look at whole histories of customers, products, ..."""
    formulas = (access.catalog.formula(m.metric) for m in query.metrics if m.metric)
    own = (c for f in formulas for leaf in f.aggregates for c in (*leaf.filter, *leaf.where))
    asked = (*query.where, *(c for m in query.metrics for c in m.where), *own)
    return any(isinstance(c, (EntityCondition, ExistsCondition, EventCondition)) for c in asked)


def _with(query: SemanticQuery, **parts: Any) -> SemanticQuery:
    return SemanticQuery.model_validate({**{name: getattr(query, name) for name in SemanticQuery.model_fields}, **parts})
