"""Metrics of MetricFlow as expressions over aggregates; what has no counterpart is named and left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog.exchange.draft import DatasetDraft, MetricDraft, ModelDraft, Names, identifier
from semantic_layer.catalog.exchange.expressions import UnreadableError, conditional, read_expression
from semantic_layer.catalog.exchange.metricflow_document import Input, Metric, NonAdditive
from semantic_layer.catalog.exchange.metricflow_filters import read_filters
from semantic_layer.catalog.exchange.metricflow_measures import HOME, MeasureDraft
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.source import Place
from semantic_layer.errors import did_you_mean

_METRIC_TIME = "metric_time"


@dataclass(frozen=True)
class _Given:
    metric: Metric
    path: str
    place: Place


class MetricReader:
    """Collects the metrics of all files, then writes each as an expression.

    `keys`: entity -> (dataset, key field); `primaries`: dataset -> the entity its rows are.
    """

    def __init__(self, draft: ModelDraft, measures: dict[str, MeasureDraft], report: Report) -> None:
        self.keys: dict[str, list[tuple[str, str]]] = {}
        self.primaries: dict[str, str] = {}
        self._draft = draft
        self._measures = measures
        self._report = report
        self._given: dict[str, _Given] = {}
        self._open: list[str] = []

    def add(self, metric: Metric, path: str, place: Place) -> bool:
        """Takes a metric; False if there is one of its name."""
        if metric.name in self._given:
            return False
        self._given[metric.name] = _Given(metric, path, place)
        return True

    def finish(self) -> None:
        """Writes all metrics into the draft."""
        self._snapshots()
        for name, given in self._given.items():
            own = identifier(name, self._draft.metrics)
            names = Names(given.metric.label or "", description=given.metric.description or "")
            try:
                self._draft.metrics[own] = MetricDraft(own, self._tree(name), given.path, names, given.place)
            except UnreadableError as error:
                self._lost(given.path, error.en, error.zh, given.place)
        for measure in self._measures.values():
            if not measure.used:
                self._lost(measure.path, "no metric uses the measure", "没有指标用到该度量", measure.dataset.place)

    def _tree(self, name: str, filters: Iterable[str] = ()) -> exp.Expr:
        """The metric written out down to its aggregates, all of them under `filters` too. Raises UnreadableError."""
        if name in self._open:
            cycle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise UnreadableError(f"metric {name} is defined by itself: {cycle}", f"指标 {name} 由自身定义：{cycle}")
        if name not in self._given:
            raise UnreadableError(
                f"there is no metric {name}.{did_you_mean(name, self._given)}", f"没有指标 {name}。{did_you_mean(name, self._given, 'zh')}"
            )
        metric = self._given[name].metric
        self._open.append(name)
        try:
            return self._filtered(self._bare(metric), (*metric.filter, *filters))
        finally:
            self._open.pop()

    def _bare(self, metric: Metric) -> exp.Expr:
        params = metric.params()
        if metric.type == "simple":
            own = Input(name=metric.name, fill_nulls_with=metric.fill_nulls_with)
            return self._measure(metric, params.measure or own)
        if metric.type == "ratio":
            if params.numerator is None or params.denominator is None:
                raise UnreadableError("it has no numerator or no denominator", "缺少分子或分母")
            return exp.Div(this=_wrapped(self._input(params.numerator)), expression=_wrapped(self._input(params.denominator)))
        if metric.type == "derived":
            return self._derived(params.expr, params.metrics)
        kind = {"cumulative": "a running total or window", "conversion": "a conversion between two events in a window"}[metric.type]
        kind_zh = {"cumulative": "累计或滚动窗口", "conversion": "两个事件在窗口内的转化"}[metric.type]
        raise UnreadableError(f"{kind} is for a question to say, not for a metric", f"{kind_zh}由提问表达，不作为指标")

    def _derived(self, expr: str | int | None, inputs: tuple[Input, ...]) -> exp.Expr:
        if expr is None:
            raise UnreadableError("it has no expr", "缺少 expr")
        trees = {(i.alias or i.name): _wrapped(self._input(i)) for i in inputs}
        tree = read_expression(str(expr))
        for column in list(tree.find_all(exp.Column)):
            if column.name not in trees:
                raise UnreadableError(f"{column.name} is none of its input metrics", f"{column.name} 不是它的输入指标")
        return tree.transform(lambda n: trees[n.name].copy() if isinstance(n, exp.Column) else n)

    def _input(self, given: Input) -> exp.Expr:
        if given.offset_window or given.offset_to_grain:
            raise UnreadableError(
                f"it shifts {given.name} in time, which is for a question to say: compared with the month before",
                f"它把 {given.name} 平移了时间，这由提问表达：与上月相比",
            )
        if given.name not in self._given and given.name in self._measures:
            return self._filtered(self._aggregate(self._measures[given.name]), given.filter)
        return self._tree(given.name, given.filter)

    def _measure(self, metric: Metric, given: Input) -> exp.Expr:
        measure = self._measures.get(given.name)
        if measure is None:
            raise UnreadableError(
                f"there is no measure {given.name}.{did_you_mean(given.name, self._measures)}",
                f"没有度量 {given.name}。{did_you_mean(given.name, self._measures, 'zh')}",
            )
        tree = self._filtered(self._aggregate(measure), given.filter)
        filled = given.fill_nulls_with
        if filled and (en := f"empty values are not filled with {filled}"):
            self._lost(self._given[metric.name].path, en, f"空值不以 {filled} 填充", self._given[metric.name].place)
        return tree

    def _aggregate(self, measure: MeasureDraft) -> exp.Expr:
        """The measure's aggregate. One that counts by another time than its dataset, or does not add up in its own way, is refused."""
        measure.used = True
        other = measure.given.agg_time_dimension
        if other and measure.dataset.field_of(other) != measure.dataset.time:
            own = measure.dataset.time
            raise UnreadableError(f"it counts by the time {other}, its dataset by {own}", f"它按 {other} 计时，数据集按 {own}")
        if measure.given.non_additive_dimension is not None and "snapshot" not in measure.dataset.spec:
            raise UnreadableError(
                "it does not add up over time; a snapshot says so for all measures of a dataset, per key, and takes the last row",
                "它不能跨时间相加；快照对整个数据集声明，按键取最后一行",
            )
        return measure.tree()

    def _snapshots(self) -> None:
        """A dataset whose measures all take the last balance per key is a snapshot."""
        for dataset in self._draft.datasets.values():
            stated = {m.given.non_additive_dimension for m in self._measures.values() if m.dataset is dataset}
            if len(stated) == 1 and (only := stated.pop()) is not None and (per := self._balance(dataset, only)):
                dataset.spec["snapshot"] = {"time": only.name, "per": per}

    def _balance(self, dataset: DatasetDraft, given: NonAdditive) -> list[str]:
        fields = [self._key(dataset, g) or (g if g in dataset.fields else "") for g in given.window_groupings]
        return fields if given.window_choice == "max" and given.name in dataset.fields and all(fields) else []

    def _filtered(self, tree: exp.Expr, filters: Iterable[str]) -> exp.Expr:
        """The tree with each aggregate over the rows that the filters keep, written as CASE WHEN."""
        texts = tuple(filters)
        if not texts:
            return tree

        def restrict(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.AggFunc):
                return node
            home = node.meta[HOME]
            condition = read_filters(texts, lambda name: self._column(home, name))
            return conditional(node, condition) if condition is not None else node

        return tree.transform(restrict)

    def _column(self, home: str, name: str) -> exp.Column:
        """The column of `entity__dimension`, of an entity or of metric_time, as an aggregate of `home` means it."""
        *entities, last = name.split("__")
        dataset = self._draft.datasets.get(home)
        if dataset is not None and not entities:
            field = dataset.time if last == _METRIC_TIME else self._key(dataset, last)
            if field:
                return exp.column(field, table=home)
        if entities and dataset is not None and self.primaries.get(home) == entities[-1] and last in dataset.fields:
            return exp.column(last, table=home)
        holders = [one for one, _ in self.keys.get(entities[-1], ()) if last in self._draft.datasets[one].fields] if entities else []
        if len(holders) == 1:
            return exp.column(last, table=holders[0])
        raise UnreadableError(f"its filter names {name}, which is no dimension or entity here", f"过滤条件中的 {name} 不是这里的维度或实体")

    def _key(self, dataset: DatasetDraft, entity: str) -> str | None:
        return next((f.name for f in dataset.fields.values() if f.entity == entity), None)

    def _lost(self, path: str, en: str, zh: str, place: Place | None) -> None:
        self._report.add("lost", path, f"left out: {en}", f"未导入：{zh}", place)


def _wrapped(tree: exp.Expr) -> exp.Expr:
    """In parentheses where it is more than one call or name."""
    return tree if isinstance(tree, (exp.AggFunc, exp.Column, exp.Paren)) else exp.Paren(this=tree)


