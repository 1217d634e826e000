"""Whether two queries are two ways to write one: by the rows that they give, now and in every month."""

from __future__ import annotations

import math
from typing import Any

from pydantic import ValidationError

from assistant.reading.rules.ratios import ratio_parts
from semantic_layer.catalog import Catalog
from semantic_layer.errors import EngineError, QueryError
from semantic_layer.query import TIME, Group, MetricRef, SemanticQuery
from semantic_layer.shops import Access

_FEWEST = 3  # months that tell; two that are alike in fewer may be so by chance


def may_be_one(one: SemanticQuery, other: SemanticQuery, catalog: Catalog) -> bool:
    """Whether two queries differ in conditions only: the same figures, by the same groups, in the same period, in the same order."""
    return _shape(one, catalog) == _shape(other, catalog) and not any(_is_dated(c) for q in (one, other) for c in q.to_dict().get("where", ()))


def give_the_same(one: SemanticQuery, other: SemanticQuery, access: Access) -> bool:
    """Whether both queries give the same rows, and figures that are alike in each month of the data. Runs them as the access sees the data."""
    try:
        if not _equal(_rows(one, access), _rows(other, access)):
            return False
        ours, theirs = (_rows(_monthly(q), access) for q in (one, other))
    except (QueryError, EngineError, ValidationError):
        return False
    told = [row for row in ours if any(v for v in row[1:])]
    return len(told) >= _FEWEST and _equal(ours, theirs)


def _shape(query: SemanticQuery, catalog: Catalog) -> tuple[Any, ...]:
    def base(ref: MetricRef) -> tuple[Any, ...]:
        figure = catalog.metric(ref.metric).expression if ref.metric else ref.field
        if ref.metric and ref.share and ref.where:
            return "part of", figure
        parts = ratio_parts(catalog, ref.metric) if ref.metric and catalog.metric(ref.metric).format == "percent" else None
        if parts and (below := catalog.aggregate_name(parts[1])) and not (ref.where or ref.share):
            return "part of", catalog.metric(below).expression  # the redemption rate is the share of coupons that were redeemed
        return figure, ref.agg, ref.over, ref.per, ref.share

    rest = {key: _wordless(part) for key, part in query.to_dict().items() if key not in ("metrics", "where", "order_by", "having")}
    sorted_by = tuple((o.side, o.desc, o.by in {m.name for m in query.metrics}) for o in query.order_by)
    return (*map(base, query.metrics), repr(sorted(rest.items())), sorted_by, tuple((h.side, h.op, h.value) for h in query.having))


def _wordless(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _wordless(value) for key, value in part.items() if key != "words"}
    return [_wordless(each) for each in part] if isinstance(part, list) else part


def _is_dated(condition: dict[str, Any]) -> bool:
    return bool(condition.get("time"))


def _monthly(query: SemanticQuery) -> SemanticQuery:
    """The figures of a query by month, over all time."""
    return SemanticQuery(metrics=query.metrics, group_by=(Group(field=TIME, grain="month"),), where=query.where)


def _rows(query: SemanticQuery, access: Access) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in access.answer(query).rows]


def _equal(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> bool:
    return len(ours) == len(theirs) and all(len(a) == len(b) and all(map(_same, a, b)) for a, b in zip(ours, theirs, strict=True))


def _same(one: Any, other: Any) -> bool:
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (one, other))
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) if numbers else bool(one == other)
