"""The users: who they are, what kind of buyer, how often they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.places import CITIES, city_weights
from semantic_layer.shops.mall.seasons import season
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Bools, Floats, Ints, Size

KINDS = ("plain", "price_sensitive", "taster", "hesitant", "lapsing", "second_order", "abandoner", "ring")
PLAIN, PRICE_SENSITIVE, TASTER, HESITANT, LAPSING, SECOND_ORDER, ABANDONER, RING = range(len(KINDS))
_SHARES = (
    (PRICE_SENSITIVE, effects.PRICE_SENSITIVE), (TASTER, effects.TASTERS), (HESITANT, effects.HESITANT), (LAPSING, effects.LAPSING),
    (SECOND_ORDER, effects.SECOND_ORDER), (ABANDONER, effects.ABANDONERS), (RING, effects.RING),
)  # fmt: skip
ACQUISITION = ("自然流量", "搜索引擎", "信息流", "短视频", "好友推荐", "线下扫码")
_ACQUIRED = np.array([0.38, 0.17, 0.15, 0.08, 0.15, 0.07])
_ACQUIRED_SOURCE = np.array([0.22, 0.1, 0.1, 0.42, 0.11, 0.05])  # where short videos win users
LEVELS = ("普通", "银卡", "金卡", "钻石")
PLATFORMS = ("iOS", "Android", "PC")
CATEGORIES = 8


@dataclass(frozen=True)
class People:
    """One element per user. Days may lie before the data (negative); `last` is the day after the last on which somebody buys."""

    kind: Ints
    city: Ints
    female: Bools
    born: Ints
    registered: Ints  # seconds since the first day of the data
    acquisition: Ints
    level: Ints
    consent: Bools
    rate: Floats  # orders on a plain day
    first: Ints
    last: Ints
    mini: Floats  # how likely an order goes through the mini program
    platform: Ints
    pays: Ints
    likes: Ints  # users x 2 categories
    visits: Floats  # visits without an order, per plain day
    only_order: Ints  # the day of the one order of second_order, else -1

    def __len__(self) -> int:
        return len(self.kind)


def make(size: Size) -> People:
    """All users."""
    rng, n = size.rng("people"), size.users
    kind = _kinds(size, rng)
    city = rng.choice(len(CITIES), n, p=city_weights())
    female = rng.random(n) < 0.58
    age = np.clip(rng.gamma(9.0, 3.6, n) + 8, 18, 75).astype(np.int64)
    registered = _registered(rng, kind)
    won_by_video = np.isin(np.array([c[2] for c in CITIES]), list(effects.SOURCE_OF))[city]
    acquisition = np.where(won_by_video, rng.choice(6, n, p=_ACQUIRED_SOURCE), rng.choice(6, n, p=_ACQUIRED))
    first = np.maximum(registered // DAY_SECONDS, 0)
    last = np.minimum(first + 40 + rng.exponential(900, n), DAYS).astype(np.int64)
    last = np.where(kind == LAPSING, rng.integers(DAYS - 95, DAYS - 74, n), last)
    # Who hesitates or leaves a cart must not have bought just then.
    for which, quiet in ((HESITANT, 16), (ABANDONER, 9), (SECOND_ORDER, 0)):
        last = np.where(kind == which, DAYS - quiet, last)
    only = np.where(kind == SECOND_ORDER, rng.integers(DAYS - 45, DAYS - 20, n), -1)
    rate, eager = _rates(size, rng, kind, first, last)
    return People(
        kind=kind, city=city, female=female, born=2025 - age, registered=registered, acquisition=acquisition, level=_levels(eager),
        consent=rng.random(n) < 0.82, rate=rate, first=first, last=last, mini=rng.beta(1.2, 4.2, n),
        platform=rng.choice(3, n, p=[0.43, 0.47, 0.1]), pays=rng.choice(4, n, p=[0.48, 0.36, 0.08, 0.08]), likes=_likes(rng, female),
        visits=rng.gamma(1.2, 1.0, n), only_order=only,
    )  # fmt: skip


def _kinds(size: Size, rng: np.random.Generator) -> Ints:
    kind = np.zeros(size.users, np.int64)
    order = rng.permutation(size.users)
    taken = 0
    for which, (share, least) in _SHARES:
        count = size.at_least(share, least)
        kind[order[taken : taken + count]] = which
        taken += count
    return kind


def _registered(rng: np.random.Generator, kind: Ints) -> Ints:
    """Two in five were there before the data begin; who has one order yet came shortly before it."""
    n = len(kind)
    days = np.where(rng.random(n) < 0.42, rng.integers(-900, 0, n), rng.integers(0, DAYS - 3, n))
    days = np.where(kind == LAPSING, rng.integers(-900, 0, n), days)
    days = np.where(np.isin(kind, (HESITANT, ABANDONER, RING)), rng.integers(-900, 200, n), days)
    days = np.where(kind == SECOND_ORDER, rng.integers(DAYS - 60, DAYS - 46, n), days)
    return np.asarray(days * DAY_SECONDS + rng.integers(7 * 3600, 24 * 3600, n))


def _rates(size: Size, rng: np.random.Generator, kind: Ints, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """Orders per plain day, gamma distributed, such that all together give the orders wanted; and the same before scaling."""
    eager = rng.gamma(effects.RATE_SHAPE, 1 / effects.RATE_SHAPE, size.users)
    eager = np.where(kind == LAPSING, rng.uniform(2.5, 4.0, size.users), eager)
    eager = np.where(np.isin(kind, (PRICE_SENSITIVE, TASTER)), eager + 0.5, eager)
    eager = np.where(kind == HESITANT, np.minimum(eager, 0.6), eager)
    eager[np.isin(kind, (SECOND_ORDER, RING))] = 0
    reach = np.concatenate([[0], np.cumsum(season())])
    expected = (eager * (reach[last] - reach[first])).sum()
    welcome = 0.55 * ((first > 0) & (kind != SECOND_ORDER)).sum()
    return eager * max(size.orders * 1.03 - welcome, 0) / expected, eager


def _levels(eager: Floats) -> Ints:
    return np.digitize(eager, [1.0, 2.0, 3.2])


def _likes(rng: np.random.Generator, female: Bools) -> Ints:
    """Two favourite categories each; women and men differ."""
    n = len(female)
    women = np.array([0.08, 0.1, 0.22, 0.22, 0.14, 0.12, 0.1, 0.02])
    men = np.array([0.28, 0.14, 0.14, 0.03, 0.13, 0.06, 0.1, 0.12])
    first = np.where(female, rng.choice(CATEGORIES, n, p=women), rng.choice(CATEGORIES, n, p=men))
    return np.stack([first, rng.integers(0, CATEGORIES, n)], axis=1)
