"""Words that name nothing of a verified query by themselves, and say no more than it does where they stand."""

from __future__ import annotations

import datetime as dt
import re

from assistant.reading.mark import Mark
from assistant.verified import retold
from assistant.verified.saying import Said, Saying
from semantic_layer.query import EventCondition
from semantic_layer.spelling import has_han

_OR_MORE = re.compile(r"(\d+)\s*\+")
_TIMES = ("times", "time", "occasions", "次", "回")
_WORD = re.compile(r"[a-z]{4,}|[一-鿿]{2,}")


def only_stressed(saying: Saying) -> None:
    """Without a single order, still buying in Q4, in the produce department: stress, what two periods tell, and where a value is."""
    for at, mark in enumerate(saying.marks):
        if not saying.is_foreign(mark):
            continue
        before = next((m for m in reversed(saying.marks[:at]) if not m.filler), None)
        after = next((m for m in saying.marks[at + 1 :] if not m.filler), None)
        stressed = mark.has("single") and before is not None and before in saying.denials
        inside = mark.has("within") and not saying.facets.share and after is not None and _is_kept(saying, after)
        again = mark.has("continuing") and bool(saying.facets.events or len(saying.facets.periods) > 1)
        if stressed or inside or again or _fell_in(saying, at, after):
            saying.drop(mark)


def _fell_in(saying: Saying, at: int, after: Mark | None) -> bool:
    """How many receipts fell in each hour: where they were, and no decline."""
    counted = any(m.has("how_many") for m in saying.marks[max(0, at - 2) : at])
    apart = after is not None and (after.has("by") or (after.time is not None and after.time.kind in ("grain", "cyclic")))
    return saying.marks[at].text.split()[0] in ("fell", "fall", "falls") and counted and apart


def _is_kept(saying: Saying, mark: Mark) -> bool:
    """Whether a mark names a value that the query keeps."""
    return any((f, str(v)) in saying.facets.values for f, v in mark.values)


def or_more(saying: Saying) -> None:
    """Three or more, of a value that is called 3+; 5+ of a bound at five: the same number and the same bound."""
    facets = saying.facets
    for mark in saying.marks:
        called = _OR_MORE.fullmatch(mark.text) if saying.is_foreign(mark) else None
        number = float(called[1]) if called else None
        if number in facets.numbers and ">=" in facets.operators:
            saying.said |= {("number", number), ("bound", "at_least")}
            saying.drop(mark)
    bounds = [m for m in saying.marks if m.has("at_least") and saying.is_foreign(m)]
    for field, value in sorted(facets.values):
        of = _OR_MORE.fullmatch(value)
        numbers = [m for m in saying.marks if of and m.number and m.number.value == float(of[1]) and saying.is_foreign(m)]
        if len(bounds) == 1 and len(numbers) == 1 and _next_to(saying, bounds[0], numbers[0]):
            saying.said.add(("value", field, value))
            saying.drop(bounds[0], numbers[0])


def _next_to(saying: Saying, one: Mark, other: Mark) -> bool:
    first, second = sorted((one, other), key=lambda m: m.start)
    return not any(first.end <= m.start < second.start and not (m.filler or m.counters) for m in saying.marks)


def things_of_value(saying: Saying) -> None:
    """Fashion items, one by one: a value by a name that ends in what the answer lists."""
    catalog = saying.reader.shop.catalog
    for field in saying.unsaid_groups():
        shown = {e for e, spec in catalog.spec.entities.items() if spec.dataset and f"{spec.dataset}.{spec.shown_by}" == field}
        for mark in [m for m in saying.marks if shown and _is_kept(saying, m)]:
            ends = {k.target for k in saying.reader.lexicon.scan(mark.text) if k.start and k.end == len(mark.text)}
            saying.said |= {("field", field)} if ends & {*shown, field} else set()


def times_done(saying: Saying) -> None:
    """Returned over 12 times: the metric that counts what was done, by how often it was."""
    query = saying.facets.query
    name = query.metrics[0].metric if len(query.metrics) == 1 else None
    leaf = retold.plain_count(saying, name) if name else None
    if not name or leaf is None or ("metric", name) in saying.said:
        return
    for at, mark in enumerate(saying.marks):
        number = saying.marks[at - 1].number if at else None
        counted = number is not None and number.value in saying.facets.numbers
        done = any(leaf.home in m.verbs and not m.deeds and not m.metrics for m in saying.marks)
        if counted and done and mark.text in _TIMES:
            saying.said |= {("metric", name), ("count",)}
            saying.drop(mark)


def other_names(saying: Saying) -> None:
    """Automatic default praise, 孩子有三个的家庭: a word of another name of what is said besides, next to it or as the field of a value."""
    catalog = saying.reader.shop.catalog
    said = [s for s in saying.said if s[0] in ("value", "segment")]
    for word in list(saying.rest):
        if not _WORD.fullmatch(word):
            continue
        fields = {n.lower() for s in said if s[0] == "value" for n in catalog.field(str(s[1])).spec.names()}
        beside = [m for m in saying.marks if m.segments and _touches(saying, m, word)]
        held = {n.lower() for m in beside for s in m.segments if ("segment", s) in saying.said for n in catalog.spec.segments[s].names()}
        if any(_part_of(word, name) for name in fields | held):
            saying.drop(word)


def _touches(saying: Saying, mark: Mark, word: str) -> bool:
    text = saying.text
    return text[: mark.start].rstrip().endswith(word) or text[mark.end :].lstrip().startswith(word)


def _part_of(word: str, name: str) -> bool:
    return name != word and (name.startswith(word) or name.endswith(word) if has_han(word) else word in name.split())


def first_timers(saying: Saying, mark: Mark) -> set[Said]:
    """New customers, where the query is about those whose first row falls into a period."""
    catalog = saying.reader.shop.catalog
    told = {(c.entity, c.dataset) for c in saying.facets.query.where if isinstance(c, EventCondition) and c.event == "first" and not c.negated}
    for metric in mark.metrics if told else ():
        events = [c for a in catalog.formula(metric).aggregates for c in a.filter if isinstance(c, EventCondition)]
        if events and all(c.event == "first" and not c.negated and (c.entity, c.dataset) in told for c in events):
            return {("event", "first"), ("entity", events[0].entity)}
    return set()


def kept_rows(saying: Saying, mark: Mark) -> set[Said]:
    """Paid orders, where the query asks after orders that are paid: the rows, and the segment that a metric counts of them."""
    catalog = saying.reader.shop.catalog
    for metric in mark.metrics if saying.facets.about else ():
        leaves = catalog.formula(metric).aggregates
        if len(leaves) != 1 or not leaves[0].counts or not leaves[0].filter:
            continue
        for name in sorted(saying.facets.held):
            where = catalog.spec.segments[name].where
            homes = {c.field.split(".")[0] for c in where if hasattr(c, "field")}
            if where == tuple(leaves[0].filter) and {leaves[0].home, *homes} & {*saying.facets.about, *homes}:
                return {("segment", name)}
    return set()


def as_of(saying: Saying, first: dt.date | None, last: dt.date | None) -> Said | None:
    """As of 30 June, of what is measured day by day as it stands: that day."""
    if first is not None or last is None:
        return None
    catalog = saying.reader.shop.catalog
    homes = {h for m in saying.facets.metrics for h in catalog.formula(m).homes}
    day = (last - dt.timedelta(days=1), last)
    stands = bool(homes) and all(catalog.dataset(h).snapshot for h in homes)
    return ("time", *day) if stands and day in saying.facets.periods else None
