"""The public calendar, and how much is bought on each day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall.effects import FLASH, FLASH_LIFT
from semantic_layer.shops.mall.settings import DAYS, START, Floats, day

# name, first day, last day
FESTIVALS: tuple[tuple[str, int, int], ...] = (
    ("元旦", day(2025, 1, 1), day(2025, 1, 1)),
    ("春节", day(2025, 1, 28), day(2025, 2, 4)),
    ("清明节", day(2025, 4, 4), day(2025, 4, 6)),
    ("劳动节", day(2025, 5, 1), day(2025, 5, 5)),
    ("端午节", day(2025, 5, 31), day(2025, 6, 2)),
    ("国庆节", day(2025, 10, 1), day(2025, 10, 8)),
    ("元旦", day(2026, 1, 1), day(2026, 1, 3)),
    ("春节", day(2026, 2, 15), day(2026, 2, 23)),
    ("清明节", day(2026, 4, 4), day(2026, 4, 6)),
    ("劳动节", day(2026, 5, 1), day(2026, 5, 5)),
    ("端午节", day(2026, 6, 19), day(2026, 6, 21)),
)


@dataclass(frozen=True)
class Promotion:
    """A sale: `first` to `last` with `lift` times the orders, `peak` times on its last day; how much is reduced, and how far."""

    name: str
    first: int
    last: int
    lift: float
    peak: float
    share: float
    discount: float


PROMOTIONS = (
    Promotion("年货节", day(2025, 1, 7), day(2025, 1, 20), 1.35, 1.8, 0.5, 0.15),
    Promotion("女神节", day(2025, 3, 6), day(2025, 3, 8), 1.3, 1.5, 0.4, 0.15),
    Promotion("618", day(2025, 6, 15), day(2025, 6, 18), 1.6, 3.0, 0.7, 0.22),
    Promotion("双11", day(2025, 11, 8), day(2025, 11, 11), 1.9, 4.2, 0.8, 0.25),
    Promotion("双12", day(2025, 12, 11), day(2025, 12, 12), 1.3, 1.7, 0.5, 0.18),
    Promotion("年货节", day(2026, 1, 22), day(2026, 2, 4), 1.35, 1.8, 0.5, 0.15),
    Promotion("女神节", day(2026, 3, 6), day(2026, 3, 8), 1.3, 1.5, 0.4, 0.15),
    Promotion("618", day(2026, 6, 15), day(2026, 6, 18), 1.6, 3.0, 0.7, 0.22),
)
DIP_BEFORE, DIP_AFTER = 0.82, 0.8  # of the great ones: ten days before, twelve days after
_WEEK = (0.97, 0.94, 0.95, 0.97, 1.02, 1.09, 1.06)
_YEAR = (1.0, 0.95, 1.0, 0.98, 1.02, 1.05, 0.96, 0.95, 1.02, 1.04, 1.1, 1.06)
_GROWTH = 0.25


def season() -> Floats:
    """The orders of each day as a multiple of a plain day's."""
    days = np.arange(DAYS)
    dates = np.datetime64(START) + days
    month = dates.astype("datetime64[M]").astype(int) % 12
    weekday = (dates.astype("datetime64[D]").astype(int) + 3) % 7
    curve = np.array(_WEEK)[weekday] * np.array(_YEAR)[month] * (1 + _GROWTH * days / DAYS)
    for promotion in PROMOTIONS:
        if promotion.peak > 2.5:
            curve[max(promotion.first - 10, 0) : promotion.first] *= DIP_BEFORE
            curve[promotion.last + 1 : promotion.last + 13] *= DIP_AFTER
        curve[promotion.first : promotion.last] *= promotion.lift
        curve[promotion.last] *= promotion.peak
    for name, first, last in FESTIVALS:
        if name == "春节":
            curve[first : last + 1] *= 0.55
    curve[FLASH[0] : FLASH[1]] *= FLASH_LIFT
    return np.asarray(curve)


def day_rows() -> list[tuple[int, str | None, str | None, bool, bool]]:
    """The rows of the calendar: day, festival, promotion, weekend, holiday. The flash sale is in none."""
    rows = []
    for number in range(DAYS):
        festival = next((name for name, first, last in FESTIVALS if first <= number <= last), None)
        promotion = next((p.name for p in PROMOTIONS if p.first <= number <= p.last), None)
        weekend = (START.weekday() + number) % 7 >= 5
        rows.append((number, festival, promotion, weekend, festival is not None))
    return rows
