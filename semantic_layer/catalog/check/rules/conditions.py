"""Names in the conditions of metrics and segments, however deep, and whether the rows they test reach them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.walk import Kind, Step, measured, mentions, steps
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.query import TIME, EntityCondition, EventCondition, ExistsCondition, FieldCondition


class _UnknownName(Rule):
    kind: ClassVar[Kind]

    def check(self, model: Model) -> Iterator[Problem]:
        for mention in mentions(model):
            if mention.kind == self.kind:
                is_field = self.kind == "fields"
                wrong = model.missing_field(mention.name) if is_field else model.missing(self.kind, mention.name)
                if wrong:
                    yield self.at(model, mention.loc, f"{mention.owner}: {wrong}")


class UnknownConditionField(_UnknownName):
    """A condition names `dataset.field`, an entity or time."""

    kind = "fields"


class UnknownConditionEntity(_UnknownName):
    """A condition on an entity names one of `entities`."""

    kind = "entities"


class UnknownConditionMetric(_UnknownName):
    """A condition on an entity's metric names one of `metrics`."""

    kind = "metrics"


class UnknownConditionDataset(_UnknownName):
    """A condition on rows elsewhere (exists, first or last event) names one of `datasets`."""

    kind = "datasets"


class UnknownConditionSegment(_UnknownName):
    """A segment condition names one of `segments`."""

    kind = "segments"


class UnreachableCondition(Rule):
    """The rows a condition tests hold, or point many-to-one to, the field or entity it names."""

    def check(self, model: Model) -> Iterator[Problem]:
        for step in steps(model):
            yield from self._own(model, step)
            yield from self._other(model, step)

    def _own(self, model: Model, step: Step) -> Iterator[Problem]:
        """The condition's field or entity, from the rows it tests."""
        condition = step.condition
        if isinstance(condition, FieldCondition):
            key, name = "field", condition.field
        elif isinstance(condition, (EntityCondition, ExistsCondition, EventCondition)):
            key, name = "entity", condition.entity
        else:
            return
        yield from self._from(model, step, sorted(step.homes), name, (key,))

    def _other(self, model: Model, step: Step) -> Iterator[Problem]:
        """The entity, from the rows that say something about it."""
        condition = step.condition
        if isinstance(condition, ExistsCondition):
            yield from self._from(model, step, [condition.exists], condition.entity, ("exists",))
        elif isinstance(condition, EventCondition):
            yield from self._from(model, step, [condition.dataset], condition.entity, ("dataset",))
            if not (condition.time and condition.time.field):
                yield from self._from(model, step, [condition.dataset], TIME, ("dataset",))
        elif isinstance(condition, EntityCondition):
            homes = sorted(measured(model, condition.metric))
            yield from self._from(model, step, homes, condition.entity, ("metric", "metric"))

    def _from(self, model: Model, step: Step, homes: list[str], name: str, key: Loc) -> Iterator[Problem]:
        for home in homes:
            if home in model.spec.datasets and not _reaches(model, home, name):
                wrong = (
                    f"dataset {home} has no time; name one of its date fields under time"
                    if name == TIME
                    else f"dataset {home} neither holds {name} nor points many-to-one to it; "
                    "declare the relationship, or choose another field or dataset"
                )
                yield self.at(model, (*step.loc, *key), f"{step.owner}: {wrong}")


def _reaches(model: Model, home: str, name: str) -> bool:
    """Whether rows of `home` know `name`. Names and parts that are themselves in error count as reached."""
    catalog = model.catalog
    if name == TIME:
        return model.spec.datasets[home].time is not None or model.left_out(("datasets", home), "time")
    if model.relationships_left_out or model.fields_left_out:
        return True
    dataset, _, field = name.partition(".")
    if not field:
        holders = [d for d in model.spec.datasets if catalog.entity_field(name, d)]
        return not holders or any(model.path(home, d) is not None for d in holders)
    spec = model.spec.datasets.get(dataset)
    if spec is None or field not in spec.fields:
        return True
    entity = spec.fields[field].entity
    return bool(entity and catalog.entity_field(entity, home)) or model.path(home, dataset) is not None
