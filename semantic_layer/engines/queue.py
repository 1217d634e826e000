"""Who may run a query now: few at a time, each user a share, and the rest in a short line."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from semantic_layer.engines.stopping import Stop
from semantic_layer.errors import Busy


@dataclass
class _Waiting:
    user: str
    admitted: bool = False
    waked: threading.Event = field(default_factory=threading.Event)


class Queue:
    """Turns for at most `running` queries, at most `per_user` of one user; at most `waiting` wait, each at most `seconds`."""

    def __init__(self, running: int = 4, per_user: int = 2, waiting: int = 50, seconds: float = 30.0) -> None:
        self._most, self._per_user, self._longest, self._seconds = running, per_user, waiting, seconds
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @contextlib.contextmanager
    def turn(self, user: str, stop: Stop | None = None) -> Iterator[None]:
        """Waits for a turn of this user, and holds it. Raises Busy; Cancelled where it is stopped while it waits."""
        self._enter(user, stop)
        try:
            yield
        finally:
            with self._lock:
                self._leave(user)

    def _enter(self, user: str, stop: Stop | None) -> None:
        with self._lock:
            if self._free(user):
                self._running[user] += 1
                return
            if len(self._waiting) >= self._longest:
                raise _busy()
            place = _Waiting(user)
            self._waiting.append(place)
        waited = False
        try:
            with stop.ending(place.waked.set) if stop else contextlib.nullcontext():
                place.waked.wait(self._seconds)
            waited = True
        finally:
            with self._lock:
                if not place.admitted:
                    self._waiting.remove(place)
                elif not waited:
                    self._leave(user)
        if not place.admitted:
            raise _busy()

    def _free(self, user: str) -> bool:
        return self._running.total() < self._most and self._running[user] < self._per_user

    def _leave(self, user: str) -> None:
        self._running[user] -= 1
        if not self._running[user]:
            del self._running[user]
        # Of the user with the fewest running, so that nobody's long line holds up the others; of these the first who came.
        while free := [w for w in self._waiting if self._free(w.user)]:
            place = min(free, key=lambda w: self._running[w.user])
            self._waiting.remove(place)
            self._running[place.user] += 1
            place.admitted = True
            place.waked.set()


def _busy() -> Busy:
    return Busy("Too many questions are being answered at the moment. Try again in a minute.", "当前正在处理的问题过多，请一分钟后再试。")
