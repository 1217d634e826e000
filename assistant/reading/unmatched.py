"""The second look at what belongs together: a bound and its metric, a deed and who did it, a list and its rows, a value and its list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, counts_part_of
from assistant.reading.state import State
from semantic_layer.query import Condition, EntityCondition, EventCondition, ExistsCondition, FieldCondition, MetricRef, SegmentCondition

_LISTS = re.compile(r"名单|清单|有哪些|是哪些|都有谁|\b(?:list|names) of\b")
# They take in, and take nothing out: 没下过单的也算上.
_COUNTED_IN = re.compile(r"的?也?都?(?:算上|算进[来去]?|算在内|包括在内|计入|一起算)")
_WHAT_DID = re.compile(r"^(?:so |and |ok |hey |tell me )*what (?:did|do|does|have|has)\b")
_SOMEBODY = re.compile(r"人|谁|[几多少]位|\bwho(?:se)?\b|\b(?:those|people|ones)\b")
_HAD = ("had", "have", "has", "having", "with", "contain", "contained", "containing", "include", "included", "including", "on")
_MONTHS = ("week", "month", "quarter", "year", "day", "weekday")


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


def _conditions(state: State) -> list[Condition]:
    return [*state.where, *(c for m in state.metrics for c in m.where)]


def _entities_of(state: State, mark: Mark) -> set[str]:
    """The entities that a mark names, or counts all or some of."""
    catalog = state.catalog
    counted = {e for n in (*mark.metrics, *mark.counters) for e in catalog.spec.entities if counts_part_of(catalog, n, e)}
    return {*mark.entities, *counted, *([mark.ids[0]] if mark.ids else [])}


def bounds_of_another(state: State) -> Iterator[Mark]:
    """By sales with more than 20 returns: what a bound took in names the metric that is bound, or what that counts."""
    for mark in _used(state, lambda m: m.became.startswith("threshold:") and m.metrics and not m.number and not m.ops and not m.verbs):
        bound = mark.became.removeprefix("threshold:")
        if bound not in state.catalog.spec.metrics or state.catalog.metric(bound).format == "currency":
            continue
        if bound not in (*mark.metrics, *mark.counters) and counted_entity(state, bound) not in mark.entities:
            yield mark


def split_by_amounts(state: State) -> Iterator[Mark]:
    """By refund amount: a row for each amount is never asked for."""
    for mark in _used(state, lambda m: m.became.startswith("group:") and m.fields):
        field = mark.became.removeprefix("group:")
        if "." in field and state.catalog.field(field).spec.kind == "measure":
            yield mark


def deeds_of_nobody(state: State) -> Iterator[Mark]:
    """下了单没付款的, 发了多少条: a deed of people, where neither they are named nor counted, is said of something else."""
    named = {e for m in state.marks for e in _entities_of(state, m)}
    named |= {e for e, spec in state.catalog.spec.entities.items() if spec.people and _SOMEBODY.search(state.text)}
    counted = {e for m in state.metrics if m.metric for e in state.catalog.spec.entities if counts_part_of(state.catalog, m.metric, e)}
    for condition in _conditions(state):
        if (
            isinstance(condition, ExistsCondition)
            and condition.entity not in named
            and (condition.entity not in counted or _of_rows(state, condition))
        ):
            yield from _used(state, lambda m: m.became == f"exists:{condition.exists}")  # noqa: B023


def _of_rows(state: State, condition: ExistsCondition) -> bool:
    """没付款的: whether what was not done is told by a segment of the rows, right behind the negation."""
    touching = any(a.has("not") and b.segments and a.end == b.start for a, b in pairwise(state.marks))
    return condition.negated and touching and any(isinstance(c, SegmentCondition) for c in condition.where)


def nobody_left(state: State) -> Iterator[Mark]:
    """Those who ordered and never ordered: who is counted by doing it cannot be held to not having done it, in the same time."""
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    counted = {e for m in state.metrics if m.metric for e in state.catalog.spec.entities if counts_part_of(state.catalog, m.metric, e)}
    for condition in state.where:
        if not isinstance(condition, ExistsCondition) or not condition.negated or condition.where or condition.entity not in counted:
            continue
        ever = condition.time is None or (condition.time.start is None and condition.time.end is None)
        same = condition.exists in homes or any(condition.exists == d for h in homes for d in _wider(state, h))
        if ever and same and state.catalog.entity(condition.entity).dataset not in homes:
            yield from _used(state, lambda m: m.has("not") and m.became.startswith("exists:"))


def _wider(state: State, home: str) -> list[str]:
    """The datasets that the rows of one point to, and that have a time of their own: the orders of lines."""
    return [d for d, s in state.catalog.spec.datasets.items() if s.time is not None and state.catalog.graph.paths(home, d)]


def lists_of_them(state: State) -> Iterator[Mark]:
    """客户名单, 有哪些: names are asked for, and their number is not them."""
    if state.records is not None or state.groups:
        return
    told = _LISTS.search(state.text)
    if told and all(m.metric and any(counts_part_of(state.catalog, m.metric, e) for e in state.catalog.spec.entities) for m in state.metrics):
        yield from (m for m in state.marks if m.start < told.end() and m.end > told.start())


def ranked_lost(state: State) -> Iterator[Mark]:
    """The 10 customers with the most, with their city: what the number counts off is what the answer lists."""
    there = {g.field for g in state.groups} | {getattr(c, "entity", "") for c in _conditions(state)}
    for mark in _used(state, lambda m: m.became == "limit" and m.number):
        behind = next(state.following(mark), None)
        entities = _entities_of(state, behind) if behind and behind.start - mark.end <= 1 else set()
        shown = {s for e in entities if (spec := state.catalog.entity(e)).dataset and (s := f"{spec.dataset}.{spec.shown_by}")}
        if behind and entities and behind.became in ("counter", "subject", "said") and not (entities | shown) & there and state.groups:
            yield behind


def both_of_them(state: State) -> Iterator[Mark]:
    """Baskets that had both bread and milk: each has both, which a row for each of the two does not say."""
    if not any(isinstance(c, FieldCondition) and c.op == "in" for c in state.where):
        return
    for word in _used(state, lambda m: m.has("both") and m.became in ("said", "set", "part")):
        before = [m for m in state.marks if m.end <= word.start][-2:]
        if any(m.verbs or m.did or m.text in _HAD for m in before) or any(
            m.verbs for m in state.marks if word.text[0] in "既又" and m.start >= word.end
        ):
            yield word


def values_apart(state: State) -> Iterator[Mark]:
    """Of the baskets with pizza how many also had soft drinks: values that are not listed together are not alternatives."""
    lists = {c.field for c in _conditions(state) if isinstance(c, FieldCondition) and c.op == "in" and "." in c.field}
    for first, second in pairwise(_used(state, lambda m: m.became.startswith("filter:") and m.became.removeprefix("filter:") in lists)):
        between = state.text[first.end : second.start]
        inner = [m for m in state.marks if first.end <= m.start and m.end <= second.start]
        asked = [m for m in inner if m.has("how_many", "share") and state.same_clause(m, second)]
        if first.became == second.became and (asked or re.search(r"\balso\b|又|也", between)):
            yield second


def number_and_share(state: State) -> Iterator[Mark]:
    """How many shipped late and what % is that, 有多少单、占多少: both are asked for."""
    ratios = [m for m in state.metrics if m.share or (m.metric and state.catalog.metric(m.metric).format == "percent")]
    if not ratios or len(ratios) < len(state.metrics) or state.share:
        return
    words = [m for m in state.marks if m.has("how_many") and not m.has("share")]
    shares = [m for m in state.marks if m.has("share")]
    for word in words:
        other = next((m for m in shares if m.start >= word.end), None)
        if other and not other.text.startswith(("as ", "in ")) and re.search(r",|、|;|\band\b|和|以及|及", state.text[word.end : other.start]):
            yield word


def counted_in(state: State) -> Iterator[Mark]:
    """没下过单的也算上: taken in, and not asked for alone."""
    told = _COUNTED_IN.search(state.text)
    if told and any(isinstance(c, ExistsCondition) and c.negated for c in state.where):
        yield from _used(state, lambda m: m.has("not") and m.became.startswith("exists:") and m.end <= told.start())


def gaps_ranked(state: State) -> Iterator[Mark]:
    """The biggest gap between two brands: it is the difference that ranks."""
    if state.order and all(o.side == "value" for o in state.order) and state.compare is None:
        yield from _used(state, lambda m: m.became in ("said", "part") and re.search(r"gap|differ|差", m.text))


def ranked_by_what_filters(state: State) -> Iterator[Mark]:
    """退货最多的品牌: what stands right before the word is what there is most of, where no metric was named."""
    if any(m.became.startswith("metric:") for m in state.marks):
        return
    for word in _used(state, lambda m: m.became == "order" and m.text.startswith(("最多", "最少"))):
        before, earlier = [*state.preceding(word), None, None][:2]
        told = before is not None and before.end == word.start and before.became.startswith(("filter:", "segment:"))
        if before and told and not (earlier and earlier.verbs and earlier.end == before.start):
            yield before


def never_both(state: State) -> Iterator[Mark]:
    """新客数和老客数: those that a metric counts are not held to be others."""
    kept = [c for m in state.metrics if m.metric for a in state.catalog.formula(m.metric).aggregates for c in a.filter]
    events = [c for c in kept if isinstance(c, EventCondition)]
    for condition in state.where:
        if isinstance(condition, EventCondition) and any(k.entity == condition.entity and k.negated != condition.negated for k in events):
            yield from _used(state, lambda m: m.became in ("new", "returning"))


def shares_with(state: State) -> Iterator[Mark]:
    """The share of users with consent: those who have it are the part."""
    for word in _used(state, lambda m: m.became == "share" and m.text.endswith("of")):
        for mark in _used(state, lambda m: m.became.startswith("group:") and m.start > word.end):  # noqa: B023
            before = next(state.preceding(mark, skip=lambda m: False), None)
            if before and before.text in ("with", "having", "who have", "that have"):
                yield mark


def bounds_asked_in_percent(state: State) -> Iterator[Mark]:
    """Is the rate above 5%: no number of orders is compared with it."""
    for mark in _used(state, lambda m: m.number and m.number.kind == "percent" and m.became.startswith("asked:")):
        if state.catalog.metric(mark.became.removeprefix("asked:")).format != "percent":
            yield mark


def parts_of_two_kinds(state: State) -> Iterator[Mark]:
    """Price of coffee, national against private: a value of another kind restricts the parts, and is none of them."""
    parts = [m.where for m in state.metrics if m.where and not m.share]
    fields = [{c.field for c in where if isinstance(c, FieldCondition)} for where in parts]
    same = len({m.metric for m in state.metrics if m.where}) == 1 and len(parts) > 2
    if same and all(len(f) == 1 for f in fields) and len({frozenset(f) for f in fields}) > 1:
        yield from [m for m in state.marks if m.has("versus") and m.became == "part"] or _used(state, lambda m: m.became.startswith("filter:"))[:1]


def of_each(state: State) -> Iterator[Mark]:
    """New and returning: how many of each, and what did they spend: their number is asked for too."""
    counted = any(m.metric and counts_part_of(state.catalog, m.metric, e) for m in state.metrics for e in state.catalog.spec.entities)
    if not counted and state.metrics:
        yield from _used(
            state,
            lambda m: m.has("how_many") and m.became == "said" and re.match(r"(?:\bof| of) each", state.text[m.end - 2 * m.text.endswith(" of") :]),
        )


def beside_itself(state: State) -> Iterator[Mark]:
    """Promo week 30 against 29: a metric beside itself for both weeks together sets neither against the other."""
    whole = {m.metric for m in state.metrics if not m.where}
    several = [m for m in state.metrics if m.metric in whole and any(isinstance(c, FieldCondition) and c.op == "in" for c in m.where)]
    if several and not any(m.share for m in several):
        yield from _used(state, lambda m: m.has("versus"))


def compared_and_listed(state: State) -> Iterator[Mark]:
    """This July against last July: two periods that are rows of the answer are not compared with yet others."""
    if state.compare and any(isinstance(c, FieldCondition) and c.op == "in" and c.grain and c.grain != "day_of_week" for c in state.where):
        yield from _used(state, lambda m: m.became.startswith("compare"))


def counted_where_done(state: State) -> Iterator[Mark]:
    """Redemptions plus how many households redeemed: who did it is counted where it was done."""
    exists = {c.exists for c in _conditions(state) if isinstance(c, ExistsCondition)}
    for name, verb in pairwise(state.marks):
        metric = name.became.removeprefix("metric:") if name.became.startswith("metric:") else ""
        told = verb.verbs and not verb.metrics and verb.became == "verb" and verb.text.isascii() and verb.start - name.end <= 1
        if not told or not name.entities or metric not in state.catalog.spec.metrics or set(verb.verbs) & exists:
            continue
        homes = state.catalog.formula(metric).homes
        reached = set(homes) | {d for h in homes for d in _wider(state, h)}
        before = next(state.preceding(name), None)
        if not reached & set(verb.verbs) and before is not None and before.has("how_many"):
            yield verb


def rows_of_orders(state: State) -> Iterator[Mark]:
    """Returns per order, coupons per user: an average, and no row for each of very many orders or people."""
    if state.limit or any(m.has("which", "list") for m in state.marks):
        return
    for word in _used(state, lambda m: m.text == "per" and m.became == "group"):
        behind = next(state.following(word), None)
        named = behind.entities or [g.field for g in state.groups if behind.values and g.field in state.catalog.spec.entities] if behind else []
        own = [state.catalog.entity(e) for e in named]
        if any(e.people or (e.dataset and state.catalog.dataset(e.dataset).time is not None) for e in own):
            yield word


def each_weekday(state: State) -> Iterator[Mark]:
    """For each weekday, 每个工作日: a row for each of them."""
    days = any(g.grain for g in state.groups)
    yield from _used(state, lambda m: m.became == "weekday" and re.match(r"each |every |by |per |各|每个", m.text) and not days)


def what_they_did(state: State) -> Iterator[Mark]:
    """What did households buy most: what was bought is asked for, and not who bought."""
    if not _WHAT_DID.search(state.text) or state.records is not None:
        return
    who = {e for e, spec in state.catalog.spec.entities.items() if spec.people}
    asked = any(m.became.startswith("metric:") for m in state.marks)
    if state.groups and all(g.field in who for g in state.groups) and not asked:
        yield from _used(state, lambda m: m.became.startswith("group:"))


def which_period(state: State) -> Iterator[Mark]:
    """What was our biggest month: which one is asked for; of a named metric it may be the figure."""
    if state.groups or any(m.metrics or m.verbs or m.has("how_many", "by_amount") for m in state.marks) or re.search(r"how much|多少", state.text):
        return
    if any(isinstance(m, MetricRef) and m.agg in ("max", "min") and m.over in _MONTHS for m in state.metrics):
        yield from _used(state, lambda m: " over " in m.became)


def ratios_beside(state: State) -> Iterator[Mark]:
    """Lines per order, yearly average: an average that took the default metric, beside a metric that was named."""
    default = state.default_metric()
    named = any(default in m.metrics for m in state.marks)
    if not named and any(m.metric == default and m.per for m in state.metrics) and any(m.metric != default for m in state.metrics):
        yield from _used(state, lambda m: m.became.startswith("per:") and m.time)


def several_bounds(state: State) -> Iterator[Mark]:
    """Conditions on entities whose share is asked: a segment right before the bound belongs to the bound."""
    bound = any(isinstance(c, EntityCondition) and c.op for c in state.where)
    if bound and any(m.share for m in state.metrics):
        for first, second in pairwise(state.marks):
            if first.became.startswith("segment:") and second.became.startswith("threshold:"):
                yield first


def parts_of_another(state: State) -> Iterator[Mark]:
    """退款占销售额多少, A as a part of B: one metric in parts of another, which is no share of each in its own total."""
    if state.share and len(state.metrics) > 1:
        for word in _used(state, lambda m: m.became == "share" and (m.text.startswith("占") or m.text.endswith(" of"))):
            before, behind = next(state.preceding(word), None), next(state.following(word), None)
            if before and behind and before.became.startswith("metric:") and behind.became.startswith("metric:") and before.became != behind.became:
                yield word


def ranked_twice(state: State) -> Iterator[Mark]:
    """销量最高的商品和销售额最高的商品: two rankings of the same are two lists."""
    for word in _used(state, lambda m: m.became == "order"):
        behind = next(state.following(word), None)
        if behind and behind.became == "said" and behind.groupable and state.close(word, behind):
            yield behind


def divided_by_metrics(state: State) -> Iterator[Mark]:
    """Redemptions per targeted household: what is behind the word divides, where it is a metric of its own."""
    for word in _used(state, lambda m: m.text == "per" and m.became in ("group", "said")):
        before, behind = next(state.preceding(word), None), next(state.following(word), None)
        if before and behind and before.became.startswith("metric:") and behind.became.startswith("metric:") and behind.metrics:
            yield word


def compared_by_smaller(state: State) -> Iterator[Mark]:
    """Each day of last week against the week before: not each day against the day before it."""
    grains = {g.grain for g in state.groups if g.grain}
    if state.compare and state.compare.range is None and "day" in grains:
        yield from _used(state, lambda m: m.became.startswith("compare:") and re.search(r"周|星期|月|week|month|\d ?(?:天|日|days)", m.text))


def shares_of_each_order(state: State) -> Iterator[Mark]:
    """订单占比: the part of the orders that meet a condition, and no share of each."""
    own = {state.catalog.entity(g.field).dataset for g in state.groups if g.field and g.field in state.catalog.spec.entities}
    if state.share and any(d and state.catalog.dataset(d).time is not None for d in own):
        yield from _used(state, lambda m: m.became == "share")


def shares_of_a_part(state: State) -> Iterator[Mark]:
    """Late parcels and their share of what was delivered: what stands behind "of" is the whole of the share, and not its part."""
    parts = {getattr(c, "segment", "") for m in state.metrics if m.share for c in m.where} - {""}
    kept = [c for c in state.where if isinstance(c, SegmentCondition)]
    for word in _used(state, lambda m: m.became == "share" and m.text.endswith("of")) if parts and kept else ():
        behind = next(state.following(word), None)
        if behind and behind.became.removeprefix("segment:") in parts:
            yield behind


def persons_apart(state: State) -> Iterator[Mark]:
    """By phone number: nobody's answer is split by what is personal; the best customers may be told with it."""
    for mark in [] if state.limit else _used(state, lambda m: m.became.startswith("group:") and m.fields):
        field = mark.became.removeprefix("group:")
        if "." in field and state.catalog.field(field).spec.personal:
            yield mark


LOOKS = (
    bounds_of_another, split_by_amounts, deeds_of_nobody, nobody_left, lists_of_them, ranked_lost, both_of_them, values_apart,
    number_and_share, counted_in, gaps_ranked, ranked_by_what_filters, never_both, shares_with, bounds_asked_in_percent, parts_of_two_kinds,
    of_each, beside_itself, compared_and_listed, counted_where_done, rows_of_orders, each_weekday, what_they_did, which_period,
    ratios_beside, several_bounds, parts_of_another, ranked_twice, divided_by_metrics,
    compared_by_smaller, shares_of_each_order, shares_of_a_part, persons_apart,
)  # fmt: skip
