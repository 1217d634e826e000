"""Takes back what an export of ours put into extensions, where the document still says what was exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.exchange.conditions import InexpressibleError
from semantic_layer.catalog.exchange.extension import extended
from semantic_layer.catalog.exchange.ossie_document import OssieModel
from semantic_layer.catalog.exchange.ossie_native import native_dataset, native_field, native_metric, native_relationship
from semantic_layer.catalog.models import CatalogSpec, RelationshipSpec
from semantic_layer.errors import WenshuError

Key = tuple[str, ...]
# What a catalog says by the part of the document on the left. Whoever changes that part means these.
_SAID_BY = {
    "expression": ("expression", "type", "filter"),
    "datatype": ("type",),
    "dimension": ("kind",),
    "source": ("source",),
    "primary_key": ("primary_key",),
    "description": ("description",),
    "ai_context": ("synonyms",),
}


class Whole(BaseModel):
    """What the extension of a model holds: settings of the shop, sections of the catalog, metrics that Ossie cannot say, the order of all."""

    settings: dict[str, Any] = {}
    sections: dict[str, Any] = {}
    metrics: dict[str, dict[str, Any]] = {}
    order: tuple[str, ...] = ()


@dataclass
class Restored:
    """The parts of a catalog by their place in it, and the same in the words of Ossie as they were exported."""

    whole: Whole
    parts: dict[Key, dict[str, Any]] = field(default_factory=dict)
    natives: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def kept(self, key: Key, given: BaseModel) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        """What our extension says of a part, and which parts of the document were changed since.

        What those say is left out of it. None if there is no extension.
        """
        if key not in self.parts:
            return None, ()
        now, then = _plain(given), self.natives.get(key, {})
        changed = tuple(k for k in sorted({*now, *then}) if now.get(k) != then.get(k) and k != "name")
        gone = {name for k in changed for name in _SAID_BY.get(k, ())}
        return {k: v for k, v in self.parts[key].items() if k not in gone}, changed


def restored(model: OssieModel) -> Restored | None:
    """What the extensions of a model hold; None if it has none of ours. Raises ValueError for damaged ones."""
    data = extended(model.custom_extensions)
    if data is None:
        return None
    try:
        out = Restored(Whole.model_validate(data), dict(_parts(model)))
        catalog = Catalog(CatalogSpec.model_validate(_data(out)))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for key in out.parts:
        out.natives[key] = json.loads(json.dumps(_native(key, catalog, out.parts[key], model.name)))
    return out


def _parts(model: OssieModel) -> Iterator[tuple[Key, dict[str, Any]]]:
    for d in model.datasets:
        if (data := extended(d.custom_extensions)) is not None:
            yield ("datasets", d.name), data
            for f in d.fields:
                if (data := extended(f.custom_extensions)) is not None:
                    yield ("datasets", d.name, f.name), data
    for r in model.relationships:
        if (data := extended(r.custom_extensions)) is not None:
            yield ("relationships", r.name), data
    for m in model.metrics:
        if (data := extended(m.custom_extensions)) is not None:
            yield ("metrics", m.name), data


def _data(found: Restored) -> dict[str, Any]:
    """The catalog of the extensions alone."""
    datasets: dict[str, Any] = {}
    for key, data in found.parts.items():
        if key[0] == "datasets" and len(key) == 2:
            datasets[key[1]] = {**data, "fields": {}}
        elif key[0] == "datasets":
            datasets[key[1]]["fields"][key[2]] = data
    return {
        "datasets": {n: d for n, d in datasets.items() if d["fields"]},
        "relationships": [v for k, v in found.parts.items() if k[0] == "relationships"],
        "metrics": {**{k[1]: v for k, v in found.parts.items() if k[0] == "metrics"}, **found.whole.metrics},
        **found.whole.sections,
    }


def _native(key: Key, catalog: Catalog, data: dict[str, Any], database: str) -> dict[str, Any]:
    datasets = dict(catalog.spec.datasets)
    try:
        if key[0] == "metrics":
            return native_metric(key[1], catalog)
        if key[0] == "relationships":
            return native_relationship(key[1], RelationshipSpec.model_validate(data), datasets)
        dataset = datasets[key[1]]
        return native_dataset(key[1], dataset, database) if len(key) == 2 else native_field(key[2], dataset.fields[key[2]])
    except (InexpressibleError, WenshuError, LookupError):
        return {}  # what cannot be said cannot have been exported, so the document is taken as it is


def _plain(given: BaseModel) -> dict[str, Any]:
    """A part of a document as JSON, without extensions and without the parts that stand on their own."""
    data = given.model_dump(mode="json", exclude_unset=True, by_alias=True, exclude={"custom_extensions", "fields"})
    return {k: v for k, v in data.items() if v not in (None, [], "")}
