"""What this process serves: one shop, one store, one user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.ask import Assistant

if TYPE_CHECKING:
    from assistant.store.store import Store


@dataclass(frozen=True)
class Served:
    """`lang` is `zh`, `en` or `auto`: the page speaks the browser's language, and answers in that of the question."""

    assistant: Assistant
    store: Store
    user: str | None = None
    lang: str = "auto"

    def __post_init__(self) -> None:
        """The assistant keeps its conversations in the store."""
        self.assistant.conversations = self.store

    @property
    def shop(self) -> str:
        """The name by which the store knows the shop."""
        return self.assistant.shop.name

    @property
    def who(self) -> str:
        """The name by which the store knows the user."""
        return self.user or ""


_served: list[Served] = []


def serve_this(served: Served) -> None:
    """Sets what the pages of this process show."""
    _served[:] = [served]


def served() -> Served:
    """What the pages of this process show."""
    return _served[0]
