"""How much one may send: requests of a token in a minute, and the length of a body."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from fastapi.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Rates:
    """Requests per token, as a token bucket (Turner 1986, "New directions in communications"): a minute's worth at once, then as they refill.

    Safe to use from many threads; each server process counts for itself.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # by token: how many requests are left, and when that was so
        self._counting = threading.Lock()

    def take(self, token: str, per_minute: int) -> int | None:
        """Takes a request into account; where there are none left, the seconds after which there is one again."""
        now = self._clock()
        with self._counting:
            left, at = self._left.get(token, (float(per_minute), now))
            left = min(float(per_minute), left + (now - at) * per_minute / 60)
            if left < 1:
                self._left[token] = left, now
                return math.ceil(round((1 - left) * 60 / per_minute, 6))
            self._left[token] = left - 1, now
        return None


class BodyLimit:
    """Refuses bodies that are longer than `most()` bytes, whether they say so before or not."""

    def __init__(self, app: ASGIApp, most: Callable[[], int]) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands over what is short enough; the app answers 413 to the HTTPException that its reading of the body raises otherwise."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most()
        declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"")
        read = int(declared) if declared.isdigit() and len(declared) < 20 else 0

        too_long = read > most
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if (too_long or read > most) and message["type"] == "http.request":
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
