"""What entities did or did not do: bought in May and not in June, redeemed a coupon, were targeted by campaign 18.

A doing is a verb with its negation and with the things and the period that belong to it. A negation without a
verb (but not in June) repeats the verb before it. One plain doing is the question's own (its things and period are
filters); several, or one of other rows than the metric's, are conditions on the entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from assistant.reading.marks import Mark
from assistant.reading.rules.counting import count_metric, counted_entity, counting_in, in_a_list
from assistant.reading.rules.doings_again import carried
from assistant.reading.rules.filters import conditions_of, in_brackets
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.query import TIME, Condition, ExistsCondition, FieldCondition, Group, MetricRef, TimeRange

# Negations of a verb, known or not: never put in the cart, 从没碰过. Others (not fuel) may take out a value.
_VERBAL = re.compile(r"never|n't$|(?:did|have|has|does|do|had)(?:nt| not)$|^fail|^without ever|single time|从|曾|压根|根本|始终")
# How many baskets did those who never redeemed a coupon have in May: what they have is asked for, and the period is its own.
_HAVE = re.compile(r"\b(?:have|had|spend|make|do|did|bring|generate|get|buy)\b(?: in)?")
_REACH = 4  # how many words may stand between a negation and its verb


@dataclass
class Doing:
    """One thing that an entity did: `things` are the marks of what it was done with, `times` and `days` (of the week) those of when."""

    anchor: Mark
    dataset: str
    entity: str
    negated: bool = False
    things: list[Mark] = field(default_factory=list)
    times: list[Mark] = field(default_factory=list)
    words: list[Mark] = field(default_factory=list)
    days: list[Mark] = field(default_factory=list)
    both: bool = False

    @property
    def bare(self) -> bool:
        """Whether it says nothing but that it happened."""
        return not self.things and not self.times and not self.days


def rule(state: State) -> None:
    """Takes what entities did."""
    who = doer(state)
    if who is None or _asks_for_rows(state):
        return
    in_brackets(state)
    doings = [part for d in _found(state, who) for part in _split(d)]
    if not doings:
        return
    if (one := _on_one(state)) is not None:
        for mark in one[1]:
            state.take(mark, f"entity:{one[0]}")
        doings = [replace(d, entity=one[0]) for d in doings if state.catalog.entity_field(one[0], d.dataset)]
    doings = _contrasted(state, doings)
    _share_the_period(doings)
    if len(doings) == 1:
        _single(state, doings[0])
    elif doings:
        _several(state, doings)


def home_of(state: State) -> str:
    """The dataset of the default metric."""
    return state.catalog.formula(state.default_metric()).homes[0]


def homes_of(state: State) -> tuple[str, ...]:
    """The datasets of the default metric and what its rows point to: lines and the orders they are of."""
    homes = state.catalog.formula(state.default_metric()).homes
    return (*homes, *(d for d in state.catalog.spec.datasets if d not in homes and state.catalog.graph.paths(homes[0], d)))


def doer(state: State) -> str | None:
    """The entity that does things: of those named people, then who has deeds of several kinds or rows of its own; else people."""
    spec = state.catalog.spec
    if (one := _on_one(state)) is not None:
        return one[0]
    deeds = {e: [d for d, s in spec.datasets.items() if s.verbs.all() and _did(state, e, d)] for e in spec.entities}
    named = [e for m in state.marks for e in m.entities if not _is_grouped(state, m) and deeds[e]]
    named += [e for m in state.marks if m.metrics and not m.entities and (e := counted_entity(state, m.metrics[0])) and deeds[e]]
    people = [e for e in deeds if deeds[e] and spec.entities[e].people]
    busy = [e for e in deeds if len(deeds[e]) > 1]
    known = [e for e in named if spec.entities[e].dataset]
    likeliest = [*(e for e in named if e in people), *(e for e in named if e in busy), *known, *people, *busy, *named]
    return next(iter(likeliest), None)


def _on_one(state: State) -> tuple[str, list[Mark]] | None:
    """同一单里既买了啤酒又买了薯片: on one receipt, both. The entity, and the words that say so."""
    for op in [m for m in state.marks if m.has("same")]:
        after = next(state.following(op, skip=lambda m: m.filler), None)
        counted = counted_entity(state, after.counters[0]) if after and after.counters else None
        entity = after.entities[0] if after and after.entities else counted
        both = any(m.has("both") for m in state.marks)
        if after and entity and both and state.catalog.entity_field(entity, home_of(state)):
            return entity, [op, after]
    return None


def _did(state: State, entity: str, dataset: str) -> bool:
    """Whether the rows of a dataset tell what an entity did: it stands in them, and they are not itself."""
    key = state.catalog.entity_field(entity, dataset)
    return key is not None and state.catalog.dataset(dataset).primary_key != (key,)


def place_of(state: State, entity: str) -> str:
    """The dataset of the default metric, or that of its wider rows in which the entity itself stands."""
    return next((d for d in homes_of(state) if state.catalog.entity_field(entity, d) and state.catalog.dataset(d).verbs.all()), home_of(state))


def _is_grouped(state: State, mark: Mark) -> bool:
    before = state.before(mark)
    return bool(before and before.has("by", "which"))


# -- finding ------------------------------------------------------------------------------------------------------


def _found(state: State, who: str) -> list[Doing]:
    """The doings of the question, left to right."""
    content = [m for m in state.marks if (not m.filler or m.has("both", "not", "having")) and not m.became]
    doings: list[Doing] = []
    taken: set[int] = set()
    for at, mark in enumerate(content):
        if id(mark) in taken:
            continue
        if mark.has("not"):
            verb = _verb_after(state, content, at) or _verb_before(state, mark)
            if verb and id(verb) in taken:
                doings = [d for d in doings if d.anchor is not verb]
            anchor = verb or mark
            if verb is None and not doings and not _VERBAL.search(mark.text):
                continue
            dataset = dataset_of(state, anchor, who) if verb else doings[-1].dataset if doings else home_of(state)
            doing = Doing(anchor, dataset, _subject(state, anchor, dataset, who), True, words=[mark])
        elif mark.did and _in_parts(state, content, mark):
            dataset = dataset_of(state, mark, who)
            doing = Doing(mark, dataset, counted_entity(state, mark.metrics[0]) or who, words=[mark])
        elif (mark.verbs or mark.has("having")) and not mark.metrics and not (mark.segments and _is_of_rows(state, mark)):
            dataset = dataset_of(state, mark, who)
            doing = Doing(mark, dataset, _subject(state, mark, dataset, who), words=[mark])
            if not mark.verbs and state.catalog.entity(doing.entity).dataset and not state.ops("both"):
                continue
        else:
            continue
        taken.add(id(doing.anchor))
        doing.words = list(dict.fromkeys([*doing.words, doing.anchor]))
        doings.append(doing)
    for doing, following in zip(doings, [*doings[1:], None], strict=False):
        _collect(state, content, doing, following, doings)
    carried(state, doings)
    kept = [d for d in doings if state.catalog.entity_field(d.entity, d.dataset)]
    return _merged([d for d in kept if d.anchor.verbs or d.anchor.did or not d.bare or _told_apart(d, kept) or d.anchor.has("having")])


def _in_parts(state: State, content: list[Mark], mark: Mark) -> bool:
    """Customers who ordered in both Q1 and Q2: a metric named by a verb is no plain metric where more is said of who did it."""
    if not counted_entity(state, mark.metrics[0]):
        return False
    others = any(m.has("both", "not") or ((m.verbs or m.did) and not m.has("having")) for m in content if m is not mark)
    return others or len([m for m in content if m.time and m.time.kind == "range"]) > 1


def _is_of_rows(state: State, mark: Mark) -> bool:
    """Receipts that used a coupon: where the subject cannot do what the verb says, the segment of the same name is meant."""
    near = [m for m in (next(iter(state.preceding(mark)), None), next(iter(state.following(mark)), None)) if m]
    counted = [counted_entity(state, n) for m in near for n in m.metrics]
    entities = [e for e in (*(e for m in near for e in m.entities), *counted) if e]
    return bool(entities) and not any(state.catalog.entity_field(e, d) for e in entities for d in mark.verbs)


def _verb_after(state: State, content: list[Mark], at: int) -> Mark | None:
    """The verb that a negation belongs to: close behind it, with no other negation or break between."""
    for mark in content[at + 1 : at + 1 + _REACH]:
        if not state.same_clause(content[at], mark) or mark.has("not") or (mark.time and mark.time.kind == "range" and content[at].text.isascii()):
            return None
        if mark.verbs:
            return mark
    return None


def _verb_before(state: State, negation: Mark) -> Mark | None:
    """连一笔成交都没有: a Chinese verb that its negation ends, with not even one of it."""
    before = next(iter(state.preceding(negation, skip=lambda m: m.filler or m.has("both"))), None)
    if before is None or not before.verbs or not negation.text.endswith("没有") or not state.close(before, negation, 2):
        return None
    one = list(state.preceding(before, skip=lambda m: m.filler or bool(m.counters)))[:1]
    if not one or not (one[0].number and one[0].number.value == 1):
        return None
    for mark in state.marks:
        if one[0].start <= mark.start < before.start or (mark.text == "连" and mark.end == one[0].start):
            state.take(mark, "not one")
    return before


def dataset_of(state: State, verb: Mark, who: str) -> str:
    """The dataset of a verb; where it has several, one in which the doer stands, the default metric's first."""
    homes = homes_of(state)
    told = sorted(verb.verbs or verb.did, key=lambda d: (not state.catalog.entity_field(who, d), d not in homes, homes.index(d) if d in homes else 0))
    return told[0] if told else place_of(state, who)


def _subject(state: State, verb: Mark, dataset: str, who: str) -> str:
    """Who did it: what stands right before an English verb, or what the Chinese clause describes; else the usual doer."""
    near = next((m for m in state.preceding(verb) if not m.became), None) if verb.text.isascii() else _described(state, verb)
    if near and near.entities and state.catalog.entity_field(near.entities[0], dataset) and (near.metrics or verb.has("having")):
        return near.entities[0]
    return who


def _described(state: State, verb: Mark) -> Mark | None:
    """The entity that a Chinese clause ends in: 买过啤酒的顾客."""
    for mark in state.following(verb, skip=lambda m: False):
        if not state.same_clause(verb, mark):
            return None
        before = state.marks[state.marks.index(mark) - 1]
        if mark.entities and before.text == "的":
            return mark
    return None


def _collect(state: State, content: list[Mark], doing: Doing, following: Doing | None, all_doings: list[Doing]) -> None:
    """What belongs to a doing: behind it up to the next one, and the period (and in a list the things) right before it."""
    first = min(content.index(w) for w in doing.words)
    last = max(content.index(w) for w in doing.words)
    stop = min(content.index(w) for w in following.words) if following else len(content)
    described = None if doing.anchor.text.isascii() else _described(state, doing.anchor)
    for mark in content[first + 1 : last]:  # never put dairy in the cart
        if mark.values or mark.ids or mark.segments or (doing.things and _is_kind(state, doing.things[-1], mark)):
            _belongs(state, doing, mark)
    for at, mark in enumerate(content[last + 1 : stop], last + 1):
        if doing.negated and content[at - 1].has("single") and mark.metrics:
            doing.words.append(mark)  # never sold a single line
            continue
        if mark is described or _ends(state, doing, mark) or (mark.time and _HAVE.search(state.text, content[at - 1].end, mark.start)):
            break
        if mark.time and mark.time.kind == "range" and not doing.anchor.text.isascii():
            break  # 11月来过、12月没来: the period stands before its verb
        _belongs(state, doing, mark)
    owned = {id(m) for d in all_doings for m in (*d.things, *d.times, *d.words)}
    for mark in reversed(content[:first]):
        if id(mark) in owned or not state.same_clause(mark, content[first]):
            break
        bounded = any(m.became.startswith("threshold:") for m in state.marks if mark.end <= m.start and m.end <= content[first].start)
        if mark.time and bounded:
            break  # 去年买过10次以上但没用过券: the period is that of the bound too
        wanted = mark.time and mark.time.kind == "range" and (not doing.times or doing.both)
        if doing.both and mark.time and mark.time.kind == "grain" and not doing.times:
            doing.words.insert(0, mark)  # each month of those that are named
            continue
        listed = (mark.values or mark.ids) and (doing.both or _only_there(state, mark, doing.dataset))
        if mark.entities and doing.dataset not in homes_of(state) and mark.entities[0] != doing.entity and not doing.anchor.text.isascii():
            _belongs(state, doing, mark, front=True)
            continue
        passed = mark.has("both", "how_many", "but") or mark.unknown or (mark.number and mark.number.value <= 12) or mark.counters
        if wanted or listed or mark.has("both"):
            _belongs(state, doing, mark, front=True)
            if wanted and doing.anchor.text.isascii():
                break
        elif not passed or doing.anchor.text.isascii():
            break
    if doing.both and len(doing.times) > 1:
        doing.words += list(state.free(lambda m: m.number and not m.time and m.number.value == len(doing.times)))


def _ends(state: State, doing: Doing, mark: Mark) -> bool:
    """Whether a mark behind a doing no longer belongs to it."""
    if not state.same_clause(doing.anchor, mark) and not (doing.things and (mark.values or mark.ids) and _comma_only(state, doing, mark)):
        return True
    measure = mark.metrics and counted_entity(state, mark.metrics[0]) != doing.entity
    return bool(measure or mark.has("by", "versus", "share", "which", "exclude", "separately") or (mark.has("how_many") and not mark.text.isascii()))


def _comma_only(state: State, doing: Doing, mark: Mark) -> bool:
    return state.text[doing.things[-1].end : mark.start].strip() in (",", "、", ", and", ",和")


def _belongs(state: State, doing: Doing, mark: Mark, front: bool = False) -> None:
    homes = homes_of(state)
    if mark.time and mark.time.kind == "range":
        doing.times.insert(0, mark) if front else doing.times.append(mark)
    elif mark.time and mark.time.kind == "weekday" and doing.negated:
        doing.days.append(mark)
    elif mark.values or mark.ids or mark.segments:
        doing.things.insert(0, mark) if front else doing.things.append(mark)
    elif doing.things and _is_kind(state, doing.things[-1], mark):
        doing.words.append(mark)
    elif mark.has("both"):
        doing.both = True
        doing.words.append(mark)
    elif mark.has("but") or (mark.has("single") and doing.negated) or _said_of_it(doing, mark, homes):
        doing.words.append(mark)


def _said_of_it(doing: Doing, mark: Mark, homes: tuple[str, ...]) -> bool:
    """Redeemed a coupon: what the rows of the verb are about."""
    return bool(doing.dataset not in homes and mark.entities and mark.entities[0] != doing.entity)


def _is_kind(state: State, thing: Mark, mark: Mark) -> bool:
    """A private-label item, 自有品牌的商品: the entity right behind a value of its own says nothing more."""
    owners = {f.split(".")[0] for f, _ in thing.values}
    return thing.end <= mark.start and state.close(thing, mark, 2) and any(state.catalog.entity(e).dataset in owners for e in mark.entities)


def _only_there(state: State, mark: Mark, dataset: str) -> bool:
    refs = [mark.ids[0]] if mark.ids else [f for f, _ in mark.values]
    home = home_of(state)
    return dataset not in homes_of(state) and any(state.reaches(dataset, r) for r in refs) and not any(state.reaches(home, r) for r in refs)


def _told_apart(doing: Doing, doings: list[Doing]) -> bool:
    """A bare negation beside its positive: redeemed or not."""
    return doing.negated and any(d is not doing and d.dataset == doing.dataset and not d.negated for d in doings)


def _merged(doings: list[Doing]) -> list[Doing]:
    """Two verbs for one doing, where the first says nothing of its own: came in and bought."""
    out: list[Doing] = []
    for doing in doings:
        same = out and out[-1].dataset == doing.dataset and out[-1].negated == doing.negated and out[-1].entity == doing.entity
        if same and (out[-1].bare or doing.bare) and not doing.both:
            out[-1].things += doing.things
            out[-1].times += doing.times
            out[-1].words += doing.words
        else:
            out.append(doing)
    return out


# -- reading ------------------------------------------------------------------------------------------------------


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


def _contrasted(state: State, doings: list[Doing]) -> list[Doing]:
    """Those who did and those who did not, side by side: a group of two. Gives the other doings."""
    for doing in doings:
        other = next((d for d in doings if d is not doing and d.dataset == doing.dataset and d.negated != doing.negated), None)
        if other is None or doing.negated or other.times or (other.things and [t.text for t in other.things] != [t.text for t in doing.things]):
            continue
        if doing.times and doing.dataset in homes_of(state):
            continue
        condition = _exists(state, replace(doing, negated=False), open_time=True)
        state.add_group(Group(case=condition, alias=f"in_{doing.dataset}"))
        _take(state, [doing, other])
        for mark in state.ops("versus", "separately", "not"):
            state.take(mark, f"exists:{doing.dataset}")
        _count_unless_measured(state, doing)
        return [d for d in doings if d not in (doing, other)]
    return doings


def _share_the_period(doings: list[Doing]) -> None:
    """Bought milk but no bread in Q1: the one period, said at the end, is that of both."""
    alike = len(doings) > 1 and len({d.dataset for d in doings}) == 1 and all(d.things for d in doings)
    if alike and not any(d.times for d in doings[:-1]) and len(doings[-1].times) == 1:
        doings[-1].times.clear()


def _single(state: State, doing: Doing) -> None:
    measured = _measured(state, doing)
    if doing.dataset in homes_of(state) and not doing.negated:
        other_times = [m for m in state.free(lambda m: m.time and m.time.kind == "range") if m not in doing.times]
        if doing.times and len(other_times) == 1 and not measured and _of_a_period(state, doing, other_times[0]):
            state.where.append(_exists(state, doing))
            _take(state, [doing])
            _count_unless_measured(state, doing)
            return
        if doing.things and measured and (_is_relative(state, doing) or (doing.times and other_times)):
            kept = doing if doing.times and other_times else replace(doing, times=[])
            state.where.append(_exists(state, kept))
            _take(state, [kept])
            _subjects(state, doing.entity)
        return
    if _as_metric(state, doing):
        return
    if (doing.negated or measured or _bought_too(state, doing)) and (not _is_measure_itself(state, doing) or doing.negated):
        state.where.append(_exists(state, doing, open_time=True))
        _take(state, [doing])
        _count_unless_measured(state, doing)


def _of_a_period(state: State, doing: Doing, time: Mark) -> bool:
    """What percent of March shoppers came in April: who did it is told by another period, right before them."""
    whom = next(iter(state.following(time)), None)
    return bool(whom and doing.entity in whom.entities and state.close(time, whom) and whom.end <= doing.anchor.start)


def _as_metric(state: State, doing: Doing) -> bool:
    """Receipts and households that redeemed, side by side: in a list of metrics, those who did it are counted where it was done."""
    counted = list(state.free(lambda m: m.metrics and counted_entity(state, m.metrics[0]) == doing.entity))
    near = [m for m in counted if state.close(m, doing.anchor, 3) and (in_a_list(state, m) or _listed(state, m))]
    metric = counting_in(state, doing.dataset, doing.entity) if near and not doing.negated and not doing.times else None
    if metric is None:
        return False
    state.add_metric(MetricRef(metric=metric))
    _take(state, [replace(doing, things=[])])
    state.take(near[0], f"metric:{metric}")
    return True


def _listed(state: State, mark: Mark) -> bool:
    """Whether a comma or the like parts a mark from a metric before it: how many campaigns we ran, households mailed."""
    before = next((m for m in state.preceding(mark) if m.metrics), None)
    between = state.text[before.end : mark.start] if before else ""
    return bool(re.search(r"[,、;&/+]|\band\b|next to|和|与|以及|及", between)) and not re.search(r"\b(?:of|from|by|for|to)\s*$", between)


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
            _take(state, [replace(d, things=[]) for d in doings])
            _subjects(state, doings[0].entity)
            for mark in [*share, *state.free(lambda m: m.has("at_least") or (m.number and m.number.value == 1))]:
                state.take(mark, "share")
            return True
    return False


def _counts_of_each(state: State, doings: list[Doing]) -> bool:
    """Sent to how many, redeemed by how many: each doing with a how many of its own is a metric."""
    homes = homes_of(state)
    asked = state.ops("how_many")
    named = state.free(lambda m: doings[0].entity in m.entities and any(state.close(m, d.anchor, 4) for d in doings))
    if max(len(asked), len(named)) < len(doings) or any(d.negated or d.dataset in homes or d.times for d in doings):
        return False
    metrics = [counting_in(state, d.dataset, d.entity) for d in doings]
    if len(set(metrics)) < len(metrics) or None in metrics:
        return False
    for doing, metric in zip(doings, metrics, strict=True):
        state.add_metric(MetricRef(metric=metric))
        _take(state, [replace(doing, things=[])])
    for mark in [*asked, *state.free(lambda m: doings[0].entity in m.entities and not _is_grouped(state, m))]:
        state.take(mark, "count")
    return True


def _several(state: State, doings: list[Doing]) -> None:
    homes = homes_of(state)
    if _share_of_doers(state, doings) or _counts_of_each(state, doings):
        return
    entity = doings[0].entity
    outside = [m for m in state.free(lambda m: m.time and m.time.kind == "range") if not any(m in d.times for d in doings)]
    main = next((d for d in doings if d.dataset in homes and not d.negated and (d.times or not d.things)), None)
    if main is None and not _measured(state, doings[0]):
        main = next((d for d in doings if d.dataset not in homes and not d.negated and not d.times), None)
        counted = counting_in(state, main.dataset, entity) if main else None
        if main and counted:
            state.add_metric(MetricRef(metric=counted))
    for doing in doings:
        if doing is main:
            continue
        state.where.append(_exists(state, doing, open_time=doing.dataset not in homes or (not outside and not (main and main.times))))
    if main and main.dataset in homes and main.times and not outside:
        state.time = as_range(main.times[0].time, main.times[0].text)  # type: ignore[arg-type]
        for mark in main.times:
            state.take(mark, "time")
    if main:
        state.where += conditions_of(state, main.things)
    _take(state, [d if d is not main else replace(d, times=[]) for d in doings])
    for mark in state.ops("lapsed"):
        state.take(mark, "exists")
    if not state.metrics:
        _count_unless_measured(state, doings[0])
    else:
        _subjects(state, entity)


def _exists(state: State, doing: Doing, open_time: bool = False) -> ExistsCondition:
    where: list[Condition] = conditions_of(state, doing.things)
    if weekdays := tuple(d for m in doing.days if m.time for d in m.time.weekdays):
        where.append(FieldCondition(field=TIME, grain="day_of_week", op="in", value=weekdays))
    time = as_range(doing.times[0].time) if doing.times else TimeRange() if open_time else None  # type: ignore[arg-type]
    return ExistsCondition(entity=doing.entity, exists=doing.dataset, where=tuple(where), time=time, negated=doing.negated)


def _take(state: State, doings: list[Doing]) -> None:
    for doing in doings:
        for mark in (*doing.words, *doing.times, *doing.days, *doing.things):
            state.take(mark, f"exists:{doing.dataset}")
        for mark in state.free(lambda m: m.verbs and doing.dataset in m.verbs):  # noqa: B023
            state.take(mark, "verb")


def _measured(state: State, doing: Doing) -> list[Mark]:
    """What is asked of those who did it, other than their number: a metric, or the number of something else."""
    metrics = [m for m in state.free(lambda m: m.metrics) if counted_entity(state, m.metrics[0]) != doing.entity]
    return metrics or [m for m in _counted_marks(state) if m.entities[:1] != (doing.entity,)]


def _counted_marks(state: State) -> list[Mark]:
    """The entities right beside a how many: 几张小票, how many receipts."""
    out = []
    for op in state.ops("how_many"):
        beside = [next(iter(state.following(op)), None), *([] if op.text.isascii() else [next(iter(state.preceding(op)), None)])]
        out += [m for m in beside if m and m.entities and not m.became and state.close(m, op, 3)][:1]
    return out


def _is_relative(state: State, doing: Doing) -> bool:
    """Whether the doing describes an entity of the question: customers who bought beer, 买过啤酒的顾客, receipts with milk."""
    if not doing.anchor.text.isascii():
        described = _described(state, doing.anchor)
        return described is not None and doing.entity in described.entities
    before = next((m for m in state.preceding(doing.anchor) if not m.became), None)
    return before is not None and doing.entity in before.entities


def _is_measure_itself(state: State, doing: Doing) -> bool:
    """Whether a metric of the verb's own rows is asked for, so that the verb only says so."""
    return any(doing.dataset in state.catalog.formula(m.metrics[0]).homes for m in state.free(lambda m: m.metrics and m is not doing.anchor))


def _bought_too(state: State, doing: Doing) -> bool:
    return any(set(homes_of(state)) & set(m.verbs) for m in state.free(lambda m: m.verbs and m is not doing.anchor))


def of_doer(state: State, entity: str) -> None:
    """Counts those who did something, where nothing else of them is asked."""
    _count_unless_measured(state, Doing(state.marks[0], home_of(state), entity))


def _count_unless_measured(state: State, doing: Doing) -> None:
    """Without another metric, how many they are is asked."""
    entity = doing.entity
    if state.metrics or _measured(state, doing):
        _counted_too(state, entity)
        _subjects(state, entity)
        return
    own = state.catalog.entity(entity)
    kept = counting_in(state, own.dataset, entity) if own.dataset and not own.people and doing.negated and doing.dataset in homes_of(state) else None
    metric = MetricRef(metric=kept) if kept else count_metric(state, entity)
    if metric:
        state.add_metric(metric)
    for mark in state.free(lambda m: entity in m.entities or m.has("how_many") or (m.metrics and counted_entity(state, m.metrics[0]) == entity)):
        before = state.before(mark)
        if not (before and before.has("by", "which")):
            state.take(mark, "count")


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


def _asks_for_rows(state: State) -> bool:
    """The redemptions of a day, 核销明细: the rows of the verb are listed."""
    return any(m.text in ("记录", "明细", "records", "rows") and (b := state.before(m)) and b.verbs for m in state.ops("list"))


def _subjects(state: State, entity: str) -> None:
    for mark in state.free(lambda m: entity in m.entities and not (m.metrics and in_a_list(state, m))):
        before = state.before(mark)
        if not (before and before.has("by", "which")):
            state.take(mark, f"entity:{entity}")
