"""A cell of a table as people read it, where numbers keep being numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assistant.answer.model import AnswerColumn
from assistant.answer.say import WEEKDAYS
from prompts import word

KEYS = ("dimension", "entity", "time")


def key_text(column: AnswerColumn, value: Any, lang: str) -> str:
    """What a row is about: a named value by its name, a time bucket in the way of its grain, the unknown group by that name."""
    if value is None:
        return "—" if column.role == "time" else word("unknown", lang)
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if column.role == "time":
        return _bucket(value, column.grain, lang)
    return column.names.get(str(value), str(value))


def _bucket(value: Any, grain: str | None, lang: str) -> str:
    text = str(value)
    if grain == "day_of_week":
        return WEEKDAYS["zh" if lang == "zh" else "en"][int(value) - 1]
    if grain == "month":
        return text[:7]
    if grain in ("quarter", "half"):
        months = 3 if grain == "quarter" else 6
        return f"{text[:4]} {'Q' if grain == 'quarter' else 'H'}{(int(text[5:7]) - 1) // months + 1}"
    return text[:4] if grain == "year" else text[:10]


def day_of(value: Any) -> dt.date | None:
    """The day of a cell that holds one, as a date, a time or ISO text; None for any other."""
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
