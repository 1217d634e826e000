"""Asks for the drivers of each day and holds what is named against what was planted."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.answer.model import Answer
from assistant.ask import Assistant
from eval.drivers.episodes import Plan, plans, planted
from eval.drivers.shop import FIELDS, WEEK, asked_day, value, write_shop
from eval.drivers.world import Cause, World
from semantic_layer.query import FieldCondition, SemanticQuery
from semantic_layer.shops import open_shop

FIRST_NAMED = 3
Slice = Mapping[str, frozenset[str]]  # the values of each field


@dataclass(frozen=True)
class Outcome:
    """One day: what was planted (nothing on a quiet day), and the slices that were named, in their order."""

    plan: Plan
    planted: Slice
    named: tuple[Slice, ...]
    seconds: float
    text: str

    @property
    def first(self) -> bool:
        """Whether just the planted cause was named first."""
        return bool(self.named) and self.named[0] == self.planted

    @property
    def among_first(self) -> bool:
        """Whether just the planted cause is among the first three."""
        return self.planted in self.named[:FIRST_NAMED]


@dataclass
class Scores:
    """The outcomes of all days."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def episodes(self) -> list[Outcome]:
        """The days with a cause."""
        return [o for o in self.outcomes if o.plan.kind]

    @property
    def quiet(self) -> list[Outcome]:
        """The days without."""
        return [o for o in self.outcomes if not o.plan.kind]


def score(episodes: int, quiet: int, seed: int) -> Iterator[Outcome]:
    """Each day's outcome; a week of days to a shop. Raises ShopError."""
    todo = plans(episodes, quiet, seed)
    for number in range(0, len(todo), WEEK):
        week = todo[number : number + WEEK]
        world = World(seed * 1_000 + number)
        causes = [planted(plan, world) for plan in week]
        with tempfile.TemporaryDirectory(prefix="wenshu-drivers-") as folder:
            write_shop(Path(folder) / "shop", world, causes)
            with contextlib.closing(open_shop(str(Path(folder) / "shop"), asked_day(WEEK))) as shop:
                assistant = Assistant(shop)
                for day, (plan, cause) in enumerate(zip(week, causes, strict=True)):
                    yield _outcome(assistant, plan, cause, asked_day(day), "zh" if day % 2 else "en")


def _outcome(assistant: Assistant, plan: Plan, cause: Cause | None, day: dt.date, lang: str) -> Outcome:
    query = SemanticQuery.model_validate(
        {"metrics": [plan.metric], "time": _day(day), "compare": {"to": "range", "range": _day(day - dt.timedelta(days=WEEK))}}
    )
    started = time.perf_counter()
    answer = assistant.answer(query, lang, analysis="drivers")
    seconds = time.perf_counter() - started
    values = {FIELDS[d]: frozenset(value(d, i) for i in members) for d, members in cause.values.items()} if cause else {}
    return Outcome(plan, values, named(answer), seconds, answer.text)


def named(answer: Answer) -> tuple[Slice, ...]:
    """The slices that an answer says a change is concentrated in: the conditions of the queries of its findings."""
    out = []
    for finding in answer.findings:
        if finding.kind == "driver" and finding.query:
            where = SemanticQuery.model_validate(finding.query).where
            out.append({c.field: _values(c) for c in where if isinstance(c, FieldCondition)})
    return tuple(out)


def _values(condition: FieldCondition) -> frozenset[str]:
    many = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return frozenset(str(v) for v in many)


def _day(day: dt.date) -> dict[str, dt.date]:
    return {"start": day, "end": day + dt.timedelta(days=1)}
