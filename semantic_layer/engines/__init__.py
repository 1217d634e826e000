"""The only room that touches a database driver."""

from semantic_layer.engines.base import Column, Engine, Limits, Result, Snapshot, Watch
from semantic_layer.engines.engine import DuckDBEngine

__all__ = ["Column", "DuckDBEngine", "Engine", "Limits", "Result", "Snapshot", "Watch"]
