"""One step from a semantic query to another. What depends on a part goes or changes with it; raises ValueError where nothing sensible is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from semantic_layer.query import Group, Having, MetricRef, Order, SemanticQuery

_BY_COMPARE = ("previous", "difference", "growth")


def changed(query: SemanticQuery, **parts: Any) -> SemanticQuery:
    """The query with other parts, checked. Raises ValueError."""
    return SemanticQuery.model_validate({**{name: getattr(query, name) for name in SemanticQuery.model_fields}, **parts})


def with_metric(query: SemanticQuery, at: int, metric: str) -> SemanticQuery:
    """Another metric of the catalog in the place of one; order, shares and thresholds follow it."""
    old = query.metrics[at]
    new = MetricRef(metric=metric) if old.metric is None else old.model_copy(update={"metric": metric, "alias": None})
    return _renamed(query, {old.name: new.name}, metrics=(*query.metrics[:at], new, *query.metrics[at + 1 :]))


def without_metric(query: SemanticQuery, at: int) -> SemanticQuery:
    """One metric fewer."""
    name = query.metrics[at].name
    parts: dict[str, Any] = {"metrics": query.metrics[:at] + query.metrics[at + 1 :], **_left(query, lambda p: p.by != name)}
    for key in ("share", "running"):
        part = getattr(query, key)
        if part and name in part.of:
            rest = tuple(n for n in part.of if n != name)
            parts[key] = part.model_copy(update={"of": rest}) if rest else None
    return changed(query, **parts)


def with_group(query: SemanticQuery, at: int, group: Group) -> SemanticQuery:
    """Another group in the place of one; beyond the last, one more."""
    if at >= len(query.group_by):
        return changed(query, group_by=(*query.group_by, group))
    old = query.group_by[at]
    return _renamed(query, {old.name: group.name}, group_by=(*query.group_by[:at], group, *query.group_by[at + 1 :]))


def without_group(query: SemanticQuery, at: int) -> SemanticQuery:
    """One group fewer. Without any, there is nothing to order, to cut, or to take shares of."""
    name = query.group_by[at].name
    groups = query.group_by[:at] + query.group_by[at + 1 :]
    if not groups:
        return changed(query, group_by=(), having=(), order_by=(), limit=None, limit_per=(), share=None, running=None)
    within = tuple(n for n in query.share.within if n != name) if query.share else ()
    forward = any(g == query.time_group for g in groups)
    return changed(
        query,
        **{
            "group_by": groups,
            "limit_per": tuple(n for n in query.limit_per if n != name),
            "share": query.share.model_copy(update={"within": within}) if query.share else None,
            "running": query.running if forward else None,
            **_left(query, lambda p: p.by != name),
        },
    )


def without_condition(query: SemanticQuery, at: int) -> SemanticQuery:
    """One condition fewer."""
    return changed(query, where=query.where[:at] + query.where[at + 1 :])


def negated(query: SemanticQuery, at: int) -> SemanticQuery:
    """The opposite of one condition."""
    condition = query.where[at]
    turned = condition.model_copy(update={"negated": not condition.negated})
    return changed(query, where=(*query.where[:at], turned, *query.where[at + 1 :]))


def without_order(query: SemanticQuery) -> SemanticQuery:
    """All rows, in no order asked for."""
    return changed(query, order_by=(), limit=None, limit_per=())


def reversed_order(query: SemanticQuery) -> SemanticQuery:
    """From the other end."""
    first, *rest = query.order_by
    return changed(query, order_by=(first.model_copy(update={"desc": not first.desc}), *rest))


def without_compare(query: SemanticQuery) -> SemanticQuery:
    """No comparison, and nothing ordered or kept by it."""
    return changed(query, compare=None, **_left(query, lambda p: p.side not in _BY_COMPARE))


def without_window(query: SemanticQuery, key: str) -> SemanticQuery:
    """No `share`, or no `running` values, and nothing ordered or kept by them."""
    return changed(query, **{key: None}, **_left(query, lambda p: p.side != key))


def without_having(query: SemanticQuery, at: int) -> SemanticQuery:
    """One threshold fewer."""
    return changed(query, having=query.having[:at] + query.having[at + 1 :])


def _left(query: SemanticQuery, keep: Callable[[Having | Order], bool]) -> dict[str, Any]:
    """Thresholds and order without some. Where no order is left, nothing is cut either: the first of no order would be any."""
    having, order = tuple(filter(keep, query.having)), tuple(filter(keep, query.order_by))
    return {"having": having, "order_by": order} | ({"limit": None, "limit_per": ()} if query.order_by and not order else {})


def _renamed(query: SemanticQuery, names: Mapping[str, str], **parts: Any) -> SemanticQuery:
    def new(name: str) -> str:
        return names.get(name, name)

    for key in ("having", "order_by"):
        parts[key] = tuple(p.model_copy(update={"by": new(p.by)}) for p in getattr(query, key))
    parts["limit_per"] = tuple(map(new, query.limit_per))
    if query.share:
        parts["share"] = query.share.model_copy(update={"within": tuple(map(new, query.share.within)), "of": tuple(map(new, query.share.of))})
    if query.running:
        parts["running"] = query.running.model_copy(update={"of": tuple(map(new, query.running.of))})
    return changed(query, **parts)
