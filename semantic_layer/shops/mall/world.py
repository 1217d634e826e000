"""What is fixed before the months are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall import marketing, people, prices, products, stock
from semantic_layer.shops.mall.seasons import season
from semantic_layer.shops.mall.settings import Floats, Size


@dataclass
class World:
    """`reach`: the sum of the season's curve up to each day; `sale_reach`: the same for those who wait for sales."""

    size: Size
    people: people.People
    products: products.Products
    prices: prices.Prices
    stock: stock.Stock
    marketing: marketing.Marketing
    reach: Floats
    sale_reach: Floats


def make(size: Size) -> World:
    """The users, products, prices, stretches without stock, and who is in which campaign."""
    users, goods, curve = people.make(size), products.make(size), season()
    eager = curve**1.6
    return World(
        size, users, goods, prices.make(size, goods), stock.make(size, goods), marketing.make(size, users),
        np.concatenate([[0], np.cumsum(curve)]), np.concatenate([[0], np.cumsum(eager * curve.sum() / eager.sum())]),
    )  # fmt: skip
