"""Metrics of another tool: every column with its dataset, and only such as our compiler can compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.check.parse import parts
from semantic_layer.catalog.exchange.columns import add_column
from semantic_layer.catalog.exchange.draft import MetricDraft, ModelDraft
from semantic_layer.catalog.exchange.expressions import UnreadableError
from semantic_layer.catalog.exchange.names import names_a_group
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.expressions import Formula
from semantic_layer.errors import WenshuError, did_you_mean

Columns = Mapping[str, dict[str, str]]


def qualify_metrics(draft: ModelDraft, columns: Columns, report: Report) -> None:
    """Writes every column as dataset.field; a metric with a column that nobody knows is left out."""
    for metric in list(draft.metrics.values()):
        try:
            _qualify(draft, metric, columns, report)
        except UnreadableError as error:
            del draft.metrics[metric.name]
            report.add("lost", metric.path, f"left out: {error.en}", f"未导入：{error.zh}", metric.place)


def _qualify(draft: ModelDraft, metric: MetricDraft, columns: Columns, report: Report) -> None:
    found = parts(metric.tree)
    for column in found.outside:
        _other_metric(draft, column)
    for aggregate in found.aggregates:
        for column in list(aggregate.find_all(exp.Column)):
            _own_column(draft, metric, column, columns, report)
        if not aggregate.find(exp.Column):
            _rows(draft, aggregate, metric, report)


def _other_metric(draft: ModelDraft, column: exp.Column) -> None:
    if column.table:
        raise UnreadableError(f"{column.table}.{column.name} stands outside an aggregate", f"{column.table}.{column.name} 在聚合之外")
    named = (m.name for m in draft.metrics.values() if m.name.casefold() == column.name.casefold() or m.path == f"metrics.{column.name}")
    same = next(named, None)
    if same is None:
        raise UnreadableError(
            f"there is no metric {column.name}.{did_you_mean(column.name, draft.metrics)}",
            f"没有指标 {column.name}。{did_you_mean(column.name, draft.metrics, 'zh')}",
        )
    column.set("this", exp.to_identifier(same))


def _own_column(draft: ModelDraft, metric: MetricDraft, column: exp.Column, columns: Columns, report: Report) -> None:
    if isinstance(column.this, exp.Star):
        column.set("table", exp.to_identifier(_dataset(draft, column.table)))
        return
    if column.table:
        dataset = _dataset(draft, column.table)
    else:
        holders = [d.name for d in draft.datasets.values() if d.field_of(column.name)]
        if len(holders) != 1:
            known = ", ".join(holders) or "none"
            raise UnreadableError(
                f"{column.name} names no dataset; datasets that have it: {known}", f"{column.name} 未写数据集；含有它的数据集：{known}"
            )
        dataset = holders[0]
        full = f"{dataset}.{column.name}"
        report.add("guessed", metric.path, f"{column.name} is taken to be {full}", f"{column.name} 按 {full} 理解", metric.place)
    field = add_column(draft.datasets[dataset], column.name, columns[dataset], metric.path, report)
    if field is None:
        known_fields = [*draft.datasets[dataset].fields, *columns[dataset]]
        raise UnreadableError(
            f"dataset {dataset} has no field {column.name}.{did_you_mean(column.name, known_fields)}",
            f"数据集 {dataset} 没有字段 {column.name}。{did_you_mean(column.name, known_fields, 'zh')}",
        )
    column.replace(exp.column(field, table=dataset))


def _dataset(draft: ModelDraft, name: str) -> str:
    for known in draft.datasets:
        if known.casefold() == name.casefold():
            return known
    raise UnreadableError(
        f"there is no dataset {name}.{did_you_mean(name, draft.datasets)}", f"没有数据集 {name}。{did_you_mean(name, draft.datasets, 'zh')}"
    )


def _rows(draft: ModelDraft, aggregate: exp.AggFunc, metric: MetricDraft, report: Report) -> None:
    """COUNT(*) counts the rows of the only dataset there is."""
    if not isinstance(aggregate, exp.Count) or len(draft.datasets) != 1:
        shown = aggregate.sql()
        raise UnreadableError(f"{shown} does not say of which dataset", f"{shown} 没有说明是哪个数据集")
    aggregate.set("this", exp.Column(this=exp.Star(), table=exp.to_identifier(next(iter(draft.datasets)))))


def usable_metrics(draft: ModelDraft, build: Callable[[], Catalog], report: Report) -> None:
    """Leaves out metrics that cannot be computed, and further metrics of one formula; says what spans several datasets."""
    while failed := dict(_failing(build(), draft)):
        for name, (en, zh) in failed.items():
            report.add("lost", draft.metrics[name].path, f"left out: {en}", f"未导入：{zh}", draft.metrics[name].place)
            del draft.metrics[name]
    if draft.restored:
        return
    catalog = build()
    first: dict[Formula, MetricDraft] = {}
    for metric in list(draft.metrics.values()):
        formula = catalog.formula(metric.name)
        twin = first.setdefault(formula, metric)
        if twin is not metric and not _mentioned(draft, metric.name):
            _merge(draft, metric, twin, report)
            continue
        if all(a.counts for a in formula.aggregates) and formula.kind in ("additive", "distinct"):
            metric.spec.setdefault("format", "integer")
        if len(formula.homes) > 1:
            homes = ", ".join(formula.homes)
            report.add(
                "guessed", metric.path, f"each aggregate is taken over all rows of its own dataset ({homes}), and only what all reach can split it",
                f"各聚合分别在自己的数据集（{homes}）的全部行上计算；只能按它们共同可达的维度拆分", metric.place,
            )  # fmt: skip


def _failing(catalog: Catalog, draft: ModelDraft) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in draft.metrics:
        try:
            catalog.formula(name)
        except WenshuError as error:
            yield name, (error.en, error.zh)


def _mentioned(draft: ModelDraft, name: str) -> bool:
    return any(c.name == name and not c.table for m in draft.metrics.values() for c in m.tree.find_all(exp.Column))


def _merge(draft: ModelDraft, metric: MetricDraft, twin: MetricDraft, report: Report) -> None:
    """Its names go to the twin, but for those that name a grouping, which is for questions to say."""
    del draft.metrics[metric.name]
    names = [n for n in (metric.names.label, *metric.names.synonyms) if n]
    kept = [n for n in names if not names_a_group(draft, n)]
    twin.names.synonyms += [n for n in kept if n not in twin.names.synonyms]
    dropped = [n for n in names if n not in kept]
    report.add(
        "lost", metric.path, f"left out: it has the formula of {twin.name}" + (f"; dropped with it: {', '.join(dropped)}" if dropped else ""),
        f"未导入：公式与 {twin.name} 相同" + (f"；一并去掉的名称：{'、'.join(dropped)}" if dropped else ""), metric.place,
    )  # fmt: skip
