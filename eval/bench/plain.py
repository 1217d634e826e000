"""A plain connection to a database in this process: no gate, no hardening, no worker. What safety is measured against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


class Plain:
    """Reads a DuckDB file as a script would."""

    def __init__(self, path: Path, threads: int) -> None:
        self._connection = duckdb.connect(str(path), read_only=True, config={"threads": threads})

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()
