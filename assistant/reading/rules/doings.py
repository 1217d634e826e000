"""What entities did or did not do: bought in May and not in June, redeemed a coupon, were targeted by campaign 18.

A doing is a verb with its negation and with the things and the period that belong to it. A negation without a
verb (but not in June) repeats the verb before it. One plain doing is the question's own (its things and period are
filters); several, or one of other rows than the metric's, are conditions on the entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, counts_part_of, in_a_list, tells_which
from assistant.reading.rules.deeds import told_of
from assistant.reading.rules.doers import doer, homes_of, is_grouped, on_one
from assistant.reading.rules.doing import Doing, described_entity, find_doings
from assistant.reading.rules.done import (
    count_unless_measured,
    counted_marks,
    exists_condition,
    measured_beside,
    take_doings,
    take_subjects,
    to_be_listed,
)
from assistant.reading.rules.filters import conditions_of, in_brackets
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, Group, MetricRef, TimeRange


def rule(state: State) -> None:
    """Takes what entities did."""
    who = doer(state)
    if who is None or _asks_for_rows(state):
        return
    in_brackets(state)
    _not_even_one(state)
    doings = [part for d in find_doings(state, who) for part in _split(d)]
    if not doings:
        return
    if (one := on_one(state)) is not None:
        for mark in one[1]:
            state.take(mark, f"entity:{one[0]}")
        doings = [replace(d, entity=one[0]) for d in doings if state.catalog.entity_field(one[0], d.dataset)]
    if _of_the_same_rows(state, doings):
        return
    doings = _contrasted(state, _telling(state, doings))
    _share_the_period(doings)
    _period_at_the_end(state, doings)
    _in_that_month(state, doings)
    _not_then_either(doings, state.text)
    if doings and _listed_things(state, doings):
        return
    if len(doings) == 1:
        named = _of_what_was_named(state, doings[0])
        doings[0].things += named
        _single(state, doings[0])
        for mark in named:
            mark.became = ""  # it is of what they did before as well
        for time in doings[0].times if _of_its_own_rows(state, doings[0]) or _of_those_before(state, doings[0]) else ():
            time.became = ""
    elif doings:
        _several(state, doings)


def _split(doing: Doing) -> Iterator[Doing]:
    """Both in May and in June, both milk and bread, in both of stores 1 and 2: a doing for each."""
    if doing.both and len(doing.times) > 1:
        yield from (replace(doing, times=[t]) for t in doing.times)
    elif doing.both and len(doing.things) > 1:
        yield from (replace(doing, things=[t]) for t in doing.things)
    elif doing.both and len(doing.things) == 1 and (ids := doing.things[0].ids) and len(ids[1]) > 1:
        yield from (replace(doing, things=[replace(doing.things[0], ids=(ids[0], (n,)))]) for n in ids[1])
    else:
        yield doing


def _telling(state: State, doings: list[Doing]) -> list[Doing]:
    """注册完一单没下过的会员: that they joined, with no period, is true of all of them beside what they did not do."""
    keys = {d.dataset: (state.catalog.entity_field(d.entity, d.dataset),) for d in doings}
    said = [d for d in doings if not d.negated and d.bare and state.catalog.dataset(d.dataset).primary_key == keys[d.dataset]]
    if not said or not any(d.negated and d.entity == said[0].entity for d in doings):
        return doings
    for doing in said:
        for word in doing.words:
            state.take(word, "said")
    return [d for d in doings if d not in said]


_NOT_EVEN_ONE = re.compile(r"连?[一半](?:[次分块毛个单件回张条笔]|分一毛)?(?:钱|东西|商品|货)?$")


def _not_even_one(state: State) -> None:
    """一次钱都没付过: what stands before a Chinese denial of a verb says no more than never, and names no measure."""
    for op in state.ops("not"):
        behind = next(state.following(op), None)
        said = _NOT_EVEN_ONE.search(state.text, max(0, op.start - 6), op.start) if behind and behind.verbs else None
        if said is not None:
            for mark in state.free(lambda m: said.start() <= m.start and m.end <= op.start):  # noqa: B023
                state.take(mark, "not one")


def _of_the_same_rows(state: State, doings: list[Doing]) -> bool:
    """下了单没付款的有多少: where nobody is named who did it, the rows themselves are counted, of which a verb of a segment does not tell."""
    if len(doings) != 2 or state.free(lambda m: doings[0].entity in m.entities or m.metrics):
        return False
    done, left = doings
    told = told_of(left.anchor, done.dataset)
    own = next((e for e, spec in state.catalog.spec.entities.items() if spec.dataset == done.dataset), None)
    counted = count_metric(state, own) if own else None
    if done.negated or not left.negated or told_of(done.anchor, done.dataset) or not told or left.times or left.things or counted is None:
        return False
    state.where += [c.model_copy(update={"negated": True}) for c in told]
    state.add_metric(counted)
    take_doings(state, [replace(d, times=[], things=[]) for d in doings])
    for mark in state.ops("how_many"):
        state.take(mark, "count")
    return True


def _contrasted(state: State, doings: list[Doing]) -> list[Doing]:
    """Those who did and those who did not, side by side: a group of two. Gives the other doings."""
    for doing in doings:
        other = next((d for d in doings if d is not doing and _same_rows(d, doing) and d.negated != doing.negated), None)
        if other is None or doing.negated or other.times or (other.things and [t.text for t in other.things] != [t.text for t in doing.things]):
            continue
        if doing.times and doing.dataset in homes_of(state):
            continue
        condition = exists_condition(state, replace(doing, negated=False), open_time=True)
        state.add_group(Group(case=condition, alias=f"in_{doing.dataset}"))
        take_doings(state, [doing, other])
        for mark in state.ops("versus", "separately", "not"):
            state.take(mark, f"exists:{doing.dataset}")
        count_unless_measured(state, doing)
        return [d for d in doings if d not in (doing, other)]
    return doings


def _same_rows(one: Doing, other: Doing) -> bool:
    """Whether two doings are told by the same rows: not put in the cart and ordered."""
    return one.dataset == other.dataset and told_of(one.anchor, one.dataset) == told_of(other.anchor, other.dataset)


def _share_the_period(doings: list[Doing]) -> None:
    """Bought milk but no bread in Q1: the one period, said at the end, is that of both."""
    alike = len(doings) > 1 and len({d.dataset for d in doings}) == 1 and all(d.things for d in doings)
    if alike and not any(d.times for d in doings[:-1]) and len(doings[-1].times) == 1:
        doings[-1].times.clear()
    elif len(doings) > 1 and _not_either(doings[-1]) and all(_is_another(d, doings[-1]) for d in doings[:-1]):
        for doing in doings[:-1]:
            doing.times = list(doings[-1].times)  # viewed phones but did not buy any in June: they viewed them then, too


def _is_another(doing: Doing, last: Doing) -> bool:
    """Whether something was done that is told by itself and has no period yet; in bought nothing it is the deed that was not done."""
    return not doing.times and not doing.negated and (bool(doing.things) or doing.dataset != last.dataset)


def _not_either(doing: Doing) -> bool:
    """Whether it was not done in the one period that is said behind it; what was never done has one of its own."""
    return doing.negated and len(doing.times) == 1 and doing.anchor.text.isascii() and not _ever(doing) and doing.times[0].start > doing.anchor.end


def _period_at_the_end(state: State, doings: list[Doing]) -> None:
    """领了券没用的用户有几个 上半年: the one period, said last, is when it was done, where nothing but those who did it is counted."""
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    if len(ranges) != 1 or (ranges[0].time and ranges[0].time.first is None) or not doings or any(d.times or d.anchor.text.isascii() for d in doings):
        return
    last = all(m is ranges[0] or m.filler or m.end <= ranges[0].start for m in state.marks)
    named = state.free(lambda m: m.metrics and not m.verbs and counted_entity(state, m.metrics[0]) != doings[0].entity)
    if last and not named and not any(measured_beside(state, d) for d in doings):
        for doing in doings:
            doing.times = [] if doing.negated else ranges[:]


_THAT_MONTH = re.compile(r"[^,.;?]{0,24}\b(?:that|the same) (?:day|week|month|quarter|year)\b")
_BEFORE_VERB = re.compile(r"(?:那个?|当|同)(?:天|周|月|季度?|年)(?:里|内|也|都|还|又)*$")


def _in_that_month(state: State, doings: list[Doing]) -> None:
    """Who paid in June, how many also contacted support that month: what was done in other rows has that period too."""
    ranges = [m for m in state.marks if m.time and m.time.kind == "range"]
    for doing in doings:
        first = min(w.start for w in doing.words)
        said = _THAT_MONTH.match(state.text, doing.anchor.end) or _BEFORE_VERB.search(state.text, 0, first)
        if said and len(ranges) == 1 and not doing.times and doing.dataset not in homes_of(state):
            doing.times, doing.shared = ranges[:], ranges[0].end <= first


_EVER = re.compile(r"从|曾|始终|一直|压根|至今|过|never|ever|at no time|\byet\b")


def _ever(doing: Doing) -> bool:
    """Never sold, 没买过: at no time, and not only not in the period of the answer."""
    return _EVER.search("".join(m.text for m in doing.words)) is not None


_ANY_OF_THEM = re.compile(
    r" (?:any|one|it|them)(?: of (?:them|those|these))?(?=$|[,.?;]| (?:in|that|during|this|either|at all)\b)|(?:过|了)?(?:它|它们|这些)"
)
_POINTING = re.compile(r"\b(?:it|them|those|these)$|[它她他]们?$")


def _not_then_either(doings: list[Doing], text: str) -> None:
    """Added to the cart in June but did not order: not in June; what was never done has no period.

    What points back to a thing is of that thing: got a coupon in May but never used it.
    """
    for earlier, later in pairwise(doings):
        if earlier.times and not later.times and later.dataset == earlier.dataset and _POINTING.search(later.anchor.text):
            later.times = list(earlier.times)
        if later.dataset == earlier.dataset and _used_of_it(earlier, later):
            later.things = list(earlier.things)  # got this coupon and used none of it
        if not later.things and later.negated and later.dataset != earlier.dataset and _ANY_OF_THEM.match(text, later.anchor.end):
            later.things = list(earlier.things)  # viewed phones without buying any
        same = earlier.times and not earlier.negated and later.negated and later.entity == earlier.entity
        if same and not later.times and not _ever(later):
            later.times = list(earlier.times)


def _used_of_it(earlier: Doing, later: Doing) -> bool:
    """Whether the later tells what became of the rows of the earlier: redeemed, of coupons that were got."""
    told = {s for d, s in later.anchor.deeds if d == later.dataset}
    plain = not any(d == earlier.dataset for d, _ in earlier.anchor.deeds)
    return later.negated and plain and bool(earlier.things) and not later.things and bool(told)


def _listed_things(state: State, doings: list[Doing]) -> bool:
    """二季度卖过、一季度没卖过的商品列出来: things that are described by what was done with them, and asked for one by one."""
    last = described_entity(state, doings[-1].anchor) if not doings[-1].anchor.text.isascii() else None
    whose = last.entities[0] if last else ""
    if last is None or any(d.entity != whose for d in doings) or not to_be_listed(state, whose) or measured_beside(state, doings[0]):
        return False
    if state.ops("top", "bottom"):
        return False
    ranges = state.free(lambda m: m.time and m.time.kind == "range" and not any(m in d.times for d in doings))
    alone = [replace(d, times=[*d.times, *(ranges if len(doings) == 1 else [])]) for d in doings]
    if len(ranges) > (len(doings) == 1) or (ranges and alone[0].times != ranges):
        return False
    state.where += [exists_condition(state, d, open_time=not d.negated or _ever(d)) for d in alone]
    take_doings(state, alone)
    return True


def _single(state: State, doing: Doing) -> None:
    measured = measured_beside(state, doing)
    if doing.dataset in homes_of(state) and not doing.negated:
        other_times = [m for m in state.free(lambda m: m.time and m.time.kind == "range") if m not in doing.times]
        if doing.times and len(other_times) == 1 and not measured and _of_a_period(state, doing, other_times[0]):
            state.where.append(exists_condition(state, doing))
            take_doings(state, [doing])
            count_unless_measured(state, doing)
            return
        of_another = bool(doing.times and other_times)
        if (doing.things or of_another) and measured and (_is_relative(state, doing) or of_another):
            kept = doing if of_another else replace(doing, times=[])
            state.where.append(exists_condition(state, kept))
            take_doings(state, [kept])
            take_subjects(state, doing.entity)
        return
    if _as_metric(state, doing):
        return
    bound = _are_bound(state, doing)
    if bound:
        doing = replace(doing, times=[])
    if (doing.negated or measured or bound or _bought_too(state, doing)) and (not _is_measure_itself(state, doing) or doing.negated):
        state.where.append(exists_condition(state, doing, open_time=not doing.negated or _ever(doing)))
        take_doings(state, [doing])
        for time in doing.times if doing.shared and measured else ():
            time.became = ""  # 2017 sales from those who redeemed one that year
        count_unless_measured(state, doing, whoever=True)
    elif not measured:
        _done_elsewhere(state, doing)


def _of_its_own_rows(state: State, doing: Doing) -> bool:
    """上半年领过券的人平均每人领了几张: what is measured are the rows that the verb tells of, so that their one period is that of both."""
    ranges = [m for m in state.marks if m.time and m.time.kind == "range"]
    named = [*(m.metrics[0] for m in state.free(lambda m: m.metrics)), *(m.metric for m in state.metrics if m.metric)]
    homes = {h for n in named for h in state.catalog.formula(n).homes}
    return len(ranges) == 1 and homes == {doing.dataset} and not doing.negated


def _of_what_was_named(state: State, doing: Doing) -> list[Mark]:
    """Users who viewed phones but did not buy any: any of what was named before."""
    pointed = doing.negated and not doing.things and _ANY_OF_THEM.match(state.text, doing.anchor.end)
    done = any((m.did or m.verbs) and m.metrics and m.end <= doing.anchor.start for m in state.marks)
    return state.free(lambda m: m.values and not m.worded and m.end <= doing.anchor.start) if pointed and done else []


def _of_those_before(state: State, doing: Doing) -> bool:
    """Users who viewed phones but did not buy any in June: the one period, said behind it, is also that of what they did."""
    ranges = [m for m in state.marks if m.time and m.time.kind == "range"]
    named = any((m.did or m.verbs) and m.metrics and m.end <= doing.anchor.start for m in state.marks)
    return named and len(ranges) == 1 and _not_either(doing)


def _are_bound(state: State, doing: Doing) -> bool:
    """Households targeted by campaign 13 that spent over $500: those that a bound keeps, of a list that has no dates."""
    bound = any(isinstance(c, EntityCondition) and c.entity == doing.entity for c in state.where)
    return bound and state.catalog.dataset(doing.dataset).time is None


def _done_elsewhere(state: State, doing: Doing) -> None:
    """6月退过货的用户有多少: those who did what only the rows of others tell (the orders of the returns) are found among all there are."""
    own = state.catalog.entity(doing.entity)
    asked = state.free(lambda m: doing.entity in m.entities or (m.metrics and counts_part_of(state.catalog, m.metrics[0], doing.entity)))
    if asked and own.dataset != doing.dataset and _counted_as_they_come(state, doing, asked):
        return
    number = _number_of(state, doing)
    counted = number is not None and number.metric is not None
    if not own.people or own.dataset in (None, doing.dataset) or not asked or doing.dataset in homes_of(state) or counted:
        return
    if any(state.catalog.entity(e).dataset == doing.dataset for m in state.free(lambda m: m not in doing.words) for e in m.entities):
        return  # how many returns
    others = state.free(lambda m: (m.values or m.ids) and m not in doing.things)
    foreign = any(not any(state.reaches(own.dataset, f) for f in _fields_of(m)) for m in others)
    behind = [m for m in doing.things if m.start == doing.anchor.end]
    theirs = any((m.segments or _fields_of(m)) and all(f.split(".")[0] == own.dataset for f in _fields_of(m)) for m in behind)
    if foreign or theirs:
        return  # 大额家电券有没有人用过: of that coupon; 自己点了愿意收: nothing that was clicked
    ranges = state.free(lambda m: m.time and m.time.kind == "range" and m not in doing.times)
    if len(ranges) == 1 and doing.times and (whole := _of_a_period_of_theirs(state, doing, ranges[0])):
        state.where.append(exists_condition(state, doing, open_time=True))
        take_doings(state, [doing])
        state.add_metric(MetricRef(metric=whole.metrics[0]))
        state.take(whole, "count")
        return
    if len(ranges) > 1 or (ranges and doing.times):
        return
    doing = replace(doing, times=[*doing.times, *ranges])
    state.where.append(exists_condition(state, doing, open_time=True))
    take_doings(state, [doing])
    count_unless_measured(state, doing, whoever=True)


def _of_a_period_of_theirs(state: State, doing: Doing, period: Mark) -> Mark | None:
    """June's paying customers who contacted support in June: people of whom a name tells which, beside a period of their own."""
    told = state.free(lambda m: m.metrics and tells_which(state.catalog, m, doing.entity))
    return next((m for m in told if (state.close(m, period, 2) if m.start < period.start else state.close(period, m, 2))), None)


def _counted_as_they_come(state: State, doing: Doing, asked: list[Mark]) -> bool:
    """进来逛的有多少人: people whom nobody names are those that the rows themselves count, known or not: visitors."""
    others = [e for e, spec in state.catalog.spec.entities.items() if spec.people and e != doing.entity]
    name = next((n for e in others if (n := counting_in(state, doing.dataset, e)) and counts_part_of(state.catalog, n, e)), None)
    plain = not (doing.anchor.deeds or doing.negated or doing.things) and all(m.has("filler") and not m.metrics for m in asked)
    if name is None or not plain or state.metrics or not state.ops("how_many"):
        return False
    state.add_metric(MetricRef(metric=name))
    take_doings(state, [replace(doing, times=[])])
    for mark in (*asked, *state.ops("how_many")):
        state.take(mark, "count")
    return True


def _fields_of(mark: Mark) -> list[str]:
    return [*(f for f, _ in mark.values), *([mark.ids[0]] if mark.ids else [])]


def _of_a_period(state: State, doing: Doing, time: Mark) -> bool:
    """What percent of March shoppers came in April: who did it is told by another period, right before them."""
    whom = next(iter(state.following(time)), None)
    return bool(whom and doing.entity in whom.entities and state.close(time, whom) and whom.end <= doing.anchor.start)


def _as_metric(state: State, doing: Doing) -> bool:
    """Receipts and households that redeemed, side by side: in a list of metrics, those who did it are counted where it was done."""
    counted = list(state.free(lambda m: m.metrics and counts_part_of(state.catalog, m.metrics[0], doing.entity)))
    counted += state.ops("how_many") if doing.entity in [e for e, spec in state.catalog.spec.entities.items() if spec.people] else []
    counted = [m for m in counted if not m.has("how_many") or m.metrics or m.text.endswith(_PERSONS)]
    counted += [m for m in state.free(lambda m: doing.entity in m.entities and not m.metrics) if (b := state.before(m)) and b.has("how_many")]
    near = [m for m in counted if state.close(m, doing.anchor, 3) and (in_a_list(state, m) or _listed(state, m))]
    number = _number_of(state, doing) if near and not doing.negated and not doing.times else None
    if number is None:
        return False
    state.add_metric(number)
    take_doings(state, [replace(doing, things=[])])
    state.take(near[0], f"metric:{number.metric}" if number.metric else "count")
    return True


def _number_of(state: State, doing: Doing) -> MetricRef | None:
    """How many different entities did it: the metric that counts them there, or else their keys in its rows."""
    metric = counting_in(state, doing.dataset, doing.entity)
    if metric and counts_part_of(state.catalog, metric, doing.entity):
        return MetricRef(metric=metric)
    key = state.catalog.entity_field(doing.entity, doing.dataset)
    return MetricRef(agg="count_distinct", field=f"{doing.dataset}.{key}") if key else None


_PERSONS = ("人", "位", "户")
_HOW_MANY = re.compile(r"(?:the )?(?:number|count) of(?: the)? ?$")
_PARTED = re.compile(r"[,、;&/+]|\b(?:and|plus|next to|as well as|along with|alongside|beside)\b|和|与|以及|及|还有|外加|再加")


def _listed(state: State, mark: Mark) -> bool:
    """Whether a comma or the like parts a mark from a metric before it: how many campaigns we ran, households mailed."""
    before = next((m for m in state.preceding(mark) if m.metrics), None)
    between = _HOW_MANY.sub("", state.text[before.end : mark.start]) if before else ""
    return bool(_PARTED.search(between)) and not re.search(r"\b(?:of|from|by|for|to)\s*$", between)


def _share_of_doers(state: State, doings: list[Doing]) -> bool:
    """Of the households that campaign 13 went to, what share redeemed: the metric that divides the one number by the other."""
    share = state.ops("share")
    if not share or len(doings) != 2 or any(d.negated or d.times for d in doings):
        return False
    below, above = (counting_in(state, d.dataset, d.entity) for d in doings)
    for metric in state.catalog.spec.metrics:
        formula = state.catalog.formula(metric)
        names = [state.catalog.aggregate_name(a) for a in formula.aggregates]
        if isinstance(formula.tree, exp.Div) and below and above and names == [above, below]:
            state.add_metric(MetricRef(metric=metric))
            take_doings(state, [replace(d, things=[]) for d in doings])
            take_subjects(state, doings[0].entity)
            for mark in [*share, *state.free(lambda m: m.has("at_least") or (m.number and m.number.value == 1))]:
                state.take(mark, "share")
            return True
    return False


def _counts_of_each(state: State, doings: list[Doing]) -> bool:
    """Sent to how many, redeemed by how many: each doing with a how many of its own is a metric."""
    homes = homes_of(state)
    asked = state.ops("how_many")
    named = state.free(lambda m: doings[0].entity in m.entities and any(state.close(m, d.anchor, 4) for d in doings))
    each = len(asked) >= len(doings) and len({id(t) for d in doings for t in d.times}) < 2  # how many bought, and how many redeemed
    if max(len(asked), len(named)) < len(doings) or any(d.negated or (d.things and d.dataset in homes) for d in doings):
        return False
    if not each and any(d.times or d.dataset in homes for d in doings):
        return False
    numbers = [_number_of(state, d) for d in doings]
    if None in numbers or len({n.name for n in numbers if n}) < len(numbers):
        return False
    for doing, number in zip(doings, numbers, strict=True):
        assert number is not None
        state.add_metric(number)
        take_doings(state, [replace(doing, things=[], times=[])])
    for mark in [*asked, *state.free(lambda m: doings[0].entity in m.entities and not is_grouped(state, m))]:
        state.take(mark, "count")
    return True


def _several(state: State, doings: list[Doing]) -> None:
    homes = homes_of(state)
    if _share_of_doers(state, doings) or _counts_of_each(state, doings):
        return
    entity = doings[0].entity
    outside = [m for m in state.free(lambda m: m.time and m.time.kind == "range") if not any(m in d.times for d in doings)]
    main = next((d for d in doings if d.dataset in homes and not d.negated and (d.times or not d.things)), None)
    if main is None and all(any(m in d.words for d in doings) for m in measured_beside(state, doings[0])):
        main = next((d for d in doings if d.dataset not in homes and not d.negated and not d.times), None)
        counted = counting_in(state, main.dataset, entity) if main else None
        if main and counted and (counts_part_of(state.catalog, counted, entity) or state.catalog.entity(entity).dataset is None):
            state.add_metric(MetricRef(metric=counted))
        else:
            main = None
    for doing in doings:
        if doing is main:
            continue
        if main and (later := _later(state, main, doing)):
            state.where.append(exists_condition(state, doing).model_copy(update={"time": later}))
            continue
        state.where.append(exists_condition(state, doing, open_time=doing.dataset not in homes or (not outside and not (main and main.times))))
    if main and main.dataset in homes and main.times and not outside:
        state.time = as_range(main.times[0].time, main.times[0].text)  # type: ignore[arg-type]
        for mark in main.times:
            state.take(mark, "time")
    if main:
        state.where += [*conditions_of(state, main.things), *told_of(main.anchor, main.dataset)]
    for word in main.words if main else ():
        state.take(word, "verb")
    take_doings(state, [d if d is not main else replace(d, times=[]) for d in doings])
    again = main is not None and any(d.dataset in homes and not d.negated for d in doings if d is not main)
    for mark in state.ops("lapsed", "continuing", *(["returning"] if again else [])):  # 又付了款的老朋友
        state.take(mark, "exists")
    if not state.metrics:
        count_unless_measured(state, next((d for d in doings if d.negated and main is None), doings[0]), whoever=main is None)
        apart = main and not any(d is not main and d.dataset == main.dataset for d in doings)  # sold nothing: the verb of the negation
        if main and apart and main.dataset in homes and not main.times and _of_all_there_are(state, entity):
            state.where.append(exists_condition(state, main, open_time=True))
    else:
        usual = count_metric(state, entity) if main else None
        for mark in state.free(lambda m: usual is not None and m.metrics[:1] == (usual.metric,) and not in_a_list(state, m)):
            state.take(mark, "count")  # 收到过活动但没核销券的家庭数: those who were targeted
        take_subjects(state, entity)


def _of_all_there_are(state: State, entity: str) -> bool:
    """Whether all users that there are are counted, of whom what they did is a condition more, and not those who did it."""
    return {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes} == {state.catalog.entity(entity).dataset}


_NO_MORE = re.compile(r"再|以后|之后|后来|此后|从此|\b(?:again|since|after that|afterwards|any ?more|return|back)\b")


def _later(state: State, main: Doing, doing: Doing) -> TimeRange | None:
    """Came in January and never again: not in the time after that."""
    first = min(m.start for m in doing.words)
    again = _NO_MORE.search(state.text[max(0, first - 3) : doing.anchor.end + 8])
    end = main.times[0].time.last if main.times and main.times[0].time else None
    if not doing.negated or doing.times or not again or end is None or doing.dataset not in homes_of(state):
        return None
    return TimeRange(start=end)


def _is_relative(state: State, doing: Doing) -> bool:
    """Whether the doing describes an entity of the question: customers who bought beer, 买过啤酒的顾客, receipts with milk."""
    if not doing.anchor.text.isascii():
        described = described_entity(state, doing.anchor)
        return described is not None and doing.entity in described.entities
    before = next((m for m in state.preceding(doing.anchor) if not m.became), None)
    return before is not None and doing.entity in before.entities


def _is_measure_itself(state: State, doing: Doing) -> bool:
    """Whether a metric of the verb's own rows is asked for, so that the verb only says so."""
    told = {doing.dataset, *doing.anchor.verbs}
    if any(state.catalog.entity(e).dataset in told for m in counted_marks(state) for e in m.entities):
        return True
    return any(told & set(state.catalog.formula(m.metrics[0]).homes) for m in state.free(lambda m: m.metrics and m is not doing.anchor))


def _bought_too(state: State, doing: Doing) -> bool:
    return any(set(homes_of(state)) & set(m.verbs) for m in state.free(lambda m: m.verbs and m is not doing.anchor))


def _asks_for_rows(state: State) -> bool:
    """The redemptions of a day, 核销明细: the rows of the verb are listed."""
    return any(m.text in ("记录", "明细", "records", "rows") and (b := state.before(m)) and b.verbs for m in state.ops("list"))
