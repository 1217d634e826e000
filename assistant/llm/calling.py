"""Calls of a model that may fail: again after a while, another model instead, and for a minute not at all where it fails all the time."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.llm.chat import ChatModel, Said
from assistant.llm.failures import ModelFailed
from assistant.progress import present

log = logging.getLogger("wenshu.model")

_FIRST_WAIT = 0.5  # seconds; each further wait is twice as long, give or take a quarter
_LOOK = 0.05
_FAILURES, _REST = 5, 60.0


@dataclass
class Breaker:
    """Opens after so many failures in a row, for so many seconds; then one call may try. Safe to use from many threads."""

    failures: int = _FAILURES
    rest: float = _REST
    _failed: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        """Raises ModelFailed while it is open."""
        with self._lock:
            if self._failed < self.failures:
                return
            if time.monotonic() < self._until:
                raise ModelFailed("resting")
            self._until = time.monotonic() + self.rest  # the others wait for the one that tries

    def left(self, failed: bool) -> None:
        """How a call ended."""
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            if self._failed >= self.failures:
                self._until = time.monotonic() + self.rest


@dataclass
class Caller:
    """Models in the order in which they are asked, each with its breaker; `tries` and the deadline hold for all of them together."""

    models: Sequence[ChatModel]
    seconds: float
    tries: int

    def __post_init__(self) -> None:
        self._breakers = {m.name: Breaker() for m in self.models}

    def call(self, asked: Callable[[ChatModel, float], Said]) -> tuple[Said, ChatModel]:
        """What the first model says that answers. Raises ModelFailed of the last one, Cancelled."""
        failed = ModelFailed("resting")
        self.models[0].load()  # importing a client takes seconds, the first time, that are none of the model's
        until = time.monotonic() + self.seconds
        for n, model in enumerate(self.models):
            # The last model may use all the time that is left, the others leave some of it.
            share = until if n == len(self.models) - 1 else time.monotonic() + (until - time.monotonic()) / 2
            try:
                return self._tried(model, asked, share), model
            except ModelFailed as error:
                log.warning("%s: %s", model.name, error.reason, exc_info=error.__cause__)
                failed = error
        raise failed

    def _tried(self, model: ChatModel, asked: Callable[[ChatModel, float], Said], until: float) -> Said:
        breaker = self._breakers[model.name]
        for attempt in range(self.tries):
            breaker.enter()
            try:
                said = asked(model, until)
            except ModelFailed as error:
                # What is about this question, or about us, says nothing about the model.
                breaker.left(failed=error.reason not in ("unusable", "refused", "crowded"))
                wait = max(error.after, _FIRST_WAIT * 2**attempt * random.uniform(0.75, 1.25))
                if not error.again or attempt == self.tries - 1 or time.monotonic() + wait >= until:
                    raise
                _sleep(wait)
                continue
            except BaseException:
                breaker.left(failed=False)
                raise
            breaker.left(failed=False)
            return said
        raise ModelFailed("failed")


def _sleep(seconds: float) -> None:
    """Waits, unless the answer is stopped. Raises Cancelled."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        present().watch.stop.check()
        time.sleep(min(_LOOK, left))
