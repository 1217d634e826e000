"""How many of a kind something happened in or with: 6月有几个城市有人下单, how many brands had a paid order."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, named_by, rows_told
from assistant.reading.rules.deeds import told_of
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.query import Condition, ExistsCondition, FieldCondition, MetricRef, SegmentCondition, TimeRange

_BUSY = ("by", "top", "bottom", "share", "average", "not", "exclude", "more_than", "less_than", "at_least", "at_most", "between", "each", "versus")
_ANYBODY = ("人", "有人", "anyone", "anybody", "people", "单")


def rule(state: State) -> None:
    """Counts the different values of what stands right behind a how many, where all that follows says only what happened there."""
    if state.metrics or state.groups or state.ops(*_BUSY):
        return
    for op in state.ops("how_many"):
        thing = next(iter(state.following(op, skip=lambda m: m.filler or m.has("different"))), None)
        if thing is None or thing.metrics or thing.verbs or not thing.groupable or thing.start - op.end > _NEAR or not state.same_clause(op, thing):
            continue
        rest = [m for m in state.free(lambda m: not m.filler) if m.start >= thing.end and not m.time]
        ahead = [m for m in state.free(lambda m: m.metrics or m.verbs) if m.end <= op.start]
        told = next((m for m in rest if m.metrics or m.verbs), ahead[-1] if ahead and state.close(ahead[-1], op, 2) else None)
        if told is None or any(m is not told and not (m.values or m.segments or m.text in _ANYBODY or m.entities) for m in rest):
            continue
        if any(m is not told for m in ahead) or _has_a_number(state, thing):
            continue
        rows = _rows(state, told)
        kinds = state.ops("different") or state.text[: thing.start].endswith(_KINDS)
        called = _called_so(state, thing, rows[0]) if rows and not kinds else []
        ref = _different(state, thing, *rows) if rows and not called else _of_just_those(state, called, rows[1]) if rows else None
        if ref is not None:
            state.add_metric(ref)
            for mark in (op, thing, told, *(m for m in rest if m.text in _ANYBODY), *state.ops("different")):
                state.take(mark, "count")
            return


_NEAR = 4
_KINDS = ("种", "类", "款", "kinds of ", "types of ")


def _has_a_number(state: State, mark: Mark) -> bool:
    """Whether it is people, or what a metric of the catalog counts: receipts, parcels."""
    counted = {counted_entity(state, n) for n in state.catalog.spec.metrics} if mark.entities else set()
    return any(state.catalog.entity(e).people or e in counted for e in mark.entities)


def _called_so(state: State, thing: Mark, dataset: str) -> list[str]:
    """The metrics that count the rows themselves and are called after the thing: coupons redeemed are grants, each of them one."""
    counts = [(n, s) for n, s in state.catalog.spec.metrics.items() if state.catalog.formula(n).aggregates[0].home == dataset]
    counts = [(n, s) for n, s in counts if state.catalog.formula(n).aggregates[0].counts and state.catalog.formula(n).kind == "additive"]
    return [n for n, s in counts if any(thing.text in name.lower() for name in s.names())]


def _of_just_those(state: State, called: list[str], kept: tuple[Condition, ...]) -> MetricRef | None:
    """The one of them that counts the rows that are asked for, and no others."""
    wanted = _told(state, kept)
    found = [n for n in called if _told(state, state.catalog.metric(n).filter) == wanted]
    return MetricRef(metric=found[0]) if len(found) == 1 else None


def _told(state: State, conditions: tuple[Condition, ...]) -> set[str]:
    parts = [p for c in conditions for p in (state.catalog.segment(c.segment).where if isinstance(c, SegmentCondition) and not c.negated else (c,))]
    return {p.model_dump_json() for p in parts}


def _rows(state: State, told: Mark) -> tuple[str, tuple[Condition, ...]] | None:
    """The dataset that tells what happened, and which of its rows: of what a metric counts, of a verb."""
    catalog = state.catalog
    if told.metrics:
        leaf, kept = catalog.formula(told.metrics[0]).aggregates[0], rows_told(catalog, told.metrics[0])
        counted = counted_entity(state, told.metrics[0])
        home = (catalog.entity(counted).dataset if counted else None) or leaf.home
        return (home, kept) if leaf.counts and (kept or not leaf.filter) else None
    dataset = told.verbs[0]
    named = next((n for e in catalog.spec.entities if (n := named_by(state, told, e, dataset))), None)
    own = catalog.metric(named).filter if named else ()
    return dataset, told_of(told, dataset) or (own if all(isinstance(c, FieldCondition) for c in own) else ())


def _different(state: State, thing: Mark, dataset: str, kept: tuple[Condition, ...]) -> MetricRef | None:
    """Its key in those rows, once each; what the rows only point to is kept where such a row exists."""
    catalog = state.catalog
    field = thing.groupable
    owner = field.partition(".")[0] if "." in field else catalog.entity(field).dataset
    entity = next((e for e, spec in catalog.spec.entities.items() if spec.dataset == owner), None)
    shown = entity is not None and (field == entity or field == f"{owner}.{catalog.entity(entity).shown_by}")
    key = catalog.entity_field(entity, dataset) if entity else None
    if (owner == dataset and "." in field) or (shown and key):
        state.where += [c for c in kept if c not in state.where]
        return MetricRef(agg="count_distinct", field=field if owner == dataset else f"{dataset}.{key}")
    limits = state.free(lambda m: m.values or m.segments)
    if key is None or entity is None or "." not in field or any(not m.values or not state.reaches(dataset, m.values[0][0]) for m in limits):
        return None
    kept = (*kept, *conditions_of(state, limits))
    period = next((m for m in state.free(lambda m: m.time and m.time.kind == "range")), None)
    time = TimeRange(start=period.time.first, end=period.time.last, words=period.text) if period and period.time else TimeRange()
    state.where.append(ExistsCondition(entity=entity, exists=dataset, where=kept, time=time))
    if period:
        state.take(period, "time")
    return MetricRef(agg="count_distinct", field=field)
