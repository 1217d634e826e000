"""A database in memory to make files with: arrays in, SQL, files out. For the shops that make up their data."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
from numpy.typing import NDArray

from semantic_layer.engines.duckdb import OFFLINE
from semantic_layer.engines.failures import described, log
from semantic_layer.errors import ShopError


class Workbench:
    """Tables of arrays and of statements, gone when it closes. `memory_mb` bounds the database, not the arrays.

    Every method raises ShopError for what the database refuses; the log says why.
    """

    def __init__(self, memory_mb: int = 2048, threads: int = 2) -> None:
        # What does not fit goes to disk; without a folder of its own, into the one that the process happens to be in.
        self._spill = tempfile.TemporaryDirectory(prefix="wenshu-workbench-")
        config: dict[str, Any] = {**OFFLINE, "memory_limit": f"{memory_mb}MB", "threads": threads, "temp_directory": self._spill.name}
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET enable_progress_bar = false")

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()
        self._spill.cleanup()

    def table(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """A table of these columns of one length, in place of one of that name."""
        self._connection.register("arriving", dict(columns))
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS FROM arriving')
        self._connection.unregister("arriving")

    def lists(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A small table of rows of Python values, in place of one of that name. The columns take their types from the values."""
        marks = ", ".join("(" + ", ".join("?" * len(columns)) + ")" for _ in rows)
        names = ", ".join(f'"{column}"' for column in columns)
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS FROM (VALUES {marks}) AS t({names})', [value for row in rows for value in row])

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Runs one statement, with the values of its question marks."""
        self._execute(sql, values)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._execute(sql, values).fetchall()

    def arrays(self, sql: str) -> dict[str, NDArray[Any]]:
        """The columns of a query's result as arrays."""
        return self._execute(sql).fetchnumpy()

    def write(self, sql: str, path: Path, options: str = "FORMAT parquet, COMPRESSION zstd") -> None:
        """Writes the rows of a query to a file; its folder is made. `options` are those of COPY."""
        path.parent.mkdir(parents=True, exist_ok=True)
        literal = str(path).replace("'", "''")
        self.run(f"COPY ({sql}) TO '{literal}' ({options})")

    def _execute(self, sql: str, values: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, values)
        except duckdb.Error as error:
            log.warning("making data failed: %s\n%s", described(error), sql)
            raise ShopError(
                "The data could not be made: the disk or the memory is full, or the place cannot be written; the log says which.",
                "无法生成数据：磁盘或内存已满，或目标位置不可写；详情见日志。",
            ) from None
