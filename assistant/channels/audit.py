"""`wenshu audit`: who asked a shop what, and which SQL ran for it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict

from assistant.channels.render import table_text
from assistant.store import Asked, open_store, store_url
from prompts import word
from semantic_layer.shops import Shop

_COLUMNS = ("at", "user", "channel", "question", "status", "rows", "milliseconds")


def run_audit(shop: Shop, user: str | None, days: int, most: int, format: str, lang: str, echo: Callable[[str], object]) -> None:
    """Prints the questions of so many days, the last first; as JSON a line each, with their statements. Raises StoreError."""
    store = open_store(store_url(shop))
    try:
        found = store.audit.asked(shop.name, user, dt.datetime.now(dt.UTC) - dt.timedelta(days=days), most)
    finally:
        store.close()
    if format == "json":
        for asked in found:
            echo(json.dumps({**asdict(asked), "at": asked.at.isoformat()}, ensure_ascii=False))
    elif found:
        echo(table_text([word(f"audit_{c}", lang) for c in _COLUMNS], [_row(asked) for asked in found]))
    else:
        echo(word("audit_none", lang, days=days))


def _row(asked: Asked) -> list[object]:
    said = {**asdict(asked), "at": f"{asked.at.astimezone():%Y-%m-%d %H:%M:%S}", "question": " ".join(asked.question.split())}
    return [said[c] for c in _COLUMNS]
