"""The JSON schema of YAML files (draft 2020-12), for editors: what keys there are, what they mean, what may stand there."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from semantic_layer.catalog.models import CatalogSpec, DatasetSpec, EventSpec, ExpectSpec, MetricSpec, SegmentSpec, Snapshot, TermSpec

_SHARED = (CatalogSpec, DatasetSpec, Snapshot, MetricSpec, ExpectSpec, SegmentSpec, TermSpec, EventSpec)
_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


def catalog_schema() -> dict[str, Any]:
    """The schema of one file of a catalog. Several files may hold parts of one thing, so none has to be complete.

    What stands in a list stands in it as a whole, and has to be.
    """
    schema = schema_of(CatalogSpec, "A file of a Wenshu catalog")
    for model in _SHARED:
        part = schema if model is CatalogSpec else schema["$defs"][model.__name__]
        part.pop("required", None)
        for value in part["properties"].values():
            value.pop("minProperties", None)
    return schema


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a file that holds one model; names of keys that the model refuses are refused as well."""
    schema = model.model_json_schema()
    schema = {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": title}
    _tidy(schema)
    return schema


def _tidy(node: Any) -> None:
    """Takes out what tells an editor nothing: titles made of names, and defaults that are empty."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in ("properties", "$defs", "patternProperties"):
            for part in value.values():
                part.pop("title", None)
                _tidy(part)
        else:
            _tidy(value)
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    if "default" in node and _is_empty(node["default"]):
        del node["default"]


def _is_empty(value: Any) -> bool:
    return all(_is_empty(v) for v in value.values()) if isinstance(value, dict) else value in _EMPTY
