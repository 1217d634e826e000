"""What a semantic query is made of, part by part: whatever a word of a question can say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from assistant.reading.rules.counting import whom_it_counts
from assistant.reading.rules.ratios import ratio_parts
from assistant.verified.moving import Days, ranges
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.compiler import Compiled
from semantic_layer.query import EventCondition, ExistsCondition, FieldCondition, SemanticQuery

_DENYING = ("!=", "not_in")


@dataclass(frozen=True)
class Facets:
    """The parts of one query over one catalog. `earlier` is the period that it is compared with.

    `filtered` are the values that counting metrics keep, with the metric: failed payments; `parts` those above the line of rates;
    `firsts` are metrics that count whom they saw for the first time; `events` says whether it is about first or last rows, `about` of
    which datasets; `denied` are the periods in which something did not happen; `held` are segments that its conditions amount to, or
    that they leave out.
    """

    query: SemanticQuery
    metrics: frozenset[str]
    fields: frozenset[str]
    values: frozenset[tuple[str, str]]
    segments: frozenset[str]
    entities: frozenset[str]
    datasets: frozenset[str]
    numbers: frozenset[float]
    periods: frozenset[Days]
    earlier: Days | None
    grains: frozenset[str]
    operators: frozenset[str]
    negations: int
    counts: frozenset[str]
    filtered: frozenset[tuple[str, str, str]]
    parts: frozenset[tuple[str, str, str]]
    firsts: frozenset[str]
    events: frozenset[str]
    about: frozenset[str]
    denied: frozenset[Days]
    held: frozenset[str]

    @property
    def share(self) -> bool:
        """Whether it asks for a part of a whole."""
        return self.query.share is not None or any(m.share for m in self.query.metrics)

    @property
    def growth(self) -> bool:
        """Whether it orders or filters by how much something changed."""
        return any(side in ("growth", "difference") for side in (*(o.side for o in self.query.order_by), *(h.side for h in self.query.having)))

    @property
    def ranked(self) -> bool:
        """Whether it orders by what a person would call the most or the least."""
        return bool(self.query.order_by) or bool(self.operators & {"top", "bottom"})


def facets_of(query: SemanticQuery, catalog: Catalog, compiled: Compiled) -> Facets:
    """The parts of a query."""
    parts = list(_parts(query.to_dict()))
    metrics = frozenset(str(v) for k, v in parts if k == "metric" and isinstance(v, str) and v in catalog.spec.metrics)
    counts = frozenset(e for m in query.metrics if m.metric and (e := whom_it_counts(catalog, m.metric)))
    entities = {str(v) for k, v in parts if k in ("entity", "over", "per") and v in catalog.spec.entities}
    homes = {d for m in metrics for d in catalog.formula(m).homes}
    fields = frozenset(str(v) for k, v in parts if k in ("field", "fields") and isinstance(v, str))
    about = {f.split(".")[0] for f in fields}
    entities |= {name for name, e in catalog.spec.entities.items() if e.dataset in about}  # members of a level: whose level it is
    earlier = compiled.earlier if query.compare else None
    return Facets(
        query=query,
        metrics=metrics,
        fields=fields,
        values=frozenset(_values(query.to_dict())),
        segments=frozenset(str(v) for k, v in parts if k == "segment"),
        entities=frozenset(entities) | counts,
        datasets=frozenset({str(v) for k, v in parts if k in ("exists", "dataset")} | homes),
        numbers=frozenset(float(v) for k, v in parts if k in _COUNTED and isinstance(v, (int, float)) and not isinstance(v, bool)),
        periods=frozenset(ranges(query)),
        earlier=(earlier.start, earlier.end) if earlier else None,
        grains=frozenset(str(v) for k, v in parts if k == "grain"),
        operators=frozenset(str(v) for k, v in parts if k == "op") | {k for k, _ in parts if k in ("top", "bottom")},
        negations=sum(1 for k, v in parts if (k == "negated" and v) or (k == "op" and v in _DENYING)),
        counts=counts,
        filtered=frozenset(kept for m in metrics for kept in _filtered(catalog, m)),
        parts=frozenset(kept for m in metrics for kept in _above(catalog, m)),
        firsts=frozenset(m for m in metrics if _of_first_events(catalog, m)),
        events=frozenset(str(v) for k, v in parts if k == "event"),
        about=frozenset(str(v) for k, v in parts if k in ("exists", "dataset")),
        denied=frozenset((c.time.start, c.time.end) for c in query.where if isinstance(c, ExistsCondition) and c.negated and c.time),
        held=frozenset(_held(query, catalog)),
    )


def _held(query: SemanticQuery, catalog: Catalog) -> Iterator[str]:
    """Paid, where orders with a day of payment are kept; default reviews, where those that are none are kept."""
    together = [{_condition(c) for c in listed} for listed in _conditions(query.to_dict())]
    for name, segment in catalog.spec.segments.items():
        where = [c.model_dump(mode="json") for c in segment.where if isinstance(c, FieldCondition)]
        if not where or len(where) != len(segment.where):
            continue
        kept = {_condition(c) for c in where}
        left_out = {_condition({**where[0], "negated": not where[0].get("negated")})} if len(where) == 1 else kept
        if any(kept <= listed or left_out <= listed for listed in together):
            yield name


def _conditions(node: Any) -> Iterator[list[dict[str, Any]]]:
    """The conditions on fields that stand together, list by list."""
    if isinstance(node, dict):
        if plain := [c for c in node.get("where") or () if "field" in c and "entity" not in c]:
            yield plain
        for value in node.values():
            yield from _conditions(value)
    elif isinstance(node, list):
        for item in node:
            yield from _conditions(item)


_OPPOSITE = {"!=": "=", "is_null": "not_null", "not_in": "in"}


def _condition(part: dict[str, Any]) -> tuple[object, ...]:
    """A condition in one form, whichever way it denies: is not true, is false."""
    op, value, kept = str(part.get("op") or "="), part.get("value"), not part.get("negated")
    if op in _OPPOSITE:
        op, kept = _OPPOSITE[op], not kept
    if value is False and op == "=":
        value, kept = True, not kept
    return part["field"], part.get("grain"), op, repr(value), kept


def _filtered(catalog: Catalog, metric: str) -> Iterator[tuple[str, str, str]]:
    """The values of the rows that a metric counts."""
    formula = catalog.formula(metric)
    if isinstance(formula.tree, exp.Placeholder) and formula.aggregates[0].counts:
        yield from _equal(formula.aggregates[0], metric)


def _above(catalog: Catalog, metric: str) -> Iterator[tuple[str, str, str]]:
    """The values that make the part of a rate out of its whole."""
    parts = ratio_parts(catalog, metric)
    if parts and catalog.metric(metric).format == "percent":
        below = set(_equal(parts[1], metric))
        yield from (kept for kept in _equal(parts[0], metric) if kept not in below)


def _of_first_events(catalog: Catalog, metric: str) -> bool:
    formula = catalog.formula(metric)
    events = [c for a in formula.aggregates for c in a.filter if isinstance(c, EventCondition)]
    return formula.kind == "distinct" and any(c.event == "first" and not c.negated for c in events)


def _equal(aggregate: Aggregate, metric: str) -> Iterator[tuple[str, str, str]]:
    for condition in aggregate.filter:
        if isinstance(condition, FieldCondition) and condition.op == "=" and not condition.negated:
            yield condition.field, str(condition.value), metric


_COUNTED = ("value", "limit", "top", "bottom", "window", "parts", "edges")


def _parts(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """All keys with what stands under them, lists item by item."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _parts(value, name)
    elif isinstance(node, list):
        for item in node:
            yield from _parts(item, key)
    else:
        yield key, node


def _values(node: Any) -> Iterator[tuple[str, str]]:
    """The values that fields are compared with."""
    if isinstance(node, dict):
        if "field" in node and "value" in node:
            listed = node["value"] if isinstance(node["value"], list) else [node["value"]]
            yield from ((node["field"], str(v)) for v in listed)
        for value in node.values():
            yield from _values(value)
    elif isinstance(node, list):
        for item in node:
            yield from _values(item)
