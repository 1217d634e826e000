"""How many people a test of two proportions needs, and the smallest effect that so many show."""

from __future__ import annotations

import math
from statistics import NormalDist

ALPHA, POWER = 0.05, 0.8  # two-sided; the usual ones
WORTH = 0.2  # the rise, as a part of the base, that tests are planned for


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    return NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)


def per_arm(base: float, other: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """People per arm so that a change from `base` to `other` (both between 0 and 1) is seen with `power` at two-sided `alpha`.

    Normal approximation, pooled without an effect: (z_a·sqrt(2·p·q) + z_b·sqrt(p0·q0 + p1·q1))² / (p1 - p0)² (Fleiss 1981).
    """
    z_alpha, z_beta = _quantiles(alpha, power)
    middle = (base + other) / 2
    spread = z_alpha * math.sqrt(2 * middle * (1 - middle)) + z_beta * math.sqrt(base * (1 - base) + other * (1 - other))
    return round((spread / (other - base)) ** 2)


def detectable(base: float, treated: float, held: float, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest rise of `base` that so many treated and held out show, by the same approximation; None where not even a rise to 1 is shown."""
    if min(treated, held) < 1 or not 0 < base < 1:
        return None
    z_alpha, z_beta = _quantiles(alpha, power)

    def shows(rise: float) -> bool:
        other = base + rise
        pooled = (base * held + other * treated) / (held + treated)
        null = math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / held))
        return rise >= z_alpha * null + z_beta * math.sqrt(base * (1 - base) / held + other * (1 - other) / treated)

    low, high = 0.0, 1 - base
    if not shows(high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def interval(hits: float, of: float, alpha: float = ALPHA) -> tuple[float, float]:
    """The interval of a proportion (Wilson 1927)."""
    if of <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - alpha / 2)
    rate, scale = hits / of, 1 + z * z / of
    centre = (rate + z * z / (2 * of)) / scale
    half = z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def half(error: float, alpha: float = ALPHA) -> float:
    """Half of the interval of a difference of means with this standard error."""
    return NormalDist().inv_cdf(1 - alpha / 2) * error


def seen(error: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest difference of means that shows with `power` at this standard error."""
    return sum(_quantiles(alpha, power)) * error


def gap_z(hits: float, of: float, other_hits: float, other_of: float) -> float:
    """The difference of two proportions in standard errors of their common one; 0 where all or none did."""
    common = (hits + other_hits) / (of + other_of)
    error = math.sqrt(common * (1 - common) * (1 / of + 1 / other_of))
    return (hits / of - other_hits / other_of) / error if error else 0.0
