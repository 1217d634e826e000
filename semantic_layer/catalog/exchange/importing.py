"""From files of another tool to the data of a catalog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.exchange.assemble import assemble
from semantic_layer.catalog.exchange.draft import ModelDraft
from semantic_layer.catalog.exchange.files import read_documents, unreadable
from semantic_layer.catalog.exchange.metricflow_document import MetricFlowFile
from semantic_layer.catalog.exchange.metricflow_read import MetricFlowReader
from semantic_layer.catalog.exchange.ossie_document import OssieDocument
from semantic_layer.catalog.exchange.ossie_read import OssieReader
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.exchange.tables import SourceMap
from semantic_layer.catalog.exchange.today import choose_today
from semantic_layer.catalog.source import Place, Problem


@dataclass
class Imported:
    """The data of a catalog, settings of a shop that the document knew, and the report."""

    name: str
    catalog: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


def import_model(path: Path, format: str, inspector: Inspector, schema: str | None = None) -> Imported:
    """Reads `path` in `format` and fits it to the database.

    Raises UsageError for files or a mapping that are not there, CatalogError with file and line for everything
    that is wrong with them.
    """
    report = Report()
    sources = SourceMap.read(schema)
    draft, problems = FORMATS[format](path, report)
    if not problems:
        data, problems = assemble(draft, inspector, sources, report)
    if problems:
        raise unreadable(path, problems)
    if not draft.restored:
        draft.settings |= choose_today(draft, inspector, dt.date.today(), report)
    return Imported(draft.name, data, draft.settings, report)


def _ossie(path: Path, report: Report) -> tuple[ModelDraft, list[Problem]]:
    reader = OssieReader(report)
    for document in read_documents(path, OssieDocument, ("semantic_model",), report):
        reader.read(document)
    return reader.draft, reader.problems


def _metricflow(path: Path, report: Report) -> tuple[ModelDraft, list[Problem]]:
    reader = MetricFlowReader(report, path.stem)
    for document in read_documents(path, MetricFlowFile, ("semantic_model", "metrics:"), report):
        reader.read(document)
    if not reader.draft.datasets and not reader.problems:
        what = "there is no semantic model: neither semantic_models, nor a model with semantic_model"
        reader.problems.append(Problem(Place(path.name), what))
    reader.finish()
    return reader.draft, reader.problems


FORMATS: Mapping[str, Callable[[Path, Report], tuple[ModelDraft, list[Problem]]]] = {"ossie": _ossie, "metricflow": _metricflow}
