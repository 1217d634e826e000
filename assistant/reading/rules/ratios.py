"""What a metric that divides is made of."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate


def ratio_parts(catalog: Catalog, metric: str) -> tuple[Aggregate, Aggregate] | None:
    """The two aggregates of a metric that is one over the other."""
    formula = catalog.formula(metric)
    if not isinstance(formula.tree, exp.Div) or len(formula.aggregates) != 2:
        return None
    return formula.aggregates[0], formula.aggregates[1]


def counted_by(catalog: Catalog, aggregate: Aggregate) -> str | None:
    """The entity whose rows or whose different keys an aggregate counts."""
    if aggregate.counts and aggregate.kind == "additive":
        return next((e for e, spec in catalog.spec.entities.items() if spec.dataset == aggregate.home), None)
    column = aggregate.call.find(exp.Column) if aggregate.kind == "distinct" else None
    return catalog.field(f"{column.table}.{column.name}").spec.entity if column is not None else None
