"""Databases of other makes, copied into DuckDB files."""

from semantic_layer.engines.foreign.copying import copy_database, is_foreign
from semantic_layer.engines.foreign.extract import extract_table
from semantic_layer.engines.foreign.model import Copied, Note

__all__ = ["Copied", "Note", "copy_database", "extract_table", "is_foreign"]
