"""An answer in the making: how far it is, as those who wait for it see it, and a way to stop it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.catalog.models import Text
from semantic_layer.engines import Watch

Step = Literal["read", "model", "query", "explain"]


@dataclass
class Progress:
    """`channel` is where the question came from: page, board, cli. `text` is the sentence of the answer as soon as there is one.
    `remarks` are what is to be said of how it was read, whatever it ends in.

    One thread answers inside `following`, others may look and `stop`.
    """

    channel: str = ""
    step: Step = "read"
    text: str = ""
    remarks: list[Text] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def at(self, step: Step) -> None:
        """Begins a step. Raises Cancelled where the answer was stopped."""
        self.watch.stop.check()
        self.step = step

    def stop(self) -> None:
        """Ends what runs; the answer then says that it was stopped."""
        self.watch.stop.set()


_present: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def following(progress: Progress | None) -> Iterator[Progress]:
    """What is answered inside reports to `progress`; none: to the one around it, or to one that nobody sees."""
    token = _present.set(progress or _present.get() or Progress())
    try:
        yield present()
    finally:
        _present.reset(token)


def present() -> Progress:
    """What the answer of this thread reports to."""
    return _present.get() or Progress()
