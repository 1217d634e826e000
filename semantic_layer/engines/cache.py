"""Results that are still true: of the same statement, over the same state of the data, for the same rights."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from cachetools import LRUCache

from semantic_layer.engines.base import Result

_OVERHEAD = 2_000  # bytes that an entry takes beside its statement and its stream


@dataclass(frozen=True)
class Key:
    """What a result depends on."""

    sql: str
    version: str
    max_rows: int
    rights: str


class Cache:
    """Keeps the results used last, up to `size` bytes; none of more than `largest` bytes."""

    def __init__(self, size: int = 64_000_000, largest: int = 8_000_000) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._results: LRUCache[Key, _Entry] = LRUCache(size, getsizeof=_Entry.size)

    def get(self, key: Key) -> Result | None:
        """The result, marked as cached."""
        with self._lock:
            entry = self._results.get(key)
        return entry.result() if entry else None

    def put(self, key: Key, result: Result) -> None:
        """Keeps a result."""
        if len(result.arrow) <= self._largest:
            with self._lock:
                self._results[key] = _Entry(key, result)


class _Entry:
    def __init__(self, key: Key, result: Result) -> None:
        # A copy: rows that a caller makes of the stream stay with the caller.
        self._result = replace(result, cached=True)
        self._size = len(result.arrow) + len(key.sql) + len(key.rights) + _OVERHEAD

    def size(self) -> int:
        return self._size

    def result(self) -> Result:
        return replace(self._result)
