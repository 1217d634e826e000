"""One form of queries that are written in several: to see whether two readings are one by what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.reading.rules.counting import what_is_counted
from semantic_layer.catalog import Catalog
from semantic_layer.query import SemanticQuery


def one_form(query: SemanticQuery, catalog: Catalog) -> Mapping[str, Any]:
    """The parts of a query, written in one way. Equal forms give equal figures; the names of columns take no part.

    A condition in the query's own period needs no period of its own; who is counted by rows of a kind is who has such rows;
    the whole beside its share is shown, not asked for; and by store is by the number of the store.
    """
    form: dict[str, Any] = _wordless(query.to_dict())
    where = [_undated(c, query) for c in form.get("where", ())]
    form["where"] = sorted(map(repr, _by_rows(where, query, catalog)))
    form["metrics"] = _without_wholes([_nameless(m) for m in form.get("metrics", ())])
    form["group_by"] = [_by_entity(g, query, catalog) for g in form.get("group_by", ())]
    return form


def _by_entity(group: dict[str, Any], query: SemanticQuery, catalog: Catalog) -> dict[str, Any]:
    """By the entity, where the rows that are measured hold its key, which is all that is known of it."""
    dataset, _, name = str(group.get("field", "")).partition(".")
    entity = catalog.field(f"{dataset}.{name}").spec.entity if name else None
    homes = {home for m in query.metrics if m.metric for home in catalog.formula(m.metric).homes}
    keyed = entity is not None and catalog.entity(entity).dataset is None and homes == {dataset}
    return {**group, "field": entity} if keyed else group


def _wordless(part: Any) -> Any:
    """Without the words of periods."""
    if isinstance(part, dict):
        return {key: _wordless(value) for key, value in part.items() if key != "words"}
    return [_wordless(each) for each in part] if isinstance(part, list) else part


def _undated(condition: dict[str, Any], query: SemanticQuery) -> dict[str, Any]:
    """Without the period, where it is that of all rows of the answer."""
    time, own = condition.get("time"), query.time
    if not time or own is None or query.compare or query.running or query.time_group is not None or "field" in time:
        return condition
    same = (time.get("start"), time.get("end")) == (str(own.start), str(own.end))
    return {key: value for key, value in condition.items() if key != "time"} if same else condition


def _by_rows(where: list[dict[str, Any]], query: SemanticQuery, catalog: Catalog) -> list[dict[str, Any]]:
    """Customers who have a row of a kind, where customers of these rows are counted, as the customers of rows of that kind."""
    metric = query.metrics[0] if len(query.metrics) == 1 else None
    if metric is None or not metric.metric or metric.where or metric.share or query.group_by or query.compare:
        return where
    counted, homes = what_is_counted(catalog, metric.metric), catalog.formula(metric.metric).homes
    having = [c for c in where if "exists" in c and not c.get("negated")]
    rows = [c for c in where if "exists" not in c]
    if len(having) != 1 or rows:
        return where
    one = having[0]
    if one["entity"] != counted or (one["exists"],) != homes or one.get("time") or not one.get("where"):
        return where
    return [*(c for c in where if c is not one), *one["where"]]


def _nameless(metric: Any) -> Any:
    return {key: value for key, value in metric.items() if key != "alias"} if isinstance(metric, dict) else {"metric": metric}


def _without_wholes(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without a plain metric of which another is a share."""
    shared = {m["metric"] for m in metrics if m.get("share") and "metric" in m}
    return [m for m in metrics if not (set(m) == {"metric"} and m["metric"] in shared)]
