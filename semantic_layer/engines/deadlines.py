"""One thread that interrupts queries past their time limit."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

_AGAIN = 0.1  # seconds after which a query that goes on is interrupted anew: between two steps an interrupt is lost


class Interruptible(Protocol):
    """A cursor."""

    def interrupt(self) -> None:
        """Asks what runs on it to end."""


@dataclass(eq=False)
class Deadline:
    """When a query is to be interrupted next, and whether it has been."""

    cursor: Interruptible
    due: float
    passed: bool = False


class Deadlines:
    """The deadlines of all queries that run in this process. The thread wakes for those that pass, not for each query."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Deadline] = set()
        self._wakes = math.inf
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def within(self, seconds: float, cursor: Interruptible) -> Iterator[Deadline]:
        """Interrupts the cursor after `seconds`, until the context ends."""
        deadline = Deadline(cursor, time.monotonic() + seconds)
        with self._changed:
            self._running.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif deadline.due < self._wakes:
                self._changed.notify()
        try:
            yield deadline
        finally:
            with self._changed:
                self._running.discard(deadline)

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._interrupt_late()
                self._changed.wait(None if self._wakes == math.inf else self._wakes - time.monotonic())

    def _interrupt_late(self) -> None:
        # In a method of its own: no variable may hold a cursor while the thread waits, or it outlives its connection.
        now = time.monotonic()
        for deadline in self._running:
            if deadline.due <= now:
                deadline.passed, deadline.due = True, now + _AGAIN
                deadline.cursor.interrupt()
        self._wakes = min((d.due for d in self._running), default=math.inf)
