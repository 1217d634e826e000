"""What of a question does not stand in a query that somebody else proposes for it: the grammar's links are held against the query."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.query import SemanticQuery

# Operators that leave a trace in a query, and the trace of a negation in its plain data.
_NEGATIONS = frozenset(["not", "exclude"])
_LOW, _HIGH = frozenset(["bottom", "decline_top", "minimum"]), frozenset(["top", "growth_top", "maximum"])
_COUNTS = ("limit", "top", "bottom", "window", "parts")  # numbers that are what was said, and not a bound of it
_NEGATED = frozenset(["negated=true", 'op="!="', 'op="not_in"', 'op="is_null"'])


def not_held(query: SemanticQuery, marks: list[Mark], catalog: Catalog) -> Iterator[str]:
    """The words of a question's marks whose meaning is nowhere in the query; unknown words are not judged.

    An empty result is no proof that the query is right; any other is a doubt.
    """
    said = _Said(query, catalog, several=sum(bool(m.time and m.time.kind == "range") for m in marks) > 1)
    for mark in marks:
        if not (mark.filler or mark.unknown or said.holds(mark)):
            yield mark.text


class _Said:
    """What a query says, as sets to look things up in."""

    def __init__(self, query: SemanticQuery, catalog: Catalog, several: bool) -> None:
        self._catalog, self._several = catalog, several
        data = query.to_dict()
        self._query = query
        self._strings, self._numbers, self._keys = set[str](), set[float](), set[str]()
        self._exact, self._starts, self._ends = set[float](), set[str](), set[str]()
        self._gather(data)
        if query.metrics:
            self._strings |= {part for m in query.metrics if m.metric for part in _parts(m.metric, catalog)}
        for name in self._strings & catalog.spec.segments.keys():
            self._gather([c.model_dump(mode="json", exclude_defaults=True) for c in catalog.segment(name).where])
        for name in self._strings & catalog.spec.metrics.keys():
            self._gather([c.model_dump(mode="json", exclude_defaults=True) for c in catalog.metric(name).filter])
        self._fields = {s for s in self._strings if "." in s}
        self._datasets = {f.partition(".")[0] for f in self._fields} | {s for s in self._strings if s in catalog.spec.datasets}

    def _gather(self, node: Any) -> None:
        if isinstance(node, dict):
            self._keys |= {f"{k}={json.dumps(v)}" for k, v in node.items() if isinstance(v, bool | str)} | set(node)
            self._exact |= {float(node[k]) for k in _COUNTS if isinstance(node.get(k), int | float)}
            self._starts |= {node["start"]} if node.get("start") else set()
            self._ends |= {node["end"]} if node.get("end") else set()
            for key, value in node.items():
                if key not in _COUNTS:
                    self._gather(value)
        elif isinstance(node, list):
            for value in node:
                self._gather(value)
        elif isinstance(node, str):
            self._strings.add(node)
        elif isinstance(node, int | float) and not isinstance(node, bool):
            self._numbers.add(float(node))

    def holds(self, mark: Mark) -> bool:
        """Whether one of the meanings of a mark stands in the query; what can mean nothing here is held."""
        tests = [t for t in (self._period(mark), self._number(mark), self._named(mark), self._operator(mark)) if t is not None]
        return any(tests) if tests else True

    def _period(self, mark: Mark) -> bool | None:
        if mark.time is None:
            return None
        time, kind = mark.time, mark.time.kind
        if kind == "range":
            starts = time.first is None or time.first.isoformat() in self._starts
            ends = time.last is None or time.to_date or time.last.isoformat() in self._ends
            return (starts or ends) if self._several else (starts and ends)
        if kind == "grain":
            return self._query.time_group is not None or time.grain in self._strings or "per" in self._keys or "over" in self._keys
        if kind == "compare":
            return self._query.compare is not None or self._several_periods()
        return kind != "unsupported" and any(k in self._keys for k in ("grain", "window"))

    def _several_periods(self) -> bool:
        return sum(s[:2] in ("19", "20") and s[4:5] == "-" for s in self._strings) > 2

    def _number(self, mark: Mark) -> bool | None:
        if mark.number is None:
            return None
        value = float(mark.number.value)
        near = {value, value / 100, value + 1, value - 1}  # more than 3 is 4 or more
        if value in self._exact or (value.is_integer() and str(int(value)) in self._strings):
            return True
        return any(abs(n - v) <= 1e-9 * max(1.0, abs(v)) for n in self._numbers for v in near)

    def _named(self, mark: Mark) -> bool | None:
        things = {*mark.metrics, *mark.fields, *mark.entities, *mark.segments, *mark.either, *mark.verbs, *mark.did}
        values = [*(v for _, v in mark.values), *(mark.ids[1] if mark.ids else ())]
        if not things and not values:
            return None
        return any(self._has_value(v) for v in values) or any(self._has(t) for t in things)

    def _has_value(self, value: object) -> bool:
        """Whether the query holds a value of a field: a text, a number, whichever way either is written, or yes or no."""
        if isinstance(value, bool):
            return f"value={json.dumps(value)}" in self._keys
        text = str(value)
        return text in self._strings or (text.isdigit() and float(text) in self._numbers)

    def _has(self, thing: str) -> bool:
        """A name, or what it counts or stands in: customers are held by a metric that counts them, sales by one of sales per order."""
        if thing in self._strings:
            return True
        spec = self._catalog.spec
        if thing in spec.metrics:
            mine = _parts(thing, self._catalog)
            return bool(mine & self._strings)
        if thing in spec.entities:
            keys = {f"{d}.{k}" for d in spec.datasets if (k := self._catalog.entity_field(thing, d))}
            return bool(keys & self._strings) or spec.entities[thing].dataset in self._datasets
        return thing in self._datasets

    def _operator(self, mark: Mark) -> bool | None:
        ops = mark.ops - {FILLER}
        if not ops:
            return None
        orders = self._query.order_by
        if ops & _NEGATIONS:
            return bool(_NEGATED & self._keys) or 0.0 in self._numbers
        if ops & _LOW and not ops & _HIGH:
            return "bottom" in self._keys or any(not o.desc or o.side != "value" for o in orders) or 'agg="min"' in self._keys
        if ops & _HIGH and not ops & _LOW:
            return "top" in self._keys or any(o.desc for o in orders) or 'agg="max"' in self._keys
        if "share" in ops:
            return "share" in self._keys or any(self._catalog.metric(m.metric).format == "percent" for m in self._query.metrics if m.metric)
        return True


def _parts(metric: str, catalog: Catalog) -> set[str]:
    """A metric with the metrics and the fields that it is made of."""
    out = {metric}
    for aggregate in catalog.formula(metric).aggregates:
        out |= {f"{column.table}.{column.name}" for column in aggregate.call.find_all(exp.Column)}
        if name := catalog.aggregate_name(aggregate):
            out.add(name)
    return out
