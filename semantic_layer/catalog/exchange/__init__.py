"""Semantic models of other tools: Apache Ossie in and out, MetricFlow in, with a report of what does not fit."""

from semantic_layer.catalog.exchange.importing import FORMATS, Imported, import_model
from semantic_layer.catalog.exchange.ossie_write import export_ossie
from semantic_layer.catalog.exchange.report import Note, Report

__all__ = ["FORMATS", "Imported", "Note", "Report", "export_ossie", "import_model"]
