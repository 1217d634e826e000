"""The account of a finished query: the values, numbers and periods of the question are those that stand in it, each once and where it was said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, per_entity, registered, whom_it_counts
from assistant.reading.state import State
from semantic_layer.query import TIME, AllOf, AnyOf, Condition, EntityCondition, EventCondition, ExistsCondition, FieldCondition

# They take one figure from another.
_SUBTRACTS = re.compile(r"减去?|减掉|minus|less|subtract(?:ing|ed)?|deduct(?:ing|ed)?")
_CONTRIBUTES = re.compile(r"贡献|contribut(?:e|es|ed|ing|ion)\b")


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


def all_conditions(state: State) -> list[Condition]:
    """Every condition of the query, also those within others, of one metric, and of groups that are told apart by one."""
    cases = [g.case for g in state.groups if g.case is not None]
    return list(_within([*state.where, *cases, *(c for m in state.metrics for c in m.where)]))


def _within(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        yield condition
        if isinstance(condition, AnyOf | AllOf):
            yield from _within(condition.any_of if isinstance(condition, AnyOf) else condition.all_of)
        if isinstance(condition, EntityCondition | ExistsCondition | EventCondition):
            yield from _within(condition.where)
        if isinstance(condition, EntityCondition):
            yield from _within(condition.metric.where)


def values_held(state: State) -> Iterator[Mark]:
    """A value that became a filter is in one: revenue of Germany minus that of France holds France nowhere."""
    held = [c for c in all_conditions(state) if isinstance(c, FieldCondition)]
    split = {g.field for g in state.groups}
    kept = {c.field for c in held if c.op == "="}
    for mark in _used(state, lambda m: m.became.startswith("filter:") and (m.values or m.ids)):
        field = mark.became.split(":")[1]
        told = [v for f, v in mark.values if f == field] if mark.values else list(mark.ids[1] if mark.ids else ())
        known = {v for c in held if c.field == field for v in (c.value if isinstance(c.value, tuple) else (c.value,))}
        if told and field not in split and not known & set(told) and not (field in kept and not _subtracted(state, mark)):
            yield mark


def _subtracted(state: State, mark: Mark) -> bool:
    before = next(state.preceding(mark), None)
    return bool(before and _SUBTRACTS.fullmatch(before.text))


def subtracted(state: State) -> Iterator[Mark]:
    """The sales of A minus those of B: a difference, and no sales of A without B."""
    for word in _used(state, lambda m: m.became == "exclude" and _SUBTRACTS.fullmatch(m.text)):
        fields = {m.became for m in state.marks if m.end <= word.start and m.became.startswith("filter:")}
        behind = next(state.following(word), None)
        if behind and behind.became in fields:
            yield word


def numbers_held(state: State) -> Iterator[Mark]:
    """A number that became a bound is in the query as it was said; only one in percent may stand there as a fraction."""
    numbers = [h.value for h in state.having] + [c.value for c in all_conditions(state) if isinstance(c, EntityCondition | FieldCondition)]
    numbers += [-h.value for h in state.having if h.side == "growth" and not isinstance(h.value, tuple)]  # fell by more than 20%
    flat = [v for n in numbers for v in (n if isinstance(n, tuple) else (n,)) if isinstance(v, int | float) and not isinstance(v, bool)]
    edges = [e for g in state.groups if g.bucket for e in g.bucket.edges or ()]
    for mark in _used(state, lambda m: m.number and not m.time and m.became.startswith("threshold:")):
        said = float(mark.number.value) if mark.number else 0.0
        as_percent = said / 100 if said <= 100 else said
        if flat and not any(abs(v - s) < 1e-9 * max(1.0, abs(s)) for v in (*flat, *edges) for s in (said, as_percent)):
            yield mark


def periods_held(state: State) -> Iterator[Mark]:
    """Favourited 1000 times in May but not sold: the one period of the question is that of each of its conditions, or it is asked back."""
    spans = {(m.time.first, m.time.last) for m in state.marks if m.time and m.time.kind == "range" and m.became}
    bounds = [c for c in all_conditions(state) if isinstance(c, EntityCondition) and c.time is None]
    inside = [m for m in state.marks if m.time and m.time.kind == "range" and m.became.startswith("exists:")]
    if len(spans) == 1 and bounds and inside and state.time is None:
        yield from inside


def best_of_their_time(state: State) -> Iterator[Mark]:
    """The period that the best ones are the best of stands in the condition that keeps them."""
    held = [c.time for c in all_conditions(state) if isinstance(c, EntityCondition)]
    if state.best_time is not None and state.best_time not in held:
        yield from (m for m in state.marks if m.became == "time:best")


def shares_of_counted(state: State) -> Iterator[Mark]:
    """Percent of customers making up the top 20% of sales: of the customers a part is asked, and not of the sales."""
    parts = [m for m in state.metrics if m.share]
    counted = {counted_entity(state, m.metric) for m in parts if m.metric}
    for word in _used(state, lambda m: m.became == "share" and m.text.endswith(" of")):
        behind = next(state.following(word), None)
        if parts and behind and behind.entities and behind.became.startswith("entity:") and not counted & set(behind.entities):
            yield behind


def parts_of_a_whole(state: State) -> Iterator[Mark]:
    """没有孩子的已婚家庭占多少顾客: all that is said before the word tells the part, where the whole behind it is bare."""
    parts = [m for m in state.metrics if m.share]
    told = _used(state, lambda m: m.became.startswith(("filter:", "segment:")))
    for word in _used(state, lambda m: m.became == "share" and m.text.startswith("占")) if parts and state.where else ():
        behind = next(state.following(word, skip=lambda m: m.filler or m.text in ("全部", "所有", "总")), None)
        before = [m for m in told if m.end <= word.start]
        whole = re.search(r"[里中内,;]", state.text[before[0].end : word.start]) if before else None
        bare = behind is not None and (behind.entities or behind.metrics) and not any(m.start >= word.end for m in told)
        if bare and len(before) > 1 and not whole:
            yield before[0]


def contributed(state: State) -> Iterator[Mark]:
    """新品贡献了多少毛利占比: what somebody contributes is a part of a whole, and no rate of their own."""
    rates = [m for m in state.metrics if m.metric and state.catalog.metric(m.metric).format == "percent"]
    if rates and not state.share and not any(m.share for m in state.metrics):
        yield from (m for m in state.marks if _CONTRIBUTES.match(m.text))


def averages_of_others(state: State) -> Iterator[Mark]:
    """订单平均金额: an average of what was named, and not of smaller rows of it, of which each has several."""
    for mark in _used(state, lambda m: m.became.startswith("metric:")):
        name = mark.became.removeprefix("metric:")
        before = next(state.preceding(mark), None)
        if name not in state.catalog.spec.metrics or before is None or before.became != "subject" or not before.entities:
            continue
        leaf = state.catalog.formula(name).aggregates[0]
        own = state.catalog.entity(before.entities[0]).dataset
        smaller = own not in (None, leaf.home) and state.catalog.entity_field(before.entities[0], leaf.home) is not None
        if isinstance(leaf.call, exp.Avg) and smaller and state.close(before, mark, 1) and not state.catalog.entity(before.entities[0]).people:
            yield before


def ranked_within(state: State) -> Iterator[Mark]:
    """浏览量前10的商品里转化率最低的, the least of the top ten: two rankings by two measures, of which a query has one."""
    words = _used(state, lambda m: m.became == "order" and m.has("top", "bottom"))
    by = [(w, b.became) for w in words if (b := next(state.preceding(w), None)) and b.became.startswith("metric:") and not w.text.isascii()]
    yield from (w for w, name in by[1:] if name != by[0][1])


def ranked_filters(state: State) -> Iterator[Mark]:
    """超时包裹最多的快递公司和它的准时率, most late parcels and its rate: what there is most of is counted, and no filter of something else."""
    counting = {m.name for m in state.metrics if m.metric and any(a.counts for a in state.catalog.formula(m.metric).aggregates[:1])}
    by = {o.by for o in state.order}
    if not by or (by & counting and not any(state.catalog.metric(m.metric).format == "percent" for m in state.metrics if m.metric and m.name in by)):
        return
    for word in _used(state, lambda m: m.became == "order" and (m.text.startswith(("最多", "最少")) or m.text.split(" ")[-1] in ("most", "fewest"))):
        beside = next(state.following(word) if word.text.isascii() else state.preceding(word), None)
        touching = beside is not None and not state.text[min(word.end, beside.end) : max(word.start, beside.start)].strip()
        told = beside is not None and touching and beside.became.startswith(("filter:", "segment:"))
        behind = next(state.following(beside), None) if beside and word.text.isascii() else None
        if beside and told and not word.text.isascii() and _traded(state, beside):
            continue
        if beside and told and not (behind and behind.became.startswith("metric:") and state.close(beside, behind, 1)):
            yield beside


def _traded(state: State, value: Mark) -> bool:
    """卖鸡蛋最多的5家店: a verb of buying or selling right before what was sold says what there is most of."""
    verb = next(state.preceding(value), None)
    return bool(verb and verb.verbs and verb.end == value.start and re.search("[买卖售购]", verb.text))


def parts_of_changes(state: State) -> Iterator[Mark]:
    """How much higher is A than B, in %: by how many percent, and not the share of each."""
    higher = any(m.has("higher", "lower", "more_than", "less_than", "change") for m in state.marks if m.became and not m.number)
    if state.share and higher and state.compare is None:
        yield from _used(
            state,
            lambda m: m.became == "share" and re.fullmatch(r"(?:in |as a )?(?:%|percent(?:age)?|pct|per cent)|百分之多少|百分之几|几成", m.text),
        )


def averages_of_another(state: State) -> Iterator[Mark]:
    """Average number of categories per basket: what is averaged is their number, and not the usual measure."""
    default = state.default_metric()
    named = any(default in m.metrics for m in state.marks)
    for mark in _used(state, lambda m: m.became.startswith("per:")) if len(state.metrics) > 1 and not named else ():
        entity = mark.became.removeprefix("per:")
        if any(m.metric and per_entity(state, m.metric) == (default, entity) for m in state.metrics):
            yield mark


def persons_alone(state: State) -> Iterator[Mark]:
    """How many buyers of phones contacted service about returns: people are counted, and what a clause says of them is no figure beside."""
    people = {e for e, spec in state.catalog.spec.entities.items() if spec.people}
    content = [m for m in state.marks if not m.filler or m.became]
    head = next((m for m in content if not m.has("how_many", "list") or m.metrics), None)
    told = head is not None and (set(head.entities) & people or (head.metrics and whom_it_counts(state.catalog, head.metrics[0]) in people))
    if head is None or not told or not head.text.isascii() or content.index(head) > 1 or re.search(r"how (?:much|often|long)|\bwhat\b", state.text):
        return
    if not re.match(r"(?: in [a-z]+)?(?: (?:that|who|with|whose|of)\b| [a-z]+ed\b)| who ", state.text[head.end :]) and " who " not in head.text:
        return
    for mark in _used(state, lambda m: m.became.startswith("metric:") and m.start >= head.end):
        name = mark.became.removeprefix("metric:")
        counted = name in state.catalog.spec.metrics and whom_it_counts(state.catalog, name) in people
        before = state.text[max(head.end, mark.start - 24) : mark.start]
        if name in state.catalog.spec.metrics and not counted and not _LISTED_TOO.search(before) and not state.ops("average"):
            yield mark


_LISTED_TOO = re.compile(r"[,;:&+(]|\b(?:and|plus|their|they|with their|alongside|as well as|by|what|spend|of all)\b")
_OF_THOSE = re.compile(r"\bof (?:those|the people|the ones|everyone) who\b")


def persons_asked(state: State) -> Iterator[Mark]:
    """Women in Guangzhou who ordered: people are asked for, and no amount that nobody named."""
    named = any(
        m.became.startswith(("metric:", "count", "group:", "threshold:"))
        for m in state.marks
        if m.metrics or m.entities or (m.has("how_many") and not _OF_THOSE.search(state.text))
    )
    if named or state.records is not None or state.share or state.order or any(m.has("by_amount") for m in state.marks):
        return
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    if (
        people
        and re.search(r"\bwho\b|\bthose that\b", state.text)
        and not any(m.metric and whom_it_counts(state.catalog, m.metric) for m in state.metrics)
    ):
        yield from _used(state, lambda m: m.became == "verb") or _used(state, lambda m: m.verbs)


def parts_within(state: State) -> Iterator[Mark]:
    """Provinces with the smallest share of coupon orders: their part in each province, and not each province's part of them."""
    if state.share is None or not state.order or any(g.grain for g in state.groups):
        return
    for word in _used(state, lambda m: m.became == "share" and m.text.endswith(" of")):
        behind = next(state.following(word), None)
        before = any(m.became.startswith("group") for m in state.marks if m.end <= word.start)
        if behind and before and behind.became.startswith(("filter:", "segment:")):
            yield word


def set_in_relation(state: State) -> Iterator[Mark]:
    """Total discount relative to sales, 相对于: one measure over another, which two columns are not."""
    for word in _used(state, lambda m: m.text in ("relative to", "in relation to", "against", "相对于", "相较于", "相比于")):
        before, behind = next(state.preceding(word), None), next(state.following(word), None)
        told = before and behind and before.became.startswith("metric:") and behind.became.startswith("metric:")
        if told and before and behind and before.became != behind.became and state.compare is None:
            yield word


def with_and_without(state: State) -> Iterator[Mark]:
    """With and without kids, 有和没有: two groups, of which one is no answer."""
    told = re.search(r"\bwith(?: and | or |/)without\b|有(?:和|与|跟|、)没有?", state.text)
    if told and not any(g.case is not None for g in state.groups):
        yield from (
            m for m in state.marks if m.became.startswith(("filter:", "segment:", "exists:")) and told.start() <= m.end and m.start <= told.end() + 2
        )


def listed_deeds(state: State) -> Iterator[Mark]:
    """Households reached and redemptions: a name with what was done, in a list of measures, is a measure of its own."""
    held = {f"exists:{c.exists}" for c in all_conditions(state) if isinstance(c, ExistsCondition)}
    for mark in _used(state, lambda m: m.became in held and m.verbs and m.text.isascii()):
        before, behind = next(state.preceding(mark, skip=lambda m: False), None), next(state.following(mark), None)
        listed = behind and behind.became.startswith("metric:") and re.fullmatch(r"\s*(?:,|and|&|,\s*and)\s*", state.text[mark.end : behind.start])
        if listed and before and before.entities:
            yield mark


def one_of_each_row(state: State) -> Iterator[Mark]:
    """Ten largest orders with their customers: each row has one, whose name is asked for, and not their number."""
    rows = [state.catalog.entity(g.field).dataset for g in state.groups if g.field in state.catalog.spec.entities]
    for metric in state.metrics:
        entity = counted_entity(state, metric.metric) if metric.metric else None
        if entity and len(state.metrics) > 1 and any(d and state.catalog.entity_field(entity, d) for d in rows) and f"{entity}" not in rows:
            yield from _used(state, lambda m: m.became == f"metric:{metric.metric}")  # noqa: B023


def those_who_did_not(state: State) -> Iterator[Mark]:
    """Gold members who bought nothing: of all there are, and not only of those who ever bought."""
    for metric in state.metrics if len(state.metrics) == 1 and not any(m.metrics for m in state.marks) else ():
        for condition in state.where:
            if not isinstance(condition, ExistsCondition) or not condition.negated or metric.metric is None:
                continue
            everybody, home = registered(state, condition.entity), condition.exists in state.catalog.formula(metric.metric).homes
            if home and everybody and everybody != metric.metric and state.time is None and counted_entity(state, metric.metric) == condition.entity:
                yield from _used(state, lambda m: m.has("not") and m.became.startswith("exists:"))


def numbers_of_rates(state: State) -> Iterator[Mark]:
    """复购两次以上: so many times are compared with a number of times, and with no rate."""
    for mark in _used(state, lambda m: m.number and m.number.kind == "number" and m.became.startswith("threshold:")):
        metric = mark.became.removeprefix("threshold:")
        unit = next(state.following(mark, skip=lambda m: False), None)
        counts = unit is not None and unit.start - mark.end <= 1 and (unit.counters or unit.text in ("次", "回", "趟", "times"))
        if counts and metric in state.catalog.spec.metrics and state.catalog.metric(metric).format == "percent":
            yield mark


def sold_most(state: State) -> Iterator[Mark]:
    """AOV of the three best selling cities: what sells best is ranked by what it sold, and by no rate."""
    ranks = {m.name for m in state.metrics if m.metric and state.catalog.formula(m.metric).kind == "ratio"} & {o.by for o in state.order}
    if ranks and not any(m.has("by") and m.became == "order" for m in state.marks):
        yield from _used(state, lambda m: m.became == "order" and re.search(r"sell|卖|畅销|热销", state.text[m.start : m.end + 8]))


def period_of_rows(state: State) -> Iterator[Mark]:
    """Orders not paid in the first half: the period of rows that did not do something is their own, and not that of all there ever were."""
    if state.time is not None or any(g.grain for g in state.groups):
        return
    for condition in state.where:
        if not isinstance(condition, ExistsCondition) or not condition.negated or condition.time is None or condition.time.start is None:
            continue
        key = state.catalog.entity_field(condition.entity, condition.exists)
        if state.catalog.dataset(condition.exists).primary_key == (key,):
            yield from _used(state, lambda m: m.time and m.became == f"exists:{condition.exists}")  # noqa: B023


_ORIGIN = re.compile(r"\bwhere\b.{0,60}\b(?:come|comes|came|coming) from\b|(?:从|打)?哪(?:里|儿|边)?(?:来|招来|拉来)的?")


def origin_asked(state: State) -> Iterator[Mark]:
    """Where do new users come from: it is answered by a split, or by something that is held, and not by the number of all."""
    asked = None if any(g.field for g in state.groups if g.field != TIME) or state.where else _ORIGIN.search(state.text)
    if asked:
        yield from [m for m in state.marks if asked.start() <= m.start < asked.end() and not m.became.startswith(("metric:", "entity:"))][:1]


LOOKS = (
    origin_asked,
    numbers_of_rates, sold_most, period_of_rows,
    persons_asked, persons_alone, parts_within, set_in_relation, with_and_without, listed_deeds, one_of_each_row, those_who_did_not,
    ranked_within, ranked_filters, parts_of_changes, averages_of_another,
    values_held, subtracted, numbers_held, periods_held, best_of_their_time, shares_of_counted, parts_of_a_whole, contributed, averages_of_others,
)  # fmt: skip
