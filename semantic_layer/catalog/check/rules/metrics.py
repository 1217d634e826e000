"""Metric expressions, each mistake of an expression on its own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.parse import Parts, columns, readable
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.expressions import DIALECT, forbidden
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import did_you_mean


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
            held = "" if isinstance(tree, str) else forbidden(tree)
            wrong = tree if isinstance(tree, str) else f"the expression holds {held}" if held else ""
            if wrong:
                todo = "write aggregates over dataset.field and names of metrics, such as SUM(orders.amount) / visits"
                yield self.at(model, ("metrics", metric, "expression"), f"metric {metric}: {wrong}; {todo}")


class UnknownMetric(Rule):
    """A bare name in an expression is another metric."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for table, name in _once(list(parts.outside)):
                if not table and model.lacks("metrics", name):
                    hint = did_you_mean(name, model.spec.metrics) or _as_field(model, name)
                    yield self.at(model, loc, f"metric {metric}: there is no metric {name}.{hint}")


def _as_field(model: Model, name: str) -> str:
    fields = model.fields_named(name)
    return f" For the field, write an aggregate such as SUM({fields[0]})." if fields else ""


class UnknownMetricField(Rule):
    """Aggregates are taken over known fields of known datasets."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            wrong = [w for a in parts.aggregates for w in self._wrong(model, a)]
            for message in dict.fromkeys(wrong):
                yield self.at(model, loc, f"metric {metric}: {message}")

    def _wrong(self, model: Model, aggregate: exp.AggFunc) -> Iterator[str]:
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
                    wrong = f"{table}.{name} stands outside an aggregate"
                    todo = "wrap it in SUM, COUNT or the like, or put a condition on it into filter"
                    yield self.at(model, loc, f"metric {metric}: {wrong}; {todo}")
            for _, name in _once([c for a in parts.aggregates for c in columns(a) if not c.table]):
                same = model.fields_named(name)
                hint = f" Did you mean {', '.join(same[:3])}?" if same else did_you_mean(name, model.all_fields)
                yield self.at(model, loc, f"metric {metric}: {name} has no dataset; write it as dataset.field.{hint}")


class NestedAggregate(Rule):
    """An aggregate of an aggregate needs a metric of its own for the inner one."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for a in parts.aggregates:
                if inner := next((n for n in a.find_all(exp.AggFunc) if n is not a), None):
                    yield self.at(
                        model,
                        loc,
                        f"metric {metric}: {inner.sql(DIALECT)} stands inside another aggregate; "
                        "define it as a metric of its own",
                    )


class NoAggregate(Rule):
    """A metric aggregates rows of a dataset; rows are counted by COUNT(dataset.*)."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            if not parts.aggregates and not parts.outside:
                wrong = "the expression holds no aggregate such as SUM(orders.amount)"
                yield self.at(model, loc, f"metric {metric}: {wrong}")
            for a in parts.aggregates:
                if not a.find(exp.Column):
                    yield self.at(
                        model,
                        loc,
                        f"metric {metric}: {a.sql(DIALECT)} names no dataset; write COUNT(dataset.*) or name a field",
                    )


class MixedDatasets(Rule):
    """The fields of one aggregate belong to one dataset, or to datasets that it points to many-to-one."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, parts in _expressions(model):
            for a in parts.aggregates:
                datasets = sorted({c.table for c in a.find_all(exp.Column) if c.table})
                if len(datasets) < 2 or any(d not in model.spec.datasets for d in datasets):
                    continue
                if model.home(a) is None and not model.relationships_left_out:
                    yield self.at(
                        model,
                        loc,
                        f"metric {metric}: {' and '.join(datasets)} meet in {a.sql(DIALECT)}, but none of them points "
                        "many-to-one to the others. Declare the relationship, or aggregate each on its own and combine "
                        "the results.",
                    )


class MetricWithoutLabel(Rule):
    """People name a metric by its label; without one they never find it."""

    def check(self, model: Model) -> Iterator[Problem]:
        for metric, spec in model.spec.metrics.items():
            if not (spec.label.zh or spec.label.en) and not model.left_out(("metrics", metric), "label"):
                message = f"metric {metric} has no label; write label: {{zh: ..., en: ...}} as people say it"
                yield self.at(model, ("metrics", metric), message)


class SecondDefault(Rule):
    """At most one metric is the default of rankings that name none."""

    def check(self, model: Model) -> Iterator[Problem]:
        defaults = [m for m, spec in model.spec.metrics.items() if spec.default]
        for metric in defaults[1:]:
            yield self.at(
                model,
                ("metrics", metric, "default"),
                f"metric {metric} is marked default, but {defaults[0]} is already; keep one of them",
            )
