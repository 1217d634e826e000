"""Whether a change is more than what a metric does anyway from one period to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.analyses.scan import LEAST_PAST
from assistant.analyses.tables import BEFORE, NOW, Floats

_BAND = 2.0  # standard deviations


@dataclass(frozen=True)
class Usual:
    """The change from one period to the next, as a share, that `periods` earlier changes hardly went beyond."""

    most: float
    periods: int

    def towards(self, change: float) -> float:
        """The same of a fall, where the change is one: half is as far down as twice is up."""
        return self.most if change >= 0 else self.most / (1 + self.most)

    def holds(self, before: float, now: float) -> bool:
        """Whether a change stays within it."""
        return before > 0 and now > 0 and abs(np.log(now / before)) <= np.log1p(self.most)


def usual_change(values: Floats) -> Usual | None:
    """Of the values on all sides of a comparison, the latest first; None where too few are known. The largest change is left out of account."""
    known = values[BEFORE:]
    if len(known) - 1 < LEAST_PAST or not (known > 0).all() or not np.isfinite(known).all() or not values[NOW] > 0:
        return None
    changes = np.sort(np.abs(np.diff(np.log(known))))[:-1]
    return Usual(float(np.expm1(_BAND * np.sqrt(np.mean(changes**2)))), len(known) - 1)
