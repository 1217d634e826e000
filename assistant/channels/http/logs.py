"""The log of requests: a line of JSON each, without what was asked unless the shop allows it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from typing import TextIO

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.http.metrics import Metrics
from assistant.channels.http.requests import REQUEST_ID, begin, request_id

log = logging.getLogger("wenshu.http.requests")


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """What was said, when, of which request; with the traceback where there is one."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "request_id": request_id()}
        facts = getattr(record, "facts", None)
        line |= facts if facts else {"message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def write_to(stream: TextIO) -> None:
    """From now on what Wenshu logs goes there, as lines of JSON."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    logger = logging.getLogger("wenshu")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False  # a package that sets up logging for itself is not to write it again


class Requests:
    """Gives each request its id, counts it, and writes its line."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands over, and says afterwards what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id, began, status = begin(Headers(scope=scope).get(REQUEST_ID, "")), time.perf_counter(), 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = id
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            self._end(scope, status or 500, time.perf_counter() - began)

    def _end(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1), **scope.get("wenshu.facts", {})}
        log.info("request", extra={"facts": facts})


_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
