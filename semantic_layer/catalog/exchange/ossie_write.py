"""A catalog as a document of Apache Ossie 0.2.0.dev0, with all that Ossie cannot carry in extensions of ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.exchange.conditions import InexpressibleError
from semantic_layer.catalog.exchange.extension import dumped_spec, extension
from semantic_layer.catalog.exchange.ossie_document import VENDOR, VERSION
from semantic_layer.catalog.exchange.ossie_native import (
    native_dataset,
    native_field,
    native_metric,
    native_relationship,
    relationship_names,
)
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.models import MetricSpec, Named
from semantic_layer.errors import WenshuError

SECTIONS = ("entities", "segments", "terms", "hierarchies", "calendar")
_CARRIED = ("expression", "primary_key", "source", "description", "synonyms", "from", "to", "fields", "type")


def export_ossie(catalog: Catalog, name: str, settings: dict[str, Any], report: Report) -> dict[str, Any]:
    """The document. Metrics that no single expression can say stand in the extension of the model only."""
    spec = catalog.spec
    model: dict[str, Any] = {"name": name, "datasets": [_dataset(d, catalog, name, report) for d in spec.datasets]}
    if spec.relationships:
        named = zip(relationship_names(spec.relationships), spec.relationships, strict=True)
        model["relationships"] = [
            _extended(native_relationship(n, r, dict(spec.datasets)), dumped_spec(r), f"relationships.{n}", report) for n, r in named
        ]
    metrics, hidden = _metrics(catalog, report)
    if metrics:
        model["metrics"] = metrics
    sections = {k: v for k, v in dumped_spec(spec).items() if k in SECTIONS}
    for section in sections:
        _unseen(section, [section], report)
    whole = {"settings": settings, "sections": sections, "metrics": hidden, "order": list(spec.metrics)}
    model["custom_extensions"] = [extension(whole)]
    return {"version": VERSION, "semantic_model": [model]}


def _dataset(name: str, catalog: Catalog, database: str, report: Report) -> dict[str, Any]:
    spec = catalog.dataset(name)
    path = f"datasets.{name}"
    own = {k: v for k, v in dumped_spec(spec).items() if k != "fields"}
    out = _extended(native_dataset(name, spec, database), own, path, report, spec)
    fields = [_extended(native_field(f, s), dumped_spec(s), f"{path}.fields.{f}", report, s) for f, s in spec.fields.items()]
    return out | {"fields": fields}


def _metrics(catalog: Catalog, report: Report) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The metrics that Ossie can say, and the others as the catalog writes them."""
    out: list[dict[str, Any]] = []
    hidden: dict[str, Any] = {}
    for name, spec in catalog.spec.metrics.items():
        path = f"metrics.{name}"
        try:
            native = native_metric(name, catalog)
        except (InexpressibleError, WenshuError) as error:
            hidden[name] = dumped_spec(spec)
            report.add(
                "lost", path, f"other tools do not see it, because {error.en}; it is only in the extension of {VENDOR}",
                f"其他工具看不到它，因为{error.zh}；只写在 {VENDOR} 的扩展里",
            )  # fmt: skip
            continue
        out.append(_extended(native, dumped_spec(spec), path, report, spec))
        if ".*" in native["expression"]["dialects"][0]["expression"]:
            report.add("lost", f"{path}.expression", "not every tool reads COUNT(dataset.*)", "并非所有工具都能读取 COUNT(数据集.*)")
    return out, hidden


def _extended(native: dict[str, Any], spec: dict[str, Any], path: str, report: Report, named: Named | None = None) -> dict[str, Any]:
    """The native part with its extension; what only the extension holds is noted."""
    unseen = [k for k in spec if k not in _CARRIED and k != "label"]
    if named is not None:
        unseen += [f"{k}.zh" for k, text in (("description", named.description),) if text.zh and text.en]
        unseen += ["label and synonyms by language"] if named.names() else []
        unseen += ["expression as written"] if isinstance(named, MetricSpec) and spec.get("filter") else []
    if spec.get("type") == "number":
        unseen.append("type")
    if unseen:
        _unseen(path, unseen, report)
    return {**native, "custom_extensions": [extension(spec)]}


def _unseen(path: str, keys: Iterable[str], report: Report) -> None:
    shown = ", ".join(keys)
    report.add("lost", path, f"only in the extension of {VENDOR}: {shown}", f"只写在 {VENDOR} 的扩展里：{shown}")
