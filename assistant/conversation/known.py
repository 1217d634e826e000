"""Values that a follow-up names without saying what they are of: they are of what the last query splits by or filters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.conversation.dimensions import dimension, of_condition, of_group
from assistant.conversation.last import Last
from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.catalog import Catalog
from semantic_layer.query import FieldCondition

_NUMBER = re.compile(r"#?(\d{1,12})号?")


def settle_values(state: State, last: Last) -> None:
    """Gives the names, values and numbers of a follow-up the field that the last query asks about."""
    settle_names(state.catalog, state.free(), last)
    settle_measures(state.catalog, state.free(), last)
    _of_one_field(state, last)
    _numbers(state, last)
    _named_numbers(state, last)


def settle_names(catalog: Catalog, marks: Sequence[Mark], last: Last) -> None:
    """The type, 不分类型, after sales by campaign type: the last word of a name of what the last query splits by or filters.

    All channels, after sales of the App: of several things of one name, the one that the last query asks about.
    """
    asked = _asked(catalog, last)
    for mark in (m for m in marks if m.either and not m.metrics):
        own = [n for n in mark.either if "." in n and dimension(catalog, n) in asked]
        if len(own) == 1:
            mark.fields = (own[0],)
    query = last.query
    held = [g.field for g in query.group_by] + [c.field for c in query.where if isinstance(c, FieldCondition)]
    fields = [f for f in dict.fromkeys(held) if f and "." in f]
    for mark in (m for m in marks if m.unknown and len(m.text) > 1):
        named = [f for f in fields if any(_ends_in(n.lower(), mark.text) for n in catalog.field(f).spec.names())]
        if len(named) == 1:
            mark.fields = (named[0],)


def settle_measures(catalog: Catalog, marks: Sequence[Mark], last: Last) -> None:
    """Split into retail, coupon and coupon match, after the total discount: metrics whose names end as that of the last one does."""
    metrics = [m.metric for m in last.query.metrics]
    if len(metrics) != 1 or metrics[0] is None:
        return
    called = {n.lower(): name for name, spec in catalog.spec.metrics.items() for n in spec.names() if name != metrics[0]}
    heads = {n.lower().split()[-1] for n in catalog.metric(metrics[0]).names() if n.isascii() and " " in n}
    telling = [m for m in marks if not m.filler and not m.metrics and m.text.isascii()]
    meant = [(m, called[name]) for m in telling for h in heads if (name := f"{m.text} {h}") in called]
    if not any(m.unknown for m, _ in meant):
        return
    for mark, metric in meant:
        mark.metrics, mark.entities, mark.fields, mark.counters = (metric,), (), (), ()
    for mark in marks:
        if mark.has("buckets") and any(0 <= m.start - mark.end <= len(" the ") for m, _ in meant):
            mark.ops = frozenset([FILLER])


def _ends_in(name: str, word: str) -> bool:
    """Whether a word is the head of a name: types of campaign type, 类型 of 活动类型."""
    if word.isascii():
        return " " in name and name.split()[-1].removesuffix("s") == word.removesuffix("s")
    return name.endswith(word) and len(name) > len(word)


def _of_one_field(state: State, last: Last) -> None:
    """Asia, of customers or of suppliers: of what the last query splits by or filters, where it does."""
    catalog = state.catalog
    asked = _asked(catalog, last)
    for mark in state.free(lambda m: len({f for f, _ in m.values}) > 1):
        known = tuple((f, v) for f, v in mark.values if dimension(catalog, f) in asked)
        mark.values = known or tuple((f, v) for f, v in mark.values if _near(catalog, last, f)) or mark.values


def near_names(catalog: Catalog, last: Last, names: Sequence[str]) -> list[str]:
    """Those of several fields that belong to what the last query splits by or filters."""
    asked = _asked(catalog, last)
    fields = [n for n in names if "." in n]
    return [f for f in fields if dimension(catalog, f) in asked] or [f for f in fields if _near(catalog, last, f)]


def _asked(catalog: Catalog, last: Last) -> set[str]:
    asked = {d for g in last.query.group_by if g.field for d in (of_group(catalog, g),)}
    return asked | {d for c in last.query.where for d in of_condition(catalog, c)}


def _near(catalog: Catalog, last: Last, field: str) -> bool:
    """By nation, after sales by customer region: the nations of customers. Germans, after suppliers: those of suppliers."""
    graph, query = catalog.graph, last.query
    named = [g.field for g in query.group_by] + [getattr(c, "field", "") for c in query.where]
    asked = {f.split(".")[0] for f in named if f and "." in f}
    asked |= {d for f in named if f in catalog.spec.entities and (d := catalog.entity(f or "").dataset)}
    home = field.split(".")[0]
    facts = {h for m in query.metrics if m.metric for h in catalog.formula(m.metric).homes}
    return any(d == home or graph.paths(d, home) or graph.paths(home, d) for d in asked - facts)


def _numbers(state: State, last: Last) -> None:
    """Only 367 and 406, 406呢: numbers alone are keys of the one thing that the last query splits by or filters by its key."""
    numbers = state.free(lambda m: m.number and m.number.kind == "number" and not m.time and _NUMBER.fullmatch(m.text))
    telling = state.free(lambda m: not m.filler and m not in numbers)
    if not numbers or any(m.number or m.ops - {"by", "separately", "total", "filler"} for m in telling):
        return
    keys = _keys(state, last)
    if len(keys) != 1:
        return
    (field, known), = keys.items()
    values = [int(m.number.value) for m in numbers if m.number]
    filtered = any(isinstance(c, FieldCondition) and c.field == field for c in last.query.where)
    many = last.query.limit is None or min(values) > last.query.limit
    if many and (filtered or set(values) <= known):
        for mark, value in zip(numbers, values, strict=True):
            mark.ids, mark.number, mark.ops, mark.counters = (field, (value,)), None, frozenset(), ()


def _keys(state: State, last: Last) -> dict[str, set[object]]:
    """What the last query splits by or filters by whole numbers, with those seen."""
    query = last.query
    out: dict[str, set[object]] = {}
    for group in query.group_by:
        rows = {r.get(group.name) for r in last.rows} - {None}
        if group.field and not group.grain and not group.edges and rows and all(isinstance(v, int) for v in rows):
            out.setdefault(group.field, set()).update(rows)
    for c in query.where:
        values = c.value if isinstance(c, FieldCondition) and isinstance(c.value, tuple) else (getattr(c, "value", None),)
        if isinstance(c, FieldCondition) and not c.grain and c.field != "time" and all(isinstance(v, int) for v in values):
            out.setdefault(c.field, set()).update(values)
    return out


def _named_numbers(state: State, last: Last) -> None:
    """Week 21, after promo week 20: a number of the field that is filtered, by a part of its name."""
    for condition in last.query.where:
        if not isinstance(condition, FieldCondition) or "." not in condition.field or not isinstance(condition.value, int):
            continue
        words = {w for n in state.catalog.field(condition.field).spec.names() for w in (*n.lower().split(), n.lower())}
        for mark in state.free(lambda m: m.time and m.time.kind == "range"):
            number = re.fullmatch(r"(?:第)?([a-z]*?)\s*(\d{1,4})\s*(\D*)", mark.text)
            said = (number.group(1) or number.group(3)).strip() if number else ""
            if number and said and any(said == w or (not said.isascii() and w.endswith(said)) for w in words):
                mark.time, mark.ids = None, (condition.field, (int(number.group(2)),))
