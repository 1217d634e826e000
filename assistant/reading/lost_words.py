"""The second look at small words: each, every, and, of, with, that. They change what is asked, and are easily passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, counts_part_of, whom_it_counts
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, ExistsCondition, FieldCondition, SegmentCondition
from semantic_layer.spelling import has_han

_PART = ("filter:", "segment:", "weekday", "new", "returning")
_HOW_MANY_EACH = ("各多少", "各有多少", "各是多少", "分别多少", "分别有多少")
# Open ranges, and the words that say whether their own end is counted.
_OPEN_END = re.compile(r"前$|后$|\b(?:before|after|prior to|later than|earlier than)\b")
_END_COUNTED = re.compile(
    r"(?:包?含|包括)(?:当天|当日|这天|那天|在内)?|includ(?:ing|ed|es)|inclusive(?: of)?|(?:that )?(?:day|date) (?:included|inclusive)"
)
_RELATIVE = ("with", "that", "which", "whose", "who", "containing")


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


def _next(state: State, mark: Mark) -> Mark | None:
    return next(state.following(mark), None)


def _counts(state: State) -> set[str]:
    """The entities that the metrics count."""
    return {e for m in state.metrics if m.metric and (e := counted_entity(state, m.metric))}


def parts_by_group(state: State) -> Iterator[Mark]:
    """Share of fuel in sales by month: fuel's share within each month, not each month's share of fuel."""
    if not state.share or not state.where:
        return
    for word in _used(state, lambda m: m.became == "share" and m.has("share") and m.text.isascii()):
        before = state.before(word)
        if any(m.became.startswith("group") for m in state.preceding(word)):
            continue
        ahead: list[Mark] = []
        for mark in state.following(word):
            if mark.became.startswith("group") or not state.same_clause(word, mark):
                break
            ahead.append(mark)
        if (before and before.became.startswith(_PART)) or any(m.became.startswith(_PART) for m in ahead):
            yield word


def ends_counted(state: State) -> Iterator[Mark]:
    """After June 12, that day included: what is said of the end of an open range has to be in it."""
    open_ended = [m for m in _used(state, lambda m: m.became == "time") if _OPEN_END.search(m.text)]
    if open_ended:
        yield from (m for m in state.marks if (m.filler or m.unknown) and _END_COUNTED.fullmatch(m.text))


def parts_of_times(state: State) -> Iterator[Mark]:
    """上周后半段: an unknown word of place right behind a period says which part of it."""
    for time, word in pairwise(state.marks):
        if time.time and word.unknown and not word.became and word.start == time.end and word.text[0] in "前后中末初半上下头尾":
            yield word


def what_the_number_counts(state: State) -> Iterator[Mark]:
    """More than 3 categories: the number counts what stands behind it, which then is no group of the answer."""
    for mark in _used(state, lambda m: m.became.startswith("threshold:") and m.text.isascii()):
        behind = next((m for m in state.marks if m.start == mark.end + 1 and m.text.isascii()), None)
        if (mark.number or mark.has("at_least", "at_most")) and behind and behind.became.startswith(("group:", "entity:")):
            yield behind


def changes_of_each(state: State) -> Iterator[Mark]:
    """Categories with falling sales: only those that fell."""
    sides = {*(h.side for h in state.having), *(o.side for o in state.order)}
    if all(g.grain for g in state.groups) or sides - {"value"}:
        return
    for word in _used(state, lambda m: m.has("growth", "decline") and m.became in ("compare", "said")):
        before = next(state.preceding(word, skip=lambda m: False), None)
        if before and before.text in _RELATIVE:
            yield word


def with_and_without(state: State) -> Iterator[Mark]:
    """The same segment kept and taken out."""
    segments = [c for c in state.where if isinstance(c, SegmentCondition)]
    twice = {c.segment for c in segments if c.negated} & {c.segment for c in segments if not c.negated}
    if twice or "with and without" in state.text:
        yield from _used(state, lambda m: m.became == "exclude")


def each(state: State) -> Iterator[Mark]:
    """Each household, every month, each of the last 6 months: a row for each, or a condition on all of them."""
    if any(m.verbs for m in state.marks) and _counts(state) and len(state.metrics) == 1 and _counts_people(state):
        yield from _used(state, lambda m: m.became.startswith("group:") and m.text.startswith(("every ", "each ")))
    named = {g.field for g in state.groups} | {g.bucket.entity for g in state.groups if g.bucket}
    for word in _used(state, lambda m: m.has("by") and ("each" in m.text or "every" in m.text) and not m.became.startswith("threshold:")):
        after = _next(state, word)
        if after is None:
            continue
        listed = after.became.startswith("column:") and state.records is not None
        lost = not listed and after.groupable and after.groupable not in named and not after.became.startswith("filter")
        if lost and not any(m.per for m in state.metrics):
            yield after
        if after.time and after.time.kind == "range" and not any(g.grain for g in state.groups):
            yield word


def _counts_people(state: State) -> bool:
    """Whether it is people who are counted, of whom the same ones may be meant each month; reviews each month are of one."""
    entity = whom_it_counts(state.catalog, state.metrics[0].metric) if state.metrics[0].metric else None
    return entity is None or state.catalog.entity(entity).people


def subjects_of_rankings(state: State) -> Iterator[Mark]:
    """Top spending household in each store: the household is what is ranked."""
    if not state.limit:
        return
    for mark in _used(state, lambda m: m.became == "subject"):
        after = _next(state, mark)
        if after and after.has("by") and after.became == "group":
            yield mark


def lists(state: State) -> Iterator[Mark]:
    """A list has rows, and "what did they buy" is no total."""
    if state.records is None and not state.groups:
        yield from _used(state, lambda m: m.has("list") and m.became == "said" and m.text.isascii())
        if any(w in state.text for w in ("what did ", "what do ")) and not any(m.text in ("did we", "do we", "what did we") for m in state.marks):
            bought = _used(state, lambda m: m.verbs and not m.metrics and m.became == "verb")
            yield from (m for m in bought if any(b.entities or b.text in ("they", "customers", "people") for b in state.marks if b.end <= m.start))
    if state.limit and "how much of" in state.text:
        yield from _used(state, lambda m: m.became == "limit")


_ASKS_AGAIN = re.compile(r"[,;] ?and (?:what|how much|how many)\b")


def second_questions(state: State) -> Iterator[Mark]:
    """What did we spend, and what did it bring in: a question behind a comma of which nothing came to be in the query."""
    again = _ASKS_AGAIN.search(state.text)
    behind = [m for m in state.marks if again and m.start >= again.start()]
    if behind and not any(m.became.startswith(_IN_THE_QUERY) for m in behind):
        yield next((m for m in behind if not m.filler and not m.ops), behind[-1])


_IN_THE_QUERY = (
    "metric:", "group", "filter:", "segment:", "time", "compare", "share", "count", "order", "limit", "threshold:", "exists:", "column:", "bucket",
    "running", "average", "per:", "list", "entity:", "new", "returning", "exclude", "set", "explained", "unknown too", "known",
)  # fmt: skip


def attached(state: State) -> Iterator[Mark]:
    """Units sold at a discount: the second name describes the first, it is not asked for beside it."""
    for first, second in pairwise(_used(state, lambda m: m.became.startswith("metric:"))):
        if state.text[first.end : second.start].strip() in ("with", "with a", "at a", "on", "had", "had a", "that had", "that had a"):
            yield second


def within_each(state: State) -> Iterator[Mark]:
    """The share within each department is not that of the whole."""
    if state.share and not state.share.within and len(state.groups) > 1:
        yield from _used(state, lambda m: "within" in m.text and m.became == "group")


def whose_lines(state: State) -> Iterator[Mark]:
    """Sales of baskets that contain milk: of the whole baskets."""
    for mark in _used(state, lambda m: m.became == "subject" and m.entities):
        joint = next(state.following(mark, skip=lambda m: False), None)
        after = _next(state, mark)
        narrowed = joint and joint.text in _RELATIVE and after and after.became.startswith("filter:")
        if narrowed and after and after.became.split(":")[1].split(".")[0] != state.catalog.entity(mark.entities[0]).dataset:
            yield mark


def units_of(state: State) -> Iterator[Mark]:
    """More than 10 units of beer: the condition counts beer, not everything."""
    open_conditions = [c for c in state.where if isinstance(c, EntityCondition) and c.op and not c.where]
    words = _used(state, lambda m: m.became.startswith("threshold:"))
    after = _next(state, words[-1]) if words and open_conditions else None
    if after and after.became.startswith("filter:") and " of " in state.text[words[-1].end : after.start + 1]:
        yield after


def counted_things(state: State) -> Iterator[Mark]:
    """各有多少单: what stands right behind how many is counted."""
    for mark in state.marks:
        if mark.became or not mark.counters or mark.text.isascii():
            continue
        before = next(state.preceding(mark, skip=lambda m: False), None)
        if before and before.end == mark.start and before.text in _HOW_MANY_EACH:
            yield mark


def one_of_each(state: State) -> Iterator[Mark]:
    """每种类型挑最多的一档: the best one of each kind, which the best kind is not."""
    alone = len(state.groups) == 1 and not state.groups[0].grain and not state.limit_per and state.limit == 1
    if alone and any(m.became == "limit" and m.text == "一" for m in state.marks):
        yield from _used(state, lambda m: m.has("by") and m.became == "group" and m.text.startswith(("每", "各")))


def not_done_with(state: State) -> Iterator[Mark]:
    """但18号活动的券没核销: what stands between "but" and the negation belongs to what was not done."""
    bare = any(isinstance(c, ExistsCondition) and c.negated and not c.where for c in state.where)
    for word in _used(state, lambda m: m.has("not") and m.became.startswith("exists:")) if bare else ():
        before = list(state.preceding(word, skip=lambda m: False))
        joint = next((at for at, m in enumerate(before) if m.has("but")), None)
        yield from (m for m in before[: joint or 0] if m.became.startswith("filter:"))


def money(state: State) -> Iterator[Mark]:
    """一张票多少钱: how much money is asked for, and the answer holds none."""
    spec = state.catalog.spec.metrics
    asked = [*state.metrics, *(c.metric for c in state.where if isinstance(c, EntityCondition))]
    amounts = any(m.metric is None or spec[m.metric].format == "currency" or spec[m.metric].unit for m in asked)
    if state.records is None and asked and not amounts and any(m.format == "currency" for m in spec.values()):
        yield from (m for m in state.marks if m.filler and m.text.endswith(("多少钱", "几块钱", "几多钱")))


def columns_beside(state: State) -> Iterator[Mark]:
    """All orders and, next to it, those from iOS: one figure under a filter that was said of a second one."""
    beside = ("next to", "beside", "alongside", "in another column", "另一列", "旁边")
    words = _used(state, lambda m: m.has("separately", "versus") and m.text.startswith(beside))
    split = {f"filter:{g.field}" for g in state.groups}
    for word in words if len(state.metrics) == 1 and len(state.groups) < 2 else ():
        yield from [m for m in state.marks if m.start >= word.end and m.became.startswith(("filter:", "segment:")) and m.became not in split][:1]


def counters_alone(state: State) -> Iterator[Mark]:
    """头回客: a counter of one character that counts nothing, as the rest of a word that nobody knows."""
    for mark in _used(state, lambda m: m.counters and not m.metrics and len(m.text) == 1 and has_han(m.text) and m.became.startswith("metric:")):
        before = next(state.preceding(mark, skip=lambda m: False), None)
        if before is not None and before.unknown and before.end == mark.start:
            yield mark


def _its_object(state: State, verb: Mark, thing: Mark) -> bool:
    """平均每人领了几张券: what the rows of the verb are of, where these are counted."""
    homes = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
    return len(homes) == 1 and homes <= set(verb.verbs) and any(state.catalog.entity_field(e, h) for e in thing.entities for h in homes)


def counts_of_another(state: State) -> Iterator[Mark]:
    """有多少户, where sales are the answer: what stands right behind how many is counted."""
    counted = _counts(state)
    for word in _used(state, lambda m: m.has("how_many") and m.became == "said" and not m.text.isascii()):
        behind = next(state.following(word, skip=lambda m: False), None)
        told = behind is not None and behind.start == word.end and behind.entities and not behind.metrics
        verb = next(iter(state.preceding(word)), None)
        if behind is not None and told and verb is not None and _its_object(state, verb, behind):
            continue
        if behind and told and behind.became in ("subject", f"entity:{behind.entities[0]}") and not counted & set(behind.entities):
            yield behind


def units_asked(state: State) -> Iterator[Mark]:
    """有几单, where people are counted: the unit right in a how many names what is counted."""
    for word in _used(state, lambda m: m.has("how_many") and m.became == "count" and has_han(m.text)):
        asked = {n for n, spec in state.catalog.spec.metrics.items() if word.text[-1] in spec.counters.zh}
        things = {e for n in asked if (e := counted_entity(state, n))}
        persons = {e for e in _counts(state) if state.catalog.entity(e).people}
        if things and persons and not things & persons and not asked & {m.metric for m in state.metrics}:
            yield word


def values_of_numbers(state: State) -> Iterator[Mark]:
    """Stock value by warehouse, where stock is in pieces: what it is worth is another figure."""
    for mark in _used(state, lambda m: m.metrics and m.became == f"metric:{m.metrics[0]}"):
        behind = next(state.following(mark, skip=lambda m: False), None)
        worth = behind is not None and not behind.became and behind.text in _WORTH and behind.start - mark.end <= 1
        if behind and worth and state.catalog.metric(mark.metrics[0]).format in ("", "integer", "number"):
            yield behind


_WORTH = ("value", "worth", "values", "价值", "货值")


def each_of_a_counter(state: State) -> Iterator[Mark]:
    """每单50块打底的店: so much for each receipt, and not in all."""
    for word in _used(state, lambda m: m.has("by") and m.text.startswith("每")):
        behind = next(state.following(word, skip=lambda m: False), None)
        if behind and behind.start == word.end and behind.became == "counter":
            yield behind


def which_did_not(state: State) -> Iterator[Mark]:
    """哪些店12月没开张: those that did nothing themselves are asked for, and not how many others did nothing with them."""
    who = {c.entity for c in state.where if isinstance(c, ExistsCondition) and c.negated}
    asked = _used(state, lambda m: m.became.startswith("metric:") or m.became == "count")
    if who and not asked and state.records is None:
        for word in _used(state, lambda m: m.has("which") and m.became == "group"):
            head = _next(state, word)
            if head and (head.entities or head.fields) and not who & set(head.entities):
                yield head


def bands_left(state: State) -> Iterator[Mark]:
    """100单以下、100到499、500单打底: a bound on what the bands are of is a band that was not understood."""
    banded = {g.bucket.metric.metric for g in state.groups if g.bucket}
    yield from _used(state, lambda m: m.became.startswith("threshold:") and m.became.removeprefix("threshold:") in banded)


def each_counted(state: State) -> Iterator[Mark]:
    """How many of each, and what did they spend: their number is asked for, and the answer has none."""
    numbers = any(m.agg in ("count", "count_distinct") or (m.metric and _is_number(state, m.metric)) for m in state.metrics)
    for word in _used(state, lambda m: m.has("how_many") and m.became == "said" and m.text.isascii() and not numbers):
        if _OF_EACH.match(state.text, word.end):
            yield word


def already_restricted(state: State) -> Iterator[Mark]:
    """摆上堆头/陈列位的单品: what the metric is restricted by already is said once more, and is no split that was asked for."""
    filters = [c for m in state.metrics if m.metric for c in state.catalog.metric(m.metric).filter]
    fields = {c.field for c in filters if isinstance(c, FieldCondition)}
    for mark in _used(state, lambda m: m.became.startswith("group:") and m.became.removeprefix("group:") in fields):
        before = next(state.preceding(mark, skip=lambda m: (m.filler and not m.has("by")) or m.number is not None), None)
        if before is None or not before.has("by", "which", "list"):
            yield mark


def people_counted(state: State) -> Iterator[Mark]:
    """订单数、多少人退款: how many people is asked, and the answer counts none."""
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    named = [m.metric for m in state.metrics if m.metric]
    counted = any(counts_part_of(state.catalog, n, e) for n in named for e in people) or any(not m.metric for m in state.metrics)
    if people and not counted:
        yield from _used(state, lambda m: m.has("how_many") and m.became == "said" and m.text.endswith(_PEOPLE))
        owned = {state.catalog.entity(e).dataset for e in people} - {None}
        for value, op in pairwise(state.marks):  # 找过客服的钻石会员有多少
            theirs = {f.split(".")[0] for f, _ in value.values} & owned and value.became.startswith("filter:")
            if theirs and op.has("how_many") and op.start == value.end and not op.text.isascii():
                yield op


def arrivals(state: State) -> Iterator[Mark]:
    """上个月到了多少货: what came, went or went out is told by the verb, which is no particle where a how many stands behind it."""
    for word in _used(state, lambda m: m.has("how_many") and m.became == "count" and not m.text.isascii()):
        before = [m for m in state.marks if m.end <= word.start][-2:]
        told = re.search("[到进走出][了]?$", state.text[: word.start])
        verb = next((m for m in before if told and m.start <= told.start() < m.end), None)
        if verb is not None and not verb.became and not any(m.became.startswith("metric:") for m in state.marks if m.end <= word.start):
            yield verb


_PEOPLE = ("多少人", "几个人", "几人", "多少位", "几位")
_OF_EACH = re.compile(r"(?: of)? each\b| of (?:them|those)\b|,? and\b|\s*$")


def _is_number(state: State, metric: str) -> bool:
    return any(a.counts for a in state.catalog.formula(metric).aggregates[:1])


LOOKS = (
    ends_counted, parts_of_times, parts_by_group, what_the_number_counts, changes_of_each, with_and_without, each, subjects_of_rankings, lists,
    second_questions, attached, within_each, whose_lines, units_of, counted_things, one_of_each, not_done_with,
    columns_beside,
    money, counters_alone, counts_of_another, units_asked, values_of_numbers, bands_left, each_of_a_counter, which_did_not, each_counted,
    people_counted, already_restricted, arrivals,
)  # fmt: skip
