"""What every engine gives: typed rows, bounded in time and number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

ColumnType = Literal["string", "integer", "number", "boolean", "date", "datetime"]


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    name: str
    type: ColumnType


@dataclass(frozen=True)
class Limits:
    """What one query may use. Seconds are wall clock; memory and threads hold for the engine as a whole."""

    seconds: float = 20.0
    max_rows: int = 10_000
    memory_mb: int = 2_048
    threads: int | None = None


@dataclass(frozen=True)
class Result:
    """Rows in column order. Numbers are int or float, never NaN or infinite; dates are date or datetime."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    truncated: bool = False


class Engine(Protocol):
    """Runs guarded SQL, read-only."""

    dialect: str

    def run(self, sql: str, limits: Limits | None = None) -> Result:
        """Raises QueryTimeout, QueryTooLarge, EngineError; none carries the engine's own text."""

    def close(self) -> None:
        """Gives up all connections."""
