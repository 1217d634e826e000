"""The orders of a made-up shop, day by day: how many are expected of each kind, and how days differ from that.

Noise and structure are those that a scan for causes meets in real shops, not those that it assumes: a weekday pattern that differs by
category, days on which a category or a channel does better or worse as a whole (overdispersion), dimensions that go together,
channels that grow or shrink, and in the past a promotion that nobody noted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS: Mapping[str, int] = {"province": 31, "category": 20, "channel": 6, "platform": 3, "member": 2}
AXES = tuple(DIMENSIONS)
FIRST_DAY = dt.date(2026, 1, 5)  # a Monday
WEEKS = 11  # the last of them is the one that is asked about
PER_DAY = 6_000
CATEGORY_NOISE, CHANNEL_NOISE, DAY_NOISE = 0.06, 0.05, 0.04
_WEEKDAYS = (0.95, 0.93, 0.94, 0.97, 1.05, 1.12, 1.04)
_WEEKDAY_BY_CATEGORY, _DRIFT, _PROMOTION = 0.08, 0.08, 1.6
_CUSTOMERS = 40_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cause:
    """A part of the orders of a day that did not come: those with these values of each of these dimensions, `lost` of them."""

    values: Mapping[str, tuple[int, ...]]
    lost: float


class World:
    """One shop, of one seed. Arrays of expected orders have one axis for each dimension, in their order."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self._weekday = np.exp(self.chance.normal(0, _WEEKDAY_BY_CATEGORY, (7, DIMENSIONS["category"])))
        self._drift = self.chance.uniform(-_DRIFT, _DRIFT, DIMENSIONS["channel"])
        self._promoted = int(self.chance.integers((WEEKS - 1) * 7)), int(self.chance.integers(DIMENSIONS["category"]))
        self._price = np.exp(self.chance.normal(4.5, 0.6, DIMENSIONS["category"]))

    @cached_property
    def expected(self) -> Floats:
        """The orders of a usual day of each kind."""
        rates = np.ones(tuple(DIMENSIONS.values()))
        for axis, (name, size) in enumerate(DIMENSIONS.items()):
            weights = np.exp(self.chance.normal(0, 0.35 if name == "member" else 0.8, size))
            rates = rates * _along(weights, axis)
        for one, other, strength in (("province", "channel", 0.4), ("category", "channel", 0.3), ("category", "member", 0.3)):
            shape = [DIMENSIONS[a] if a in (one, other) else 1 for a in AXES]
            rates = rates * np.exp(self.chance.normal(0, strength, shape))
        return np.asarray(rates * (PER_DAY / rates.sum()))

    def day(self, number: int, causes: tuple[Cause, ...] = ()) -> dict[str, NDArray[Any]]:
        """The orders of a day: the place of each on every axis, its amount and its customer."""
        rates = self.expected * _WEEKDAYS[number % 7] * np.exp(self.chance.normal(0, DAY_NOISE))
        category = self._weekday[number % 7] * np.exp(self.chance.normal(0, CATEGORY_NOISE, DIMENSIONS["category"]))
        if number == self._promoted[0]:
            category[self._promoted[1]] *= _PROMOTION
        channel = np.exp(self.chance.normal(0, CHANNEL_NOISE, DIMENSIONS["channel"])) * (1 + self._drift * number / (7 * WEEKS))
        rates = rates * _along(category, AXES.index("category")) * _along(channel, AXES.index("channel"))
        for cause in causes:
            rates = rates * (1 - cause.lost * inside(cause.values))
        counts = self.chance.poisson(rates)
        kinds = np.repeat(np.arange(counts.size), counts.ravel())
        places = dict(zip(AXES, np.unravel_index(kinds, counts.shape), strict=True))
        amounts = self._price[places["category"]] * np.exp(self.chance.normal(0, 0.5, kinds.size))
        buyers = self.chance.integers(_CUSTOMERS, size=kinds.size)
        return {**places, "amount": np.round(amounts, 2), "customer": buyers, "day": np.full(kinds.size, number)}


def inside(values: Mapping[str, tuple[int, ...]]) -> Floats:
    """1 for the kinds of orders with one of the values in each dimension named, else 0; in a shape that goes with `World.expected`."""
    mask = np.ones([1] * len(AXES))
    for name, members in values.items():
        one = np.zeros(DIMENSIONS[name])
        one[list(members)] = 1
        mask = mask * _along(one, AXES.index(name))
    return mask


def _along(values: Floats, axis: int) -> Floats:
    return values.reshape([-1 if a == axis else 1 for a in range(len(AXES))])
