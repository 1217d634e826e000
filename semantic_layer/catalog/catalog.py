"""The catalog at run time: names resolved, metrics parsed, join paths found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate, Formula, forbidden, parse_sql, read_formula
from semantic_layer.catalog.graph import JoinGraph, Path
from semantic_layer.catalog.models import (
    CatalogSpec,
    DatasetSpec,
    EntitySpec,
    FieldSpec,
    MetricSpec,
    SegmentSpec,
)
from semantic_layer.errors import CatalogError, Message, UnknownNameError, did_you_mean


@dataclass(frozen=True)
class FieldRef:
    """A field of a dataset."""

    dataset: str
    name: str
    spec: FieldSpec

    def __str__(self) -> str:
        return f"{self.dataset}.{self.name}"


T = TypeVar("T")


class Catalog:
    """A loaded catalog. Immutable, safe to use from many threads; metrics are parsed when first asked for."""

    def __init__(self, spec: CatalogSpec) -> None:
        self.spec = spec
        self.graph = JoinGraph(spec.relationships)
        self._formulas: dict[str, Formula] = {}
        self._expressions: dict[tuple[str, str], exp.Expr] = {}
        self._entity_fields: dict[tuple[str, str], str] = {}
        for dataset, d in spec.datasets.items():
            for field, f in d.fields.items():
                if f.entity:
                    self._entity_fields.setdefault((f.entity, dataset), field)

    @cached_property
    def hash(self) -> str:
        """Changes with any change of the catalog's content."""
        return hashlib.sha256(self.spec.model_dump_json().encode()).hexdigest()[:16]

    def dataset(self, name: str) -> DatasetSpec:
        """Raises UnknownNameError."""
        return _get(self.spec.datasets, name, "dataset", "数据集")

    def metric(self, name: str) -> MetricSpec:
        """Raises UnknownNameError."""
        return _get(self.spec.metrics, name, "metric", "指标")

    def entity(self, name: str) -> EntitySpec:
        """Raises UnknownNameError."""
        return _get(self.spec.entities, name, "entity", "实体")

    def segment(self, name: str) -> SegmentSpec:
        """Raises UnknownNameError."""
        return _get(self.spec.segments, name, "segment", "细分")

    def field(self, ref: str) -> FieldRef:
        """The field `dataset.field`. Raises UnknownNameError with the nearest names."""
        dataset, _, name = ref.partition(".")
        if not name:
            known = [*self.spec.entities, *self._field_names()]
            raise UnknownNameError(
                f"There is no field or entity {ref}.{did_you_mean(ref, known)}",
                f"没有名为 {ref} 的字段或实体。{did_you_mean(ref, known, 'zh')}",
                subject=ref,
            )
        if dataset not in self.spec.datasets:
            near = did_you_mean(ref, self._field_names()), did_you_mean(ref, self._field_names(), "zh")
            raise UnknownNameError(
                f"There is no field {ref}: no dataset is named {dataset}.{near[0]}",
                f"没有字段 {ref}：没有名为 {dataset} 的数据集。{near[1]}",
                subject=ref,
            )
        spec = self.dataset(dataset)
        if name not in spec.fields:
            hint = (did_you_mean(name, spec.fields), did_you_mean(name, spec.fields, "zh"))
            raise UnknownNameError(
                f"Dataset {dataset} has no field {name}.{hint[0]}", f"数据集 {dataset} 没有字段 {name}。{hint[1]}", subject=ref
            )
        return FieldRef(dataset, name, spec.fields[name])

    def _field_names(self) -> list[str]:
        return [f"{d}.{f}" for d, spec in self.spec.datasets.items() for f in spec.fields]

    def entity_field(self, entity: str, dataset: str) -> str | None:
        """The field of `dataset` that holds the key of `entity`."""
        return self._entity_fields.get((entity, dataset))

    def entity_of(self, ref: FieldRef) -> str | None:
        """The entity whose key this field is."""
        return ref.spec.entity

    def path(self, start: str, goal: str) -> Path | None:
        """The proven many-to-one path, None if there is none. Raises AmbiguousPathError."""
        return self.graph.path(start, goal)

    def expression(self, ref: FieldRef) -> exp.Expr:
        """The field's own SQL over columns of its dataset, not to be changed by the caller. Raises CatalogError."""
        key = (ref.dataset, ref.name)
        if key not in self._expressions:
            text = ref.spec.expression
            tree = parse_sql(text, Message(f"field {ref}: ", f"字段 {ref}：")) if text else exp.column(ref.name)
            if held := forbidden(tree):
                raise CatalogError(
                    f"field {ref}: the expression {text!r} holds {held.en}; write one expression over the columns of a row",
                    f"字段 {ref}：表达式 {text!r} 含有{held.zh}；请只写一行之内各列的表达式",
                )
            self._expressions[key] = tree
        return self._expressions[key]

    def formula(self, name: str) -> Formula:
        """The metric parsed into its aggregates. Raises UnknownNameError, CatalogError (also for cycles)."""
        return self._formula(name, ())

    def _formula(self, name: str, above: tuple[str, ...]) -> Formula:
        """`above` are the metrics on the way to this one."""
        if name not in self._formulas:
            spec = self.metric(name)
            if name in above:
                cycle = " -> ".join([*above[above.index(name) :], name])
                raise CatalogError(f"metric {name} is defined by itself: {cycle}", f"指标 {name} 的定义用到了自身：{cycle}")

            def other(part: str) -> Formula | None:
                return self._formula(part, (*above, name)) if part in self.spec.metrics else None

            formula = read_formula(name, spec.expression, other, self.spec.metrics, self._home)
            self._formulas[name] = formula.filtered(spec.filter) if spec.filter else formula
        return self._formulas[name]

    @cached_property
    def _aggregate_names(self) -> dict[Aggregate, str]:
        named: dict[Aggregate, str] = {}
        for name in self.spec.metrics:
            formula = self.formula(name)
            if isinstance(formula.tree, exp.Placeholder):
                named.setdefault(formula.aggregates[0], name)
        return named

    def aggregate_name(self, aggregate: Aggregate) -> str | None:
        """The metric that is just this aggregate."""
        return self._aggregate_names.get(aggregate)

    def _home(self, datasets: set[str], what: Message) -> str:
        for name in sorted(datasets):
            self.dataset(name)
        homes = [d for d in sorted(datasets) if all(self.path(d, other) is not None for other in datasets)]
        if len(homes) != 1:
            names = ", ".join(sorted(datasets))
            said = what + Message(
                f"the datasets {names} meet in one aggregate, but none of them points many-to-one to the others; "
                "aggregate each on its own and combine the results",
                f"数据集 {names} 出现在同一个聚合中，但没有一个以多对一指向其他数据集；请分别聚合后再组合",
            )
            raise CatalogError(said.en, said.zh)
        return homes[0]

    @cached_property
    def default_metric(self) -> str | None:
        """The metric of rankings and comparisons that name none."""
        return next((n for n, m in self.spec.metrics.items() if m.default), None)


def _get(known: dict[str, T], name: str, en: str, zh: str) -> T:
    if name not in known:
        raise UnknownNameError(
            f"There is no {en} {name}.{did_you_mean(name, known)}",
            f"没有名为 {name} 的{zh}。{did_you_mean(name, known, 'zh')}",
            subject=name,
        )
    return known[name]
