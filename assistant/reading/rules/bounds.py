"""Bounds: more than 20 baskets, 销售额超6万, between 10k and 15k, twice or more.

A bound compares a metric with a number. It keeps rows of the answer (stores with more than 150 tickets), entities
(the spend of customers who came more than 5 times), single rows (flights delayed by over an hour), or tells two
groups apart (trips of $100 or more against the smaller ones).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from assistant.language.operators import FILLER
from assistant.reading.marks import Mark
from assistant.reading.rules.bound_words import asks_whether, left_out, with_ends
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, counts_rows
from assistant.reading.rules.doers import doer, homes_of
from assistant.reading.rules.doing import dataset_of
from assistant.reading.rules.periods import as_range
from assistant.reading.rules.units import UNITS
from assistant.reading.state import State
from semantic_layer.query import TIME, EntityCondition, FieldCondition, Group, Having, MetricRef, Side, TimeRange

_OPS = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<=", "exactly": "="}
_REACH = 25  # characters between a comparison and its number
_PASSED = (
    "过", "过了", "cleared", "topped", "broke", "hit", "passed", "cracked", "did over", "made over", "beat",
    "beats", "beating", "topping", "clearing", "breaking", "passing", "went past", "got past", "pushed past", "outdid",
)  # fmt: skip
_REACHED = (
    "卖到", "卖到了", "做到", "做到了", "干到", "冲到", "跑到", "达到", "达到了", "够", "上", "上了",
    "reach", "reached", "reaches", "reaching", "made it to", "get to", "got to",
)  # fmt: skip
_TIMES = ("次", "回", "趟", "times", "time", "次数")
# They rank, or bound what has the number that stands right behind them.
_LIMITS = {"最少": "at_least", "最低": "at_least", "最多": "at_most", "最高": "at_most"}
_RELATIVE = re.compile(r" (?:that|who|which|with) ")
_OPPOSITE = ("versus", "everything_else", "separately")


@dataclass
class Bound:
    """A metric compared with a number, and the marks that say so. `time` is its own period, where it has one."""

    metric: str
    op: str
    value: float | tuple[float, float]
    marks: list[Mark] = field(default_factory=list)
    time: TimeRange | None = None

    @property
    def start(self) -> int:
        return min(m.start for m in self.marks)

    @property
    def end(self) -> int:
        return max(m.end for m in self.marks)


def rule(state: State) -> None:
    """Takes each comparison with a number, and what it is about."""
    _passed_numbers(state)
    found = [b for op in state.ops(*_OPS, "between") if (b := _bound(state, op))]
    found = [b for b in found if not _of_rows(state, b)]
    if not found:
        return
    _take_periods(state, found)
    head = _head(state, found)
    if head is None and state.ops("how_many") and (people := doer(state)):
        _count_those(state, found, people)
    elif head is None and len(found) == 1 and asks_whether(state):
        _shown(state, found[0])
    elif head is None:
        _of_periods(state, found)
    elif _is_band(state, head, found[0]):
        _give_back(state, found)
    elif head.entities and _opposed(state):
        _two_groups(state, found[0], head)
    elif not head.entities or (_is_listed(state, head, found) and not any(b.time for b in found)):
        _keep_rows(state, found, head)
    else:
        _keep_entities(state, found, head)


def _passed_numbers(state: State) -> None:
    """过两万, 破了5万, 卖到10万, cleared 10 grand: a word that means more than, or at least, only before a number; so does 最少 of 最少60个的店."""
    for mark in state.marks:
        if mark.text in _LIMITS and not mark.became and _bounds_something(state, mark):
            mark.ops = frozenset([_LIMITS[mark.text]])
        if mark.text in (*_PASSED, *_REACHED) and not mark.ops - {FILLER, "versus"} and not mark.became:
            ahead = next(state.following(mark, skip=lambda m: m.filler and m.text in ("了", "到", "the", "$")), None)
            bound = [m for m in state.ops(*_OPS) if ahead and state.close(m, ahead)]
            if ahead and ahead.number and not ahead.time and ahead.number.kind == "number" and not bound:
                mark.ops, mark.metrics = frozenset(["at_least" if mark.text in _REACHED else "more_than"]), ()


def _bounds_something(state: State, word: Mark) -> bool:
    """最少60个的店, 最多来过3次的顾客: a number and what it counts, and then what is bound; 最少3家店 ranks."""
    number, *rest = [*state.following(word, skip=lambda m: m.verbs or m.text in ("了", "过", "到")), None]
    if number is None or not number.number or number.time or number.start - word.end > 3 or number.number.kind != "number":
        return False
    counted = next((m for m in rest if m is not None and not m.counters and not (m.filler and m.text != "的")), None)
    return counted is not None and counted.text == "的" and counted.start - number.end <= 3


# -- one comparison -----------------------------------------------------------------------------------------------


def _bound(state: State, op: Mark) -> Bound | None:
    name = next((o for o in ("between", *_OPS) if op.has(o)), "")
    numbers = _numbers(state, op, 2 if name == "between" else 1)
    if not numbers or (name == "exactly" and not _beside(state, op, numbers[0])):
        return None
    metric, extra = _subject(state, op, numbers)
    if metric is None:
        return None
    values = [m.number.value for m in numbers if m.number]
    if state.catalog.metric(metric).format == "percent" and all(v > 1 for v in values):
        values = [v / 100 for v in values]
    marks = sorted([op, *numbers, *extra], key=lambda m: m.start)
    marks += [m for m in _inside(state, marks[0], marks[-1]) if m.verbs or m.has("between")]
    marks += _verbs_of(state, marks, metric)
    marks += _named_again(state, marks[-1] if marks[-1].end > numbers[-1].end else numbers[-1], metric)
    if name == "between":
        marks += [m for m in state.ops("between") if m not in marks and state.close(m, numbers[-1])]
        return _taken(state, Bound(metric, "between", (values[0], values[1]), marks))
    sign, told = with_ends(state, _OPS[name], numbers[0].number.value if numbers[0].number else 0, max(marks, key=lambda m: m.end))
    sign, out = (sign, []) if told else left_out(state, sign, marks)
    return _taken(state, Bound(metric, sign, values[0], [*marks, *told, *out]))


def _named_again(state: State, last: Mark, metric: str) -> list[Mark]:
    """Spent over 1.2 million in revenue: the metric of a bound, said again behind it."""
    after = next(state.following(last), None)
    same = after and not after.became and after.metrics[:1] == (metric,) and state.close(last, after, 4)
    return [after] if after and same and state.text[last.end : after.start].strip() in ("in", "of", "worth of", "的", "") else []


def _taken(state: State, bound: Bound) -> Bound:
    for mark in bound.marks:
        state.take(mark, f"threshold:{bound.metric}")
    return bound


def _beside(state: State, op: Mark, number: Mark) -> bool:
    """只有3次, 只来过一次: nothing but a verb may stand between."""
    done = [m for m in _inside(state, op, number) if set(homes_of(state)) & set(m.verbs)]
    return _touching(op, number) or (len(done) == 1 and _touching(op, done[0]) and _touching(done[0], number))


def _touching(a: Mark, b: Mark) -> bool:
    return 0 <= max(a.start, b.start) - min(a.end, b.end) <= 1


def _numbers(state: State, op: Mark, count: int) -> list[Mark]:
    """The numbers of a comparison: before a suffix, otherwise after it (between: around it)."""
    around = [m for m in state.free(lambda m: m.number and not m.time) if abs(m.start - op.end) < _REACH or abs(op.start - m.end) < _REACH]
    before, after = [m for m in around if m.end <= op.start], [m for m in around if m.start >= op.end]
    if count == 2:
        return after[:2] if len(after) >= 2 else before[-2:] if len(before) >= 2 else []
    behind = next((m for m in state.marks if m.start >= op.end and not m.filler and not set(homes_of(state)) & set(m.verbs)), None)
    suffix = (op.has("at_least", "at_most") or op.text[0] in "都也") and not (behind and behind.number and _light_between(state, op, behind))
    near = before[-1:] if suffix else after[:1]
    return [m for m in near if _light_between(state, m, op)]


def _light_between(state: State, a: Mark, b: Mark) -> bool:
    done, named = set(homes_of(state)), b.text[0] in "都也"  # 连60个客人都不到
    between = _inside(state, a, b)
    return all(m.filler or m.counters or done & set(m.verbs) or m.text in ("含", "inclusive") or (named and m.entities) for m in between)


def _inside(state: State, a: Mark, b: Mark) -> list[Mark]:
    """The marks between two marks."""
    first, second = sorted((a, b), key=lambda m: m.start)
    return [m for m in state.marks if first.end <= m.start and m.end <= second.start]


def _subject(state: State, op: Mark, numbers: list[Mark]) -> tuple[str | None, list[Mark]]:
    """The metric that is compared: what the number counts, else the nearest one before, else after."""
    first, last = min([op, *numbers], key=lambda m: m.start), max([op, *numbers], key=lambda m: m.end)
    if _is_money(state, numbers[-1]):
        return _amount(state, first, last)
    inside = next((m for m in state.marks if numbers[-1].end <= m.start and m.end <= op.start and m.entities), None)
    if inside is not None and (counted := count_metric(state, inside.entities[0])) and counted.metric:
        return counted.metric, [inside]
    counter = _counter(state, numbers[-1])
    named = next((m for m in state.preceding(first) if state.same_clause(m, first) and not m.unknown), None)
    named = named if named and named.metrics and not named.became and not named.counters else None
    if named and (counter is None or _compares(state, named, counter, first)):
        return named.metrics[0], [named, *([counter] if counter else [])]
    if counter is not None:
        return _where_done(state, counter, counter.counters[0]), [counter]
    after = next((m for m in state.following(last) if not m.became and not _says_different(m)), None)
    after = after if after and state.same_clause(last, after) else None
    if after and after.metrics and op.text.isascii():
        return after.metrics[0], [after]
    before = next((m for m in state.preceding(first) if not m.became and (m.metrics or m.groupable or m.unknown)), None)
    if done := _times_done(state, first, last):
        return done, []
    ahead = op.text.isascii() and any(c.isalpha() for c in op.text)
    counted_off = before if not ahead or _asks_number(state, before) else None  # stores with less than 5k: no 5000 stores
    beside = [m for m in ((after, counted_off) if ahead else (before, after)) if m and m.entities and not m.metrics and op.text not in _REACHED]
    for mark in beside:
        counted = count_metric(state, mark.entities[0])
        if counted and counted.metric and (state.close(mark, numbers[-1], 3) or state.close(mark, op, 3) or _different_ones(state, last, mark)):
            return counted.metric, [mark]
    if before and before.metrics:
        return before.metrics[0], [before]
    verb = op if op.verbs else next((m for m in state.preceding(first) if m.verbs or m.unknown or m.groupable), None)
    if verb and set(homes_of(state)) & set(verb.verbs) and numbers[-1].number and not _counts_names(state, last, after):
        return state.default_metric(), []
    if after and after.metrics:
        return after.metrics[0], [after]
    named_ones = state.free(lambda m: m.metrics and not m.entities)
    if len(named_ones) == 1 and named_ones[0].end <= first.start:
        return named_ones[0].metrics[0], [named_ones[0]]
    ranked = state.ops("top", "bottom", "growth_top", "decline_top", "growth", "decline")
    return (state.default_metric(), []) if (op.text in _REACHED or ranked) and not named_ones and not (after and not after.time) else (None, [])


def _asks_number(state: State, mark: Mark | None) -> bool:
    """Number of stores above 5: a count is named, and compared."""
    before = state.before(mark) if mark else None
    return bool(before and before.has("how_many", "different"))


def _times_done(state: State, first: Mark, last: Mark) -> str | None:
    """下单不少于6次, ordered at least 6 times: the rows of the verb are counted."""
    times = next((m for m in state.marks if m.start >= last.end), None)
    verb = next((m for m in state.preceding(first) if m.verbs or m.did or m.unknown or m.groupable), None)
    who = doer(state)
    if who is None or verb is None or times is None or times.text not in _TIMES or not state.close(last, times):
        return None
    if times.counters:
        return times.counters[0]
    return counting_in(state, dataset_of(state, verb, who), None) if verb.verbs or verb.did else None


def _amount(state: State, first: Mark, last: Mark) -> tuple[str, list[Mark]]:
    """The amount that is compared with money: receipts over $200 are worth that much, and no 200 receipts."""
    behind = [m for m in state.preceding(first) if state.same_clause(m, first)]
    ahead = [m for m in state.following(last) if state.same_clause(last, m)][:1]
    for mark in (*behind, *ahead):
        name = next((n for n in (*mark.metrics, *mark.counters) if state.catalog.metric(n).format == "currency"), None)
        if name and not mark.became:
            return name, [mark]
    return state.default_metric(), []


def _is_money(state: State, number: Mark) -> bool:
    """18 grand, $500: a number of money."""
    return "grand" in number.text or state.text[: number.start].rstrip().endswith(("$", "¥", "€", "£"))


def _compares(state: State, named: Mark, counter: Mark, first: Mark) -> bool:
    """Whether the metric named before a bound is what is compared, and what the number counts only its unit: 客单价高于30块."""
    unit = state.default_metric() in counter.counters or counter.metrics == named.metrics
    return unit or (not named.entities and state.close(named, first, 2))


def _says_different(mark: Mark) -> bool:
    return mark.has("different") or mark.text == "不同"


def _different_ones(state: State, last: Mark, mark: Mark) -> bool:
    """At least 3 different stores: only "different" stands between."""
    between = next(state.following(last), None)
    return bool(between and _says_different(between) and state.close(last, between) and state.close(between, mark))


def _counts_names(state: State, last: Mark, after: Mark | None) -> bool:
    """3 or more categories, 3个以上部门: names are counted, and no metric; 6万以上的品类 are those of more than 60k."""
    return bool(after and after.groupable and "的" not in state.text[last.end : after.start])


def _counter(state: State, number: Mark) -> Mark | None:
    """What stands right behind a number (30 times, 5000块), or the number itself where it counts (twice)."""
    if number.counters:
        return number
    mark = next((m for m in state.marks if m.start >= number.end and (m.counters or not m.filler) and not m.has("different")), None)
    near = mark is not None and all(m.has("different") for m in state.marks if number.end <= m.start and m.end <= mark.start)
    return mark if mark and mark.counters and near and not mark.became else None


def _where_done(state: State, counter: Mark, metric: str) -> str:
    """Targeted more than 200 households: what is counted is counted where the verb's rows are."""
    homes = set(homes_of(state))
    verb = next((m for m in state.free(lambda m: m.verbs and not homes & set(m.verbs)) if m.start < counter.start), None)
    entity = counted_entity(state, metric)
    found = counting_in(state, verb.verbs[0], entity) if verb and entity else None
    if verb and found:
        state.take(verb, f"metric:{found}")
    return found or metric


def _verbs_of(state: State, marks: list[Mark], metric: str) -> list[Mark]:
    """The verb right before a bound only says what is counted: came in more than 30 times."""
    homes = state.catalog.formula(metric).homes
    before = next((m for m in state.preceding(marks[0]) if not m.became), None)
    return [before] if before and any(v in homes for v in before.verbs) and not before.metrics and state.same_clause(before, marks[0]) else []


def _take_periods(state: State, found: list[Bound]) -> None:
    """Spent over 500 in November: the period right beside a bound is its own where the question has another."""
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    changes = bool(state.ops("versus", "growth", "decline", "change", "growth_top", "decline_top"))
    if len(ranges) < 2:
        return
    for bound in found:
        english = bound.marks[0].text.isascii()
        last = max(bound.marks, key=lambda m: m.end)
        first = min(bound.marks, key=lambda m: m.start)
        beside = next(iter(state.following(last) if english else state.preceding(first)), None)
        if beside in ranges and beside.time and len(ranges) > 1 and (not changes or _said_before(beside, ranges)):
            bound.time = as_range(beside.time)
            ranges.remove(beside)
            state.take(beside, f"threshold:{bound.metric}")


def _said_before(mark: Mark, ranges: list[Mark]) -> bool:
    """Aug over Jul, those above 5000 in Jul: a period that is compared already, named once more."""
    times = [m.time for m in ranges if m is not mark and m.time]
    own = mark.time
    return any(own and t.first and t.last and own.first and own.last and t.first <= own.first and own.last <= t.last for t in times)


# -- what it keeps ------------------------------------------------------------------------------------------------


def _of_rows(state: State, bound: Bound) -> bool:
    """Flights delayed by more than 60 minutes, orders over 100k: each row is compared, where the rows themselves are counted."""
    formula = state.catalog.formula(bound.metric)
    call = formula.aggregates[0].call
    if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, (exp.Sum, exp.Avg)) or not isinstance(call.this, exp.Column):
        return False
    dataset = call.this.table
    asked = [m for m in state.free() if any(counts_rows(state, name) == dataset for name in m.metrics)]
    asked += [m for m in state.free() if any(state.catalog.entity(e).dataset == dataset for e in m.entities)]
    if not asked:
        return False
    state.where.append(FieldCondition(field=f"{dataset}.{call.this.name}", op=bound.op, value=bound.value))  # type: ignore[arg-type]
    if not state.metrics and (metric := counting_in(state, dataset, None)) and not any(m.metrics for m in asked):
        state.add_metric(MetricRef(metric=metric))
        for mark in [asked[0], *state.ops("how_many")]:
            state.take(mark, f"metric:{metric}")
    return True


def _is_band(state: State, head: Mark, bound: Bound) -> bool:
    """Income under 35k: a band is compared, which no bound on a metric says."""
    named_after = any(m.metrics and m.number is None and m.end == bound.end for m in bound.marks)
    first = min(bound.marks, key=lambda m: m.start)
    named_before = any(m.metrics for m in bound.marks if m.end <= first.end)
    if head.fields and not state.catalog.field(head.fields[0]).spec.order and any(_is_money(state, m) for m in bound.marks if m.number):
        return False  # manufacturers over $20k
    return not head.entities and head.end <= bound.start and state.close(head, first) and not named_after and not named_before


def _give_back(state: State, found: list[Bound]) -> None:
    """The words of a band stay unexplained."""
    for bound in found:
        for mark in bound.marks:
            mark.became = ""


def _head(state: State, found: list[Bound]) -> Mark | None:
    """Whose metric is compared: what is asked for with which or how many, else the nearest, before an English bound, after a Chinese one."""
    bound = found[0]
    counted = {e for b in found if (e := counted_entity(state, b.metric))}
    candidates = [m for m in state.free(lambda m: m.groupable or m.metrics) if _can_be_head(state, m, counted)]
    for op in state.ops("which"):
        after = state.after(op)
        if after in candidates:
            return after
    before = [m for m in candidates if m.end <= bound.start]
    after_it = [m for m in candidates if m.start >= bound.end]
    english = bound.marks[0].text.isascii()
    order = (before[::-1], after_it) if english else (after_it, before[::-1])
    return next((m for side in order for m in side), None)


def _can_be_head(state: State, mark: Mark, counted: set[str]) -> bool:
    """A name whose entity is not what the bound counts; the number of an entity stands for the entity."""
    before = state.before(mark)
    if before and before.has("by") and before.text in ("per", "每", "平均每"):
        return False
    if mark.groupable:
        return mark.groupable not in counted or len(counted) == 0
    entity = counted_entity(state, mark.metrics[0])
    if entity and entity not in counted:
        mark.entities, mark.counted = (entity,), True
        return True
    return False


def _is_listed(state: State, head: Mark, found: list[Bound]) -> bool:
    """Whether the entities themselves are asked for, and not how many they are or what else they do."""
    metrics = {b.metric for b in found}
    others = [m for m in state.free(lambda m: m.metrics and m is not head) if m.metrics[0] not in metrics]
    counted = (head.counted and not _RELATIVE.search(head.text)) or _is_counted(state, head)
    if state.ops("top", "bottom", "growth_top", "decline_top") or (head.metrics and _is_split(state, head)):
        return False
    return not counted and not others and (not state.free(lambda m: m.verbs) or bool(state.ops("which", "list")))


def _is_split(state: State, head: Mark) -> bool:
    """Receipts over $100 by store, by month: their number in each, and no list of them."""
    named = any((t := state.after(op)) and t.groupable and t is not head and not t.became for op in state.ops("by"))
    return named or any(g.grain for g in state.groups) or bool(state.free(lambda m: m.time and m.time.kind == "grain"))


def _is_counted(state: State, head: Mark) -> bool:
    """Whether how many says how many of the head there are: right beside it, and not how many baskets each of them had."""
    ops = state.ops("how_many")
    if any(state.close(op, head, 4) for op in ops):
        return True
    if not ops or state.ops("which"):
        return False
    behind = [op for op in ops if op.start > head.end]
    alone = [op for op in behind if not state.text[op.end :].strip(" ?") and not state.text[: op.start].rstrip().endswith(("with", "and"))]
    return not head.text.isascii() or len(behind) < len(ops) or bool(alone)


def _keep_rows(state: State, found: list[Bound], head: Mark) -> None:
    state.take(head, f"group:{head.groupable}")
    state.add_group(Group(field=head.groupable))
    for op in state.ops("which", "list", "by"):
        if not ((after := state.after(op)) and after.metrics and not after.groupable):  # top departments by sales
            state.take(op, "group")
    _having(state, found)


def _of_periods(state: State, found: list[Bound]) -> None:
    """Days when we took over 18k: the periods of a trend, or those named, are kept."""
    named = next((m for m in state.free(lambda m: m.text in UNITS)), None)
    if named and not any(g.field == TIME for g in state.groups) and not state.free(lambda m: m.time and m.time.kind == "grain"):
        state.add_group(Group(field=TIME, grain=UNITS[named.text]))  # type: ignore[arg-type]
        state.take(named, f"group:{UNITS[named.text]}")
    _having(state, found)


def _shown(state: State, bound: Bound) -> None:
    """11月有没有卖到10万: the figure itself tells."""
    state.add_metric(MetricRef(metric=bound.metric))
    for mark in bound.marks:
        mark.became = f"asked:{bound.metric}"
    label, limit = state.catalog.metric(bound.metric).label, bound.value
    state.assume(f"是否{label.zh} {bound.op} {limit}，看数值即知", f"whether {label.en} {bound.op} {limit} is told by the figure")


def _count_those(state: State, found: list[Bound], entity: str) -> None:
    """花了五千以上的有几家: how many there are of those who did."""
    state.where += [_condition(entity, b) for b in found]
    metric = count_metric(state, entity)
    if metric and not state.free(lambda m: m.metrics):
        state.add_metric(metric)
    for op in state.ops("how_many"):
        state.take(op, "count")


def _having(state: State, found: list[Bound]) -> None:
    for bound in found:
        state.add_metric(MetricRef(metric=bound.metric))
        before = bound.time is not None and _is_base(state, bound.time)
        side: Side = "previous" if before else "value"
        state.having.append(Having(by=bound.metric, side=side, op=bound.op, value=bound.value))  # type: ignore[arg-type]


def _is_base(state: State, time: TimeRange) -> bool:
    """Whether a bound's own period is the earlier of the two that are compared."""
    starts = [m.time.first for m in state.marks if m.time and m.time.kind == "range" and m.time.first]
    ends = [m.time.last for m in state.marks if m.time and m.time.kind == "range" and m.time.last]
    return time.start == min(starts, default=None) and time.end != max(ends, default=None)


def _keep_entities(state: State, found: list[Bound], head: Mark) -> None:
    entity = head.entities[0]
    for bound in found:
        state.where.append(_condition(entity, bound))
    ranked = bool(state.ops("top", "bottom", "growth_top", "decline_top"))
    counted = head.counted or _is_counted(state, head)
    others = state.free(lambda m: m.metrics and m is not head)
    if not ranked and (counted or not others) and not _counts_another(state, entity):
        metric = count_metric(state, entity)
        if metric:
            state.add_metric(metric)
        for op in state.ops("how_many"):
            state.take(op, "count")
    if not ranked:
        state.take(head, f"entity:{entity}")


def _counts_another(state: State, entity: str) -> bool:
    """Whether something else of the entities is counted: how many receipts they had."""
    for op in state.ops("how_many"):
        target = state.nearest(op, lambda m: m.groupable or (m.counters and FILLER not in m.ops))
        if target and target.entities and target.entities[0] != entity and state.same_clause(op, target):
            return True
    return False


def _condition(entity: str, bound: Bound) -> EntityCondition:
    return EntityCondition(entity=entity, metric=MetricRef(metric=bound.metric), op=bound.op, value=bound.value, time=bound.time)  # type: ignore[arg-type]


def _opposed(state: State) -> bool:
    """Whether what the bound keeps is set against the rest."""
    words = [m for m in state.ops("versus") if not ((n := next(state.following(m), None)) and n.time)]
    against = words and not state.free(lambda m: m.time and m.time.kind == "compare")
    return bool(state.ops("everything_else") or against)


def _two_groups(state: State, bound: Bound, head: Mark) -> None:
    """Trips of $100 or more against the smaller ones: a group of two."""
    state.add_group(Group(case=_condition(head.entities[0], bound), alias="case"))
    state.take(head, f"entity:{head.entities[0]}")
    for mark in state.ops(*_OPPOSITE):
        state.take(mark, "case")
