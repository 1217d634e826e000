"""The writer that a refresh works with: one DuckDB file, open for reading and writing, in transactions. Never for a user's question."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from semantic_layer.engines.duckdb import OFFLINE, unopened
from semantic_layer.engines.extensions import load_extension
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import ShopError

_LOCKED = ("could not set lock", "conflicting lock", "being used by another process", "unique file handle conflict")


class BadExpression(ShopError):
    """A statement that the engine refuses because of what stands in it; `detail` is the engine's own sentence, which holds no data."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"The engine refuses an expression: {detail}", f"引擎无法执行表达式：{detail}")
        self.detail = detail


class NoRoom(ShopError):
    """The disk or the memory is full."""


class Writer:
    """A file that is made if it is not there. One process at a time may hold it. Not to be shared by threads.

    Raises ShopError, also where another process holds the file; every method does where the engine fails.
    """

    def __init__(self, path: Path, *, memory_mb: int = 1_500, threads: int | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        config: dict[str, Any] = {
            **OFFLINE,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(path.with_name(path.name + ".tmp")),
            "preserve_insertion_order": "false",
        }
        if threads:
            config["threads"] = threads
        self.path = path
        self._config = config
        self._connection = self._connect()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = duckdb.connect(str(self.path), config=self._config)
            connection.execute("SET TimeZone = 'UTC'")
        except Exception as error:
            log.warning("opening %s failed: %s", self.path, described(error))
            if any(words in str(error).lower() for words in _LOCKED):
                raise ShopError(
                    "Another refresh of this shop is running. Wait until it has ended.", "该店铺正在由另一个程序刷新。请等它结束后再试。"
                ) from None
            raise unopened(self.path, error) from None
        return connection

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def reopen(self, memory_mb: int | None = None, threads: int | None = None) -> None:
        """Closes the file and opens it again: what long work has left in memory is given back. Temporary tables and variables are gone."""
        self.close()
        self._config |= {"memory_limit": f"{memory_mb}MB"} if memory_mb else {}
        self._config |= {"threads": threads} if threads else {}
        self._connection = self._connect()

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Runs a statement with the values of its question marks."""
        with _failing(self.path):
            self._connection.execute(sql, list(values))

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs a statement for each of some rows of values."""
        if rows:
            with _failing(self.path):
                self._connection.executemany(sql, [list(r) for r in rows])

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with _failing(self.path):
            return self._connection.execute(sql, list(values)).fetchall()

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """The first column of the first row of a query, or None."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def columns(self, query: str) -> dict[str, str]:
        """SQL types by column of a query's result."""
        return {str(r[0]): str(r[1]) for r in self.rows(f"DESCRIBE {query}")}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is run inside."""
        self.run("BEGIN")
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):
                self._connection.execute("ROLLBACK")
            raise
        self.run("COMMIT")

    @contextlib.contextmanager
    def attached(self, path: Path, name: str, *, read_only: bool = True) -> Iterator[None]:
        """Another file under a name, as long as the context is open; written to the disk whole before it is let go."""
        self.run(f"ATTACH {literal(str(path.absolute()))} AS {quoted(name)} (TYPE duckdb{', READ_ONLY' if read_only else ''})")
        try:
            yield
            if not read_only:
                self.run(f"CHECKPOINT {quoted(name)}")
        finally:
            with contextlib.suppress(Exception):
                self._connection.execute(f"DETACH {quoted(name)}")

    def extension(self, name: str) -> None:
        """Loads an extension of DuckDB. Raises ShopError where it is not installed."""
        load_extension(self._connection, name)


@contextlib.contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # The driver reports Ctrl-C as an error of its own.
        if isinstance(error, (duckdb.InterruptException,)) or isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        log.warning("writing %s failed: %s", path, described(error))
        if isinstance(error, (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)):
            raise BadExpression(described(error).split("LINE")[0].strip()) from None
        if isinstance(error, duckdb.OutOfMemoryException) or "no space left" in str(error).lower():
            raise NoRoom("The disk or the memory is full; nothing of this step was kept.", "磁盘或内存已满；这一步的内容未保留。") from None
        raise ShopError(f"{path.name} could not be written; the log says why.", f"无法写入 {path.name}；原因见日志。") from None
