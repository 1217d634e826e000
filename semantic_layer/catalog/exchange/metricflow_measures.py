"""Measures of MetricFlow as aggregates over `dataset.field`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft, identifier
from semantic_layer.catalog.exchange.expressions import UnreadableError, read_expression
from semantic_layer.catalog.exchange.metricflow_document import Measure, Metric

# Where an aggregate notes the dataset it is of, which a filter on another dataset would hide.
HOME = "home"
_CALLS: dict[str, type[exp.AggFunc]] = {
    "sum": exp.Sum, "average": exp.Avg, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median, "count": exp.Count,
}  # fmt: skip


@dataclass
class MeasureDraft:
    """A measure, the dataset it is of, and its aggregate."""

    given: Measure
    dataset: DatasetDraft
    path: str
    used: bool = False

    def tree(self) -> exp.AggFunc:
        """The aggregate, columns with their dataset. Raises UnreadableError."""
        given = self.given
        text = given.name if given.expr is None else str(given.expr)
        value = read_expression(text) if text.strip() != "*" else exp.Star()
        for column in list(value.find_all(exp.Column)):
            if column.table and column.table.casefold() != self.dataset.name.casefold():
                raise UnreadableError(f"{column.sql()} is of another table", f"{column.sql()} 属于其他表")
            column.set("this", exp.to_identifier(physical(self.dataset, column.name)))
            column.set("table", exp.to_identifier(self.dataset.name))
        call = self._call(value)
        call.meta[HOME] = self.dataset.name
        return call

    def _call(self, value: exp.Expr) -> exp.AggFunc:
        agg = self.given.agg.lower()
        if not value.find(exp.Column):
            one = isinstance(value, exp.Star) or (isinstance(value, exp.Literal) and value.name == "1")
            if one and agg in ("sum", "count"):
                return exp.Count(this=exp.Column(this=exp.Star(), table=exp.to_identifier(self.dataset.name)))
            raise UnreadableError(f"it takes {agg} of {value.sql()}, which is no column", f"对 {value.sql()} 求 {agg}，但它不是列")
        if agg == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        if agg == "sum_boolean":
            return exp.Sum(this=exp.Case(ifs=[exp.If(this=value, true=exp.Literal.number(1))], default=exp.Literal.number(0)))
        if agg == "percentile":
            return self._percentile(value)
        if agg not in _CALLS:
            raise UnreadableError(f"the aggregation {agg} is not known", f"聚合方式 {agg} 未知")
        return _CALLS[agg](this=value)

    def _percentile(self, value: exp.Expr) -> exp.AggFunc:
        params = self.given.agg_params
        if params is None or params.percentile is None:
            raise UnreadableError("it does not say which percentile", "没有说明是哪个百分位")
        share = params.percentile if params.percentile <= 1 else params.percentile / 100
        kind = exp.PercentileDisc if params.use_discrete_percentile else exp.PercentileCont
        return kind(this=value, expression=exp.Literal.number(repr(share)))


def physical(dataset: DatasetDraft, column: str) -> str:
    """The field that is a column of the table; expressions of measures name columns, even where a dimension is called the same."""
    for name, field in dataset.fields.items():
        plain = field.sql.name if isinstance(field.sql, exp.Column) else name if field.sql is None else None
        if plain is not None and plain.casefold() == column.casefold():
            return name
    if column not in dataset.fields:
        return column
    name = identifier(f"{column}_column", dataset.fields)
    dataset.fields[name] = FieldDraft(name, f"{dataset.path}.fields.{name}", exp.column(column), place=dataset.place)
    return name


def measure_of(metric: Metric) -> Measure:
    """The measure that a simple metric of the newer style is."""
    params = None
    if metric.percentile is not None:
        params = {"percentile": metric.percentile, "use_discrete_percentile": metric.percentile_type == "discrete"}
    return Measure.model_validate(
        {
            "name": metric.name,
            "agg": metric.agg,
            "expr": metric.expr,
            "agg_params": params,
            "agg_time_dimension": metric.agg_time_dimension,
            "non_additive_dimension": metric.non_additive_dimension,
        }
    )
