"""The forms that a model fills in, each as a JSON schema narrowed to what was brought; here the one that is a whole semantic query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.llm.brought import Brought
from semantic_layer.catalog import Catalog
from semantic_layer.query import TIME, json_schema

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
