"""Conditions that no row can meet together: refused, and not answered with nothing."""

from __future__ import annotations

from assistant.reading.outcome import Refuse
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import Condition, ExistsCondition, FieldCondition, SegmentCondition, TimeRange


def refuse_contradictions(state: State) -> None:
    """Two conditions that no row can meet both (with kids, without kids) are not answered with nothing."""
    state.where[:] = _told_once(state, state.where)
    kept = {c.field: c.value for c in state.where if isinstance(c, FieldCondition) and c.op == "=" and "." in c.field}
    of_whom = any(m.metric and counted_entity(state, m.metric) for m in state.metrics)  # buyers of cat food, no dog food: who bought none
    state.where[:] = [  # by air, and no regular air: the second is said already
        c for c in state.where if of_whom or not (isinstance(c, FieldCondition) and c.op == "!=" and c.field in kept and c.value != kept[c.field])
    ]
    _refuse_two_dates(state)
    parts = [m.where for m in state.metrics if m.share] or [()]
    asked = [[f for c in [*state.where, *part] for f in _fields_of(state, c)] for part in parts]
    doubled = next((f for fields in asked for f in fields if fields.count(f) > 1), None) or _denied_by_a_metric(state)
    if doubled:
        label = state.catalog.field(doubled).spec.label
        raise Refuse(
            Text(
                zh=f"同时对{label.zh}提了两个条件。请一次只问一个，或者按{label.zh}拆分。",
                en=f"There are two conditions on {label.en}. Ask for one at a time, or split by {label.en}.",
            )
        )


def _refuse_two_dates(state: State) -> None:
    """Orders paid in June but placed in May: one row has one date, and none in two periods. Raises Refuse."""
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    for condition in state.where:
        if not isinstance(condition, ExistsCondition) or condition.negated:
            continue
        if state.catalog.dataset(condition.exists).primary_key != (state.catalog.entity_field(condition.entity, condition.exists),):
            continue  # of which an entity may have several
        dates = {_dated_by(state, d) for d in (*homes, condition.exists)}
        one, other = state.time, condition.time
        if homes and len(dates) == 1 and one and other and _apart(one, other):
            label = state.catalog.entity(condition.entity).label
            raise Refuse(
                Text(
                    zh=f"每个{label.zh}只按一个日期计算，不会落在两段时间里。请一次只问一段时间。",
                    en=f"Each {label.en} is counted by one date, which lies in one period only. Ask for one period at a time.",
                ),
                unexplained=tuple(r.words for r in (one, other) if r.words),
            )


def _apart(one: TimeRange, other: TimeRange) -> bool:
    """Whether two closed periods have no day in common."""
    return bool(one.start and one.end and other.start and other.end) and (other.end <= one.start or one.end <= other.start)  # type: ignore[operator]


def _dated_by(state: State, dataset: str) -> str | None:
    time = state.catalog.dataset(dataset).time
    return time if time is None or "." in time else f"{dataset}.{time}"


def _denied_by_a_metric(state: State) -> str | None:
    """Patients who booked and arrived: the field of a condition that no row of a metric can meet, as that keeps another value of it."""
    for metric in state.metrics:
        kept = state.catalog.metric(metric.metric).filter if metric.metric else ()
        for condition in [c for where in (state.where, metric.where) for c in where]:
            told = [condition] if not isinstance(condition, SegmentCondition) else state.catalog.segment(condition.segment).where
            plain = [c for c in told if isinstance(c, FieldCondition) and c.op == "=" and not c.negated and not getattr(condition, "negated", False)]
            others = [c for c in kept if isinstance(c, FieldCondition) and c.op == "=" and not c.negated]
            if clash := next((c.field for c in plain for k in others if (c.field, c.grain) == (k.field, k.grain) and c.value != k.value), None):
                return clash
    return None


def _told_once(state: State, where: list[Condition]) -> list[Condition]:
    """Regular unleaded at the pump: a condition that a segment of the question holds already says nothing more."""
    held = [c for s in where if isinstance(s, SegmentCondition) and not s.negated for c in state.catalog.segment(s.segment).where]
    return [c for c in dict.fromkeys(where) if not (isinstance(c, FieldCondition) and any(_same(c, h) for h in held))]


def _same(one: FieldCondition, other: Condition) -> bool:
    return isinstance(other, FieldCondition) and (one.field, one.op, one.value) == (other.field, other.op, other.value)


def _fields_of(state: State, condition: Condition) -> list[str]:
    if isinstance(condition, SegmentCondition) and not condition.negated:
        return [f for c in state.catalog.segment(condition.segment).where for f in _fields_of(state, c)]
    plain = isinstance(condition, FieldCondition) and condition.op in ("=", "in", "!=", "not_in") and "." in condition.field
    return [condition.field] if plain else []  # type: ignore[union-attr]
