"""Who is meant: whom the question counts, what they did first or last, and in which of its periods they did not."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from assistant.verified.framing import CLAUSES
from assistant.verified.saying import Foreign, Said, Saying
from semantic_layer.query import FieldCondition
from semantic_layer.spelling import has_han

_BREAKS = re.compile(rf"{CLAUSES.pattern}|、|但|却|而|\b(?:and|but|yet|though|who|while)\b")
_AND = re.compile(r"\s*(?:和|与|跟|及|、|and|or|&|,)\s*")
_IN = re.compile(r"\s*(?:在|于|(?:at all|a single \w+|any \w+|one|\w+)?\s*(?:in|during|for))?\s*")
_FIRST = ("first", "earliest", "oldest", "首", "第一", "头一", "最早", "最先", "初")
_LAST = ("last", "latest", "newest", "most recent", "最后", "最近", "末", "最晚", "最新")


def denied_periods(saying: Saying) -> None:
    """In 1996 and not in 1997: of two periods, those that a denial is about; others than the query's are another question."""
    if not saying.facets.denied or len(saying.facets.periods) < 2 or not saying.denials:
        return
    found = {(p.time.first, p.time.last) for d in saying.denials for p in _about(saying, d) if p.time}
    if found != saying.facets.denied:
        saying.foreign.append(Foreign("not", frozenset(("denied", *p) for p in found) or frozenset([("denied",)])))


def _about(saying: Saying, denial: Mark) -> list[Mark]:
    """The periods in the clause of a denial that it is about: right behind it, else the nearest ahead with those that this is joined to."""
    text = saying.text
    cuts = [0, *(m.end() for m in _BREAKS.finditer(text)), len(text)]
    start, end = next(((a, b) for a, b in pairwise(cuts) if a < denial.end <= b), (0, len(text)))
    inside = [m for m in saying.marks if m.time and m.time.kind == "range" and start <= m.start < end]
    behind = [m for m in inside if m.start >= denial.end]
    ahead = [m for m in inside if m.end <= denial.start]
    if behind and (not ahead or _IN.fullmatch(text[denial.end : behind[0].start])):
        return _joined(text, behind)
    return _joined(text, ahead[::-1]) if ahead else behind


def _joined(text: str, periods: list[Mark]) -> list[Mark]:
    """The first of some periods, and those after it that only a word for and stands between."""
    kept = periods[:1]
    for before, after in pairwise(periods):
        one, other = sorted((before, after), key=lambda m: m.start)
        if not _AND.fullmatch(text, one.end, other.start):
            break
        kept.append(after)
    return kept


def counted_heads(saying: Saying) -> None:
    """How many customers ordered, where the query counts orders: the head of what is counted is something else."""
    names = [m.metric for m in saying.facets.query.metrics]
    if len(names) != 1 or not names[0] or saying.facets.query.metrics[0].agg:
        return
    catalog = saying.reader.shop.catalog
    counted = whom_it_counts(catalog, names[0])
    for at, mark in enumerate(saying.marks):
        if mark.has("how_many") and not (mark.metrics or mark.entities):
            head = next((m for m in saying.marks[at + 1 :] if not (m.filler or m.values or m.segments or m.has("different", "total"))), None)
            people = [e for e in head.entities if catalog.entity(e).people] if head is not None else []
            if head is not None and people and counted not in head.entities and not has_han(mark.text):
                saying.foreign.append(Foreign(f"{mark.text} {head.text}", frozenset([("counted", people[0])])))


def sequence(saying: Saying, mark: Mark) -> set[Said]:
    """First, last: where the query is about those whose first or last row falls into a period."""
    word = mark.text.removeprefix("the ")
    events = [e for e, told in (("first", _FIRST), ("last", _LAST)) if word.startswith(told)] or (["first"] if mark.has("new") else [])
    return {("event", e) for e in events if e in saying.facets.events}


def dated_by(saying: Saying, mark: Mark) -> set[Said]:
    """Orders, the order date: the rows that a condition is about, and the day by which they are dated."""
    catalog = saying.reader.shop.catalog
    for entity in mark.entities:
        if catalog.entity(entity).dataset in saying.facets.about:
            return {("entity", entity)}
    dates = {f"{d}.{catalog.dataset(d).time}" for d in saying.facets.about if catalog.dataset(d).time}
    return {("verb",)} if dates & set(mark.fields) else set()


def same_segment(saying: Saying, mark: Mark) -> set[Said]:
    """Paid traffic, where the query keeps sources that are paid: a segment by the values that make it one, and the other way round."""
    facets = saying.facets
    for segment in mark.segments:
        values = _values(saying, segment)
        if values and values <= facets.values:
            return {("value", *v) for v in values}
    named = {(f, str(v)) for f, v in mark.values}
    return {("segment", s) for s in facets.segments if named and _values(saying, s) == named}


def _values(saying: Saying, segment: str) -> set[tuple[str, str]]:
    """The values that make a segment, where it is made of such conditions only."""
    where = saying.reader.shop.catalog.spec.segments[segment].where
    plain = [c for c in where if isinstance(c, FieldCondition) and c.op == "=" and not c.negated]
    return {(c.field, str(c.value)) for c in plain} if len(plain) == len(where) else set()


def narrowed(saying: Saying) -> None:
    """Orders that they paid for: rows and what is kept of them, as the metric that counts just these; said once more, it says no more."""
    catalog = saying.reader.shop.catalog
    loose = [m for m in saying.marks if saying.is_foreign(m)]
    for name in sorted(saying.facets.metrics):
        leaves = catalog.formula(name).aggregates
        kept = [m for m in loose if len(leaves) == 1 and any(_keeps(saying, s, leaves[0].filter) for s in m.segments)]
        if not kept:
            continue
        wide = [m for m in loose if any(_is_wider(saying, w, name) for w in (*m.metrics, *m.counters))]
        if wide:
            saying.said |= {("metric", name), *([("count",)] if whom_it_counts(catalog, name) else [])}
        if ("metric", name) in saying.said:
            saying.drop(*kept, *wide)


def _keeps(saying: Saying, segment: str, conditions: tuple[object, ...]) -> bool:
    where = saying.reader.shop.catalog.spec.segments[segment].where
    return bool(where) and all(c in conditions for c in where)


def _is_wider(saying: Saying, wide: str, narrow: str) -> bool:
    """Whether a metric is another without the conditions that this keeps."""
    one, other = (saying.reader.shop.catalog.formula(m).aggregates for m in (wide, narrow))
    if len(one) != 1 or len(other) != 1 or wide == narrow:
        return False
    return (one[0].home, one[0].call) == (other[0].home, other[0].call) and set(one[0].filter) < set(other[0].filter)


def part_of_name(saying: Saying) -> None:
    """The regions our suppliers are in: the other half of the name of what the answer is split by."""
    split_by = {str(g.field) for g in saying.facets.query.group_by if g.field and "." in g.field}
    for field in split_by & {str(s[1]) for s in saying.said if s[0] == "field"}:
        names = {n.lower() for n in saying.reader.shop.catalog.field(field).spec.names()}
        split = [m for m in saying.marks if field in (*m.fields, *m.either) and not saying.is_foreign(m)]
        for mark in [m for m in saying.marks if m.entities and saying.is_foreign(m)]:
            halves = {f"{one}{gap}{two}" for s in split for gap in ("", " ") for one, two in _orders(mark.text, s.text)}
            if halves & names:
                saying.drop(mark)


def _orders(one: str, other: str) -> list[tuple[str, str]]:
    """Two words in either order, each in both numbers of English."""
    first, second = ({w, w.removesuffix("s")} for w in (one, other))
    return [pair for a in first for b in second for pair in ((a, b), (b, a))]
