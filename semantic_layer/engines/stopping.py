"""Ends the queries of a snapshot from another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from semantic_layer.errors import Cancelled


class Stop:
    """Set once, by anybody: what runs is ended, and what comes after is not begun."""

    def __init__(self) -> None:
        self._set = False
        self._ends: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def set(self) -> None:
        """Ends what runs."""
        with self._lock:
            self._set = True
            for end in self._ends:
                end()

    @property
    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def check(self) -> None:
        """Raises Cancelled once it was set."""
        if self._set:
            raise Cancelled("Stopped, as you asked.", "已按您的要求停止。")

    @contextlib.contextmanager
    def ending(self, end: Callable[[], object]) -> Iterator[None]:
        """Calls `end` where it is set inside. Raises Cancelled where it was set, before or inside; whatever else was raised then."""
        with self._lock:
            self.check()
            self._ends.append(end)
        try:
            yield
        except Exception:
            self.check()
            raise
        finally:
            with self._lock:
                self._ends.remove(end)
        self.check()
