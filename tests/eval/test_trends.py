"""The measuring of trends: what it plants is there, and its counts are right."""

from __future__ import annotations

import datetime as dt

import numpy as np

from assistant.answer.model import Answer, Finding
from eval.trends.planted import DAYS, EVENTS, HISTORY, KINDS, TRUTHS, day_of, made
from eval.trends.points import Tally, count, merged


def test_series_of_every_kind_and_truth_are_made_alike_from_one_seed() -> None:
    one, other = made(2, 5), made(2, 5)
    assert len(one) == 2 * len(KINDS) * len(TRUTHS)
    assert all(np.array_equal(a.values, b.values) and a.planted == b.planted for a, b in zip(one, other, strict=True))
    assert not all(np.array_equal(a.values, b.values) for a, b in zip(one, made(2, 6), strict=True))


def test_points_lie_in_the_window_and_on_no_event() -> None:
    events = {first + n for _, first, long, _ in EVENTS for n in range(long)}
    for series in made(3, 1):
        assert len(series.values) == DAYS
        if series.truth in ("lies", "added"):
            assert len(series.planted) == 3 and all(HISTORY <= d < DAYS and d not in events for d in series.planted)
            assert all(abs(k) >= 4 for k in series.planted.values())
        elif series.truth == "shift":
            assert len(series.planted) == 1
        else:
            assert not series.planted


def _answer(*days: dt.date, kind: str = "unusual_day") -> Answer:
    findings = [Finding(kind=kind, text="", query={"time": {"start": d.isoformat()}}) for d in days]
    return Answer(id="1", question="", status="answered", findings=findings)


def test_found_and_false_are_counted() -> None:
    series = next(s for s in made(1, 1) if s.truth == "lies")
    planted = sorted(series.planted)
    tally = Tally()
    count(tally, series, _answer(day_of(planted[0]), day_of(planted[1]), day_of(HISTORY + 30)))
    assert (tally.planted, tally.found, tally.alarms) == (3, 2, 1)
    assert merged([tally, tally]).share == 2 / 3


def test_a_shift_may_be_missed_by_three_days() -> None:
    series = next(s for s in made(1, 1) if s.truth == "shift")
    at = next(iter(series.planted))
    for off, found in ((0, 1), (3, 1), (4, 0)):
        tally = Tally()
        count(tally, series, _answer(day_of(at + off), kind="level_shift"))
        assert (tally.found, tally.alarms) == (found, 1 - found)
