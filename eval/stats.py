"""The little statistics of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """A share of cases, with its 95% interval by Wilson; without cases there is no share."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share itself."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The lower and upper end of the interval."""
        return wilson(self.hits, self.total) if self.total else None

    def __str__(self) -> str:
        if self.value is None or self.interval is None:
            return "no cases"
        low, high = self.interval
        return f"{self.hits}/{self.total} = {self.value:.1%} [{low:.1%}, {high:.1%}]"


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95% Wilson interval of `hits` among `total`."""
    share, square = hits / total, _Z95**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = _Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2)) / (1 + square / total)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def percentile(values: Sequence[float], part: float) -> float | None:
    """The smallest value that at least `part` of the values do not exceed; None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def paired_difference(gained: int, lost: int, total: int) -> tuple[float, float]:
    """The 95% interval of how far a share moved when `gained` of the same `total` cases came to count and `lost` ceased to.

    Agresti and Min (2005): Wald, with half a case added to each of the four outcomes.
    """
    up, down, cases = gained + 0.5, lost + 0.5, total + 2
    centre = (up - down) / cases
    spread = _Z95 * math.sqrt(up + down - (up - down) ** 2 / cases) / cases
    return max(-1.0, centre - spread), min(1.0, centre + spread)
