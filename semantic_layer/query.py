"""The semantic query: the typed question, and the only thing a reader, a model, a chip or a pin can produce.

A field is named `dataset.field`; an entity (`household`) stands for its key in whatever dataset is asked;
`time` stands for each dataset's own default time field.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from semantic_layer.query_parts import (
    FORWARD_GRAINS,
    TIME,
    Aggregation,
    AllOf,
    AnyOf,
    Bucket,
    Comparator,
    Condition,
    CyclicGrain,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    FieldCondition,
    Grain,
    Group,
    MetricRef,
    Operator,
    Part,
    Scalar,
    SegmentCondition,
    TimeRange,
)

__all__ = [
    "FORWARD_GRAINS", "TIME", "Aggregation", "AllOf", "AnyOf", "Bucket", "Comparator", "Compare", "Condition", "CyclicGrain", "EntityCondition",
    "EventCondition", "ExistsCondition", "FieldCondition", "Grain", "Group", "Having", "MetricRef", "Operator", "Order", "Part", "Records",
    "Running", "Scalar", "SegmentCondition", "SemanticQuery", "Share", "Side", "TimeRange", "json_schema",
]  # fmt: skip

Side = Literal["value", "previous", "difference", "growth", "share", "running"]


class Having(Part):
    """Keeps rows of the answer by a metric's value, growth, share, ... `by` is the column of a metric."""

    by: str
    side: Side = "value"
    op: Comparator
    value: float | tuple[float, float]

    @model_validator(mode="after")
    def _values(self) -> Having:
        if (self.op == "between") != isinstance(self.value, tuple):
            raise ValueError("between needs two values, any other op one value")
        return self


class Order(Part):
    """Sorts by a metric (`side` says which of its columns) or a group."""

    by: str
    side: Side = "value"
    desc: bool = True


class Compare(Part):
    """Sets each metric beside an earlier period.

    `previous`: the period before (with a time group: the bucket before); `last_year`: the same a year
    before; `range`: the named one. An unfinished current period is compared with the same elapsed days.
    """

    to: Literal["previous", "last_year", "range"] = "previous"
    range: TimeRange | None = None

    @model_validator(mode="after")
    def _range(self) -> Compare:
        if (self.to == "range") != (self.range is not None):
            raise ValueError("compare to range needs range, and nothing else takes one")
        return self


class Share(Part):
    """Adds each metric's share of the total, or of the total `within` the named groups."""

    within: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


class Running(Part):
    """Adds a running column along the time group.

    `to_date` accumulates from the start, or from each start of `reset`; `rolling` covers `window` buckets.
    """

    kind: Literal["to_date", "rolling"] = "to_date"
    window: int | None = Field(default=None, ge=1, le=1000)
    agg: Literal["sum", "avg"] = "sum"
    reset: Grain | None = None
    of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _window(self) -> Running:
        if (self.kind == "rolling") != (self.window is not None):
            raise ValueError("rolling needs a window, to_date takes none")
        return self


class Records(Part):
    """Rows of a dataset without aggregation, with the chosen fields."""

    dataset: str
    fields: tuple[str, ...] = ()
    distinct: bool = False


class SemanticQuery(Part):
    """A question as data. Equal questions are equal queries: words, order of filters and names of time take no part."""

    metrics: tuple[MetricRef, ...] = ()
    group_by: tuple[Group, ...] = ()
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None
    having: tuple[Having, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=100_000)
    limit_per: tuple[str, ...] = ()
    records: Records | None = None
    compare: Compare | None = None
    share: Share | None = None
    running: Running | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        if isinstance(data, dict):
            data = dict(data)
            for key, to in (("metrics", "metric"), ("group_by", "field")):
                if isinstance(data.get(key), (list, tuple)):
                    data[key] = tuple({to: x} if isinstance(x, str) else x for x in data[key])
        return data

    @model_validator(mode="after")
    def _consistent(self) -> SemanticQuery:
        if (self.records is None) == (not self.metrics):
            raise ValueError("a query has either metrics or records")
        if self.records and (self.group_by or self.having or self.compare or self.share or self.running or self.limit_per):
            raise ValueError("records take filters, order and limit only")
        seen: set[str] = set()
        for name in self._columns():
            # The engine does not tell names apart by their case.
            if name.casefold() in seen:
                raise ValueError(f"two columns are named {name}; give one an alias")
            seen.add(name.casefold())
        self._check_references()
        self._check_sides()
        return self

    def _columns(self) -> list[str]:
        """The name of every column of the answer; none of records."""
        metrics = [m.name for m in self.metrics]
        generated = [f"{name}_{side}" for side in _GENERATED for name in metrics if self._fills(name, side)]
        return [g.name for g in self.group_by] + metrics + generated

    def _fills(self, metric: str, side: Side) -> bool:
        """Whether the answer has this side of a metric."""
        if side in ("share", "running"):
            part = self.share if side == "share" else self.running
            return part is not None and (not part.of or metric in part.of)
        return side == "value" or self.compare is not None

    def _check_references(self) -> None:
        groups, metrics = {g.name for g in self.group_by}, {m.name for m in self.metrics}
        for h in self.having:
            if h.by not in metrics:
                raise ValueError(f"having names {h.by}, which is no metric of this query")
        for o in self.order_by:
            if not self.records and o.by not in groups | metrics:
                raise ValueError(f"order_by names {o.by}, which is no column of this query")
        for name in (*self.limit_per, *(self.share.within if self.share else ())):
            if name not in groups:
                raise ValueError(f"{name} is no group of this query")
        for name in (*(self.share.of if self.share else ()), *(self.running.of if self.running else ())):
            if name not in metrics:
                raise ValueError(f"{name} is no metric of this query")
        if self.limit_per and self.limit is None:
            raise ValueError("limit_per needs limit")
        if self.running and self.time_group is None:
            raise ValueError("running needs a time group with a grain")

    def _check_sides(self) -> None:
        metrics = {m.name for m in self.metrics}
        parts: tuple[Having | Order, ...] = (*self.having, *self.order_by)
        for part in parts:
            if part.side == "value":
                continue
            if part.by not in metrics:
                raise ValueError(f"{part.by} is no metric, so it has no {part.side}")
            if not self._fills(part.by, part.side):
                raise ValueError(_NEEDS[part.side] + f" ({part.by})")

    @property
    def time_group(self) -> Group | None:
        """The first group that is time at a grain that moves forward (not day of week or the like)."""
        return next((g for g in self.group_by if g.grain in FORWARD_GRAINS), None)

    @cached_property
    def key(self) -> str:
        """Canonical JSON: defaults and words left out, conditions sorted. Equal keys, equal queries."""
        data = _canonical(self.model_dump(mode="json", exclude_defaults=True))
        if data.get("time") == {}:  # a condition's empty time means all time; the query's own means nothing
            del data["time"]
        return _text(data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemanticQuery) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def to_dict(self) -> dict[str, Any]:
        """Plain data without defaults, fit for JSON and for `SemanticQuery.model_validate`."""
        return self.model_dump(mode="json", exclude_defaults=True)


_GENERATED: tuple[Side, ...] = ("previous", "difference", "growth", "share", "running")
_NEEDS: dict[Side, str] = {
    "previous": "previous, difference and growth need compare",
    "difference": "previous, difference and growth need compare",
    "growth": "previous, difference and growth need compare",
    "share": "ordering or filtering by share needs share",
    "running": "ordering or filtering by running needs running",
}
_UNORDERED = ("where", "any_of", "all_of", "having", "limit_per", "within", "of")


def _canonical(node: Any) -> Any:
    if isinstance(node, dict):
        out = {k: _canonical(v) for k, v in node.items() if k != "words"}
        for key in _UNORDERED:
            if isinstance(out.get(key), list):
                out[key] = _as_set(out[key])
        if out.get("op") in ("in", "not_in") and isinstance(out.get("value"), list):
            out["value"] = _as_set(out["value"])
        return out
    if isinstance(node, list):
        return [_canonical(x) for x in node]
    return int(node) if isinstance(node, float) and node.is_integer() else node


def _as_set(items: list[Any]) -> list[Any]:
    """In one order whatever the order was, without repetition."""
    return [item for _, item in sorted({_text(item): item for item in items}.items())]


def _text(node: Any) -> str:
    return json.dumps(node, sort_keys=True, ensure_ascii=False)


def json_schema() -> dict[str, Any]:
    """The JSON schema of a semantic query."""
    return SemanticQuery.model_json_schema()
