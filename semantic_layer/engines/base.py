"""What every engine gives: typed rows, bounded in time, memory and number, all of one state of the data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from semantic_layer.engines.stopping import Stop

ColumnType = Literal["string", "integer", "number", "boolean", "date", "datetime"]


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    name: str
    type: ColumnType


@dataclass(frozen=True)
class Limits:
    """What one query may use. Seconds are wall clock; memory is what the query may add to an idle worker, in 10^6 bytes."""

    seconds: float = 20.0
    max_rows: int = 10_000
    memory_mb: int = 2_048
    threads: int | None = None


@dataclass(frozen=True)
class Result:
    """What a query gave, as an Arrow IPC stream with the columns in order, cut to the row limit.

    `version` is the state of the data that was read; `cached` says that no query ran for this result.
    """

    columns: tuple[Column, ...]
    arrow: bytes = field(repr=False)
    truncated: bool = False
    version: str = ""
    cached: bool = False

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """Rows in column order. Numbers are int or float, never NaN or infinite; dates are date or datetime, with a zone only where SQL has one."""
        from semantic_layer.engines.rows import rows_of

        return rows_of(self.arrow, self.columns)


@dataclass
class Watch:
    """What somebody knows of a snapshot: the statements that it was asked, those with a kept result too, and a way to stop them."""

    statements: list[str] = field(default_factory=list)
    stop: Stop = field(default_factory=Stop)


class Queries(Protocol):
    """What runs guarded SQL, read-only."""

    def run(self, sql: str, limits: Limits | None = None, *, user: str = "", rights: str = "", cache: bool = True) -> Result:
        """Raises QueryTimeout, QueryTooLarge, Busy, DataReplaced, EngineError, ShopError; none carries the engine's own text.

        `user` is whose turn it takes. A result is kept for callers with the same `rights`, unless `cache` is False: for
        statements whose result changes by itself.
        """


class Snapshot(Queries, Protocol):
    """One state of the data: all queries see it, or raise DataReplaced."""

    @property
    def version(self) -> str:
        """The state, as `Engine.version` names it."""


class Engine(Queries, Protocol):
    """A database. A query of its own is a snapshot of one query, and never raises DataReplaced."""

    dialect: str

    def version(self) -> str:
        """Names the present state of the data; cheap. Raises ShopError where there is none."""

    def snapshot(self, watch: Watch | None = None) -> AbstractContextManager[Snapshot]:
        """The present state of the data, held as long as the context is open. Raises ShopError, EngineError.

        A `watch` is told its statements; once stopped, they raise Cancelled.
        """

    def close(self) -> None:
        """Ends all that runs."""
