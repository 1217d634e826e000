"""Answers that serve whoever asks the same, with the same rights, of the same state of the shop, on the same day."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Hashable

from cachetools import TTLCache

from assistant.answer.model import Answer
from assistant.ask import Assistant
from assistant.channels.http.metrics import Metrics
from assistant.pages.board import stamp
from assistant.progress import present

_ROOM = 64_000_000  # characters of JSON in all
_LONGEST = 1_000_000  # of one answer
_PERSONAL = frozenset(["actions"])  # analyses that look at what the user decided


class AnswerCache:
    """Keeps answers as JSON for some seconds; none for 0. Safe to use from many threads."""

    def __init__(self, assistant: Assistant, seconds: int, metrics: Metrics) -> None:
        self._assistant, self._metrics = assistant, metrics
        self._kept: TTLCache[Hashable, tuple[str, tuple[str, ...]]] | None = TTLCache(_ROOM, seconds, getsizeof=_size) if seconds else None
        self._lock = threading.Lock()

    def answer(self, asked: Hashable, user: str | None, made: Callable[[], Answer]) -> Answer:
        """The answer to what was `asked`: one that was kept, under an id of its own and in the audit, or the one now `made`."""
        if self._kept is None:
            return made()
        began, state = time.perf_counter(), stamp(self._assistant, user)
        with self._lock:
            kept = self._kept.get((asked, state))
        if kept:
            self._metrics.cache_hits.inc()
            return self._again(*kept, user, began)
        self._metrics.cache_misses.inc()
        answer = made()
        if answer.status != "error" and answer.analysis not in _PERSONAL and stamp(self._assistant, user) == state:
            self._keep((asked, state), answer)
        return answer

    def _keep(self, key: Hashable, answer: Answer) -> None:
        text = answer.model_dump_json()
        if self._kept is not None and len(text) <= _LONGEST:
            with self._lock:
                self._kept[key] = text, tuple(present().watch.statements)

    def _again(self, text: str, statements: tuple[str, ...], user: str | None, began: float) -> Answer:
        took = round((time.perf_counter() - began) * 1000, 2)
        answer = Answer.model_validate({**json.loads(text), "id": uuid.uuid4().hex[:12], "timings_ms": {"total": took}})
        present().watch.statements.extend(statements)
        present().text = answer.text
        if self._assistant.auditor:
            self._assistant.auditor.record(answer, user or "", None, present())
        return answer


def _size(kept: tuple[str, tuple[str, ...]]) -> int:
    return len(kept[0]) + sum(map(len, kept[1]))
