"""Unusual days and level shifts of a metric, against its weekdays, its level and the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from assistant.analyses.daily import DAY, Event, daily, events, series_of, weekly, whole_days
from assistant.analyses.notable import BEYOND, FEWEST, FEWEST_WEEKS, Day, Notable, notable
from assistant.analyses.said import Said
from assistant.analyses.season import WEEK
from assistant.analyses.shifts import Shift
from assistant.analyses.study import Found, Study
from assistant.answer.cells import day_of
from assistant.answer.chart.bands import Banded, Legend, band_chart
from assistant.answer.model import Answer, AnswerColumn, Finding
from assistant.answer.say import Speaker
from semantic_layer.errors import QueryError
from semantic_layer.query import TIME, Group, SemanticQuery, TimeRange
from semantic_layer.shops import Access

_BEFORE, _AFTER = 182, 21  # days that are looked at around those asked about
_DEFAULT = 91  # days, where no period is asked about
_BESIDE = 14  # days from an event within which a shift is said to be close to it
_MOST, _MOST_EVENTS, _MOST_NAMED, _MOST_NOTES = 20, 5, 3, 2


class Unusual:
    """Answers which days of a period stand out."""

    def shown(self, query: SemanticQuery, access: Access) -> SemanticQuery:
        """The one metric by day. Raises QueryError where a question has none, several, or groups."""
        one_number(query, "Unusual days are found for one number at a time, and for the whole", "异常日一次只看一个指标，且不分组")
        field, span = query.time.field if query.time else None, whole_days(access)
        time = query.time
        if (time is None or (time.start is None and time.end is None)) and span:
            time = TimeRange(start=max(span[0], span[1] - _DEFAULT * DAY), end=span[1], field=field)
        return SemanticQuery(metrics=query.metrics, where=query.where, time=time, group_by=(Group(field=field or TIME, grain="day"),))

    def found(self, study: Study, answer: Answer) -> Found:
        """See `Analysis`."""
        span, period = whole_days(study.access), study.query.time
        if span is None or period is None:
            return Found()
        start, end = max(period.start or span[0], span[0]), min(period.end or span[1], span[1])
        first, last = max(span[0], start - _BEFORE * DAY), min(span[1], end + _AFTER * DAY)
        known = events(study.access.catalog, first, last)
        series = daily(study, study.query.metrics[0], first, last, known)
        said = Said(study.speaker, next(c for c in answer.columns if c.role == "metric"))
        seen = notable(series, known)
        if seen is None:
            clean = int(series.clean.sum())
            return Found(text=said.word("trend_too_few" if clean < FEWEST else "trend_alike", metric=said.column.label, n=clean, least=FEWEST))
        telling = _Telling(said, seen, study.query, known, start, end)
        return Found(
            findings=telling.findings(),
            text=telling.sentence(),
            alone=len(answer.rows) == 1,
            caveats=(said.word("trend_method", beyond=f"{BEYOND:g}"),),
            chart=telling.chart(answer),
            columns=telling.columns(answer),
            rows=telling.rows(answer),
        )


def notes(query: SemanticQuery, access: Access, answer: Answer, speaker: Speaker) -> tuple[Finding, ...]:
    """What stands out in the rows of an ordinary trend by day or week, at most two things; the rows are all it looks at."""
    beside = query.compare or query.share or query.running or query.having or query.limit
    plain, span = len(query.metrics) == 1 and len(query.group_by) == 1 and not beside, whole_days(access)
    step, least = {"day": (1, FEWEST), "week": (WEEK, FEWEST_WEEKS)}.get(query.group_by[0].grain or "" if plain else "", (0, 0))
    if not step or span is None or len(answer.rows) < least:
        return ()
    first = max(span[0], query.time.start) if query.time and query.time.start else span[0]
    end = min(span[1], query.time.end) if query.time and query.time.end else span[1]
    rows = [(day, row[1]) for row in answer.rows if (day := day_of(row[0])) and first <= day and day + step * DAY <= end]
    if len(rows) < least:
        return ()
    first, end = min(d for d, _ in rows), max(d for d, _ in rows) + step * DAY
    known = events(access.catalog, first, end)
    series = weekly(rows, known) if step == WEEK else series_of(rows, first, end, known)
    seen = notable(series, known) if series else None
    if seen is None:
        return ()
    telling = _Telling(Said(speaker, answer.columns[1]), seen, query, known, first, end)
    return tuple(sorted(telling.findings(), key=lambda f: -f.score)[:_MOST_NOTES])


def one_number(query: SemanticQuery, en: str, zh: str) -> None:
    """Raises QueryError for lists, several metrics, and groups other than time."""
    groups = [g for g in query.group_by if not (g.field == TIME or g.grain) or g.grain not in ("day", "week", "month", "quarter", "half", "year")]
    if query.records or len(query.metrics) != 1 or groups or query.compare or query.share or query.running or query.having:
        raise QueryError(f"{en}.", f"{zh}。")


class _Telling:
    """What stands out in the days [start, end), in words, rows and marks."""

    def __init__(self, said: Said, seen: Notable, query: SemanticQuery, known: Sequence[Event], start: dt.date, end: dt.date) -> None:
        self._said, self._seen, self._query, self._known = said, seen, query, known
        series = seen.series
        step = series.step
        self._low, self._high = max((start - series.first).days // step, 0), min((end - series.first).days // step, len(series))
        self._days = [d for d in seen.days if self._low <= d.at < self._high]
        self._shifts = [s for s in seen.shifts if self._low <= s.at < self._high]
        self._period = said.speaker.period(TimeRange(start=max(start, series.first), end=max(end, series.first + DAY)))

    @property
    def _points(self) -> list[Day]:
        """The unusual days that no event is known for, the furthest first."""
        return sorted((d for d in self._days if d.event is None), key=lambda d: -abs(d.off))

    def _events(self) -> list[list[Day]]:
        """The days of events that stand out, those of one time of an event together."""
        out = []
        for event, days in groupby((d for d in self._days if d.event), key=lambda d: d.event):
            of_one: list[Day] = []
            for day in days:
                if of_one and event and event.covers(self._seen.series.day(day.at)) != event.covers(self._seen.series.day(of_one[0].at)):
                    out.append(of_one)
                    of_one = []
                of_one.append(day)
            out.append(of_one)
        return sorted(out, key=lambda days: -max(abs(d.off) for d in days))

    def findings(self) -> tuple[Finding, ...]:
        """Level shifts, unusual days and days of events, the furthest first in each."""
        found = [*map(self._shift, self._shifts), *map(self._point, self._points), *map(self._event, self._events()[:_MOST_EVENTS])]
        return tuple(found[:_MOST])

    def _point(self, day: Day) -> Finding:
        parts = self._parts(day)
        kind, key = ("unusual_day", "trend_unusual") if self._seen.series.step == 1 else ("unusual_week", "trend_unusual_week")
        return self._finding(kind, self._said.word(key, **parts), day.at, abs(day.off), self._numbers(day))

    def _event(self, days: list[Day]) -> Finding:
        furthest = max(days, key=lambda d: abs(d.off))
        more = self._said.word("trend_event_more", n=len(days)) if len(days) > 1 else ""
        event = furthest.event.name.get(self._said.speaker.lang) if furthest.event else ""
        key = "trend_event_day" if self._seen.series.step == 1 else "trend_event_week"
        text = self._said.word(key, event=event, more=more, **self._parts(furthest))
        return self._finding("event_day", text, furthest.at, abs(furthest.off), self._numbers(furthest))

    def _shift(self, shift: Shift) -> Finding:
        beside = next((e for e in self._known if e.own and self._near(e, shift)), None)
        close = self._said.word("trend_shift_beside", event=beside.name.get(self._said.speaker.lang)) if beside else ""
        text = self._said.word(
            "trend_shift", day=self._seen.series.day(shift.at), metric=self._said.column.label, change=self._change(shift),
            before=self._said.value(shift.before), after=self._said.value(shift.after), beside=close,
        )  # fmt: skip
        off = self._seen.shift_off(shift)
        return self._finding("level_shift", text, shift.at, BEYOND + 10 * abs(off), {"before": shift.before, "after": shift.after, "change": off})

    def _near(self, event: Event, shift: Shift) -> bool:
        day = self._seen.series.day(shift.at)
        return any(start - _BESIDE * DAY <= day < end + _BESIDE * DAY for start, end in event.times)

    def _change(self, shift: Shift) -> str:
        off = self._seen.shift_off(shift)
        return self._said.word("trend_shift_up" if off > 0 else "trend_shift_down", share=self._said.share(off))

    def _parts(self, day: Day) -> dict[str, str]:
        seen = self._seen
        value, low, high = (float(x[day.at]) for x in (seen.series.values, seen.low, seen.high))
        return {
            "day": self._called(seen.series.day(day.at)), "metric": self._said.column.label, "value": self._said.value(value),
            "side": self._said.word("trend_above" if day.off > 0 else "trend_below"), "range": self._said.range(low, high),
            "expected": self._said.value(float(seen.expected[day.at])),
        }  # fmt: skip

    def _called(self, day: dt.date) -> str:
        return self._said.day(day) if self._seen.series.step == 1 else self._said.word("trend_week", day=day)

    def _numbers(self, day: Day) -> dict[str, float]:
        seen = self._seen
        found = {"value": seen.series.values, "expected": seen.expected, "low": seen.low, "high": seen.high}
        numbers = {name: float(values[day.at]) for name, values in found.items()}
        return {**numbers, "difference": numbers["value"] - numbers["expected"], "change": self._off(day), "deviations": day.off}

    def _off(self, day: Day) -> float:
        """As a share of what is expected."""
        expected = float(self._seen.expected[day.at])
        return (float(self._seen.series.values[day.at]) - expected) / expected if expected else 0.0

    def _finding(self, kind: str, text: str, at: int, score: float, numbers: dict[str, float]) -> Finding:
        day = self._seen.series.day(at)
        field = self._query.time.field if self._query.time else None
        time = TimeRange(start=day, end=day + self._seen.series.step * DAY, field=field)
        query = SemanticQuery(metrics=self._query.metrics, where=self._query.where, time=time)
        return Finding(kind=kind, text=text, numbers=numbers, score=round(score, 2), query=query.to_dict())

    def sentence(self) -> str:
        """How many days stand out, and which most."""
        metric, points, n = self._said.column.label, self._points, self._high - self._low
        parts: dict[str, object] = {"period": self._period, "metric": metric, "n": n}
        if points:
            days = self._said.speaker.join([self._named(d) for d in points[:_MOST_NAMED]])
            days += self._said.word("trend_and_more") if len(points) > _MOST_NAMED else ""
            text = self._said.word("trend_some" if len(points) > 1 else "trend_some_one", k=len(points), days=days, **parts)
        elif n == 1 and not self._days and np.isfinite(self._seen.series.values[self._low]):
            text = self._said.word("trend_none_day", **{**self._parts(Day(self._low, 0.0)), "period": self._period})
        else:
            text = self._said.word("trend_none_but_events" if self._days or self._shifts else "trend_none", **parts)
        if not self._shifts:
            return text
        named = [self._said.word("trend_shift_named", day=self._seen.series.day(s.at), change=self._change(s)) for s in self._shifts]
        key = "trend_shifted" if len(named) > 1 else "trend_shifted_one"
        return self._said.word("sentences", first=text, second=self._said.word(key, n=len(named), days=self._said.speaker.join(named)))

    def _named(self, day: Day) -> str:
        value, off = float(self._seen.series.values[day.at]), self._off(day)
        if self._said.column.format == "percent":
            points = self._said.points(value - float(self._seen.expected[day.at]))
            change = self._said.word("trend_points_up" if day.off > 0 else "trend_points_down", points=points)
        else:
            change = self._said.word("trend_off_up" if day.off > 0 else "trend_off_down", share=self._said.share(off))
        return self._said.word("trend_named", day=self._said.day(self._seen.series.day(day.at)), value=self._said.value(value), change=change)

    def columns(self, answer: Answer) -> tuple[AnswerColumn, ...]:
        """Day, value, and what is expected with its bounds."""
        return (answer.columns[0], self._said.column, *(self._said.like(name, f"trend_{name}") for name in ("expected", "low", "high")))

    def rows(self, answer: Answer) -> tuple[tuple[Any, ...], ...]:
        """The answer's own rows, with what is expected of each day where that is known."""
        return tuple((*row[:2], *self._beside(day_of(row[0]))) for row in answer.rows)

    def _beside(self, day: dt.date | None) -> tuple[Any, ...]:
        at = (day - self._seen.series.first).days if day else -1
        if not 0 <= at < len(self._seen.series):
            return None, None, None
        values = (self._seen.expected, self._seen.low, self._seen.high)
        return tuple(round(float(v[at]), 4) if np.isfinite(v[at]) else None for v in values)

    def chart(self, answer: Answer) -> dict[str, Any]:
        """The days over the band of what is expected."""
        marks = {d.at: "event" if d.event else "marked" for d in self._days}
        days = []
        for row in answer.rows:
            day = day_of(row[0])
            expected, low, high = self._beside(day)
            if day is not None:
                at = (day - self._seen.series.first).days
                days.append(Banded(day, row[1], expected, low, high, mark=marks.get(at, "")))
        title = self._said.word("trend_chart", metric=self._said.column.label)
        legend = Legend(self._said.word("trend_actual"), self._said.word("trend_expected"), self._said.word("trend_band"))
        return band_chart(title, self._period, answer.columns[0], self._said.column, days, legend, self._said.speaker.lang)
