"""The log: visits that end in an order, visits that do not, and those of buyers with a story."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from semantic_layer.shops.mall import demand
from semantic_layer.shops.mall.baskets import liking, pick
from semantic_layer.shops.mall.demand import Orders
from semantic_layer.shops.mall.goods import SUBCATEGORIES
from semantic_layer.shops.mall.people import ABANDONER, HESITANT, SECOND_ORDER
from semantic_layer.shops.mall.prices import PLAIN
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Bools, Ints, Month
from semantic_layer.shops.mall.world import World

TYPES = ("view", "search", "favorite", "cart", "order", "pay")
VIEW, SEARCH, FAVORITE, CART, ORDER, PAY = range(len(TYPES))
_EVENTS_OF_ORDER, _EVENTS_OF_VISIT = 5.9, 4.1
_STRANGERS, _HIDDEN = 0.08, 0.12  # of the visits without an order: by nobody known, by somebody not logged in


@dataclass
class Visits:
    """One element per session. `main` is the product that it ends with (-1: whatever was viewed last), `ordered` and `paid` seconds or -1."""

    user: Ints  # -1 for strangers
    hidden: Bools  # not logged in
    device: Ints  # two per user; strangers' are negative
    at: Ints
    channel: Ints
    platform: Ints
    version: Ints
    source: Ints
    focus: Ints
    views: Ints
    search: Bools
    favorite: Bools
    cart: Bools
    main: Ints
    ordered: Ints
    paid: Ints
    order: Ints  # the id of the order, or -1
    gap: Ints


def events(
    world: World, month: Month, block: int, first: int, end: int, orders: Orders, kept: Bools, wanted: Ints, paid: Ints, ids: Ints
) -> dict[str, NDArray[np.int64]]:
    """The events of a block of users in a month, by time."""
    rng, users = world.size.rng("behaviour", month.index, block), np.arange(first, end)
    parts = [
        _ordering(rng, world, orders, kept, wanted, paid, ids),
        _looking(rng, world, users, month),
        *(_story(rng, world, users, month, kind) for kind in (HESITANT, ABANDONER, SECOND_ORDER)),
    ]
    visits = Visits(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Visits)})
    return _spelt_out(rng, world, visits, month)


def _ordering(rng: np.random.Generator, world: World, orders: Orders, kept: Bools, wanted: Ints, paid: Ints, ids: Ints) -> Visits:
    """Visits that lead to an order, or would have."""
    n = len(orders)
    views = np.where(orders.fake, 0, 1 + rng.poisson(1.6, n))
    gap = rng.integers(12, 60, n)
    cart = np.where(kept, rng.random(n) < 0.72, np.where(orders.lost, True, rng.random(n) < 0.2)) & ~orders.fake
    return Visits(
        user=orders.user, hidden=np.zeros(n, bool), device=orders.user * 2 + (orders.platform == 2), at=orders.at - gap * (views + 2),
        channel=orders.channel, platform=orders.platform, version=orders.version, source=orders.source,
        focus=world.products.category[wanted], views=views, search=(rng.random(n) < 0.38) & ~orders.fake,
        favorite=(rng.random(n) < 0.12) & ~orders.fake, cart=cart, main=wanted, ordered=np.where(kept, orders.at, -1),
        paid=np.where(kept, paid, -1), order=np.where(kept, ids, -1), gap=gap,
    )  # fmt: skip


def _looking(rng: np.random.Generator, world: World, users: Ints, month: Month) -> Visits:
    """Visits without an order."""
    people, reach = world.people, world.reach
    wanted = max(world.size.events - world.size.orders * _EVENTS_OF_ORDER, 0) / _EVENTS_OF_VISIT
    until = np.minimum(people.last + 20, DAYS)
    rate = wanted / (people.visits * (reach[until] - reach[people.first])).sum()
    a = np.clip(people.first[users], month.first, month.end)
    b = np.clip(until[users], a, month.end)
    mass = reach[b] - reach[a]
    who = np.repeat(np.arange(len(users)), rng.poisson(people.visits[users] * rate * mass))
    when = np.searchsorted(reach, reach[a][who] + rng.random(len(who)) * mass[who], side="right") - 1
    when = np.clip(when, a[who], np.maximum(b[who] - 1, a[who]))
    user = users[who]
    return _visits(rng, world, user, when * DAY_SECONDS + demand.clock(rng, len(user)), strangers=True)


def _visits(rng: np.random.Generator, world: World, user: Ints, at: Ints, strangers: bool = False) -> Visits:
    people, n = world.people, len(user)
    when = at // DAY_SECONDS
    channel = demand.channels(rng, people, user, when)
    platform = demand.platforms(rng, people, user, channel)
    u = rng.random(n)
    strange = (u < _STRANGERS) & strangers
    nobody = -1 - rng.integers(0, max(len(people) // 2, 1), n)
    none = np.full(n, -1)
    return Visits(
        user=np.where(strange, -1, user), hidden=(u >= _STRANGERS) & (u < _STRANGERS + _HIDDEN) & strangers,
        device=np.where(strange, nobody, user * 2 + (platform == 2)), at=at, channel=channel, platform=platform,
        version=demand.versions(rng, channel, when), source=demand.sources(rng, people, user), focus=liking(rng, world, user),
        views=rng.geometric(0.32, n), search=rng.random(n) < 0.4, favorite=rng.random(n) < 0.09, cart=rng.random(n) < 0.1, main=none,
        ordered=none, paid=none, order=none, gap=rng.integers(12, 60, n),
    )  # fmt: skip


def _story(rng: np.random.Generator, world: World, users: Ints, month: Month, kind: int) -> Visits:
    """The last days of those who hesitate, leave a cart, or look again after a first order."""
    mine = users[world.people.kind[users] == kind] if month.end == DAYS else users[:0]
    days, count = {HESITANT: (14, 4), ABANDONER: (7, 1), SECOND_ORDER: (14, 3)}[kind]
    user = np.repeat(mine, count)
    # Hesitating goes on for days: one visit in each part of the fortnight.
    part = np.tile(np.arange(count), len(mine))
    when = DAYS - days + (part * days + rng.integers(0, max(days // count, 1), len(user)) * count) // count
    visits = _visits(rng, world, user, np.minimum(when, DAYS - 1) * DAY_SECONDS + demand.clock(rng, len(user)))
    if kind != SECOND_ORDER:
        visits.focus = world.people.likes[user, 0]
        visits.views = rng.integers(3, 6, len(user))
        visits.cart = np.full(len(user), kind == ABANDONER)
    return visits


def _spelt_out(rng: np.random.Generator, world: World, v: Visits, month: Month) -> dict[str, NDArray[np.int64]]:
    n = len(v.at)
    every = np.arange(n)
    viewed = np.repeat(every, v.views)
    nth = np.arange(len(viewed)) - np.repeat(np.cumsum(v.views) - v.views, v.views)
    stretch = world.prices.stretch[np.clip(v.at // DAY_SECONDS, month.first, month.end - 1)]
    product = pick(rng, world.prices, stretch[viewed], np.full(len(viewed), PLAIN), v.focus[viewed])
    last = nth == v.views[viewed] - 1
    product = np.where(last & (v.main[viewed] >= 0), v.main[viewed], product)
    ending = v.main.copy()
    ending[viewed[last]] = product[last]
    after = v.at + v.gap * (v.views + 1)
    one = {SEARCH: (v.search, v.at), FAVORITE: (v.favorite, after), CART: (v.cart, after + v.gap // 2),
           ORDER: (v.ordered >= 0, v.ordered), PAY: (v.paid >= 0, v.paid)}  # fmt: skip
    session, kind = [viewed], [np.full(len(viewed), VIEW)]
    at, what = [v.at[viewed] + v.gap[viewed] * (nth + 1)], [product]
    for which, (there, seconds) in one.items():
        rows = np.flatnonzero(there)
        session.append(rows)
        kind.append(np.full(len(rows), which))
        at.append(seconds[rows])
        what.append(np.full(len(rows), -1) if which == SEARCH else ending[rows])
    s, k, t, p = (np.concatenate(x) for x in (session, kind, at, what))
    t = np.clip(t, month.first * DAY_SECONDS, month.end * DAY_SECONDS - 1)
    order = np.argsort(t, kind="stable")
    s, k, t, p = s[order], k[order], t[order], p[order]
    keyword = _keywords(world, rng, v)
    return {
        "session": s, "type": k, "product": p, "at": t, "user": v.user[s], "hidden": v.hidden[s].astype(np.int64), "device": v.device[s],
        "channel": v.channel[s], "platform": v.platform[s], "version": v.version[s], "source": v.source[s],
        "keyword": np.where(k == SEARCH, keyword[s], -1), "order": np.where(k >= ORDER, v.order[s], -1),
    }  # fmt: skip


def _keywords(world: World, rng: np.random.Generator, v: Visits) -> Ints:
    """What was searched for: a subcategory of the category in view."""
    focus = np.where(v.focus < 0, rng.integers(0, 8, len(v.focus)), v.focus)
    within = np.where(v.main >= 0, world.products.subcategory[v.main] % 4, rng.integers(0, 4, len(focus)))
    return np.asarray(np.minimum(focus * 4 + within, len(SUBCATEGORIES) - 1))
