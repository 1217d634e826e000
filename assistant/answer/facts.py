"""What the rows of an answer tell: where a trend was highest and lowest and how it goes on, who leads a breakdown and by what share.

Every figure is one of the rows, or follows from them: a share of their sum, a change from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.answer.cells import KEYS, day_of, key_text
from assistant.answer.change import change
from assistant.answer.model import AnswerColumn
from assistant.answer.numbers import shown
from assistant.answer.say import Speaker
from semantic_layer.compiler.time import shift
from semantic_layer.query import FORWARD_GRAINS, SemanticQuery

_NAMED = 3  # of the first of a ranking
Row = Sequence[Any]


class Facts:
    """The sentences about the rows of a grouped answer.

    `measure` is the column that they are about, `partial` the rows of periods that are not covered whole.
    """

    def __init__(
        self, speaker: Speaker, query: SemanticQuery, columns: Sequence[AnswerColumn], rows: Sequence[Row], measure: int, partial: frozenset[int]
    ) -> None:
        self._speaker, self._query, self._columns, self._rows, self._measure, self._partial = speaker, query, columns, rows, measure, partial

    def told(self, period: str) -> str:
        """What the rows tell; "" where too few of them are known."""
        keys = [i for i, c in enumerate(self._columns) if c.role in KEYS]
        rows = [row for at, row in enumerate(self._rows) if at not in self._partial and None not in (row[self._measure], *(row[k] for k in keys))]
        first = self._columns[keys[0]]
        if len(self._rows) == 1 and rows and self._query.limit is None:
            parts = {"metric": self._columns[self._measure].label, "name": self._name(keys, rows[0]), "value": self._value(rows[0])}
            return self._say("answer_only", period=period, **parts) + self._changes(keys)
        if len(keys) == 1 and first.role == "time" and first.grain in FORWARD_GRAINS and not self._ranked(first):
            return self._trend(keys[0], rows, period) if len(rows) > 1 else ""
        return self._ranking(keys, rows, period) + self._changes(keys) if rows else ""

    def _ranked(self, key: AnswerColumn) -> bool:
        """Whether the rows are some of the periods, or stand in another order than that of time."""
        order = self._query.order_by[0] if self._query.order_by else None
        some = self._query.limit is not None or bool(self._query.having)
        return some or (order is not None and (order.by != key.name or order.desc))

    def _trend(self, key: int, known: list[Row], period: str) -> str:
        metric = self._columns[self._measure]
        if metric.role == "running":
            return self._say("answer_running", period=period, metric=metric.label, name=self._name([key], known[-1]), value=self._value(known[-1]))
        high, low = max(known, key=self._number), min(known, key=self._number)
        if self._number(high) == self._number(low):
            return self._say("answer_flat", period=period, metric=metric.label, value=self._value(high), n=len(known))
        last, before = known[-1], known[-2]
        latest = self._say("answer_latest", name=self._name([key], last), value=self._value(last))
        if self._follows(key, before, last):
            latest += self._say("answer_latest_change", change=self._change(before, last))
        parts = {"peak": self._name([key], high), "high": self._value(high), "trough": self._name([key], low), "low": self._value(low)}
        return self._say("answer_trend", period=period, metric=metric.label, latest=latest, **parts)

    def _ranking(self, keys: list[int], known: list[Row], period: str) -> str:
        metric, thing = self._columns[self._measure].label, self._speaker.join([self._columns[k].label for k in keys])
        least = bool(self._query.order_by) and not self._query.order_by[0].desc
        ends = self._speaker.word("answer_lowest" if least else "answer_highest")
        if self._query.limit is not None and not self._query.limit_per:
            named = self._speaker.word("list_join").join(self._with_value(keys, row) for row in known[:_NAMED])
            more = self._speaker.word("answer_and_more") if len(known) > _NAMED else ""
            phrase = "answer_first" if len(known) > 1 else "answer_one"
            return self._say(phrase, period=period, metric=metric, thing=thing, n=len(known), ends=ends, named=named, more=more)
        high, low = max(known, key=self._number), min(known, key=self._number)
        parts = {"period": period, "metric": metric, "thing": thing, "n": len(self._rows)}
        if self._number(high) == self._number(low):
            return self._say("answer_alike", value=self._value(high), **parts) if len(known) > 1 else ""
        first, last = self._name(keys, high), self._name(keys, low)
        phrase = "answer_members" if len(keys) == 1 and self._columns[keys[0]].role != "time" else "answer_cells"
        return self._say(phrase, first=first, high=self._value(high), share=self._share(high), last=last, low=self._value(low), **parts)

    def _changes(self, keys: list[int]) -> str:
        """Who rose and who fell most, of rows that are compared with an earlier period."""
        growth = next((i for i, c in enumerate(self._columns) if c.role == "growth"), None)
        if growth is None or growth == self._measure:
            return ""
        known = [row for row in self._rows if row[growth] is not None and None not in [row[k] for k in keys]]
        up, down = max(known, key=lambda r: r[growth], default=None), min(known, key=lambda r: r[growth], default=None)
        said = []
        if up is not None and up[growth] > 0:
            said.append(self._say("answer_rose", name=self._name(keys, up), growth=self._growth(up[growth])))
        if down is not None and down[growth] < 0:
            said.append(self._say("answer_fell", name=self._name(keys, down), growth=self._growth(-down[growth])))
        return self._say("answer_changes", changes=self._speaker.word("and_join").join(said)) if said else ""

    def _follows(self, key: int, before: Row, after: Row) -> bool:
        """Whether a period is the next one on the calendar."""
        day, grain = day_of(before[key]), self._columns[key].grain
        return day is not None and grain is not None and shift(day, 1, grain) == day_of(after[key])

    def _change(self, before: Row, after: Row) -> str:
        column = self._columns[self._measure]
        return change(self._speaker, self._number(before), self._number(after), column.format == "percent" or column.role in ("share", "growth"))

    def _share(self, row: Row) -> str:
        """Of all rows, where they add up."""
        column, numbers = self._columns[self._measure], [self._number(r) for r in self._rows if r[self._measure] is not None]
        total = sum(numbers)
        part = self._query.having or self._query.limit_per  # the rows are not all there is
        if not column.adds or column.role == "share" or part or total <= 0 or min(numbers) < 0:
            return ""
        return self._say("answer_share", share=self._growth(self._number(row) / total))

    def _number(self, row: Row) -> float:
        return float(row[self._measure])

    def _value(self, row: Row) -> str:
        column = self._columns[self._measure]
        fmt = "percent" if column.role in ("growth", "share") else column.format
        return shown(row[self._measure], fmt, column.unit, self._speaker.lang, signed=column.role in ("difference", "growth"))

    def _with_value(self, keys: list[int], row: Row) -> str:
        return self._say("answer_member", name=self._name(keys, row), value=self._value(row))

    def _name(self, keys: list[int], row: Row) -> str:
        names = (key_text(self._columns[k], row[k], self._speaker.lang) for k in keys)
        # 是 is no name to be read without marks: 最高的是否.
        return " / ".join(self._say("quoted", text=name) if isinstance(row[k], bool) else name for k, name in zip(keys, names, strict=True))

    def _growth(self, value: float) -> str:
        return shown(value, "percent", "", self._speaker.lang)

    def _say(self, phrase: str, **parts: object) -> str:
        return self._speaker.word(phrase, **parts)
