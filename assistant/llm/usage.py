"""What models have used: tokens and what they cost, by user and day, with limits."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Protocol

from assistant.llm.failures import ModelFailed
from assistant.store import Used
from semantic_layer.shops.settings import ModelSettings


class Book(Protocol):
    """Where usage is kept."""

    def add(self, shop: str, user: str, day: dt.date, model: str, used: Used) -> None:
        """Adds to what a user used of a model on a day."""

    def of(self, shop: str, user: str, day: dt.date) -> Used:
        """What a user used on a day, of all models."""


class InMemory:
    """For a process that keeps nothing. Safe to use from many threads."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str, dt.date], Used] = {}
        self._lock = threading.Lock()

    def add(self, shop: str, user: str, day: dt.date, model: str, used: Used) -> None:
        """Adds to what a user used on a day."""
        with self._lock:
            self._used[shop, user, day] = self._used.get((shop, user, day), Used()) + used

    def of(self, shop: str, user: str, day: dt.date) -> Used:
        """What a user used on a day."""
        return self._used.get((shop, user, day), Used())


@dataclass
class Account:
    """The usage of one shop, held against its limits."""

    shop: str
    settings: ModelSettings
    book: Book

    def check(self, user: str) -> None:
        """Raises ModelFailed where a user's allowance of this day is used up."""
        limits = self.settings.tokens_per_day, self.settings.cost_per_day
        if limits == (None, None):
            return
        used = self.book.of(self.shop, user, _today())
        if any(limit is not None and spent >= limit for limit, spent in zip(limits, (used.input + used.output, used.cost), strict=True)):
            raise ModelFailed("limit")

    def add(self, user: str, model: str, input: int, output: int) -> None:
        """Adds a call."""
        cost = (input * self.settings.input_price + output * self.settings.output_price) / 1_000_000
        self.book.add(self.shop, user, _today(), model, Used(1, input, output, cost))


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
