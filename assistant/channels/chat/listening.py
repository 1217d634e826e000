"""A connection of our own by which a platform tells us what comes in, kept in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

log = logging.getLogger("wenshu.chat")

_ENDING = 5.0  # seconds that a connection has to end
_CANCELS = 5  # clients that wait before they connect again have to be told more than once


def listening(name: str, run: Callable[[asyncio.AbstractEventLoop], object]) -> Callable[[], None]:
    """Runs a client that never ends by itself; gives what ends it."""
    loop, ended = asyncio.new_event_loop(), threading.Event()

    def main() -> None:
        asyncio.set_event_loop(loop)
        try:
            run(loop)
        except Exception as error:
            if not ended.is_set():  # otherwise it complains that its loop was stopped
                log.exception("%s: the connection is lost for good: %s", name, error)
        finally:
            _cancel(loop)
            loop.close()

    thread = threading.Thread(target=main, name=f"wenshu-{name}-listens", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        if thread.is_alive():
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_ENDING)

    return end


def _cancel(loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(_CANCELS):
        left = asyncio.all_tasks(loop)
        if not left:
            return
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.wait(left, timeout=_ENDING / _CANCELS / 2))
