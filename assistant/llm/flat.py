"""The flat form: a few lists to choose from, for models that cannot fill in a whole semantic query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.llm.brought import Brought
from assistant.llm.forms import Filled
from semantic_layer.catalog import Catalog
from semantic_layer.errors import QueryError
from semantic_layer.query import FORWARD_GRAINS, TIME, Compare, FieldCondition, Group, MetricRef, Order, SemanticQuery, TimeRange

_ORDERS = ("", "highest_first", "lowest_first")
_COMPARED = {"previous": "against the previous period", "last_year": "against last year"}
_MOST_ROWS = 100


@dataclass(frozen=True)
class _Family:
    """Metrics that can be split and filtered by the same fields; `dated` ones also by time."""

    metrics: tuple[str, ...]
    fields: tuple[str, ...]
    dated: bool


class FlatForm:
    """Every key has its choices; "" says nothing. Whatever is chosen goes together, so that nearly all that can be filled in can be run."""

    def schema(self, brought: Brought, catalog: Catalog, today: dt.date) -> dict[str, Any]:
        """One object of choices for each family of metrics, or that it cannot be said."""
        lists: dict[tuple[str, ...], str] = {}
        forms = [_object({"kind": ["query"], **_choices(f, brought, today)}, lists) for f in _families(brought, catalog)]
        reading = {"anyOf": [*forms, _object({"kind": ["cannot"]}, lists)]}
        whole = {"type": "object", "properties": {"reading": reading}, "required": ["reading"], "additionalProperties": False}
        defs = {name: {"type": "string", "enum": list(values)} for values, name in lists.items()}
        return {"title": "reading", "description": "How a question is read.", **whole, "$defs": defs}

    def read(self, data: Mapping[str, Any], brought: Brought, today: dt.date) -> Filled:
        """The choices as a query. Raises ValueError."""
        data = data.get("reading")  # type: ignore[assignment]
        if not isinstance(data, Mapping):
            raise ValueError("reading is missing")
        if data.get("kind") == "cannot":
            return Filled(kind="cannot")
        if not data.get("metric"):
            raise ValueError("metric is missing")
        metrics = tuple(MetricRef(metric=data[k]) for k in ("metric", "second_metric") if data.get(k))
        groups = _groups([data[k] for k in ("group", "second_group") if data.get(k)])
        told = {_filter(f, v): (f, v) for f, v in brought.values}
        pairs = [told[data[k]] for k in ("filter", "second_filter") if data.get(k) in told]
        time, compare = _periods(brought, today).get(data.get("period") or "", (None, None))
        limit = int(data.get("limit") or 0)
        order = (Order(by=metrics[0].name, desc=data.get("order") != "lowest_first"),) if groups and (data.get("order") or limit) else ()
        query = SemanticQuery(
            metrics=tuple(dict.fromkeys(metrics)),
            group_by=groups,
            where=_conditions(pairs),
            time=time,
            compare=compare,
            order_by=order,
            limit=limit if limit and groups else None,
        )
        return Filled(kind="query", queries=(query.to_dict(),))


def _object(choices: Mapping[str, Iterable[str]], lists: dict[tuple[str, ...], str]) -> dict[str, Any]:
    """The schema of an object with all of these keys; `limit` is a number. Equal lists have one name, and are told once."""
    properties: dict[str, Any] = {}
    for name, values in choices.items():
        if name == "limit":
            properties[name] = {"type": "integer", "minimum": 0, "maximum": _MOST_ROWS}
            continue
        listed = tuple(dict.fromkeys(values))
        properties[name] = {"$ref": f"#/$defs/{lists.setdefault(listed, f'{name}_{len(lists)}')}"}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _choices(family: _Family, brought: Brought, today: dt.date) -> dict[str, list[str]]:
    """What each key may be; where no field or value goes with the metrics, its keys are left out."""
    times = [f"{TIME}:{g}" for g in FORWARD_GRAINS] if family.dated else []
    filters = [_filter(f, v) for f, v in brought.values if f in family.fields]
    lists = {
        "metric": list(family.metrics),
        "second_metric": ["", *family.metrics] if len(family.metrics) > 1 else [],
        "group": ["", *times, *family.fields] if times or family.fields else [],
        "second_group": ["", *family.fields] if family.fields else [],
        "filter": ["", *filters] if filters else [],
        "second_filter": ["", *filters] if len(filters) > 1 else [],
        "period": ["", *_periods(brought, today)] if family.dated else [],
        "order": list(_ORDERS),
        "limit": [""],
    }
    return {name: values for name, values in lists.items() if values}


def _families(brought: Brought, catalog: Catalog) -> list[_Family]:
    """The metrics by what goes with them, the nearest first."""
    found: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for metric in brought.metrics:
        homes = catalog.formula(metric).homes
        fields = tuple(f for f in brought.fields if all(_goes(f, home, catalog) for home in homes))
        dated = all(catalog.spec.datasets[home].time for home in homes)
        found.setdefault((fields, dated), []).append(metric)
    return [_Family(tuple(metrics), fields, dated) for (fields, dated), metrics in found.items()]


def _goes(field: str, home: str, catalog: Catalog) -> bool:
    """Whether rows of a dataset can be split by a field, by one way only."""
    dataset = field.partition(".")[0]
    try:
        return dataset == home or catalog.path(home, dataset) is not None
    except QueryError:
        return False


def _filter(field: str, value: str) -> str:
    return f"{field} = {value}"


def _groups(names: list[str]) -> tuple[Group, ...]:
    """Each once; weeks of time and a field of that name side by side have names of their own."""
    out: dict[str, Group] = {}
    for name in names:
        field, _, grain = name.partition(":")
        column = grain or field.partition(".")[2]
        alias = {"alias": field.replace(".", "_")} if column in {n.rpartition(":")[2].rpartition(".")[2] for n in out if n != name} else {}
        out.setdefault(name, Group.model_validate({"field": field, **({"grain": grain} if grain else {}), **alias}))
    return tuple(out.values())


def _conditions(pairs: list[tuple[str, str]]) -> tuple[FieldCondition, ...]:
    """Values of one field are alternatives."""
    by_field: dict[str, list[str]] = {}
    for field, value in dict.fromkeys(pairs):
        by_field.setdefault(field, []).append(value)
    return tuple(
        FieldCondition(field=f, value=vs[0]) if len(vs) == 1 else FieldCondition(field=f, op="in", value=tuple(vs)) for f, vs in by_field.items()
    )


def _periods(brought: Brought, today: dt.date) -> dict[str, tuple[TimeRange, Compare | None]]:
    """The periods of the question by their words, or else the usual ones; each alone and, where it has a beginning, compared."""
    periods = {p.words: p for p in brought.periods} or _usual(today)
    out: dict[str, tuple[TimeRange, Compare | None]] = {name: (p, None) for name, p in periods.items()}
    for name, period in periods.items():
        if period.start:
            out |= {f"{name} {how}": (period, Compare.model_validate({"to": to})) for to, how in _COMPARED.items()}
    return out


def _usual(today: dt.date) -> dict[str, TimeRange]:
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    tomorrow = today + dt.timedelta(days=1)
    return {
        "this month": TimeRange(start=month, end=tomorrow),
        "last month": TimeRange(start=before, end=month),
        "this year": TimeRange(start=year, end=tomorrow),
        "last year": TimeRange(start=year.replace(year=year.year - 1), end=year),
        "last 7 days": TimeRange(start=today - dt.timedelta(days=7), end=today),
        "last 30 days": TimeRange(start=today - dt.timedelta(days=30), end=today),
    }
