"""How analyses of days put days, values, ranges and events into words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assistant.answer.model import AnswerColumn
from assistant.answer.numbers import shown
from assistant.answer.say import WEEKDAYS, Speaker

_LARGE = 1000


@dataclass(frozen=True)
class Said:
    """The words of one language, for the values of one column."""

    speaker: Speaker
    column: AnswerColumn

    def value(self, number: float | None) -> str:
        """A value with its unit, without decimals where it is large."""
        large = number is not None and self.column.format != "percent" and (self.column.format == "integer" or abs(number) >= _LARGE)
        return shown(round(number) if large and number is not None else number, self.column.format, self.column.unit, self.speaker.lang)

    def range(self, low: float, high: float) -> str:
        """Two ends."""
        return self.word("trend_range", low=self.value(low), high=self.value(high))

    def share(self, number: float) -> str:
        """A part of something, without its sign."""
        return shown(abs(number), "percent", "", self.speaker.lang)

    def points(self, number: float) -> str:
        """The difference of two rates, without its sign."""
        return shown(abs(number) * 100, "number", "", self.speaker.lang)

    def day(self, day: dt.date) -> str:
        """A day with its weekday."""
        return self.word("trend_day", day=day, weekday=WEEKDAYS[self.speaker.lang][day.weekday()])

    def like(self, name: str, label: str) -> AnswerColumn:
        """A column of numbers like these; `label` is a key of the wording."""
        fmt = "number" if self.column.format == "integer" else self.column.format
        return self.column.model_copy(update={"name": name, "label": self.word(label), "type": "number", "format": fmt, "adds": False})

    def word(self, key: str, **parts: object) -> str:
        """A phrase."""
        return self.speaker.word(key, **parts)
