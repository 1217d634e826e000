"""Why a metric changed between two periods, or differs between two groups: what the change is made of and where it is concentrated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assistant.analyses.explained import explained
from assistant.analyses.sides import sides_of, two_groups
from assistant.analyses.study import Found, Study
from assistant.analyses.telling import told
from assistant.answer.model import Answer
from semantic_layer.compiler.time import floor, shift
from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Compare, SemanticQuery, TimeRange
from semantic_layer.shops import Access


@dataclass(frozen=True)
class Drivers:
    """The analysis; `expected` is the direction that the question took for granted: -1 down, 1 up, 0 neither."""

    expected: int = 0

    def shown(self, query: SemanticQuery, access: Access) -> SemanticQuery:
        """One metric on both sides. Raises QueryError where there are no two sides."""
        if not query.metrics:
            raise QueryError("Only the change of a metric can be explained.", "只能解释指标的变化。")
        ref = query.metrics[0]
        if two_groups(query):
            return SemanticQuery(metrics=(ref,), group_by=query.group_by, where=query.where, time=query.time)
        time, compare = _period(query, access)
        shown = SemanticQuery(metrics=(ref,), where=query.where, time=time, compare=compare)
        sides_of(shown, access)
        return shown

    def found(self, study: Study, answer: Answer) -> Found:
        """What stands behind the change."""
        return told(study, explained(study, self.expected), answer)


def _period(query: SemanticQuery, access: Access) -> tuple[TimeRange | None, Compare]:
    """The period that is asked about and what it is compared with; of a trend the last whole bucket."""
    compare, group = query.compare or Compare(), query.time_group
    if group is None or group.grain is None or compare.range is not None:
        return query.time, compare
    calendar = access.catalog.spec.calendar
    end = query.time.end if query.time and query.time.end else access.today
    end = min(end, access.today, access.data_span[1] + dt.timedelta(days=1) if access.data_span else end)
    last = floor(end, group.grain, calendar.week_start)
    start = shift(last, -1, group.grain)
    field = query.time.field if query.time else None
    field = field or (group.field if group.field != TIME else None)
    return TimeRange(start=start, end=last, field=field), Compare(to=compare.to)
