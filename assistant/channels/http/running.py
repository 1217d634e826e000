"""What takes long, such as answers: so many at once, so many waiting, and none for somebody who has gone."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from fastapi import Request

from assistant.channels.http.errors import AGAIN, Gone, Refused
from assistant.channels.http.metrics import Metrics
from assistant.progress import Progress, following

T = TypeVar("T")
CHANNEL = "http"
_LOOK = 0.25  # seconds after which it is looked whether whoever asked is still there


class Running:
    """Works out `most` things at once, each in a thread of its own; `waiting` more may wait."""

    def __init__(self, most: int, waiting: int, metrics: Metrics) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="wenshu-http")
        self._room = most + waiting
        self._metrics = metrics
        self._counting = threading.Lock()
        self._begun: dict[int, Progress] = {}

    def begin(self, work: Callable[[], T], progress: Progress | None = None) -> Future[T]:
        """Begins as soon as there is room. Raises Refused where too much waits already."""
        progress = progress or Progress(CHANNEL)
        context = contextvars.copy_context()
        with self._counting:
            if len(self._begun) >= self._room:
                self._metrics.turned_away.inc()
                raise Refused(503, "busy", "http_busy", AGAIN)
            self._begun[id(progress)] = progress
            self._metrics.waiting.inc()
        future = self._pool.submit(context.run, self._work, work, progress)
        future.add_done_callback(lambda done: self._ended(progress, done.cancelled()))
        return future

    async def result(self, request: Request, work: Callable[[], T], progress: Progress | None = None) -> T:
        """What the work gives, once it is done; stops it where whoever asked goes. Raises Refused, Gone, and what the work raises."""
        progress = progress or Progress(CHANNEL)
        future = self.begin(work, progress)
        done = asyncio.wrap_future(future)
        while not (await asyncio.wait({done}, timeout=_LOOK))[0]:
            if await request.is_disconnected():
                self.stop(future, progress)
                raise Gone
        return await done

    def stop(self, future: Future[T], progress: Progress) -> None:
        """Ends what nobody waits for."""
        progress.stop()
        future.cancel()
        self._metrics.stopped.inc()

    def close(self) -> None:
        """Stops everything, and waits for its end."""
        with self._counting:
            for progress in self._begun.values():
                progress.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, work: Callable[[], T], progress: Progress) -> T:
        self._metrics.waiting.dec()
        with self._metrics.running.track_inprogress(), following(progress):
            return work()

    def _ended(self, progress: Progress, cancelled: bool) -> None:
        if cancelled:
            self._metrics.waiting.dec()
        with self._counting:
            self._begun.pop(id(progress), None)
