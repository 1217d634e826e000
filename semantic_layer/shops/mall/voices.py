"""Reviews, questions and service contacts, as numbers: which text stands where is in texts.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.baskets import Lines, pick
from semantic_layer.shops.mall.checkout import Returns, Shipments
from semantic_layer.shops.mall.demand import Orders
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Bools, Ints, Month
from semantic_layer.shops.mall.texts import ASPECTS, LOGISTICS, QUALITY, QUESTIONS, TAILS, TOPICS
from semantic_layer.shops.mall.world import World

_OVER = DAYS * DAY_SECONDS
_TALKS = 0.24
_CONTRARY = 0.03  # of the reviews the stars contradict the text, as people do


@dataclass
class Reviews:
    """One element per review. `praise` and `blame` are aspects or -1, `way` picks among their texts."""

    line: Ints
    rating: Ints
    praise: Ints
    blame: Ints
    way: Ints
    tail: Ints
    at: Ints
    default: Bools


def review(rng: np.random.Generator, world: World, orders: Orders, lines: Lines, arrived: Ints, slow: Bools) -> Reviews:
    """What is said of the lines that arrived. `slow` says which orders took too long."""
    goods, product = world.products, lines.product
    when = orders.at[lines.order] // DAY_SECONDS
    told = np.isin(product, [goods.story["bad"], goods.story["bad_sibling"]])
    fake = orders.fake[lines.order]
    at = arrived[lines.order] + rng.gamma(1.4, 2.5 * DAY_SECONDS, len(lines)).astype(np.int64)
    p = np.where(fake, 0.95, np.where(told & (when >= effects.BAD_REVIEWS - 60), 0.7, _TALKS))
    line = np.flatnonzero((rng.random(len(lines)) < p) & (arrived[lines.order] >= 0) & (at < _OVER))
    n = len(line)
    bad = (product[line] == goods.story["bad"]) & (when[line] >= effects.BAD_REVIEWS)
    late = slow[lines.order[line]] & ~bad
    mean = np.where(bad, effects.BAD_RATING, np.where(told[line], effects.GOOD_RATING, goods.quality[product[line]])) - 1.1 * late
    rating = _stars(rng, mean)
    default = ~bad & (rng.random(n) < 0.22)
    rating = np.where(default | fake[line], 5, rating)
    aspect = rng.integers(0, len(ASPECTS), (2, n))
    blame = np.where(bad & (rng.random(n) < 0.8), QUALITY, np.where(late & (rng.random(n) < 0.8), LOGISTICS, aspect[1]))
    contrary = (rng.random(n) < _CONTRARY) & ~bad & (rating != 3)
    return Reviews(
        line=line, rating=rating, praise=np.where((rating >= 3) ^ contrary, aspect[0], -1), blame=np.where((rating <= 3) ^ contrary, blame, -1),
        way=rng.integers(0, 3, n), tail=rng.integers(0, len(TAILS), n), at=at[line], default=default,
    )  # fmt: skip


def _stars(rng: np.random.Generator, mean: Ints) -> Ints:
    """Mostly the best or the worst, as stars are, with about this mean."""
    u, v = rng.random(len(mean)), rng.random(len(mean))
    good = u < (mean - 1) / 4
    return np.where(good, np.where(v < 0.82, 5, 4), np.where(v < 0.5, 1, np.where(v < 0.8, 2, 3)))


def ask(rng: np.random.Generator, world: World, month: Month, users: Ints) -> dict[str, Ints]:
    """Questions below products: user, product, text, when asked and when answered (-1: not yet)."""
    n = rng.poisson(len(users) * 0.02)
    user = rng.choice(users, n)
    at = rng.integers(month.first, month.end, n) * DAY_SECONDS + rng.integers(8 * 3600, 23 * 3600, n)
    product = pick(rng, world.prices, world.prices.stretch[at // DAY_SECONDS], np.zeros(n, np.int64), np.full(n, -1))
    answered = at + rng.exponential(9 * 3600, n).astype(np.int64)
    answered = np.where((rng.random(n) < 0.86) & (answered < _OVER), answered, -1)
    kept = at > world.people.registered[user]
    rows = {"user": user, "product": product, "text": rng.integers(0, len(QUESTIONS), n), "at": at, "answered": answered}
    return {name: values[kept] for name, values in rows.items()}


def contact(rng: np.random.Generator, orders: Orders, sent: Shipments, back: Returns, lines: Lines, paid: Ints, slow: Bools) -> dict[str, Ints]:
    """Service contacts about orders: order, topic, channel, when, when resolved (-1: open), satisfaction (0: not given)."""
    back_order = np.unique(lines.order[back.line])
    late = np.unique(sent.order[slow[sent.order]])
    unpaid = np.flatnonzero(paid < 0)
    some = np.arange(len(orders))
    parts = []
    for who, about, rate, delay in (
        (late, 0, 0.3, 80),
        (back_order, 1, 0.35, 90),
        (some, 2, 0.02, 1),
        (some, 3, 0.006, 2),
        (unpaid, 4, 0.12, 1),
        (back_order, 5, 0.06, 120),
    ):
        chosen = who[rng.random(len(who)) < rate]
        parts.append((chosen, np.full(len(chosen), about), orders.at[chosen] + rng.exponential(delay * 3600, len(chosen)).astype(np.int64) + 120))
    order, topic, at = (np.concatenate([p[i] for p in parts]) for i in range(3))
    kept = (at < _OVER) & ~orders.fake[order]
    order, topic, at = order[kept], topic[kept], at[kept]
    n = len(order)
    resolved = at + rng.exponential(np.where(topic == 5, 40, 5) * 3600.0, n).astype(np.int64) + 60
    happy = np.where(topic == 5, 2.2, 4.2)
    score = np.where(rng.random(n) < 0.45, np.clip(np.round(rng.normal(happy, 0.9)), 1, 5), 0).astype(np.int64)
    return {
        "order": order, "topic": topic, "channel": (rng.random(n) < 0.18).astype(np.int64), "at": at,
        "resolved": np.where(resolved < _OVER, resolved, -1), "score": score,
    }  # fmt: skip


__all__ = ["TOPICS", "Reviews", "ask", "contact", "review"]
