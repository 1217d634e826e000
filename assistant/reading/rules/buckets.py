"""Entities in bands of a metric of their own: 1-5, 6-20, 21 and more; ten equal groups by spend."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.reading.marks import Mark
from assistant.reading.rules.counting import count_metric, counted_entity
from assistant.reading.state import State
from semantic_layer.query import Bucket, Group, MetricRef

_PARTS = {"dec": 10, "十": 10, "tenth": 10, "quint": 5, "五": 5, "fifth": 5, "quart": 4, "四": 4}
_UNIT = r"(?:\s*(?:次|单|元|美元|个|件|种|张|户|块))?"
_CLOSED = re.compile(rf"(?<![\d.])(\d+){_UNIT}\s*(?:-|~|到|至|to)\s*(\d+){_UNIT}(?![\d.%])")
_LAST = re.compile(rf"(?:more than|over|above|超过|大于)\s*(\d+)|(\d+){_UNIT}\s*(?:\+|以上|及以上|or more|and more|and above|及更多)")


def rule(state: State) -> None:
    """Takes equal parts, or a list of bands."""
    for op in state.ops("parts"):
        n = _how_many_parts(state, op)
        if n:
            _add(state, op, op.start, {"parts": n})
            state.take(op, "bucket")
            return
    free = _free_text(state)
    closed = [m for m in _CLOSED.finditer(free) if int(m[1]) < int(m[2])]
    last = _LAST.search(free, closed[-1].end()) if closed else None
    if not closed or (len(closed) < 2 and not last):
        return
    edges = _edges(state, free, closed, last)
    spans = [m.span() for m in closed] + ([last.span()] if last else [])
    for mark in state.free(lambda m: any(s <= m.start and m.end <= e for s, e in spans)):
        state.take(mark, "bucket")
    low = re.search(rf"(\d+){_UNIT}\s*(?:以下|or less|or fewer)|(?:under|below|less than)\s*(\d+)", free[: closed[0].start()])
    if low:
        for mark in state.free(lambda m: low.start() <= m.start and m.end <= low.end()):
            state.take(mark, "bucket")
        edges = [0.0, *edges]
    _add(state, None, closed[0].start(), {"edges": tuple(dict.fromkeys(edges))})
    for mark in state.ops("buckets"):
        state.take(mark, "bucket")


def _free_text(state: State) -> str:
    """The text with everything blanked that is a time or a value."""
    chars = list(state.text)
    for mark in state.marks:
        if mark.values or mark.ids or (mark.time and mark.time.kind == "range"):
            chars[mark.start : mark.end] = " " * (mark.end - mark.start)
    return "".join(chars)


def _edges(state: State, free: str, closed: list[re.Match[str]], last: re.Match[str] | None) -> list[float]:
    edges = [float(m[1]) for m in closed]
    if last:
        low = float(last[1] or last[2])
        touching = float(closed[-1][2]) == low
        whole = all(int(b[1]) == int(a[2]) + 1 for a, b in pairwise(closed))
        edges.append(low + 1 if touching and last[1] and whole else low)
    return edges


def _metric_of(state: State, mark: Mark) -> str:
    named = (mark.metrics or mark.counters)[:1]
    counted = None if named else count_metric(state, mark.entities[0])
    return named[0] if named else (counted.metric if counted and counted.metric else state.default_metric())


def _how_many_parts(state: State, op: Mark) -> int | None:
    for key, n in _PARTS.items():
        if key in op.text:
            return n
    near = [m for m in state.free(lambda m: m.number) if state.close(m, op)]
    if near and near[0].number:
        state.take(near[0], "bucket")
        return int(near[0].number.value)
    return None


def _add(state: State, op: Mark | None, at: int, shape: dict[str, object]) -> None:
    """Adds the bucket: the entity is the first one named, the metric the last one before the bands (or after "by")."""
    entity_mark = next(iter(state.free(lambda m: m.entities and not (m.metrics and not counted_entity(state, m.metrics[0])))), None)
    if entity_mark is None:
        return
    entity = entity_mark.entities[0]
    metrics = state.free(lambda m: (m.metrics or m.counters or m.entities) and m is not entity_mark)
    by = [m for op2 in state.ops("by") for m in metrics if m.start >= op2.end]
    before = [m for m in metrics if m.end <= at]
    chosen = (by or before[::-1] or metrics)[:1]
    metric = _metric_of(state, chosen[0]) if chosen else state.default_metric()
    state.add_group(Group(bucket=Bucket(entity=entity, metric=MetricRef(metric=metric), **shape)))  # type: ignore[arg-type]
    for mark in [entity_mark, *chosen, *state.ops("by", "buckets")]:
        state.take(mark, "bucket")
    if not state.free(lambda m: m.metrics) and "parts" in shape and not state.ops("how_many"):
        state.add_metric(MetricRef(metric=metric))
    elif not state.free(lambda m: m.metrics):
        counted = count_metric(state, entity)
        if counted:
            state.add_metric(counted)
            for mark in state.ops("how_many"):
                state.take(mark, "count")
