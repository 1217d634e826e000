"""Where conversations are kept: what a keeper offers, and one that keeps them in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from assistant.store import Turn


class Conversations(Protocol):
    """What the assistant asks of a keeper of conversations and remembered choices; a `Store` is one."""

    def turns(self, conversation: str, user: str) -> Sequence[Turn]:
        """All turns, the first first."""
        ...

    def last(self, conversation: str, user: str) -> Turn | None:
        """The last turn, if there is one."""
        ...

    def append(self, conversation: str, user: str, turn: Turn) -> int:
        """Adds a turn; gives its number."""
        ...

    def drop_last(self, conversation: str, user: str) -> None:
        """Deletes the last turn, if there is one."""
        ...

    def remember(self, shop: str, user: str, key: str, query: dict[str, Any], label: str) -> None:
        """Keeps what a user chose for `key`."""
        ...

    def choice(self, shop: str, user: str, key: str) -> dict[str, Any] | None:
        """The query that was chosen for `key`, if one was."""
        ...

    def forget(self, shop: str, user: str, key: str | None = None) -> int:
        """Deletes what was chosen for `key`, or everything; gives how many there were."""
        ...


class InMemory:
    """Conversations for as long as the program runs. Safe to use from many threads; a conversation begins with its first turn."""

    def __init__(self) -> None:
        self._turns: dict[tuple[str, str], list[Turn]] = {}
        self._choices: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._lock = threading.Lock()

    def turns(self, conversation: str, user: str) -> tuple[Turn, ...]:
        """All turns, the first first."""
        with self._lock:
            return tuple(self._turns.get((conversation, user), ()))

    def last(self, conversation: str, user: str) -> Turn | None:
        """The last turn, if there is one."""
        return next(iter(self.turns(conversation, user)[-1:]), None)

    def append(self, conversation: str, user: str, turn: Turn) -> int:
        """Adds a turn; gives its number, from 1."""
        with self._lock:
            turns = self._turns.setdefault((conversation, user), [])
            turns.append(replace(turn, number=len(turns) + 1))
            return len(turns)

    def drop_last(self, conversation: str, user: str) -> None:
        """Deletes the last turn, if there is one."""
        with self._lock:
            del self._turns.get((conversation, user), [])[-1:]

    def remember(self, shop: str, user: str, key: str, query: dict[str, Any], label: str) -> None:
        """Keeps what a user chose for `key`, instead of what was chosen before."""
        with self._lock:
            self._choices[shop, user, key] = query

    def choice(self, shop: str, user: str, key: str) -> dict[str, Any] | None:
        """The query that was chosen for `key`, if one was."""
        with self._lock:
            return self._choices.get((shop, user, key))

    def forget(self, shop: str, user: str, key: str | None = None) -> int:
        """Deletes what was chosen for `key`, or everything the user chose; gives how many there were."""
        with self._lock:
            gone = [k for k in self._choices if k[:2] == (shop, user) and key in (None, k[2])]
            for each in gone:
                del self._choices[each]
            return len(gone)
