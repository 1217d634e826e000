"""How far stated confidence can be trusted: of the answers that say 80%, are 80% right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from eval.stats import Rate

BINS = 10


class Judged(NamedTuple):
    """The confidence an answer stated, 0 to 1, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """The answers whose confidence lies from `low` to below `high` (to 1 itself in the last bin)."""

    low: float
    high: float
    confidence: float
    right: Rate


@dataclass(frozen=True)
class Calibration:
    """A reliability table of bins of equal width; bins without answers are left out.

    `error` is the expected calibration error (Naeini et al. 2015): the mean distance between stated confidence and share right,
    weighted by the answers in each bin; None without answers.
    """

    bins: tuple[Bin, ...]
    error: float | None

    @property
    def cases(self) -> int:
        """How many answers stated a confidence."""
        return sum(each.right.total for each in self.bins)


def calibration(judged: Sequence[Judged]) -> Calibration:
    """The reliability table of some answers."""
    filled: dict[int, list[Judged]] = {}
    for each in judged:
        filled.setdefault(min(int(each.confidence * BINS), BINS - 1), []).append(each)
    bins = tuple(_bin(number, filled[number]) for number in sorted(filled))
    return Calibration(bins, sum(_distance(b) * b.right.total for b in bins) / len(judged) if judged else None)


def _bin(number: int, judged: Sequence[Judged]) -> Bin:
    right = Rate(sum(each.right for each in judged), len(judged))
    return Bin(number / BINS, (number + 1) / BINS, fmean(each.confidence for each in judged), right)


def _distance(each: Bin) -> float:
    return abs(each.confidence - each.right.hits / each.right.total)
