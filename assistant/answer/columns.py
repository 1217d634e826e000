"""What the columns of an answer are: their names for people, how their numbers are written, whether they add up."""

from __future__ import annotations

from typing import Any

from assistant.answer.model import AnswerColumn
from assistant.answer.say import Speaker
from semantic_layer.catalog import Catalog
from semantic_layer.compiler import OutputColumn
from semantic_layer.query import MetricRef, SemanticQuery
from semantic_layer.shops.access import Rows


def columns_of(speaker: Speaker, query: SemanticQuery, result: Rows) -> list[AnswerColumn]:
    """The columns of the rows of a query."""
    types = {c.name: c.type for c in result.columns}
    steps = steps_of(speaker.catalog, query)
    out = []
    for i, column in enumerate(result.compiled.columns):
        made = _column(speaker, query, column, types[column.name], {row[i] for row in result.rows})
        out.append(made.model_copy(update={"step": steps.get(column.source) if column.role == "metric" else None}))
    return out


def steps_of(catalog: Catalog, query: SemanticQuery) -> dict[str, int]:
    """The place of each metric in the funnel that all of them are steps of, by its name in the query; empty where they are not."""
    found = {m.name: _before(catalog, m.metric) for m in query.metrics if m.metric and not (m.per or m.over or m.share)}
    first = {before[-1] if before else next(m.metric for m in query.metrics if m.name == name) for name, before in found.items()}
    places = {name: len(before) + 1 for name, before in found.items()}
    whole = len(found) == len(query.metrics) > 1 and len(first) == 1 and len(set(places.values())) == len(places)
    return places if whole else {}


def _before(catalog: Catalog, metric: str) -> list[str]:
    """The steps before a metric, the nearest first."""
    found: list[str] = []
    step = catalog.metric(metric).follows
    while step is not None and step in catalog.spec.metrics and step not in found:
        found.append(step)
        step = catalog.metric(step).follows
    return found


def metric_of(query: SemanticQuery, column: OutputColumn) -> MetricRef | None:
    """The metric that fills a column."""
    return next((m for m in query.metrics if m.name == column.source), None)


def field_of(query: SemanticQuery, column: OutputColumn) -> str | None:
    """The field whose values stand in a column, where it is one that groups."""
    if column.role not in ("dimension", "entity"):
        return None
    group = next((g for g in query.group_by if g.name == column.source), None)
    return group.field if group and group.field and "." in group.field and not group.edges else None


def format_of(speaker: Speaker, query: SemanticQuery, column: OutputColumn) -> tuple[str, str]:
    """(format, unit) of a column."""
    ref = metric_of(query, column)
    if column.role in ("growth", "share") or (ref and ref.share):
        return "percent", ""
    if ref is None or ref.metric is None:
        return "number", ""
    spec = speaker.catalog.metric(ref.metric)
    fmt = "number" if spec.format == "integer" and (ref.per or ref.agg) else spec.format
    return fmt, spec.unit


def adds_up(speaker: Speaker, query: SemanticQuery, column: OutputColumn) -> bool:
    """Whether the values of several rows make that of all of them when added up: no averages, no different customers, no balances."""
    ref = metric_of(query, column)
    if ref is None or ref.per or ref.share or ref.over or column.role not in ("metric", "previous", "share"):
        return False
    if column.role == "share" and query.share and query.share.within:
        return False
    if ref.metric is None:
        return ref.agg in ("sum", "count")
    formula = speaker.catalog.formula(ref.metric)
    return formula.kind == "additive" and not any(speaker.catalog.dataset(home).snapshot for home in formula.homes)


def _column(speaker: Speaker, query: SemanticQuery, column: OutputColumn, kind: str, values: set[Any]) -> AnswerColumn:
    label = speaker.column(column.source, query)
    if column.role in ("previous", "difference", "growth", "share", "running"):
        rolling = column.role == "running" and query.running and query.running.kind == "rolling"
        label = speaker.word("label_rolling" if rolling else f"label_{column.role}", metric=label)
    fmt, unit = format_of(speaker, query, column) if column.role not in ("dimension", "entity", "time") else ("", "")
    field = field_of(query, column)
    said = {v: speaker.value(field, v) for v in values if isinstance(v, str)} if field else {}
    names = {v: name for v, name in said.items() if name != v}
    adds = adds_up(speaker, query, column)
    place = (speaker.catalog.field(field).spec.place or "") if field else ""
    return AnswerColumn(
        name=column.name, label=label, type=kind, unit=unit, format=fmt, role=column.role, grain=column.grain, names=names, adds=adds, place=place
    )
