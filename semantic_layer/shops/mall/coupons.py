"""Coupons: who gets them, and on which orders they are redeemed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semantic_layer.shops.mall.people import RING, SECOND_ORDER, People
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Ints, Size, day


@dataclass(frozen=True)
class Coupon:
    """Face value and least amount of goods in fen; `share` of the users who are there get it, `used` of the orders it fits use it."""

    name: str
    kind: str
    face: int
    least: int
    first: int
    last: int
    share: float
    used: float


COUPONS = (
    Coupon("年货节满199减30", "满减券", 3000, 19900, day(2025, 1, 6), day(2025, 1, 20), 0.4, 0.6),
    Coupon("女神节美妆券", "满减券", 1500, 9900, day(2025, 3, 3), day(2025, 3, 10), 0.35, 0.5),
    Coupon("五一出行券", "满减券", 2000, 19900, day(2025, 4, 28), day(2025, 5, 5), 0.3, 0.45),
    Coupon("618满299减50", "满减券", 5000, 29900, day(2025, 6, 12), day(2025, 6, 20), 0.5, 0.65),
    Coupon("开学季9折券", "折扣券", 1000, 9900, day(2025, 8, 25), day(2025, 9, 10), 0.3, 0.4),
    Coupon("国庆满199减25", "满减券", 2500, 19900, day(2025, 9, 28), day(2025, 10, 8), 0.35, 0.5),
    Coupon("双11满399减80", "满减券", 8000, 39900, day(2025, 11, 5), day(2025, 11, 12), 0.55, 0.7),
    Coupon("双12无门槛5元", "无门槛券", 500, 0, day(2025, 12, 9), day(2025, 12, 14), 0.4, 0.6),
    Coupon("大额家电券", "满减券", 50000, 2000000, day(2026, 1, 10), day(2026, 3, 31), 0.1, 0.0),
    Coupon("年货节满199减40", "满减券", 4000, 19900, day(2026, 1, 20), day(2026, 2, 4), 0.45, 0.6),
    Coupon("春季无门槛8元", "无门槛券", 800, 0, day(2026, 3, 20), day(2026, 4, 5), 0.3, 0.55),
    Coupon("618满299减60", "满减券", 6000, 29900, day(2026, 6, 12), day(2026, 6, 20), 0.5, 0.65),
)
UNREDEEMED = 8


@dataclass
class Grants:
    """One element per coupon granted, by coupon and user. `redeemed` is a second, `order` the id of the order; -1 for none yet."""

    coupon: Ints
    user: Ints
    granted: Ints
    expires: Ints
    redeemed: Ints
    order: Ints
    amount: Ints
    at: NDArray[np.int64]  # coupons x users: the grant, or -1


def grant(size: Size, people: People) -> Grants:
    """Grants the coupons; each user gets one of a kind at most."""
    rng, n = size.rng("coupons"), len(people)
    usual = ~np.isin(people.kind, (RING, SECOND_ORDER))
    coupon, user, granted, expires = [], [], [], []
    for i, spec in enumerate(COUPONS):
        who = np.flatnonzero((rng.random(n) < spec.share) & usual & (people.registered < spec.first * DAY_SECONDS))
        coupon.append(np.full(len(who), i))
        user.append(who)
        granted.append(spec.first * DAY_SECONDS + rng.integers(8 * 3600, 22 * 3600, len(who)))
        expires.append(np.full(len(who), min(spec.last + 1, DAYS) * DAY_SECONDS - 1))
    c, u = np.concatenate(coupon), np.concatenate(user)
    at = np.full((len(COUPONS), n), -1, np.int64)
    at[c, u] = np.arange(len(c))
    none = np.full(len(c), -1)
    return Grants(c, u, np.concatenate(granted), np.concatenate(expires), none.copy(), none.copy(), np.zeros(len(c), np.int64), at)


def redeem(rng: np.random.Generator, grants: Grants, user: Ints, at: Ints, goods: Ints, order: Ints) -> tuple[Ints, Ints]:
    """For each order, by time, the grant it redeems (-1: none) and by how much it lowers the price. Notes what is redeemed."""
    used, off = np.full(len(user), -1), np.zeros(len(user), np.int64)
    for i, spec in enumerate(COUPONS):
        grant = grants.at[i, user]
        fits = (grant >= 0) & (used < 0) & (goods >= max(spec.least, spec.face)) & (rng.random(len(user)) < spec.used)
        fits &= (grants.granted[grant] < at) & (at <= grants.expires[grant]) & (grants.redeemed[grant] < 0)
        rows = np.flatnonzero(fits)
        _, first = np.unique(grant[rows], return_index=True)
        rows = rows[first]
        used[rows] = grant[rows]
        off[rows] = np.minimum(spec.face, goods[rows] // 10 // 10 * 10) if spec.kind == "折扣券" else spec.face
        grants.redeemed[used[rows]], grants.order[used[rows]], grants.amount[used[rows]] = at[rows], order[rows], off[rows]
    return used, off
