"""The forms that a model fills in: a whole semantic query, or a flat one of choices; each as a JSON schema narrowed to what was brought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.llm.brought import Brought
from semantic_layer.catalog import Catalog
from semantic_layer.query import (
    FORWARD_GRAINS,
    TIME,
    Compare,
    FieldCondition,
    Group,
    MetricRef,
    Order,
    SemanticQuery,
    TimeRange,
    json_schema,
)

Kind = Literal["query", "ask_back", "cannot"]
_LONGEST = 200  # characters of a string, and things of a list, that a model may write without end otherwise
_MOST = 20
_CHOICES = 3


class Word(BaseModel):
    """What a word means that the grammar does not know; "" where it adds nothing."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(max_length=_LONGEST)
    means: str = Field(default="", max_length=_LONGEST)


class Filled(BaseModel):
    """A filled form, not yet held against the catalog: queries as plain data."""

    kind: Kind
    queries: tuple[dict[str, Any], ...] = ()
    words: tuple[Word, ...] = ()


class Form(Protocol):
    """One way to have a query filled in."""

    def schema(self, brought: Brought, catalog: Catalog, today: dt.date) -> dict[str, Any]:
        """The JSON schema of what is to be filled in."""

    def read(self, data: Mapping[str, Any], brought: Brought, today: dt.date) -> Filled:
        """What was filled in. Raises ValueError (of pydantic's too) where it is not as the form says."""


class FullForm:
    """The semantic query itself: whatever can be asked can be filled in."""

    def schema(self, brought: Brought, catalog: Catalog, today: dt.date) -> dict[str, Any]:
        """The schema of a semantic query, its names narrowed to those brought."""
        query = _narrowed(_compact(), brought)
        defs = query.pop("$defs")
        defs["Query"] = query
        text = {"type": "string", "maxLength": _LONGEST}
        ref = {"$ref": "#/$defs/Query"}
        word = {"type": "object", "properties": {"text": text, "means": text}, "required": ["text", "means"], "additionalProperties": False}
        return {
            "title": "reading",
            "description": "How a question is read.",
            "type": "object",
            "properties": {
                "kind": {"enum": ["query", "ask_back", "cannot"]},
                "query": {"anyOf": [ref, {"type": "null"}]},
                "choices": {"type": "array", "items": ref, "maxItems": _CHOICES},
                "words": {"type": "array", "items": word, "maxItems": _MOST},
            },
            "required": ["kind"],
            "additionalProperties": False,
            "$defs": defs,
        }

    def read(self, data: Mapping[str, Any], brought: Brought, today: dt.date) -> Filled:
        """The queries as they stand. Raises ValueError."""
        kind = data.get("kind")
        given = [data.get("query")] if kind == "query" else list(data.get("choices") or [])[:_CHOICES] if kind == "ask_back" else []
        if any(not isinstance(q, dict) for q in given):
            raise ValueError(f'kind "{kind}" needs {"query" if kind == "query" else "choices"}')
        return Filled.model_validate({"kind": kind, "queries": tuple(given), "words": tuple(data.get("words") or ())})


class FlatForm:
    """A few lists to choose from, for models that cannot fill in more."""

    def schema(self, brought: Brought, catalog: Catalog, today: dt.date) -> dict[str, Any]:
        """Every key has its choices; "" says nothing."""
        filters = ["", *(_filter(f, v) for f, v in brought.values)]
        groups = ["", *(f"{TIME}:{g}" for g in FORWARD_GRAINS), *brought.fields]
        choices: dict[str, list[str]] = {
            "kind": ["query", "cannot"],
            "metric": list(brought.metrics),
            "second_metric": ["", *brought.metrics],
            "group": groups,
            "second_group": groups,
            "filter": filters,
            "second_filter": filters,
            "period": ["", *_periods(brought, today)],
            "compare": ["", "previous", "last_year"],
            "order": ["", "highest_first", "lowest_first"],
        }
        properties: dict[str, Any] = {name: {"type": "string", "enum": list(dict.fromkeys(values))} for name, values in choices.items()}
        properties["limit"] = {"type": "integer", "minimum": 0, "maximum": 100}
        return {
            "title": "reading",
            "description": "How a question is read.",
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def read(self, data: Mapping[str, Any], brought: Brought, today: dt.date) -> Filled:
        """The choices as a query. Raises ValueError."""
        if data.get("kind") == "cannot":
            return Filled(kind="cannot")
        if not data.get("metric"):
            raise ValueError("metric is missing")
        metrics = tuple(MetricRef(metric=data[k]) for k in ("metric", "second_metric") if data.get(k))
        groups = tuple(_group(data[k]) for k in ("group", "second_group") if data.get(k))
        told = {_filter(f, v): (f, v) for f, v in brought.values}
        pairs = [told[data[k]] for k in ("filter", "second_filter") if data.get(k) in told]
        period = _periods(brought, today).get(data.get("period") or "")
        limit = int(data.get("limit") or 0)
        order = (Order(by=metrics[0].name, desc=data.get("order") != "lowest_first"),) if groups and (data.get("order") or limit) else ()
        query = SemanticQuery(
            metrics=tuple(dict.fromkeys(metrics)),
            group_by=tuple(dict.fromkeys(groups)),
            where=_conditions(pairs),
            time=period,
            compare=Compare(to=data["compare"]) if data.get("compare") else None,
            order_by=order,
            limit=limit if limit and groups else None,
        )
        return Filled(kind="query", queries=(query.to_dict(),))


def form(name: str) -> Form:
    """The form `full` or `flat`."""
    return FlatForm() if name == "flat" else FullForm()


def _filter(field: str, value: str) -> str:
    return f"{field} = {value}"


def _group(name: str) -> Group:
    field, _, grain = name.partition(":")
    return Group.model_validate({"field": field, **({"grain": grain} if grain else {})})


def _conditions(pairs: list[tuple[str, str]]) -> tuple[FieldCondition, ...]:
    """Values of one field are alternatives."""
    by_field: dict[str, list[str]] = {}
    for field, value in dict.fromkeys(pairs):
        by_field.setdefault(field, []).append(value)
    return tuple(
        FieldCondition(field=f, value=vs[0]) if len(vs) == 1 else FieldCondition(field=f, op="in", value=tuple(vs)) for f, vs in by_field.items()
    )


def _periods(brought: Brought, today: dt.date) -> dict[str, TimeRange]:
    """The periods of the question by their words, or else the usual ones."""
    if brought.periods:
        return {p.words: p for p in brought.periods}
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


@lru_cache(maxsize=1)
def _compact() -> dict[str, Any]:
    """The schema of a semantic query without what only people read, the union of conditions named once."""
    bare = _bare(json_schema())
    union = bare["$defs"]["AnyOf"]["properties"]["any_of"]["items"]
    bare["$defs"]["Condition"] = union
    for name, part in bare["$defs"].items():
        if name != "Condition":
            bare["$defs"][name] = _named(part, union)
    named: dict[str, Any] = {k: v if k == "$defs" else _named(v, union) for k, v in bare.items()}
    return named


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _bare(v) for k, v in node.items() if k not in ("title", "description", "examples", "default", "discriminator")}
    return [_bare(x) for x in node] if isinstance(node, list) else node


def _named(node: Any, union: Any) -> Any:
    if node == union:
        return {"$ref": "#/$defs/Condition"}
    if isinstance(node, dict):
        return {k: _named(v, union) for k, v in node.items()}
    return [_named(x, union) for x in node] if isinstance(node, list) else node


def _narrowed(node: Any, brought: Brought) -> Any:
    """A copy in which each name can only be one of those brought, and no string or list goes on without end."""
    names = {
        "metric": list(brought.metrics),
        "field": [TIME, *brought.fields, *brought.entities],
        "entity": list(brought.entities),
        "segment": list(brought.segments),
        "exists": list(brought.datasets),
        "dataset": list(brought.datasets),
    }
    narrowed = _with(node, {k for k, v in names.items() if v})
    narrowed["$defs"] |= {f"{k}_name": {"enum": v} for k, v in names.items() if v}
    return narrowed


def _with(node: Any, names: set[str], key: str = "") -> Any:
    if isinstance(node, list):
        return [_with(x, names, key) for x in node]
    if not isinstance(node, dict):
        return node
    out = {k: _with(v, names, "" if k in ("properties", "$defs") else key) for k, v in node.items() if k != "properties"}
    if "properties" in node:
        out["properties"] = {k: _with(v, names, k) for k, v in node["properties"].items()}
    if out.get("type") == "string" and "enum" not in out and "format" not in out:
        return {"$ref": f"#/$defs/{key}_name"} if key in names else out | {"maxLength": _LONGEST}
    if out.get("type") == "array" and "maxItems" not in out:
        out["maxItems"] = _MOST
    return out
