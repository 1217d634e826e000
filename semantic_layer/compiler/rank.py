"""The last step: which rows of the answer stay, and in which order."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.compiler.build import Build, Measure, col
from semantic_layer.compiler.entity import compare, edge_labels, whole
from semantic_layer.compiler.resolve import measure
from semantic_layer.query import TIME, Group, Order, SemanticQuery, Side


def side_column(by: str, side: str) -> str:
    """The name of a metric's column: value, previous, growth, ..."""
    return by if side == "value" else f"{by}_{side}"


def ranked(build: Build, query: SemanticQuery, select: exp.Select, measures: list[Measure]) -> exp.Select:
    """Adds HAVING conditions, order and limits to `select`, whose columns are the answer's."""
    orders = query.order_by or _default_order(build.catalog, query)
    ordered = _order(build, query, orders)
    tests = [compare(h.op, col(side_column(h.by, h.side)), h.value) for h in query.having]
    if query.limit is not None:
        tests += _rankable(query, orders)
    select = select.where(*tests, copy=False) if tests else select
    if query.limit_per:
        partition: list[exp.Expr] = [col(g) for g in query.limit_per]
        window = exp.Window(this=exp.RowNumber(), partition_by=partition, order=exp.Order(expressions=[o.copy() for o in ordered]))
        bound = exp.LTE(this=window, expression=exp.Literal.number(query.limit or 1))
        select.set("qualify", exp.Qualify(this=bound))
        first = [exp.Ordered(this=_sort_key(build, query, g), nulls_first=False) for g in query.group_by if g.name in query.limit_per]
        ordered = [*first, *ordered]
    elif query.limit is not None:
        select = select.limit(query.limit, copy=False)
    return select.order_by(*ordered, copy=False) if ordered else select


def _rankable(query: SemanticQuery, orders: tuple[Order, ...]) -> list[exp.Expr]:
    """The unknown group is never ranked, nor is a row without the value that ranks it."""
    metrics = {m.name for m in query.metrics}
    if not orders or orders[0].by not in metrics:
        return []
    named = [g.name for g in query.group_by if g.name not in query.limit_per and g.field != TIME]
    columns = [*named, side_column(orders[0].by, orders[0].side)]
    return [exp.Not(this=exp.Is(this=col(c), expression=exp.null())) for c in columns]


def _default_order(catalog: Catalog, query: SemanticQuery) -> tuple[Order, ...]:
    """Time and ordered groups as they run; otherwise the first metric, highest first."""
    if not query.group_by:
        return ()
    if query.limit is None and any(_runs(catalog, g) for g in query.group_by):
        return tuple(Order(by=g.name, desc=False) for g in query.group_by)
    first = query.metrics[0].name
    side: Side = "share" if query.share and not query.share.of else "value"
    return (Order(by=first, side=side),)


def _runs(catalog: Catalog, group: Group) -> bool:
    if group.grain or group.bucket or group.edges:
        return True
    return bool(group.field and "." in group.field and catalog.field(group.field).spec.order)


def _order(build: Build, query: SemanticQuery, orders: tuple[Order, ...]) -> list[exp.Expr]:
    groups = {g.name: g for g in query.group_by}
    out: list[exp.Expr] = []
    if query.limit is None and orders and orders[0].by not in groups:
        out += [
            exp.Ordered(this=exp.Paren(this=exp.Is(this=col(g.name), expression=exp.null())), nulls_first=False)
            for g in query.group_by
            if g.field != TIME and g.case is None
        ]
    for order in orders:
        key = _sort_key(build, query, groups[order.by]) if order.by in groups else col(side_column(order.by, order.side))
        out.append(exp.Ordered(this=key, desc=order.desc, nulls_first=False))
    named = {o.by for o in orders}
    out += [exp.Ordered(this=_sort_key(build, query, g), nulls_first=False) for g in query.group_by if g.name not in named]
    return out


def _sort_key(build: Build, query: SemanticQuery, group: Group) -> exp.Expr:
    """The column, or the position of its value where the catalog or the bucket orders them."""
    values: list[str] = []
    if group.edges:
        values = edge_labels(group.edges, True)
    elif group.bucket and group.bucket.edges:
        values = edge_labels(group.bucket.edges, whole(measure(build, group.bucket.metric, group.bucket.entity)))
    elif group.field and "." in group.field:
        values = list(build.catalog.field(group.field).spec.order)
    if not values:
        return col(group.name)
    ifs = [
        exp.If(this=exp.EQ(this=col(group.name), expression=exp.Literal.string(v)), true=exp.Literal.number(i))
        for i, v in enumerate(values)
    ]
    return exp.Case(ifs=ifs, default=exp.Literal.number(len(values)))
