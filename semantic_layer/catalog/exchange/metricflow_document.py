"""YAML files of MetricFlow, in both its styles: `semantic_models` with measures, and models with metrics on them.

The files belong to a dbt project and hold much that is no semantic model. Keys that are not listed here are kept
apart (`model_extra`), so that what is lost can be named.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

EntityType = Literal["primary", "foreign", "unique", "natural"]
DimensionType = Literal["categorical", "time"]


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return () if value is None else (value,) if isinstance(value, str) else value


class Node(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Described(Node):
    """What most parts have."""

    name: str = Field(min_length=1)
    label: str | None = None
    description: str | None = None


Filters = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Input(Node):
    """A measure or metric that a metric is made of."""

    name: str
    filter: Filters = ()
    alias: str | None = None
    offset_window: str | None = None
    offset_to_grain: str | None = None
    fill_nulls_with: int | float | None = None
    join_to_timespine: bool = False


Reference = Annotated[Input, BeforeValidator(_named)]


class Entity(Described):
    """A key of a dataset."""

    type: EntityType
    expr: str | int | None = None


class TimeParams(Node):
    """Of a time dimension."""

    time_granularity: str | None = None
    validity_params: dict[str, Any] | None = None


class Dimension(Described):
    """What groups and filters."""

    type: DimensionType
    expr: str | int | None = None
    type_params: TimeParams | None = None
    granularity: str | None = None


class NonAdditive(Node):
    """The dimension over which a measure does not add up."""

    name: str
    window_choice: Literal["min", "max"] = "min"
    window_groupings: tuple[str, ...] = ()


class AggParams(Node):
    """Of a percentile."""

    percentile: float | None = None
    use_discrete_percentile: bool = False


class Measure(Described):
    """An aggregate over an expression of one dataset."""

    agg: str
    expr: str | int | None = None
    agg_params: AggParams | None = None
    agg_time_dimension: str | None = None
    non_additive_dimension: NonAdditive | None = None
    create_metric: bool = False


class Defaults(Node):
    """Of a semantic model."""

    agg_time_dimension: str | None = None


class SemanticModel(Described):
    """A dataset."""

    model: str | None = None
    node_relation: dict[str, Any] | None = None
    defaults: Defaults | None = None
    primary_entity: str | None = None
    entities: tuple[Entity, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()


class MetricParams(Node):
    """`type_params` of a metric."""

    measure: Reference | None = None
    numerator: Reference | None = None
    denominator: Reference | None = None
    expr: str | int | None = None
    metrics: tuple[Reference, ...] = ()


class Metric(Described):
    """A metric. In the newer style what was in `type_params` and in measures stands on the metric itself."""

    type: Literal["simple", "ratio", "derived", "cumulative", "conversion"] = "simple"
    filter: Filters = ()
    type_params: MetricParams | None = None
    agg: str | None = None
    expr: str | int | None = None
    percentile: float | None = None
    percentile_type: Literal["discrete", "continuous"] = "continuous"
    agg_time_dimension: str | None = None
    non_additive_dimension: NonAdditive | None = None
    numerator: Reference | None = None
    denominator: Reference | None = None
    input_metrics: tuple[Reference, ...] = ()
    fill_nulls_with: int | float | None = None
    join_to_timespine: bool = False

    def params(self) -> MetricParams:
        """`type_params`, in either style."""
        own = MetricParams(numerator=self.numerator, denominator=self.denominator, expr=self.expr, metrics=self.input_metrics)
        return self.type_params or own


def _typed(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class ColumnRole(Node):
    """What a column is; it has a name of its own if that is another than the column's."""

    name: str | None = None
    label: str | None = None
    description: str | None = None
    validity_params: dict[str, Any] | None = None


class EntityColumn(ColumnRole):
    """`entity` of a column."""

    type: EntityType


class DimensionColumn(ColumnRole):
    """`dimension` of a column."""

    type: DimensionType


class Column(Node):
    """A column of a model."""

    name: str
    description: str | None = None
    granularity: str | None = None
    entity: Annotated[EntityColumn | None, BeforeValidator(_typed)] = None
    dimension: Annotated[DimensionColumn | None, BeforeValidator(_typed)] = None


class DerivedSemantics(Node):
    """Dimensions and entities that are computed."""

    dimensions: tuple[Dimension, ...] = ()
    entities: tuple[Entity, ...] = ()


class Enabled(Node):
    """`semantic_model` of a model."""

    enabled: bool = True
    name: str | None = None


class Model(Node):
    """A model of dbt; one without `semantic_model` is none of ours."""

    name: str
    description: str | None = None
    semantic_model: Enabled | None = None
    agg_time_dimension: str | None = None
    primary_entity: str | None = None
    columns: tuple[Column, ...] = ()
    derived_semantics: DerivedSemantics | None = None
    metrics: tuple[Metric, ...] = ()

    @field_validator("semantic_model", mode="before")
    @classmethod
    def _switched(cls, value: Any) -> Any:
        return {"enabled": value} if isinstance(value, bool) else value


class MetricFlowFile(Node):
    """A file of the project."""

    semantic_models: tuple[SemanticModel, ...] = ()
    metrics: tuple[Metric, ...] = ()
    models: tuple[Model, ...] = ()

    @field_validator("models", mode="before")
    @classmethod
    def _not_settings(cls, value: Any) -> Any:
        """In the settings of a dbt project `models` is a mapping, and says nothing of ours."""
        return () if isinstance(value, dict) else value
