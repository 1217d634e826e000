"""The third look: queries that mean something, but that no question asks for, whatever its words.

The other looks hold a query against single words. These know which parts of a query make no sense together, with what
the catalog says of them: whom a metric counts, where its rows are, whether it adds up. Each names the marks of such a part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.reading.accounted import all_conditions
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import known_ratio, per_entity, whom_it_counts
from assistant.reading.rules.doers import homes_of
from assistant.reading.rules.objects import ARTICLES
from assistant.reading.state import State
from semantic_layer.query import TIME, EntityCondition, EventCondition, ExistsCondition, FieldCondition, MetricRef, SegmentCondition, TimeRange

# Periods that are set against each other differ by no more than a month and its neighbour, or a short and a long holiday.
_MOST_UNEVEN = 2.5
_OLDEST = 100
_COMPARES = ("higher", "lower", "more_than", "less_than", "compare")
_TIME_UNITS = ("天", "日", "小时", "周", "个月", "day", "days", "hour", "hours", "week", "weeks", "month", "months")
_TIMES = re.compile(r"天|日|时长|小时|周期|days?\b|hours?\b|time\b", re.IGNORECASE)


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


def _shares(state: State) -> list[Mark]:
    """The words that ask for a share; all of a construction where it took them together."""
    return _used(state, lambda m: m.became == "share") or _used(state, lambda m: m.has("share"))


def _negations(state: State) -> list[Mark]:
    return _used(state, lambda m: m.has("not") and m.became.startswith("exists:"))


def _people(state: State, metric: MetricRef) -> str | None:
    """The people that a metric counts."""
    entity = whom_it_counts(state.catalog, metric.metric) if metric.metric else None
    return entity if entity and state.catalog.entity(entity).people else None


def left_with_nothing(state: State) -> Iterator[Mark]:
    """Products never sold with a discount: the rows of those that have none add up to nothing."""
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    counted = {whom_it_counts(state.catalog, m.metric) for m in state.metrics if m.metric}
    for condition in state.where:
        if not isinstance(condition, ExistsCondition) or not condition.negated or condition.where:
            continue
        dated, then = condition.time, state.time
        same = dated is not None and then is not None and (dated.start, dated.end) == (then.start, then.end)
        if condition.entity in counted and not same:
            continue
        ever = dated is None or dated.start is dated.end is None or same
        if ever and homes == {condition.exists}:
            yield from _negations(state)


def share_of_the_part(state: State) -> Iterator[Mark]:
    """Baskets with one item as a share of all baskets: a share of the part in itself, by month, is not its share of the whole."""
    if state.share is None:
        return
    words = _shares(state)
    if any(isinstance(c, EntityCondition | ExistsCondition | EventCondition) for c in state.where):
        yield from words
    kept = {f"segment:{c.segment}" for c in state.where if isinstance(c, SegmentCondition) and not c.negated}
    yield from (w for w in words if any(m.became in kept and m.end <= w.start for m in state.marks))


def beside_its_share(state: State) -> Iterator[Mark]:
    """Households without kids share of produce sales: the share of the one metric, beside the whole of another."""
    if any(m.share for m in state.metrics) and len({(m.metric, m.field, m.agg) for m in state.metrics}) > 1:
        yield from _shares(state)


def shares_of_several(state: State) -> Iterator[Mark]:
    """Sales of the best product as a share of its category: ranked by one metric, and the share of every one of them."""
    if state.share and not state.share.of and state.order and len(state.metrics) > 1:
        yield from _shares(state)


def bounds_in_shares(state: State) -> Iterator[Mark]:
    """Percentage of customers under 35: what a share is of is not bound by its number."""
    if state.share and state.compare is None and any(h.side == "value" for h in state.having):
        yield from _used(state, lambda m: m.became.startswith("threshold:"))


def not_done_by_them(state: State) -> Iterator[Mark]:
    """Users who favourited a product but bought nothing: it is they who did not, where they are counted, and not the products."""
    counted = {_people(state, m) for m in state.metrics}
    if not counted or None in counted:
        return
    for condition in state.where:
        if isinstance(condition, ExistsCondition) and condition.negated:
            apart = len(counted) > 1  # visitors who added to cart beside users who did not order
            if apart or not state.catalog.entity(condition.entity).people:
                yield from _negations(state)


def averages_of_the_bound(state: State) -> Iterator[Mark]:
    """平均每张小票超过50块的门店有几家: how many there are is not averaged; the average belongs to the bound."""
    averaged = any(m.agg and m.over and m.metric and whom_it_counts(state.catalog, m.metric) for m in state.metrics)
    if averaged and any(isinstance(c, EntityCondition) for c in state.where):
        yield from _used(state, lambda m: m.became.startswith(("per:", "average")))


def uneven_periods(state: State) -> Iterator[Mark]:
    """Women's Day sale next to last year's: three days are not set against a year, unless by a rate."""
    if state.compare is None or state.compare.range is None or state.time is None:
        return
    lengths = sorted((_days(state.time), _days(state.compare.range)))
    adds_up = any(m.metric and state.catalog.formula(m.metric).kind != "other" for m in state.metrics)
    if adds_up and lengths[0] and lengths[1] > _MOST_UNEVEN * lengths[0]:
        yield from _used(state, lambda m: m.became == "compare")


def _days(time: TimeRange) -> int:
    return (time.end - time.start).days if time.start and time.end else 0


def both_in_a_share(state: State) -> Iterator[Mark]:
    """What share of baskets contain both milk and bread: of all baskets, and not of those with milk, unless it stands between the two."""
    parts = [c for m in state.metrics if m.share for c in m.where]
    if any(isinstance(c, ExistsCondition) for c in parts) and any(isinstance(c, ExistsCondition) for c in state.where):
        held = [m.start for m in state.marks if m.became.startswith("exists:")]
        yield from _used(state, lambda m: m.has("both") and not min(held, default=0) < m.start < max(held, default=0))


def compared_while_counted(state: State) -> Iterator[Mark]:
    """Number of categories where A outsells B: those where it does, and not how many each of the two has."""
    values = {g.field for g in state.groups} & {m.became.removeprefix("filter:") for m in state.marks if m.became.startswith("filter:")}
    if values and state.metrics and all(m.agg == "count_distinct" or (m.metric and whom_it_counts(state.catalog, m.metric)) for m in state.metrics):
        counts = _used(state, lambda m: m.became == "count")
        yield from (w for w in _used(state, lambda m: m.has(*_COMPARES) and m.became == "said") if counts and counts[0].start < w.start)


def years_of_age(state: State) -> Iterator[Mark]:
    """Customers under 35: a bare number right behind people is their age, and not how many they are, unless a row has so many of them."""
    for mark in _used(state, lambda m: m.number and m.became.startswith("threshold:")):
        name = mark.became.removeprefix("threshold:")
        if name not in state.catalog.spec.metrics or not mark.number or mark.number.value > _OLDEST or not _people(state, MetricRef(metric=name)):
            continue
        bound = [m for m in state.marks if m.became == mark.became]
        before = next(state.preceding(bound[0], skip=lambda m: False), None)
        behind = next(state.following(mark), None)
        owned = before is not None and before.text in ("with", "having", "has", "have", "had", "where", "whose", "and")
        if bound[0].metrics and bound[0].text.isascii() and not owned and not (behind and (behind.counters or behind.entities)):
            yield mark


def units_of_bounds(state: State) -> Iterator[Mark]:
    """库存够卖不到7天: days are compared with days, and not with pieces."""
    for mark in _used(state, lambda m: m.number and not m.time and m.became.startswith("threshold:")):
        unit = next(state.following(mark, skip=lambda m: False), None)
        name = mark.became.removeprefix("threshold:")
        if unit is None or unit.text not in _TIME_UNITS or unit.start - mark.end > 1 or name not in state.catalog.spec.metrics:
            continue
        spec = state.catalog.metric(name)
        if not any(_TIMES.search(text) for text in (spec.label.zh, spec.label.en, spec.unit)):
            yield unit


def listed_and_summed(state: State) -> Iterator[Mark]:
    """Top 10 customers by visits and what they spent: those ten are asked for, and not one sum over them."""
    if state.groups or state.records is not None or state.best_time is not None:
        return
    top = [c for c in state.where if isinstance(c, EntityCondition) and c.op is None]
    first = next((m for m in state.marks if not m.filler), None)
    ranked = any(m.has("by") for m in state.marks)  # the first 100 customers' share, without it, is a sum
    if top and ranked and first is not None and first.has("top", "bottom") and first.became:
        yield first


def denied_things(state: State) -> Iterator[Mark]:
    """Had diapers but no baby food: people who did without it are asked for, and no rows of other things."""
    people = {e for e, spec in state.catalog.spec.entities.items() if spec.people}
    if any(m.metric and whom_it_counts(state.catalog, m.metric) in people for m in state.metrics) and any(m.verbs for m in state.marks):
        for word in _used(state, lambda m: m.became == "exclude" and m.text in ("no", "not any")):
            before = next(iter(state.preceding(word)), None)
            if before is not None and before.has("but"):
                yield word


def ratios_of_others(state: State) -> Iterator[Mark]:
    """How much does the average customer spend per trip: what is of one already is not told of each of another."""
    split = {g.field for g in state.groups if g.field in state.catalog.spec.entities}
    named = [m.metric for m in state.metrics if m.metric and not m.per]
    of_one = [ratio for n in named if (ratio := per_entity(state, n))]
    for word in _used(state, lambda m: m.text in ("per", "a", "per each") and m.became == "group"):
        behind = next(iter(state.following(word)), None)
        entity = next((e for e in behind.entities if e in split), "") if behind else ""
        if entity and any(one != entity and known_ratio(state, above, entity) for above, one in of_one):
            yield word


def counted_by_itself(state: State) -> Iterator[Mark]:
    """每张券给顾客抵了多少: how many coupons there are of each coupon, which nobody asks."""
    split = {g.field for g in state.groups if g.field}
    own = {state.catalog.field(f).spec.entity for f in split if "." in f} | split
    for metric in state.metrics:
        ref = metric.field if metric.agg == "count_distinct" else None
        if ref and (ref in split or (state.catalog.field(ref).spec.entity or ref) in own):
            yield from _used(state, lambda m: m.became.startswith("group:"))[:1]


def share_of_the_ranked(state: State) -> Iterator[Mark]:
    """Percent of sales made on the ten busiest days: the share of all ten together, and no list of the share of each."""
    days = any(g.grain for g in state.groups)  # a department has a share of its own, which may be what is asked
    words = _shares(state) if days and state.share and state.limit and state.limit > 1 and not state.limit_per else []
    ranked = _used(state, lambda m: m.became in ("order", "limit"))
    yield from (w for w in words if w.text.endswith(" of") and ranked and all(w.end <= m.start for m in ranked))


def kept_by_comparison(state: State) -> Iterator[Mark]:
    """哪几个月低于去年同月: those that are lower are asked for, and not how each of them has changed."""
    if state.compare is None or state.having or state.order:
        return
    asks = any((m.has("which") or m.text.startswith(("哪", "which"))) and m.became for m in state.marks)
    yield from _used(
        state, lambda m: asks and m.has("less_than", "more_than", "higher", "lower") and not m.number and m.became in ("compare", "said")
    )


def heads(state: State) -> Iterator[Mark]:
    """Products in stock that nobody viewed: what a clause tells more of is asked for, and the answer counts or lists it."""
    content = [m for m in state.marks if not m.filler or m.became]
    head = next((m for m in content if not m.values and not m.time), None)
    if head is None or not head.entities or head is not content[0] or not head.text.isascii() or state.records is not None:
        return
    clause = re.match(r"(?: in [a-z]+)? (?:that|who|which|never|not|whose)\b", state.text[head.end :])
    counted = {whom_it_counts(state.catalog, m.metric) for m in state.metrics if m.metric}
    listed = {state.catalog.field(g.field).spec.entity if "." in g.field else g.field for g in state.groups if g.field and g.field != TIME}
    datasets = {state.catalog.entity(e).dataset for e in head.entities}
    shown = any("." in g.field and g.field.split(".")[0] in datasets for g in state.groups if g.field)
    inline = any(m.field and m.agg == "count_distinct" for m in state.metrics)
    opens = not re.search(r"how (?:much|often|long)|\bwhat (?:did|do|does|have|had)\b", state.text[: head.start])
    opens = opens and not re.search(r"[,;:] *(?:how much|what) (?:did|do|have|had) they\b", state.text[head.end :])
    opens = opens and not any(m.became == "cohort" for m in content)  # customers who first bought in May: their sales
    if clause and opens and not set(head.entities) & (counted | listed) and not shown and not inline:
        yield head


def described(state: State) -> Iterator[Mark]:
    """二季度卖出过、一季度没卖的商品列出来: what a Chinese clause describes at the end is listed or counted, and nobody else."""
    head = next((m for m in reversed(state.marks) if not (m.filler or m.has("list") or m.became == "said")), None)
    if head is None or not head.entities or head.text.isascii() or not state.text[: head.start].endswith("的") or state.records is not None:
        return
    if not any(m.has("list") for m in state.marks if m.start >= head.end):
        return
    owners = {state.catalog.entity(e).dataset for e in head.entities}
    grouped = {state.catalog.field(g.field).spec.entity if "." in g.field else g.field for g in state.groups if g.field and g.field != TIME}
    shown = any("." in g.field and g.field.split(".")[0] in owners for g in state.groups if g.field)
    counted = {whom_it_counts(state.catalog, m.metric) for m in state.metrics if m.metric}
    if not set(head.entities) & (counted | grouped) and not shown:
        yield head


def kept_twice(state: State) -> Iterator[Mark]:
    """加购→下单转化率, of rows that put something in the cart and are orders: two values of one column, which no row has."""
    kept = [c for w in state.where for c in (state.catalog.segment(w.segment).where if isinstance(w, SegmentCondition) and not w.negated else (w,))]
    told = {c.field: c.value for c in kept if isinstance(c, FieldCondition) and c.op == "=" and not c.negated}
    leaves = [a for m in state.metrics if m.metric for a in state.catalog.formula(m.metric).aggregates]
    own = [c for a in leaves for c in a.filter if isinstance(c, FieldCondition) and c.op == "=" and not c.negated]
    if any(c.field in told and told[c.field] != c.value for c in own):
        yield from _used(state, lambda m: m.became == "verb" or m.became.startswith(("segment:", "filter:")))


def divided_by_nothing(state: State) -> Iterator[Mark]:
    """Refund amount per returned order: a word that divides, and nothing that is divided."""
    ratios = any(m.per or m.over or (m.metric and state.catalog.formula(m.metric).kind == "other") for m in state.metrics)
    yield from (m for m in state.marks if not ratios and m.text == "per" and m.became == "said")


_APART = re.compile(r"各(?:自|自有)?(?:有|是)?(?:多少|几).*|分别(?:有|是|为)?|respectively")


def asked_apart(state: State) -> Iterator[Mark]:
    """5月退货的和投诉的人各有多少: several numbers are asked for, and one, of all that is named together, is no answer."""
    if len(state.metrics) == 1 and not (state.groups or state.compare or state.records or state.running):
        yield from (m for m in state.marks if _APART.fullmatch(m.text))


def people_of_a_place(state: State) -> Iterator[Mark]:
    """Users from Beijing who bought coffee: where they live, and not where the rows by which they are counted were sent."""
    whom = {e: state.catalog.entity(e).dataset for m in state.metrics if (e := _people(state, m))}
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    if not whom or homes & set(whom.values()):
        return
    for mark in _used(state, lambda m: m.values and m.became.startswith("filter:")):
        owner = mark.values[0][0].split(".")[0]
        before = next((m for m in reversed(state.marks) if m.end <= mark.start and not m.filler), None)
        told = before is not None and set(before.entities) & set(whom) and " from " in state.text[before.end : mark.start + 1]
        if told and any(own and own != owner and state.catalog.graph.paths(own, owner) for own in whom.values()):
            yield mark


def how_they_did(state: State) -> Iterator[Mark]:
    """By how people found us: a clause that says by what it is split, and no split by the people."""
    for mark in _used(state, lambda m: m.entities and m.became.startswith("group:")):
        clause = re.search(r"\b(?:by|per) (?:how|where|what|which way)\b[^,;]{0,8}$", state.text[: mark.start])
        if clause and state.catalog.entity(mark.entities[0]).people:
            yield mark


def points_at_nothing(state: State) -> Iterator[Mark]:
    """Is it up on last month: nothing has been named that "it" could be."""
    named = [m for m in state.marks if m.became and not m.filler and not m.became.startswith("time")]
    if any(m.became.startswith(("metric:", "count", "verb", "funnel")) for m in named):
        return
    yield from (m for m in state.marks if m.filler and m.text in _POINTING and not any(n.end <= m.start for n in named))


_POINTING = ("it", "它", "她", "that number", "this number", "那个数", "这个数")


def some_of_them(state: State) -> Iterator[Mark]:
    """Delivered messages and how many of them were opened: a second number, and no condition of the first."""
    if len(state.metrics) != 1:
        return
    for mark in _used(state, lambda m: m.became == "said" and m.text.startswith("how many of")):
        before = [m for m in state.marks if m.end <= mark.start and m.became.startswith("metric:")]
        if before and re.search(r"\band\b|[,;]", state.text[before[-1].end : mark.start]):
            yield mark


def object_of_a_verb(state: State) -> Iterator[Mark]:
    """How many users got a parcel, 写过差评的用户: what they did, behind an article or in a clause of theirs, is no second number."""
    for verb, mark, of in zip(state.marks, state.marks[1:], state.marks[2:], strict=False) if len(state.metrics) > 1 else ():
        if verb.verbs and of.text == "的" and mark.became.startswith("metric:") and verb.end == mark.start:
            yield mark
    asked = next((m for m in state.marks if m.has("how_many")), None)
    if asked is None or len(state.metrics) < 2:
        return
    for mark in _used(state, lambda m: m.entities and m.became.startswith("metric:")):
        article = next((m for m in state.marks if m.end == mark.start - 1), None)
        if article is not None and (article.text in ARTICLES or article.text.endswith(" a")) and asked.start < article.start:
            yield mark


def best_of_each_one(state: State) -> Iterator[Mark]:
    """The best seller of every category, 每个类目卖得最好的是什么: one of each, and not the one category of all."""
    if state.limit != 1 or not state.order or state.limit_per or len(state.groups) != 1:
        return
    head = next((m for m in state.marks if m.became == f"group:{state.groups[0].field}"), None)
    each = next((m for m in state.marks if head and m.end <= head.start <= m.end + 1), None)
    if each is not None and each.text in _EACH:
        yield each


def how_many_is_a_number(state: State) -> Iterator[Mark]:
    """How many users got in touch: a number of them, and no rate and no amount of money."""
    formats = {state.catalog.metric(m.metric).format if m.metric else "" for m in state.metrics}
    if formats and formats <= {"percent", "currency"} and not (state.groups or state.records):
        yield from _used(state, lambda m: m.became == "said" and m.has("how_many") and _OF_THINGS.match(state.text, m.start))


def which_rows(state: State) -> Iterator[Mark]:
    """从来没给发过一条的用户: coupons, messages and parcels are sent; where nothing tells which, it is not known what was done."""
    held = {c.exists for c in all_conditions(state) if isinstance(c, ExistsCondition)}
    usual = homes_of(state)
    for mark in _used(state, lambda m: m.verbs and m.became.removeprefix("exists:") in held and not m.deeds and not set(m.verbs) & set(usual)):
        rows = mark.became.removeprefix("exists:")
        things = [m for m in state.marks if m is not mark and not m.verbs]
        named = {e for m in things for e in m.entities if not state.catalog.entity(e).people and state.catalog.entity_field(e, rows)}
        named |= {e for m in things for e in m.entities if state.catalog.entity(e).dataset == rows}
        told = named or any(state.reaches(rows, f) for m in things if m.became.startswith("exists:") for f, _ in m.values)
        if len(set(mark.verbs)) > 1 and not told:
            yield mark


def how_it_went(state: State) -> Iterator[Mark]:
    """那张券用得咋样: how something went, of which no measure is named."""
    if not _used(state, lambda m: m.metrics and m.became.startswith(("metric:", "count"))):
        yield from _used(state, lambda m: m.has("neutral") and m.became == "said")


def none_of_itself(state: State) -> Iterator[Mark]:
    """Orders that stand in no orders: what nobody can mean."""
    for condition in all_conditions(state):
        if isinstance(condition, ExistsCondition) and condition.exists == state.catalog.entity(condition.entity).dataset:
            yield from _negations(state) if condition.negated else ()


def several_how_many(state: State) -> Iterator[Mark]:
    """How many viewed, how many carted, how many paid: several numbers are asked for, and one is no answer."""
    asked = [m for m in state.marks if m.has("how_many") and m.text == "how many"]
    if len(asked) > 1 and len(state.metrics) == 1 and not state.groups:
        yield from asked[1:]


def by_a_clause(state: State) -> Iterator[Mark]:
    """Split by where we won the user: what it is split by is a clause, and the split is missing."""
    said = re.search(r"\b(?:by|per) (?:how|where|what|which way|why) (?:we|they|it|people|customers|users|shoppers|buyers|the)\b", state.text)
    if said and not state.groups and not state.order:
        yield from [m for m in state.marks if said.start() <= m.start < said.end()][:1]


_OF_THINGS = re.compile(
    r"how many (?!(?:us )?(?:dollars|bucks|yuan|rmb|percent|per cent|pct|points|cents))"
    r"|(?:有|一共有|总共有)?(?:多少|几)(?:人|位|家|户|名|笔|单|件)"
)


_EACH = (
    "each", "every", "each of", "every single", "in each", "for each", "of each", "of every", "in every", "for every", "per",
    "每", "每个", "每家", "每种", "每类",
)  # fmt: skip

LOOKS = (
    divided_by_nothing, listed_and_summed, counted_by_itself, denied_things,
    ratios_of_others, share_of_the_ranked, kept_by_comparison, heads, described, kept_twice,
    left_with_nothing,
    share_of_the_part, beside_its_share, shares_of_several, bounds_in_shares, not_done_by_them, averages_of_the_bound, points_at_nothing,
    some_of_them, object_of_a_verb, best_of_each_one, asked_apart, people_of_a_place, how_they_did, uneven_periods, both_in_a_share,
    none_of_itself, which_rows, how_it_went, several_how_many, by_a_clause, compared_while_counted, how_many_is_a_number,
    years_of_age, units_of_bounds,
)  # fmt: skip
