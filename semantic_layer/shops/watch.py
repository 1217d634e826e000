"""When the files of a shop have changed, and have stood still long enough to be read."""

from __future__ import annotations

import time
from collections.abc import Callable

from semantic_layer.shops.definition import Stamp

INTERVAL = 0.1  # seconds between two looks at the file system
STILL = 0.25  # seconds in which nothing is written, after which a file is taken to be written to its end


class Watch:
    """Looks at files when asked, ten times a second at most. The caller sees to it that one thread does so at a time.

    `look` gives the state of the files; they were first read at `began`, in seconds of the clock.
    """

    def __init__(self, look: Callable[[], Stamp], began: float) -> None:
        self._look = look
        self._next = 0.0
        self._seen, self._since = look(), time.monotonic()
        # Where they were changed shortly before or since, nobody knows which state was read.
        self._taken = self._seen if began - self._seen.changed >= STILL else None

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._next

    def news(self, again: bool) -> Stamp | None:
        """The state of the files, unless it is the one taken last, or still being written. With `again` also the one taken last."""
        now = time.monotonic()
        self._next = now + INTERVAL
        found = self._look()
        if found != self._seen:
            self._seen, self._since = found, now
        # By the clock too, so that the first question after a quiet hour sees what changed in it. That clock may
        # differ from the one of a file server; standing still while looked at always tells.
        still = time.time() - found.changed >= STILL or now - self._since >= STILL
        return found if still and (again or found != self._taken) else None

    def take(self, state: Stamp) -> bool:
        """Notes that this state was read; False if the files changed meanwhile, so that what was read may be of two states."""
        self._next = time.monotonic() + INTERVAL
        if self._look() != state:
            return False
        self._taken = state
        return True
