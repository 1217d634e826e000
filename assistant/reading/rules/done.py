"""What a doing becomes: a condition on the entity, and the number of those who did it."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, in_a_list, named_by, registered, tells_which
from assistant.reading.rules.deeds import told_of
from assistant.reading.rules.doers import home_of, homes_of
from assistant.reading.rules.doing import Doing
from assistant.reading.rules.filters import conditions_of
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import TIME, Condition, ExistsCondition, FieldCondition, MetricRef, SegmentCondition, TimeRange


def exists_condition(state: State, doing: Doing, open_time: bool = False) -> ExistsCondition:
    where: list[Condition] = conditions_of(state, doing.things)
    if weekdays := tuple(d for m in doing.days if m.time for d in m.time.weekdays):
        where.append(FieldCondition(field=TIME, grain="day_of_week", op="in", value=weekdays))
    where += [c for c in _implied(state, doing) if c not in where]
    if doing.negated:  # 没下单的钻石会员: what the doer is like is true of those who did not
        of_whom = [c for c in where if _of_the_doer(state, doing, c)]
        where = [c for c in where if c not in of_whom]
        state.where += [c for c in of_whom if c not in state.where]
    time = as_range(doing.times[0].time) if doing.times else TimeRange() if open_time else None  # type: ignore[arg-type]
    return ExistsCondition(entity=doing.entity, exists=doing.dataset, where=tuple(where), time=time, negated=doing.negated)


def _of_the_doer(state: State, doing: Doing, condition: Condition) -> bool:
    """Whether a condition is on an attribute of the one who did something, and not on what was done."""
    own = state.catalog.entity(doing.entity).dataset
    told = state.catalog.segment(condition.segment).where if isinstance(condition, SegmentCondition) else (condition,)
    fields = [c.field for c in told if isinstance(c, FieldCondition)]
    return own not in (None, doing.dataset) and len(fields) == len(told) and all(f.split(".")[0] == own for f in fields)


def _implied(state: State, doing: Doing) -> tuple[Condition, ...]:
    """What rows a verb speaks of, as the metric that is named by it says: who bought has paid."""
    if told := told_of(doing.anchor, doing.dataset):
        return told
    named_so = next((m for m in state.marks if doing.dataset in m.did and m.metrics and counted_entity(state, m.metrics[0]) == doing.entity), None)
    if named_so is not None and (doing.anchor.did or doing.anchor.has("continuing") or not doing.anchor.verbs):
        own = state.catalog.metric(named_so.metrics[0]).filter  # customers who bought in May and again in June: who paid, each time
        return tuple(own) if all(isinstance(c, FieldCondition) for c in own) else ()
    verbs = [*([doing.anchor] if doing.anchor.verbs else []), *(m for m in state.marks if doing.dataset in m.verbs)]
    counted = (doing.entity, *state.catalog.spec.entities)  # products never bought: as those are who bought
    named = next((n for e in counted for v in verbs if (n := named_by(state, v, e, doing.dataset))), None)
    kept = state.catalog.metric(named).filter if named else ()
    return kept if all(isinstance(c, FieldCondition) for c in kept) else ()


def take_doings(state: State, doings: list[Doing]) -> None:
    for doing in doings:
        for mark in (*doing.words, *doing.times, *doing.days, *doing.things):
            state.take(mark, f"exists:{doing.dataset}")
        for mark in state.free(lambda m: m.verbs and doing.dataset in m.verbs):  # noqa: B023
            state.take(mark, "verb")


def measured_beside(state: State, doing: Doing) -> list[Mark]:
    """What is asked of those who did it, other than their number: a metric, or the number of something else."""
    metrics = [m for m in state.free(lambda m: m.metrics and m not in doing.words) if counted_entity(state, m.metrics[0]) != doing.entity]
    return metrics or [m for m in counted_marks(state) if m.entities[:1] != (doing.entity,)]


def counted_marks(state: State) -> list[Mark]:
    """The entities right beside a how many: 几张小票, how many receipts."""
    out = []
    for op in state.ops("how_many"):
        beside = [next(iter(state.following(op)), None), *([] if op.text.isascii() else [next(iter(state.preceding(op)), None)])]
        out += [m for m in beside if m and m.entities and not m.became and state.close(m, op, 3)][:1]
    return out


def count_unless_measured(state: State, doing: Doing, whoever: bool = False) -> None:
    """Without another metric, how many they are is asked; `whoever`: of all of them, not only of those in the metric's rows."""
    entity = doing.entity
    if state.metrics or measured_beside(state, doing):
        _counted_too(state, entity)
        take_subjects(state, entity)
        return
    if doing.negated and to_be_listed(state, entity):
        return
    own = state.catalog.entity(entity)  # who did not are among all there are, and not among those who did
    undone = doing.negated and (doing.dataset in homes_of(state) or not own.people)
    named = _named_as(state, doing) or _qualified(state, doing)
    among_all = named or (registered(state, entity) if own.people and (undone or whoever) else None)
    kept = among_all or (counting_in(state, own.dataset, entity) if own.dataset and undone and not own.people else None)
    metric = MetricRef(metric=kept) if kept else count_metric(state, entity)
    if metric:
        state.add_metric(metric)
    for mark in state.free(lambda m: entity in m.entities or m.has("how_many") or (m.metrics and counted_entity(state, m.metrics[0]) == entity)):
        before = state.before(mark)
        if not (before and before.has("by", "which")):
            state.take(mark, "count")


def to_be_listed(state: State, entity: str) -> bool:
    """Which products never sold, 从没卖过的商品有哪些: the things themselves are asked for, and not how many they are."""
    own = state.catalog.entity(entity)
    named = any(entity in m.entities for m in state.free())
    asked = state.ops("list", "which")
    return bool(named and asked and own.dataset and not own.people and not state.ops("how_many", "by", "share"))


def _named_as(state: State, doing: Doing) -> str | None:
    """Customers who ordered in both months, targeted households that never redeemed: those that the name itself counts, and not all of the kind."""
    if not doing.negated and doing.anchor.did:
        return next((n for n in doing.anchor.metrics if counted_entity(state, n) == doing.entity), None)
    usual = {*homes_of(state), state.catalog.entity(doing.entity).dataset}
    said = [n for m in state.free(lambda m: m.metrics and not m.became) for n in m.metrics[:1] if counted_entity(state, n) == doing.entity]
    return next((n for n in said if not usual & set(state.catalog.formula(n).homes)), None)


def _qualified(state: State, doing: Doing) -> str | None:
    """Paying customers in H1 who never returned anything: those that the name tells of, and not all there are; the period is theirs."""
    told = [m for m in state.free(lambda m: m.metrics and not m.entities) if tells_which(state.catalog, m, doing.entity)]
    return told[0].metrics[0] if doing.negated and told and not told[0].did else None


def _counted_too(state: State, entity: str) -> None:
    """How many customers, and their spend in Q3; - how many, and their deli spend: those who did it are counted beside the rest."""
    for op in state.ops("how_many"):
        target = next(state.following(op), None)
        named = target is not None and entity in target.entities and state.close(op, target, 3)
        alone = op.text == "how many" and bool(re.match(r" ?(?:,|and\b)", state.text[op.end :]))
        if not op.text.isascii() or not (named or alone) or not re.search(r"(?:,| and) ", state.text[op.end :]):
            continue
        metric = count_metric(state, entity)
        if metric:
            state.add_metric(metric)
            state.take(op, "count")
            if target is not None and named:
                state.take(target, "count")


def take_subjects(state: State, entity: str) -> None:
    for mark in state.free(lambda m: entity in m.entities and not (m.metrics and in_a_list(state, m))):
        before = state.before(mark)
        if not (before and before.has("by", "which")):
            state.take(mark, f"entity:{entity}")


def of_doer(state: State, entity: str) -> None:
    """Counts those who did something, where nothing else of them is asked."""
    count_unless_measured(state, Doing(state.marks[0], home_of(state), entity))
