"""One comparison with a number: its metric, its sign, its period, and the words that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.rules.bound_words import left_out, with_ends
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, named_by
from assistant.reading.rules.deeds import counted_deeds, told_of
from assistant.reading.rules.doers import doer, homes_of
from assistant.reading.rules.doing import dataset_of
from assistant.reading.rules.periods import as_range
from assistant.reading.rules.units import UNIT_NAMES
from assistant.reading.state import State
from semantic_layer.query import TimeRange

OPS = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<=", "exactly": "="}
_NEAR = 9  # characters between a number and what it counts: 3 or more times
_REACH = 25  # characters between a comparison and its number
REACHED = (
    "卖到", "卖到了", "做到", "做到了", "干到", "冲到", "跑到", "达到", "达到了", "够", "上", "上了",
    "reach", "reached", "reaches", "reaching", "made it to", "get to", "got to",
)  # fmt: skip
_HAVING = re.compile(r" (?:with|having|that|which|who|where|and|but)\b")
TIMES = ("次", "回", "趟", "times", "time", "次数")


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


def find_bound(state: State, op: Mark) -> Bound | None:
    """The comparison that a word makes with the number beside it; None where it compares nothing."""
    name = next((o for o in ("between", *OPS) if op.has(o)), "")
    numbers = _numbers(state, op, 2 if name == "between" else 1)
    if not numbers or (name == "exactly" and op not in numbers and not _beside(state, op, numbers[0])):
        return None
    metric, extra = _subject(state, op, numbers)
    if of_object := _of_its_object(state, metric, numbers[0]):
        metric, extra = of_object
    if metric is None or _just_done(state, op, numbers):
        return None
    metric, done = _of_the_deed(state, _as_the_doers(state, metric, op), numbers[0])
    metric, rate = _in_percent(state, metric, numbers, extra)
    extra = [*extra, *done, *rate]
    values = [m.number.value for m in numbers if m.number]
    if state.catalog.metric(metric).format == "percent" and all(v > 1 for v in values):
        values = [v / 100 for v in values]
    marks = sorted(dict.fromkeys([op, *numbers, *extra]), key=lambda m: m.start)
    marks += [m for m in _inside(state, marks[0], marks[-1]) if m.verbs or m.has("between")]
    marks += _verbs_of(state, marks, metric)
    marks += _unit_of(state, metric, numbers[-1])
    marks += _named_again(state, marks[-1] if marks[-1].end > numbers[-1].end else numbers[-1], metric)
    if name == "between":
        marks += [m for m in state.ops("between") if m not in marks and state.close(m, numbers[-1])]
        return _taken(state, Bound(metric, "between", (values[0], values[1]), marks))
    sign, told = with_ends(state, OPS[name], numbers[0].number.value if numbers[0].number else 0, max(marks, key=lambda m: m.end))
    sign, out = (sign, []) if told else left_out(state, sign, marks)
    return _taken(state, Bound(metric, sign, values[0], [*marks, *told, *out]))


def _in_percent(state: State, metric: str, numbers: list[Mark], named: list[Mark]) -> tuple[str, list[Mark]]:
    """Discounted by over 30%, going by the discount rate: a percentage of an amount is one of the rate that is named as well."""
    percent = all(n.number and n.number.kind == "percent" for n in numbers)
    growth = state.ops("growth", "decline", "change", "share") or state.free(lambda m: m.time and m.time.kind == "compare")
    if not percent or growth or state.catalog.metric(metric).format == "percent":
        return metric, []
    rates = state.free(lambda m: m.metrics and state.catalog.metric(m.metrics[0]).format == "percent" and m not in named)
    names = {m.metrics[0] for m in rates}
    if len(names) != 1:
        return metric, []
    told = [by for by in state.ops("by") for m in [state.after(by)] if m in rates]
    return names.pop(), [*rates, *told]


def _unit_of(state: State, metric: str, number: Mark) -> list[Mark]:
    """超过48小时, above 48 hours: the unit that the metric has anyway, right behind its number."""
    names = UNIT_NAMES.get(state.catalog.metric(metric).unit, ())
    behind = next((m for m in state.marks if m.start >= number.end), None)
    return [behind] if behind and behind.text in names and not behind.became and behind.start - number.end <= 1 else []


def _just_done(state: State, op: Mark, numbers: list[Mark]) -> bool:
    """Opened at least one message: no more than that it was done, where the verb tells of other rows than the answer's."""
    verb = _deed_before(state, op)
    once = op.has("at_least") and len(numbers) == 1 and numbers[0].number is not None and numbers[0].number.value == 1
    if not once or verb is None or not verb.deeds or set(homes_of(state)) & set(verb.verbs):
        return False
    for mark in (op, *numbers):
        state.take(mark, "once")
    return True


def _of_the_deed(state: State, metric: str, number: Mark) -> tuple[str, list[Mark]]:
    """Redeemed more than 3 coupons, put in the cart 5 times: what a verb of other rows tells is counted. The metric, and the verb."""
    verb = _deed_before(state, number)
    if verb is None:
        return metric, []
    homes = state.catalog.formula(metric).homes
    times = {"times", "次"} & set(state.catalog.metric(metric).counters.all()) and not set(homes_of(state)) & set(verb.verbs)
    for dataset in verb.verbs:
        deed = counted_deeds(state, verb, dataset) if told_of(verb, dataset) and (dataset in homes or times) else None
        if counted := deed or (counting_in(state, dataset, None) if times else None):
            return counted, [verb]
    return metric, []


def _of_its_object(state: State, metric: str | None, number: Mark) -> tuple[str, list[Mark]] | None:
    """Households that redeemed three or more coupons: the rows of the verb, by what they are about, and not the households."""
    who, verb = doer(state), _deed_before(state, number)
    said = next((m for m in state.following(number, skip=lambda m: m.filler or bool(m.ops & set(OPS)))), None)
    named = said is not None and said.entities and not said.metrics and not said.became and said.start - number.end < _REACH
    if who is None or verb is None or said is None or not named or who in said.entities or (metric and counted_entity(state, metric) != who):
        return None
    for dataset in (d for d in verb.verbs if d not in homes_of(state)):
        about = any(state.catalog.entity_field(e, dataset) for e in said.entities)
        counted = counted_deeds(state, verb, dataset) or counting_in(state, dataset, None)
        if about and counted and counted_entity(state, counted) != who:
            return counted, [verb, said]
    return None


def _as_the_doers(state: State, metric: str, op: Mark) -> str:
    """下单3次以上, ordered at least twice: what is counted is kept as those are who did it, and not only what was paid for."""
    verb = next((m for m in (op, *state.preceding(op)) if (m.verbs or m.did) and state.same_clause(m, op)), None)
    who, catalog = doer(state), state.catalog
    homes = catalog.formula(metric).homes
    done = verb is not None and set(homes) <= set(homes_of(state)) and set(homes_of(state)) & set(verb.verbs or verb.did)
    if verb is None or who is None or not done or not catalog.formula(metric).aggregates[0].counts:
        return metric
    named = verb.metrics[0] if verb.did else next((n for d in homes if (n := named_by(state, verb, who, d))), None)
    if named is None or counted_entity(state, named) != who or catalog.metric(named).filter == catalog.metric(metric).filter:
        return metric
    counted = catalog.metric(metric).expression
    kept = [n for n, spec in catalog.spec.metrics.items() if spec.expression == counted and spec.filter == catalog.metric(named).filter]
    return kept[0] if len(kept) == 1 else metric


def _deed_before(state: State, mark: Mark) -> Mark | None:
    """The verb of a clause before a mark, with no other content between."""
    before = next((m for m in state.preceding(mark, skip=lambda m: m.filler or m.became or bool(m.ops) or bool(m.number))), None)
    return before if before and before.verbs and not before.metrics and state.same_clause(before, mark) else None


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
    inside = _inside(state, op, number)
    done = [m for m in inside if set(homes_of(state)) & set(m.verbs)]
    said = [m for m in inside if m.filler and m not in done and m.text.isascii()]  # only ever bought once
    between = sorted([op, number, *done, *said], key=lambda m: m.start)
    return _touching(op, number) or (len(done) == 1 and all(_touching(a, b) for a, b in pairwise(between)))


def _touching(a: Mark, b: Mark) -> bool:
    return 0 <= max(a.start, b.start) - min(a.end, b.end) <= 1


def _numbers(state: State, op: Mark, count: int) -> list[Mark]:
    """The numbers of a comparison: before a suffix, otherwise after it (between: around it); a number that is one by itself."""
    if op.number:
        return [op]
    around = [m for m in state.free(lambda m: m.number and not m.time) if abs(m.start - op.end) < _REACH or abs(op.start - m.end) < _REACH]
    before, after = [m for m in around if m.end <= op.start], [m for m in around if m.start >= op.end]
    if count == 2 and before and after and _touching(before[-1], op) and after[0].start - op.end <= 2:
        return [before[-1], after[0]]  # 10 to 50k
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
    if is_money(state, numbers[-1]):
        return _amount(state, first, last)
    if op.verbs and op.has("more_than") and set(homes_of(state)) & set(op.verbs):
        return state.default_metric(), []  # 卖过3万的门店
    inside = next((m for m in state.marks if numbers[-1].end <= m.start and m.end <= op.start and m.entities), None)
    if inside is not None and (counted := count_metric(state, inside.entities[0])) and counted.metric:
        return counted.metric, [inside]
    ends = last is op and not op.text.isascii() and op.text[-1] != "的"
    thing = next((m for m in state.marks if m.start == last.end and m.entities), None) if ends else None
    if thing is not None and (counted := count_metric(state, thing.entities[0])) and counted.metric:
        return counted.metric, [thing]  # 在3家以上门店买过的
    counter = _counter(state, numbers[-1])
    named = next((m for m in state.preceding(first) if state.same_clause(m, first) and not m.unknown), None)
    named = _owned_by(state, named) if named and not _HAVING.search(state.text, named.end, first.start + 1) else named
    named = named if named and named.metrics and not named.became and not named.counters else None
    if named and _has_its_own(state, named, first, last):
        named = None
    if named and named.did and not counted_rows(state, named.metrics[0]) and (done := _times_done(state, first, numbers[-1])):
        return done, []  # customers who ordered 3 times or more
    if named and (own := _behind_with(state, named, first, last)):
        return own.metrics[0], [own]
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
    beside = [m for m in ((after, counted_off) if ahead else (before, after)) if m and m.entities and not m.metrics and op.text not in REACHED]
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
    return (state.default_metric(), []) if (op.text in REACHED or ranked) and not named_ones and not (after and not after.time) else (None, [])


def _behind_with(state: State, named: Mark, first: Mark, last: Mark) -> Mark | None:
    """By return rate with at least 10 units sold: behind "with" a bound is one of what its number counts."""
    behind = next(state.following(last), None)
    told = behind is not None and bool(behind.metrics) and not behind.became and behind.start - last.end <= 1
    return behind if told and state.text[named.end : first.start].strip() in ("with", "having", "that have", "which have", "who have") else None


def _has_its_own(state: State, named: Mark, first: Mark, last: Mark) -> bool:
    """Ranked by discount rate, with at least 10k sales: behind "with", what the number counts is compared, and not what was named before."""
    behind = next((m for m in state.following(last) if not m.became), None)
    told = behind is not None and behind.metrics and behind.metrics != named.metrics and state.close(last, behind, 4)
    counts = counted_entity(state, named.metrics[0]) and named.text.isascii() and behind and not behind.entities  # how many stores sold over 50 units
    return bool(told) and bool(counts or _HAVING.search(state.text, named.end, first.start + 1))


def _owned_by(state: State, named: Mark) -> Mark:
    """The return rate of mini program orders above 5%: what is of them is compared, and not their number."""
    owner = next((m for m in state.preceding(named) if not m.values), None)
    between = state.text[owner.end : named.start] if owner else ""
    return owner if owner and owner.metrics and not owner.entities and named.entities and between.startswith(" of ") else named


def _asks_number(state: State, mark: Mark | None) -> bool:
    """Number of stores above 5: a count is named, and compared."""
    before = state.before(mark) if mark else None
    return bool(before and before.has("how_many", "different"))


def _times_done(state: State, first: Mark, last: Mark) -> str | None:
    """下单不少于6次, ordered at least 6 times: the rows of the verb are counted."""
    counted = last if last.number and last.counters else None  # twice
    times = counted or next((m for m in state.marks if m.start >= last.end and not m.has(*OPS)), None)
    verb = next((m for m in state.preceding(first) if m.verbs or m.did or m.unknown or m.groupable), None)
    who = doer(state)
    if who is None or verb is None or times is None or not (counted or (times.text in TIMES and times.start - last.end <= _NEAR)):
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


def is_money(state: State, number: Mark) -> bool:
    """18 grand, $500: a number of money."""
    return "grand" in number.text or state.text[: number.start].rstrip().endswith(("$", "¥", "€", "£"))


def _compares(state: State, named: Mark, counter: Mark, first: Mark) -> bool:
    """Whether the metric named before a bound is what is compared, and what the number counts only its unit: 客单价高于30块."""
    if _HAVING.search(state.text, named.end, first.start + 1):
        return False  # by sales with more than 20 returns
    if named.text.startswith(_HOW_MANY) and counter.entities and counter.metrics != named.metrics and counted_entity(state, named.metrics[0]):
        return False  # how many products got at least one review
    unit = state.default_metric() in counter.counters or counter.metrics == named.metrics
    if counter.text in TIMES and state.close(named, first, 2) and counted_rows(state, named.metrics[0]):
        return True  # 客服咨询超过100次
    return unit or (not named.entities and state.close(named, first, 2))


def counted_rows(state: State, metric: str) -> bool:
    """Whether a metric is a number of times that something happened."""
    leaf = state.catalog.formula(metric).aggregates[0]
    return leaf.counts and leaf.kind == "additive" and state.catalog.metric(metric).format == "integer"


_HOW_MANY = ("how many ", "number of ")


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
    own, usual = set(state.catalog.formula(metric).homes), set(homes_of(state))
    homes = own | usual if own <= usual else own  # placed two orders: lines, and the orders that they are of
    before = next((m for m in state.preceding(marks[0]) if not m.became), None)
    plain = before is not None and not before.metrics and not before.deeds
    return [before] if before and plain and any(v in homes for v in before.verbs) and state.same_clause(before, marks[0]) else []


def take_periods(state: State, found: list[Bound]) -> None:
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
            continue
        percent = any(m.number and m.number.kind == "percent" for m in bound.marks)
        if beside in ranges and beside.time and not english and not percent and state.text.startswith("的", last.end):
            bound.time = as_range(beside.time)  # 上半年销售过2万的门店中，下半年涨幅最大的: also what the change starts from


def _said_before(mark: Mark, ranges: list[Mark]) -> bool:
    """Aug over Jul, those above 5000 in Jul: a period that is compared already, named once more."""
    times = [m.time for m in ranges if m is not mark and m.time]
    own = mark.time
    return any(own and t.first and t.last and own.first and own.last and t.first <= own.first and own.last <= t.last for t in times)
