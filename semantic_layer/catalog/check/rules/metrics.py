"""Metric expressions, each mistake of an expression on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.parse import Parts, columns, readable
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules.gate import refused
from semantic_layer.catalog.expressions import DIALECT, MAX_NODES, forbidden
from semantic_layer.catalog.models import MetricSpec
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import Message, WenshuError


def _expressions(model: Model) -> Iterator[tuple[Loc, str, Parts]]:
    """Place, metric and parts of every expression that can be read."""
    for metric in model.spec.metrics:
        if (parts := model.parts(metric)) is not None:
            yield ("metrics", metric, "expression"), metric, parts


def _once(found: list[exp.Column]) -> list[tuple[str, str]]:
    """(table, name) of columns, without repetition."""
    return list(dict.fromkeys((c.table, c.name) for c in found))


class UnreadableMetric(Rule):
    """A metric is one SQL expression: arithmetic over aggregates of `dataset.field`s and names of other metrics."""

    def check(self, model: Model) -> Iterator[Problem]:
        for metric, spec in model.spec.metrics.items():
            tree = readable(spec.expression)
            wrong = tree if isinstance(tree, Message) else _held(tree)
            if wrong:
                todo = Message(
                    "; write aggregates over dataset.field and names of metrics, such as SUM(orders.amount) / visits",
                    "；请写 dataset.field 的聚合与指标名，如 SUM(orders.amount) / visits",
                )
                yield self.at(model, ("metrics", metric, "expression"), _whose(metric) + wrong + todo)


def _held(tree: exp.Expr) -> Message:
    held = forbidden(tree)
    return Message(f"the expression holds {held.en}", f"表达式含有{held.zh}") if held else held


def _whose(metric: str) -> Message:
    return Message(f"metric {metric}: ", f"指标 {metric}：")


class UnknownMetric(Rule):
    """A bare name in an expression is another metric."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for table, name in _once(list(parts.outside)):
                if not table and model.lacks("metrics", name):
                    near = model.hint(name, model.spec.metrics, _as_field(model, name))
                    yield self.at(model, loc, _whose(metric) + Message(f"there is no metric {name}.", f"没有指标 {name}。") + near)


class UnknownStep(Rule):
    """The step that a metric follows in a funnel is another metric, and no step follows itself."""

    def check(self, model: Model) -> Iterator[Problem]:
        metrics = model.spec.metrics
        for name, spec in metrics.items():
            if spec.follows is None:
                continue
            loc = ("metrics", name, "follows")
            if model.lacks("metrics", spec.follows):
                said = Message(f"there is no metric {spec.follows}.", f"没有指标 {spec.follows}。")
                yield self.at(model, loc, _whose(name) + said + model.hint(spec.follows, metrics, Message()))
            elif name in _steps_before(name, metrics):
                yield self.at(model, loc, _whose(name) + Message("it follows itself; take one step out.", "漏斗形成了环；请去掉其中一步。"))


def _steps_before(name: str, metrics: Mapping[str, MetricSpec]) -> list[str]:
    """The metrics that lead to a step, the nearest first; up to where they come round."""
    found: list[str] = []
    step = metrics[name].follows
    while step is not None and step in metrics and step not in found:
        found.append(step)
        step = metrics[step].follows
    return found


def _as_field(model: Model, name: str) -> Message:
    fields = model.fields_named(name)
    if not fields:
        return Message()
    return Message(f" For the field, write an aggregate such as SUM({fields[0]}).", f"如果指的是字段，请写聚合，如 SUM({fields[0]})。")


class UnknownMetricField(Rule):
    """Aggregates are taken over known fields of known datasets."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            wrong = [w for a in parts.aggregates for w in self._wrong(model, a)]
            for said in dict.fromkeys(wrong):
                yield self.at(model, loc, _whose(metric) + said)

    def _wrong(self, model: Model, aggregate: exp.AggFunc) -> Iterator[Message]:
        for column in aggregate.find_all(exp.Column, bfs=False):
            if not column.table:
                continue
            if isinstance(column.this, exp.Star):
                yield from filter(None, [model.missing("datasets", column.table)])
            else:
                yield from filter(None, [model.missing_field(f"{column.table}.{column.name}")])


class BareColumn(Rule):
    """Columns stand inside an aggregate, and with their dataset: SUM(orders.amount)."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for table, name in _once(list(parts.outside)):
                if table:
                    said = Message(
                        f"{table}.{name} stands outside an aggregate; wrap it in SUM, COUNT or the like, or put a condition on it into filter",
                        f"{table}.{name} 不在聚合函数中；请用 SUM、COUNT 等包住，或把对它的条件写进 filter",
                    )
                    yield self.at(model, loc, _whose(metric) + said)
            for _, name in _once([c for a in parts.aggregates for c in columns(a) if not c.table]):
                said = Message(f"{name} has no dataset; write it as dataset.field.", f"{name} 没有写明数据集；请写成 dataset.field。")
                yield self.at(model, loc, _whose(metric) + said + model.field_hint(name, model.all_fields))


class NestedAggregate(Rule):
    """An aggregate of an aggregate needs a metric of its own for the inner one."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for a in parts.aggregates:
                if inner := next((n for n in a.find_all(exp.AggFunc) if n is not a), None):
                    call = inner.sql(DIALECT)
                    said = Message(
                        f"{call} stands inside another aggregate; define it as a metric of its own",
                        f"{call} 嵌套在另一个聚合中；请把它定义为单独的指标",
                    )
                    yield self.at(model, loc, _whose(metric) + said)


class NoAggregate(Rule):
    """A metric aggregates rows of a dataset; rows are counted by COUNT(dataset.*)."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            if not parts.aggregates and not parts.outside:
                said = Message("the expression holds no aggregate such as SUM(orders.amount)", "表达式中没有聚合，如 SUM(orders.amount)")
                yield self.at(model, loc, _whose(metric) + said)
            for a in parts.aggregates:
                if not a.find(exp.Column):
                    call = a.sql(DIALECT)
                    said = Message(
                        f"{call} names no dataset; write COUNT(dataset.*) or name a field", f"{call} 没有指明数据集；请写 COUNT(dataset.*) 或写明字段"
                    )
                    yield self.at(model, loc, _whose(metric) + said)


class MixedDatasets(Rule):
    """The fields of one aggregate belong to one dataset, or to datasets that it points to many-to-one."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for a in parts.aggregates:
                datasets = sorted({c.table for c in a.find_all(exp.Column) if c.table})
                if len(datasets) < 2 or any(d not in model.spec.datasets for d in datasets):
                    continue
                if model.home(a) is None and not model.relationships_left_out:
                    call = a.sql(DIALECT)
                    said = Message(
                        f"{' and '.join(datasets)} meet in {call}, but none of them points many-to-one to the others. "
                        "Declare the relationship, or aggregate each on its own and combine the results.",
                        f"{'、'.join(datasets)} 出现在同一个聚合 {call} 中，但没有一个以多对一指向其他数据集。请声明关系，或分别聚合后再组合。",
                    )
                    yield self.at(model, loc, _whose(metric) + said)


class LargeMetric(Rule):
    """A metric, with the metrics it is made of written out, is of a size that a statement can have."""

    def check(self, model: Model) -> Iterator[Problem]:
        sizes: dict[str, int] = {}
        for metric in model.spec.metrics:
            self._size(model, metric, sizes)
        for loc, metric, parts in _expressions(model):
            if sizes[metric] > MAX_NODES and all(sizes.get(c.name, 0) <= MAX_NODES for c in parts.outside):
                said = Message(
                    "with the metrics it is made of it is too large; use each of them fewer times", "连同所用的指标展开后过大；请减少重复引用"
                )
                yield self.at(model, loc, _whose(metric) + said)

    def _size(self, model: Model, metric: str, sizes: dict[str, int]) -> int:
        """How many metrics and aggregates it consists of; the metrics of a circle, which a rule of its own reports, count once."""
        todo = [metric]
        while todo:
            name = todo[-1]
            parts = model.parts(name) if name in model.spec.metrics else None
            inner = [c.name for c in parts.outside if not c.table] if parts else []
            open_ = [n for n in inner if n not in sizes and n not in todo]
            if open_:
                todo.append(open_[0])
                continue
            sizes[name] = 1 + len(parts.aggregates if parts else ()) + sum(sizes.get(n, 1) for n in inner)
            todo.pop()
        return sizes[metric]


class RefusedMetric(Rule):
    """The database knows each aggregate for the types of its fields: a text has no sum."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for a in parts.aggregates:
                nested = any(isinstance(n, exp.AggFunc) for n in a.walk() if n is not a)
                if model.tables and not nested and not refused(a) and not model.tables.takes(a):
                    call = a.sql(DIALECT)
                    said = Message(
                        f"the database refuses {call}; look at the function and the types of its fields",
                        f"数据库不接受 {call}；请检查函数和字段的类型",
                    )
                    yield self.at(model, loc, _whose(metric) + said)


class MetricWithoutLabel(Rule):
    """People name a metric by its label; without one they never find it."""

    def check(self, model: Model) -> Iterator[Problem]:
        for metric, spec in model.spec.metrics.items():
            if not (spec.label.zh or spec.label.en) and not model.left_out(("metrics", metric), "label"):
                said = Message(
                    f"metric {metric} has no label; write label: {{zh: ..., en: ...}} as people say it",
                    f"指标 {metric} 没有标签；请按人们的说法写 label: {{zh: ..., en: ...}}",
                )
                yield self.at(model, ("metrics", metric), said)


class SecondDefault(Rule):
    """At most one metric is the default of rankings that name none."""

    def check(self, model: Model) -> Iterator[Problem]:
        defaults = [m for m, spec in model.spec.metrics.items() if spec.default]
        for metric in defaults[1:]:
            said = Message(
                f"metric {metric} is marked default, but {defaults[0]} is already; keep one of them",
                f"指标 {metric} 标了 default，但 {defaults[0]} 已经是默认指标；请只保留一个",
            )
            yield self.at(model, ("metrics", metric, "default"), said)


class OddFormat(Rule):
    """How a metric is shown fits what it is: an amount of money has a unit, a share none, a quotient decimals."""

    severity = "warning"

    def check(self, model: Model) -> Iterator[Problem]:
        for metric, spec in model.spec.metrics.items():
            if odd := self._odd(spec, self._kind(model, metric) if spec.format in ("percent", "integer") else ""):
                yield self.at(model, ("metrics", metric, "format"), _whose(metric) + odd)

    def _kind(self, model: Model, metric: str) -> str:
        try:
            return model.catalog.formula(metric).kind
        except WenshuError:
            return ""

    def _odd(self, spec: MetricSpec, kind: str) -> Message:
        if spec.format == "currency" and not spec.unit:
            return Message("format currency needs a unit such as USD or CNY", "format 为 currency 时需要 unit，如 USD 或 CNY")
        if spec.format == "percent" and spec.unit not in ("", "%"):
            return Message(f"format percent has no unit, but {spec.unit} is given", f"format 为 percent 时没有单位，却写了 {spec.unit}")
        if spec.format == "percent" and kind in ("additive", "distinct"):
            return Message("a sum or a count is shown as a percentage", "总和或计数显示成了百分比")
        if spec.format == "integer" and kind == "ratio":
            return Message("a quotient is shown without decimals", "比值显示时没有小数")
        return Message()
