"""What is out of stock when, and the stock of each evening once the sales are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.goods import CATEGORIES
from semantic_layer.shops.mall.places import WAREHOUSES
from semantic_layer.shops.mall.products import Products
from semantic_layer.shops.mall.settings import DAYS, Bools, Ints, Size

_NATURAL = 0.05  # of the places run out once for some days


@dataclass
class Stock:
    """One element per place: a product in a warehouse. `out`: two stretches of days without stock, `until` exclusive."""

    product: Ints
    warehouse: Ints
    place: Ints  # products x warehouses: the place, or -1
    out: Ints  # places x 2
    until: Ints
    sold: NDArray[np.int16]  # places x days

    def missing(self, product: Ints, warehouse: Ints, day: Ints) -> Bools:
        """Whether what is wanted is out of stock where it would be sent from."""
        place = self.place[product, warehouse]
        d = day[:, None]
        return np.asarray(((self.out[place] <= d) & (d < self.until[place])).any(axis=1))

    def sell(self, product: Ints, warehouse: Ints, day: Ints, quantity: Ints) -> None:
        """Notes what was sold."""
        np.add.at(self.sold, (self.place[product, warehouse], day), quantity.astype(np.int16))


def make(size: Size, products: Products) -> Stock:
    """All places, and when they are empty."""
    rng = size.rng("stock")
    inside = products.everywhere[:, None] | (products.home[:, None] == np.arange(len(WAREHOUSES)))
    product, warehouse = np.nonzero(inside)
    place = np.full(inside.shape, -1)
    place[product, warehouse] = np.arange(len(product))
    start = np.where(rng.random(len(product)) < _NATURAL, rng.integers(20, DAYS - 20, len(product)), DAYS)
    told = np.isin(product, list(products.story.values()))
    start[told] = DAYS
    out = np.stack([start, np.full(len(product), DAYS)], axis=1)
    until = np.stack([start + rng.integers(3, 10, len(product)), np.full(len(product), DAYS)], axis=1)
    planted = (products.category[product] == [c.name for c in CATEGORIES].index(effects.STOCKOUT_CATEGORY)) & (
        warehouse == WAREHOUSES.index(effects.STOCKOUT_WAREHOUSE)
    )
    out[planted, 1], until[planted, 1] = effects.STOCKOUT
    return Stock(product, warehouse, place, out, until, np.zeros((len(product), DAYS), np.int16))


@dataclass
class Shelf:
    """The state of the shelves from one month to the next."""

    on_hand: Ints
    coming: Ints  # places x 10: what arrives in so many days


def open_shelves(stock: Stock) -> Shelf:
    """The stock before the first day: six weeks of sales."""
    mean = stock.sold.mean(axis=1)
    return Shelf(np.ceil(mean * 42 + 8).astype(np.int64), np.zeros((len(mean), 10), np.int64))


def evenings(stock: Stock, shelf: Shelf, products: Products, first: int, end: int) -> dict[str, NDArray[np.int32]]:
    """The rows of the stock table from `first` to `end`: one per place and day on or after its launch. Moves the shelf on."""
    days, parts = range(first, end), []
    launched = products.launched[stock.product]
    for d in days:
        window = stock.sold[:, max(d - 27, 0) : d + 1].sum(axis=1, dtype=np.int64)
        rate = np.maximum(window / 28, 0.05)
        empty = ((stock.out <= d) & (d < stock.until)).any(axis=1)
        sold = stock.sold[:, d].astype(np.int64)
        received = np.where(empty, 0, shelf.coming[:, d % 10])
        shelf.coming[:, d % 10] = 0
        before = shelf.on_hand + received
        # A great day may sell more than is there: what is short comes from the makers the same day.
        short = np.maximum(sold + 1 - before, 0) * ~empty
        received = received + short
        after = before + short - sold
        adjusted = np.where(empty, -after, 0)
        after = after + adjusted
        waiting = shelf.coming.sum(axis=1)
        order = (after + waiting < np.ceil(rate * 14 + 3)) & ~empty
        shelf.coming[:, (d + 5) % 10] += np.where(order, np.ceil(rate * 28 + 6).astype(np.int64), 0)
        shelf.on_hand = after
        there = np.flatnonzero(launched <= d)
        columns = (np.full(len(there), d), there, after[there], received[there], sold[there], adjusted[there], window[there])
        parts.append(np.stack(columns).astype(np.int32))
    rows = np.concatenate(parts, axis=1)
    names = ("day", "place", "on_hand", "received", "sold", "adjusted", "sold_28d")
    found = {name: rows[i] for i, name in enumerate(names)}
    place = found.pop("place")
    return found | {"product": stock.product[place].astype(np.int32), "warehouse": stock.warehouse[place].astype(np.int32)}
