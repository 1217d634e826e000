"""What this process serves: one shop and one store, to one user or to those who sign in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assistant.ask import Assistant
from assistant.service import Service

if TYPE_CHECKING:
    from assistant.store.store import Store
    from ui.pending import Pending


@dataclass(frozen=True)
class Served:
    """`lang` is `zh`, `en` or `auto`: the page speaks the browser's language, and answers in that of the question."""

    assistant: Assistant
    store: Store
    user: str | None = None
    lang: str = "auto"
    running: list[Pending] = field(default_factory=list)  # what is being answered, the first first

    def of(self, user: str) -> Served:
        """The same for another user."""
        return replace(self, user=user)

    def running_in(self, conversation: str) -> list[Pending]:
        """What is being answered in a conversation, the first first."""
        return [each for each in tuple(self.running) if each.conversation == conversation]  # others take theirs out meanwhile

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
    """Sets what the pages of this process show. The assistant keeps what is said, decided and asked in the store."""
    Service(served.assistant, served.store)
    _served[:] = [served]


def served() -> Served:
    """What the pages of this process show."""
    return _served[0]
