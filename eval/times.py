"""How time expressions are read: `python -m eval.times FILE [--show] [--gate right=.98,wrong=0]`.

Each line's question goes through the real reader of the packaged shop, as it stood on the morning of TODAY; what is
graded is the query that comes out: its range, compared range, grain and days of the week, to the day.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.ask import Assistant
from assistant.language import find_times, normalise
from eval.jsonl import read_file
from eval.stats import Rate
from semantic_layer.compiler.time import previous
from semantic_layer.errors import UsageError, WenshuError
from semantic_layer.query import TIME, FieldCondition, SemanticQuery
from semantic_layer.shops import open_shop

TODAY = dt.date(2017, 11, 22)
_DAY = dt.timedelta(days=1)

Verdict = Literal["right", "wrong", "asked", "missed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Range = tuple[dt.date, dt.date]


class Span(BaseModel):
    """Half-open days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: dt.date
    end: dt.date

    @property
    def days(self) -> Range:
        """The days as a pair."""
        return self.start, self.end


class Expression(BaseModel):
    """One question about sales, and the days it means: `also` are equally right, None where no days are fixed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lang: Literal["zh", "en"]
    text: str
    expr: str
    start: dt.date | None
    end: dt.date | None
    also: tuple[Span, ...] = ()
    compare: Span | None = None
    grain: str | None = None
    weekday: tuple[int, ...] = Field(default=())
    expect: Literal["answer", "clarify", "refuse"]
    also_expect: Literal["answer", "clarify", "refuse"] | None = None
    note: str = ""

    @property
    def answers(self) -> bool:
        """Whether an answer is right."""
        return "answer" in (self.expect, self.also_expect)

    @property
    def holds_back(self) -> bool:
        """Whether asking back or refusing is right."""
        return bool({self.expect, self.also_expect} & {"clarify", "refuse"})

    def ranges(self) -> list[Range]:
        """Every right range of days."""
        named = [(self.start, self.end)] if self.start and self.end else []
        return [*named, *(each.days for each in self.also)]


@dataclass(frozen=True)
class Graded:
    """An expression, its verdict, and what was read."""

    expression: Expression
    verdict: Verdict
    read: str


def load(path: Path) -> list[Expression]:
    """The expressions of a file. Raises UsageError at a line that is none."""
    found = []
    for place, data in read_file(path):
        try:
            found.append(Expression.model_validate(data))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise UsageError(
                f"{place}: {where}: {first['msg']}; correct this line.", f"{place}：{where}：{first['msg']}；请修改这一行。"
            ) from error
    return found


class Times:
    """The packaged shop on the morning of TODAY: its data end the day before."""

    def __init__(self) -> None:
        self._shop = open_shop("completejourney", TODAY)
        self._assistant = Assistant(self._shop)
        self._access = self._shop.access()
        first, last = self._access.data_span or (TODAY, TODAY)
        self._first = first
        self._access.data_span = (first, min(last, TODAY - _DAY))

    def close(self) -> None:
        """Ends the shop's workers."""
        self._shop.close()

    def grade(self, expression: Expression) -> Graded:
        """The verdict on what the reader makes of an expression.

        `missed`: not answered, and for no reason of time; the words were lost.
        """
        answer = self._assistant.ask(expression.text)
        if answer.status == "answered":
            query = SemanticQuery.model_validate(answer.query)
            verdict: Verdict = "right" if expression.answers and self._matches(query, expression) else "wrong"
            return Graded(expression, verdict, _said(query))
        clock = self._assistant.reader(self._access).clock
        if not find_times(normalise(expression.text).text, clock):
            return Graded(expression, "missed", answer.text)
        return Graded(expression, "right" if expression.holds_back else "asked", answer.text)

    def _matches(self, query: SemanticQuery, gold: Expression) -> bool:
        """Whether a query is plain sales of the days, against the days and by the grain that are right."""
        plain = [m.name for m in query.metrics] == ["sales"] and not (query.records or query.share or query.having or query.limit)
        grain = query.time_group.grain if query.time_group else None
        weekdays = _weekdays(query)
        if not plain or grain != gold.grain or len(query.group_by) != bool(gold.grain) or weekdays is None:
            return False
        current = self._days(query)
        if gold.compare is None:
            meant = _meant(current, weekdays)
            return query.compare is None and any(_meant(right, gold.weekday) == meant for right in gold.ranges())
        pairs = {(current, base) for base in self._bases(query)}
        return any({(right, gold.compare.days), (gold.compare.days, right)} & pairs for right in gold.ranges())

    def _days(self, query: SemanticQuery) -> Range:
        """The days of a query; an open start is the first day of the data, an open end is today."""
        time = query.time
        return (time and time.start) or self._first, (time and time.end) or TODAY

    def _bases(self, query: SemanticQuery) -> list[Range]:
        """The days compared with: the whole of the earlier period, and as much of it as the current one has seen."""
        compare, time = query.compare, query.time
        if compare is None or time is None or time.start is None or time.end is None:
            return []
        if compare.range is not None:
            return [(compare.range.start or self._first, compare.range.end or TODAY)]
        earlier = [previous(time, day, compare.to)[1] for day in (TODAY, time.end)]
        return [(each.start, each.end) for each in earlier if each.start and each.end]


def _weekdays(query: SemanticQuery) -> tuple[int, ...] | None:
    """The days of the week a query is limited to, () for none; None where it has another condition."""
    days: tuple[int, ...] = ()
    for condition in query.where:
        if not isinstance(condition, FieldCondition) or (condition.field, condition.grain, condition.op) != (TIME, "day_of_week", "in"):
            return None
        if days or not isinstance(condition.value, tuple):
            return None
        days = tuple(day for day in condition.value if isinstance(day, int))
    return days


def _meant(days: Range, weekdays: tuple[int, ...]) -> set[dt.date]:
    """The days of a range that are such days of the week."""
    every = (days[0] + _DAY * n for n in range((days[1] - days[0]).days))
    return {day for day in every if not weekdays or day.isoweekday() in weekdays}


def _said(query: SemanticQuery) -> str:
    """A query in one line, for people."""
    data = query.to_dict()
    return ", ".join(f"{key}={data[key]}" for key in data if key != "version")


def report(graded: Sequence[Graded], show: bool) -> str:
    """Counts by language and in all; with `show` also each expression that is not right."""
    lines = [f"{'':4}{'cases':>7}" + "".join(f"{v:>8}" for v in VERDICTS)]
    for lang in ("zh", "en", "all"):
        counts = Counter(g.verdict for g in graded if lang in (g.expression.lang, "all"))
        lines.append(f"{lang:4}{sum(counts.values()):7}" + "".join(f"{counts[v]:8}" for v in VERDICTS))
    lines.append(f"right {_rate(graded, 'right')}, silently wrong {_rate(graded, 'wrong')}")
    if show:
        failed = (g for g in graded if g.verdict != "right")
        lines += [f"{g.expression.id} {g.verdict}: {g.expression.text}  ->  {g.read}" for g in failed]
    return "\n".join(lines)


def _rate(graded: Sequence[Graded], verdict: Verdict) -> Rate:
    return Rate(sum(g.verdict == verdict for g in graded), len(graded))


def missed_gates(graded: Sequence[Graded], gate: str) -> list[str]:
    """What a gate such as `right=.98,wrong=0` wants and the run has not: at least so much right, at most so much wrong."""
    missed = []
    for part in filter(None, gate.split(",")):
        name, _, number = part.partition("=")
        try:
            bound = float(number)
        except ValueError:
            bound = -1.0
        if name not in ("right", "wrong") or not 0 <= bound <= 1:
            raise UsageError(f"The gate {part} is none; write right=.98,wrong=0.", f"门槛 {part} 无效，请写成 right=.98,wrong=0。")
        rate = _rate(graded, "right" if name == "right" else "wrong")
        share = rate.value or 0.0
        if (name == "right" and share < bound) or (name == "wrong" and share > bound):
            missed.append(f"gate missed: {name} is {rate}, wanted {number}")
    return missed


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 1 when a gate is missed or something fails, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m eval.times", description="Grade how time expressions are read.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="print each expression that is not right")
    parser.add_argument("--gate", default="", help="for example right=.98,wrong=0")
    options = parser.parse_args(arguments)
    try:
        expressions = load(options.file)
        with contextlib.closing(Times()) as times:
            graded = [times.grade(each) for each in expressions]
        print(report(graded, options.show))
        missed = missed_gates(graded, options.gate)
    except WenshuError as error:
        print(error.text("en"), file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    for line in missed:
        print(line)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
