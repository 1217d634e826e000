"""Runs all rules."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules import (
    columns,
    conditions,
    cycles,
    datasets,
    metrics,
    names,
    relationships,
    values,
)
from semantic_layer.catalog.load import read_catalog
from semantic_layer.catalog.source import Problem, Source

# What breaks one of these cannot be asked for, or stops every question; found without reading rows.
BREAKING: tuple[Rule, ...] = (
    columns.UnknownTable(),
    columns.UnknownColumn(),
    columns.UnreadableExpression(),
    columns.UnknownExpressionColumn(),
    columns.RefusedExpression(),
    datasets.UnknownPrimaryKey(),
    datasets.UnknownTimeField(),
    datasets.UndatedTimeField(),
    datasets.UnknownSnapshotField(),
    datasets.UndeclaredEntity(),
    datasets.EntityWithoutField(),
    datasets.UnknownEntityDataset(),
    datasets.UnknownHierarchyField(),
    relationships.UnknownRelationshipField(),
    relationships.UnequalKeys(),
    metrics.UnreadableMetric(),
    metrics.UnknownMetric(),
    metrics.UnknownMetricField(),
    metrics.BareColumn(),
    metrics.NestedAggregate(),
    metrics.NoAggregate(),
    metrics.MixedDatasets(),
    cycles.CircularMetric(),
    cycles.CircularSegment(),
    conditions.UnknownConditionField(),
    conditions.UnknownConditionEntity(),
    conditions.UnknownConditionMetric(),
    conditions.UnknownConditionDataset(),
    conditions.UnknownConditionSegment(),
    conditions.UnreachableCondition(),
)

RULES: tuple[Rule, ...] = (
    *BREAKING,
    columns.UnfitType(),
    datasets.RepeatedPrimaryKey(),
    relationships.RepeatedKey(),
    relationships.AmbiguousJoin(),
    metrics.MetricWithoutLabel(),
    metrics.SecondDefault(),
    names.MetricNameTwice(),
    names.DimensionNameTwice(),
    names.SegmentNameTwice(),
    names.MetricNameElsewhere(),
    names.ValueNameTwice(),
    names.EventNameTwice(),
    values.UnknownValue(),
    values.UnknownOrderValue(),
)


def check_catalog(folder: Path, inspector: Inspector | None = None) -> list[Problem]:
    """Every mistake of the catalog in `folder`, sorted by place.

    Without an inspector the rules that need the database find nothing. A mistake in the text leaves out as
    little as possible, and all rules look at the rest. Raises CatalogError when there is no catalog.
    """
    _, source = read_catalog(folder)
    model = Model(source, inspector)
    return sorted({*source.problems, *(problem for rule in RULES for problem in rule.check(model))})


def find_breaking(source: Source, inspector: Inspector) -> list[Problem]:
    """The mistakes of a catalog read without problems that leave it unable to answer; sorted by place."""
    model = Model(source, inspector)
    return sorted({problem for rule in BREAKING for problem in rule.check(model)})
