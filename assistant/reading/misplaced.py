"""The second look at words that were used, but for something else than they say.

A word that only says what a metric is about (subject) must not be what is asked for; a period, a comparison or a
split must be the one that is in the query; a bound must be on what it stands beside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, is_added
from assistant.reading.state import State
from semantic_layer.query import TIME, FieldCondition, Having

_RANKING = ("top", "bottom", "growth_top", "decline_top", "judge")
_RELATIVE = ("with", "that", "which", "whose", "who", "where", "that had", "that have", "which had", "w/")
_DAYS = {"week": 6, "month": 27, "quarter": 88, "year": 364}
# Adjectives with a measure of their own, which is never the default one: the most expensive product.
OWN_MEASURE = (
    "expensive", "cheap", "pric", "long", "short", "heav", "light", "tall", "frequent", "often", "贵", "便宜", "长", "短", "轻", "薄", "勤",
    "重", "厚", "久", "砸", "撒", "投", "送", "派",
)  # fmt: skip

# Most stores, the highest number: words that rank what is counted.
_OF_NUMBERS = ("most", "the most", "least", "the least", "fewest", "the fewest", "highest number", "greatest number", "lowest number", "more")
_OWNED = ("的", "买", "花", "来", "下")
_JOINED = re.compile(r"(?:and|&|和|与|及|以及|、) ?(?:their|the|他们的?|她们的?|其)?")
_WHO = ("who", "whose", "是谁", "谁", "谁的", "是谁的")
_WHEN = ("when", "什么时候", "何时")
_WHERE = ("where",)
_ASKED_TOO = re.compile(r"(?:\band|[,;:(-]) ?(?:to |on |by |in )?$")
_ASKS = re.compile(r"(?: (?:was|were|is|are|did)\b| ?[?.]?$)")


def _used(state: State, test: Callable[[Mark], object]) -> list[Mark]:
    return [m for m in state.marks if m.became and test(m)]


def _next(state: State, mark: Mark) -> Mark | None:
    return next(state.following(mark), None)


def _subjects(state: State) -> list[Mark]:
    return _used(state, lambda m: m.became == "subject" and (m.entities or m.fields))


def ranked_by_default(state: State) -> Iterator[Mark]:
    """The cheapest product is not the one that sold least; the most frequent customer is ranked by what counts times."""
    if state.order and not _used(state, lambda m: m.became.startswith("metric:")):
        default = {state.default_metric()} & {o.by for o in state.order}
        words = _used(state, lambda m: m.became == "order" and default and not m.has("growth_top", "decline_top", "growth", "decline", "change"))
        yield from (m for m in words if any(w in m.text for w in OWN_MEASURE))


def asked_for(state: State) -> Iterator[Mark]:
    """Stores with sales every day, 5月又来的顾客: what opens an English question or ends a Chinese one is what it asks for."""
    content = [m for m in state.marks if not m.filler or m.became]
    there = {g.field for g in state.groups} | {getattr(c, "entity", "") for c in state.where}
    for mark in _subjects(state):
        if there & set(mark.entities):
            continue
        joint = next(state.following(mark, skip=lambda m: False), None)
        opens = content[0] is mark and joint is not None and joint.text in _RELATIVE
        before = next(state.preceding(mark, skip=lambda m: False), None)
        ends = content[-1] is mark and before is not None and before.text == "的" and before.end == mark.start
        if opens or (ends and mark.entities and not state.records):
            yield mark


def ranked(state: State) -> Iterator[Mark]:
    """Their best store, the hour with the most customers: what stands right behind the ranking word has a part in it."""
    for mark in _subjects(state):
        before = next(state.preceding(mark), None)
        if before and before.has(*_RANKING) and before.became in ("order", "limit") and state.close(before, mark, 2):
            yield mark
        after = next((m for m in state.following(mark) if m.became in ("order", "limit")), None)
        if after and mark.text.isascii() and " of " not in state.text[: mark.start] and state.text[mark.end :].startswith((" in the", " of the")):
            yield mark


def listed(state: State) -> Iterator[Mark]:
    """Stores and customers in May; 要小票号、门店、哪个家庭: each one is asked for."""
    for mark in _subjects(state):
        for other in (next(iter(state.following(mark)), None), next(iter(state.preceding(mark)), None)):
            between = state.text[min(mark.end, other.end) : max(mark.start, other.start)].strip() if other else ""
            asked = other and (other.became.startswith(("metric:", "group:")) or (other.became == "subject" and other.entities != mark.entities))
            if asked and _JOINED.fullmatch(between) and not _owns_the_next(state, mark):
                yield mark


def _owns_the_next(state: State, mark: Mark) -> bool:
    """销售额和券的核销次数: whose the measure right behind it is, and nothing of its own."""
    behind = next(iter(state.following(mark)), None)
    return behind is not None and behind.became.startswith("metric:") and state.text[mark.end : behind.start] == "的"


def shared(state: State) -> Iterator[Mark]:
    """Departments' sales in the stores' sales: a share names its whole."""
    if state.share or any(m.share for m in state.metrics):
        counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
        words = _used(state, lambda m: m.became == "share" and m.has("share"))
        for mark in _subjects(state):
            before = next(state.preceding(mark), None)
            if before in words and not counted & set(mark.entities):
                yield mark


def shares_of_names(state: State) -> Iterator[Mark]:
    """The share of products that were sold: of their number, not of the sales of each."""
    if state.share is None:
        return
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    assumed = not _used(state, lambda m: m.became.startswith("metric:"))
    for group in state.groups:
        if group.field not in state.catalog.spec.entities:
            continue
        for mark in _used(state, lambda m: m.became == f"group:{group.field}"):  # noqa: B023
            before = next(state.preceding(mark), None)
            split = before is not None and before.has("by", "which")
            if group.field in counted or (assumed and not split and not state.order):
                yield mark


def all_of_them(state: State) -> Iterator[Mark]:
    """Households that visited all stores: a condition on each of them."""
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    if not any(m.verbs for m in state.marks) or not counted - {None}:
        return
    for word in state.marks:
        after = _next(state, word)
        whole = word.text in ("all", "every", "each", "所有", "全部", "每个", "每家", "所有的")
        if whole and after and after.became == "subject" and not counted & set(after.entities):
            yield after


def split_by(state: State) -> Iterator[Mark]:
    """By store where receipts exceed 100; by sales and by units: what stands behind "by" splits or ranks."""
    for word in _used(state, lambda m: m.text == "by"):
        after = _next(state, word)
        if after and after.became.startswith("entity:") and word.became == "said":
            yield after
        ranked = after is not None and after.became.removeprefix("metric:") in {o.by for o in state.order}
        if after and after.became.startswith("metric:") and word.became != "order" and state.order and not ranked:
            yield after


def ranked_twice(state: State) -> Iterator[Mark]:
    """Top households by sales and by units: one answer has one ranking."""
    ranked = state.order or any(getattr(c, "top", None) or getattr(c, "bottom", None) for c in state.where)
    for word in state.free(lambda m: m.text == "by" and ranked):
        after = _next(state, word)
        if after and after.became.startswith("metric:"):
            yield word


def each_left(state: State) -> Iterator[Mark]:
    """How many stores does each customer visit: a row for each, or an average."""
    grouped = {g.field for g in state.groups}
    for word in state.free(lambda m: m.text in ("each", "every", "per")):
        after = next(state.following(word, skip=lambda m: False), None)
        divides = after is not None and after.metrics and (word.text == "per" or _opens_with_entity(state, after))
        if after and (after.groupable or divides) and after.groupable not in grouped:
            yield word
    for word in _used(state, lambda m: m.has("by") and m.became == "said" and m.text.startswith(("每", "各"))):
        name = next(state.following(word), None)
        if name and name.groupable and name.groupable not in grouped and not any(m.per for m in state.metrics):
            yield name


def _opens_with_entity(state: State, mark: Mark) -> bool:
    """Whether a metric's name begins with that of an entity: each customer visit."""
    return any(mark.text.startswith(n.lower() + " ") for e in state.catalog.spec.entities.values() for n in e.names())


def periods_of_each(state: State) -> Iterator[Mark]:
    """The last week of each month, 每月1号: one such day or week is not each of them."""
    if state.time is None or state.time.start is None or state.time.end is None or state.compare:
        return
    days = (state.time.end - state.time.start).days
    for mark in _used(state, lambda m: m.time and m.became.startswith("group:")):
        grain = mark.time.grain if mark.time else None
        of_each = mark.text.startswith(("each", "every", "每", "of each")) or state.text[: mark.start].endswith("each ")
        if days < _DAYS.get(grain or "", 0) and of_each:
            yield mark


def after_today(state: State) -> Iterator[Mark]:
    """Within 7 days after redeeming: a period that has not begun is no answer to what was."""
    if state.time is not None and state.time.start is not None and state.time.start > state.today:
        yield from _used(state, lambda m: m.time and m.became == "time" and any(w in m.text for w in ("after", "before", "within", "内", "后")))


def compared_twice(state: State) -> Iterator[Mark]:
    """同比和环比: one answer holds one comparison."""
    words = _used(state, lambda m: m.became.startswith("compare:"))
    yield from (m for m in words if m.became != words[0].became)


def periods_of_values(state: State) -> Iterator[Mark]:
    """Milk in May and beer in June: each with a period of its own."""
    kinds = [(m, "thing" if m.became.startswith("filter:") else "time") for m in state.marks if m.became.startswith("filter:") or m.became == "time"]
    told = "".join(k[0:2] for _, k in kinds)
    if told in ("thtithti", "tithtith") and not state.compare:
        yield kinds[2][0]


def bounds_of_bands(state: State) -> Iterator[Mark]:
    """Income below 50k: the band is bound, not what was sold to it."""
    for mark in _used(state, lambda m: m.became.startswith("group:") and m.fields):
        after = next(iter(state.following(mark)), None)
        if state.catalog.field(mark.fields[0]).spec.order and after and after.became.startswith("threshold:") and not after.metrics:
            yield mark


def bounds_in_percent(state: State) -> Iterator[Mark]:
    """A discount over 50%: an amount of money is not compared with a percentage."""
    for mark in _used(state, lambda m: m.number and m.number.kind == "percent" and m.became.startswith("threshold:")):
        metric = mark.became.removeprefix("threshold:")
        on_value = any(isinstance(h, Having) and h.by == metric and h.side == "value" for h in state.having) or not state.having
        if on_value and metric in state.catalog.spec.metrics and state.catalog.metric(metric).format != "percent":
            yield mark


def counted_groups(state: State) -> Iterator[Mark]:
    """How many weeks had more than 3000 receipts, 卖到1万以上的品类多少个: their number, not a list of them."""
    for word in _used(state, lambda m: m.has("how_many") and m.became == "said"):
        before = next(state.preceding(word), None)
        if before and before.became.startswith("group:") and before.end == word.start and not word.text.isascii() and state.having:
            yield word
        after = next(state.following(word), None)
        if after and after.became.startswith("group:") and state.close(word, after, 2) and state.having:
            yield word


def described(state: State) -> Iterator[Mark]:
    """Discounted sales, full price sales: two names without a joint are one, and not a list of two."""
    words = _used(state, lambda m: m.became.startswith("metric:") and m.metrics)
    two = len(words) == 2 and len(state.metrics) == 2 and words[0].became != words[1].became
    if two and words[0].text.isascii() and state.text[words[0].end : words[1].start].strip() in ("", "'", "'s"):
        yield words[0]


def divided(state: State) -> Iterator[Mark]:
    """A与B的比: the one divided by the other."""
    content = [m for m in state.marks if not m.ops <= {FILLER} or m.became]
    if not content or state.compare or state.share:
        return
    last = content[-1]
    if last.text in ("的比", "比是多少") or (last.text == "比" and state.text[: last.start].endswith("的")):
        yield last


def both_on_one(state: State) -> Iterator[Mark]:
    """既买啤酒又买牛奶的小票: both on one receipt, and not by one household."""
    counted = {e for m in state.metrics if m.metric and (e := counted_entity(state, m.metric))}
    conditions = [c for c in state.where if getattr(c, "exists", None)]
    if len(conditions) > 1 and counted and not counted & {c.entity for c in conditions}:  # type: ignore[union-attr]
        yield from _used(state, lambda m: m.has("both") and m.became.startswith("exists:"))


def not_built(state: State) -> Iterator[Mark]:
    """Cumulative shares, store 367 against the average store: what was used for a construct that the query does not have."""
    if state.running is None:
        # 累计 and cumulative alone are also a plain total.
        yield from _used(state, lambda m: m.became == "running" and m.has("running", "rolling") and state.share)
    rows = len(state.metrics) + len(state.groups) + len(state.having) + (state.compare is not None) + (state.records is not None)
    if rows < 2:
        yield from _used(state, lambda m: m.has("versus") and m.became == "said" and not m.filler and len(m.text) > 1)


def of_itself(state: State) -> Iterator[Mark]:
    """Store 367 vs all other stores: the number of stores on each side is not what sets them apart."""
    counted = {e for m in state.metrics if m.metric and (e := counted_entity(state, m.metric))}
    tests = [*state.where, *(g.case for g in state.groups if g.case is not None)]
    of_one = {c.field for c in tests if isinstance(c, FieldCondition) and c.op in ("=", "in")}
    averaged = {m.per for m in state.metrics if m.per}
    asked = any(m.has("how_many") for m in state.marks)
    for mark in _used(state, lambda m: m.ids and m.became.startswith("filter:")):
        entity = mark.ids[0] if mark.ids else ""
        if entity in of_one and (entity in averaged or (entity in counted and not asked)):
            yield mark


def growth_of_averages(state: State) -> Iterator[Mark]:
    """Average monthly growth: the average of the changes, and not the change of an average."""
    for mark in _used(state, lambda m: m.became.startswith("per:") or m.became == "average"):
        after = _next(state, mark)
        if after and state.compare and after.has("growth", "decline", "change") and state.close(mark, after, 2):
            yield after


def differences_of_values(state: State) -> Iterator[Mark]:
    """367和406号店差多少: between the two stores, and not from one period to the next."""
    told = any(isinstance(c, FieldCondition) and c.op == "in" and isinstance(c.value, tuple) and len(c.value) == 2 for c in state.where)
    assumed = state.compare is not None and state.compare.range is None and len(_used(state, lambda m: m.time and m.time.kind == "range")) < 2
    if told and assumed:
        words = _used(state, lambda m: m.has("change") and m.became == "compare")
        yield from (m for m in words if any(w in m.text for w in ("差", "differ", "gap")) or _between_values(state, m))


def _between_values(state: State, word: Mark) -> bool:
    """How much more meat than seafood: a word right beside one of the two values that are compared."""
    near = [m for m in (next(state.preceding(word), None), next(state.following(word), None)) if m]
    return any(m.became.startswith("filter:") for m in near) and any(m.text in ("than", "比") for m in state.marks)


def within_the_ranked(state: State) -> Iterator[Mark]:
    """Sales by department for the top 5 stores: of these five, and not the five best of each department."""
    for mark in _used(state, lambda m: m.became == "order" and m.text.isascii() and state.limit_per):
        said = state.text[: mark.start].removesuffix("the ").removesuffix("our ").split()
        earlier = any(m.has("by") and m.became == "group" and m.end <= mark.start and m.text in ("by", "split by") for m in state.marks)
        if said and said[-1] in ("for", "in", "at", "of", "from", "across", "among") and earlier:
            yield mark


def shares_of_values(state: State) -> Iterator[Mark]:
    """Which department has the highest share of private label: its part in each department, not each department's part of it."""
    if state.share is None or not any(m.has("which") for m in state.marks):
        return
    for word in _used(state, lambda m: m.became == "share" and m.text.endswith("of")):
        after = _next(state, word)
        if after and after.became.startswith(("filter:", "segment:")):
            yield word


def filters_of_joints(state: State) -> Iterator[Mark]:
    """Customers over 60 in May: no package of 60 inches."""
    for mark in _used(state, lambda m: m.became.startswith("filter:") and m.text.endswith(" in")):
        after = next(state.following(mark, skip=lambda m: False), None)
        fields = [c for c in state.where if isinstance(c, FieldCondition) and mark.became.endswith(c.field)]
        if fields and after and after.time:
            yield mark


def added(state: State) -> Iterator[Mark]:
    """Top stores with customers alongside, 附上小票: what is to stand beside the rest is a column of its own."""
    counted = {counted_entity(state, m.metric) for m in state.metrics if m.metric}
    shown = {g.field for g in state.groups} | counted | {getattr(c, "entity", "") for c in state.where}
    for mark in _subjects(state):
        if mark.entities and not shown & set(mark.entities) and is_added(state, mark):
            yield mark


def one_of_them(state: State) -> Iterator[Mark]:
    """The store with the biggest basket, 最大的一单: one basket is the greatest, and not their number."""
    for mark in _used(state, lambda m: m.became.startswith("metric:") and m.entities and m.text.isascii()):
        names = {n.lower() for e in mark.entities for n in state.catalog.entity(e).names()}
        before = next(state.preceding(mark), None)
        ranks = before is not None and before.became == "order" and before.text not in _OF_NUMBERS and state.close(before, mark, 2)
        if ranks and mark.text in names and not mark.text.endswith("s"):
            yield mark
    for mark in _used(state, lambda m: m.became == "limit" and m.text in ("一", "1")):
        before, unit = (next(iter(around), None) for around in (state.preceding(mark), state.following(mark)))
        if unit and unit.became == "counter" and unit.counters and before and before.text.startswith("最"):
            entity = counted_entity(state, unit.counters[0])
            if entity and not any(g.field == entity for g in state.groups):
                yield unit


def asked_too(state: State) -> Iterator[Mark]:
    """The biggest basket and whose it was, 是谁的: who, when and where are asked for beside the rest."""
    people = {e for e, spec in state.catalog.spec.entities.items() if spec.people}
    shown = {g.field for g in state.groups} | {getattr(c, "entity", "") for c in state.where} | {TIME if any(g.grain for g in state.groups) else ""}
    if state.records is not None:
        return
    for mark in state.marks:
        wanted = people if mark.text in _WHO else {TIME} if mark.text in _WHEN else {"store"} if mark.text in _WHERE else set()
        if not wanted or wanted & shown:
            continue
        joint = _ASKED_TOO.search(state.text, 0, mark.start)
        opens = mark.text in _WHO and not mark.start and not state.groups
        # 门店是谁 asks for the store, 是谁的 for its owner
        owner = mark.text.startswith("是谁") and (mark.text.endswith("的") or state.text[mark.end : mark.end + 1] in _OWNED)
        of_another = not mark.text.isascii() and (owner or not state.groups)
        if of_another or opens or (joint and ("and" in joint[0] or _ASKS.match(state.text, mark.end))):
            yield mark


def owners_of_things(state: State) -> Iterator[Mark]:
    """Women's shoes: shoes of a kind, and not those that women bought."""
    people = {spec.dataset for spec in state.catalog.spec.entities.values() if spec.people}
    for mark in _used(state, lambda m: m.values and m.text.endswith(("'s", "s'")) and m.became.startswith("filter:")):
        thing = _next(state, mark)
        owned = thing is not None and thing.values and state.close(mark, thing, 1) and thing.became.startswith("filter:")
        whose = {f.partition(".")[0] for f, _ in mark.values}
        if thing and owned and whose <= people and not whose & {f.partition(".")[0] for f, _ in thing.values}:
            yield mark


LOOKS = (
    owners_of_things, added, one_of_them, asked_too,
    ranked_by_default, asked_for, ranked, listed, shared, shares_of_names, all_of_them, split_by, ranked_twice, each_left, periods_of_each,
    after_today,
    compared_twice, periods_of_values, bounds_of_bands, bounds_in_percent, counted_groups, described, divided, both_on_one, filters_of_joints,
    not_built, of_itself, growth_of_averages, differences_of_values, within_the_ranked, shares_of_values,
)  # fmt: skip
