"""Bounds: more than 20 baskets, 销售额超6万, between 10k and 15k, twice or more.

A bound compares a metric with a number. It keeps rows of the answer (stores with more than 150 tickets), entities
(the spend of customers who came more than 5 times), single rows (flights delayed by over an hour), or tells two
groups apart (trips of $100 or more against the smaller ones).
"""

from __future__ import annotations

import re
from itertools import pairwise

from sqlglot import exp

from assistant.language.operators import FILLER
from assistant.reading.catalog_words import verbs_of
from assistant.reading.mark import Mark
from assistant.reading.rules.bound import OPS, REACHED, TIMES, Bound, find_bound, is_money, take_periods
from assistant.reading.rules.bound_words import asks_whether
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, counts_part_of, counts_rows, is_added
from assistant.reading.rules.doers import doer, homes_of
from assistant.reading.rules.groups import splits
from assistant.reading.rules.units import UNITS
from assistant.reading.state import State
from semantic_layer.query import TIME, EntityCondition, FieldCondition, Group, Having, MetricRef, Side, TimeRange

_PASSED = (
    "过", "过了", "cleared", "topped", "broke", "hit", "passed", "cracked", "did over", "made over", "beat",
    "beats", "beating", "topping", "clearing", "breaking", "passing", "went past", "got past", "pushed past", "outdid",
)  # fmt: skip
# They rank, or bound what has the number that stands right behind them.
_LIMITS = {"最少": "at_least", "最低": "at_least", "最多": "at_most", "最高": "at_most"}
_EXIST = ("有没有", "有")
_WANTED = re.compile(r"(?:要|带上?|附上?|加上|包括|显示|给出|标上|\b(?:with|including|showing|plus|and|incl\.?)\b)[^,;。]{0,12}$")
_RELATIVE = re.compile(r" (?:that|who|which|with) ")
_NAMES = ("名单", "清单", "list of")
# Did any customer return more than 5 items: they are bound one by one, and not the figure of them all.
_ANYBODY = re.compile(r"\bany(?:one|body)?\b|有没有(?:人|谁|哪)")
_OPPOSITE = ("versus", "everything_else", "separately")


def rule(state: State) -> None:
    """Takes each comparison with a number, and what it is about."""
    _said_with_their_object(state)
    _passed_numbers(state)
    _bare_counts(state)
    _ranges_of_numbers(state)
    _said_twice(state)
    found = [b for op in state.ops(*OPS, "between") if (b := find_bound(state, op))]
    found = [b for b in found if not _of_rows(state, b)]
    if not found:
        return
    take_periods(state, found)
    head = _head(state, found)
    if head is None and state.ops("how_many") and (people := _whoever(state, found)):
        _count_those(state, found, people)
    elif head is None and _ANYBODY.search(state.text):
        _give_back(state, found)
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


def _whoever(state: State, found: list[Bound]) -> str | None:
    """How many women had three or more paid orders: people, where nobody is named, and not what is counted of each of them."""
    who, counted = doer(state), {counted_entity(state, b.metric) for b in found}
    counted |= {e for m in state.marks if _is_counted_off(m, found) for e in m.entities}
    told = {f.split(".")[0] for m in state.marks for f, _ in m.values}
    people = (e for e, spec in state.catalog.spec.entities.items() if spec.people and spec.dataset in told and e not in counted)
    return who if who not in counted else next(people, who)


def _sold_past(state: State, verb: Mark) -> bool:
    """10月卖过5万的部门: a verb of selling with 过 right before an amount, and not how often it was done."""
    behind = next((m for m in state.marks if m.start == verb.end), None)
    amount = behind is not None and behind.number is not None and behind.number.kind == "number" and not behind.time and not behind.counters
    sold = bool(verb.verbs) and verb.text.endswith("过") and not verb.became and not verb.has("not") and bool(set(homes_of(state)) & set(verb.verbs))
    if not amount or not sold or behind is None or behind.number is None or behind.number.value < _AN_AMOUNT:
        return False
    return not any(state.close(m, behind, 3) or state.close(m, verb, 1) for m in state.ops(*OPS, "between") if m is not verb)  # 卖过6万以上


_AN_AMOUNT = 1000


def _said_with_their_object(state: State) -> None:
    """Wrote 5 reviews or more: a verb that the catalog knows with one of what is done by it, wrote a review, says no more with a number of them."""
    for verb in state.free(lambda m: m.unknown and m.text.isascii()):
        thing = next(iter(state.following(verb, skip=lambda m: m.number or m.filler or m.has(*OPS))), None)
        counted = thing is not None and any(m.number for m in state.marks if verb.end <= m.start and m.end <= thing.start)
        if thing is None or not thing.entities or not counted:
            continue
        owner, one = state.catalog.entity(thing.entities[0]).dataset, thing.text.removesuffix("s")
        known = verbs_of(state.catalog).get(owner or "", ())
        if any(f"{verb.text} {article} {one}" in known for article in ("a", "an")):
            state.take(verb, "said")


def _passed_numbers(state: State) -> None:
    """过两万, 破了5万, 卖到10万, cleared 10 grand: a word that means more than, or at least, only before a number; so does 最少 of 最少60个的店."""
    for mark in state.marks:
        if mark.text in _LIMITS and not mark.became and _bounds_something(state, mark):
            mark.ops = frozenset([_LIMITS[mark.text]])
        if _sold_past(state, mark):
            mark.ops |= {"more_than"}
        if mark.text in (*_PASSED, *REACHED) and not mark.ops - {FILLER, "versus", "higher"} and not mark.became:
            ahead = next(state.following(mark, skip=lambda m: m.filler and m.text in ("了", "到", "the", "$")), None)
            unit = next((m for m in state.marks if ahead and m.start == ahead.end and m.counters), ahead)  # 做到5万刀以上
            bound = [m for m in state.ops(*OPS) if ahead and unit and (state.close(m, ahead) or state.close(m, unit))]
            if ahead and ahead.number and not ahead.time and ahead.number.kind in ("number", "percent") and not bound:
                mark.ops, mark.metrics = frozenset(["at_least" if mark.text in REACHED else "more_than"]), ()


def _bare_counts(state: State) -> None:
    """买过两次的客户, customers who bought twice, users with two orders: so many and no more, which the answer says."""
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    whose = [m for m in state.marks if any(e in people for e in m.entities) or (m.metrics and counted_entity(state, m.metrics[0]) in people)]
    for number in state.free(lambda m: m.number and m.number.kind == "number" and m.number.value >= 2 and not m.time) if whose else []:
        ends, counter = _counted_behind(state, number)
        done = next(iter(state.preceding(number, skip=lambda m: m.filler and m.text not in _WITH)), None)
        if counter is None or done is None or done.became or not state.close(done, number, 2):
            continue
        deed = bool(done.did) or (bool(done.verbs) and not done.metrics and not done.has("not"))
        whom = any(m.end <= done.start or m is done for m in whose) if number.text.isascii() else _is_described(state, ends, whose)
        others = state.ops(*OPS, "between", "top", "bottom", "average", "not", "each")
        if any(state.close(m, number, 6) or state.close(m, ends, 3) for m in others) or not (deed or done.text in _WITH) or not whom:
            continue
        number.ops |= {"exactly"}
        state.assume(f"“{number.text}”按正好 {number.number.value:g} 理解", f'"{number.text}" is read as exactly {number.number.value:g}')  # type: ignore[union-attr]


_WITH = ("with", "having", "who have", "who had", "that have", "that had", "有")


def _counted_behind(state: State, number: Mark) -> tuple[Mark, str | None]:
    """What ends a count, and the metric that is counted: 两次, twice, two orders; no amount of money."""
    behind = number if number.counters else next((m for m in state.marks if 0 <= m.start - number.end <= 1 and m.counters), None)
    name = behind.counters[0] if behind else None
    whole = name is not None and state.catalog.metric(name).format == "integer"
    return behind or number, name if whole else None


def _is_described(state: State, ends: Mark, whose: list[Mark]) -> bool:
    """Whether a Chinese count ends the clause that describes people: 买过两次的客户."""
    behind = next((m for m in state.marks if m.start == ends.end), None)
    return behind is not None and behind.text == "的" and any(m.start == behind.end for m in whose)


_TO = re.compile(r" ?(?:to|[-~–—]{1,2}|到|至) ?[$¥€£]?")


def _ranges_of_numbers(state: State) -> None:
    """Sales of 10 to 50k, 折扣率10%到20%的门店: two numbers joined by "to" bound what stands beside them."""
    numbers = state.free(lambda m: m.number and m.number.kind in ("number", "percent") and not m.time and not m.counters)
    for low, high in pairwise(numbers):
        rising = low.number and high.number and low.number.value < high.number.value
        in_brackets = state.text[: low.start].rstrip().endswith("(")  # the star distribution (1-5)
        if state.ops("between") or in_brackets or not rising or not _TO.fullmatch(state.text, low.end, high.start):
            continue
        inside = [m for m in state.marks if low.end <= m.start and m.end <= high.start and m.text not in "$¥€£"]
        if not inside:
            inside = [Mark(low.end, high.start, state.text[low.end : high.start])]
            state.marks.insert(state.marks.index(high), inside[0])
        inside[0].ops = frozenset(["between"])


def _said_twice(state: State) -> None:
    """达到500块及以上, at least 5 or more: the same comparison, once more right behind the number or its unit."""
    for name in ("at_least", "at_most"):
        for number in state.free(lambda m: m.number and not m.ops):
            unit = next((m for m in state.marks if m.start == number.end and m.counters and not m.text.isascii()), number)
            ahead = next((m for m in state.ops(name) if m.end <= number.start and state.close(m, number)), None)
            behind = next((m for m in state.ops(name) if 0 <= m.start - unit.end <= 1), None)
            if ahead and behind:
                state.take(behind, f"threshold:{name}")


def _bounds_something(state: State, word: Mark) -> bool:
    """最少60个的店, 最多来过3次的顾客: a number and what it counts, and then what is bound; 最少3家店 ranks."""
    number, *rest = [*state.following(word, skip=lambda m: m.verbs or m.text in ("了", "过", "到")), None]
    if number is None or not number.number or number.time or number.start - word.end > 3 or number.number.kind != "number":
        return False
    counted = next((m for m in rest if m is not None and not m.counters and not (m.filler and m.text != "的")), None)
    return counted is not None and counted.text == "的" and counted.start - number.end <= 3


def _of_rows(state: State, bound: Bound) -> bool:
    """Flights delayed by more than 60 minutes, orders over 100k: each row is compared, where the rows themselves are counted."""
    formula = state.catalog.formula(bound.metric)
    call = formula.aggregates[0].call
    if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, (exp.Sum, exp.Avg)) or not isinstance(call.this, exp.Column):
        return False
    dataset = call.this.table
    asked = [m for m in state.free() if any(counts_rows(state, name) == dataset for name in m.metrics)]
    asked += [m for m in state.free() if any(state.catalog.entity(e).dataset == dataset for e in m.entities)]
    listed = [] if asked else _rows_listed(state, bound, dataset)
    if not asked and not listed:
        return False
    state.where.append(FieldCondition(field=f"{dataset}.{call.this.name}", op=bound.op, value=bound.value))  # type: ignore[arg-type]
    if asked and not state.metrics and (metric := counting_in(state, dataset, None)) and not any(m.metrics for m in asked):
        state.add_metric(MetricRef(metric=metric))
        for mark in [asked[0], *state.ops("how_many")]:
            state.take(mark, f"metric:{metric}")
    return True


def _rows_listed(state: State, bound: Bound, dataset: str) -> list[Mark]:
    """单笔订单总价45万以上的都有哪些: rows of what the metric is called after are listed, one by one."""
    key = state.catalog.dataset(dataset).primary_key
    entity = state.catalog.dataset(dataset).fields[key[0]].entity if len(key) == 1 else None
    named = next((m for m in bound.marks if bound.metric in m.metrics), None)
    others = state.free(lambda m: m.metrics or m.entities or m.fields or m.has("by", "how_many"))
    if not entity or named is None or others or not state.ops("single") or not state.ops("list", "which"):
        return []
    named.became, named.metrics, named.entities = "", (), (entity,)
    return [named]


def _is_band(state: State, head: Mark, bound: Bound) -> bool:
    """Income under 35k: a band is compared, which no bound on a metric says."""
    named_after = any(m.metrics and m.number is None and m.end == bound.end for m in bound.marks)
    first = min(bound.marks, key=lambda m: m.start)
    named_before = any(m.metrics for m in bound.marks if m.end <= first.end)
    in_money = any(is_money(state, m) for m in bound.marks if m.number) or any(_of_money(state, m) for m in bound.marks)
    if head.fields and not state.catalog.field(head.fields[0]).spec.order and in_money:
        return False  # manufacturers over $20k, 哪些品类做到10万块以上
    return not head.entities and head.end <= bound.start and state.close(head, first) and not named_after and not named_before


def _of_money(state: State, mark: Mark) -> bool:
    """块, 刀: what counts an amount of money."""
    return not mark.metrics and any(state.catalog.metric(c).format == "currency" for c in mark.counters)


def _give_back(state: State, found: list[Bound]) -> None:
    """The words of a band stay unexplained."""
    for bound in found:
        for mark in bound.marks:
            mark.became = ""


def _head(state: State, found: list[Bound]) -> Mark | None:
    """Whose metric is compared: what is asked for with which or how many, else the nearest, before an English bound, after a Chinese one."""
    bound = found[0]
    counted = {e for b in found if (e := counted_entity(state, b.metric))}
    candidates = [m for m in state.free(lambda m: m.groupable or m.metrics) if _can_be_head(state, m, counted) and not _is_counted_off(m, found)]
    for op in state.ops("which"):
        after = state.after(op)
        if after in candidates:
            return after
    before = [m for m in candidates if m.end <= bound.start]
    after_it = [m for m in candidates if m.start >= bound.end]
    english = bound.marks[0].text.isascii()
    order = (before[::-1], after_it) if english else (after_it, before[::-1])
    return next((m for side in order for m in side), None)


def _is_counted_off(mark: Mark, found: list[Bound]) -> bool:
    """Returned at least 2 orders: what stands right behind an English number is what there are so many of."""
    return bool(mark.counters) and mark.text.isascii() and any(m.number and mark.start - m.end == 1 for b in found for m in b.marks)


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
    listed = any(op.text not in _EXIST for op in state.ops("list"))  # a list has rows, whatever else is shown of each
    others = [m for m in state.free(lambda m: m.metrics and m is not head) if m.metrics[0] not in metrics and not (listed and is_shown(state, m))]
    counted = (head.counted and not _RELATIVE.search(head.text)) or _is_counted(state, head) or _summed_up(state, head, found)
    if state.ops("top", "bottom", "growth_top", "decline_top") or (head.metrics and _is_split(state, head)):
        return False
    if head.entities and state.ops("share") and not state.ops("which", "list"):
        return False  # the share of users who spent 10k
    people = any(state.catalog.entity(e).people for e in head.entities)
    undone = bool(head.entities) and not people and bool(state.ops("not")) and not state.ops("how_many")  # saved often, but not sold: which they are
    return not counted and not others and (not state.free(lambda m: m.verbs) or bool(state.ops("which", "list")) or undone)


def _summed_up(state: State, head: Mark, found: list[Bound]) -> bool:
    """2017年消费超过5000的家庭一共贡献了多少: the measure of the bound, asked once more of all of them together."""
    said = {id(m) for b in found for m in b.marks}
    again = state.free(lambda m: id(m) not in said and m is not head and any(b.metric in m.metrics for b in found))
    summed = state.ops("total") or [m for m in again if m.text.startswith(("total ", "总"))]
    asked = not state.ops("list", "which", "by", "separately") and bool(summed)
    return asked and any(not is_added(state, m) for m in again)


def _of_a_counter(state: State, op: Mark) -> bool:
    """次数, 单数: the number of something else, in one word with what is counted."""
    before = next(state.preceding(op, skip=lambda m: False), None)
    return op.text == "数" and before is not None and before.end == op.start and bool(before.counters or before.text in TIMES)


def _of_an_amount(state: State, op: Mark) -> bool:
    """多少净销售额: how much, right before the name of what is not the number of anything."""
    after = next(state.following(op, skip=lambda m: False), None)
    return after is not None and after.start == op.end and bool(after.metrics) and not after.entities and not counted_entity(state, after.metrics[0])


def is_shown(state: State, metric: Mark) -> bool:
    """List those with more than 20 visits with their sales; 列个名单,要id和金额: a metric that is shown beside a list."""
    said = state.text[: metric.start]
    listed = [op for op in state.ops("list") if op.end <= metric.start]
    return is_added(state, metric) or bool(listed and _WANTED.search(said[listed[-1].end :]))


def _is_split(state: State, head: Mark) -> bool:
    """Receipts over $100 by store, by month: their number in each, and no list of them."""
    named = any((t := state.after(op)) and t.groupable and t is not head and not t.became for op in state.ops("by"))
    return named or any(g.grain for g in state.groups) or bool(state.free(lambda m: m.time and m.time.kind == "grain"))


def _is_counted(state: State, head: Mark) -> bool:
    """Whether how many says how many of the head there are: right beside it, and not how many baskets each of them had."""
    ops = [op for op in state.ops("how_many") if not _of_a_counter(state, op) and not _of_an_amount(state, op)]
    if any(state.close(op, head, 4) for op in ops):
        return True
    if not ops or state.ops("which") or any(m.text.endswith(_NAMES) for m in state.ops("list")):
        return False
    behind = [op for op in ops if op.start > head.end]
    alone = [op for op in behind if not state.text[op.end :].strip(" ?") and not state.text[: op.start].rstrip().endswith(("with", "and"))]
    return not head.text.isascii() or len(behind) < len(ops) or bool(alone)


def _keep_rows(state: State, found: list[Bound], head: Mark) -> None:
    state.take(head, f"group:{head.groupable}")
    state.add_group(Group(field=head.groupable))
    for op in state.ops("which", "list", "by"):
        if not ((after := state.after(op)) and after.metrics and not splits(state, after)):  # top departments by sales
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
        if (grown := _of_growth(state, bound)) and not isinstance(bound.value, tuple):
            fell = grown.has("decline")
            op, value = (_FALLING.get(bound.op, bound.op), -bound.value) if fell else (bound.op, bound.value)
            state.having.append(Having(by=bound.metric, side="growth", op=op, value=value))  # type: ignore[arg-type]
            state.take(grown, "compare")
            continue
        if part := _of_share(state, bound):
            state.having.append(Having(by=bound.metric, side="share", op=bound.op, value=bound.value))  # type: ignore[arg-type]
            state.take(part, "share")
            continue
        state.having.append(Having(by=bound.metric, side=side, op=bound.op, value=bound.value))  # type: ignore[arg-type]


_FROM = ("from ", "从")
_FALLING = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def _of_growth(state: State, bound: Bound) -> Mark | None:
    """增长超过20%, grew by more than 20%: a word of change right before a bound in percent, of two periods that are named."""
    percent = any(m.number and m.number.kind == "percent" for m in bound.marks)
    said = [m for m in bound.marks if m.has(*OPS) or m.number]
    periods = [m for m in state.marks if m.time and m.time.kind in ("range", "compare")]
    apart = state.compare or len(periods) > 1 or any(m.text.startswith(_FROM) for m in periods)  # from May to June
    if not percent or not said or state.catalog.metric(bound.metric).format == "percent" or not apart:
        return None
    first = min(said, key=lambda m: m.start)
    before = next(state.preceding(first, skip=lambda m: m.filler or m.text in ("by", "了")), None)
    return before if before and before.has("growth", "decline") and not before.became else None


def _of_share(state: State, bound: Bound) -> Mark | None:
    """占比超过5%的部门, departments with a share of sales above 5%: each row's share is bound, where nothing else is the part."""
    number = next((m for m in bound.marks if m.number and m.number.kind == "percent"), None)
    if number is None or state.catalog.metric(bound.metric).format == "percent" or state.compare or state.free(lambda m: m.values or m.segments):
        return None
    first = min((m for m in bound.marks if m.number or m.has(*OPS)), key=lambda m: m.start)
    before = next(state.preceding(first), None)
    if before in bound.marks and before.metrics and before.text.isascii():
        first, before = before, next(state.preceding(before), None)  # with a share of sales above 5%
    return before if before and before.has("share") and not before.became and state.close(before, first) else None


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
    if _summed_up(state, head, found):
        counted = False
    if not ranked and (counted or not others) and not _counts_another(state, entity):
        metric = count_metric(state, entity) or _counted_there(state, entity, found[0])
        if metric and (share := state.ops("share")) and not others:
            _share_of_those(state, metric, found, share)
        elif metric:
            state.add_metric(metric)
        for op in state.ops("how_many"):
            state.take(op, "count")
    if not ranked:
        state.take(head, f"entity:{entity}")


def _counted_there(state: State, entity: str, bound: Bound) -> MetricRef | None:
    """How many cities had an average order over 200: what no metric counts is counted among the rows that are compared."""
    own = state.catalog.entity(entity).dataset
    for home in state.catalog.formula(bound.metric).homes:
        reached = [home, *(d for d in state.catalog.spec.datasets if d not in (home, own) and state.catalog.graph.paths(home, d))]
        place = next((d for d in reached if state.catalog.entity_field(entity, d)), None)
        if place and state.ops("how_many"):
            return MetricRef(agg="count_distinct", field=f"{place}.{state.catalog.entity_field(entity, place)}")
    return None


def _share_of_those(state: State, metric: MetricRef, found: list[Bound], words: list[Mark]) -> None:
    """累计消费满1万的用户占比, what part of the baskets were over $100: those that the bound keeps, of all there are."""
    kept = [c for c in state.where if isinstance(c, EntityCondition)][-len(found) :]
    state.where[:] = [c for c in state.where if c not in kept]
    homes = state.catalog.formula(found[0].metric).homes
    among = next((n for h in homes if (n := counting_in(state, h, kept[0].entity)) and counts_part_of(state.catalog, n, kept[0].entity)), None)
    metric = MetricRef(metric=among) if among else metric  # of those that have any, as the bound has
    state.add_metric(metric.model_copy(update={"where": tuple(kept), "share": True}))
    for word in words:
        state.take(word, "share")


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
