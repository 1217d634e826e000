"""Counting things: which metric counts an entity or a field."""

from __future__ import annotations

import re
from weakref import WeakKeyDictionary

from sqlglot import exp

from assistant.language.doings import named_kin
from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Formula
from semantic_layer.query import TIME, AllOf, Condition, EntityCondition, ExistsCondition, FieldCondition, Group, MetricRef, SegmentCondition

# What says that something is on a list of its own, whether anything was done with it or not.
_REGISTERED = re.compile(
    r"在册的?|注册(?:了|过|在案)?的?|开了?户的?|建了?档的?|名下|挂在|档案里|登记[了过]的|on file|on (?:our|the) books|registered|signed[- ]up"
)


def count_metric(state: State, target: str) -> MetricRef | None:
    """The metric that counts an entity: the one that is called so, else among the rows of the default metric, else in its own dataset."""
    if "." in target:
        return MetricRef(agg="count_distinct", field=target)
    homes = [*state.catalog.formula(state.default_metric()).homes]
    spec = state.catalog.entity(target)
    kept = _kept_in(state, spec.dataset)
    if not kept and (called := _called_after(state, target)):
        return MetricRef(metric=called)
    done = [d for m in state.marks if not m.entities and not m.deeds for d in m.verbs if d == spec.dataset]
    told = state.marks if not any(m.has("not", "exclude") for m in state.marks) else ()  # 没下单的用户: those who did are not meant
    if not kept and (doer := next((n for m in told for d in (homes if m.verbs else ()) if (n := named_by(state, m, target, d))), None)):
        return MetricRef(metric=doer)
    for dataset in [*kept, *done, *homes, *([spec.dataset] if spec.dataset else []), *state.catalog.spec.datasets]:
        found = next((n for n, f in _formulas(state) if counts_entity(state, f, target, dataset)), None)
        if found:
            return MetricRef(metric=found)
    lists = [d for d in _with_entity(state, target) if state.catalog.dataset(d).time is None and not state.catalog.dataset(d).verbs.all()]
    if spec.dataset is None and len(lists) == 1 and not state.ops("top", "bottom"):  # coupons per campaign: those of the list of coupons
        return MetricRef(agg="count_distinct", field=f"{lists[0]}.{state.catalog.entity_field(target, lists[0])}")
    return None


def named_by(state: State, verb: Mark, entity: str, dataset: str) -> str | None:
    """The metric of those who did what a verb says, by its own names: 买家数 and customers who bought are not all who ordered.

    A verb that no name has is looked for by those of its family: did not buy, by who bought.
    """
    told = verb.text.split(" ")[0] if verb.text.isascii() else bare_verb(verb.text)
    forms = (told, f"{told}ed", f"{told}d") if told.isascii() else (told,)
    for words in (forms, named_kin(verb.text)):
        for name in _named_after(state.catalog, words):
            if any(_counts(state.catalog, state.catalog.formula(name), entity, dataset, filtered) for filtered in (False, True)):
                return name
    return None


def _named_after(catalog: Catalog, verbs: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics with a name that ends in one of the verbs, in Chinese begins with it; kept for each catalog, which has thousands of names."""
    known = _AFTER.setdefault(catalog, {})
    if verbs not in known:
        plain = {n: m for n, m in catalog.spec.metrics.items() if all(isinstance(c, FieldCondition) for c in m.filter)}
        known[verbs] = tuple(n for n, m in plain.items() if any(_is_of_verb(said.lower(), v) for v in verbs for said in m.names()))
    return known[verbs]


_AFTER: WeakKeyDictionary[Catalog, dict[tuple[str, ...], tuple[str, ...]]] = WeakKeyDictionary()


def bare_verb(text: str) -> str:
    """A verb without what only says that it was done, and to nothing in particular: 下单, of 又下了单 and 下过单; ordered something."""
    return _ANYTHING.sub("", text) if text.isascii() else _ASPECTS.sub("", text.lstrip("再又还")) or text


def _is_of_verb(name: str, verb: str) -> bool:
    """Customers who bought, products sold, people who placed an order, 买家数."""
    return _AN_ORDER.sub("", name).endswith(f" {verb}") if verb.isascii() else name.startswith(verb)


_ANYTHING = re.compile(r" (?:something|anything|any)$")
_ASPECTS = re.compile("[过了]")
_AN_ORDER = re.compile(r" (?:an? |any )?(?:orders?|purchases?|something|anything)$")


def _kept_in(state: State, dataset: str | None) -> list[str]:
    """The entity's own dataset, where the question names it: SKUs in the product master, 商品档案里的SKU."""
    if dataset is None:
        return []
    spec = state.catalog.dataset(dataset)
    names = [n.lower() for n in (spec.label.zh, spec.label.en, *spec.synonyms.all()) if len(n) > 2]
    return [dataset] if any(n in state.text for n in names) or _REGISTERED.search(state.text) else []


def kept_in(text: str) -> bool:
    """Whether a word says no more than that someone is on a list: 在册, registered."""
    return _REGISTERED.fullmatch(text) is not None


def registered(state: State, entity: str) -> str | None:
    """The metric called the number of an entity, where it counts the entity's own dataset: all there are, whatever they did."""
    name = _called(state, entity)
    return name if name and state.catalog.formula(name).homes == (state.catalog.entity(entity).dataset,) else None


def _called_after(state: State, entity: str) -> str | None:
    """The metric named as the number of an entity, unless a verb asks for those that did something."""
    if any(m.verbs for m in state.marks):
        return None
    words = {m.text for m in state.marks if entity in m.entities}
    said = {s for w in words for s in ((w, f"number of {w}") if w.isascii() else (f"{w}数", f"{w}人数"))}
    homes = state.catalog.formula(state.default_metric()).homes
    for name, metric in state.catalog.spec.metrics.items():
        called = said & {n.lower() for n in (*metric.names(), *metric.counters.all())}
        if called and state.catalog.formula(name).homes == homes and counted_entity(state, name) == entity:
            return name
    return _called(state, entity)


def _called(state: State, entity: str) -> str | None:
    spec = state.catalog.entity(entity)
    shown = state.catalog.field(f"{spec.dataset}.{spec.shown_by}").spec if spec.dataset and spec.shown_by else None
    zh = {f"{n}数" for n in (spec.label.zh, *spec.synonyms.zh, *((shown.label.zh, *shown.synonyms.zh) if shown else ())) if n}
    for name, metric in state.catalog.spec.metrics.items():
        if zh & {metric.label.zh, *metric.synonyms.zh} and counted_entity(state, name) == entity and not metric.filter:
            return name
    return None


def _formulas(state: State) -> list[tuple[str, Formula]]:
    return [(n, state.catalog.formula(n)) for n in state.catalog.spec.metrics]


def counts_entity(state: State, formula: Formula, entity: str, dataset: str, filtered: bool = False) -> bool:
    """Whether a formula is the number of an entity in a dataset: of all of them, or of those its filter keeps."""
    return _counts(state.catalog, formula, entity, dataset, filtered)


def _counts(catalog: Catalog, formula: Formula, entity: str, dataset: str, filtered: bool) -> bool:
    if not isinstance(formula.tree, exp.Placeholder):
        return False
    leaf = formula.aggregates[0]
    kept = bool(leaf.filter) and leaf.filter != _usual_filter(catalog)  # paying customers are the customers, where sales are those paid for
    if leaf.home != dataset or kept != filtered or not leaf.counts:
        return False
    field = catalog.entity_field(entity, dataset)
    if leaf.kind == "distinct":
        column = leaf.call.find(exp.Column)
        return bool(column and field and column.name == field)
    return catalog.dataset(dataset).primary_key == (field,)


def _usual_filter(catalog: Catalog) -> object:
    """The filter of the default metric, whose rows are those that questions are about."""
    name = catalog.default_metric
    return catalog.formula(name).aggregates[0].filter if name else ()


def counted_entity(state: State, metric: str) -> str | None:
    """The entity a metric counts, if it does just that."""
    return what_is_counted(state.catalog, metric)


def what_is_counted(catalog: Catalog, metric: str) -> str | None:
    """The entity a metric counts, if it does just that."""
    formula = catalog.formula(metric)
    return next((e for e in catalog.spec.entities if any(_counts(catalog, formula, e, d, False) for d in formula.homes)), None)


def whom_it_counts(catalog: Catalog, metric: str) -> str | None:
    """The entity that a metric counts, all of it or those that its filter keeps: paying customers."""
    return what_is_counted(catalog, metric) or next((e for e in catalog.spec.entities if counts_part_of(catalog, metric, e)), None)


def tells_which(catalog: Catalog, mark: Mark, entity: str) -> bool:
    """Paying customers: the name of a number of people that says which of them, and not customers, how many users, 用户数."""
    if not mark.metrics or whom_it_counts(catalog, mark.metrics[0]) != entity:
        return False
    names = {n.lower() for n in catalog.entity(entity).names()}
    bare = {f"{asked}{n}" for n in names for asked in ("", "how many ", "number of ", "多少", "几个", "几位")}
    return mark.text not in bare and mark.text.removesuffix("s") not in bare and not mark.text.endswith(("数", "量"))


def counts_part_of(catalog: Catalog, metric: str, entity: str) -> bool:
    """Whether a metric counts an entity, or a part of it: new customers."""
    formula = catalog.formula(metric)
    return any(_counts(catalog, formula, entity, d, filtered) for d in formula.homes for filtered in (False, True))


def ratio_of(catalog: Catalog, top: str, bottom: str) -> str | None:
    """The metric that is one metric over another: refunds over sales."""
    for name in catalog.spec.metrics:
        formula = catalog.formula(name)
        if isinstance(formula.tree, exp.Div) and [catalog.aggregate_name(a) for a in formula.aggregates] == [top, bottom]:
            return name
    return None


def per_entity(state: State, metric: str) -> tuple[str, str] | None:
    """(numerator, entity) of a ratio whose denominator counts an entity: sales per basket."""
    formula = state.catalog.formula(metric)
    if not isinstance(formula.tree, exp.Div) or len(formula.aggregates) != 2:
        return None
    top, bottom = formula.aggregates
    numerator = state.catalog.aggregate_name(top)
    column = bottom.call.find(exp.Column)
    if numerator is not None and bottom.counts and bottom.kind == "additive" and not bottom.filter:  # of all rows of its own
        rows = next((e for e, spec in state.catalog.spec.entities.items() if spec.dataset == bottom.home), None)
        return (numerator, rows) if rows else None
    if numerator is None or column is None or bottom.kind != "distinct" or bottom.filter:
        return None
    entity = state.catalog.field(f"{column.table}.{column.name}").spec.entity
    return (numerator, entity) if entity else None


def known_ratio(state: State, metric: str, entity: str) -> str | None:
    """The catalog's own ratio of a metric to the number of an entity, also where both are of the same filtered rows: units per paid order."""
    asked = (metric, entity)
    return next((m for m in state.catalog.spec.metrics if per_entity(state, m) == asked or _filtered_alike(state, m, *asked)), None)


def _filtered_alike(state: State, ratio: str, metric: str, entity: str) -> bool:
    formula = state.catalog.formula(ratio)
    if not isinstance(formula.tree, exp.Div) or len(formula.aggregates) != 2:
        return False
    top, bottom = formula.aggregates
    column = bottom.call.find(exp.Column)
    counted = state.catalog.field(f"{column.table}.{column.name}").spec.entity if column is not None and bottom.kind == "distinct" else None
    return state.catalog.aggregate_name(top) == metric and counted == entity and top.filter == bottom.filter


def counting_in(state: State, dataset: str, entity: str | None) -> str | None:
    """The metric that counts an entity in a dataset, or else its rows."""
    formulas = [(n, state.catalog.formula(n)) for n in state.catalog.spec.metrics]
    for filtered in (False, True):
        for name, formula in formulas:
            if entity and counts_entity(state, formula, entity, dataset, filtered):
                return name
    rows = [n for n, f in formulas if f.homes == (dataset,) and f.kind == "additive" and f.aggregates[0].counts and not f.aggregates[0].filter]
    return rows[0] if rows else None


def counts_rows(state: State, metric: str) -> str | None:
    """The dataset whose rows a metric counts, all of them; None for any other metric."""
    formula = state.catalog.formula(metric)
    leaf = formula.aggregates[0]
    plain = isinstance(formula.tree, exp.Placeholder) and leaf.counts and leaf.kind == "additive" and not leaf.filter
    return leaf.home if plain else None


# Baskets alongside, customers too; along with customers, 附上顾客: what is added to a list.
_ADDED_BEHIND = re.compile(r" (?:alongside|too|as well|(?:next to|beside) (?:it|that|them)|on the side|in (?:another|the next) column)\b")
_ADDED_BEFORE = re.compile(
    r"(?:\balong(?:side)?(?: with)?|\bplus|\band also|\bas well as|\bincluding|\bincl\.?|\badd"
    r"|\b(?:with|w/)(?= (?:their|its)))(?: the| their| its)? ?$"
    r"|(?:附上|带上|外加|顺便看看?|连同)$"
)


def is_added(state: State, mark: Mark) -> bool:
    """Whether words say that it is shown beside the rest: w/ baskets alongside, along with customers."""
    return bool(_ADDED_BEHIND.match(state.text, mark.end) or _ADDED_BEFORE.search(state.text, 0, mark.start))


def in_a_list(state: State, mark: Mark) -> bool:
    """Whether it stands in a list of metrics: sales, baskets and customers."""
    if is_added(state, mark):
        return True
    around = [m for m in (next(state.preceding(mark), None), next(state.following(mark), None)) if m and (m.metrics or _amount_of(state, m))]
    return any(any(c in state.text[min(m.end, mark.end) : max(m.start, mark.start)] for c in ",、和与及&+") for m in around) or any(
        " and " in state.text[min(m.end, mark.end) : max(m.start, mark.start)] for m in around
    )


def _amount_of(state: State, mark: Mark) -> bool:
    """The money they spent: a counter right before the name of the metric that it counts."""
    after = next(state.following(mark), None)
    return bool(mark.counters and after and set(mark.counters) & set(after.metrics) and state.close(mark, after, 6))


def counts_segment(state: State, segment: str) -> str | None:
    """The metric of the catalog that counts the rows of a segment: late deliveries, of late parcels."""
    kept = state.catalog.segment(segment).where
    for name, spec in state.catalog.spec.metrics.items():
        told = [getattr(c, "segment", "") for c in spec.filter] == [segment] or (spec.filter and spec.filter == kept)
        formula = state.catalog.formula(name)
        if told and isinstance(formula.tree, exp.Placeholder) and formula.aggregates[0].counts and formula.kind == "additive":
            return name
    return None


def of_each(state: State) -> None:
    """Buyers by age, 8月买家按年龄拆: an entity that is split and of which nothing else is asked is counted."""
    if state.metrics or state.records or state.order or state.share or state.compare or state.free(lambda m: m.metrics):
        return
    named = state.free(lambda m: m.entities)
    if not state.groups and not (len(named) == 1 and state.where and _happened(state, named[0])):
        return
    metric = count_metric(state, named[0].entities[0]) if len(named) == 1 else None
    if metric:
        state.add_metric(metric)
        state.take(named[0], "count")


def _happened(state: State, named: Mark) -> bool:
    """Failed WeChat Pay payments in June: dated rows, several of them, of which neither a list nor anything else is asked."""
    own = state.catalog.entity(named.entities[0]).dataset
    asked = state.ops("list", "which", "top", "bottom", "average", "single", "first", "last")
    several = not named.text.isascii() or named.text.endswith("s")
    return own is not None and state.catalog.dataset(own).time is not None and several and not asked and not state.free(lambda m: m.fields or m.verbs)


_SPREAD = ("分布", "构成", "结构", "分布情况", "distribution", "breakdown", "mix", "split")
_HOW_MANY_OF_EACH = re.compile(r"\bhow many (?:are |do we have |of (?:them )?)?(?:in|at|on|of|per) each\b|各(?:有)?(?:多少|几)(?:个|位|名|家|人)?$")


def spread(state: State) -> None:
    """会员等级分布, membership tiers, how many in each: the rows that hold a field, by that field, where nothing else is asked."""
    if state.metrics or state.records or state.order or state.share or state.compare or state.free(lambda m: m.metrics or m.verbs or m.entities):
        return
    if state.one_of_several:  # 状态分布: that only one of the statuses is of a thing that is counted does not tell which is meant
        return
    fields = [m for m in state.marks if m.fields and not m.entities and (not m.became or m.became.startswith("group:"))]
    if len(fields) != 1 or len(state.groups) > 1 or state.free(lambda m: (m.counters and FILLER not in m.ops) or m.has("by_amount", "average")):
        return
    ref = fields[0].fields[0]
    said = state.free(lambda m: m.text in _SPREAD)
    each = _HOW_MANY_OF_EACH.search(state.text)
    own = [e for e, spec in state.catalog.spec.entities.items() if spec.dataset == ref.split(".")[0]]
    if "." not in ref or not (said or each or fields[0].text.endswith(_SPREAD)) or len(own) != 1 or any(g.field != ref for g in state.groups):
        return
    metric = count_metric(state, own[0])
    if metric is None:
        return
    state.add_group(Group(field=ref))
    state.add_metric(metric)
    for mark in [*fields, *said, *state.free(lambda m: each and each.start() <= m.start and m.end <= each.end())]:
        state.take(mark, f"group:{ref}" if mark in fields else "count")


def told_apart(state: State) -> None:
    """按机尾号去重, deduplicated by tail number: says how to count, and splits nothing."""
    for op in state.ops("by"):
        target = state.after(op)
        word = state.after(target) if target else None
        if target and word and target.groupable and word.has("different") and state.close(target, word) and state.free(lambda m: m.metrics):
            for mark in (op, target, word):
                state.take(mark, "counted once")


def where_it_happened(state: State) -> None:
    """How many customers in 1997, planes by airline: what only its own dataset counts is counted among the rows that can be asked so."""
    for at, ref in enumerate([] if state.one_of_several else state.metrics):
        entity = counted_entity(state, ref.metric) if ref.metric else None
        homes = state.catalog.formula(ref.metric or "").homes if entity else ()
        of_others = any(getattr(c, "entity", entity) != entity for c in state.where)
        if entity is None or len(homes) != 1 or of_others or can_be_asked(state, homes[0]):
            continue
        beside = {h for m in state.metrics if m is not ref and m.metric for h in state.catalog.formula(m.metric).homes}
        own = state.catalog.entity(entity).dataset == homes[0]
        beside |= set(state.catalog.formula(state.default_metric()).homes) if own else set()
        places = [d for d in _with_entity(state, entity) if d != homes[0] and can_be_asked(state, d)]
        only = len(places) == 1 and (own or (len(state.metrics) == 1 and _split_there(state, entity, places[0])))
        place = next((d for d in places if d in beside), places[0] if only else None)
        if place is None or _dated_by_condition(state, entity, place):
            continue
        did = any(place in m.verbs for m in state.marks)
        named = next((n for kept in (False, True)[: 1 + did] for n, f in _formulas(state) if counts_entity(state, f, entity, place, kept)), None)
        there = {place, *(state.catalog.formula(named).homes if named else ())}
        if denied_there(state, entity, there):
            continue
        field = f"{place}.{state.catalog.entity_field(entity, place)}"
        counted = MetricRef(metric=named) if named else MetricRef(agg="count_distinct", field=field)
        replace_metric(state, at, counted)
        _say_where(state, entity, place)


def denied_there(state: State, entity: str, homes: set[str]) -> bool:
    """Registered users who bought nothing: a condition denies the rows in which they would be counted."""
    return any(isinstance(c, ExistsCondition) and c.negated and c.exists in homes and c.entity == entity for c in state.where)


def _dated_by_condition(state: State, entity: str, place: str) -> bool:
    """Products that got a review in Q2: the period is that of the condition, where its rows are others than those of the metric."""
    told = [c for c in state.where if isinstance(c, EntityCondition) and c.entity == entity]
    metric = told[0].metric.metric if len(told) == 1 and isinstance(told[0].metric, MetricRef) else None
    if state.time is None or state.groups or state.compare or metric is None or told[0].time is not None:
        return False
    if place in state.catalog.formula(metric).homes:
        return False
    state.where = [c.model_copy(update={"time": state.time}) if c is told[0] else c for c in state.where]
    state.time = None
    return True


def _split_there(state: State, entity: str, place: str) -> bool:
    """Products in each display location: a bare name that is counted, split by what only one place has, and nothing was done elsewhere."""
    split = any(m.has("by", "which") and m.became == "group" for m in state.marks)
    bare = any(m.became == "count" and entity in m.entities for m in state.marks)
    own = any(g.field and g.field.startswith(f"{place}.") for g in state.groups)
    done = any(d != place for m in state.marks for d in (*m.verbs, *m.did))
    return split and bare and own and not done


def _with_entity(state: State, entity: str) -> list[str]:
    return [d for d in state.catalog.spec.datasets if state.catalog.entity_field(entity, d)]


def can_be_asked(state: State, dataset: str) -> bool:
    """Whether the rows of a dataset can be filtered and split in all the ways that the question asks for."""
    refs = [c.field for c in state.where if isinstance(c, FieldCondition)] + [g.field for g in state.groups if g.field]
    dated = state.time is not None or TIME in refs
    own_time = state.time is not None and (state.time.field or "").startswith(f"{dataset}.")
    timed = own_time or state.catalog.dataset(dataset).time is not None
    return (timed or not dated) and all(state.reaches(dataset, ref) for ref in refs if ref != TIME)


def replace_metric(state: State, at: int, ref: MetricRef) -> None:
    """Another metric in the place of one, in the orders and thresholds too."""
    old = state.metrics[at]
    ref = ref.model_copy(update={"where": old.where, "share": old.share})
    before, state.metrics[at] = old.name, ref
    for mark in state.marks:
        if mark.became == f"metric:{before}":
            mark.became = f"metric:{ref.name}"
    state.order[:] = [o.model_copy(update={"by": ref.name}) if o.by == before else o for o in state.order]
    state.having[:] = [h.model_copy(update={"by": ref.name}) if h.by == before else h for h in state.having]


def _say_where(state: State, entity: str, dataset: str) -> None:
    counted, rows = state.catalog.entity(entity).label, state.catalog.dataset(dataset).label
    state.assume(f"{counted.zh}按{rows.zh}里出现过的去重计数", f"{counted.en}: the different ones among {rows.en}")


def rows_told(catalog: Catalog, metric: str) -> tuple[Condition, ...]:
    """The conditions by which a counting metric keeps some rows of another, all in one: cancelled orders, of orders; () where it counts all.

    A difference of two counts keeps what the second leaves: all orders less those that were paid.
    """
    spec, formula = catalog.metric(metric), catalog.formula(metric)
    if isinstance(formula.tree, exp.Sub) and len(formula.aggregates) == 2:
        whole, part = formula.aggregates
        plain = whole.call == part.call and not whole.filter and part.filter and all(isinstance(c, FieldCondition) for c in part.filter)
        return (AllOf(all_of=part.filter, negated=True) if len(part.filter) > 1 else negation(part.filter[0]),) if plain else ()
    if not isinstance(formula.tree, exp.Placeholder) or not formula.aggregates[0].counts:
        return ()
    return tuple(spec.filter) if all(isinstance(c, FieldCondition | SegmentCondition) for c in spec.filter) else ()


def negation(condition: Condition) -> Condition:
    """The opposite of a condition; of a plain one in its own words."""
    opposite = {"not_null": "is_null", "is_null": "not_null"}
    if isinstance(condition, FieldCondition) and condition.op in opposite:
        return condition.model_copy(update={"op": opposite[condition.op]})
    return condition.model_copy(update={"negated": not condition.negated})
