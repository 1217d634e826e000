"""What a process serves: one assistant over one shop, and the store in which what is said, decided and asked is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.ask import Assistant
from assistant.auditing import Auditor

if TYPE_CHECKING:
    from assistant.store.store import Store


@dataclass(frozen=True)
class Service:
    """Safe to use from many threads. The page, the HTTP API, the platforms of chat and the worker each have one."""

    assistant: Assistant
    store: Store

    def __post_init__(self) -> None:
        """The assistant keeps everything in the store."""
        self.assistant.conversations = self.store
        self.assistant.model.book = self.store.usage
        self.assistant.desk.decided = self.store.decisions
        self.assistant.auditor = self.assistant.desk.auditor = Auditor(self.store.audit, self.assistant.shop)

    @classmethod
    def of(cls, assistant: Assistant) -> Service:
        """With the store of the assistant's shop. Raises StoreError, StoreBusy."""
        from assistant.store import open_store, store_url

        return cls(assistant, open_store(store_url(assistant.shop)))

    @property
    def shop(self) -> str:
        """The name by which the store knows the shop."""
        return self.assistant.shop.name

    def close(self) -> None:
        """Closes the store and the shop."""
        self.store.close()
        self.assistant.shop.close()
