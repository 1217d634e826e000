"""What is in the orders: products, quantities, prices; what is out of stock falls away, and with it some orders."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.demand import MINI, Orders
from semantic_layer.shops.mall.goods import CATEGORIES
from semantic_layer.shops.mall.people import PRICE_SENSITIVE, TASTER
from semantic_layer.shops.mall.places import CITY_REGION, REGION_WAREHOUSE
from semantic_layer.shops.mall.prices import CHEAP, NEW, PLAIN, REDUCED, Prices
from semantic_layer.shops.mall.settings import DAY_SECONDS, Bools, Floats, Ints, Month
from semantic_layer.shops.mall.world import World

_FURTHER = 0.6  # lines beside the first
_FREE_FREIGHT, _FREIGHT = 99_00, 8_00
_PIECES = np.array([0.02, 0.02, 0.1, 0.2, 0.7, 0.5, 0.4, 0.05])  # beyond the first, by category


@dataclass
class Lines:
    """One element per line, in the order of the orders. Money in fen; `price` is that of one piece."""

    order: Ints  # position of the order
    number: Ints
    product: Ints
    quantity: Ints
    listed: Ints
    price: Ints
    amount: Ints
    cost: Ints
    reduced: Bools
    warehouse: Ints

    def __len__(self) -> int:
        return len(self.order)


def pick(rng: np.random.Generator, prices: Prices, stretch: Ints, way: Ints, category: Ints) -> Ints:
    """A product for each element, of the category (-1: any), by the weights of that stretch of days and way of choosing."""
    starts, n = prices.products.starts, len(stretch)
    chosen = np.zeros(n, np.int64)
    u = rng.random(n)
    key = stretch * 4 + way
    order = np.argsort(key, kind="stable")
    edges = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
    for a, b in pairwise(edges):
        rows = order[a:b]
        sums = prices.cumulative(int(key[rows[0]] // 4), int(key[rows[0]] % 4))
        if sums[-1] <= 0:
            sums = prices.cumulative(int(key[rows[0]] // 4), PLAIN)
        low = np.where(category[rows] < 0, 0.0, sums[starts[category[rows]]])
        high = np.where(category[rows] < 0, sums[-1], sums[starts[category[rows] + 1]])
        empty = high <= low
        low, high = np.where(empty, 0.0, low), np.where(empty, sums[-1], high)
        chosen[rows] = np.searchsorted(sums, low + u[rows] * (high - low), side="right") - 1
    return np.clip(chosen, 0, len(prices.products) - 1)


def fill(world: World, month: Month, block: int, orders: Orders) -> tuple[Lines, Bools, Ints]:
    """The lines of the orders that come to be, which those are, and a product that each order was about, come to be or not."""
    rng = world.size.rng("baskets", month.index, block)
    order, product = _wanted(rng, world, orders)
    wanted = product[np.searchsorted(order, np.arange(len(orders)))]
    order, product = _paired(rng, world, order, product)
    when = orders.at[order] // DAY_SECONDS
    warehouse = world.products.warehouse(product, REGION_WAREHOUSE[CITY_REGION[orders.city[order]]])
    broken = (world.products.category[product] == _category(effects.BREAK_CATEGORY)) & (when >= effects.TREND_BREAK)
    gone = world.stock.missing(product, warehouse, when) & ~orders.fake[order]
    gone |= broken & (rng.random(len(order)) < effects.BREAK_LOSS)
    gone |= orders.lost[order]
    order, product, warehouse = order[~gone], product[~gone], warehouse[~gone]
    lines = _priced(rng, world, orders, order, product, warehouse)
    kept = np.zeros(len(orders), bool)
    kept[order] = True
    return lines, kept, wanted


def _category(name: str) -> int:
    return [c.name for c in CATEGORIES].index(name)


def _wanted(rng: np.random.Generator, world: World, orders: Orders) -> tuple[Ints, Ints]:
    """Order and product of each line that somebody wants."""
    people = world.people
    when = orders.at // DAY_SECONDS
    further = np.full(len(orders), _FURTHER)
    further[(when >= effects.MIX_SHIFT[0]) & (when < effects.MIX_SHIFT[1])] *= effects.MIX_BASKET
    count = 1 + rng.poisson(further)
    count[orders.fake] = 1
    order = np.repeat(np.arange(len(orders)), count)
    kind = people.kind[orders.user[order]]
    u = rng.random(len(order))
    way = np.where(orders.channel[order] == MINI, CHEAP, PLAIN)
    way = np.where((kind == PRICE_SENSITIVE) & (u < 0.85), REDUCED, way)
    way = np.where((kind == TASTER) & (u < 0.7), NEW, way)
    return order, _chosen(rng, world, orders, order, way)


def _chosen(rng: np.random.Generator, world: World, orders: Orders, order: Ints, way: Ints) -> Ints:
    product = pick(rng, world.prices, world.prices.stretch[orders.at[order] // DAY_SECONDS], way, liking(rng, world, orders.user[order]))
    return np.where(orders.fake[order], world.products.story["fake"], product)


def liking(rng: np.random.Generator, world: World, user: Ints) -> Ints:
    """A category that each user likes, or -1 for any."""
    u = rng.random(len(user))
    likes = world.people.likes[user]
    return np.where(u < 0.4, likes[:, 0], np.where(u < 0.55, likes[:, 1], -1))


def _paired(rng: np.random.Generator, world: World, order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Adds the second of a pair to some orders with the first; no product stands twice in an order."""
    partner = np.full(len(world.products), -1)
    partner[world.products.pairs[:, 0]] = world.products.pairs[:, 1]
    joining = (partner[product] >= 0) & (rng.random(len(product)) < effects.PAIR_RATE)
    order = np.concatenate([order, order[joining]])
    product = np.concatenate([product, partner[product[joining]]])
    _, first = np.unique(order * len(world.products) + product, return_index=True)
    return order[first], product[first]


def _priced(rng: np.random.Generator, world: World, orders: Orders, order: Ints, product: Ints, warehouse: Ints) -> Lines:
    goods = world.products
    off = world.prices.discount[world.prices.stretch[orders.at[order] // DAY_SECONDS], product].astype(float)
    quantity = 1 + rng.poisson(_PIECES[goods.category[product]])
    price = np.round(goods.price[product] * (1 - off) / 10).astype(np.int64) * 10
    first = np.searchsorted(order, order)  # the lines are in the order of the orders
    return Lines(
        order=order, number=np.arange(len(order)) - first + 1, product=product, quantity=quantity, listed=goods.price[product], price=price,
        amount=price * quantity, cost=goods.cost[product] * quantity, reduced=off > 0, warehouse=warehouse,
    )  # fmt: skip


def totals(lines: Lines, count: int) -> tuple[Ints, Ints]:
    """Goods and freight of each of `count` orders."""
    goods = np.bincount(lines.order, lines.amount, count).astype(np.int64)
    return goods, np.where(goods < _FREE_FREIGHT, _FREIGHT, 0)


def per_day(lines: Lines, orders: Orders) -> Ints:
    """The day of each line."""
    return np.asarray(orders.at[lines.order] // DAY_SECONDS)


def share_of(lines: Lines, of_order: Ints, goods: Ints) -> Floats:
    """What of an amount of the order falls to each line, by what the line costs."""
    return of_order[lines.order] * lines.amount / np.maximum(goods[lines.order], 1)
