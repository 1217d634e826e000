"""Paying, sending, sending back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.baskets import Lines, share_of
from semantic_layer.shops.mall.demand import MINI, Orders
from semantic_layer.shops.mall.goods import CATEGORIES
from semantic_layer.shops.mall.places import CITY_REGION, REGION_WAREHOUSE, REGIONS
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Bools, Ints
from semantic_layer.shops.mall.world import World

PAY_CHANNELS = ("微信支付", "支付宝", "银行卡", "花呗")
CARRIERS = ("迅达", "速通", "邦递", "云驰")
KINDS = ("仅退款", "退货退款")
REASONS = ("七天无理由", "质量问题", "尺码不合", "描述不符", "发错漏发", "物流太慢")
_NEVER = 0.045  # of the orders nobody tries to pay
_FAILS = 0.03
_OVER = DAYS * DAY_SECONDS


@dataclass
class Payments:
    """One element per try."""

    order: Ints
    channel: Ints
    at: Ints
    good: Bools


def pay(rng: np.random.Generator, world: World, orders: Orders) -> tuple[Payments, Ints]:
    """The tries, and when each order was paid (-1: never)."""
    n = len(orders)
    channel = np.where((orders.channel == MINI) & (rng.random(n) < 0.75), 0, world.people.pays[orders.user])
    when = orders.at // DAY_SECONDS
    out = (when >= effects.OUTAGE[0]) & (when < effects.OUTAGE[1]) & (channel == PAY_CHANNELS.index(effects.OUTAGE_CHANNEL))
    good = rng.random(n) < np.where(out, effects.OUTAGE_SUCCESS, 1 - _FAILS)
    tries = (rng.random(n) >= _NEVER) | orders.fake
    at = orders.at + rng.integers(8, 240, n)
    again = tries & ~good & (rng.random(n) < 0.6)
    better = again & (rng.random(n) < np.where(out, effects.OUTAGE_SUCCESS, 0.9))
    first, second = np.flatnonzero(tries), np.flatnonzero(again)
    later = at + rng.integers(30, 400, n)
    payments = Payments(
        np.concatenate([first, second]), channel[np.concatenate([first, second])], np.concatenate([at[first], later[second]]),
        np.concatenate([good[first], better[second]]),
    )  # fmt: skip
    paid = np.where(tries & good, at, np.where(better, later, -1))
    return payments, np.where(paid < _OVER, paid, -1)


@dataclass
class Shipments:
    """One element per shipment; `delivered` is -1 while it is on its way."""

    order: Ints
    warehouse: Ints
    carrier: Ints
    shipped: Ints
    promised: Ints
    delivered: Ints


def ship(rng: np.random.Generator, orders: Orders, lines: Lines, paid: Ints) -> Shipments:
    """One shipment per paid order, from where its first line lies."""
    first = np.flatnonzero(lines.number == 1)
    first = first[paid[lines.order[first]] >= 0]
    order, warehouse = lines.order[first], lines.warehouse[first]
    region = CITY_REGION[orders.city[order]]
    near = REGION_WAREHOUSE[region] == warehouse
    n = len(order)
    carrier = rng.choice(4, n, p=[0.34, 0.3, 0.21, 0.15])
    shipped = paid[order] + rng.integers(3 * 3600, 26 * 3600, n)
    hours = np.where(near, 16, 34) + rng.gamma(3.0, np.where(near, 5.0, 8.0), n)
    day = orders.at[order] // DAY_SECONDS
    slow = (day >= effects.SLOW[0]) & (day < effects.SLOW[1]) & (carrier == CARRIERS.index(effects.SLOW_CARRIER))
    slow &= region == REGIONS.index(effects.SLOW_REGION)
    delivered = shipped + ((hours + slow * effects.SLOW_HOURS) * 3600).astype(np.int64)
    promised = paid[order] + np.where(near, 72, 96) * 3600
    gone = shipped < _OVER
    delivered = np.where(delivered < _OVER, delivered, -1)
    return Shipments(order[gone], warehouse[gone], carrier[gone], shipped[gone], promised[gone], delivered[gone])


@dataclass
class Returns:
    """One element per line that comes back; `refunded` is -1 while that is open."""

    line: Ints
    kind: Ints
    reason: Ints
    requested: Ints
    refunded: Ints
    amount: Ints


def send_back(rng: np.random.Generator, world: World, orders: Orders, lines: Lines, arrived: Ints, goods: Ints, coupon: Ints) -> Returns:
    """What comes back. `arrived` is the second at which each order arrived, -1 for those that have not."""
    product = lines.product
    rate = np.array([c.returned for c in CATEGORIES])[world.products.category[product]]
    bad = (product == world.products.story["bad"]) & (orders.at[lines.order] // DAY_SECONDS >= effects.BAD_REVIEWS)
    rate = np.where(bad, 0.28, rate) * np.where(orders.fake[lines.order], 0, 1)
    at = arrived[lines.order] + rng.gamma(1.5, 1.6 * DAY_SECONDS, len(lines)).astype(np.int64)
    line = np.flatnonzero((rng.random(len(lines)) < rate) & (arrived[lines.order] >= 0) & (at < _OVER))
    n = len(line)
    clothes = world.products.category[product[line]] == 2
    plain, worn = rng.choice(6, n, p=[0.42, 0.2, 0.04, 0.16, 0.1, 0.08]), rng.choice(6, n, p=[0.36, 0.12, 0.34, 0.1, 0.04, 0.04])
    reason = np.where(bad[line] & (rng.random(n) < 0.8), 1, np.where(clothes, worn, plain))
    refunded = at[line] + rng.gamma(2.0, 1.2 * DAY_SECONDS, n).astype(np.int64)
    refunded = np.where((rng.random(n) < 0.95) & (refunded < _OVER), refunded, -1)
    amount = np.maximum(np.round((lines.amount - share_of(lines, coupon, goods))[line]), 0).astype(np.int64)
    return Returns(line, (rng.random(n) < 0.75).astype(np.int64), reason, at[line], refunded, amount)
