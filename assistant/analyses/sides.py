"""The two things that a change lies between, two periods or two groups, and the periods before by which its size is judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count

from dateutil.relativedelta import relativedelta

from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Condition, FieldCondition, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access

MOST_PAST = 8
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Side:
    """The rows of a period, under conditions of its own."""

    time: TimeRange | None
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Sides:
    """`now` is asked about, `before` is what it is held against; `past` are earlier periods of the same kind, the latest first.

    `field` is the one whose values tell two groups apart; "" between two periods.
    """

    now: Side
    before: Side
    past: tuple[Side, ...] = ()
    field: str = ""

    @property
    def all(self) -> tuple[Side, ...]:
        """Both, then those of the past."""
        return (self.now, self.before, *self.past)


def two_groups(query: SemanticQuery) -> tuple[Group, FieldCondition] | None:
    """The group and the condition of a query that sets two values of one field side by side."""
    if len(query.group_by) != 1 or query.group_by[0].grain or not query.group_by[0].field:
        return None
    field = query.group_by[0].field
    for c in query.where:
        if isinstance(c, FieldCondition) and c.field == field and c.op == "in" and not c.negated and isinstance(c.value, tuple) and len(c.value) == 2:
            return query.group_by[0], c
    return None


def sides_of(query: SemanticQuery, access: Access) -> Sides:
    """The sides of a query with two groups, or with a comparison. Raises QueryError where it has neither."""
    groups = two_groups(query)
    if groups:
        condition = groups[1]
        assert isinstance(condition.value, tuple)
        now, before = (Side(query.time, (FieldCondition(field=condition.field, value=v),)) for v in condition.value)
        return Sides(now, before, field=condition.field)
    compiled = access.compile(query)
    period, earlier = compiled.period, compiled.earlier
    if period is None or earlier is None or not (period.start and period.end and earlier.start and earlier.end):
        raise QueryError("Reasons are looked for between two periods: name one.", "原因要在两段时间之间寻找：请说明哪一段时间。", subject="time")
    return Sides(Side(period), Side(earlier), tuple(Side(t) for t in _past(period, earlier, access.data_span)))


def _past(period: TimeRange, earlier: TimeRange, span: tuple[dt.date, dt.date] | None) -> list[TimeRange]:
    """Periods of the same length and, where it is less than a month, the same days of the week, that overlap neither side."""
    assert period.start and period.end
    first = span[0] if span else period.start
    out: list[TimeRange] = []
    for n in count(1):
        start, end = _back(period.start, period.end, n)
        if start < first or len(out) == MOST_PAST:
            return out
        if end <= period.start and not _overlap(start, end, earlier):
            out.append(TimeRange(start=start, end=end, field=period.field))
    raise AssertionError


def _back(start: dt.date, end: dt.date, n: int) -> tuple[dt.date, dt.date]:
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return start - relativedelta(months=months * n), end - relativedelta(months=months * n)
    weeks = -(-(end - start).days // 7)
    return start - 7 * weeks * n * _DAY, end - 7 * weeks * n * _DAY


def _overlap(start: dt.date, end: dt.date, other: TimeRange) -> bool:
    assert other.start and other.end
    return start < other.end and other.start < end


def within(time: TimeRange) -> tuple[Condition, ...]:
    """A period as conditions, for what has to be asked of several periods at once."""
    field = time.field or TIME
    assert time.start and time.end
    return FieldCondition(field=field, op=">=", value=time.start), FieldCondition(field=field, op="<", value=time.end)
