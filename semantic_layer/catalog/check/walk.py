"""Walks through the conditions of metrics and segments, down to the last one inside another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.source import Loc
from semantic_layer.query import (
    FORWARD_GRAINS,
    AllOf,
    AnyOf,
    Condition,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    FieldCondition,
    MetricRef,
    SegmentCondition,
    TimeRange,
)

Kind = Literal["fields", "entities", "metrics", "datasets", "segments"]


@dataclass(frozen=True)
class Step:
    """A condition, where it stands, whose it is, and the datasets whose rows it tests (none: not known).

    `segment` is the one that it came through; it then stands where that is named.
    """

    loc: Loc
    owner: str
    condition: Condition
    homes: frozenset[str]
    segment: str = ""


def steps(model: Model, through_segments: bool = False) -> Iterator[Step]:
    """Every condition of the catalog; with `through_segments` also those of the segments that a condition names."""
    for found in _written(model):
        yield found
        if through_segments and isinstance(found.condition, SegmentCondition):
            yield from _through(model, found, ())


def _written(model: Model) -> Iterator[Step]:
    for metric, m in model.spec.metrics.items():
        homes = frozenset(model.homes(metric))
        yield from _all(model, ("metrics", metric, "filter"), f"metric {metric}", m.filter, homes)
        if m.expect:
            yield from _all(model, ("metrics", metric, "expect", "where"), f"metric {metric}", m.expect.where, homes)
    for segment, s in model.spec.segments.items():
        yield from _all(model, ("segments", segment, "where"), f"segment {segment}", s.where, frozenset())


def _through(model: Model, step: Step, inside: tuple[str, ...]) -> Iterator[Step]:
    """The conditions of a segment as the rows meet it that name it. What it says of other rows is checked where it is defined."""
    assert isinstance(step.condition, SegmentCondition)
    name = step.condition.segment
    if name in inside or name not in model.spec.segments or not step.homes:
        return
    todo = [*model.spec.segments[name].where]
    while todo:
        condition = todo.pop(0)
        here = Step(step.loc, step.owner, condition, step.homes, name)
        if isinstance(condition, SegmentCondition):
            yield from _through(model, here, (*inside, name))
        elif isinstance(condition, (AnyOf, AllOf)):
            todo += condition.any_of if isinstance(condition, AnyOf) else condition.all_of
        else:
            yield here


def _all(model: Model, loc: Loc, owner: str, conditions: tuple[Condition, ...], homes: frozenset[str]) -> Iterator[Step]:
    for i, condition in enumerate(conditions):
        here = (*loc, i)
        yield Step(here, owner, condition, homes)
        for key, inner, inner_homes in _inside(model, condition, homes):
            yield from _all(model, (*here, *key), owner, inner, inner_homes)


def _inside(model: Model, condition: Condition, homes: frozenset[str]) -> Iterator[tuple[Loc, tuple[Condition, ...], frozenset[str]]]:
    """Key, conditions and tested datasets of each list of conditions inside a condition."""
    if isinstance(condition, AnyOf):
        yield ("any_of",), condition.any_of, homes
    elif isinstance(condition, AllOf):
        yield ("all_of",), condition.all_of, homes
    elif isinstance(condition, EntityCondition):
        own = measured(model, condition.metric)
        yield ("where",), condition.where, own
        yield ("metric", "where"), condition.metric.where, own
    elif isinstance(condition, ExistsCondition):
        yield ("where",), condition.where, frozenset({condition.exists})
    elif isinstance(condition, EventCondition):
        yield ("where",), condition.where, frozenset({condition.dataset})


def measured(model: Model, ref: MetricRef) -> frozenset[str]:
    """The datasets that a metric of a condition is taken from."""
    if ref.metric:
        return frozenset(model.homes(ref.metric))
    dataset, _, field = (ref.field or "").partition(".")
    return frozenset({dataset}) if field else frozenset()


@dataclass(frozen=True)
class Mention:
    """A name in a condition: where it stands, who uses it, and what it is a name of."""

    loc: Loc
    owner: str
    kind: Kind
    name: str


def mentions(model: Model) -> Iterator[Mention]:
    """Every name in every condition."""
    for step in steps(model):
        for key, kind, name in _names(step.condition):
            yield Mention((*step.loc, *key), step.owner, kind, name)


def _names(condition: Condition) -> Iterator[tuple[Loc, Kind, str]]:
    if isinstance(condition, FieldCondition):
        yield ("field",), "fields", condition.field
    elif isinstance(condition, SegmentCondition):
        yield ("segment",), "segments", condition.segment
    elif isinstance(condition, (EntityCondition, ExistsCondition, EventCondition)):
        yield ("entity",), "entities", condition.entity
        yield from _time_names(condition.time)
        if isinstance(condition, EntityCondition):
            yield from _metric_names(condition.metric)
        elif isinstance(condition, ExistsCondition):
            yield ("exists",), "datasets", condition.exists
        else:
            yield ("dataset",), "datasets", condition.dataset


def _time_names(time: TimeRange | None) -> Iterator[tuple[Loc, Kind, str]]:
    if time and time.field:
        yield ("time", "field"), "fields", time.field


def _metric_names(ref: MetricRef) -> Iterator[tuple[Loc, Kind, str]]:
    if ref.metric:
        yield ("metric", "metric"), "metrics", ref.metric
    if ref.field:
        yield ("metric", "field"), "fields", ref.field
    if ref.over and ref.over not in FORWARD_GRAINS:
        yield ("metric", "over"), "entities", ref.over
    if ref.per and ref.per not in FORWARD_GRAINS:
        yield ("metric", "per"), "fields", ref.per
