"""When an alert is due: a figure beyond a bound, a day that stands out, a goal that a period missed. The figures are those of an answer."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from assistant.answer.cells import day_of
from assistant.answer.model import Answer, AnswerColumn
from assistant.answer.numbers import shown
from assistant.language import find_numbers, normalise
from assistant.language.operators import find_operators
from prompts import word
from semantic_layer.errors import UsageError

Kind = Literal["threshold", "unusual", "goal"]
Bound = Literal[">", ">=", "<", "<="]

_BOUNDS: dict[str, Bound] = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}
_COMPARE: dict[Bound, Callable[[Any, Any], bool]] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_GOALS = ("goal", "target", "目标")
_SAID = {*_BOUNDS, "filler", "exactly", "anomaly"}  # operators that may stand in a condition
_SIGNS = re.compile(r"[\s\d.,，。%$¥￥€£元块的于]+")


class Condition(BaseModel):
    """`threshold`: the figure is beyond a bound. `goal`: a period that is over has not come up to one. `unusual`: a day stands out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    op: Bound = ">"
    value: float = 0.0
    percent: bool = False

    def said(self, lang: str, column: AnswerColumn | None = None) -> str:
        """In words; with the unit of the column that it is about."""
        format = column.format if column else "percent" if self.percent else "number"
        bound = word(f"sub_op_{_OPS[self.op]}", lang, value=shown(self.value, format, column.unit if column else "", lang))
        return word(f"sub_when_{self.kind}", lang, bound=bound)


@dataclass(frozen=True)
class Verdict:
    """What was found: whether the condition holds (None: it cannot be said, so nothing changes), for which `of` (a period or a day), and what to say.

    What is `each` is news for every `of`; else it is one thing until it clears.
    """

    holds: bool | None
    of: str = ""
    text: str = ""
    each: bool = False


_OPS: dict[Bound, str] = {">": "above", ">=": "at_least", "<": "below", "<=": "at_most"}


def condition_of(text: str) -> Condition:
    """The condition that words say: above 1000, 低于5%, unusual, goal 20000. Raises UsageError."""
    plain = normalise(text).text
    spans = [s for s in find_operators(plain) if s.names & _SAID]
    spans = [s for s in spans if not any(o.start <= s.start and s.end <= o.end and o is not s for o in spans)]  # no less than is not less than
    names = {n for span in spans for n in span.names}
    goal = next((g for g in _GOALS if g in plain), "")
    numbers = find_numbers(plain)
    bounds = {_BOUNDS[n] for n in names if n in _BOUNDS}
    known = [*((s.start, s.end) for s in spans), *((n.start, n.end) for n in numbers)]
    left = _left_over(plain.replace(goal, " " * len(goal)) if goal else plain, known)
    if "anomaly" in names and not numbers and not goal and not left:
        return Condition(kind="unusual")
    if len(numbers) == 1 and len(bounds) <= 1 and (bounds or goal) and not left:
        percent = numbers[0].kind in ("percent", "fraction")
        return Condition(kind="goal" if goal else "threshold", op=next(iter(bounds), ">="), value=numbers[0].value, percent=percent)
    raise UsageError(
        f"“{text}” is no condition. Write for example: above 1000, at most 5%, unusual, goal 20000.",
        f"“{text}” 不是可用的条件。请写成例如：高于1000、不超过5%、异常、目标2万。",
    )


def _left_over(text: str, spans: list[tuple[int, int]]) -> str:
    """What of a text is neither in the spans nor a sign."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return _SIGNS.sub("", text)


def check(condition: Condition, answer: Answer) -> None:
    """Raises UsageError where the condition is not about this answer."""
    if condition.kind == "unusual":
        return
    column = figure_column(answer)
    if column is None:
        raise UsageError(
            "A condition needs a question with a single figure, such as the sales of yesterday.",
            "条件只能用于只有一个数字的问题，例如昨天的销售额。",
        )
    rate = column.format == "percent"
    if rate != condition.percent and condition.value:
        raise UsageError(
            f"{column.label} is {'a rate: write the bound in percent, such as 5%' if rate else 'no rate: write the bound without %'}.",
            f"{column.label}{'是比率，请用百分数写界限，例如 5%' if rate else '不是比率，界限请不要带 %'}。",
        )
    if condition.kind == "goal" and not _over(answer):
        raise UsageError(
            "Whether a goal was missed is known when its period is over: ask about yesterday, last week or last month.",
            "目标是否达成要等时段结束才知道：请问昨天、上周或上个月。",
        )


def judged(condition: Condition, answer: Answer, state: dict[str, Any]) -> Verdict:
    """Looks at an answer. `state` is that of the subscription, as the last verdict left it."""
    if condition.kind == "unusual":
        return _unusual(answer, str(state.get("of", "")))
    column = figure_column(answer)
    value = answer.rows[0][answer.columns.index(column)] if column else None
    if column is None or value is None:
        return Verdict(None)
    held = _COMPARE[condition.op](value, condition.value)
    text = word(f"sub_alert_{condition.kind}", answer.lang, condition=condition.said(answer.lang, column))
    if condition.kind == "threshold":
        return Verdict(held, text=text)
    if not _over(answer) or answer.period is None or answer.period.start is None:
        return Verdict(None)
    return Verdict(not held, answer.period.start.isoformat(), text, each=True)


def figure_column(answer: Answer) -> AnswerColumn | None:
    """The column of a single figure; None where the answer is another."""
    metrics = [c for c in answer.columns if c.role == "metric"]
    return metrics[0] if len(metrics) == len(answer.columns) == len(answer.rows) == 1 else None


def _over(answer: Answer) -> bool:
    today, period = day_of(answer.freshness.get("today")), answer.period
    return bool(today and period and period.end and period.end <= today)


def _unusual(answer: Answer, seen: str) -> Verdict:
    """Whether a whole day that was not seen before stands out, and no event is known for it; at first of the last day alone."""
    days = sorted(day.isoformat() for row in answer.rows if (day := day_of(row[0])) is not None)
    new = [d for d in days if d > seen] if seen else days[-1:]
    if not new:
        return Verdict(None, seen)
    out = [f.text for f in answer.findings if f.kind == "unusual_day" and f.query and f.query["time"]["start"] in new]
    return Verdict(bool(out), days[-1], " ".join(out))
