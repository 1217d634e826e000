"""How much is made, of what time, and where chance comes from."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semantic_layer.errors import UsageError

START = dt.date(2025, 1, 1)
END = dt.date(2026, 6, 30)
DAYS = (END - START).days + 1
DAY_SECONDS = 86_400
BLOCK = 25_000  # users worked on at a time

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def day(year: int, month: int, of_month: int) -> int:
    """The number of a day: 0 is the first of the data."""
    return (dt.date(year, month, of_month) - START).days


def date(number: int) -> dt.date:
    """The day of a number."""
    return START + dt.timedelta(days=int(number))


@dataclass(frozen=True)
class Month:
    """A month of the data: `first` and `end` (exclusive) are numbers of days."""

    index: int
    label: str
    first: int
    end: int


def months() -> list[Month]:
    """The months of the data, in order."""
    firsts = [dt.date(START.year + i // 12, i % 12 + 1, 1) for i in range(19)]
    days = [(first - START).days for first in firsts]
    return [Month(i, f"{firsts[i]:%Y-%m}", days[i], days[i + 1]) for i in range(18)]


@dataclass(frozen=True)
class Size:
    """How much of everything, and the seed. Raises UsageError for a scale that is not supported."""

    scale: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.02 <= self.scale <= 10:
            raise UsageError(f"--scale has to be from 0.02 to 10, not {self.scale:g}.", f"--scale 应在 0.02 到 10 之间，而不是 {self.scale:g}。")

    @property
    def users(self) -> int:
        return max(400, round(20_000 * self.scale))

    @property
    def products(self) -> int:
        return max(240, round(5_000 * self.scale))

    @property
    def orders(self) -> int:
        return round(300_000 * self.scale)

    @property
    def events(self) -> int:
        return round(5_000_000 * self.scale)

    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """The blocks of users: number, first, end (exclusive)."""
        for number, first in enumerate(range(0, self.users, BLOCK)):
            yield number, first, min(first + BLOCK, self.users)

    def rng(self, purpose: str, *numbers: int) -> np.random.Generator:
        """Chance of its own for each purpose, month and block: what one part draws changes nothing in another."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), *numbers])

    def at_least(self, share: float, least: int) -> int:
        """So many users: a share of all, but never fewer than `least`."""
        return max(least, round(share * self.users))
