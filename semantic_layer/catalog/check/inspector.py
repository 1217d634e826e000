"""What the checks need of a database and of a shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from semantic_layer.query import SemanticQuery

# The first cell that a shop answers a question with, by the road of every question. Raises WenshuError.
Ask = Callable[[SemanticQuery], Any]


class Inspector(Protocol):
    """Looks into a database. Statements are in DuckDB's dialect.

    A statement that the database refuses raises EngineError.
    """

    def tables(self) -> dict[str, dict[str, str]]:
        """Table name -> column -> SQL type; names as a dataset's `source` would write them."""

    def columns(self, sql: str) -> dict[str, str]:
        """Column -> SQL type of a query's result, without running it to the end."""

    def count(self, sql: str) -> int:
        """The number in the first row and column of a query's result."""

    def values(self, sql: str) -> list[str]:
        """The texts in the first column of a query's result."""
