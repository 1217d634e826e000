"""Top and bottom: of the answer's rows, within each of a group, or as a condition on entities.

A ranking is a word that ranks, a number, a head (what is ranked) and a measure. They may stand in any order; what
stands together decides only where several could be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from assistant.reading.marks import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, EntityCondition, FieldCondition, Group, MetricRef, Order, SemanticQuery

DEFAULT_LIMIT = 10
_RANKS = ("top", "bottom", "growth_top", "decline_top", "judge")
_CHANGES = ("growth", "decline", "growth_top", "decline_top")
_EACH = ("each", "at each", "in each", "for each", "of each", "every", "per")
# These sort and cut nothing off.
_SORTS = (
    "排名", "排行", "排行榜", "排序", "排个名", "排名次", "排座次", "排个座次", "排位次", "排个位次", "排个高低", "分个高低",
    "从高到低", "由高到低", "从多到少", "从大到小", "从低到高", "由低到高", "从少到多", "从小到大",
    "最高的在前", "最多的在前", "最大的在前", "最低的在前", "最少的在前", "最小的在前",
    "rank", "ranked", "ranking", "highest first", "largest first", "most first", "worst first", "lowest first", "smallest first",
    "high to low", "low to high",
)  # fmt: skip
_OFTEN = ("most common", "least common", "最常见", "最罕见")
# These mean a ranking only beside a number.
_NEEDS_NUMBER = ("前", "后", "minimum", "maximum")
_JOINED = re.compile(r"\s*(?:,|、|&|和|与|以及|及|,?\s*and|,?\s*with|带上)\s*(?:their|its|the|各自的?|其|他们的|它们的)?\s*")


_HOW_MUCH = re.compile(r"\bhow much (?:did|do|does|of|came|money did)\b")


@dataclass
class _Rank:
    """The parts of a ranking."""

    word: Mark
    desc: bool
    number: Mark | None = None
    head: Mark | None = None
    grain: str = ""
    metric: str | None = None


def rule(state: State) -> None:
    """Takes one ranking."""
    word = _word(state)
    if word is None:
        _extreme(state, next(iter(state.ops("maximum", "minimum")), None))
        return
    if _extreme_of_each(state, word):
        return
    rank = _Rank(word, _descends(state, word), _number(state, word))
    if word.text in _NEEDS_NUMBER and rank.number is None:
        return
    if _single_best(state, word):
        return
    rank.grain = _time_head(state, word, rank.number)
    rank.head = None if rank.grain or _asks_when(state) else _head(state, rank)
    if rank.head is None and not rank.grain and not state.groups and not word.has("judge"):
        if rank.number is None:
            _extreme(state, word)
        return
    if not _measure(state, rank):
        return
    _take_words(state, rank)
    _apply(state, rank)


# -- the word and its number --------------------------------------------------------------------------------------


def _word(state: State) -> Mark | None:
    """The word that ranks: of growth first, then a clear one, one that sorts, a judgement last."""
    for names in (("growth_top", "decline_top"), ("top", "bottom"), ("judge",)):
        found = [m for m in state.ops(*names) if not (m.has("neutral") and _measured(state))]
        found = [m for m in found if m.text not in _NEEDS_NUMBER or _beside(state, m) is not None]
        if found:
            return min(found, key=lambda m: (m.text in _SORTS, m.start))
    return None


def _measured(state: State) -> bool:
    """Whether a measure is named, so that "how do they perform" asks for it and ranks nothing."""
    return bool(state.metrics or state.free(lambda m: m.metrics))


def _descends(state: State, word: Mark) -> bool:
    if word.has("judge") and not word.has("top", "bottom"):
        return word.has("judge_bad") == _less_is_better(state)
    if word.text in _SORTS:
        sorts = [m for m in state.ops("top", "bottom") if m.text in _SORTS]
        return sorts[-1].has("top")
    if any(state.close(m, word, gap=2) for m in state.ops("judge_bad")):
        return False  # 最拉胯, the poorest performing
    return word.has("top", "growth_top") and not (state.compare and not word.has("growth_top") and state.ops("decline"))


def _less_is_better(state: State) -> bool:
    """Whether the measure that is named is better the lower it is: the worst delay is the longest."""
    named = [m.metric for m in state.metrics if m.metric] or [n for m in state.free(lambda m: m.metrics) for n in m.metrics[:1]]
    return bool(named) and state.catalog.metric(named[0]).good == "down"


def _numbers(state: State) -> list[Mark]:
    return state.free(lambda m: m.number and not m.time and m.number.value >= 1 and float(m.number.value).is_integer() and m.number.kind != "ordinal")


def _beside(state: State, word: Mark) -> Mark | None:
    """The number right beside a word that ranks."""
    return next((m for m in _numbers(state) if state.close(m, word, gap=2)), None)


def _number(state: State, word: Mark) -> Mark | None:
    """How many: right beside a word that ranks, right before what can be ranked, or the only number left."""
    words = [word, *(m for m in state.ops(*_RANKS) if m is not word)]
    found = next((n for w in words if (n := _beside(state, w))), None)
    found = found or next((m for m in _numbers(state) if _before_head(state, m)), None)
    left = _numbers(state)
    return found or (left[0] if len(left) == 1 and left[0].number and left[0].number.value > 1 and left[0].number.value <= 1_000 else None)


def _before_head(state: State, number: Mark) -> bool:
    after = state.after(number)
    unit = next((m for m in state.following(number, skip=lambda m: False) if m.start - number.end <= 1), None)
    if unit and not unit.became and unit.text in _UNITS:
        return True
    return bool(after and (after.groupable or after.counters or after.has(*_RANKS) or (after.time and after.time.kind in ("grain", "cyclic"))))


def _take_words(state: State, rank: _Rank) -> None:
    """The ranking's own words, and every other word that says the same once more (the winner, busiest = most)."""
    state.take(rank.word, "order")
    if rank.number:
        state.take(rank.number, "limit")
    for other in state.ops(*_RANKS, "growth", "decline"):
        ranked = other.has("top", "bottom", "growth_top", "decline_top")
        same = other.text in _SORTS or not ranked or other.has("top", "growth_top") == rank.word.has("top", "growth_top", "judge")
        if same or state.same_clause(rank.word, other):
            state.take(other, "order")
    for single in state.ops("single"):
        if state.close(single, rank.word, gap=2):
            state.take(single, "limit")


# -- the head -----------------------------------------------------------------------------------------------------


def _head(state: State, rank: _Rank) -> Mark | None:
    """What is ranked: asked for with which, right after the number or the word, before it, or anywhere."""
    word, number = rank.word, rank.number
    each = [t for e in state.ops("by") for t in [state.after(e)] if t and t.groupable]
    asked = [t for w in state.ops("which") for t in [_after_which(state, w)] if t and _can_be_head(state, t)]
    if asked:
        return asked[0]
    if number is None and word.text.isascii():
        behind = [m for m in state.preceding(word) if not m.became and _can_be_head(state, m) and m not in each and state.same_clause(m, word)]
        if behind:
            return behind[0]
    for start in [*([number] if number else []), word, *(m for m in state.ops("top", "bottom") if m.text in _SORTS)]:
        found = _right_after(state, start, each, number)
        if found:
            return found
    free = [m for m in state.free(lambda m: _can_be_head(state, m)) if m not in each]
    behind = [m for m in reversed(free) if m.end <= word.start]
    fields = [m for m in free if m.fields and not m.metrics]
    return next(iter([*fields, *behind, *free, *each]), None)


def _after_which(state: State, op: Mark) -> Mark | None:
    """Which 3 income bands: the name after which, past a number."""
    for mark in state.following(op):
        if not state.same_clause(op, mark):
            return None
        if mark.number or mark.has(*_RANKS):
            continue
        return None if mark.became else mark
    return None


def _right_after(state: State, start: Mark, each: list[Mark], number: Mark | None) -> Mark | None:
    for mark in state.following(start):
        if mark.became or not state.same_clause(start, mark):
            continue
        if _can_be_head(state, mark) and mark not in each:
            return mark
        if mark.counters and start is number and (entity := counted_entity(state, mark.counters[0])):
            mark.entities = (entity,)
            return mark
        if mark.metrics:
            return None
    return None


def _can_be_head(state: State, mark: Mark) -> bool:
    """A name whose metrics, if it has some, only count it: customers, SKUs."""
    if mark.groupable:
        return not (mark.metrics and mark.metrics[0] not in _count_metrics(state, mark))
    entity = counted_entity(state, mark.metrics[0]) if mark.metrics else None
    if entity and any(n.lower() == mark.text for spec in [state.catalog.entity(entity)] for n in (*spec.names(), *(f"{n}s" for n in spec.names()))):
        mark.entities = (entity,)
        return True
    return False


def _count_metrics(state: State, mark: Mark) -> set[str]:
    """The metrics that count what the mark stands for: an entity, or the names of its rows."""
    owners = {f.split(".")[0] for f in mark.fields}
    entities = [*mark.entities, *(e for e, spec in state.catalog.spec.entities.items() if spec.dataset in owners)]
    return {n for n in state.catalog.spec.metrics if counted_entity(state, n) in entities}


_UNITS = {
    "months": "month", "month": "month", "weeks": "week", "week": "week", "days": "day", "day": "day", "quarters": "quarter", "quarter": "quarter",
    "hours of the day": "hour_of_day", "hours": "hour_of_day", "hour": "hour_of_day", "days of the week": "day_of_week", "weekdays": "day_of_week",
    "个月": "month", "月份": "month", "月": "month", "周": "week", "天": "day", "日子": "day", "季度": "quarter", "季": "quarter",
    "小时": "hour_of_day", "个小时": "hour_of_day", "钟头": "hour_of_day", "个钟头": "hour_of_day", "时段": "hour_of_day",
}  # fmt: skip


def _time_head(state: State, word: Mark, number: Mark | None) -> str:
    """The 3 months with the most, 最忙的3个小时: a bare unit of time that is ranked, as a group of the answer."""
    starts = [m for m in (number, word, *state.ops("which")) if m]
    for start in starts:
        mark = next((m for m in state.following(start, skip=lambda m: m.text in ("个", "的", "of", "the") or m.has(*_RANKS))), None)
        near = mark is not None and mark.start - start.end <= 6 and not mark.became and not mark.groupable
        if mark and near and mark.text in _UNITS:
            grain = _UNITS[mark.text]
            state.take(mark, f"group:{grain}")
            for rest in state.marks[state.marks.index(mark) + 1 :][:3]:
                if rest.filler or rest.text in ("day", "week"):
                    state.take(rest, f"group:{grain}") if rest.text in ("day", "week") else None
                else:
                    break
            state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
            return grain
    return ""


def _single_best(state: State, word: Mark) -> bool:
    """Our single biggest day's takings: the greatest value of a day, not the day that has it."""
    if _best_of_any(state, word):
        return True
    single = next((m for m in state.ops("single") if state.close(m, word, gap=2)), None)
    unit = next(iter(state.following(word)), None)
    if single is None or unit is None or _UNITS.get(unit.text) not in ("day", "week", "month", "quarter") or state.ops("which"):
        return False
    metric = state.nearest(word, lambda m: m.metrics)
    name = metric.metrics[0] if metric else state.default_metric()
    state.add_metric(MetricRef(metric=name, agg="max" if word.has("top") else "min", over=_UNITS[unit.text]))
    for mark in (single, word, unit, *([metric] if metric else [])):
        state.take(mark, "extreme")
    return True


def _best_of_any(state: State, word: Mark) -> bool:
    """The most trips any single household made: the greatest value of one entity, not the entity that has it."""
    for single in [*state.ops("single"), *state.free(lambda m: m.text in ("any one", "any", "one"))]:
        owner = next(iter(state.following(single)), None)
        if owner is None or not owner.entities or not state.close(single, owner, 2) or state.ops("which") or owner.start < word.start:
            continue
        asked = next((m for m in state.following(word) if m is not owner and (m.metrics or m.entities) and m.start < owner.start), None)
        counted = count_metric(state, asked.entities[0]) if asked and asked.entities and not asked.metrics else None
        name = asked.metrics[0] if asked and asked.metrics else counted.metric if counted and counted.metric else state.default_metric()
        state.add_metric(MetricRef(metric=name, agg="max" if word.has("top") else "min", over=owner.entities[0]))
        for mark in (single, word, owner, *([asked] if asked else [])):
            state.take(mark, "extreme")
        return True
    return False


def _asks_when(state: State) -> bool:
    """Which month, which weekday, what hour: the time group itself is ranked."""
    return any(m.time and (m.time.note == "which" or m.time.kind == "cyclic") and m.became.startswith("group:") for m in state.marks)


# -- the measure --------------------------------------------------------------------------------------------------


def _measure(state: State, rank: _Rank) -> bool:
    """Finds what ranks; asks back for a judgement without one. False where the ranking is not understood."""
    rank.metric = _metric(state, rank)
    judged = [m for m in (rank.word, *state.ops("judge")) if m.has("judge") and not m.has("top", "bottom", "neutral")]
    if judged:
        if rank.metric is None and state.free(lambda m: m.unknown and not m.filler and m.text.isascii() and len(m.text) > 2):
            return False
        named = any(m.became.startswith("metric:") and not m.entities for m in state.marks)
        if rank.metric is None and not named:
            _ask_measure(state, rank)
    return True


def _metric(state: State, rank: _Rank) -> str | None:
    """The metric that ranks: after "by", what stands beside the word, else the nearest."""
    word, head = rank.word, rank.head
    for by in [*state.ops("by"), *(m for m in state.marks if m.text in ("on", "for") and head is not None and m.start == head.end + 1)]:
        after = state.after(by)
        if by.text != "per" and after and after is not head and not after.became:
            name = after.metrics[0] if after.metrics else _counted(state, after, head)
            if name:
                state.take(by, "order")
                state.take(after, f"metric:{name}")
                return name
    judged = word.has("judge") and not word.has("top", "bottom")
    beside = None if judged else _counted_beside(state, word, head)
    if beside:
        return beside
    chosen = state.nearest(word, lambda m: m.metrics and m is not head and not (judged and m.entities), forward_first=word.text.isascii())
    if chosen is None or not chosen.metrics:
        return None
    state.take(chosen, f"metric:{chosen.metrics[0]}")
    return chosen.metrics[0]


def _counted_beside(state: State, word: Mark, head: Mark | None) -> str | None:
    """The stores with the most receipts, 小票最多: what stands right beside the word is counted."""
    beside = state.after(word) if word.text.isascii() else next(iter(state.preceding(word)), None)
    if beside is None or beside is head or beside.became or not state.close(beside, word, 3):
        return None
    name = None if beside.metrics else _counted(state, beside, head)
    if name:
        state.take(beside, f"metric:{name}")
    return name


def _counted(state: State, mark: Mark, head: Mark | None) -> str | None:
    """The metric that counts an entity, or what a counter counts."""
    if mark is head:
        return None
    if mark.entities and (counted := count_metric(state, mark.entities[0])):
        return counted.metric
    return mark.counters[0] if mark.counters else None


def _ask_measure(state: State, rank: _Rank) -> None:
    """Best and worst without a measure is asked back, with a ranking by each likely one."""
    word = rank.word
    head = rank.head or next((m for m in state.marks if m.groupable and m.became in ("count", "said", "subject")), None)
    choices = []
    if head is not None:
        for name in _likely(state, head):
            choices.append(
                SemanticQuery(
                    metrics=(MetricRef(metric=name),),
                    group_by=(Group(field=head.groupable),),
                    time=state.time,
                    where=tuple(state.where),
                    order_by=(Order(by=name, desc=rank.desc),),
                    limit=DEFAULT_LIMIT,
                )
            )
    raise AskBack(Text(zh=f"“{word.text}”按什么衡量？", en=f'"{word.text}" by which measure?'), tuple(choices), (word.text,))


def _likely(state: State, head: Mark) -> list[str]:
    """Metrics that can be split by the head: the default one, then others of its kind."""
    names = [state.default_metric(), *state.catalog.spec.metrics]
    reach = [n for n in dict.fromkeys(names) if all(state.reaches(h, head.groupable) for h in state.catalog.formula(n).homes)]
    ratios = [n for n in reach if state.catalog.formula(n).kind == "ratio"]
    plain = [n for n in reach if n not in ratios]
    return [*plain[:1], *[n for n in plain[1:] if state.catalog.formula(n).kind == "distinct"][:1], *ratios[:2]][:4]


# -- what it does -------------------------------------------------------------------------------------------------


def _apply(state: State, rank: _Rank) -> None:
    head = rank.head
    name = rank.metric or state.default_metric()
    if rank.metric is None and not state.metrics and head is not None and (rank.word.text in _OFTEN or not _reached(state, head)):
        name = _rows_of(state, head) or name
    if rank.metric is None and not state.metrics:
        state.assume(f"未说明指标，按{state.catalog.metric(name).label.zh}", f"no measure was named: by {state.catalog.metric(name).label.en}")
    elif rank.metric is None:
        name = state.metrics[0].name
    limit = int(rank.number.number.value) if rank.number and rank.number.number else None
    if head is not None and head.entities and _is_condition(state, rank, limit):
        _as_condition(state, head, name, limit or DEFAULT_LIMIT, rank)
        return
    if head is not None:
        state.add_group(Group(field=head.groupable))
        state.take(head, f"group:{head.groupable}")
    ref = state.add_metric(MetricRef(metric=name)) if not any(m.name == name for m in state.metrics) else MetricRef(metric=name)
    if not state.groups and head is None:
        return
    if state.metrics and state.metrics[0].name != ref.name:
        state.metrics.sort(key=lambda m: m.name != ref.name)
    state.order.append(Order(by=ref.name, desc=rank.desc, side=_side(state)))
    state.limit = limit or (None if _all_of_them(state, rank) else _implied_limit(state, rank.word, head))
    _per_group(state, head)


def _all_of_them(state: State, rank: _Rank) -> bool:
    """Which hours are busiest, by hour: every hour is shown, the busiest first."""
    return bool(rank.grain) and any(m.time and m.time.kind in ("grain", "cyclic") and m.time.grain == rank.grain for m in state.marks)


def _reached(state: State, head: Mark) -> bool:
    return all(state.reaches(h, head.groupable) for h in state.homes())


def _rows_of(state: State, head: Mark) -> str | None:
    """The metric that counts the rows of what is ranked: the most common models are those of most planes."""
    return counting_in(state, head.fields[0].split(".")[0], None) if head.fields else None


def _side(state: State) -> Literal["value", "growth", "difference"]:
    if state.compare is None:
        return "value"
    grown = any(m.became in ("order", "compare") and m.has(*_CHANGES) for m in state.marks)
    amount = [m for m in state.marks if m.has("by_amount")] or _in_money(state)
    if grown and amount:
        for mark in state.ops("by_amount"):
            state.take(mark, "order")
        return "difference"
    return "growth" if grown else "value"


def _in_money(state: State) -> bool:
    """Dollars gained, 掉钱最多: what counts the metric stands with the word of change."""
    changed = [m for m in state.marks if m.became in ("order", "compare") and m.has(*_CHANGES)]
    if any("钱" in m.text for m in changed):
        return True
    money = state.default_metric()
    counters = [m for m in state.marks if money in m.counters and m.text != "钱" and any(state.close(m, c) for c in changed)]
    for mark in counters:
        state.take(mark, "order")
    return bool(counters)


def _implied_limit(state: State, op: Mark, head: Mark | None) -> int | None:
    """Without a number: one for "which one", all for a ranking, ten for a plain top."""
    if op.text in _SORTS:
        return None
    if any(m.text.startswith("which one") and not m.text.endswith("ones") for m in state.marks):
        return 1
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
    _of_each_value(state, ranked)
    if state.limit is None:
        state.limit_per.clear()
    for group in state.groups:
        # The unknown group is never ranked within.
        if group.name in state.limit_per and group.field and "." in group.field and not group.grain and not _conditioned(state, group.field):
            state.where.append(FieldCondition(field=group.field, op="not_null"))


def _conditioned(state: State, field: str) -> bool:
    return any(isinstance(c, FieldCondition) and c.field == field for c in state.where)


def _of_each_value(state: State, ranked: str) -> None:
    """For meat, deli and produce, the best category of each: within each of the values named."""
    words = [m for m in state.ops("by") if m.text in ("of each", "each", "for each", "each of", "各", "各自") and not state.after(m)]
    words += [m for m in state.ops("by") if m.text in ("of each", "for each") and m not in words]
    named: dict[str, int] = {}
    for mark in state.free(lambda m: m.values):
        for f in dict.fromkeys(f for f, _ in mark.values):
            named[f] = named.get(f, 0) + 1
    field = next((f for f, n in named.items() if n > 1 and f != ranked), None)
    if words and field:
        group = state.add_group(Group(field=field))
        state.groups.sort(key=lambda g: g is not group)
        state.limit_per.append(group.name)
        state.take(words[0], "group")


def _told_apart(state: State, group: Group) -> bool:
    """Whether several values of this field were named, so that each has its own ranking."""
    return any(getattr(c, "field", None) == group.field and getattr(c, "op", "") == "in" for c in state.where)


def _is_condition(state: State, rank: _Rank, limit: int | None) -> bool:
    """The top 100 customers as a filter: something else is asked of them."""
    head = rank.head
    if limit is None or head is None or (rank.word.has("judge") and not rank.word.has("top", "bottom")):
        return False
    others = [m for m in state.free(lambda m: m.metrics and m is not head) if not _listed_with(state, m, head)]
    split = [t for b in state.ops("by") for t in [state.after(b)] if t and t.groupable and t is not head and t.start > head.end]
    asked_of_them = bool(others) and (rank.metric is not None or rank.word.text.isascii())
    if limit >= 5 and state.ops("share") and not state.ops("by", "which"):
        return True
    if limit >= 5 and _HOW_MUCH.search(state.text) and not state.ops("list", "which", "separately"):
        return True
    return bool(state.ops("total") or (limit >= 20 and (split or others)) or (asked_of_them and bool(state.ops("how_many")) and limit >= 5))


def _listed_with(state: State, metric: Mark, head: Mark) -> bool:
    """Whether a further metric is only listed beside: the top 5 stores and their receipts."""
    first, second = sorted((metric, head), key=lambda m: m.start)
    return _JOINED.fullmatch(state.text[first.end : second.start]) is not None


def _as_condition(state: State, head: Mark, metric: str, limit: int, rank: _Rank) -> None:
    percent = bool(rank.number and rank.number.number and rank.number.number.kind == "percent")
    side = {"top": float(limit)} if rank.desc else {"bottom": float(limit)}
    condition = EntityCondition(entity=head.entities[0], metric=MetricRef(metric=metric), percent=percent, **side)  # type: ignore[arg-type]
    state.take(head, f"entity:{head.entities[0]}")
    if share := state.ops("share"):
        asked = next(iter(state.free(lambda m: m.metrics and m is not head)), None)
        state.add_metric(MetricRef(metric=asked.metrics[0] if asked else metric, where=(condition,), share=True))
        for mark in [*share, *([asked] if asked else []), *state.ops("total")]:
            state.take(mark, "share")
        return
    state.where.append(condition)
    if not state.free(lambda m: m.metrics):
        state.add_metric(MetricRef(metric=metric))


# -- extremes -----------------------------------------------------------------------------------------------------


def _extreme_of_each(state: State, op: Mark) -> bool:
    """The highest temperature at each airport ranks nothing: it is the greatest value of each. Left unexplained where there is none."""
    metric = next((m for m in state.following(op) if m.metrics), None)
    each = next((m for m in state.following(metric, skip=lambda m: False) if m.text in _EACH), None) if metric else None
    if metric is None or each is None or not state.close(op, metric, gap=1) or op.has("judge") or state.ops("which") or not _averaged(state, metric):
        return False
    _extreme(state, op)
    return True


def _averaged(state: State, metric: Mark) -> str:
    """The field that a metric averages."""
    call = state.catalog.formula(metric.metrics[0]).aggregates[0].call
    return f"{call.this.table}.{call.this.name}" if isinstance(call, exp.Avg) and isinstance(call.this, exp.Column) else ""


def _extreme(state: State, op: Mark | None) -> None:
    """The highest temperature, 最大风速: the greatest value of what is otherwise averaged, where the two words stand together."""
    metric = next(state.following(op), None) if op else None
    if op is None or metric is None or not metric.metrics or metric.became or not state.close(op, metric, gap=1) or state.ops("average"):
        return
    field = _averaged(state, metric)
    if field:
        state.add_metric(MetricRef(agg="max" if op.has("top", "maximum") else "min", field=field))
        state.take(metric, f"metric:{metric.metrics[0]}")
        state.take(op, "extreme")
