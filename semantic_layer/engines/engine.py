"""The engine over one DuckDB file: a cache, a queue, and worker processes that can be ended at any moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semantic_layer.engines.base import Column, Limits, Result, Watch
from semantic_layer.engines.cache import Cache, Key
from semantic_layer.engines.files import file_version
from semantic_layer.engines.pool import Pool
from semantic_layer.engines.queue import Queue
from semantic_layer.errors import DataReplaced

_ATTEMPTS = 5


class DuckDBEngine:
    """Read-only access to one DuckDB file. Safe to use from many threads; not across a fork.

    The file is opened in the background, so that one that cannot be opened is a ShopError of the first query. Only
    that there is no file raises one here.
    """

    dialect = "duckdb"

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        file_version(path)
        self.path = path
        self.limits = limits or Limits()
        self._cache = Cache()
        self._queue = Queue()
        self._lock = threading.Lock()
        self._pools: dict[tuple[int, int | None], Pool] = {}
        self._pool(self.limits)

    def version(self) -> str:
        """Names the present state of the file. Raises ShopError where there is none."""
        return file_version(self.path)

    def run(self, sql: str, limits: Limits | None = None, *, user: str = "", rights: str = "", cache: bool = True) -> Result:
        """Runs one query in a worker; ends it at the limits; cuts the rows at the row limit. See `Queries.run`."""
        limits = limits or self.limits
        kept = self._cache.get(Key(sql, self.version(), limits.max_rows, rights)) if cache else None
        if kept:
            return kept
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._run_once(sql, limits, user, rights, cache)
            except DataReplaced:
                continue
        return self._run_once(sql, limits, user, rights, cache)

    def _run_once(self, sql: str, limits: Limits, user: str, rights: str, cache: bool) -> Result:
        with self.snapshot() as data:
            return data.run(sql, limits, user=user, rights=rights, cache=cache)

    @contextmanager
    def snapshot(self, watch: Watch | None = None) -> Iterator[DuckDBSnapshot]:
        """The present state of the file, held as long as the context is open. Raises ShopError, Busy."""
        pool = self._pool(self.limits)
        data = DuckDBSnapshot(self, pool, pool.pin(), watch)
        try:
            yield data
        finally:
            data.close()

    def close(self) -> None:
        """Ends all workers, also under a query."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()

    def _pool(self, limits: Limits) -> Pool:
        """The workers with this memory and these threads."""
        key = limits.memory_mb, limits.threads
        with self._lock:
            if key not in self._pools:
                self._pools[key] = Pool(self.path, limits, keep=0 if self._pools else 1)
            return self._pools[key]


class DuckDBSnapshot:
    """One state of the file. A `watch` is told the statements, and can stop them."""

    def __init__(self, engine: DuckDBEngine, pool: Pool, version: str, watch: Watch | None = None) -> None:
        self.version = version
        self._engine = engine
        self._pools = [pool]
        self._watch = watch

    def run(self, sql: str, limits: Limits | None = None, *, user: str = "", rights: str = "", cache: bool = True) -> Result:
        """As DuckDBEngine.run. Raises DataReplaced where this state can no longer be read, Cancelled where its watch stops it."""
        engine, stop = self._engine, self._watch.stop if self._watch else None
        if self._watch:
            self._watch.stop.check()
            self._watch.statements.append(sql)
        limits = limits or engine.limits
        key = Key(sql, self.version, limits.max_rows, rights)
        kept = engine._cache.get(key) if cache else None
        if kept:
            return kept
        pool = self._pinned(limits)
        with engine._queue.turn(user, stop):
            head, stream = pool.ask(self.version, sql, limits, stop)
        result = Result(tuple(Column(*c) for c in head["columns"]), stream, head["truncated"], self.version)
        if cache:
            engine._cache.put(key, result)
        return result

    def close(self) -> None:
        """Gives up the state."""
        for pool in self._pools:
            pool.unpin(self.version)

    def _pinned(self, limits: Limits) -> Pool:
        pool = self._engine._pool(limits)
        with self._engine._lock:
            if pool not in self._pools:
                pool.pin(self.version)
                self._pools.append(pool)
        return pool
