"""Runs all rules."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.catalog.check.inspector import Ask, Inspector
from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules import (
    columns,
    conditions,
    cycles,
    datasets,
    expectations,
    gate,
    metrics,
    names,
    relationships,
    terms,
    values,
)
from semantic_layer.catalog.load import read_catalog
from semantic_layer.catalog.source import Problem, Source

# What breaks one of these cannot be asked for, or stops every question; found without reading rows.
BREAKING: tuple[Rule, ...] = (
    columns.UnknownTable(),
    columns.UnreadableTable(),
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
    datasets.UnknownShownBy(),
    datasets.UnknownHierarchyField(),
    relationships.UnknownRelationshipField(),
    relationships.UnequalKeys(),
    metrics.UnreadableMetric(),
    metrics.UnknownMetric(),
    metrics.UnknownMetricField(),
    metrics.UnknownStep(),
    metrics.BareColumn(),
    metrics.NestedAggregate(),
    metrics.NoAggregate(),
    metrics.MixedDatasets(),
    metrics.LargeMetric(),
    gate.ForbiddenFunction(),
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
    columns.FailingExpression(),
    columns.UnfitType(),
    datasets.NoDataset(),
    datasets.RepeatedPrimaryKey(),
    datasets.TimeWithoutValues(),
    datasets.UnknownLastsField(),
    datasets.StrayEntityKey(),
    datasets.RepeatedHierarchyField(),
    relationships.UnlikeKeys(),
    relationships.RepeatedKey(),
    relationships.UnmatchedKeys(),
    relationships.AmbiguousJoin(),
    metrics.RefusedMetric(),
    metrics.MetricWithoutLabel(),
    metrics.SecondDefault(),
    metrics.OddFormat(),
    cycles.CircularRelationship(),
    cycles.CircularHierarchy(),
    conditions.UnfitConditionValue(),
    conditions.UnknownConditionValue(),
    terms.UnknownTermMeaning(),
    terms.EventEndsEarly(),
    terms.UnknownTimeZone(),
    names.MetricNameTwice(),
    names.DimensionNameTwice(),
    names.SegmentNameTwice(),
    names.MetricNameElsewhere(),
    names.SegmentNameElsewhere(),
    names.TermNameTwice(),
    names.ValueNameTwice(),
    names.ValueNameElsewhere(),
    names.EventNameTwice(),
    names.LabelInOneLanguage(),
    values.UnknownValue(),
    values.UnknownOrderValue(),
    columns.UnansweredTable(),  # what the database did not answer to the rules above
    expectations.UnmetExpectation(),
    expectations.UnansweredExpectation(),
)


def check_catalog(folder: Path, inspector: Inspector | None = None, ask: Ask | None = None) -> list[Problem]:
    """Every mistake of the catalog in `folder`, sorted by place.

    Without an inspector the rules that need the database find nothing, without `ask` those that need answers. A
    mistake in the text leaves out as little as possible, and all rules look at the rest. Raises CatalogError when
    there is no catalog.
    """
    _, source = read_catalog(folder)
    model = Model(source, inspector, ask)
    found = {*source.problems, *(problem for rule in RULES for problem in rule.check(model))}
    unanswered = {p for p in found if p.rule == expectations.UnansweredExpectation.__name__}
    explained = any(p.severity == "error" for p in found - unanswered)
    return sorted(found - unanswered if explained else found)


def find_breaking(source: Source, inspector: Inspector) -> list[Problem]:
    """The mistakes of a catalog read without problems that leave it unable to answer; sorted by place."""
    model = Model(source, inspector)
    return sorted({problem for rule in BREAKING for problem in rule.check(model)})
