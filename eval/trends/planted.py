"""Daily series with known truth: weekday pattern, trend, promotions, holidays and noise, and what was planted in some of them.

A point is planted at k standard deviations of the seasonal residual: its day's residual is put at k times that deviation
(`lies`), or k times it is added to the residual that the day has (`added`). A shift multiplies every day from one on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["amount", "orders", "small", "order_value"]
Truth = Literal["quiet", "lies", "added", "shift"]

KINDS: tuple[Kind, ...] = ("amount", "orders", "small", "order_value")
TRUTHS: tuple[Truth, ...] = ("quiet", "lies", "added", "shift")
START = dt.date(2025, 1, 1)
HISTORY, WINDOW = 182, 100  # days before those asked about, and those asked about
DAYS = HISTORY + WINDOW
POINTS = 3  # planted in a window
_APART = 9  # days between two of them, and from an event
_SHIFT_ROOM = 24  # days of a window on each side of a shift

_SHAPES = ((0.97, 0.94, 0.95, 0.97, 1.02, 1.09, 1.06), (0.9, 0.85, 0.86, 0.92, 1.05, 1.2, 1.22), (1.12, 1.1, 1.08, 1.06, 1.02, 0.82, 0.8))
_SIZE: dict[Kind, float] = {"amount": 24_000.0, "orders": 320.0, "small": 26.0, "order_value": 180.0}
_SHARES: dict[Kind, tuple[float, float]] = {"amount": (0.07, 0.12), "orders": (0.05, 0.09), "small": (0.05, 0.05), "order_value": (0.03, 0.06)}
# Of the calendar: name, first day of the series, days, times the plain day. Each promotion has an earlier one of its kind.
EVENTS: tuple[tuple[str, int, int, float], ...] = (
    ("member_days", 60, 3, 1.6), ("member_days", 150, 3, 1.6), ("member_days", HISTORY + 30, 3, 1.6),
    ("stock_clearance", 100, 4, 2.2), ("stock_clearance", HISTORY + 64, 4, 2.2),
    ("works_holiday", 120, 3, 0.6), ("works_holiday", HISTORY + 48, 3, 0.6),
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One series: `values` of each day, of which `counts` (ones, where it is no ratio) are the denominator; `planted` days and their k."""

    name: str
    kind: Kind
    truth: Truth
    values: Floats
    counts: Floats
    planted: dict[int, float] = field(default_factory=dict)


def made(per_kind: int, seed: int) -> list[Series]:
    """So many series of every kind and truth."""
    chance = np.random.default_rng(seed)
    return [_series(chance, kind, truth, n) for kind in KINDS for truth in TRUTHS for n in range(per_kind)]


def day_of(number: int) -> dt.date:
    """The date of a day of the series."""
    return START + dt.timedelta(days=number)


def _series(chance: np.random.Generator, kind: Kind, truth: Truth, n: int) -> Series:
    days = np.arange(DAYS)
    weekday = (START.weekday() + days) % 7
    plain = _SIZE[kind] * chance.uniform(0.7, 1.4)
    curve = plain * np.array(_SHAPES[n % len(_SHAPES)])[weekday] * (1 + chance.uniform(-0.1, 0.25) * days / DAYS)
    if kind != "order_value":
        for _, first, long, times in EVENTS:
            curve[first : first + long] *= times * chance.uniform(0.93, 1.07)
    spread = _spread(kind, curve, chance)
    noise = _noise(chance, kind, autocorrelated=n % 2 == 1)
    planted: dict[int, float] = {}
    if truth in ("lies", "added"):
        for day in _free_days(chance):
            planted[day] = float(chance.choice([-1, 1]) * chance.choice([4.0, 5.0, 6.0]))
            noise[day] = planted[day] + (noise[day] if truth == "added" else 0.0)
    if truth == "shift":
        at = HISTORY + int(chance.integers(_SHIFT_ROOM, WINDOW - _SHIFT_ROOM))
        planted[at] = float(chance.choice([-1, 1]) * chance.uniform(3.0, 4.5))
        curve[at:] *= 1 + planted[at] * float(np.median(spread / curve))
    values = np.maximum(curve * (1 + noise * spread / curve), 0.0)
    counts: Floats = np.round(300 * chance.uniform(0.9, 1.1, DAYS)).astype(np.float64) if kind == "order_value" else np.ones(DAYS)
    whole = values if kind in ("amount", "order_value") else np.asarray(np.round(values), dtype=np.float64)
    return Series(f"{kind}-{truth}-{n}", kind, truth, whole, counts, planted)


def _spread(kind: Kind, curve: Floats, chance: np.random.Generator) -> Floats:
    """The standard deviation of each day's residual: a share of the day, for counts not below chance."""
    share = chance.uniform(*_SHARES[kind])
    return np.asarray(np.sqrt((share * curve) ** 2 + (curve if kind in ("orders", "small") else 0.0)))


def _noise(chance: np.random.Generator, kind: Kind, autocorrelated: bool) -> Floats:
    """Standardised residuals; skewed as counts and amounts are, half of the series with one day like the day before it."""
    raw = chance.standard_normal(DAYS) if kind == "order_value" else (chance.gamma(60.0, 1.0, DAYS) - 60.0) / np.sqrt(60.0)
    if autocorrelated:
        for day in range(1, DAYS):
            raw[day] = 0.3 * raw[day - 1] + np.sqrt(1 - 0.09) * raw[day]
    return np.asarray(raw)


def _free_days(chance: np.random.Generator) -> list[int]:
    """Days of the window that are apart from each other and from events."""
    taken = [first + n for _, first, long, _ in EVENTS for n in range(-1, long + 1)]
    free: list[int] = []
    for day in chance.permutation(np.arange(HISTORY, DAYS)):
        if day not in taken and all(abs(int(day) - other) >= _APART for other in free):
            free.append(int(day))
        if len(free) == POINTS:
            break
    return free
