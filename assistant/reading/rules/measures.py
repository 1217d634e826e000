"""Metrics: named ones, ratios, counts, and the default one."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.language.operators import FILLER
from assistant.reading.catalog_words import rows_of
from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.bound_words import wants_yes_or_no
from assistant.reading.rules.counting import count_metric, counted_entity, counts_part_of, counts_rows, in_a_list, known_ratio, per_entity
from assistant.reading.rules.deeds import counted_deeds, is_step, told_of
from assistant.reading.rules.doers import homes_of
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import AnyOf, Condition, EntityCondition, FieldCondition, MetricRef, SegmentCondition, SemanticQuery


def rule(state: State) -> None:
    """Every other name of a metric."""
    _people_in_a_list(state)
    _those_only(state)
    for mark in state.free(lambda m: m.metrics or (m.counters and FILLER not in m.ops and not _counts_something(state, m))):
        name = (mark.metrics or mark.counters)[0]
        if (mark.entities and mark.metrics and _says_less(state, mark)) or _qualifies(state, mark):
            continue
        state.add_metric(MetricRef(metric=name))
        state.take(mark, f"metric:{name}")


def _those_only(state: State) -> None:
    """Receipts in Q1, married shoppers only: who is kept, said behind a comma with values of theirs, is not counted beside."""
    for only in state.ops("exactly"):
        clause = [m for m in state.marks if state.same_clause(m, only) and not m.filler and m is not only]
        people = [m for m in clause if m.metrics and m.entities and not m.became and state.catalog.entity(m.entities[0]).people]
        told = [m for m in clause if m.became.startswith(("filter:", "segment:"))]
        named = any(m.metrics and m not in people for m in state.marks if not state.same_clause(m, only))
        if len(people) == 1 and told and len(clause) == len(told) + 1 and named:
            state.take(people[0], "subject")


_AND_THEIR = re.compile(r"(?:、|和|与|及|以及|还有| and| &) ?(?:他们|她们|其|the |their |what )?(?:的)?")


def _people_in_a_list(state: State) -> None:
    """各年龄段的顾客和他们的消费额: in a list before a measure, of something split otherwise, people are counted."""
    for mark in state.free(lambda m: m.entities and not m.metrics):
        after = next(state.following(mark), None)
        entity, groups = mark.entities[0], {g.field for g in state.groups}
        joined = after and after.metrics and not after.became and _AND_THEIR.fullmatch(state.text, mark.end, after.start)
        split = bool(groups) and not groups & {entity, mark.shown}
        if joined and split and state.catalog.entity(entity).people and (counted := count_metric(state, entity)):
            state.add_metric(counted)
            state.take(mark, "count")


def _qualifies(state: State, mark: Mark) -> bool:
    """Whether a metric's name only says of what another metric is (回头客的销售额): that is not a list of two."""
    after, before = next(state.following(mark, skip=lambda m: False), None), next(state.preceding(mark, skip=lambda m: False), None)
    if after and after.text == "的":
        owner = next(state.following(after, skip=lambda m: False), None)
        return bool(owner and owner.start == after.end and (owner.metrics or owner.became.startswith("metric")))
    if before and before.text in ("of", "from", "of the", "from the", "among", "to", "on", "charged on") and mark.metrics:
        owned = next(state.preceding(before, skip=lambda m: False), None)
        return bool(owned and (owned.metrics or owned.became.startswith("metric")))
    return False


_PER = ("per", "a", "an", "each", "每", "每个", "平均每", "per each", "一")


def ratios(state: State) -> None:
    """Pieces per trip, spend the least per shopper, 每单花得最少: a ratio that the catalog names, and not a group."""
    for op in state.ops("average"):
        _average_of_each(state, op)
        _average_of_people(state, op)
    for op in [*state.ops("by"), *state.free(lambda m: m.number and m.text in _PER)]:
        below = state.after(op)
        if op.text not in _PER or below is None or below.became or not (below.entities or below.counters or below.metrics):
            continue
        if _in_all_and_per(state, op, below):
            continue
        known, above = _ratio_over(state, op, below)
        if not known and _per_one(state, op, below):
            continue
        if known and above:
            state.add_metric(MetricRef(metric=known))
            for mark in (above, op, below, *(m for m in state.ops("average") if state.close(m, op, 3))):
                state.take(mark, f"metric:{known}")


_AND_PER = re.compile(r"(?:in total|total|overall|altogether|in all) (?:and|as well as|plus) $")


def _in_all_and_per(state: State, op: Mark, below: Mark) -> bool:
    """What did they spend, in total and per household: the amount, and the catalog's own ratio of it."""
    said = _AND_PER.search(state.text, 0, op.start)
    before = [m for m in state.marks if said and m.metrics and not m.became and m.end <= said.start()]
    known = known_ratio(state, before[-1].metrics[0], below.entities[0]) if before and below.entities else None
    if said is None or known is None:
        return False
    for name in (before[-1].metrics[0], known):
        state.add_metric(MetricRef(metric=name))
    for mark in (before[-1], op, below, *(m for m in state.marks if said.start() <= m.start < op.start)):
        state.take(mark, f"metric:{known if mark is below else before[-1].metrics[0]}")
    return True


def _per_one(state: State, op: Mark, below: Mark) -> bool:
    """Units per customer, per order: an average over what the catalog's own ratios divide by or what has a date, and no list of all of them."""
    above = next((m for m in state.preceding(op) if state.same_clause(m, op)), None)
    if op.text != "per" or above is None or above.became or not above.metrics or not below.entities or state.ops("top", "bottom", "list", "which"):
        return False
    name, entity = above.metrics[0], below.entities[0]
    homes = state.catalog.formula(name).homes
    ratios = [p for m in state.catalog.spec.metrics if (p := per_entity(state, m))]
    divided = {p[1] for p in ratios if state.catalog.formula(p[0]).homes == homes}
    own = state.catalog.entity(entity).dataset
    dated = (
        own is not None and state.catalog.dataset(own).time is not None and set(homes) <= {own, *state.catalog.formula(state.default_metric()).homes}
    )
    if (
        (entity not in divided and not dated and not _among_people(state, entity, homes))
        or counted_entity(state, name) == entity
        or (state.catalog.formula(name).kind != "additive" and not known_ratio(state, name, entity))
        or state.having
    ):
        return False
    known = known_ratio(state, name, entity)
    state.add_metric(MetricRef(metric=known) if known else MetricRef(metric=name, per=entity))
    for mark in (above, op, below, *state.ops("average")):
        state.take(mark, f"per:{entity}")
    return True


def _average_of_people(state: State, op: Mark) -> None:
    """How much did gold members spend on average: per person, where people are told by a value of theirs and the catalog has that ratio."""
    above = next(iter(state.preceding(op)), None)
    if op.became or op.text != "on average" or above is None or above.became or not above.metrics or above.end + 1 != op.start:
        return
    owners = {f.split(".")[0] for m in state.marks for f, _ in m.values}
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people and spec.dataset in owners]
    known = known_ratio(state, above.metrics[0], people[0]) if len(people) == 1 else None
    if known and not state.free(lambda m: m.entities and people[0] not in m.entities):
        state.add_metric(MetricRef(metric=known))
        for mark in (above, op, *state.free(lambda m: people[0] in m.entities)):
            state.take(mark, f"metric:{known}")


def _among_people(state: State, entity: str, homes: tuple[str, ...]) -> bool:
    """Coupons granted per user: people are many, and nobody wants a row for each of them."""
    return bool(state.catalog.entity(entity).people) and all(state.catalog.entity_field(entity, h) for h in homes)


def _average_of_each(state: State, op: Mark) -> None:
    """户均花多少, 平均一户买过几种单品: an average per what stands beside it."""
    behind = list(state.following(op))[:2]
    joined = next((m for m in state.preceding(op, skip=lambda m: False) if m.end == op.start), None) if op.text == "均" else None
    one = behind[0] if behind and behind[0].text in ("一", "每") else None
    below = joined or (behind[1] if one and len(behind) > 1 else None)
    if below is None or not (below.entities or below.counters) or (below.became and not below.became.startswith("entity:")):
        return
    entity = below.entities[0] if below.entities else counted_entity(state, below.counters[0])
    ahead = (m for m in state.following(op) if m is not below and m is not one and not m.became)
    above = next((m for m in ahead if m.metrics or m.entities or (m.counters and FILLER not in m.ops)), None)
    if above is not None and (not state.same_clause(op, above) or set(state.text[op.end : above.start]) & set("、和与及")):
        above = None
    if entity is None or (above is None and joined is None):
        return
    named = (*above.metrics, *above.counters) if above else (state.default_metric(),)
    counted = count_metric(state, above.entities[0]) if above and not named else None
    name = named[0] if named else counted.metric if counted else None
    if name is None or counted_entity(state, name) == entity:
        return
    known = known_ratio(state, name, entity)
    if known:
        state.add_metric(MetricRef(metric=known))
    elif state.catalog.formula(name).kind == "distinct":  # the same product bought by two counts for both
        state.add_metric(MetricRef(metric=name, agg="avg", over=entity))
    else:
        state.add_metric(MetricRef(metric=name, per=entity))
    first, last = min(op.start, below.start), (above or op).end
    between = [m for m in state.ops("how_many", "different") if first <= m.start and m.end <= last]
    for mark in (op, below, *(m for m in (above, one) if m), *between):
        mark.became = ""
        state.take(mark, f"metric:{known or name}")


def _ratio_over(state: State, op: Mark, below: Mark) -> tuple[str, Mark | None]:
    """The metric that divides what is named nearby by what stands below the line, and the mark of what it divides."""
    before = [m for m in state.preceding(op) if state.same_clause(m, op)]
    behind = [m for m in state.following(below) if state.same_clause(below, m)]
    for above in [*before[:1], *behind[:2], *before[1:3]]:
        amount = (state.default_metric(),) if above.has("by_amount") else ()
        if above.became or not (above.metrics or above.counters or amount):
            continue
        for name in (*above.metrics, *above.counters, *amount):
            known = next((m for m in state.catalog.spec.metrics if _divides(state, m, name, below)), None)
            if known:
                return known, above
    return "", None


def _divides(state: State, metric: str, above: str, below: Mark) -> bool:
    """Whether a metric is the one above divided by what a mark names: an entity, what it counts, or another metric."""
    ratio = per_entity(state, metric)
    if ratio and ratio[0] == above and ratio[1] in below.entities:
        return True
    formula = state.catalog.formula(metric)
    if not isinstance(formula.tree, exp.Div) or len(formula.aggregates) != 2:
        return False
    names = [state.catalog.aggregate_name(a) for a in formula.aggregates]
    counted = counted_entity(state, names[1]) if names[1] else None
    return names[0] == above and (names[1] in (*below.metrics, *below.counters) or (counted is not None and counted in below.entities))


def _says_less(state: State, mark: Mark) -> bool:
    """Whether a word for an entity that is also a metric (customers) only says whose other metrics are."""
    others = [m for m in state.marks if m.metrics and m is not mark and not m.entities and (m.became.startswith(("metric", "per:")) or not m.became)]
    entity = counted_entity(state, mark.metrics[0])
    if not others or entity is None:
        return False
    counted = any(m.has("how_many") for m in state.marks) or in_a_list(state, mark)
    return not counted


def _grouped(state: State, mark: Mark) -> bool:
    before = state.before(mark)
    return bool(before and before.has("by", "which"))


def _of_rows_told(state: State, metric: MetricRef) -> MetricRef | None:
    """微信支付失败了多少笔: where what a counter usually counts cannot be asked for the values, the rows that hold them are counted."""
    fields = {f for m in state.marks if m.values and len({f for f, _ in m.values}) == 1 for f, _ in m.values}
    meant = state.meant_metric()
    if metric.metric is None or not fields or meant == metric.metric or any(m.entities for m in state.marks):
        return None
    missed = [f for f in fields if not all(state.reaches(h, f) for h in state.catalog.formula(metric.metric).homes)]
    told = all(state.reaches(h, f) for h in state.catalog.formula(meant).homes for f in fields)
    return MetricRef(metric=meant) if missed and told and state.catalog.metric(meant).format == "integer" else None


_OF_WHOM = re.compile(r"(?:过|了)?的?(?:一共|总共)?有?")


def _persons_of_a_name(state: State) -> None:
    """新注册的有多少人: how many persons, right behind the name of a metric that counts people, asks for that metric."""
    for op in state.ops("how_many"):
        persons = next(iter(state.following(op, skip=lambda m: False)), None)
        named = next(iter(state.preceding(op)), None)
        if persons is None or named is None or op.text.isascii() or not (named.metrics and persons.entities) or named.entities or persons.metrics:
            continue
        whose = persons.entities[0]
        told = persons.start == op.end and not named.became and _OF_WHOM.fullmatch(state.text, named.end, op.start)
        if told and state.catalog.entity(whose).people and counts_part_of(state.catalog, named.metrics[0], whose):
            state.take(op, "count")
            state.take(persons, "count")


def counts(state: State) -> None:
    """How many X: the metric that counts X."""
    _persons_of_a_name(state)
    _counters_asked(state)
    ops = state.ops("how_many")
    if not ops or state.metrics or state.records:
        return
    if all(m.metrics for m in state.free(lambda m: m.groupable)) and state.free(lambda m: m.metrics):
        return
    for op in ops:
        verb = next(state.preceding(op), None)
        if verb and verb.verbs and state.default_metric() and op.end == len(state.text.rstrip("? ")):
            continue
        amount = next(state.preceding(op, skip=lambda m: m.filler or m.has("total", "separately")), None)
        ends = not any(m.start == op.end and m.groupable for m in state.marks) and not op.text.isascii() and op.text.endswith("多少")
        if ends and amount and amount.metrics and not amount.entities and state.same_clause(amount, op):
            continue  # 订单总额分别多少: how much it is
        after = next((m for m in state.following(op) if not m.has("different")), None)
        if after and after.metrics and state.text[op.start : op.end].isascii() and not after.groupable:
            continue  # how many different SKUs: a metric already
        if after and after.metrics and not after.entities and state.close(op, after, 1):
            continue  # 多少流水: how much, not how many
        ahead = op.text not in ("数", "数量", "个数", "总数")
        target = state.nearest(op, lambda m: m.groupable and not _grouped(state, m) and state.same_clause(op, m), forward_first=ahead)  # noqa: B023
        counter = next(iter(state.free(lambda m: m.counters)), None)
        own = None if target else _entity_of_values(state)
        told = _counted_by(state, op)
        if target is not None and target.entities and not (told and target.end <= op.start and counted_entity(state, told) not in target.entities):
            told = None
        metric: MetricRef | None
        if piece := _counter_right_behind(state, op):
            metric, target = MetricRef(metric=_of_counter(state, piece)), piece
        elif told is not None:
            metric, target = MetricRef(metric=told), op
        elif target is not None:
            metric = count_metric(state, target.entities[0] if target.entities else target.groupable)
        elif own is not None:
            metric = count_metric(state, own)
            target = op
        elif counter is not None:
            metric, target = MetricRef(metric=_of_counter(state, counter)), counter
        else:
            continue
        if metric is not None:
            state.add_metric(_of_rows_told(state, metric) or metric)
            state.take(target, "count")
            state.take(op, "count")
            _counted_with(state, op, target)
    for mark in state.ops("different"):
        state.take(mark, "count")


_LISTED = re.compile(r"\s*(?:,|and|, and|&|\+|、|和|与|以及|及)\s*(?:how many |多少个?)?")


def _counted_with(state: State, op: Mark, first: Mark) -> None:
    """How many departments, categories and types: each of the list is counted."""
    last = first
    for mark in state.following(first):
        joined = first.start >= op.end and _LISTED.fullmatch(state.text[last.end : mark.start])
        metric = count_metric(state, mark.groupable) if joined and mark.groupable and not mark.became and not mark.metrics else None
        if metric is None:
            return
        state.add_metric(metric)
        state.take(mark, "count")
        last = mark


def _counter_right_behind(state: State, op: Mark) -> Mark | None:
    """走空运的货多少件: what stands right behind how many, with nothing that it would count behind it, is what is counted."""
    counter = next((m for m in state.free(lambda m: m.counters and not m.groupable) if m.start == op.end), None)
    if counter is None or op.text.isascii() or any(m.start == counter.end and (m.groupable or m.metrics or m.counters) for m in state.marks):
        return None
    return counter


def _counters_asked(state: State) -> None:
    """各有多少单、进账多少: a counter behind a how many is a metric of a list."""
    for op in state.free(lambda m: m.has("separately", "how_many") and m.text.endswith(("多少", "几"))):
        counter = next((m for m in state.marks if m.start == op.end and m.counters and not m.became), None)
        counted = counted_entity(state, counter.counters[0]) if counter else None
        named = [m for m in state.free(lambda m: m.metrics) if m is not counter]
        if counter and named and not any(counted and counted_entity(state, m.metrics[0]) == counted for m in named):
            state.add_metric(MetricRef(metric=counter.counters[0]))
            state.take(counter, f"metric:{counter.counters[0]}")
            state.take(op, "count")


def _counted_by(state: State, op: Mark) -> str | None:
    """多少户, 几单: what the classifier of a how many counts, where it counts something of the catalog."""
    classifier = op.text.lstrip("一共有各多少几")
    return next((m for m, spec in state.catalog.spec.metrics.items() if classifier and classifier in spec.counters.zh), None)


def _of_counter(state: State, counter: Mark) -> str:
    """花呗失败了几次: the metric of a counter, or that of the rows which alone can be asked for what is named."""
    name, meant = counter.counters[0], state.meant_metric()
    return name if meant == state.default_metric() or meant in counter.counters else meant


def _entity_of_values(state: State) -> str | None:
    """Type B campaigns, in one name: what is counted is what has this attribute."""
    for mark in state.marks:
        dataset = mark.values[0][0].split(".")[0] if mark.values and mark.became else rows_of(state.catalog, (*mark.segments, "")[0])
        found = next((e for e, spec in state.catalog.spec.entities.items() if spec.dataset == dataset), None)
        if found and any(n.lower() in mark.text for n in state.catalog.entity(found).names()):
            return found
    return None


def defaults(state: State) -> None:
    """Words that follow from the rest, and the default metric of questions that need none."""
    _default_metric(state)
    if state.compare:
        for mark in state.ops("growth", "decline", "change", "versus", "by_amount"):
            state.take(mark, "compare")
    _counted_per(state)
    _number_of(state)
    _said_again(state)
    _where_kept(state)
    _only_known(state)
    homes = state.homes()
    _verbs_of_rows(state, homes)
    if state.metrics or state.groups:
        for mark in state.free(lambda m: _follows(state, m)):
            state.take(mark, "said")
        for mark in state.free(lambda m: m.counters and (FILLER in m.ops or _counts_something(state, m))):
            state.take(mark, "counter")
    for mark in state.free(lambda m: m.entities):
        if _is_subject(state, mark):
            state.take(mark, "subject")


def _counted_per(state: State) -> None:
    """May parcels per courier, plus their mean time: rows right before what they are split by are counted, whatever is measured beside."""
    content = [m for m in state.marks if not m.filler and not m.time]
    head, by = [*content[:2], None, None][:2]
    counted = head is not None and not head.became and head.metrics and head.entities and counts_rows(state, head.metrics[0])
    if head is None or by is None or not counted or not by.has("by") or not state.metrics or not state.close(head, by, 1):
        return
    state.metrics.insert(0, MetricRef(metric=head.metrics[0]))
    state.take(head, f"metric:{head.metrics[0]}")


def _number_of(state: State) -> None:
    """客服进线量, 评价总数: that the number of something is meant, right behind its name in Chinese."""
    for mark in state.free(lambda m: m.unknown and m.text in ("量", "数", "数量", "总量", "总数", "次数")):
        named = next((m for m in state.marks if m.end == mark.start), None)
        name = named.became.removeprefix("metric:") if named and named.became.startswith("metric:") else ""
        leaves = state.catalog.formula(name).aggregates if name in state.catalog.spec.metrics else ()
        if leaves and all(a.counts for a in leaves) and state.catalog.metric(name).format == "integer":
            state.take(mark, "said")


def _set_against(state: State, verb: Mark, dataset: str) -> MetricRef | None:
    """Coupons handed out vs. used: how often it was done, beside the figure that it is set against, and no filter of that."""
    before = next(iter(state.preceding(verb)), None)
    name = counted_deeds(state, verb, dataset) if before and before.has("versus") and told_of(verb, dataset) else None
    if before is None or name is None or any(m.metric == name for m in state.metrics):
        return None
    state.take(before, "said")
    return MetricRef(metric=name)


def _verbs_of_rows(state: State, homes: tuple[str, ...]) -> None:
    """The verbs that the rows of the answer, or those that they point to, are told by: visitors who added to the cart."""
    named = any(m.metrics and m.became.startswith("metric:") for m in state.marks)
    of_default = homes_of(state)
    ranked = bool(state.order) and not state.ops("not")  # which clerk handled the most orders: their lines
    around = of_default if ranked and set(homes) <= set(of_default) else ()
    for mark in state.free(lambda m: m.verbs):
        own = next((d for d in (*homes, *around) if d in mark.verbs), None)
        wider = next((d for d in mark.verbs if named and homes and all(state.catalog.graph.paths(h, d) for h in homes)), None)
        if dataset := own or wider:
            if (deeds := _set_against(state, mark, dataset)) is not None:
                state.add_metric(deeds)
                state.take(mark, f"metric:{deeds.metric}")
                continue
            state.where += [c for c in told_of(mark, dataset) if c not in state.where and not is_step(state, mark)]
            state.take(mark, "verb")


def _counts_something(state: State, mark: Mark) -> bool:
    """Whether a counter stands behind a number or a how many that was used."""
    before = next(state.preceding(mark), None)
    return bool(before and before.became and (before.number or before.has("how_many")))


_ALWAYS = ("total", "separately", "how_many", "different", "within", "list")
_WITH_GROUPS = ("by", "which", "buckets", "both", "versus", "but", "attributes")


def _follows(state: State, mark: Mark) -> bool:
    """Whether an operator word adds nothing to what is already there; any other one stays unexplained."""
    if mark.has("how_many") and sum(m.has("how_many") for m in state.marks) > max(1, len(state.metrics)):
        return False
    if mark.has("separately") and not state.groups and not state.records and len(state.metrics) < 2:
        return False
    if mark.has(*_ALWAYS) or (mark.has("neutral") and state.metrics):
        return True
    if mark.has("by") and mark.text.isascii():
        ahead = next(state.following(mark), None)
        again = mark.text in _PER and ahead is not None and ahead.has("by")  # units per order by region
        return bool(ahead and ahead.became and not again and not ahead.became.startswith("metric:")) or mark.text in ("split", "breakdown")
    if mark.has(*_WITH_GROUPS):
        return bool(state.groups or (mark.has("both") and state.compare)) or len(state.metrics) + len(state.having) + len(state.where) > 1
    behind = next(state.following(mark, skip=lambda m: False), None) if mark.has("average") else None
    if behind and behind.entities and begins_another(state, mark, behind):
        return False
    return mark.has("average") and any(is_average(state, m.metric) or m.per or m.agg for m in state.metrics if m.metric)


_AND = re.compile(r"(?:\band|,|&|\+|\bplus|\balong with)(?: the| our| their)?\s*$")


def begins_another(state: State, average: Mark, named: Mark) -> bool:
    """Visits per customer and average basket: another measure, which is no unit of the one before."""
    return average.end < named.start <= average.end + 1 and bool(_AND.search(state.text, 0, average.start))


def is_average(state: State, metric: str) -> bool:
    """Whether a metric is an average or a ratio, which is not added up."""
    formula = state.catalog.formula(metric)
    divided = formula.kind == "ratio" and len(formula.aggregates) > 1  # gallons, of thousandths, are added up
    return divided or all(isinstance(a.call, exp.Avg) for a in formula.aggregates)


def _default_metric(state: State) -> None:
    if not state.metrics and not state.records and (counted := _only_counted(state)):
        state.add_metric(counted)
        return
    if not state.metrics and not state.records and _needs_no_metric(state):
        counters = state.free(lambda m: m.counters)
        if counters:
            state.add_metric(MetricRef(metric=counters[0].counters[0]))
            state.take(counters[0], f"metric:{counters[0].counters[0]}")
            return
        name = state.meant_metric()
        if state.free(lambda m: m.text in ("anything", "any") and wants_yes_or_no(state)):
            choices = (SemanticQuery(metrics=(MetricRef(metric=name),)),)
            raise AskBack(Text(zh="要看哪个指标？", en="By which figure should this be told?"), choices, ("anything",))
        state.add_metric(MetricRef(metric=name))
        label = state.catalog.metric(name).label
        state.assume(f"未说明指标，按{label.zh}", f"no measure was named: {label.en}")


def _where_kept(state: State) -> None:
    """商品库, 商品档案里: the name of a dataset whose rows are counted only says where they are."""
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    names = [n.lower() for h in homes for d in [state.catalog.dataset(h)] if d.time is None for n in d.names() if len(n) > 2]
    for name in names:
        at = state.text.find(name)
        for mark in state.free(lambda m: m.unknown and at >= 0 and at <= m.start and m.end <= at + len(name)):  # noqa: B023
            state.take(mark, "said")


def _only_known(state: State) -> None:
    """The unknown group is never ranked, nor kept by a bound; a plain breakdown shows it."""
    if state.limit is not None or state.about or not (state.having or state.order):
        return
    for group in state.groups:
        told = any(isinstance(c, FieldCondition) and c.field == group.field for c in state.where)
        if group.field and "." in group.field and not group.grain and not told:
            state.where.append(FieldCondition(field=group.field, op="not_null"))


_PERIODS = {"月份": "month", "months": "month", "季度": "quarter", "quarters": "quarter", "weeks": "week", "日子": "day", "days": "day"}


def _said_again(state: State) -> None:
    """Words that only stress what is there: the field of a group named once more, only before a condition, percent beside growth."""
    grouped = {g.field for g in state.groups}
    if any(g.grain == "day" for g in state.groups):
        for mark in state.free(lambda m: m.text in ("date", "dates", "日期", "具体日期")):
            state.take(mark, "said")  # the worst day, its date and figure
    for mark in state.free(lambda m: m.fields and not m.metrics and set(m.fields) & grouped):
        state.take(mark, "said")
    grains = {g.grain for g in state.groups if g.grain}
    for mark in state.free(lambda m: state.having and m.text in _PERIODS and _PERIODS[m.text] in grains):
        state.take(mark, "said")  # 按月看, 只留跌幅超过5%的月份
    for mark in state.free(lambda m: m.unknown and m.text in ("day", "weekday") and "day_of_week" in grains):
        state.take(mark, "said")  # which day of the week had most: I need the day and the number
    for op in state.ops("exactly"):
        behind = next((m for m in state.following(op) if not m.became.startswith(("entity:", "subject", "group:"))), None)
        around = [m for m in (behind, next(iter(state.preceding(op)), None)) if m]
        kept = any(m.became.startswith(("filter:", "threshold:", "time", "segment:", "weekday", "compare")) for m in around)
        if kept and not any(m.verbs for m in state.preceding(op)):
            state.take(op, "said")
    narrowed = any(m.became.startswith(("filter:", "segment:")) for m in state.marks)
    for op in state.ops("of_which"):  # when soft drinks are in the basket, how many units of them
        before = next(iter(state.preceding(op)), None)
        if narrowed and op.text in ("of them", "of it", "of those", "of that") and before and before.became.startswith("metric:"):
            state.take(op, "said")
    if state.compare:
        for op in state.ops("share"):
            if any(w in op.text for w in ("百分", "percent", "%", "个点")):
                state.take(op, "compare")


def _only_counted(state: State) -> MetricRef | None:
    """Buyers of August by age: with groups and no measure, the one entity named is counted."""
    marks = state.free(lambda m: m.entities and not m.values)
    if len(marks) != 1 or not state.groups or state.order or state.compare or state.share:
        return None
    counted = count_metric(state, marks[0].entities[0])
    if counted:
        state.take(marks[0], "count")
        label = state.catalog.entity(marks[0].entities[0]).label
        state.assume(f"未说明指标，数{label.zh}", f"no measure was named: the number of {label.en}")
    return counted


def within_conditions(state: State) -> None:
    """Customers who bought milk more than 5 times: what filters the rows filters what is counted of each customer too."""
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    rows = tuple(c for c in state.where if _of_single_rows(state, c))
    for i, condition in enumerate(state.where):
        if not isinstance(condition, EntityCondition) or condition.entity not in counted or condition.where:
            continue
        own = state.catalog.entity(condition.entity).dataset
        inside = tuple(c for c in rows if not isinstance(c, FieldCondition) or c.field.split(".")[0] != own)
        if inside:
            state.where[i] = condition.model_copy(update={"where": inside})
    for i, group in enumerate(state.groups):
        if group.bucket and rows and not group.bucket.where and all(_reached_by(state, group.bucket.metric, c) for c in rows):
            state.groups[i] = group.model_copy(update={"bucket": group.bucket.model_copy(update={"where": rows})})


def _reached_by(state: State, metric: MetricRef, condition: Condition) -> bool:
    """Whether the rows of a metric can be asked for a condition."""
    inner = state.catalog.segment(condition.segment).where if isinstance(condition, SegmentCondition) else (condition,)
    homes = state.catalog.formula(metric.metric).homes if metric.metric else ()
    return bool(homes) and all(state.reaches(h, c.field) for h in homes for c in inner if isinstance(c, FieldCondition))


def _of_single_rows(state: State, condition: Condition) -> bool:
    """Whether a condition is met row by row: of a field, or of a segment that is no more than that."""
    if isinstance(condition, AnyOf):
        return all(_of_single_rows(state, c) for c in condition.any_of)
    if isinstance(condition, SegmentCondition):
        return all(isinstance(c, FieldCondition) for c in state.catalog.segment(condition.segment).where)
    return isinstance(condition, FieldCondition) and "." in condition.field


def _is_subject(state: State, mark: Mark) -> bool:
    """Whether an entity only says what the metric is already about: sales from customers, 顾客的销售额."""
    homes = state.homes()
    own = all(state.catalog.entity_field(mark.entities[0], h) for h in homes)
    return bool(state.metrics) and (own or _says_whose(state, mark) or _of_one_metric(state, mark) or _in_its_name(state, mark))


def _in_its_name(state: State, mark: Mark) -> bool:
    """Coupon money knocked off: a word of the name that the only metric has in the catalog."""
    names = state.catalog.metric(state.metrics[0].metric).label if len(state.metrics) == 1 and state.metrics[0].metric else None
    return names is not None and (mark.text in names.en.lower().split() if mark.text.isascii() else mark.text in names.zh)


def _of_one_metric(state: State, mark: Mark) -> bool:
    """供应商的余额和客户的余额: whose the metric beside it is, where others are of others."""
    beside = [m.became.removeprefix("metric:") for m in state.marks if m.became.startswith("metric:") and state.close(m, mark, gap=4)]
    named = [n for n in beside if n in state.catalog.spec.metrics]
    behind = next(iter(state.following(mark)), None)  # 销售额和券的核销次数: the coupons are those of the redemptions
    owned = behind is not None and state.text[mark.end : behind.start] in ("的", "", " ", "'s ") and behind.became.startswith("metric:")
    named += [behind.became.removeprefix("metric:")] if behind is not None and owned else []
    homes = {h for n in named if n in state.catalog.spec.metrics for h in state.catalog.formula(n).homes}
    return any(state.catalog.entity_field(mark.entities[0], h) for h in homes)


def _says_whose(state: State, mark: Mark) -> bool:
    """Customers in Japan, 各大区客户: an entity beside a value or a field of its own, where the metric can be asked of it."""
    entity = mark.entities[0]
    dataset = state.catalog.entity(entity).dataset
    if dataset is None or not all(state.reaches(h, entity) for h in state.homes()):
        return False
    told = [m for m in state.marks if m.became.startswith(("filter:", "group:")) and state.close(m, mark, gap=5)]
    refs = [m.became.split(":")[1] for m in told]
    return any("." in ref and state.reaches(dataset, ref) for ref in refs)


# How much did we do in February: of what the shop is about; how much did frozen pizza make on Fridays.
_AT_ALL = re.compile(
    r"\bhow much (?:did|do|have|had) (?:we|the (?:shop|store|business|site)) (?:do|done|turn(?:ed)? over|bring in|take in)\b"
    r"|\bhow much (?:money )?(?:did|do|does|have|has|had) (?!we\b|you\b|i\b)(?:[^\s,;?]+ ){1,6}?"
    r"(?:make|made|bring in|brought in|take in|took in|generate|pull in|turn over)\b"
)


def _needs_no_metric(state: State) -> bool:
    home = state.catalog.formula(state.meant_metric()).homes[0]
    verb = any(home in m.verbs or state.meant_metric() in m.counters for m in state.marks) and not state.ops("how_many", "list", "which")
    of_others = bool(state.groups) and state.meant_metric() != state.default_metric()  # complaints per month: their number
    split = of_others or any(g.case is not None for g in state.groups)
    return bool(state.compare or state.share or state.order or verb or split or _AT_ALL.search(state.text))
