"""The sentence of an answer: the figure with its unit and period, or the first and last of its rows. All computed, none invented."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assistant.answer.change import change, since_before
from assistant.answer.columns import field_of, format_of
from assistant.answer.facts import Facts
from assistant.answer.model import Answer
from assistant.answer.numbers import shown
from assistant.answer.say import Speaker
from semantic_layer.compiler import Compiled, OutputColumn
from semantic_layer.query import SemanticQuery


def cell(speaker: Speaker, query: SemanticQuery, column: OutputColumn, value: Any) -> str:
    """A value of the table as people read it."""
    if value is None and column.role in ("dimension", "entity"):
        return speaker.word("unknown")
    if isinstance(value, bool):
        return speaker.word("yes" if value else "no")
    if column.role in ("dimension", "entity"):
        field = field_of(query, column)
        return speaker.value(field, value) if field else str(value)
    if column.role == "time":
        return value.isoformat()[:10] if isinstance(value, (dt.date, dt.datetime)) else "—" if value is None else str(value)
    fmt, unit = format_of(speaker, query, column)
    return shown(value, fmt, unit, speaker.lang, signed=column.role in ("difference", "growth"))


def sentence(speaker: Speaker, query: SemanticQuery, compiled: Compiled, answer: Answer, partial: frozenset[int] = frozenset()) -> str:
    """One or two sentences about the rows of an answer whose columns are known; `partial` rows are of periods that are not covered whole."""
    rows = [tuple(row) for row in answer.rows]
    if not rows:
        return speaker.word("answer_empty")
    if query.records:
        return speaker.word("answer_records", n=len(rows))
    columns = compiled.columns
    period = speaker.word("for_period", period=speaker.period(compiled.period)) if compiled.period else ""
    if not query.group_by:
        values = [(c, v) for c, v in zip(columns, rows[0], strict=True) if c.role == "metric"]
        if len(values) > 1 and answer.change is None and len(values) == len(columns):
            return _several(speaker, query, values, period)
        return " ".join(_single(speaker, query, columns, rows[0], c, v, period) + since_before(speaker, answer, c.name) for c, v in values)
    measure = _telling(query, columns)
    if told := Facts(speaker, query, answer.columns, rows, measure, partial).told(period):
        return told
    keys = [i for i, c in enumerate(columns) if c.role in ("dimension", "entity", "time")]

    def name(row: tuple[Any, ...]) -> str:
        return " / ".join(cell(speaker, query, columns[i], row[i]) for i in keys)

    last = ""
    if len(rows) > 1:
        last = speaker.word("answer_last", name=name(rows[-1]), value=cell(speaker, query, columns[measure], rows[-1][measure]))
    value = cell(speaker, query, columns[measure], rows[0][measure])
    return speaker.word("answer_ranked", n=len(rows), period=period, first=name(rows[0]), value=value, last=last)


def _several(speaker: Speaker, query: SemanticQuery, values: list[tuple[OutputColumn, Any]], period: str) -> str:
    """Several figures of one period, which is said once."""
    named = [speaker.word("answer_one_of", name=speaker.column(c.source, query), value=cell(speaker, query, c, v)) for c, v in values]
    return speaker.word("answer_several", period=period, named=speaker.word("and_join").join(named))


def _telling(query: SemanticQuery, columns: tuple[OutputColumn, ...]) -> int:
    """The column that the order, or else the first metric, is about."""
    if query.order_by:
        order = query.order_by[0]
        role = "metric" if order.side == "value" else order.side
        for i, c in enumerate(columns):
            if c.source == order.by and c.role == role:
                return i
    wanted = "running" if query.running else "metric"
    return next(i for role in (wanted, "metric") for i, c in enumerate(columns) if c.role == role)


def _single(
    speaker: Speaker, query: SemanticQuery, columns: tuple[OutputColumn, ...], row: tuple[Any, ...], column: OutputColumn, value: Any, period: str
) -> str:
    name = speaker.column(column.source, query)
    parts = {"name": name, "value": cell(speaker, query, column, value), "period": period}
    sides: dict[str, tuple[OutputColumn, Any]] = {c.role: (c, v) for c, v in zip(columns, row, strict=True) if c.source == column.source}
    if "previous" not in sides:
        return speaker.word("answer_single", **parts)
    previous_column, previous = sides["previous"]
    if previous is None or value is None:
        return speaker.word("answer_no_base" if previous is None else "answer_single", **parts)
    said = change(speaker, float(previous), float(value), format_of(speaker, query, column)[0] == "percent")
    return speaker.word("answer_compared", previous=cell(speaker, query, previous_column, previous), change=said, **parts)
