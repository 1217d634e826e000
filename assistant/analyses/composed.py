"""What a metric is made of that adds up over days, so that the figure of a period follows from its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from assistant.analyses.season import Floats, Series
from assistant.analyses.study import Study
from semantic_layer.catalog import Catalog
from semantic_layer.query import MetricRef, SemanticQuery, TimeRange

_AS_GOOD = 1e-3  # share of the whole by which the sum of the days may differ from it
Combine = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Made:
    """The parts of a metric, and how the figure follows from theirs: an array (parts, days) makes one of days."""

    refs: tuple[MetricRef, ...]
    combine: Combine


def parts_of(ref: MetricRef, catalog: Catalog) -> Made | None:
    """The metric itself where it may add up, the aggregates of a formula over several; None where they are not metrics of their own."""
    if ref.over or ref.per or ref.share:
        return None
    if ref.metric is None:
        return Made((ref,), _only) if ref.agg in ("sum", "count", "count_distinct") else None
    formula = catalog.formula(ref.metric)
    if formula.kind in ("additive", "distinct"):
        return Made((ref,), _only)
    names = [catalog.aggregate_name(a) for a in formula.aggregates]
    if not all(names) or not all(a.kind in ("additive", "distinct") for a in formula.aggregates) or not _is_arithmetic(formula.tree):
        return None
    return Made(tuple(MetricRef(metric=n, where=ref.where) for n in names), lambda parts: _value(formula.tree, parts))


def _only(parts: Floats) -> Floats:
    return np.asarray(parts[0])


def adds_over_days(ref: MetricRef, series: Series, study: Study) -> bool:
    """Whether the days of a metric make the whole: sums do by nature, distinct counts where nothing comes on two days (orders), balances never.

    Raises QueryError, GuardError, EngineError.
    """
    catalog = study.access.catalog
    if any(catalog.dataset(home).snapshot for home in _homes(ref, catalog)):
        return False
    if _sums(ref, catalog):
        return True
    whole = study.rows(_whole(study.query, ref, series.first, series.end)).rows
    total = float(whole[0][-1] or 0) if whole else 0.0
    return total > 0 and abs(float(np.nansum(series.values)) - total) <= _AS_GOOD * total


def _homes(ref: MetricRef, catalog: Catalog) -> tuple[str, ...]:
    return catalog.formula(ref.metric).homes if ref.metric else ((ref.field or "").split(".")[0],)


def _sums(ref: MetricRef, catalog: Catalog) -> bool:
    return catalog.formula(ref.metric).kind == "additive" if ref.metric else ref.agg in ("sum", "count")


def _whole(query: SemanticQuery, ref: MetricRef, first: dt.date, end: dt.date) -> SemanticQuery:
    field = query.time.field if query.time else None
    return SemanticQuery(metrics=(ref,), where=query.where, time=TimeRange(start=first, end=end, field=field))


_ARITHMETIC = (exp.Placeholder, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Paren, exp.Neg, exp.Literal, exp.Nullif)


def _is_arithmetic(tree: exp.Expr) -> bool:
    return all(isinstance(node, _ARITHMETIC) for node in tree.walk())


def _value(tree: exp.Expr, parts: Floats) -> Floats:
    """A formula of the catalog over numbers in the place of its aggregates; division by nothing is unknown."""
    match tree:
        case exp.Placeholder():
            return np.asarray(parts[int(tree.name)])
        case exp.Literal():
            return np.full(parts.shape[1], float(tree.name))
        case exp.Paren() | exp.Nullif():
            return _value(tree.this, parts)
        case exp.Neg():
            return np.asarray(-_value(tree.this, parts))
    left, right = _value(tree.this, parts), _value(tree.expression, parts)
    match tree:
        case exp.Add():
            return np.asarray(left + right)
        case exp.Sub():
            return np.asarray(left - right)
        case exp.Mul():
            return np.asarray(left * right)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(right != 0, left / right, np.nan))
