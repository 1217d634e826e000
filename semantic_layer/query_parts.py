"""What a semantic query is made of: periods, conditions, metrics and groups."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from semantic_layer.errors import InvalidValue

TIME = "time"
FORWARD_GRAINS: tuple[str, ...] = ("day", "week", "month", "quarter", "half", "year")

Grain = Literal["day", "week", "month", "quarter", "half", "year"]
CyclicGrain = Literal["hour_of_day", "day_of_week", "day_of_month", "month_of_year", "quarter_of_year"]
Aggregation = Literal["sum", "avg", "min", "max", "median", "count", "count_distinct"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between",
    "contains", "starts_with", "ends_with", "is_null", "not_null",
]  # fmt: skip
Comparator = Literal["=", "!=", "<", "<=", ">", ">=", "between"]
Scalar = bool | int | float | dt.datetime | dt.date | str

_NEGATED = "The opposite."
_ENTITY = "The entity, by name."
_PERIOD = "The period; without it that of each row of the answer."


class Part(BaseModel):
    """Base of every part of a query: frozen, strict about unknown keys, hashable, without infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class TimeRange(Part):
    """A half-open range of days [start, end). Both ends empty means all time.

    `words` keeps what the person said; it takes no part in equality. `field` names a time field other
    than the default one.
    """

    start: dt.date | None = Field(default=None, description="The first day.")
    end: dt.date | None = Field(default=None, description="The day after the last.")
    field: str | None = Field(default=None, description="A time field other than the default one, as dataset.field.")
    words: str = Field(default="", description="What the person said.")

    @model_validator(mode="after")
    def _ordered(self) -> TimeRange:
        if self.start and self.end and self.start >= self.end:
            raise InvalidValue("start must lie before end; end is exclusive", "start 必须早于 end；end 当天不计入")
        return self


class FieldCondition(Part):
    """A comparison on a field. `value` is one value, or a list for in, not_in and between (both ends included).

    With `grain` the field's date part is compared: {"field": "time", "grain": "day_of_week", "op": "in", "value": [6, 7]}.
    A negated comparison keeps the rows where the field is empty.
    """

    field: str = Field(description="The field, as dataset.field, or time.", examples=["products.category"])
    grain: Grain | CyclicGrain | None = Field(default=None, description="Compares the date part of a time field.")
    op: Operator = Field(default="=", description="How to compare.")
    value: Scalar | tuple[Scalar, ...] | None = Field(default=None, description="The value; for in, not_in and between a list.")
    negated: bool = Field(default=False, description=_NEGATED)

    @model_validator(mode="after")
    def _shaped(self) -> FieldCondition:
        many = isinstance(self.value, tuple)
        if self.op in ("is_null", "not_null"):
            if self.value is not None:
                raise InvalidValue(f"{self.op} takes no value", f"{self.op} 不带 value")
        elif self.value is None:
            raise InvalidValue(f"{self.op} needs a value", f"{self.op} 需要给出 value")
        elif self.op in ("in", "not_in", "between"):
            if not many:
                raise InvalidValue(f"{self.op} needs a list of values", f"{self.op} 需要一个列表")
            if self.op == "between" and len(self.value) != 2:  # type: ignore[arg-type]
                raise InvalidValue("between needs exactly two values", "between 恰好需要两个值")
        elif many:
            raise InvalidValue(f"{self.op} takes one value, not a list", f"{self.op} 只能给一个值，不能是列表")
        return self


class SegmentCondition(Part):
    """A named segment of the catalog."""

    segment: str = Field(description="The name of a segment.")
    negated: bool = Field(default=False, description=_NEGATED)


class EntityCondition(Part):
    """A condition on a metric of one entity: households with more than 20 baskets in May, the top 10% of stores.

    Without `time` it is evaluated in the period of each row of the answer; with an open `time` over all
    time. Either `op` and `value`, or `top`/`bottom` (a number of entities, or with `percent` a share of them).
    """

    entity: str = Field(description=_ENTITY)
    metric: NamedMetric = Field(description="The metric of each entity: a name, or an object as in a query.")
    op: Comparator | None = Field(default=None, description="How to compare the metric with the value.")
    value: float | tuple[float, float] | None = Field(default=None, description="The value; for between a list of two.")
    top: float | None = Field(default=None, description="The so many entities with the highest values, instead of op and value.")
    bottom: float | None = Field(default=None, description="The so many entities with the lowest values, instead of op and value.")
    percent: bool = Field(default=False, description="The number of top or bottom is a percentage of the entities.")
    where: tuple[Condition, ...] = Field(default=(), description="Conditions that the rows of the metric meet.")
    time: TimeRange | None = Field(default=None, description=_PERIOD)
    negated: bool = Field(default=False, description=_NEGATED)

    @model_validator(mode="after")
    def _one_test(self) -> EntityCondition:
        tests = [self.op is not None, self.top is not None, self.bottom is not None]
        if sum(tests) != 1:
            raise InvalidValue("an entity condition needs exactly one of op, top, bottom", "实体条件必须且只能有 op、top、bottom 之一")
        if self.op is not None and (self.value is None or (self.op == "between") != isinstance(self.value, tuple)):
            raise InvalidValue("op needs a value (two values for between)", "op 需要 value（between 需要两个值）")
        if self.op is None and self.value is not None:
            raise InvalidValue("value goes with op; top and bottom hold their number themselves", "value 与 op 搭配；top 和 bottom 自带数目")
        self._check_rank(self.bottom if self.top is None else self.top)
        return self

    def _check_rank(self, number: float | None) -> None:
        if number is None:
            if self.percent:
                raise InvalidValue("percent goes with top or bottom", "percent 与 top 或 bottom 搭配")
        elif self.percent and not 0 < number <= 100:
            raise InvalidValue("top and bottom with percent lie above 0 and not above 100", "带 percent 的 top 和 bottom 应大于 0 且不超过 100")
        elif not self.percent and (number < 1 or not float(number).is_integer()):
            raise InvalidValue(
                "top and bottom are a number of entities, 1 or more, or go with percent", "top 和 bottom 是 1 或更大的个数，或与 percent 搭配"
            )


class ExistsCondition(Part):
    """Whether an entity has rows in a dataset: households that have redeemed a coupon.

    Without `time` it is evaluated in the period of each row of the answer; with an open `time` over all time.
    """

    entity: str = Field(description=_ENTITY)
    exists: str = Field(description="The dataset in which the entity has a row.")
    where: tuple[Condition, ...] = Field(default=(), description="Conditions that the row meets.")
    time: TimeRange | None = Field(default=None, description=_PERIOD)
    negated: bool = Field(default=False, description=_NEGATED)


class EventCondition(Part):
    """Whether an entity's first or last event in a dataset falls inside `time` (default: the row's own period)."""

    entity: str = Field(description=_ENTITY)
    event: Literal["first", "last"] = Field(description="The first or the last row of the entity.")
    dataset: str = Field(description="The dataset with the rows.")
    where: tuple[Condition, ...] = Field(default=(), description="Conditions that the rows meet.")
    time: TimeRange | None = Field(default=None, description=_PERIOD)
    negated: bool = Field(default=False, description=_NEGATED)


class AnyOf(Part):
    """True when at least one of the conditions is."""

    any_of: tuple[Condition, ...] = Field(min_length=1, description="The conditions, one of which has to be met.")
    negated: bool = Field(default=False, description=_NEGATED)


class AllOf(Part):
    """True when all of the conditions are; needed only inside any_of, or to negate several together."""

    all_of: tuple[Condition, ...] = Field(min_length=1, description="The conditions, all of which have to be met.")
    negated: bool = Field(default=False, description=_NEGATED)


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

    metric: str | None = Field(default=None, description="A metric of the catalog.")
    agg: Aggregation | None = Field(default=None, description="An aggregate over field, or over the metric with over.")
    field: str | None = Field(default=None, description="The field to aggregate, as dataset.field, instead of metric.")
    over: str | None = Field(default=None, description="The entity or the grain of time that the metric is taken for before it is aggregated.")
    per: str | None = Field(default=None, description="The entity or the unit of time whose number it is divided by.")
    where: tuple[Condition, ...] = Field(default=(), description="Conditions for this metric alone.")
    share: bool = Field(default=False, description="The part that where leaves of the whole.")
    alias: str | None = Field(default=None, min_length=1, description="The name of the column.")

    @model_validator(mode="after")
    def _shaped(self) -> MetricRef:
        if (self.metric is None) == (self.field is None):
            raise InvalidValue(
                "a metric is either a name of the catalog (metric) or an aggregate (agg) over a field",
                "指标要么是目录中的名称（metric），要么是对字段的聚合（agg）",
            )
        if self.field is not None and (self.agg is None or self.over is not None):
            raise InvalidValue("an inline metric needs agg and field, and takes no over", "临时指标需要 agg 和 field，不带 over")
        if self.metric is not None and (self.agg is None) != (self.over is None):
            raise InvalidValue(
                "agg and over go together: how to aggregate the metric over which entity or time grain",
                "agg 与 over 要一起写：如何聚合，以及按哪个实体或时间粒度",
            )
        if self.share and not self.where:
            raise InvalidValue("share needs where: the part of the metric to be set against the whole", "share 需要 where：与整体相比的那一部分")
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


def _by_name(value: Any) -> Any:
    return {"metric": value} if isinstance(value, str) else value


NamedMetric = Annotated[MetricRef, BeforeValidator(_by_name, json_schema_input_type=str | MetricRef)]


class Bucket(Part):
    """Groups entities by a metric of their own: lower `edges` of ascending buckets, or `parts` of equal size.

    Edges [1, 6, 21] give 1-5, 6-20 and 21+. Part 1 holds the entities with the highest values.
    Without `time` the metric is taken in the query's period.
    """

    entity: str
    metric: NamedMetric
    edges: tuple[float, ...] = ()
    parts: int | None = Field(default=None, ge=2, le=1000)
    where: tuple[Condition, ...] = ()
    time: TimeRange | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Bucket:
        if bool(self.edges) == (self.parts is not None):
            raise InvalidValue("a bucket needs either edges or parts", "分档需要 edges 或 parts 之一")
        _check_edges(self.edges)
        return self


class Group(Part):
    """One thing to group by: a field, time at a grain, a bucket of entities, or whether a condition holds."""

    field: str | None = None
    grain: Grain | CyclicGrain | None = None
    edges: tuple[float, ...] = ()
    bucket: Bucket | None = None
    case: Condition | None = None
    alias: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_thing(self) -> Group:
        if sum(x is not None for x in (self.field, self.bucket, self.case)) != 1:
            raise InvalidValue("a group is exactly one of field, bucket, case", "分组必须且只能是 field、bucket、case 之一")
        if self.field is None and (self.grain or self.edges):
            raise InvalidValue("grain and edges belong to a field", "grain 和 edges 要与 field 搭配")
        if self.field == TIME and self.grain is None:
            raise InvalidValue("grouping by time needs a grain", "按时间分组需要 grain")
        _check_edges(self.edges)
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


def _check_edges(edges: tuple[float, ...]) -> None:
    if list(edges) != sorted(set(edges)):
        raise InvalidValue("edges must ascend", "edges 必须递增")


for _model in (EntityCondition, ExistsCondition, EventCondition, AnyOf, AllOf, MetricRef, Bucket, Group):
    _model.model_rebuild()
