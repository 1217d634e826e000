"""The semantic query: the typed question, and the only thing a reader, a model, a chip or a pin can produce.

A field is named `dataset.field`; an entity (`household`) stands for its key in whatever dataset is asked;
`time` stands for each dataset's own default time field.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

TIME = "time"

Grain = Literal["day", "week", "month", "quarter", "half", "year"]
CyclicGrain = Literal["hour_of_day", "day_of_week", "day_of_month", "month_of_year", "quarter_of_year"]
Aggregation = Literal["sum", "avg", "min", "max", "median", "count", "count_distinct"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between",
    "contains", "starts_with", "ends_with", "is_null", "not_null",
]  # fmt: skip
Comparator = Literal["=", "!=", "<", "<=", ">", ">=", "between"]
Scalar = bool | int | float | dt.datetime | dt.date | str
Side = Literal["value", "previous", "difference", "growth", "share", "running"]


class Part(BaseModel):
    """Base of every part of a query: frozen, strict about unknown keys, hashable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TimeRange(Part):
    """A half-open range of days [start, end). Both ends empty means all time.

    `words` keeps what the person said; it takes no part in equality. `field` names a time field other
    than the default one.
    """

    start: dt.date | None = None
    end: dt.date | None = None
    field: str | None = None
    words: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> TimeRange:
        if self.start and self.end and self.start >= self.end:
            raise ValueError("start must lie before end; end is exclusive")
        return self


class FieldCondition(Part):
    """A comparison on a field. `value` is one value, or a list for in, not_in and between (both ends included).

    With `grain` the field's date part is compared: {"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}.
    A negated comparison keeps the rows where the field is empty.
    """

    field: str
    grain: Grain | CyclicGrain | None = None
    op: Operator = "="
    value: Scalar | tuple[Scalar, ...] | None = None
    negated: bool = False

    @model_validator(mode="after")
    def _shaped(self) -> FieldCondition:
        many = isinstance(self.value, tuple)
        if self.op in ("is_null", "not_null"):
            if self.value is not None:
                raise ValueError(f"{self.op} takes no value")
        elif self.value is None:
            raise ValueError(f"{self.op} needs a value")
        elif self.op in ("in", "not_in", "between"):
            if not many:
                raise ValueError(f"{self.op} needs a list of values")
            if self.op == "between" and len(self.value) != 2:  # type: ignore[arg-type]
                raise ValueError("between needs exactly two values")
        elif many:
            raise ValueError(f"{self.op} takes one value, not a list")
        return self


class SegmentCondition(Part):
    """A named segment of the catalog."""

    segment: str
    negated: bool = False


class EntityCondition(Part):
    """A condition on a metric of one entity: households with more than 20 baskets in May, the top 10% of stores.

    Without `time` it is evaluated in the period of each row of the answer; with an open `time` over all
    time. Either `op` and `value`, or `top`/`bottom` (a number of entities, or with `percent` a share of them).
    """

    entity: str
    metric: MetricRef
    op: Comparator | None = None
    value: float | tuple[float, float] | None = None
    top: float | None = None
    bottom: float | None = None
    percent: bool = False
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None
    negated: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_metric(cls, data: Any) -> Any:
        return _named_metric(data)

    @model_validator(mode="after")
    def _one_test(self) -> EntityCondition:
        tests = [self.op is not None, self.top is not None, self.bottom is not None]
        if sum(tests) != 1:
            raise ValueError("an entity condition needs exactly one of op, top, bottom")
        if self.op is not None and (self.value is None or (self.op == "between") != isinstance(self.value, tuple)):
            raise ValueError("op needs a value (two values for between)")
        return self


class ExistsCondition(Part):
    """Whether an entity has rows in a dataset: households that have redeemed a coupon.

    Without `time` it is evaluated in the period of each row of the answer; with an open `time` over all time.
    """

    entity: str
    exists: str
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None
    negated: bool = False


class EventCondition(Part):
    """Whether an entity's first or last event in a dataset falls inside `time` (default: the row's own period)."""

    entity: str
    event: Literal["first", "last"]
    dataset: str
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None
    negated: bool = False


class AnyOf(Part):
    """True when at least one of the conditions is."""

    any_of: tuple[Condition, ...] = Field(min_length=1)
    negated: bool = False


class AllOf(Part):
    """True when all of the conditions are; needed only inside any_of, or to negate several together."""

    all_of: tuple[Condition, ...] = Field(min_length=1)
    negated: bool = False


_KINDS: tuple[tuple[str, str], ...] = (
    ("exists", "exists"), ("event", "event"), ("metric", "entity"), ("segment", "segment"),
    ("any_of", "any_of"), ("all_of", "all_of"), ("field", "field"),
)  # fmt: skip


def _condition_kind(data: Any) -> str | None:
    for key, tag in _KINDS:
        if (isinstance(data, dict) and key in data) or (not isinstance(data, dict) and hasattr(data, key)):
            return tag
    return None


Condition = Annotated[
    Annotated[FieldCondition, Tag("field")]
    | Annotated[SegmentCondition, Tag("segment")]
    | Annotated[EntityCondition, Tag("entity")]
    | Annotated[ExistsCondition, Tag("exists")]
    | Annotated[EventCondition, Tag("event")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[AllOf, Tag("all_of")],
    Discriminator(
        _condition_kind,
        custom_error_type="condition_kind",
        custom_error_message="a condition needs one of the keys field, segment, metric (with entity), exists, event, any_of, all_of",
    ),
]


class MetricRef(Part):
    """One metric of the answer.

    - `metric`: a name of the catalog; or `agg` over `field`, for what the catalog does not name.
    - `over` with `agg`: aggregates the metric once per entity or per unit of time (the median of sales over basket).
    - `per`: divides by the distinct entities, or by the calendar units of the period (sales per store, per day).
    - `where`: conditions for this metric alone. `share`: the part of the unrestricted metric that `where` leaves.
    """

    metric: str | None = None
    agg: Aggregation | None = None
    field: str | None = None
    over: str | None = None
    per: str | None = None
    where: tuple[Condition, ...] = ()
    share: bool = False
    alias: str | None = None

    @model_validator(mode="after")
    def _shaped(self) -> MetricRef:
        if (self.metric is None) == (self.field is None):
            raise ValueError("a metric is either a name of the catalog (metric) or an aggregate (agg) over a field")
        if self.field is not None and (self.agg is None or self.over is not None):
            raise ValueError("an inline metric needs agg and field, and takes no over")
        if self.metric is not None and (self.agg is None) != (self.over is None):
            raise ValueError("agg and over go together: how to aggregate the metric over which entity or time grain")
        if self.share and not self.where:
            raise ValueError("share needs where: the part of the metric to be set against the whole")
        return self

    @property
    def name(self) -> str:
        """The name of the column this metric fills."""
        if self.alias:
            return self.alias
        if self.metric is None:
            base = f"{self.agg}_{(self.field or '').rsplit('.', 1)[-1]}"
        elif self.over:
            base = f"{self.agg}_{self.metric}_by_{self.over}"
        else:
            base = self.metric
        return base + (f"_per_{self.per.rsplit('.', 1)[-1]}" if self.per else "") + ("_part" if self.share else "")


class Bucket(Part):
    """Groups entities by a metric of their own: lower `edges` of ascending buckets, or `parts` of equal size.

    Edges [1, 6, 21] give 1-5, 6-20 and 21+. Part 1 holds the entities with the highest values.
    Without `time` the metric is taken in the query's period.
    """

    entity: str
    metric: MetricRef
    edges: tuple[float, ...] = ()
    parts: int | None = Field(default=None, ge=2, le=1000)
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_metric(cls, data: Any) -> Any:
        return _named_metric(data)

    @model_validator(mode="after")
    def _one_way(self) -> Bucket:
        if bool(self.edges) == (self.parts is not None):
            raise ValueError("a bucket needs either edges or parts")
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges must ascend")
        return self


class Group(Part):
    """One thing to group by: a field, time at a grain, a bucket of entities, or whether a condition holds."""

    field: str | None = None
    grain: Grain | CyclicGrain | None = None
    edges: tuple[float, ...] = ()
    bucket: Bucket | None = None
    case: Condition | None = None
    alias: str | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Group:
        if sum(x is not None for x in (self.field, self.bucket, self.case)) != 1:
            raise ValueError("a group is exactly one of field, bucket, case")
        if self.field is None and (self.grain or self.edges):
            raise ValueError("grain and edges belong to a field")
        if self.field == TIME and self.grain is None:
            raise ValueError("grouping by time needs a grain")
        return self

    @property
    def name(self) -> str:
        """The name of the column this group fills."""
        if self.alias:
            return self.alias
        if self.bucket:
            return f"{self.bucket.metric.name}_bucket"
        if self.case is not None:
            return getattr(self.case, "segment", "case")
        base = (self.field or "").rsplit(".", 1)[-1]
        if self.grain:
            return self.grain if self.field == TIME else f"{base}_{self.grain}"
        return f"{base}_range" if self.edges else base


class Having(Part):
    """Keeps rows of the answer by a metric's value, growth, share, ... `by` is the column of a metric."""

    by: str
    side: Side = "value"
    op: Comparator
    value: float | tuple[float, float]


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
        names = [g.name for g in self.group_by] + [m.name for m in self.metrics]
        doubled = {n for n in names if names.count(n) > 1}
        if doubled:
            raise ValueError(f"two columns are named {sorted(doubled)[0]}; give one an alias")
        self._check_references(set(names))
        return self

    def _check_references(self, names: set[str]) -> None:
        groups, metrics = {g.name for g in self.group_by}, {m.name for m in self.metrics}
        for h in self.having:
            if h.by not in metrics:
                raise ValueError(f"having names {h.by}, which is no metric of this query")
        for o in self.order_by:
            if not self.records and o.by not in names:
                raise ValueError(f"order_by names {o.by}, which is no column of this query")
        for name in (*self.limit_per, *(self.share.within if self.share else ())):
            if name not in groups:
                raise ValueError(f"{name} is no group of this query")
        for name in (*(self.share.of if self.share else ()), *(self.running.of if self.running else ())):
            if name not in metrics:
                raise ValueError(f"{name} is no metric of this query")
        if self.limit_per and self.limit is None:
            raise ValueError("limit_per needs limit")
        sides = {h.side for h in self.having} | {o.side for o in self.order_by}
        if sides & {"previous", "difference", "growth"} and not self.compare:
            raise ValueError("previous, difference and growth need compare")
        if "share" in sides and not self.share:
            raise ValueError("ordering or filtering by share needs share")
        if "running" in sides and not self.running:
            raise ValueError("ordering or filtering by running needs running")
        if self.running and self.time_group is None:
            raise ValueError("running needs a time group with a grain")

    @property
    def time_group(self) -> Group | None:
        """The first group that is time at a grain that moves forward (not day of week or the like)."""
        return next((g for g in self.group_by if g.grain in FORWARD_GRAINS), None)

    @cached_property
    def key(self) -> str:
        """Canonical JSON: defaults and words left out, conditions sorted. Equal keys, equal queries."""
        return json.dumps(_canonical(self.model_dump(mode="json", exclude_defaults=True)), sort_keys=True, ensure_ascii=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemanticQuery) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def to_dict(self) -> dict[str, Any]:
        """Plain data without defaults, fit for JSON and for `SemanticQuery.model_validate`."""
        return self.model_dump(mode="json", exclude_defaults=True)


FORWARD_GRAINS: tuple[str, ...] = ("day", "week", "month", "quarter", "half", "year")
_UNORDERED = ("where", "any_of", "all_of", "having")


def _named_metric(data: Any) -> Any:
    if isinstance(data, dict) and isinstance(data.get("metric"), str):
        return {**data, "metric": {"metric": data["metric"]}}
    return data


def _canonical(node: Any) -> Any:
    if isinstance(node, dict):
        out = {k: _canonical(v) for k, v in node.items() if k != "words"}
        for key in _UNORDERED:
            if isinstance(out.get(key), list):
                out[key] = sorted(out[key], key=lambda c: json.dumps(c, sort_keys=True, ensure_ascii=False))
        if out.get("op") in ("in", "not_in") and isinstance(out.get("value"), list):
            out["value"] = sorted(out["value"], key=str)
        return out
    if isinstance(node, list):
        return [_canonical(x) for x in node]
    return node


for _model in (EntityCondition, ExistsCondition, EventCondition, AnyOf, AllOf, MetricRef, Bucket, Group, SemanticQuery):
    _model.model_rebuild()


def json_schema() -> dict[str, Any]:
    """The JSON schema of a semantic query."""
    return SemanticQuery.model_json_schema()
