"""What a metric will be: days to come, or whole weeks and months where its days do not add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assistant.analyses.ahead import CLEAN_WEEKS, Backtest, forecast, naive
from assistant.analyses.buckets import Buckets
from assistant.analyses.coming import Coming, Row
from assistant.analyses.composed import Made, adds_over_days, parts_of
from assistant.analyses.daily import DAY, Event, daily, events, whole_days
from assistant.analyses.effects import Effect, learned
from assistant.analyses.said import Said
from assistant.analyses.season import WEEK, Floats, Series
from assistant.analyses.study import Found, Study
from assistant.analyses.unusual import one_number
from assistant.answer.model import Answer
from semantic_layer.compiler.time import floor
from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access

_DEFAULT = 28  # days, where no period is asked about
_FARTHEST = 366  # days
_YEARS = 3 * 366  # days looked back to
_STOPPED = 14  # days without a value after which a metric has stopped
_SHOWN, _SHOWN_PERIODS = 28, 6  # days, and longer periods, of the past that are shown before those to come


class Forecast:
    """Answers what a metric is expected to be in a period that is not over."""

    def shown(self, query: SemanticQuery, access: Access) -> SemanticQuery:
        """The one metric along the period to come, by day where no grain is asked. Raises QueryError where the period is over."""
        one_number(query, "A forecast is made of one number at a time, and for the whole", "预测一次只做一个指标的整体，不分组")
        span, field = whole_days(access), query.time.field if query.time else None
        time = query.time or TimeRange()
        if span is None:
            raise QueryError("There are no dated data to forecast from.", "没有带日期的数据，无法预测。")
        if time.end is None:
            start = max(time.start or span[1], span[1])
            time = TimeRange(start=start, end=start + _DEFAULT * DAY, field=field)
        if time.end is not None and time.end <= span[1]:
            raise QueryError(
                f"This period is over: the data run until {span[1] - DAY}, so there is nothing to forecast in it.",
                f"这段时间已经结束（数据到 {span[1] - DAY}），没有需要预测的日子。",
            )
        grain = next((g.grain for g in query.group_by), None) or "day"
        return SemanticQuery(metrics=query.metrics, where=query.where, time=time, group_by=(Group(field=field or TIME, grain=grain),))

    def found(self, study: Study, answer: Answer) -> Found:
        """See `Analysis`."""
        span, time, ref = whole_days(study.access), study.query.time, study.query.metrics[0]
        said = Said(study.speaker, next(c for c in answer.columns if c.role == "metric"))
        if span is None or time is None or time.end is None:
            return Found(refused=said.word("forecast_no_days", metric=said.column.label))
        first = max(span[0], span[1] - _YEARS * DAY)
        known = events(study.access.catalog, first, time.end)
        made = parts_of(ref, study.access.catalog)
        parts = [daily(study, part, first, span[1], known) for part in made.refs] if made else []
        whole = daily(study, ref, first, span[1], known) if not made or len(made.refs) > 1 else parts[0]
        if refused := _missing(said, whole, known, span[1], time.end):
            return Found(refused=refused)
        if made and all(adds_over_days(part, series, study) for part, series in zip(made.refs, parts, strict=True)):
            return _Days(said, study, made, _aligned(parts), known).found(answer)
        return Buckets(said, study, ref, whole, known).found(answer)


def _missing(said: Said, series: Series, known: Sequence[Event], today: dt.date, end: dt.date) -> str:
    """What evidence is missing; "" where there is enough."""
    metric = said.column.label
    values = np.flatnonzero(np.nan_to_num(series.values) != 0)
    if not values.size:
        return said.word("forecast_no_days", metric=metric)
    last = series.day(int(values[-1]))
    if (today - last).days > _STOPPED:
        return said.word("forecast_stopped", metric=metric, end=last)
    clean = int(learned(series, known).series.clean.sum()) if series.clean.sum() >= 2 * WEEK else int(series.clean.sum())
    if clean < CLEAN_WEEKS * WEEK:
        parts = {"n": clean, "start": series.first, "end": series.end - DAY, "missing": CLEAN_WEEKS * WEEK - clean}
        return said.word("forecast_few", metric=metric, **parts)
    most = min(_FARTHEST, len(series))
    return said.word("forecast_too_far", n=most) if (end - series.end).days > most else ""


def _aligned(parts: Sequence[Series]) -> list[Series]:
    """From the first day on that all have."""
    first = max(p.first for p in parts)
    return [Series(first, p.values[(first - p.first).days :], p.events[(first - p.first).days :]) for p in parts]


@dataclass
class _Days:
    """The forecast of a metric whose parts add up over days."""

    said: Said
    study: Study
    made: Made
    parts: list[Series]
    known: Sequence[Event]

    def __post_init__(self) -> None:
        time = self.study.query.time
        assert time and time.end
        self.first, self.end = self.parts[0].end, time.end
        self.start = max(time.start or self.first, self.parts[0].first)
        self.reach = (self.end - self.first).days
        self.gap = max((self.start - self.first).days, 0)
        self.actual = np.array([p.values for p in self.parts])
        self.coming = self._ahead(len(self.parts[0]), self.reach)
        self.baseline = self._plainly(len(self.parts[0]), self.reach)
        self.test = Backtest(self.actual, self._ahead, self._plainly, self.made.combine, self.reach)

    def _ahead(self, at: int, days: int) -> Floats:
        return np.array([forecast(p.until(at), self.known, days) for p in self.parts])

    def _plainly(self, at: int, days: int) -> Floats:
        return np.array([naive(p.until(at), days) for p in self.parts])

    def found(self, answer: Answer) -> Found:
        grain = next((g.grain for g in self.study.query.group_by), "day") or "day"
        if not self.test.enough:
            parts = {"n": len(self.parts[0]), "start": self.parts[0].first, "end": self.first - DAY, "missing": WEEK}
            return Found(refused=self.said.word("forecast_few", metric=self.said.column.label, **parts))
        return Coming(self.said, answer, self._rows(grain), self._sentence(), self._method(), self._numbers(), self._caveats()).found()

    # -- figures ------------------------------------------------------------------------------------------------------

    def _over(self) -> Floats:
        """The parts of the days of the period that are over."""
        return self.actual[:, max((self.start - self.parts[0].first).days, 0) :] if self.start < self.first else self.actual[:, :0]

    def _total(self, coming: Floats) -> float:
        """The figure of the whole period: what came, and what is to come after the gap."""
        whole = np.concatenate([self._over(), coming[:, self.gap :]], axis=1)
        return self._figure(whole)

    def _figure(self, days: Floats) -> float:
        """What the metric is over all of these days."""
        return float(self.made.combine(np.nansum(days, axis=1, keepdims=True))[0])

    def _width(self) -> float:
        """Half the band of the whole period, in the metric's own unit: what is over is certain."""
        figure = self._figure(self.coming[:, self.gap :])
        share = self.test.sum_width(self.gap, self.reach - self.gap)
        over, ahead = self._over().shape[1], self.reach - self.gap
        part = 1.0 if len(self.parts) == 1 else ahead / (over + ahead)  # of a ratio, as many of its days as are to come
        return abs(figure) * share * part

    def _numbers(self) -> dict[str, float]:
        total, width = self._total(self.coming), self._width()
        ours, theirs = self.test.errors
        out = {"forecast": total, "low": self._least(total - width), "high": total + width, "naive": self._total(self.baseline)}
        over = self._over()
        known = {"known": self._figure(over), "known_days": float(over.shape[1])} if over.shape[1] else {}
        return {**out, **known, "error": ours, "naive_error": theirs, "origins": float(len(self.test.origins))}

    def _least(self, low: float) -> float:
        """A band of what is never below zero begins at zero."""
        values = self.made.combine(self.actual)
        return max(low, 0.0) if float(np.nanmin(values)) >= 0 else low

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _rows(self, grain: str) -> list[Row]:
        values, coming, baseline = (self.made.combine(x) for x in (self.actual, self.coming, self.baseline))
        if grain != "day":
            return self._periods(grain)
        widths = self.test.day_widths(self.reach)
        shown = max(len(values) - max(_SHOWN, (self.first - self.start).days), 0)
        rows = [Row(self.parts[0].day(at), actual=_known(values[at])) for at in range(shown, len(values))]
        for n in range(self.gap, self.reach):
            said, off = float(coming[n]), abs(float(coming[n])) * float(widths[n])
            rows.append(Row(self.first + n * DAY, None, said, self._least(said - off), said + off, _known(baseline[n])))
        return rows

    def _periods(self, grain: str) -> list[Row]:
        """The same by week, month or quarter: whole ones of the past, and those asked about with what is over of them."""
        week, history, before = self.study.access.catalog.spec.calendar.week_start, self.parts[0], len(self.parts[0])
        days = [history.day(at) for at in range(before + self.reach)]  # of the past, then of those to come
        places: dict[dt.date, list[int]] = {}
        for at, day in enumerate(days):
            if day < self.first or at >= before + self.gap:
                places.setdefault(floor(day, grain, week), []).append(at)
        asked = {floor(day, grain, week) for day in days if day >= self.start}
        past = [key for key in places if key not in asked and key >= history.first][-_SHOWN_PERIODS:]
        return [self._period(key, [at for at in places[key] if key in past or days[at] >= self.start]) for key in (*past, *sorted(asked))]

    def _period(self, key: dt.date, places: list[int]) -> Row:
        """One of these, made of the days at these places."""
        before = len(self.parts[0])
        said, plain = (self._figure(np.concatenate([self.actual, x], axis=1)[:, places]) for x in (self.coming, self.baseline))
        ahead = [at - before for at in places if at >= before]
        if not ahead:
            return Row(key, actual=said)
        off = abs(self._figure(self.coming[:, ahead])) * self.test.sum_width(ahead[0], len(ahead))
        off *= 1.0 if len(self.parts) == 1 else len(ahead) / len(places)
        return Row(key, None, said, self._least(said - off), said + off, plain)

    # -- words --------------------------------------------------------------------------------------------------------

    def _sentence(self) -> str:
        numbers, said = self._numbers(), self.said
        period = said.speaker.period(TimeRange(start=self.start, end=self.end))
        total = said.word(
            "forecast_total", period=period, metric=said.column.label, value=said.value(numbers["forecast"]),
            range=said.range(numbers["low"], numbers["high"]),
        )  # fmt: skip
        over = int(numbers.get("known_days", 0))
        known = said.word("forecast_known", n=over, known=said.value(numbers["known"])) if over else ""
        return total + known + said.word("forecast_beside", naive=said.value(numbers["naive"]))

    def _method(self) -> str:
        counted = [e.event.name.get(self.said.speaker.lang) for e in self._effects if e.known and self._meets(e.event)]
        events = self.said.word("forecast_events", events=self.said.speaker.join(list(dict.fromkeys(counted)))) if counted else ""
        ours, theirs = self.test.errors
        parts = {"n": len(self.test.origins), "error": self.said.share(ours), "naive": self.said.share(theirs)}
        return self.said.word("forecast_method", events=events, **parts)

    @cached_property
    def _effects(self) -> tuple[Effect, ...]:
        return learned(self.parts[0], self.known).effects

    def _meets(self, event: Event) -> bool:
        return any(start < self.end and self.start < end and end > self.first for start, end in event.times)

    def _caveats(self) -> tuple[str, ...]:
        """The shop's own events in the period that the data hold no earlier time of."""
        told = {e.event.name for e in self._effects}
        unknown = [e.name.get(self.said.speaker.lang) for e in self.known if e.own and e.name not in told and self._meets(e)]
        return (self.said.word("forecast_unknown_events", events=self.said.speaker.join(unknown)),) if unknown else ()


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
