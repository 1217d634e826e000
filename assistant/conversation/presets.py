"""Periods that a chip offers: the last ones that hold data."""

from __future__ import annotations

import datetime as dt

from dateutil.relativedelta import relativedelta

from semantic_layer.query import TimeRange
from semantic_layer.shops import Access

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def periods(access: Access) -> list[tuple[str, TimeRange]]:
    """(grain, period): the month, quarter and year of the last day with data up to today, and the ones before; within the data."""
    span = access.data_span
    last = min(access.today, span[1]) if span else access.today
    found = []
    for grain, months in _MONTHS.items():
        first = dt.date(last.year, (last.month - 1) // months * months + 1, 1)
        for back in range(2):
            start = first - relativedelta(months=months * back)
            end = start + relativedelta(months=months)
            if span is None or end > span[0]:
                found.append((grain, TimeRange(start=start, end=end)))
    return found
