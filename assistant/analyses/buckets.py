"""Forecasts of what does not add up over days (different customers, balances): by whole days, weeks, months or quarters as they are asked.

A period is forecast as the mean of the last four of its kind; the band comes from the errors of the same mean on earlier ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.analyses.ahead import HELD, Backtest, forecast, naive
from assistant.analyses.coming import Coming, Row
from assistant.analyses.daily import Event
from assistant.analyses.said import Said
from assistant.analyses.season import Floats, Series
from assistant.analyses.study import Found, Study
from assistant.answer.cells import day_of, key_text
from assistant.answer.model import Answer, AnswerColumn
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import TIME, Grain, Group, MetricRef, SemanticQuery, TimeRange

_FEWEST, _MEAN, _SHOWN = 8, 4, 6  # whole periods: needed, averaged, shown
_SHOWN_DAYS = 28
_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter")


@dataclass
class Buckets:
    """The forecast of a metric whose days do not make the whole."""

    said: Said
    study: Study
    ref: MetricRef
    whole: Series
    known: Sequence[Event]

    def found(self, answer: Answer) -> Found:
        """See `Analysis`."""
        time = self.study.query.time
        assert time and time.end
        starts, first = self.study.access.catalog.spec.calendar.week_start, self.whole.end
        start = max(time.start or first, first)
        asked = next((g.grain for g in self.study.query.group_by), None)
        grain = self._grain(start, time.end, starts, asked)
        if grain is None:
            return Found(refused=self.said.word("forecast_not_whole", metric=self.said.column.label))
        if grain == "day":
            return self._days(answer, start, time.end)
        return self._periods(answer, grain, start, time.end, starts)

    def _grain(self, start: dt.date, end: dt.date, starts: str, asked: str | None) -> Grain | None:
        """The widest whose whole periods make up what is asked; what is asked by day, of days."""

        def fits(grain: Grain) -> bool:
            return floor(start, grain, starts) == start and floor(end, grain, starts) == end

        if asked in _GRAINS and asked != "day":
            return asked if fits(asked) else None
        return next((g for g in reversed(_GRAINS) if g != "day" and fits(g)), "day" if (end - start).days == 1 else None)

    def _days(self, answer: Answer, start: dt.date, end: dt.date) -> Found:
        """A single day, as of any series."""
        gap, reach = (start - self.whole.end).days, (end - self.whole.end).days
        series = self.whole

        def ahead(at: int, days: int) -> Floats:
            return np.array([forecast(series.until(at), self.known, days)])

        def plainly(at: int, days: int) -> Floats:
            return np.array([naive(series.until(at), days)])

        test = Backtest(np.array([series.values]), ahead, plainly, lambda parts: np.asarray(parts[0]), reach)
        said, plain = float(ahead(len(series), reach)[0, gap]), float(plainly(len(series), reach)[0, gap])
        off = abs(said) * float(test.day_widths(reach)[gap])
        row = Row(start, None, said, max(said - off, 0.0), said + off, plain)
        shown = range(max(len(series) - _SHOWN_DAYS, 0), len(series))
        past = [Row(series.day(at), float(series.values[at])) for at in shown if np.isfinite(series.values[at])]
        text, method = self._sentence(row, start, end, "forecast_beside"), self._method("forecast_method", test.errors, len(test.origins))
        return Coming(self.said, answer, [*past, row], text, method, _numbers(row, test.errors, len(test.origins))).found()

    def _periods(self, answer: Answer, grain: Grain, start: dt.date, end: dt.date, starts: str) -> Found:
        rows = self._whole(grain, starts)
        if len(rows) < _FEWEST:
            name = self.said.speaker.unit(grain)
            return Found(refused=self.said.word("forecast_few_buckets", metric=self.said.column.label, grain=name, n=len(rows)))
        values, keys = np.array([v for _, v in rows]), _between(start, end, grain)
        lead = len(_between(floor(self.whole.end, grain, starts), keys[0], grain))
        said, plain = float(values[-_MEAN:].mean()), float(values[-1])
        widths, errors, origins = _tested(values, lead + len(keys))
        coming = [Row(key, None, said, max(said * (1 - widths[lead + n]), 0.0), said * (1 + widths[lead + n]), plain) for n, key in enumerate(keys)]
        past = [Row(day, value) for day, value in rows[-_SHOWN:]]
        time = answer.columns[0].model_copy(update={"grain": grain, "name": grain, "label": self.said.speaker.unit(grain)})
        each = time if len(keys) > 1 else None
        text = self._sentence(coming[0], keys[0], end, "forecast_beside_bucket", each)
        method = self._method("forecast_method_bucket", errors, origins)
        answer.columns[0] = time
        numbers = _numbers(coming[0], errors, origins)
        return Coming(self.said, answer, [*past, *coming], text, method, numbers, naive="forecast_naive_bucket").found()

    def _whole(self, grain: Grain, starts: str) -> list[tuple[dt.date, float]]:
        """The periods of the past that the data cover from their first day to their last."""
        field = self.study.query.time.field if self.study.query.time else None
        first, until = floor(self.whole.first, grain, starts), floor(self.whole.end, grain, starts)
        first = first if first == self.whole.first else shift(first, 1, grain)
        if first >= until:
            return []
        time, group = TimeRange(start=first, end=until, field=field), Group(field=field or TIME, grain=grain)
        rows = self.study.rows(SemanticQuery(metrics=(self.ref,), where=self.study.query.where, time=time, group_by=(group,))).rows
        return [(day, float(value)) for key, value in rows if (day := day_of(key)) and value is not None]

    def _sentence(self, row: Row, start: dt.date, end: dt.date, beside: str, each: AnswerColumn | None = None) -> str:
        """Of one period, or of `each` of several."""
        said = self.said
        period = said.speaker.period(TimeRange(start=start, end=end))
        value, span = said.value(row.forecast), said.range(row.low or 0.0, row.high or 0.0)
        parts = {"period": period, "metric": said.column.label, "value": value, "range": span}
        if each:
            return said.word("forecast_rows", first=key_text(each, row.key.isoformat(), said.speaker.lang), **parts)
        return said.word("forecast_total", **parts) + said.word(beside, naive=said.value(row.naive))

    def _method(self, key: str, errors: tuple[float, float], origins: int) -> str:
        return self.said.word(key, n=origins, error=self.said.share(errors[0]), naive=self.said.share(errors[1]), events="")


def _between(start: dt.date, end: dt.date, grain: Grain) -> list[dt.date]:
    out = []
    while start < end:
        out.append(start)
        start = shift(start, 1, grain)
    return out


def _tested(values: Floats, reach: int) -> tuple[list[float], tuple[float, float], int]:
    """Half widths by how many periods ahead, the errors of the next period (ours, the last one's), and from how many origins."""
    origins = range(_MEAN, len(values))
    means = {at: float(values[at - _MEAN : at].mean()) for at in origins}
    widths: list[float] = []
    for lead in range(reach):
        off = [abs(values[at + lead] - means[at]) / means[at] for at in origins if at + lead < len(values) and means[at] > 0]
        width = float(np.quantile(off, HELD, method="higher")) if len(off) >= _MEAN else 0.0
        widths.append(max(width, widths[-1] if widths else 0.0))
    came = float(sum(abs(values[at]) for at in origins)) or 1.0
    ours = float(sum(abs(values[at] - means[at]) for at in origins)) / came
    theirs = float(sum(abs(values[at] - values[at - 1]) for at in origins)) / came
    return widths, (ours, theirs), len(origins)


def _numbers(row: Row, errors: tuple[float, float], origins: int) -> dict[str, float]:
    out = {"forecast": row.forecast or 0.0, "low": row.low or 0.0, "high": row.high or 0.0, "naive": row.naive or 0.0}
    return {**out, "error": errors[0], "naive_error": errors[1], "origins": float(origins)}
