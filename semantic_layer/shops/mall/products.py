"""The products: what they are, cost and price, how much they are liked, and the ones with a story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall.effects import PAIRS, STOCKOUT_CATEGORY
from semantic_layer.shops.mall.goods import CATEGORIES, SUBCATEGORIES
from semantic_layer.shops.mall.settings import DAYS, Bools, Floats, Ints, Size, day

_EVERYWHERE = 0.08  # of the products are in all four warehouses


@dataclass(frozen=True)
class Products:
    """One element per product, sorted by category. Prices in fen; `liked` is the weight of a product's plain sales."""

    category: Ints
    subcategory: Ints
    brand: Ints
    way: Ints
    price: Ints
    cost: Ints
    launched: Ints
    liked: Floats
    quality: Floats  # the mean rating
    everywhere: Bools
    home: Ints  # the warehouse of those that are in one only
    starts: Ints  # where each category starts, and the end
    story: dict[str, int]
    pairs: Ints  # pairs x 2

    def __len__(self) -> int:
        return len(self.category)

    def warehouse(self, product: Ints, regional: Ints) -> Ints:
        """Where each product is sent from, to a place of that regional warehouse."""
        return np.where(self.everywhere[product], regional, self.home[product])


def make(size: Size) -> Products:
    """All products."""
    rng, n = size.rng("products"), size.products
    sub = np.sort(np.arange(n) % len(SUBCATEGORIES))
    category = np.array([s[0] for s in SUBCATEGORIES])[sub]
    typical = np.array([s[2] for s in SUBCATEGORIES])[sub]
    price = (np.round(typical * rng.lognormal(0, 0.45, n) / 10) * 10 - 1).clip(9).astype(np.int64) * 100
    margin = np.array([c.margin for c in CATEGORIES])[category] * rng.uniform(0.75, 1.2, n)
    launched = np.where(rng.random(n) < 0.5, rng.integers(-700, 0, n), rng.integers(0, DAYS - 5, n))
    liked = _liked(rng, category)
    everywhere = _widely(liked) | (category == [c.name for c in CATEGORIES].index(STOCKOUT_CATEGORY))
    story = _story(sub, launched, liked)
    for product in story.values():
        launched[product] = min(launched[product], -100)
    launched[story["rising"]] = launched[story["rising_sibling"]] = day(2026, 1, 15)
    return Products(
        category=category, subcategory=sub, brand=rng.integers(0, 60, n) % np.array([len(c.brands) for c in CATEGORIES])[category], way=rng.integers(0, 5, n), price=price,
        cost=np.round(price * (1 - margin)).astype(np.int64), launched=launched, liked=liked, quality=np.clip(rng.normal(4.45, 0.2, n), 3.6, 4.9),
        everywhere=everywhere, home=rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1]), starts=np.searchsorted(category, np.arange(len(CATEGORIES) + 1)),
        story=story, pairs=_pairs(rng, category, launched, liked, set(story.values())),
    )  # fmt: skip


def _liked(rng: np.random.Generator, category: Ints) -> Floats:
    """A long tail within each category."""
    liked = np.empty(len(category))
    for c, spec in enumerate(CATEGORIES):
        inside = np.flatnonzero(category == c)
        tail = 1 / (rng.permutation(len(inside)) + 6.0) ** 0.95
        liked[inside] = spec.weight * tail / tail.sum()
    return liked


def _widely(liked: Floats) -> Bools:
    return np.asarray(liked >= np.quantile(liked, 1 - _EVERYWHERE))


def _story(sub: Ints, launched: Ints, liked: Floats) -> dict[str, int]:
    """The products with a story and the ones beside them, by name."""
    kinds = [s[1] for s in SUBCATEGORIES]
    found: dict[str, int] = {}
    for name, kind, rank in (("bad", "运动鞋", 1), ("rising", "咖啡", 2), ("fake", "瑜伽垫", 2)):
        inside = np.flatnonzero(sub == kinds.index(kind))
        best = inside[np.argsort(-liked[inside], kind="stable")]
        found[name], found[f"{name}_sibling"] = int(best[rank]), int(best[rank + 1])
    return found


def _pairs(rng: np.random.Generator, category: Ints, launched: Ints, liked: Floats, taken: set[int]) -> Ints:
    """Pairs of well-liked older products that are bought together, no product twice."""
    order = [int(p) for p in np.argsort(-liked, kind="stable") if launched[p] < 0 and p not in taken][: 4 * PAIRS]
    mixed = [order[i] for i in rng.permutation(len(order))]
    half = min(len(mixed) // 2, PAIRS)
    return np.array(list(zip(mixed[:half], mixed[half : 2 * half], strict=True))).reshape(-1, 2)
