"""A forecast as an answer: rows of what came and what is to come, the chart, the finding."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from assistant.analyses.said import Said
from assistant.analyses.study import Found
from assistant.answer.chart.bands import Banded, Legend, band_chart
from assistant.answer.model import Answer, AnswerColumn, Finding

_DIGITS = 4


@dataclass(frozen=True)
class Row:
    """A day, or the first of a longer period: what came, or what is forecast with its band and the baseline."""

    key: dt.date
    actual: float | None = None
    forecast: float | None = None
    low: float | None = None
    high: float | None = None
    naive: float | None = None


@dataclass(frozen=True)
class Coming:
    """What was forecast of an answer: the sentence, and how it was made; `naive` is the key of the wording for the baseline."""

    said: Said
    answer: Answer
    rows: list[Row]
    sentence: str
    method: str
    numbers: dict[str, float]
    caveats: tuple[str, ...] = ()
    naive: str = "forecast_naive"

    def found(self) -> Found:
        """The whole of it."""
        numbers = {name: round(value, _DIGITS) for name, value in self.numbers.items()}
        finding = Finding(kind="forecast", text=self.method, numbers=numbers, query=self.answer.query)
        return Found(
            findings=(finding,), text=self.sentence, alone=True, caveats=self.caveats, chart=self._chart(), columns=self._columns(),
            rows=tuple((r.key, *map(_rounded, (r.actual, r.forecast, r.low, r.high, r.naive))) for r in self.rows),
        )  # fmt: skip

    def _columns(self) -> tuple[AnswerColumn, ...]:
        like = self.said.like
        actual = self.said.column.model_copy(update={"adds": False})
        keys = (("forecast", "forecast_value"), ("low", "forecast_low"), ("high", "forecast_high"), ("naive", self.naive))
        return (self.answer.columns[0], actual, *(like(name, label) for name, label in keys))

    def _chart(self) -> dict[str, Any]:
        days = [Banded(r.key, r.actual, r.forecast, r.low, r.high, r.naive) for r in self.rows]
        if self.answer.columns[0].grain == "day":
            days = _without_gaps(days)
        title = self.said.word("forecast_chart", metric=self.said.column.label)
        word = self.said.word
        legend = Legend(word("trend_actual"), word("forecast_value"), word("forecast_band"), word(self.naive))
        return band_chart(title, "", self.answer.columns[0], self.said.column, days, legend, self.said.speaker.lang)


def _without_gaps(days: list[Banded]) -> list[Banded]:
    """With the days between what came and a period that begins later, of which nothing is drawn."""
    known = {d.key: d for d in days}
    first, last = min(known), max(known)
    every = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [known.get(day, Banded(day)) for day in every]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
