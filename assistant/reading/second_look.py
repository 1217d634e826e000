"""A second, independent look: whether what the words ask for is really in the query that was built.

Each rule names the marks whose meaning went missing. A question with such marks is not answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from sqlglot import exp

from assistant.reading import accounted, lost_words, misplaced, unasked, unmatched
from assistant.reading.kinds import kinds_of_values
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, FieldCondition, SegmentCondition

_RANKING = ("top", "bottom", "growth_top", "decline_top")
_CHANGE = ("growth", "decline", "growth_top", "decline_top")
_AND = ("and", "&", "和", "及", "与", "以及", "plus")
_ADDED = ("total", "sum of", "sum", "总", "总计", "合计", "总和", "累计")
# Orders with status O: how many, and what is their total price.
_POINTS_BACK = re.compile(r":|\b(?:their|them|they|those)\b|它们|他们|这些")
_TOGETHER = ("合计", "总共", "加起来", "一共", "combined", "together", "in total", "altogether")


def unsaid(state: State) -> list[Mark]:
    """The marks that were used up although the query holds nothing of theirs, in the order of the text."""
    looks = (*_LOOKS, *lost_words.LOOKS, *misplaced.LOOKS, *unmatched.LOOKS, *accounted.LOOKS, *unasked.LOOKS)
    found = {id(m): m for look in looks for m in look(state)}
    return sorted(found.values(), key=lambda m: m.start)


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


_CAME_FROM = re.compile(r"\bhow much of\b.*\b(?:came|comes?) from\b")


def rankings(state: State) -> Iterator[Mark]:
    """A ranking needs an order; two rankings, or an ordinal, say more than one order can."""
    told = any(m.has("share") and m.became == "share" and any(w in m.text for w in ("percent", "%", "pct", "share", "fraction")) for m in state.marks)
    told = told or bool(_CAME_FROM.search(state.text))
    parts = state.metrics if told or "how much of" not in state.text else []  # a part, or its amount?
    conditions = [*state.where, *(c for m in parts for c in m.where)]
    ranked = state.order or any(isinstance(c, EntityCondition) and c.op is None for c in conditions)
    words = _used(state, lambda m: m.became == "order" and m.has(*_RANKING))
    if not (ranked or any(m.agg for m in state.metrics)):
        yield from words
    telling = [m for m in words if m.has("top", "bottom") and not m.has("sorting")]
    sides = {m.has("top") for m in [m for m in telling if m.text not in ("前", "后")] or telling}
    if len(sides) > 1 and not state.compare:
        yield from words
    yield from _used(state, lambda m: m.became == "limit" and (not ranked or (m.number and m.number.kind == "ordinal")))


def ranked_by(state: State) -> Iterator[Mark]:
    """What stands right beside the ranking word is what ranks: 人最多, 收入最高."""
    for word in _used(state, lambda m: m.became == "order" and not m.text.isascii()):
        near = [m for m in state.marks if m.filler and min(abs(m.end - word.start), abs(m.start - word.end)) <= 1]
        yield from (m for m in near if m.text in ("人", "来", "来得"))
        at = state.marks.index(word)
        before, earlier = (state.marks[at - 1] if at else None), (state.marks[at - 2] if at > 1 else None)
        touching = before is not None and before.end == word.start and before.became.startswith("group:")
        if before and touching and word.text.startswith("最") and "哪" not in before.text and not (earlier and earlier.has("which", "by")):
            yield before


def shares(state: State) -> Iterator[Mark]:
    """A share needs one, and of what stands before the word."""
    words = _used(state, lambda m: m.became == "share" and m.has("share"))
    if not (state.share or any(m.share for m in state.metrics) or _told_as_rate(state)):
        yield from words
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    for word in words:
        before = next(state.preceding(word, skip=lambda m: m.filler or m.text in ("各", "分别")), None)
        if before and before.became == "subject" and not counted & set(before.entities) and not _kind_of(state, before):
            yield before
    if state.limit and state.limit >= 20:
        yield from words
    yield from _shares_that_differ(state, words)
    filtered = any(isinstance(c, (FieldCondition, SegmentCondition)) for c in state.where)
    if state.share and filtered and all(g.grain for g in state.groups):
        yield from words


def _told_as_rate(state: State) -> bool:
    """Of those we mailed, what fraction redeemed: the rate that the catalog names is that share, where its own name is not said."""
    rates = [m.metric for m in state.metrics if m.metric and state.catalog.metric(m.metric).format == "percent"]
    return len(rates) == len(state.metrics) > 0 and not any(set(rates) & set(m.metrics) for m in state.marks)


def _kind_of(state: State, mark: Mark) -> bool:
    """Whether the value right before it says which of them are meant: Type A活动."""
    before = next(state.preceding(mark), None)
    owner = before.became.removeprefix("filter:").split(".")[0] if before and before.became.startswith("filter:") else ""
    return any(state.catalog.entity(e).dataset == owner for e in mark.entities)


_OF_IT = ("的比例", "的比重", "的百分比")


def _shares_that_differ(state: State, words: list[Mark]) -> Iterator[Mark]:
    """A share of each group that was asked within the group, of the new among all, or of a wider whole."""
    if not state.share:
        return
    for word in words:
        before = next((m for m in state.preceding(word) if not m.became.startswith("metric:")), None)
        if before and state.same_clause(before, word) and word.text not in _OF_IT and before.became.startswith(("filter:", "segment:", "weekday")):
            yield word
    of_entities = state.having and any(g.field in state.catalog.spec.entities for g in state.groups)
    of_all = state.where and any(w in state.text for w in ("占总", "占全"))
    if of_entities or of_all or _used(state, lambda m: m.has("new", "returning")):
        yield from words


def changes(state: State) -> Iterator[Mark]:
    """Growth and decline need a comparison; beside a threshold or "which", the change itself must be tested."""
    words = _used(state, lambda m: m.has(*_CHANGE) and m.became in ("compare", "order", "said"))
    if words and state.compare is None:
        yield from words
    sides = {*(h.side for h in state.having), *(o.side for o in state.order)}
    on_change = sides & {"growth", "difference", "previous"}
    asked = _used(state, lambda m: m.became.startswith("threshold:") or m.has("which", "how_many"))
    if words and asked and state.groups and not on_change:
        yield from words
    named = _used(state, lambda m: m.became.startswith("metric:"))
    if words and not (named or on_change) and not state.order and any(not g.grain for g in state.groups):
        yield from words
    if words and not state.groups and _used(state, lambda m: m.became == "subject"):
        yield from words
    yield from (w for w in words if (after := next(state.following(w), None)) and after.became == "count")


def totals(state: State) -> Iterator[Mark]:
    """The first five together: one figure, which a list of five is not."""
    if state.limit and state.limit > 1:
        yield from _used(state, lambda m: m.text in _TOGETHER and m.became == "said")


def sums_of_averages(state: State) -> Iterator[Mark]:
    """The total of what is only averaged: no metric adds it up."""
    averages = [m for m in state.metrics if m.metric and all(isinstance(a.call, exp.Avg) for a in state.catalog.formula(m.metric).aggregates)]
    if averages and len(averages) == len(state.metrics):
        for word in _used(state, lambda m: m.has("total") and m.became == "said" and m.text in _ADDED):
            after = next(state.following(word), None)
            if after and after.metrics:
                yield word


def thresholds(state: State) -> Iterator[Mark]:
    """A threshold on the rows of an answer that has one row tests nothing that was asked."""
    of_itself = any(isinstance(c, EntityCondition) and c.metric.metric and counted_entity(state, c.metric.metric) == c.entity for c in state.where)
    if (state.having and not state.groups) or of_itself:
        yield from _used(state, lambda m: m.became.startswith("threshold:"))


def values(state: State) -> Iterator[Mark]:
    """Sales of grocery and baskets of produce: a value between two metrics belongs to one of them, not to both."""
    metrics = _used(state, lambda m: m.became.startswith("metric:") and m.metrics)
    if len({m.became for m in metrics}) < 2 or any(m.where for m in state.metrics):
        return
    for first, second in pairwise(metrics):
        between = _used(state, lambda m: m.became.startswith("filter:") and first.end <= m.start and m.end <= second.start)  # noqa: B023
        if between and not _POINTS_BACK.search(state.text, between[-1].end, second.start):
            yield from between


def names(state: State) -> Iterator[Mark]:
    """Groups and metrics that were named are in the query."""
    asked = {m.metric for m in state.metrics} | {c.metric.metric for c in state.where if isinstance(c, EntityCondition)}
    for mark in _used(state, lambda m: m.metrics and m.became == "subject"):
        before = next(state.preceding(mark, skip=lambda m: False), None)
        if before and before.text in _AND:
            yield mark
    for mark in _used(state, lambda m: m.became.startswith(("group:", "metric:"))):
        if state.records is not None:
            continue
        if mark.became.startswith("group:"):
            if mark.groupable and not any(g.field == mark.groupable for g in state.groups):
                yield mark
        elif mark.metrics and not asked & set(mark.metrics) and mark.became.split(":", 1)[1] in mark.metrics and not _inside_another(state):
            yield mark


def _inside_another(state: State) -> bool:
    return any(m.metric is None or m.per or m.over for m in state.metrics)


def different(state: State) -> Iterator[Mark]:
    """Different coupons are counted once each: a number of redemptions is not that."""
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    inline = {state.catalog.field(m.field).spec.entity for m in state.metrics if m.field and m.agg == "count_distinct"}
    for mark in _used(state, lambda m: m.has("different") and m.became in ("said", "count")):
        after = next(state.following(mark), None)
        bound = after is not None and after.became.startswith(("threshold:", "bucket"))
        if after and after.entities and not bound and not set(after.entities) & (counted | inline):
            yield mark


def every_period(state: State) -> Iterator[Mark]:
    """Bought in every month is not bought by month."""
    if any(m.verbs for m in state.marks):
        yield from _used(state, lambda m: m.text == "都" and m.became == "said" and any(g.grain for g in state.groups))


_AMONG = re.compile(r"(?:out )?of |among ")


def counts(state: State) -> Iterator[Mark]:
    """What is counted is what was named."""
    for word in _used(state, lambda m: m.has("how_many") and m.became == "count"):
        after = next(state.following(word), None)
        among = _AMONG.match(state.text) and any(m.became.startswith("entity:") and m.end < word.start for m in state.marks)
        if among and after and not (after.counters or after.entities):
            continue  # of the households targeted, how many spent over $500
        if after and after.became.startswith("threshold:") and after.start - word.end <= 1:
            yield word


def periods(state: State) -> Iterator[Mark]:
    """Every Monday, without a period, is a row for each; new and returning need a period."""
    if not state.groups and state.time is None:
        yield from _used(state, lambda m: m.became == "weekday" and re.search("每|every |each ", m.text))
    if state.time is None and not any(g.grain for g in state.groups):
        yield from _used(state, lambda m: m.has("new", "returning"))
    if any(m.over and any(g.grain == m.over for g in state.groups) for m in state.metrics):
        yield from _used(state, lambda m: " over " in m.became)


def qualified(state: State) -> Iterator[Mark]:
    """Sales of the customers who bought X: the customers' sales, not those of X; two conditions joined by "and" are two rows."""
    for verb in _used(state, lambda m: m.verbs and m.became == "verb" and not m.text.isascii()):
        entity = next((m for m in state.following(verb) if m.entities), None)
        narrowed = any(m.became.startswith(("filter:", "segment:")) for m in state.marks if entity and m.end <= entity.start)
        own = {h for m in state.metrics if m.metric for h in state.catalog.formula(m.metric).homes}
        measured = entity is not None and state.catalog.entity(entity.entities[0]).dataset in own  # 发出的包裹平均多久送到: those very rows
        counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
        measured = measured or (entity is not None and bool(counted & set(entity.entities)))  # 买过鸡蛋的顾客有多少户
        if entity and not measured and not state.order and entity.became == "subject" and state.text[entity.start - 1] == "的" and narrowed:
            yield entity
    for first, second in pairwise(_used(state, lambda m: m.became.startswith(("filter:", "segment:")))):
        joined = re.fullmatch(r"(家庭|的|顾客|客户| |households?|customers?)*(和|与|及|、|还有|and|&) *", state.text[first.end : second.start])
        if joined and first.became != second.became:
            yield second
    for first, second in pairwise(_used(state, lambda m: m.became.startswith("metric:") and not m.text.isascii())):
        if len(state.metrics) > 1 and first.became != second.became and state.text[first.end : second.start] in ("", "的"):
            yield first
    if any(m.metric and counted_entity(state, m.metric) == "basket" for m in state.metrics):
        yield from _used(state, lambda m: m.has("both") and m.became == "set")
    if not state.groups and state.records is None:
        yield from (m for m in state.marks if m.text in ("什么", "啥") and not m.became and state.metrics)


_LOOKS = (rankings, ranked_by, shares, counts, periods, qualified, changes, totals, sums_of_averages, thresholds, values, names, every_period,
          different, kinds_of_values)  # fmt: skip
