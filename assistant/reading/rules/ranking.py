"""Top and bottom: of the answer's rows, within each of a group, or as a condition on entities."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from assistant.reading.marks import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, EntityCondition, Group, MetricRef, Order, SemanticQuery

DEFAULT_LIMIT = 10
_EACH = ("each", "at each", "in each", "for each", "of each", "every", "per")
_UNRANKED = (
    "排名", "排行", "排行榜", "排序", "排个名", "排名次",
    "从高到低", "由高到低", "从多到少", "从大到小", "从低到高", "由低到高", "从少到多", "从小到大",
    "最高的在前", "最多的在前", "最大的在前", "最低的在前", "最少的在前", "最小的在前",
    "rank", "ranked", "ranking", "highest first", "largest first", "most first", "worst first", "lowest first", "smallest first",
    "high to low", "low to high",
)  # fmt: skip
_OFTEN = ("most common", "least common", "最常见", "最罕见")
# These mean a ranking only beside a number.
_NEEDS_NUMBER = ("前", "后", "minimum", "maximum")


def rule(state: State) -> None:
    """Takes one ranking: its direction, number, head and metric."""
    op = _operator(state)
    if op is None:
        _extreme(state, next(iter(state.ops("maximum", "minimum")), None))
        return
    if _extreme_of_each(state, op):
        return
    number = _number(state, op)
    if op.text in _NEEDS_NUMBER and number is None:
        return
    grain = _unit_after(state, number) if number else None
    head = None if grain or _asks_when(state) else _head(state, op, number)
    if head is None and grain is None and not state.groups and not op.has("judge"):
        if number:
            number.became = ""
        else:
            _extreme(state, op)
        return
    metric = _metric(state, op, head)
    if op.has("judge"):
        if metric is None and state.free(lambda m: m.unknown):
            return
        if metric is None:
            _ask_measure(state, op, head)
        desc = not op.has("judge_bad")
    else:
        desc = op.has("top", "growth_top") and not (state.compare and state.ops("decline"))
    state.take(op, "order")
    for other in state.ops("top", "bottom", "growth", "decline", "growth_top", "decline_top", "judge"):
        if other.text in _UNRANKED and op.text in _UNRANKED:
            desc = other.has("top")
        elif not state.same_clause(op, other) and other.has("top", "bottom"):
            continue
        state.take(other, "order")
    _finish(state, op, number, head, metric, desc)


def _extreme_of_each(state: State, op: Mark) -> bool:
    """The highest temperature at each airport ranks nothing: it is the greatest value of each. Left unexplained where there is none."""
    metric = next((m for m in state.following(op) if m.metrics), None)
    each = next((m for m in state.following(metric, skip=lambda m: False) if m.text in _EACH), None) if metric else None
    if metric is None or each is None or not state.close(op, metric, gap=1) or op.has("judge") or state.ops("which"):
        return False
    _extreme(state, op)
    return True


def _extreme(state: State, op: Mark | None) -> None:
    """The highest temperature, 最大风速: the greatest value of what is otherwise averaged, where the two words stand together."""
    metric = next(state.following(op), None) if op else None
    if op is None or metric is None or not metric.metrics or metric.became or not state.close(op, metric, gap=1) or state.ops("average"):
        return
    call = state.catalog.formula(metric.metrics[0]).aggregates[0].call
    if isinstance(call, exp.Avg) and isinstance(call.this, exp.Column):
        state.add_metric(MetricRef(agg="max" if op.has("top", "maximum") else "min", field=f"{call.this.table}.{call.this.name}"))
        state.take(metric, f"metric:{metric.metrics[0]}")
        state.take(op, "extreme")


def _operator(state: State) -> Mark | None:
    """The word that ranks: a clear one first, a judgement last; "growth" alone ranks only beside a top word."""
    for names in (("growth_top", "decline_top"), ("top", "bottom"), ("judge",)):
        found = [m for m in state.ops(*names) if not (m.has("neutral") and _measured(state))]
        usable = [m for m in found if m.text not in _NEEDS_NUMBER or _number(state, m, take=False) is not None]
        if usable:
            return usable[0]
    return None


def _measured(state: State) -> bool:
    """Whether a measure is named, so that "how do they perform" asks for it and ranks nothing."""
    return bool(state.metrics or state.free(lambda m: m.metrics))


def _number(state: State, op: Mark, take: bool = True) -> Mark | None:
    """How many: right beside the word, or right before what is ranked."""
    near = state.free(lambda m: m.number and not m.time and m.number.value >= 1 and float(m.number.value).is_integer())
    near = [m for m in near if state.close(m, op, gap=2)] or [m for m in near if _before_head(state, m)]
    if near and take:
        state.take(near[0], "limit")
    return near[0] if near else None


def _before_head(state: State, number: Mark) -> bool:
    after = state.after(number)
    unit = next((m for m in state.following(number, skip=lambda m: False) if m.start - number.end <= 1), None)
    if unit and not unit.became and unit.text in _UNITS:
        return True
    return bool(
        after
        and (
            after.groupable
            or after.counters
            or after.has("top", "bottom", "growth_top", "decline_top")
            or (after.time and after.time.kind in ("grain", "cyclic"))
        )
    )


def _head(state: State, op: Mark, number: Mark | None) -> Mark | None:
    """What is ranked: the name after the number, after the word, after which, or before the word."""

    def can_be(m: Mark) -> bool:
        return bool(m.groupable) and not (m.metrics and m.metrics[0] not in _count_metrics(state, m))

    each = [t for e in state.ops("by") for t in [state.after(e)] if t and t.groupable]
    asked = [t for w in state.ops("which") for t in [state.after(w)] if t and t.groupable and not t.became]
    if asked and number is None:
        return asked[0]
    behind = [m for m in state.preceding(op) if not m.became and can_be(m) and m not in each and state.same_clause(m, op)]
    if number is None and op.text.isascii() and behind:
        return behind[0]
    starts = [number] if number else []
    for start in [*starts, op]:
        for m in state.following(start):
            if m.became or not state.same_clause(start, m):
                continue
            if can_be(m) and m not in each:
                return m
            if m.counters and start is number and _entity_of_counter(state, m):
                return m
            if m.metrics:
                break
    behind = [m for m in state.preceding(op) if not m.became and can_be(m) and m not in each]
    everywhere = [m for m in state.free(can_be) if m not in each and m.fields and not m.metrics]
    return next(iter([*asked, *behind, *everywhere, *each]), None)


def _entity_of_counter(state: State, mark: Mark) -> bool:
    """The top 20 户: a counter stands for the entity it counts."""
    entity = counted_entity(state, mark.counters[0])
    if entity:
        mark.entities = (entity,)
    return entity is not None


def _count_metrics(state: State, mark: Mark) -> set[str]:
    """The metrics that count what the mark stands for: an entity, or the names of its rows."""
    owners = {f.split(".")[0] for f in mark.fields}
    entities = [*mark.entities, *(e for e, spec in state.catalog.spec.entities.items() if spec.dataset in owners)]
    return {m.metric for e in entities if (m := count_metric(state, e)) and m.metric}


def _metric(state: State, op: Mark, head: Mark | None) -> str | None:
    """The metric that ranks: after "by", else the nearest."""
    after_by = [m for b in state.ops("by") if b.text != "per" for m in [state.after(b)] if m and m.metrics and not m.became and m is not head]
    if after_by:
        for b in state.ops("by"):
            if state.after(b) is after_by[0]:
                state.take(b, "order")
        chosen: Mark | None = after_by[0]
    else:
        chosen = state.nearest(op, lambda m: m.metrics and m is not head, forward_first=op.text.isascii())
    if chosen is None or (chosen is not None and not chosen.metrics):
        return _counted_beside(state, op, head)
    state.take(chosen, f"metric:{chosen.metrics[0]}")
    return chosen.metrics[0]


def _counted_beside(state: State, op: Mark, head: Mark | None) -> str | None:
    """The stores with the most receipts, 小票最多: what stands right beside the word is counted."""
    beside = state.after(op) if op.text.isascii() else next((m for m in state.preceding(op)), None)
    if beside is None or beside is head or beside.became or not beside.entities or not state.close(beside, op):
        return None
    metric = count_metric(state, beside.entities[0])
    if metric is None or metric.metric is None:
        return None
    state.take(beside, f"metric:{metric.metric}")
    return metric.metric


def _ask_measure(state: State, op: Mark, head: Mark | None) -> None:
    """Best and worst without a measure is asked back, with a ranking by each likely one."""
    choices = []
    if head is not None:
        worst = op.has("judge_bad")
        for name in _likely(state, head):
            choices.append(
                SemanticQuery(
                    metrics=(MetricRef(metric=name),),
                    group_by=(Group(field=head.groupable),),
                    time=state.time,
                    where=tuple(state.where),
                    order_by=(Order(by=name, desc=not worst),),
                    limit=DEFAULT_LIMIT,
                )
            )
    raise AskBack(Text(zh=f"“{op.text}”按什么衡量？", en=f'"{op.text}" by which measure?'), tuple(choices), (op.text,))


def _likely(state: State, head: Mark) -> list[str]:
    """Metrics that can be split by the head: the default one, then others of its kind."""
    names = [state.default_metric(), *state.catalog.spec.metrics]
    reach = [n for n in dict.fromkeys(names) if all(state.reaches(h, head.groupable) for h in state.catalog.formula(n).homes)]
    ratios = [n for n in reach if state.catalog.formula(n).kind == "ratio"]
    plain = [n for n in reach if n not in ratios]
    return [*plain[:1], *[n for n in plain[1:] if state.catalog.formula(n).kind == "distinct"][:1], *ratios[:2]][:4]


def _asks_when(state: State) -> bool:
    """Which month, which weekday, what hour: the time group itself is ranked."""
    return any(m.time and (m.time.note == "which" or m.time.kind == "cyclic") and m.became.startswith("group:") for m in state.marks)


_UNITS = {
    "months": "month",
    "month": "month",
    "weeks": "week",
    "week": "week",
    "days": "day",
    "day": "day",
    "quarters": "quarter",
    "个月": "month",
    "月份": "month",
    "周": "week",
    "天": "day",
    "季度": "quarter",
    "月": "month",
}


def _unit_after(state: State, number: Mark) -> str | None:
    """The 3 months with ...: a bare unit of time is what is ranked."""
    mark = next((m for m in state.following(number, skip=lambda m: False) if m.start - number.end <= 1), None)
    grain = _UNITS.get(mark.text) if mark and not mark.became else None
    if mark and grain:
        state.take(mark, f"group:{grain}")
        state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
    return grain


def _finish(state: State, op: Mark, number: Mark | None, head: Mark | None, metric: str | None, desc: bool) -> None:
    name = metric or state.default_metric()
    if metric is None and not state.metrics and head is not None and (op.text in _OFTEN or not _reached(state, head)):
        name = _rows_of(state, head) or name
    if metric is None and not state.metrics:
        state.assume(f"未说明指标，按{state.catalog.metric(name).label.zh}", f"no measure was named: by {state.catalog.metric(name).label.en}")
    elif metric is None:
        name = state.metrics[0].name
    limit = int(number.number.value) if number and number.number else None
    if head is not None and head.entities and _is_condition(state, op, head, limit):
        _as_condition(state, head, name, limit or DEFAULT_LIMIT, desc, number)
        return
    if head is not None:
        state.add_group(Group(field=head.groupable))
        state.take(head, f"group:{head.groupable}")
    ref = state.add_metric(MetricRef(metric=name)) if not any(m.name == name for m in state.metrics) else MetricRef(metric=name)
    if not state.groups and head is None:
        return
    if state.metrics and state.metrics[0].name != ref.name:
        state.metrics.sort(key=lambda m: m.name != ref.name)
    state.order.append(Order(by=ref.name, desc=desc, side=_side(state)))
    state.limit = limit or _implied_limit(state, op, head)
    _per_group(state, head)


def _reached(state: State, head: Mark) -> bool:
    return all(state.reaches(h, head.groupable) for h in state.homes())


def _rows_of(state: State, head: Mark) -> str | None:
    """The metric that counts the rows of what is ranked: the most common models are those of most planes."""
    return counting_in(state, head.fields[0].split(".")[0], None) if head.fields else None


def _side(state: State) -> Literal["value", "growth", "difference", "share"]:
    if state.compare:
        grown = any(m.became == "order" and m.has("growth", "decline", "growth_top", "decline_top") for m in state.marks)
        amount = [m for m in state.marks if m.has("by_amount")] or _in_money(state)
        if grown and amount:
            for mark in state.ops("by_amount"):
                state.take(mark, "order")
            return "difference"
        return "growth" if grown else "value"
    return "value"


def _in_money(state: State) -> bool:
    """Dollars gained, 掉钱最多: what counts the metric stands with the word of change."""
    changed = [m for m in state.marks if m.became == "order" and m.has("growth", "decline", "growth_top", "decline_top")]
    if any("钱" in m.text for m in changed):
        return True
    money = state.default_metric()
    counters = [m for m in state.marks if money in m.counters and not m.became.startswith("metric:") and any(state.close(m, c) for c in changed)]
    for mark in counters:
        state.take(mark, "order")
    return bool(counters)


def _implied_limit(state: State, op: Mark, head: Mark | None) -> int | None:
    """Without a number: one for "which one", all for a ranking, ten for a plain top."""
    if op.text in _UNRANKED:
        return None
    english = head is not None and head.text.isascii()
    plural = english and head is not None and head.text.endswith("s")
    if any(m.text in ("哪些", "哪几个", "哪几家", "哪几") for m in state.marks) or plural or (op.text == "top" and not english):
        return DEFAULT_LIMIT
    return 1


def _per_group(state: State, head: Mark | None) -> None:
    """Each X beside a ranked Y: the best of Y within each X."""
    ranked = head.groupable if head else ""
    for op in state.ops("by"):
        target = state.after(op)
        if target and not target.became and target.groupable and target.groupable != ranked:
            group = state.add_group(Group(field=target.groupable))
            state.take(target, f"group:{target.groupable}")
            state.take(op, "group")
            state.limit_per.append(group.name)
    for group in state.groups:
        if group.field != ranked and group.name not in state.limit_per and ranked and (group.field == TIME or _told_apart(state, group)):
            state.limit_per.append(group.name)
    if state.limit is None:
        state.limit_per.clear()


def _told_apart(state: State, group: Group) -> bool:
    """Whether several values of this field were named, so that each has its own ranking."""
    return any(getattr(c, "field", None) == group.field and getattr(c, "op", "") == "in" for c in state.where)


def _is_condition(state: State, op: Mark, head: Mark, limit: int | None) -> bool:
    """The top 100 customers as a filter: something else is asked of them."""
    if limit is None or op.has("judge"):
        return False
    others = state.free(lambda m: m.metrics and m is not head)
    split = [t for b in state.ops("by") for t in [state.after(b)] if t and t.groupable and t is not head and t.start > head.end]
    return bool(state.ops("total") or (limit >= 20 and (split or (others and not state.order))))


def _as_condition(state: State, head: Mark, metric: str, limit: int, desc: bool, number: Mark | None) -> None:
    percent = bool(number and number.number and number.number.kind == "percent")
    side = {"top": float(limit)} if desc else {"bottom": float(limit)}
    state.where.append(EntityCondition(entity=head.entities[0], metric=MetricRef(metric=metric), percent=percent, **side))  # type: ignore[arg-type]
    state.take(head, f"entity:{head.entities[0]}")
    if not state.free(lambda m: m.metrics):
        state.add_metric(MetricRef(metric=metric))
