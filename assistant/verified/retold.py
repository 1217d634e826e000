"""What says no more than the rest of a question does: whoever did it, all that a group has, what is counted told by an amount."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from assistant.verified.saying import Saying
from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.query import FieldCondition

_OFTEN = ("common", "commonest", "frequent", "often", "常见", "最常", "普遍", "频繁")
_EACH = ("各", "每", "each", "for each", "分别")
_WHY = ("why", "为什么", "为何", "为啥", "何故")
_REACHED = ("reached", "reach", "hit", "topped", "达到", "到了", "够")


def all_values(saying: Saying) -> None:
    """满减/折扣/无门槛各类, types A, B and C, for each: all that a group has, one by one, is the group."""
    apart = any(m.has("by", "separately") or m.text.startswith(_EACH) for m in saying.marks)
    if not apart or any(m.has("total") for m in saying.marks):
        return
    for field in {g.field for g in saying.facets.query.group_by if g.field and "." in g.field}:
        listed = {f.text: v for f in saying.foreign for kind, *target in f.targets if (kind, target[0]) == ("value", field) for v in target[1:]}
        if len(listed) < 2 or any(f == field for f, _ in saying.facets.values):
            continue
        values = {str(e.value) for e in saying.reader.values.entries if e.field == field}
        shortened = {word: v for word in saying.rest if (v := _short_for(word, values, {str(v) for v in listed.values()}))}
        if {*listed.values(), *shortened.values()} == values:
            saying.drop(*listed, *shortened)
            saying.said.add(("field", field))


def _short_for(word: str, values: set[str], listed: set[str]) -> str:
    """折扣, of 折扣券, where 券 is what the other values end in as well."""
    return next((v for v in sorted(values - listed) if v.startswith(word) and all(o.endswith(v[len(word) :]) for o in listed)), "")


def reasons(saying: Saying) -> None:
    """Why do they return fashion, the three biggest reasons: the group by what is called so, and no question for a cause."""
    asked = [m for m in saying.marks if m.has("why") and saying.is_foreign(m)]
    catalog = saying.reader.shop.catalog
    for field in [str(g.field) for g in saying.facets.query.group_by if g.field and "." in g.field]:
        names = [n.lower() for n in catalog.field(field).spec.names()]
        heads = [m for m in asked if m.text not in _WHY and any(m.text.removesuffix("s") in n for n in names)]
        if heads and not any(m.has("growth", "decline", "change") for m in saying.marks):
            saying.drop(*heads, *(m for m in asked if m.text in _WHY))
            saying.said.add(("field", field))


def doers(saying: Saying) -> None:
    """Coupons that customers cashed in, reasons people sent things back: the people who did what is measured, whom nobody counts."""
    catalog = saying.reader.shop.catalog
    for at, mark in enumerate(saying.marks[:-1]):
        people = [e for e in mark.entities if catalog.entity(e).people]
        before = next((m for m in reversed(saying.marks[:at]) if not m.filler), None)
        after = next((m for m in saying.marks[at + 1 :] if not m.filler), None)
        named = before is not None and bool(before.metrics or before.entities or before.fields or before.has("why"))
        if people and before is not None and saying.is_foreign(mark) and _tells_who(saying, before, people[0]):
            saying.drop(mark)
        done = after is not None and (set(after.verbs) & saying.facets.datasets or set(after.metrics) & saying.facets.metrics)
        if people and named and done and saying.is_foreign(mark) and not saying.facets.counts & set(people):
            saying.drop(mark)


def _tells_who(saying: Saying, before: Mark, people: str) -> bool:
    """带孩子的顾客: the people behind what tells which of them, where the query tells so too."""
    catalog = saying.reader.shop.catalog
    held = {f for f, v in before.values if (f, str(v)) in saying.facets.values}
    kept = [c for s in before.segments if s in saying.facets.segments for c in catalog.segment(s).where]
    held |= {c.field for c in kept if isinstance(c, FieldCondition) and "." in c.field}
    return bool(held) and all(catalog.entity_field(people, f.partition(".")[0]) for f in held)


def counted_deeds(saying: Saying) -> None:
    """How many coupons they cashed in: the metric that counts all rows of what was done, where its name is nearest to both words."""
    query, catalog = saying.facets.query, saying.reader.shop.catalog
    name = query.metrics[0].metric if len(query.metrics) == 1 else None
    if not name or ("metric", name) in saying.said or any(m.has("different") for m in saying.marks):
        return
    leaf = plain_count(saying, name)
    asked = next((at for at, m in enumerate(saying.marks) if m.has("how_many")), None)
    grouped = leaf is not None and any(s[0] == "field" and str(s[1]).startswith(f"{leaf.home}.") for s in saying.said)
    by_cause = grouped and any(m.has("why") for m in saying.marks)
    often = any(m.has("top", "bottom") and (by_cause or m.text.endswith(_OFTEN)) for m in saying.marks)
    if leaf is not None and often and asked is None and any(_tells_of(saying, m, leaf.home) for m in saying.marks):
        saying.said |= {("metric", name), ("count",)}  # the most common reasons why they sent it back
    if leaf is None or asked is None:
        return
    thing = next((m for m in saying.marks[asked + 1 :] if not m.filler), None)
    verb = next((m for m in saying.marks[asked + 1 :] if leaf.home in m.verbs and not m.deeds), None)
    if thing is None or verb is None or not any(catalog.entity_field(e, leaf.home) for e in thing.entities):
        return
    nearest = saying.reader.lexicon.meaning([f"{thing.text} {verb.text}"])[0]
    if nearest and nearest[0].target == name and not any(catalog.entity(e).people for e in thing.entities):
        saying.said.add(("metric", name))
        saying.drop(thing)


def _tells_of(saying: Saying, mark: Mark, dataset: str) -> bool:
    """Whether a mark tells of all rows of a dataset, by their verb or their name."""
    named = any(saying.reader.shop.catalog.entity(e).dataset == dataset for e in mark.entities)
    return (dataset in mark.verbs and not mark.deeds) or (named and not mark.metrics)


def plain_count(saying: Saying, metric: str) -> Aggregate | None:
    """The aggregate of a metric that counts all rows of one dataset."""
    leaves = saying.reader.shop.catalog.formula(metric).aggregates
    plain = len(leaves) == 1 and leaves[0].counts and leaves[0].kind == "additive" and not leaves[0].filter
    return leaves[0] if plain else None


def amounts(saying: Saying) -> None:
    """Total purchases above 2k yuan: what is counted stands for its amount, where a bound in money follows it."""
    catalog = saying.reader.shop.catalog
    money = [m for m in saying.facets.metrics if catalog.metric(m).format == "currency"]
    if len(money) != 1 or whom_it_counts(catalog, money[0]):
        return
    leaves = catalog.formula(money[0]).aggregates
    for at, mark in enumerate(saying.marks):
        bound = [m for m in saying.marks[at + 1 :] if not (m.filler or m.time or m.values or m.fields)][:3]
        reached = bound[0] if bound and bound[0].text in _REACHED and ">=" in saying.facets.operators else None
        told = reached or (bound and bound[0].has("more_than", "at_least", "less_than", "at_most", "exactly"))
        summed = any(m.number and m.number.value in saying.facets.numbers for m in bound) and _in_money(saying, bound, money[0])
        counted = saying.is_foreign(mark) and any(_same_rows(saying, m, money[0]) for m in mark.metrics)
        done = len(leaves) == 1 and leaves[0].home in mark.verbs and not mark.deeds and mark.text.endswith("s")
        if told and summed and (counted or done):
            saying.said |= {("metric", money[0]), *([("bound", "at_least")] if reached else [])}
            saying.drop(mark, *([reached] if reached else []))


def _in_money(saying: Saying, marks: list[Mark], metric: str) -> bool:
    return any(metric in m.counters or (m.number and saying.text[max(0, m.start - 1) : m.start] in "$¥€£") for m in marks)


def _same_rows(saying: Saying, counting: str, money: str) -> bool:
    """Whether a metric counts just the rows, or what they hold, that another sums."""
    one, other = (saying.reader.shop.catalog.formula(m).aggregates for m in (counting, money))
    single = len(one) == len(other) == 1
    return single and one[0].counts and (one[0].home, one[0].filter) == (other[0].home, other[0].filter)
