"""What is reduced when, and what is chosen: one set of weights for each stretch of days with the same prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.goods import CATEGORIES
from semantic_layer.shops.mall.products import Products
from semantic_layer.shops.mall.seasons import PROMOTIONS
from semantic_layer.shops.mall.settings import DAYS, Floats, Ints, Size

PLAIN, CHEAP, REDUCED, NEW = range(4)
_REDUCED_WEEKLY = 0.12  # of the products, each week


@dataclass
class Prices:
    """`stretch`: that of each day. `discount`: stretches x products, 0 to 1."""

    products: Products
    stretch: Ints
    first: Ints
    discount: NDArray[np.float32]
    boost: dict[int, Floats]  # further weight by day, of the products with a story

    def cumulative(self, stretch: int, way: int) -> Floats:
        """The cumulative weights of all products when chosen in a way; constant where nothing may be chosen."""
        p, start = self.products, self.first[stretch]
        off = self.discount[stretch]
        weight = p.liked * (1 - off) ** -np.array([c.elasticity for c in CATEGORIES])[p.category]
        weight = np.where(p.launched <= start, weight, 0.0)
        for product, factor in self.boost.items():
            weight[product] *= factor[start]
        if way == CHEAP:
            weight = weight * (p.price / 20_000.0) ** -effects.CHEAPNESS
        elif way == REDUCED:
            weight = np.where(off >= 0.1, weight, 0.0)
        elif way == NEW:
            weight = np.where(p.launched > start - 30, weight, 0.0)
        return np.concatenate([[0.0], np.cumsum(weight)])


def make(size: Size, products: Products) -> Prices:
    """The prices of all days."""
    keys = np.array([d // 7 * 100 + _sale(d) for d in range(DAYS)])
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    stretch = np.cumsum(np.diff(keys, prepend=-1) != 0) - 1
    discount = np.zeros((len(firsts), len(products)), np.float32)
    for i, first in enumerate(firsts):
        rng = size.rng("week", int(first) // 7)
        weekly = np.where(rng.random(len(products)) < _REDUCED_WEEKLY, rng.choice([0.1, 0.15, 0.2, 0.3], len(products)), 0.0)
        sale = _sale(int(first))
        if sale:
            share, depth = (0.8, effects.FLASH_DISCOUNT) if sale > len(PROMOTIONS) else (PROMOTIONS[sale - 1].share, PROMOTIONS[sale - 1].discount)
            taking = size.rng("sale", sale).random(len(products)) < share
            weekly = np.maximum(weekly, np.where(taking, depth, 0.0))
        discount[i] = weekly
    for product in products.story.values():
        discount[:, product] = 0  # stories are not to be explained by prices
    return Prices(products, stretch, firsts, discount, _boost(size, products))


def _sale(number: int) -> int:
    """Which sale a day belongs to: 0 for none, one more than there are promotions for the flash sale."""
    if effects.FLASH[0] <= number < effects.FLASH[1]:
        return len(PROMOTIONS) + 1
    return next((i + 1 for i, p in enumerate(PROMOTIONS) if p.first <= number <= p.last), 0)


def _boost(size: Size, products: Products) -> dict[int, Floats]:
    """Stories need buyers: such products hold a fixed share of their category, and one of them a growing one."""
    days = np.arange(DAYS)
    told = 0.06 + 0.006 / size.scale  # a small mall has to talk of it, too
    found = {}
    for name, product in products.story.items():
        c = products.category[product]
        inside = slice(products.starts[c], products.starts[c + 1])
        share = {"bad": told, "bad_sibling": told, "rising": 0.04, "rising_sibling": 0.06}.get(name, 0.02)
        level = share * products.liked[inside].sum() / products.liked[product]
        grown = effects.RISING_GROWTH ** np.clip((days - effects.RISING[0]) / 7, 0, 8) if name == "rising" else np.ones(DAYS)
        found[product] = level * grown
    return found
