"""Planted points and shifts that were found, and alarms where nothing was planted."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from assistant.answer.model import Answer
from assistant.ask import Assistant
from eval.trends.planted import DAYS, HISTORY, KINDS, TRUTHS, WINDOW, Kind, Series, Truth, day_of, made
from eval.trends.shop import METRICS, planted_shop
from semantic_layer.query import SemanticQuery

FOUND_AIM, ALARM_AIM, SHIFT_AIM = 0.9, 1.0, 0.9  # shares of points and shifts found; alarms per metric and 100 days
NEAR = 3  # days by which the first day of a shift may be missed


@dataclass
class Tally:
    """What came of the series of one kind and truth."""

    series: int = 0
    planted: int = 0
    found: int = 0
    alarms: int = 0
    by_size: Counter[float] = field(default_factory=Counter)
    found_by_size: Counter[float] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Of what was planted, how much was found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def rate(self) -> float:
        """Alarms per series and 100 days."""
        return self.alarms / self.series * 100 / WINDOW


def measured(per_kind: int, seed: int) -> dict[tuple[Kind, Truth], Tally]:
    """Every series asked about through the assistant, in a shop made for it."""
    tallies = {(kind, truth): Tally() for kind in KINDS for truth in TRUTHS}
    with tempfile.TemporaryDirectory(prefix="wenshu-trends-") as folder:
        series = made(per_kind, seed)
        shop = planted_shop(Path(folder) / "shop", series)
        assistant = Assistant(shop)
        for each in series:
            count(tallies[each.kind, each.truth], each, assistant.answer(_query(each), "en", analysis="anomaly"))
        shop.close()
    return tallies


def _query(series: Series) -> SemanticQuery:
    return SemanticQuery.model_validate(
        {
            "metrics": [METRICS[series.kind]],
            "where": [{"field": "daily.series", "op": "=", "value": series.name}],
            "time": {"start": day_of(HISTORY), "end": day_of(DAYS)},
        }
    )


def count(tally: Tally, series: Series, answer: Answer) -> None:
    """Adds what the findings of one answer say of one series. A finding names its first day by the period of its query."""
    if answer.status != "answered":
        raise RuntimeError(f"{series.name}: {answer.status}: {answer.text}")
    points, shifts = _days(answer, "unusual_day"), _days(answer, "level_shift")
    tally.series += 1
    tally.planted += len(series.planted)
    if series.truth == "shift":
        at = day_of(next(iter(series.planted)))
        near = [d for d in shifts if abs((d - at).days) <= NEAR]
        tally.found += bool(near)
        tally.alarms += len(points) + len(shifts) - len(near[:1])
        return
    truth = {day_of(day): k for day, k in series.planted.items()}
    tally.by_size.update(abs(k) for k in truth.values())
    tally.found_by_size.update(abs(k) for d, k in truth.items() if d in points)
    tally.found += sum(d in points for d in truth)
    tally.alarms += sum(d not in truth for d in points) + len(shifts)


def _days(answer: Answer, kind: str) -> set[dt.date]:
    return set(_starts(answer, kind))


def _starts(answer: Answer, kind: str) -> Iterable[dt.date]:
    for finding in answer.findings:
        if finding.kind == kind and finding.query:
            yield dt.date.fromisoformat(finding.query["time"]["start"])


def merged(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    out = Tally()
    for t in tallies:
        out.series, out.planted, out.found, out.alarms = out.series + t.series, out.planted + t.planted, out.found + t.found, out.alarms + t.alarms
        out.by_size.update(t.by_size)
        out.found_by_size.update(t.found_by_size)
    return out
