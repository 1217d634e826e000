"""Entities in bands of a metric of their own: 1-5, 6-20, 21 and more; ten equal groups by spend."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.language.bands import Bands, find_bands
from assistant.language.operators import SORTS
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, per_entity
from assistant.reading.rules.ratios import counted_by
from assistant.reading.rules.units import UNIT_NAMES
from assistant.reading.state import State
from semantic_layer.query import Bucket, Group, MetricRef

_PARTS = {
    "dec": 10, "十": 10, "tenth": 10, "八": 8, "六": 6, "quint": 5, "五": 5, "fifth": 5, "quart": 4, "四": 4, "三": 3, "thirds": 3, "tertile": 3,
    "tercile": 3, "二": 2, "两": 2,
}  # fmt: skip
# What introduces the metric that bands are of; the other words of "by" introduce groups.
_BY = (
    "by", "by size of", "by the size of", "by amount of", "by the amount of", "by the value of", "by how big the", "by how large the",
    "按", "按照", "照", "根据", "依据", "依照", "based on", "according to", "in terms of",
)  # fmt: skip


_UNITS_SAID = frozenset(n.rstrip("s") for names in UNIT_NAMES.values() for n in names)


def rule(state: State) -> None:
    """Takes a list of bands, or equal parts."""
    bands = find_bands(_free_text(state))
    if bands:
        _in_bands(state, bands)
        return
    for op in state.ops("parts"):
        n = _how_many_parts(state, op)
        if n:
            if _add(state, op.start, op.end, {"parts": n}):
                state.take(op, "bucket")
                _restated(state, n)
            return


def _in_bands(state: State, bands: Bands) -> None:
    start, end = min(s for s, _ in bands.spans), max(e for _, e in bands.spans)
    inside = [m for m in state.marks if any(m.start < e and m.end > s for s, e in bands.spans) and not m.time]
    units = _units(state, bands, inside)
    if not _add(state, start, end, {"edges": bands.edges}, inside, units):
        return
    _restated(state, len(bands.spans))
    for mark in state.free(lambda m: m.text.rstrip("s+") in _UNITS_SAID and start <= m.start <= end + 2):
        state.take(mark, "bucket")  # 24到48小时, 72+ hours
    for op in state.ops("exactly"):
        if any(0 <= s - op.end <= 2 for s, _ in bands.spans):
            state.take(op, "bucket")  # 只来1单


def _units(state: State, bands: Bands, inside: list[Mark]) -> list[Mark]:
    """What the numbers count, said right behind them: 1-3行, 21 or more different products."""
    counters = [m for m in state.free(lambda m: m.counters) if any(0 <= m.start - e <= 1 or s <= m.start <= e for s, e in bands.spans)]
    last = max(inside, key=lambda m: m.end, default=None)
    behind = next(state.following(last, skip=lambda m: m.filler or m.has("different")), None) if last else None
    if last is None or behind is None or behind in counters or not (behind.metrics or behind.entities) or not state.same_clause(last, behind):
        return counters
    return counters if set(state.text[last.end : behind.start]) & set(")的") else [*counters, behind]


def _free_text(state: State) -> str:
    """The text with everything blanked that is a time or a value."""
    chars = list(state.text)
    for mark in state.marks:
        if mark.values or (mark.time and mark.time.kind == "range"):
            chars[mark.start : mark.end] = "#" * (mark.end - mark.start)
    return "".join(chars)


def _how_many_parts(state: State, op: Mark) -> int | None:
    for key, n in _PARTS.items():
        if key in op.text:
            return n
    numbers = [m for m in state.free(lambda m: m.number and m.number.kind == "number") if state.close(m, op)]
    if numbers and numbers[0].number and 2 <= numbers[0].number.value <= 100:
        state.take(numbers[0], "bucket")
        return int(numbers[0].number.value)
    return None


def _restated(state: State, n: int) -> None:
    """What says the bands once more: 四档, each tenth, in each group."""
    for mark in state.ops("parts", "buckets", "within"):
        state.take(mark, "bucket")
    for mark in state.free(lambda m: m.number and m.number.kind == "number" and m.number.value in (1, n)):
        behind = next(state.following(mark, skip=lambda m: False), None)
        if behind is None or not (behind.groupable or behind.metrics) or behind.became == "bucket":
            state.take(mark, "bucket")


def _add(
    state: State, start: int, end: int, shape: dict[str, object], inside: list[Mark] | None = None, units: list[Mark] | None = None
) -> bool:
    """Adds the bucket of an entity by a metric, and the number of them where nothing else is asked of the bands."""
    skipped = {id(m) for m in [*(inside or []), *(units or [])]}
    named = [m for m in state.free(lambda m: m.metrics or m.counters or m.entities) if id(m) not in skipped and not _only_counts(m)]
    by = _measured_by(state, named, start, end)
    entity_mark, entity = _divided(state, named, by, units or [])
    if entity is None and "edges" in shape and (each := _of_each(state, named)):
        by, entity = each, (per_entity(state, each.metrics[0]) or ("", None))[1]
    if entity is None:
        return False
    before = [m for m in named if m is not entity_mark and m.end <= start and not _counts_it(state, m, entity)]
    by = by or next(iter(units or before[::-1]), None)
    metric = _metric_of(state, by)
    if counted_entity(state, metric) == entity:
        return False
    if "edges" in shape and state.catalog.formula(metric).kind == "additive" and not state.catalog.formula(metric).aggregates[0].counts:
        shape = {"edges": _from_zero(state, start, shape["edges"])}
    state.add_group(Group(bucket=Bucket(entity=entity, metric=MetricRef(metric=metric), **shape)))  # type: ignore[arg-type]
    if by is not None:
        _take_with_how_many(state, by)
    for mark in [*([entity_mark] if entity_mark else []), *state.ops("by", "buckets")]:
        state.take(mark, "bucket")
    for mark in state.ops(*SORTS):
        state.take(mark, "bucket")
    for mark in [*(inside or []), *(units or [])]:
        state.take(mark, "bucket")
    if "edges" in shape and (by is None or by in (units or [])):
        _take_measure(state, metric, start)
    _asked_of_each(state, entity, metric, entity_mark, "parts" in shape)
    return True


def _from_zero(state: State, start: int, edges: object) -> object:
    """Under 500, 500 to 1000: the first band of an amount that is open below begins with nothing."""
    words = [m for m in state.marks if m.start <= start + 12 and m.end >= start - 2 and m.has("less_than", "at_most")]
    first = edges[0] if isinstance(edges, tuple) and edges else None
    return (0.0, *edges) if words and first and isinstance(edges, tuple) else edges


def _only_counts(mark: Mark) -> bool:
    """Whether a word only counts what stands before it: 户, 张; and "how many" that is spelled with it."""
    return bool(mark.counters and not mark.metrics and not mark.entities) and len(mark.text) == 1


def _measured_by(state: State, named: list[Mark], start: int, end: int) -> Mark | None:
    """The metric that bands are of: what stands behind "by" and is no group of its own, before the bands or after them."""
    for op in state.ops("by"):
        behind = [m for m in named if m.start >= op.end and state.same_clause(op, m)]
        if behind and (op.start < start or behind[0].start > end) and op.text.endswith(_BY):
            owned = next((m for m in behind[1:2] if m.metrics and not behind[0].metrics and state.close(behind[0], m, 2)), None)
            return owned or behind[0]  # 按客户来店次数
    return _asked_of_each_one(state, named, start)


def _asked_of_each_one(state: State, named: list[Mark], start: int) -> Mark | None:
    """客户去年逛过几家店？1家、2家: what is counted of each of those who did it, before the bands of it."""
    for op in state.ops("how_many"):
        counted = next((m for m in state.following(op, skip=lambda m: m.filler or m.has("different")) if m.start < start), None)
        others = [m for m in named if m.entities and m is not counted and m.end <= op.start]
        done = any(m.verbs for m in state.marks if others and others[-1].end <= m.start and m.end <= op.start)
        if counted is not None and counted in named and counted.entities and done:
            state.take(op, "bucket")
            return counted
    return None


def _divided(state: State, named: list[Mark], by: Mark | None, units: list[Mark]) -> tuple[Mark | None, str | None]:
    """The entity that is divided: one that is named, else what a metric counts, but not what the bands are of."""
    measured = _metric_of(state, by or next(iter(units), None)) if by or units else None
    other = counted_entity(state, measured) if measured else None
    candidates = [(m, e) for m in named if m is not by and (e := _entity_of(state, m)) and e != other]
    return candidates[0] if candidates else (None, None)


def _entity_of(state: State, mark: Mark) -> str | None:
    if mark.entities:
        return mark.entities[0]
    if not mark.metrics:
        return None
    formula = state.catalog.formula(mark.metrics[0])
    some = counted_by(state.catalog, formula.aggregates[0]) if isinstance(formula.tree, exp.Placeholder) else None  # delivered parcels
    return counted_entity(state, mark.metrics[0]) or some


def _counts_it(state: State, mark: Mark, entity: str) -> bool:
    return _entity_of(state, mark) == entity


def _of_each(state: State, named: list[Mark]) -> Mark | None:
    """Spread of basket values: the bands are of what the value is an average of."""
    return next((m for m in named if m.metrics and per_entity(state, m.metrics[0])), None)


def _metric_of(state: State, mark: Mark | None) -> str:
    if mark is None:
        return state.default_metric()
    named = (mark.metrics or mark.counters)[:1]
    ratio = per_entity(state, named[0]) if named else None
    if ratio:
        return ratio[0]
    counted = None if named else count_metric(state, mark.entities[0])
    return named[0] if named else (counted.metric if counted and counted.metric else state.default_metric())


def _take_with_how_many(state: State, mark: Mark) -> None:
    """By how many visits they made: the number is that of the bands."""
    before = next(state.preceding(mark), None)
    if before and before.has("how_many"):
        state.take(before, "bucket")
    state.take(mark, "bucket")


def _take_measure(state: State, metric: str, start: int) -> None:
    """顾客来了几次? 1次、2-3次各有多少人: what is said before the bands is what they are of."""
    for mark in state.free(lambda m: metric in m.metrics and m.end <= start):
        state.take(mark, "bucket")


def _counted_too(state: State, entity: str, counts: list[Mark]) -> None:
    """1-5, 6 and more, count and sales: their number in each band, said by a word that counts nothing else."""
    for op in counts:
        behind = state.after(op)
        joined = behind is None or re.fullmatch(r" ?(?:,|&|\+|/|and|plus) ?", state.text[op.end : behind.start]) is not None
        alone = op.text.rstrip("s") in ("count", "headcount", "number") and joined
        counted = count_metric(state, entity) if alone else None
        if counted is not None:
            state.add_metric(counted)
            state.take(op, "count")


def _asked_of_each(state: State, entity: str, metric: str, entity_mark: Mark | None, equal: bool) -> None:
    """How many there are in each band, unless another metric is asked; equal parts are asked for what divides them."""
    others = [m for m in state.free(lambda m: m.metrics) if not _counts_it(state, m, entity)]
    counts = state.ops("how_many")
    if others:
        _counted_too(state, entity, counts)
        return
    if equal and not counts and not (entity_mark and entity_mark.metrics and not entity_mark.entities):
        state.add_metric(MetricRef(metric=metric))
        return
    told = entity_mark if entity_mark and entity_mark.metrics and not entity_mark.entities and _counts_it(state, entity_mark, entity) else None
    named = told or next((m for m in state.free(lambda m: m.metrics and _counts_it(state, m, entity))), None)
    counted = MetricRef(metric=named.metrics[0]) if named else count_metric(state, entity)
    if counted is None:
        return
    state.add_metric(counted)
    for mark in [*counts, *state.free(lambda m: (m.metrics or m.entities) and _counts_it(state, m, entity))]:
        state.take(mark, "count")
    for mark in state.free(_only_counts):
        state.take(mark, "count")
