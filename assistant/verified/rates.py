"""Rates that are told of and not named: by their part, by what is done, by the part and the whole."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from assistant.reading.rules.ratios import counted_by, ratio_parts
from assistant.verified.figures import does_part
from assistant.verified.framing import CLAUSES
from assistant.verified.saying import Foreign, Saying
from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.query import EventCondition
from semantic_layer.spelling import has_han

_SHARING = frozenset({("op", o) for o in ("share", "ratio", "within", "parts")})
_OVER = ("占", "as ")  # what stands between a part and its whole


def rates(saying: Saying) -> None:
    """准时送达的比例: the part of a rate with a word for a part is the rate; without one it is another thing."""
    sharing = next((f for f in saying.foreign if f.targets <= _SHARING), None)
    for kind, metric, text in [s for s in saying.said if s[0] == "part"]:
        saying.said.remove((kind, metric, text))
        if sharing is None:
            saying.foreign.append(Foreign(str(text), frozenset([("part", metric)])))
        else:
            saying.said.add(("metric", metric))
    done = _done_part(saying) if sharing else ""
    saying.said |= {("metric", done)} if done else set()
    if sharing and any(s[0] == "metric" and s[1] in {*_rated(saying), done} for s in saying.said):
        saying.foreign.remove(sharing)
        _whole_of(saying, done)
    _part_of_whole(saying)
    _share_of_counted(saying)


def _share_of_counted(saying: Saying) -> None:
    """订单里有百分之几是紧急的: things of which a part is told are counted."""
    query = saying.facets.query
    name = query.metrics[0].metric if len(query.metrics) == 1 and query.metrics[0].share else None
    counted = whom_it_counts(saying.reader.shop.catalog, name) if name else None
    if counted and ("share",) in saying.said and ("entity", counted) in saying.said:
        saying.said |= {("metric", name), ("count",)}


def upside_down(saying: Saying) -> bool:
    """Sales as a % of refunds, of the refund rate: both of its parts, the wrong way round; 坏单占全部坏单的百分之几: a part of itself."""
    _, parts = _rate(saying)
    over = next((m for m in saying.marks if m.has("share", "ratio", "parts") and m.text.startswith(_OVER)), None)
    if parts is None or over is None:
        return False
    before, after = ({m.text for m in saying.loose if not m.ops and (m.start < over.start) is side} for side in (True, False))
    if before & after:
        return True
    names = [saying.reader.shop.catalog.aggregate_name(p) for p in parts]
    top, bottom = ([m for m in saying.marks if n and n in m.metrics] for n in names)
    return any(m.start < over.start for m in bottom) and not any(m.start < over.start for m in top)


def _done_part(saying: Saying) -> str:
    """What share of the messages got opened: the rate of the query whose part is told of by what is done, to nobody but whom it counts."""
    catalog = saying.reader.shop.catalog
    metric, parts = _rate(saying)
    people = {str(s[1]) for s in saying.said if s[0] == "entity" and catalog.entity(str(s[1])).people}
    if parts is None or not people <= {counted_by(catalog, part) for part in parts}:
        return ""
    done = [m for m in saying.marks if not m.metrics and (does_part(catalog, parts, m.deeds) or _is_done(m, parts))]
    return metric if any(not _describes(saying, m) for m in done) else ""


def _is_done(mark: Mark, parts: tuple[Aggregate, Aggregate]) -> bool:
    """What share of the items got sent back: a verb of all rows above the line, which stand in a dataset of their own."""
    top, bottom = parts
    return top.home in mark.verbs and bottom.home not in mark.verbs and not mark.deeds and not top.filter and top.counts


def _rated(saying: Saying) -> frozenset[str]:
    """The rates of the query whose part is told of."""
    told = {(f, str(v)) for m in saying.marks for f, v in m.values}
    return frozenset(metric for field, value, metric in saying.facets.parts if (field, value) in told)


def _rate(saying: Saying) -> tuple[str, tuple[Aggregate, Aggregate] | None]:
    catalog = saying.reader.shop.catalog
    metric = next((m.metric for m in saying.facets.query.metrics if m.metric and catalog.metric(m.metric).format == "percent"), None)
    return metric or "", ratio_parts(catalog, metric) if metric else None


def _describes(saying: Saying, deed: Mark) -> bool:
    """Coupons used came from each type, 用掉的券里各类型的占比: a deed that only says which things are meant."""
    at = saying.marks.index(deed)
    before, after = saying.marks[at - 1] if at else None, saying.marks[at + 1] if at + 1 < len(saying.marks) else None
    catalog = saying.reader.shop.catalog
    if has_han(deed.text) and deed.segments and "的" in deed.text:
        return True  # 用掉的券
    if not has_han(deed.text):
        things = before is not None and (before.entities or before.metrics) and before.end + 1 == deed.start
        return bool(things and before and not any(catalog.entity(e).people for e in before.entities))
    owned = saying.marks[at + 2] if after is not None and after.text == "的" and at + 2 < len(saying.marks) else None
    return owned is not None and bool(owned.entities or owned.metrics)


def _people_of(saying: Saying, metric: str) -> None:
    """人, of a rate of people."""
    parts = ratio_parts(saying.reader.shop.catalog, metric) if metric else None
    counted = counted_by(saying.reader.shop.catalog, parts[1]) if parts else None
    if counted and saying.reader.shop.catalog.entity(counted).people:
        saying.drop(*(m for m in saying.marks if m.entities and m.has("filler")))


def _whole_of(saying: Saying, metric: str) -> None:
    """访客有百分之几买单了: of whom or what the rate is."""
    parts = ratio_parts(saying.reader.shop.catalog, metric) if metric else None
    if parts is not None:
        saying.drop(*(m for m in saying.marks if saying.is_foreign(m) and _tells(saying, m, parts[1], ())))
        _people_of(saying, metric)


def _part_of_whole(saying: Saying) -> None:
    """What % of baskets had a coupon, refunds as a % of sales: the rate of the query, told of by its part and its whole."""
    metric, parts = _rate(saying)
    sharing = [m for m in saying.marks if m.has("share", "ratio", "parts") and saying.is_foreign(m)]
    if parts is None or not sharing or ("metric", metric) in saying.said:
        return
    part = [m for m in saying.marks if _tells(saying, m, parts[0], parts[1].filter)]
    whole = [m for m in saying.marks if m not in part and _tells(saying, m, parts[1], ())]
    if part and whole and _in_order(saying, part[-1], whole, sharing):
        saying.said.add(("metric", metric))
        saying.drop(*part, *whole, *sharing)
        _people_of(saying, metric)


def _tells(saying: Saying, mark: Mark, side: Aggregate, beside: tuple[object, ...]) -> bool:
    """Whether a mark names what one side of a rate counts or sums, or, above the line, what sets it apart."""
    catalog = saying.reader.shop.catalog
    name, counted = catalog.aggregate_name(side), counted_by(catalog, side)
    if name and name in (*mark.metrics, *mark.counters, *mark.either):
        return True
    kept = tuple(c for c in side.filter if c not in beside)
    if mark.ops & {"new"} and any(isinstance(c, EventCondition) and c.event == "first" and not c.negated for c in kept):
        return True  # what % of paying customers were new
    if kept:
        told = {*mark.segments, *(s for d, s in mark.deeds if d == side.home)}
        return any(catalog.spec.segments[s].where in (kept, side.filter) for s in told)
    return bool(counted and counted in mark.entities) or (side.home in mark.verbs and not mark.deeds)


def _in_order(saying: Saying, part: Mark, whole: list[Mark], sharing: list[Mark]) -> bool:
    """Whether the part is what has the share, and not what something else has a share of."""
    first = sharing[0]
    kept = {*saying.facets.values, *saying.facets.segments}
    filters = [m for m in saying.marks if m is not part and (kept & {(f, str(v)) for f, v in m.values} or kept & set(m.segments))]
    if first.text.startswith(_OVER):
        after = [m for m in (*filters, part) if m.start > first.start]
        return part.start < first.start and not after and not any(part.start < m.start < first.start for m in (*filters, *whole))
    if part.start < first.start:
        return not any(part.start < m.start < sharing[-1].start for m in filters) and any(m.start < part.start for m in whole)
    clause_end = next((m.start() for m in CLAUSES.finditer(saying.text, part.end)), len(saying.text))
    led = any(m.start == part.end or m.start == part.end + 1 for m in whole) or _describes(saying, part)
    return not led and not any(part.start < m.start < clause_end for m in filters) and any(m.start < part.start for m in whole)
