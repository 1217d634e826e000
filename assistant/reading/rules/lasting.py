"""Things that last from one day to another (campaigns): which are going on now, or on some day of a period."""

from __future__ import annotations

import datetime as dt

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counts_rows
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, TimeRange

_PAST = ("were", "was")
_NOW = (
    "now", "right now", "right", "at the moment", "at present", "currently", "today", "these days", "目前", "现在", "当前", "眼下", "如今", "此刻",
)  # fmt: skip


def going_on(state: State) -> None:
    """Live, running, 在跑: of things that last; without a period it is today, unless the words are of the past."""
    marks = state.ops("going_on")
    if not marks or not any(_lasts(state, m) for m in state.marks):
        return
    for mark in marks:
        mark.ops, mark.verbs = frozenset(["going_on"]), ()
    if state.time is None and not marks[0].text.startswith(_PAST):
        state.time = TimeRange(start=state.today, end=state.today + dt.timedelta(days=1), words=marks[0].text)
        for mark in state.free(lambda m: m.text in _NOW):
            state.take(mark, "time")


def _lasts(state: State, mark: Mark) -> bool:
    """Whether a mark names a thing that lasts, or a kind of it."""
    owners = {d for e in mark.entities if (d := state.catalog.entity(e).dataset)}
    owners |= {f.split(".")[0] for f, _ in mark.values} | {d for n in mark.metrics if (d := counts_rows(state, n))}
    return any(state.catalog.dataset(d).lasts for d in owners)


def counted(state: State) -> None:
    """How many campaigns ran in Q2: those that were on at some time of the period, where no start or end is asked for."""
    dataset = counts_rows(state, state.metrics[0].metric) if len(state.metrics) == 1 and state.metrics[0].metric else None
    asked = state.time is not None and state.time.field is None and not any(g.grain for g in state.groups)
    if dataset and state.catalog.dataset(dataset).lasts and asked:
        state.assume("数期间内进行过的", "counted if going on at some time of the period")
        in_period(state, dataset)


def in_period(state: State, dataset: str) -> None:
    """Replaces the period by conditions on the first and the last day of the rows of a dataset that lasts."""
    lasts, time = state.catalog.dataset(dataset).lasts, state.time
    assert lasts and time
    start, end = (f"{dataset}.{name}" for name in lasts)
    state.time = None
    if time.end:
        state.where.append(FieldCondition(field=start, op="<", value=time.end))
    if time.start:
        state.where.append(FieldCondition(field=end, op=">=", value=time.start))
    for mark in state.ops("going_on"):
        state.take(mark, "going on")
