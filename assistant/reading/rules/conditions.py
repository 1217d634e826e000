"""Thresholds: more than 20 baskets, 销售额超6万, between 10k and 15k. On the rows of the answer, or on an entity of its own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from assistant.reading.marks import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, counts_rows
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, FieldCondition, Group, Having, MetricRef

_OPS = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<=", "exactly": "="}


@dataclass
class _Threshold:
    """A metric compared with a number, and the marks that say so."""

    metric: str
    op: str
    value: float | tuple[float, float]
    first: Mark
    last: Mark


def rule(state: State) -> None:
    """Takes each comparison with a number, and what it is about."""
    found = [t for op in state.ops(*_OPS, "between") if (t := _threshold(state, op))]
    found = [t for t in found if not _of_rows(state, t)]
    if not found:
        return
    head = _head(state, found[0])
    if head and not head.entities and head.end <= found[0].first.start and state.close(head, found[0].first) and not _named_after(state, found[0]):
        _give_back(state, found)
    elif (head and not head.entities) or (head and _is_listed(state, head, found)):
        _keep_rows(state, found, head)
    elif head:
        _keep_entities(state, found, head)
    else:
        for t in found:
            state.add_metric(MetricRef(metric=t.metric))
            state.having.append(Having(by=t.metric, op=t.op, value=t.value))  # type: ignore[arg-type]


def _of_rows(state: State, t: _Threshold) -> bool:
    """Flights delayed by more than 60 minutes, orders over 100k: each row is compared, where the rows themselves are counted."""
    formula = state.catalog.formula(t.metric)
    call = formula.aggregates[0].call
    if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, (exp.Sum, exp.Avg)) or not isinstance(call.this, exp.Column):
        return False
    dataset = call.this.table
    asked = [m for m in state.free() if any(counts_rows(state, name) == dataset for name in m.metrics)]
    asked += [m for m in state.free() if any(state.catalog.entity(e).dataset == dataset for e in m.entities)]
    if not asked:
        return False
    op = "between" if t.op == "between" else t.op
    state.where.append(FieldCondition(field=f"{dataset}.{call.this.name}", op=op, value=t.value))  # type: ignore[arg-type]
    if not state.metrics and (metric := counting_in(state, dataset, None)) and not any(m.metrics for m in asked):
        state.add_metric(MetricRef(metric=metric))
        for mark in [asked[0], *state.ops("how_many")]:
            state.take(mark, f"metric:{metric}")
    return True


def _named_after(state: State, t: _Threshold) -> bool:
    """Whether the metric follows its number: more than 30k in sales."""
    return any(m.became == f"threshold:{t.metric}" and m.metrics and m.number is None and m.end == t.last.end for m in state.marks)


def _give_back(state: State, found: list[_Threshold]) -> None:
    """Income under 35k: a band is compared, which no threshold on a metric says; the words stay unexplained."""
    for mark in state.marks:
        if mark.became.startswith("threshold:") and any(t.first.start <= mark.start <= t.last.start for t in found):
            mark.became = ""


def _threshold(state: State, op: Mark) -> _Threshold | None:
    name = next((o for o in ("between", *_OPS) if op.has(o)), "")
    numbers = _numbers(state, op, 2 if name == "between" else 1)
    if not numbers:
        return None
    metric, extra = _subject(state, op, numbers)
    if metric is None:
        return None
    values = [m.number.value for m in numbers if m.number]
    if _is_percent_metric(state, metric) and all(v > 1 for v in values):
        values = [v / 100 for v in values]
    marks = sorted([op, *numbers, *extra], key=lambda m: m.start)
    for mark in marks:
        state.take(mark, f"threshold:{metric}")
    value = (values[0], values[1]) if name == "between" else values[0]
    return _Threshold(metric, "between" if name == "between" else _OPS[name], value, marks[0], marks[-1])


def _is_percent_metric(state: State, metric: str) -> bool:
    return state.catalog.metric(metric).format == "percent"


def _numbers(state: State, op: Mark, count: int) -> list[Mark]:
    """The numbers of a comparison: before a suffix, otherwise after it (between: around it)."""
    around = [m for m in state.free(lambda m: m.number and not m.time) if abs(m.start - op.end) < 25 or abs(op.start - m.end) < 25]
    if count == 2:
        before = [m for m in around if m.end <= op.start][-2:]
        after = [m for m in around if m.start >= op.end][:2]
        return after if len(after) == 2 else before if len(before) == 2 else []
    behind = next((m for m in state.marks if m.start >= op.end and not m.filler), None)
    suffix = op.has("at_least", "at_most") and not (behind and behind.number and behind.start - op.end <= 3)
    side = [m for m in around if (m.end <= op.start if suffix else m.start >= op.end)]
    near = (side[-1:] if suffix else side[:1]) if side else []
    return [m for m in near if _between_is_light(state, m, op)]


def _between_is_light(state: State, a: Mark, b: Mark) -> bool:
    first, second = sorted((a, b), key=lambda m: m.start)
    return all(m.filler or m.counters for m in state.marks if first.end <= m.start and m.end <= second.start)


def _subject(state: State, op: Mark, numbers: list[Mark]) -> tuple[str | None, list[Mark]]:
    """The metric that is compared: counted right after the number, else the nearest one before, else after."""
    last = max([op, *numbers], key=lambda m: m.end)
    number = numbers[-1]
    counter = next((m for m in state.marks if m.start >= number.end and (m.counters or not m.filler)), None)
    named = _named_before(state, min([op, *numbers], key=lambda m: m.start))
    if named and counter and counter.counters and state.default_metric() in counter.counters:
        return named.metrics[0], [named, counter]
    if counter and counter.counters and counter.start - number.end <= 1 and not counter.became:
        return _of_verb(state, counter, counter.counters[0]), [counter]
    after = next((m for m in state.following(last) if not m.became), None)
    if after and after.metrics and state.same_clause(last, after) and op.text.isascii():
        return after.metrics[0], [after]
    sides = [state.before(min([op, *numbers], key=lambda m: m.start)), after]
    nearby = [m for m in (sides[::-1] if op.text.isascii() else sides) if m and not m.became and m.entities and not m.metrics]
    before = next((m for m in state.preceding(min([op, *numbers], key=lambda m: m.start)) if not m.became and (m.metrics or m.unknown)), None)
    if before and before.metrics:
        return before.metrics[0], [before]
    if after and after.metrics:
        return after.metrics[0], [after]
    counted = [
        (m, c.metric)
        for m in nearby
        if (c := count_metric(state, m.entities[0])) and c.metric and (state.close(m, number, 3) or state.close(m, op, 3))
    ]
    if counted:
        return counted[0][1], [counted[0][0]]
    return None, []


def _named_before(state: State, first: Mark) -> Mark | None:
    """The metric named right before the comparison: 客单价高于30块 compares it, and not the money."""
    before = state.before(first)
    return before if before and before.metrics and not before.became else None


def _of_verb(state: State, counter: Mark, metric: str) -> str:
    """Targeted more than 200 households: what is counted is counted where the verb's rows are."""
    home = state.catalog.formula(state.default_metric()).homes[0]
    verb = next((m for m in state.free(lambda m: m.verbs and home not in m.verbs) if m.start < counter.start), None)
    entity = counted_entity(state, metric)
    if verb is None or entity is None:
        return metric
    found = counting_in(state, verb.verbs[0], entity)
    if found:
        state.take(verb, f"metric:{found}")
    return found or metric


def _head(state: State, t: _Threshold) -> Mark | None:
    """Whose metric is compared: the nearest entity or field, before an English condition, after a Chinese one."""
    english = t.first.text.isascii() and t.last.text.isascii()
    candidates = state.free(lambda m: m.groupable or (m.metrics and counted_entity(state, m.metrics[0])))
    for mark in candidates:
        if not mark.groupable:
            mark.entities = (counted_entity(state, mark.metrics[0]) or "",)
            mark.counted = True
    before = [m for m in candidates if m.end <= t.first.start]
    after = [m for m in candidates if m.start >= t.last.end]
    order = (before[::-1], after) if english else (after, before[::-1])
    return next((m for side in order for m in side), None)


def _is_listed(state: State, head: Mark, found: list[_Threshold]) -> bool:
    """Whether the entities themselves are asked for, and not how many they are or what else they do."""
    metrics = {t.metric for t in found}
    others = [m for m in state.free(lambda m: m.metrics and m is not head) if m.metrics[0] not in metrics]
    counted = bool(state.ops("how_many")) or head.counted
    if state.ops("top", "bottom"):
        return not counted
    return (not counted and not others and not state.free(lambda m: m.verbs)) or bool(state.ops("which", "list") and not counted and not others)


def _keep_rows(state: State, found: list[_Threshold], head: Mark) -> None:
    state.take(head, f"group:{head.groupable}")
    state.add_group(Group(field=head.groupable))
    for op in state.ops("which", "list"):
        state.take(op, "group")
    ranked = bool(state.ops("top", "bottom"))
    for t in found:
        ref = MetricRef(metric=t.metric)
        if not ranked:
            state.add_metric(ref)
        state.having.append(Having(by=t.metric, op=t.op, value=t.value))  # type: ignore[arg-type]


def _keep_entities(state: State, found: list[_Threshold], head: Mark) -> None:
    entity = head.entities[0]
    for t in found:
        state.where.append(EntityCondition(entity=entity, metric=MetricRef(metric=t.metric), op=t.op, value=t.value))  # type: ignore[arg-type]
    others = state.free(lambda m: m.metrics and m is not head)
    if not others:
        metric = count_metric(state, entity)
        if metric:
            state.add_metric(metric)
    state.take(head, f"entity:{entity}")
    for op in state.ops("how_many"):
        state.take(op, "count")
