"""Periods of a trend that the answer, or its data, cover in part only: their values are no fall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from assistant.answer.cells import day_of
from assistant.answer.model import Answer
from semantic_layer.compiler.time import shift
from semantic_layer.query import FORWARD_GRAINS

_DAY = dt.timedelta(days=1)


def partial_rows(answer: Answer, rows: Sequence[Sequence[Any]], key: int) -> frozenset[int]:
    """The places of rows whose bucket of time begins before, or ends after, the days that are covered."""
    grain = answer.columns[key].grain
    if answer.columns[key].role != "time" or grain not in FORWARD_GRAINS:
        return frozenset()
    first, end = _covered(answer)
    found = set()
    for at, row in enumerate(rows):
        begin = day_of(row[key])
        if begin is not None and ((first and begin < first) or (end and shift(begin, 1, grain) > end)):
            found.add(at)
    return frozenset(found)


def _covered(answer: Answer) -> tuple[dt.date | None, dt.date | None]:
    """The first day that the answer covers, and the day after the last; today is not over."""
    first, last, today = (day_of(answer.freshness.get(name)) for name in ("first_day", "last_day", "today"))
    end = min(filter(None, (last and last + _DAY, today)), default=None)
    if answer.period:
        first = max(filter(None, (first, answer.period.start)), default=None)
        end = min(filter(None, (end, answer.period.end)), default=None)
    return first, end
