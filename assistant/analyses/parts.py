"""What a metric is made of, for analyses: a sum, or one sum divided by another; and the rates of the catalog that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate
from semantic_layer.catalog.quotient import quotient
from semantic_layer.query import MetricRef

Terms = tuple[tuple[float, MetricRef], ...]
MOST_FACTORS = 4
_AGGREGATIONS: dict[type[exp.AggFunc], str] = {exp.Sum: "sum", exp.Count: "count"}


@dataclass(frozen=True)
class Made:
    """`top`, divided by `bottom` where there is one. Each is a sum of metrics with factors. `count` is the number of things that `top` is the
    worth of, where the catalog knows it: of sales the orders, or the units."""

    top: Terms
    bottom: Terms = ()
    count: Terms = ()


def made_of(ref: MetricRef, catalog: Catalog, counts: bool = False) -> Made:
    """The sums that a metric is made of; itself where it is no rate, or one of which the parts cannot be asked.

    With `counts` also the number of things that an amount is the worth of.
    """
    whole = Made(((1.0, ref),))
    if ref.share:
        parts = ref.model_copy(update={"share": False, "alias": None}), ref.model_copy(update={"share": False, "where": (), "alias": None})
        return Made(((1.0, parts[0]),), ((1.0, parts[1]),))
    if ref.metric is None:
        return _average(ref) or whole
    if ref.over or ref.per:
        return whole
    divided = quotient(catalog.formula(ref.metric))
    if divided is None:
        return replace(whole, count=counted_by(ref, catalog)) if counts else whole
    top, bottom = (_terms(terms, ref, catalog) for terms in (divided.top, divided.bottom))
    return Made(top, bottom) if top and bottom else whole


def counted_by(ref: MetricRef, catalog: Catalog) -> Terms:
    """The number of things that an amount is the worth of: what a rate of the catalog divides it by, and what adds up."""
    if not ref.metric or ref.where or ref.agg or ref.per or catalog.metric(ref.metric).format == "integer":
        return ()
    rates = (f for n in catalog.spec.metrics if (f := _factor(n, catalog)) and f.top == ref.metric)
    below = (f.bottom for f in rates if catalog.formula(f.bottom).kind == "additive" and catalog.metric(f.bottom).format == "integer")
    return tuple((1.0, MetricRef(metric=name)) for name in list(below)[:1])


def _average(ref: MetricRef) -> Made | None:
    if ref.agg != "avg" or ref.per:
        return None
    top, bottom = (ref.model_copy(update={"agg": agg, "alias": None}) for agg in ("sum", "count"))
    return Made(((1.0, top),), ((1.0, bottom),))


def _terms(terms: tuple[tuple[float, Aggregate], ...], ref: MetricRef, catalog: Catalog) -> Terms:
    out = []
    for factor, aggregate in terms:
        found = _asked(aggregate, catalog)
        if found is None:
            return ()
        out.append((factor, found.model_copy(update={"where": (*found.where, *ref.where)})))
    return tuple(out)


def _asked(aggregate: Aggregate, catalog: Catalog) -> MetricRef | None:
    """An aggregate as a metric of the catalog, or as one made for the moment."""
    named = catalog.aggregate_name(aggregate)
    if named:
        return MetricRef(metric=named)
    agg, inner = _AGGREGATIONS.get(type(aggregate.call)), aggregate.call.this
    if isinstance(inner, exp.Distinct) and len(inner.expressions) == 1:
        agg, inner = "count_distinct", inner.expressions[0]
    if agg is None or not isinstance(inner, exp.Column) or not inner.table:
        return None
    return MetricRef.model_validate({"agg": agg, "field": f"{inner.table}.{inner.name}", "where": aggregate.filter})


@dataclass(frozen=True)
class Factor:
    """A rate that leads from one metric to the next: `metric` = `top` / `bottom`, each a name."""

    metric: str
    top: str
    bottom: str


@dataclass(frozen=True)
class Chain:
    """A metric as a product: the metric that it begins with ("" where rates alone make a rate), and the rates that lead on from there."""

    root: str
    factors: tuple[Factor, ...]


def chain_to(name: str, catalog: Catalog) -> Chain | None:
    """The longest way that the rates of a catalog offer to write a metric as a product: of people first, then of other things.

    Sales are customers times orders per customer times the value of an order; conversion is cart rate times order rate.
    """
    factors = [f for n in catalog.spec.metrics if (f := _factor(n, catalog))]
    own = next((f for f in factors if f.metric == name), None)
    if own:
        ways = [way for way in _ways(own.top, factors) if way[0].bottom == own.bottom and len(way) > 1]
        return Chain("", max(ways, key=len)) if ways else None
    ways = [way for way in _ways(name, factors) if _counts(way[0].bottom, catalog)]
    best = max(ways, key=lambda way: (_counts_people(way[0].bottom, catalog), -abs(len(way) - 2)), default=None)
    return Chain(best[0].bottom, best) if best else None


def _factor(name: str, catalog: Catalog) -> Factor | None:
    """A rate of two named metrics, neither of which is restricted."""
    if catalog.metric(name).filter:
        return None
    made = made_of(MetricRef(metric=name), catalog)
    if len(made.top) != 1 or len(made.bottom) != 1:
        return None
    (scale, top), (other, bottom) = made.top[0], made.bottom[0]
    if scale != 1 or other != 1 or not top.metric or not bottom.metric or top.where or bottom.where or top.metric == bottom.metric:
        return None
    return Factor(name, top.metric, bottom.metric)


def _ways(goal: str, factors: list[Factor], passed: tuple[str, ...] = ()) -> Iterator[tuple[Factor, ...]]:
    for factor in factors:
        if factor.top != goal or factor.bottom in passed:
            continue
        yield (factor,)
        if len(passed) + 1 < MOST_FACTORS - 1:
            yield from ((*way, factor) for way in _ways(factor.bottom, factors, (*passed, goal)))


def _counts(name: str, catalog: Catalog) -> bool:
    return all(a.counts for a in catalog.formula(name).aggregates)


def _counts_people(name: str, catalog: Catalog) -> bool:
    """Whether a metric counts different people."""
    formula = catalog.formula(name)
    if formula.kind != "distinct" or not isinstance(inner := formula.aggregates[0].call.this, exp.Distinct):
        return False
    column = inner.expressions[0]
    if not isinstance(column, exp.Column) or not column.table:
        return False
    entity = catalog.field(f"{column.table}.{column.name}").spec.entity
    return bool(entity and catalog.entity(entity).people)
