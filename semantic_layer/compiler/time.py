"""Time in SQL and on the calendar: buckets, half-open ranges, shifts, and the days a trend must show."""

from __future__ import annotations

import datetime as dt

from dateutil.relativedelta import relativedelta
from sqlglot import exp

from semantic_layer.compiler.build import alias, col, select
from semantic_layer.query import TimeRange

# ISO weekday of the first day of the week.
WEEK_STARTS = {"monday": 1, "saturday": 6, "sunday": 7}
_STEPS: dict[str, tuple[int, str]] = {
    "day": (1, "DAY"), "week": (7, "DAY"), "month": (1, "MONTH"), "quarter": (3, "MONTH"), "half": (6, "MONTH"), "year": (1, "YEAR"),
}  # fmt: skip
_CYCLIC = {
    "hour_of_day": "HOUR", "day_of_week": "ISODOW", "day_of_month": "DAY", "month_of_year": "MONTH", "quarter_of_year": "QUARTER",
}  # fmt: skip


def date_literal(day: dt.date) -> exp.Expr:
    """CAST('2017-05-01' AS DATE)."""
    return as_date(exp.Literal.string(day.isoformat()))


def as_date(tree: exp.Expr) -> exp.Expr:
    """CAST(tree AS DATE)."""
    if isinstance(tree, exp.Cast) and tree.to.this == exp.DataType.Type.DATE:
        return tree
    return exp.Cast(this=tree, to=exp.DataType(this=exp.DataType.Type.DATE))


def trunc(tree: exp.Expr, grain: str, week_start: str = "monday") -> exp.Expr:
    """The first instant of the bucket `tree` falls in; for a cyclic grain the number of the part. (A cast beats DATE_TRUNC to the day.)"""
    if grain == "day":
        return as_date(tree)
    if grain in _CYCLIC:
        return exp.Extract(this=exp.var(_CYCLIC[grain]), expression=tree)
    if grain == "half":
        first = _trunc("YEAR", tree)
        later = exp.Add(this=first.copy(), expression=interval(1, "half"))
        return exp.Case(
            ifs=[exp.If(this=exp.LTE(this=exp.Extract(this=exp.var("MONTH"), expression=tree.copy()), expression=exp.Literal.number(6)), true=first)],
            default=later,
        )
    if grain == "week" and week_start != "monday":
        shift = 8 - WEEK_STARTS[week_start]
        inner = exp.Add(this=tree, expression=interval(shift, "day"))
        return exp.Sub(this=_trunc("WEEK", inner), expression=interval(shift, "day"))
    return _trunc(grain.upper(), tree)


def _trunc(unit: str, tree: exp.Expr) -> exp.Expr:
    return exp.TimestampTrunc(this=tree, unit=exp.var(unit))


def interval(count: int, grain: str) -> exp.Interval:
    """An interval of `count` grains."""
    size, unit = _STEPS[grain]
    return exp.Interval(this=exp.Literal.string(str(count * size)), unit=exp.var(unit))


def in_range(column: exp.Expr, time: TimeRange) -> list[exp.Expr]:
    """Half-open conditions on the raw column, so that scans prune."""
    out: list[exp.Expr] = []
    if time.start:
        out.append(exp.GTE(this=column.copy(), expression=date_literal(time.start)))
    if time.end:
        out.append(exp.LT(this=column.copy(), expression=date_literal(time.end)))
    return out


def floor(day: dt.date, grain: str, week_start: str = "monday") -> dt.date:
    """The first day of the bucket that holds `day`."""
    if grain == "week":
        return day - dt.timedelta(days=(day.isoweekday() - WEEK_STARTS[week_start]) % 7)
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(grain)
    return day if months is None else dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def shift(day: dt.date, count: int, grain: str) -> dt.date:
    """`day` moved by `count` grains; the 29 February becomes the 28."""
    size, unit = _STEPS[grain]
    step = {"DAY": relativedelta(days=size * count), "MONTH": relativedelta(months=size * count), "YEAR": relativedelta(years=size * count)}
    return day + step[unit]


def clipped(time: TimeRange, today: dt.date) -> tuple[TimeRange, bool]:
    """The range up to and including today, and whether that cut it: an unfinished period."""
    tomorrow = today + dt.timedelta(days=1)
    if time.end and time.end > tomorrow and (time.start is None or time.start < tomorrow):
        return time.model_copy(update={"end": tomorrow}), True
    return time, False


def previous(time: TimeRange, today: dt.date, to: str) -> tuple[TimeRange, TimeRange]:
    """(current, earlier) ranges for `previous` or `last_year`, both cut to the same elapsed days.

    Whole months move by months (so quarters and years too), anything else by its number of days.
    `time` must have both ends.
    """
    assert time.start and time.end
    start, end = time.start, time.end
    if to == "last_year":
        before, stop = shift(start, -1, "year"), shift(end, -1, "year")
    elif start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        before, stop = shift(start, -months, "month"), start
    else:
        before, stop = start - (end - start), start
    current, cut = clipped(time, today)
    if cut and current.end:
        stop = min(stop, before + (current.end - start))
    return current, time.model_copy(update={"start": before, "end": stop, "words": ""})


def data_span(columns: list[tuple[exp.Table, exp.Expr]], time: TimeRange | None) -> exp.Select:
    """SELECT first_day, last_day: the days of `time` that lie inside the data of the given (table, time column)s."""
    lows = [_extreme(exp.Min, s, c) for s, c in columns]
    highs = [_extreme(exp.Max, s, c) for s, c in columns]
    first = lows[0] if len(lows) == 1 else exp.Least(this=lows[0], expressions=lows[1:], ignore_nulls=True)
    last = highs[0] if len(highs) == 1 else exp.Greatest(this=highs[0], expressions=highs[1:], ignore_nulls=True)
    if time and time.start:
        first = exp.Greatest(this=first, expressions=[date_literal(time.start)], ignore_nulls=True)
    if time and time.end:
        last = exp.Least(this=last, expressions=[date_literal(time.end - dt.timedelta(days=1))], ignore_nulls=True)
    return exp.Select(expressions=[alias(first, "first_day"), alias(last, "last_day")])


def _extreme(kind: type[exp.AggFunc], source: exp.Table, column: exp.Expr) -> exp.Expr:
    inner = exp.Select(expressions=[as_date(kind(this=column.copy()))]).from_(source.copy(), copy=False)
    return exp.Subquery(this=inner)


def day_series(span: str) -> exp.Select:
    """SELECT day: every day from first_day to last_day of the CTE `span`."""
    series = exp.GenerateSeries(start=col("first_day"), end=col("last_day"), step=interval(1, "day"))
    return select([alias(as_date(exp.Unnest(expressions=[series])), "day")], span)
