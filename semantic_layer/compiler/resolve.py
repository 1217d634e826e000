"""From the metrics a query names to measures: formulas over aggregates with known homes."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate, Formula, combine, divide
from semantic_layer.compiler.build import Build, Measure
from semantic_layer.errors import QueryError, UnknownNameError, UnreachableError
from semantic_layer.query import FORWARD_GRAINS, TIME, Group, MetricRef

_CALLS: dict[str, type[exp.AggFunc]] = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median}
_NUMERIC = ("integer", "number")


def measure(build: Build, ref: MetricRef, entity: str | None = None) -> Measure:
    """Resolves one metric of a query. `entity` is whose metric it is, inside an entity condition.

    Raises UnknownNameError, UnreachableError, QueryError.
    """
    catalog = build.catalog
    formula = catalog.formula(ref.metric) if ref.metric else _inline(catalog, ref, entity)
    if ref.where:
        whole = formula
        formula = formula.restricted(ref.where)
        if ref.share:
            formula = combine([formula, whole], divide)
    units = None
    if ref.per:
        if ref.per in FORWARD_GRAINS:
            units = ref.per
        else:
            formula = _per_entity(catalog, ref, formula)
    over = _over(build, ref.over) if ref.over else None
    return Measure(ref.name, formula, units, over, ref.agg if over else None)  # type: ignore[arg-type]


def _over(build: Build, over: str) -> Group:
    key = build.own("over_key")
    if over in FORWARD_GRAINS:
        return Group(field=TIME, grain=over, alias=key)  # type: ignore[arg-type]
    build.catalog.entity(over)
    return Group(field=over, alias=key)


def _inline(catalog: Catalog, ref: MetricRef, entity: str | None) -> Formula:
    assert ref.field and ref.agg
    field = ref.field
    if "." not in field:
        field = _entity_key(catalog, field)
    target = catalog.field(field)
    column = exp.column(target.name, table=target.dataset)
    call: exp.AggFunc
    if ref.agg == "count_distinct":
        call = exp.Count(this=exp.Distinct(expressions=[column]))
    elif ref.agg == "count":
        call = exp.Count(this=column)
    else:
        if ref.agg not in ("min", "max") and target.spec.type not in _NUMERIC:
            raise QueryError(
                f"{target} is not a number, so it has no {ref.agg}.", f"{target} 不是数字，不能计算 {ref.agg}。", subject=field
            )
        call = _CALLS[ref.agg](this=column)
    return Formula(exp.Placeholder(this="0"), (Aggregate(target.dataset, call),))


def _entity_key(catalog: Catalog, entity: str) -> str:
    """Where an entity named without a dataset is counted: where the default metric lives, else in its own dataset."""
    spec = catalog.entity(entity)
    homes = list(catalog.formula(catalog.default_metric).homes) if catalog.default_metric else []
    for dataset in [*homes, *([spec.dataset] if spec.dataset else []), *catalog.spec.datasets]:
        field = catalog.entity_field(entity, dataset)
        if field:
            return f"{dataset}.{field}"
    raise UnknownNameError(f"No dataset holds the key of {entity}.", f"没有数据集含有 {entity} 的键。", subject=entity)


def _per_entity(catalog: Catalog, ref: MetricRef, formula: Formula) -> Formula:
    """The formula divided by the distinct entities (or values of a field) among the same rows."""
    assert ref.per
    if len(formula.homes) != 1:
        raise QueryError(
            f"{ref.metric} joins several datasets, so it has no average per {ref.per}.",
            f"{ref.metric} 跨多个数据集，不能按 {ref.per} 求平均。",
            subject=ref.per,
        )
    home = formula.homes[0]
    if "." in ref.per:
        target = str(catalog.field(ref.per))
    else:
        catalog.entity(ref.per)
        field = catalog.entity_field(ref.per, home)
        if field is None:
            raise UnreachableError(
                f"{ref.metric} has no {ref.per} (dataset {home}), so it has no average per {ref.per}.",
                f"{ref.metric} 不含 {ref.per}（数据集 {home}），不能按它求平均。",
                subject=ref.per,
            )
        target = f"{home}.{field}"
    dataset, name = target.split(".")
    count = Aggregate(home, exp.Count(this=exp.Distinct(expressions=[exp.column(name, table=dataset)])), (), ref.where)
    return combine([formula, Formula(exp.Placeholder(this="0"), (count,))], divide)
