"""From files of MetricFlow to a draft of a catalog: datasets and entities here, metrics beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft, ModelDraft, Names, RelationshipDraft, identifier
from semantic_layer.catalog.exchange.expressions import UnreadableError, read_expression
from semantic_layer.catalog.exchange.files import Document
from semantic_layer.catalog.exchange.metricflow_document import (
    Column,
    ColumnRole,
    Described,
    Dimension,
    Entity,
    Measure,
    Metric,
    MetricFlowFile,
    Model,
    SemanticModel,
)
from semantic_layer.catalog.exchange.metricflow_measures import MeasureDraft, measure_of
from semantic_layer.catalog.exchange.metricflow_metrics import MetricReader
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.source import Loc, Place, Problem, Source

_REF = re.compile(r"""^\s*(?:\{\{)?\s*(ref|source)\s*\((.*)\)\s*(?:\}\})?\s*$""")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")
_NOT_SEMANTIC = {"version", "sources", "seeds", "snapshots", "macros", "exposures", "groups", "unit_tests", "data_tests", "analyses", "tests"}
_QUIET = {"config", "meta", "tests", "data_tests", "data_type", "tags", "docs", "time_spine", "constraints", "latest_version"}


class MetricFlowReader:
    """Reads files into one draft; what cannot be read is in `report`, what must not be in `problems`."""

    def __init__(self, report: Report, name: str) -> None:
        self.report = report
        self.problems: list[Problem] = []
        self.draft = ModelDraft(name)
        self.measures: dict[str, MeasureDraft] = {}
        self.metrics = MetricReader(self.draft, self.measures, report)
        self._source = Source()
        self._foreign: list[tuple[str, str, str, Place]] = []

    def read(self, document: Document[MetricFlowFile]) -> None:
        """Adds the semantic models and metrics of a file; other things of the project are passed over."""
        self._source, content = document.source, document.content
        for key in sorted(set(content.model_extra or {}) - _NOT_SEMANTIC):
            self._note("lost", key, "is not a part that can be imported", "不是可以导入的部分", (key,))
        for n, given in enumerate(content.semantic_models):
            self._dataset(given, ("semantic_models", n))
        for n, model in enumerate(content.models):
            if model.semantic_model is not None and model.semantic_model.enabled:
                self._dataset(as_semantic_model(model), ("models", n))
                for m, metric in enumerate(model.metrics):
                    self._metric_on_model(metric, model, ("models", n, "metrics", m))
        for n, metric in enumerate(content.metrics):
            self._metric(metric, ("metrics", n))

    def finish(self) -> None:
        """What needs all files: relationships between entities, then the metrics."""
        for dataset, field, entity, place in self._foreign:
            self._point(dataset, field, entity, place)
        self.metrics.finish()

    def _dataset(self, given: SemanticModel, loc: Loc) -> None:
        path, place = f"semantic_models.{given.name}", self._source.place(loc)
        name = self._identifier(given.name, path, loc)
        if name in self.draft.datasets:
            self.problems.append(Problem(place, f"semantic model {given.name} is defined twice"))
            return
        self._extras(given, path, loc)
        dataset = DatasetDraft(name, table_of(given), path, names=_names(given), place=place)
        self.draft.datasets[name] = dataset
        for n, entity in enumerate(given.entities):
            self._entity(dataset, entity, (*loc, "entities", n))
        for n, dimension in enumerate(given.dimensions):
            self._dimension(dataset, dimension, (*loc, "dimensions", n))
        named = _time_of(given)
        dataset.time = (dataset.field_of(named) or named) if named else None
        if given.primary_entity:
            self.metrics.primaries.setdefault(name, given.primary_entity)
        for n, measure in enumerate(given.measures):
            self._measure(dataset, measure, (*loc, "measures", n))

    def _entity(self, dataset: DatasetDraft, given: Entity, loc: Loc) -> None:
        path, place = f"{dataset.path}.entities.{given.name}", self._source.place(loc)
        self._extras(given, path, loc)
        if given.type == "natural":
            self._note("lost", path, "a key that is valid for a time only has no counterpart", "只在一段时间内有效的键没有对应写法", loc)
            return
        entity = self._identifier(given.name, path, loc)
        field = self._field(dataset, given.name, given.expr, path, loc, by_column=True)
        if field is None:
            return
        names = self.draft.entities.setdefault(entity, Names())
        names.label = names.label or given.label or ""
        names.description = names.description or given.description or ""
        field.entity = field.entity or entity
        if given.type == "primary":
            dataset.primary_key = [field.name]
            self.metrics.primaries[dataset.name] = given.name
        if given.type == "foreign":
            self._foreign.append((dataset.name, field.name, entity, place))
        else:
            self.metrics.keys.setdefault(entity, []).append((dataset.name, field.name))

    def _dimension(self, dataset: DatasetDraft, given: Dimension, loc: Loc) -> None:
        path = f"{dataset.path}.dimensions.{given.name}"
        self._extras(given, path, loc)
        if given.type_params and given.type_params.validity_params:
            self._note("lost", f"{path}.validity_params", "has no counterpart", "没有对应写法", loc)
        field = self._field(dataset, given.name, given.expr, path, loc)
        if field is not None:
            field.role = "time" if given.type == "time" else "dimension"
            field.names = _names(given)

    def _field(
        self, dataset: DatasetDraft, name: str, expr: str | int | None, path: str, loc: Loc, by_column: bool = False
    ) -> FieldDraft | None:
        """The field of an entity or a dimension; an entity's goes by the name of its column."""
        try:
            tree = read_expression(str(expr)) if expr is not None else exp.column(name)
        except UnreadableError as error:
            self._note("lost", path, f"left out: {error.en}", f"未导入：{error.zh}", loc)
            return None
        for column in tree.find_all(exp.Column):
            column.set("table", None)
        wanted = tree.name if by_column and isinstance(tree, exp.Column) else name
        if wanted in dataset.fields:
            return dataset.fields[wanted]
        own = self._identifier(wanted, path, loc)
        plain = isinstance(tree, exp.Column) and tree.name.casefold() == own.casefold()
        dataset.fields[own] = FieldDraft(own, path, None if plain else tree, place=self._source.place(loc))
        return dataset.fields[own]

    def _measure(self, dataset: DatasetDraft, given: Measure, loc: Loc) -> None:
        path = f"{dataset.path}.measures.{given.name}"
        self._extras(given, path, loc)
        if given.name in self.measures:
            self.problems.append(Problem(self._source.place(loc), f"measure {given.name} is defined twice"))
            return
        self.measures[given.name] = MeasureDraft(given, dataset, path)
        if given.create_metric:
            metric = Metric.model_validate({"name": given.name, "label": given.label, "type_params": {"measure": given.name}})
            self.metrics.add(metric.model_copy(update={"description": given.description}), path, self._source.place(loc))

    def _metric_on_model(self, given: Metric, model: Model, loc: Loc) -> None:
        """A simple metric of the newer style is a measure and the metric of it."""
        name = model.semantic_model.name if model.semantic_model and model.semantic_model.name else model.name
        dataset = self.draft.datasets.get(identifier(name, ()))
        if given.type == "simple" and given.agg and dataset is not None:
            self.measures[given.name] = MeasureDraft(measure_of(given), dataset, f"metrics.{given.name}")
        self._metric(given, loc)

    def _metric(self, given: Metric, loc: Loc) -> None:
        path, place = f"metrics.{given.name}", self._source.place(loc)
        if given.type in ("simple", "ratio", "derived"):
            self._extras(given, path, loc)
        if not self.metrics.add(given, path, place):
            self.problems.append(Problem(place, f"metric {given.name} is defined twice"))

    def _point(self, dataset: str, field: str, entity: str, place: Place) -> None:
        for one, key in self.metrics.keys.get(entity, ()):
            if one != dataset:
                path = f"semantic_models.{dataset}.entities.{entity}"
                self.draft.relationships.append(RelationshipDraft(dataset, one, [(field, key)], path, place))

    def _extras(self, given: Described, path: str, loc: Loc) -> None:
        for key in sorted(set(given.model_extra or {}) - _QUIET):
            self._note("lost", f"{path}.{key}", "has no counterpart", "没有对应写法", (*loc, key))

    def _identifier(self, given: str, path: str, loc: Loc) -> str:
        name = identifier(given, ())
        if name != given:
            self._note("renamed", path, f"is {name} here; a name has only letters, digits and _", f"在此改名为 {name}；名称只含字母、数字和 _", loc)
        return name

    def _note(self, kind: str, path: str, en: str, zh: str, loc: Loc) -> None:
        self.report.add(kind, path, en, zh, self._source.place(loc))  # type: ignore[arg-type]


def as_semantic_model(model: Model) -> SemanticModel:
    """A model of the newer style, written in the older one."""
    derived = model.derived_semantics
    return SemanticModel.model_validate(
        {
            "name": model.semantic_model.name if model.semantic_model and model.semantic_model.name else model.name,
            "model": f"ref('{model.name}')",
            "description": model.description,
            "defaults": {"agg_time_dimension": model.agg_time_dimension},
            "primary_entity": model.primary_entity,
            "entities": [*(_role(c, c.entity) for c in model.columns if c.entity), *(derived.entities if derived else ())],
            "dimensions": [*(_role(c, c.dimension) for c in model.columns if c.dimension), *(derived.dimensions if derived else ())],
        }
    )


def _role(column: Column, role: ColumnRole) -> dict[str, Any]:
    data = role.model_dump(exclude_none=True)
    validity = data.pop("validity_params", None)
    out: dict[str, Any] = {"name": column.name, "description": column.description, **data, "expr": column.name}
    return out | ({"type_params": {"validity_params": validity}} if validity else {})


def table_of(given: SemanticModel) -> str:
    """The table that `ref('name')`, `source('schema', 'name')` or a node relation names; else the model's own name."""
    relation = given.node_relation or {}
    if relation.get("alias"):
        return ".".join(str(relation[k]) for k in ("database", "schema_name", "alias") if relation.get(k))
    match = _REF.match(given.model or "")
    if match is None:
        return given.model or given.name
    names: Iterable[str] = _QUOTED.findall(match.group(2))
    parts = list(names) or [given.name]
    return ".".join(parts[-2:]) if match.group(1) == "source" else parts[-1]


def _time_of(given: SemanticModel) -> str | None:
    """The default time dimension; without one, the one that all measures name."""
    if given.defaults and given.defaults.agg_time_dimension:
        return given.defaults.agg_time_dimension
    named = {m.agg_time_dimension for m in given.measures}
    return named.pop() if len(named) == 1 else None


def _names(given: Described) -> Names:
    return Names(given.label or "", description=given.description or "")
