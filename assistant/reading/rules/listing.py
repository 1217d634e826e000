"""Lists of rows: the campaigns with their dates, the redemptions of a day."""

from __future__ import annotations

from assistant.reading.rules.filters import conditions_of
from assistant.reading.rules.periods import started_in
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, Records

_BUSY = (
    "top",
    "bottom",
    "share",
    "growth",
    "decline",
    "running",
    "rolling",
    "how_many",
    "median",
    "average",
    "judge",
    "growth_top",
    "decline_top",
    "parts",
    "buckets",
    "more_than",
    "less_than",
    "at_least",
    "at_most",
    "between",
    "trend",
    "change",
    "versus",
)


def rule(state: State) -> None:
    """Takes the whole question when rows of an entity or of a dataset are asked for."""
    asked = state.ops("list", "which", "attributes")
    if state.ops(*_BUSY) or state.groups or state.compare or state.having or state.metrics:
        return
    dataset = _dataset(state)
    if dataset is None or (not asked and not _only_attributes(state)):
        return
    if any(m.metrics and not m.entities and not m.verbs for m in state.free()):
        return
    fields = _fields(state, dataset)
    if not fields:
        return
    state.records = Records(dataset=dataset, fields=tuple(fields))
    state.where += conditions_of(state, state.free(lambda m: m.values or m.ids))
    _lasting(state, dataset)
    for mark in state.free(lambda m: m.has("list", "which", "attributes", "by", "separately", "total", "within") or dataset in m.verbs):
        state.take(mark, "list")


def _only_attributes(state: State) -> bool:
    return bool(state.free(lambda m: m.fields and not m.metrics)) and bool(state.free(lambda m: m.entities and not m.metrics))


def _dataset(state: State) -> str | None:
    """The dataset whose rows are meant: that of a verb, else the own one of the entity named first."""
    records = [m for m in state.ops("list") if m.text in ("记录", "明细", "records", "rows")]
    verbs = state.free(lambda m: m.verbs)
    if records and verbs:
        return verbs[0].verbs[0]
    for mark in state.free(lambda m: m.entities):
        dataset = state.catalog.entity(mark.entities[0]).dataset
        if dataset and not state.catalog.dataset(dataset).time:
            return dataset
    for mark in state.free(lambda m: m.values):
        dataset = mark.values[0][0].split(".")[0]
        if any(spec.dataset == dataset and any(n.lower() in mark.text for n in spec.names()) for spec in state.catalog.spec.entities.values()):
            return dataset
    return None


def _fields(state: State, dataset: str) -> list[str]:
    out: list[str] = []
    for mark in state.free(lambda m: m.entities or m.fields):
        for ref in (*mark.entities, *mark.fields):
            if state.reaches(dataset, ref):
                out.append(ref)
                state.take(mark, f"column:{ref}")
                break
    for name, which in (("started", 0), ("ended", 1)):
        lasts = state.catalog.dataset(dataset).lasts
        if lasts and state.time is None:
            for mark in state.ops(name):
                out.append(f"{dataset}.{lasts[which]}")
                state.take(mark, f"column:{out[-1]}")
    spec = state.catalog.dataset(dataset)
    key = [spec.fields[k].entity or f"{dataset}.{k}" for k in spec.primary_key]
    return list(dict.fromkeys([*[k for k in key if k not in out], *out]))


def _lasting(state: State, dataset: str) -> None:
    """Rows that last from one day to another are asked for by a day inside, or by their first or last day."""
    lasts = state.catalog.dataset(dataset).lasts
    if state.time is None or lasts is None:
        return
    start, end = (f"{dataset}.{name}" for name in lasts)
    if any(m.time and m.text.endswith("开始") for m in state.marks):
        state.time = started_in(state, start)
        return
    words = {"started": start, "ended": end}
    for op, field in words.items():
        marks = state.ops(op)
        if marks:
            state.time = state.time.model_copy(update={"field": field})
            state.take(marks[0], op)
            return
    time, state.time = state.time, None
    if time.end:
        state.where.append(FieldCondition(field=start, op="<", value=time.end))
    if time.start:
        state.where.append(FieldCondition(field=end, op=">=", value=time.start))
    for mark in state.ops("going_on"):
        state.take(mark, "going on")
