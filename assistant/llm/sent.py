"""The log of all that is sent to a model, for those who want to see it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Sequence
from pathlib import Path

from assistant.llm.chat import Message

_lock = threading.Lock()


def log_sent(path: Path, model: str, user: str, messages: Sequence[Message]) -> None:
    """Adds a JSON line: when, to which model, for whom, and the messages."""
    line = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "model": model, "user": user, "messages": [list(m) for m in messages]}
    with _lock:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
