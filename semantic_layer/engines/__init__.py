"""The only room that touches a database driver."""

from semantic_layer.engines.base import Column, Engine, Limits, Result
from semantic_layer.engines.duckdb import DuckDBEngine

__all__ = ["Column", "DuckDBEngine", "Engine", "Limits", "Result"]
