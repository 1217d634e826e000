"""The store: conversations, remembered choices, boards, feedback and the audit of questions, in SQLite by default or any database SQLAlchemy knows.

Importing this room loads no SQLAlchemy; `open_store` does. For annotations, import `Store` under TYPE_CHECKING.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.store.place import store_url
from assistant.store.records import (
    MAX_ROWS,
    Asked,
    Board,
    Complaint,
    Conversation,
    Decision,
    Opinion,
    Outgoing,
    Pin,
    Remembered,
    Subscription,
    Token,
    Turn,
    Used,
)  # fmt: skip

if TYPE_CHECKING:
    from assistant.store.store import Store


def open_store(url: str | None = None) -> Store:
    """The store at a SQLAlchemy URL, by default that of `store_url()`; made or brought to this version where needed.

    Raises StoreError, StoreBusy.
    """
    from assistant.store.opening import opened
    from assistant.store.store import Store

    return Store(opened(store_url() if url is None else url))


__all__ = [
    "MAX_ROWS", "Asked", "Board", "Complaint", "Conversation", "Decision", "Opinion", "Outgoing", "Pin", "Remembered", "Subscription",
    "Token", "Turn", "Used", "open_store", "store_url",
]  # fmt: skip
