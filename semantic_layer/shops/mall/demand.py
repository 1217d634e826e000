"""Who orders when, on which channel and device: a Poisson process for each user, and the planted ones beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.marketing import CAMPAIGNS, EXPERIMENTS, LIFTED
from semantic_layer.shops.mall.people import PRICE_SENSITIVE, RING, SECOND_ORDER, People
from semantic_layer.shops.mall.places import city_weights
from semantic_layer.shops.mall.settings import DAY_SECONDS, Bools, Floats, Ints, Month, day
from semantic_layer.shops.mall.world import World

CHANNELS = ("App", "小程序", "网页")
APP, MINI, WEB = range(3)
VERSIONS = (("6.0.0", 0), ("6.1.0", day(2025, 4, 1)), ("6.2.0", day(2025, 8, 1)), ("6.3.0", day(2025, 11, 15)),
            ("6.4.0", day(2026, 2, 1)), ("6.5.0", day(2026, 5, 10)))  # fmt: skip
_HOURS = np.array([1.2, 0.6, 0.4, 0.3, 0.3, 0.5, 1.2, 2.4, 3.8, 5.2, 6.2, 5.8, 6.0, 5.4, 5.0, 5.0, 5.0, 4.8, 5.2, 6.6, 8.6, 9.6, 7.2, 3.7])


@dataclass
class Orders:
    """One element per order, by time. `at` is in seconds since the first day; `lost` ones never come to be."""

    user: Ints
    at: Ints
    channel: Ints
    platform: Ints
    version: Ints  # -1 outside the app
    source: Ints
    city: Ints
    fake: Bools
    lost: Bools

    def __len__(self) -> int:
        return len(self.user)


def draw(world: World, month: Month, block: int, first: int, end: int) -> Orders:
    """The orders of a block of users in a month."""
    rng, people = world.size.rng("demand", month.index, block), world.people
    users = np.arange(first, end)
    parts = [_usual(rng, world, users, month), _welcome(rng, people, users, month), _only(rng, people, users, month)]
    parts += [_more(rng, world, users, month, *planted) for planted in _lifts(world, users)]
    ring = _ring(rng, people, users, month)
    user = np.concatenate([p[0] for p in parts] + [ring[0]])
    at = np.concatenate([p[1] for p in parts] + [ring[1]])
    fake = np.arange(len(user)) >= len(user) - len(ring[0])
    order = np.argsort(at, kind="stable")
    return _placed(rng, world, user[order], at[order], fake[order])


def _usual(rng: np.random.Generator, world: World, users: Ints, month: Month) -> tuple[Ints, Ints]:
    people = world.people
    eager = people.kind[users] == PRICE_SENSITIVE
    parts = [
        _process(rng, users[which], people.rate[users[which]], people, month.first, month.end, reach)
        for which, reach in ((~eager, world.reach), (eager, world.sale_reach))
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _process(rng: np.random.Generator, users: Ints, rate: Floats, people: People, first: int, end: int, reach: Floats) -> tuple[Ints, Ints]:
    """Users and seconds of a process with `rate` on a plain day, while they are buyers, from `first` to `end`."""
    a = np.clip(people.first[users], first, end)
    b = np.clip(people.last[users], a, end)
    mass = reach[b] - reach[a]
    count = rng.poisson(rate * mass)
    who = np.repeat(np.arange(len(users)), count)
    when = np.searchsorted(reach, reach[a][who] + rng.random(len(who)) * mass[who], side="right") - 1
    at = np.clip(when, a[who], np.maximum(b[who] - 1, a[who])) * DAY_SECONDS + clock(rng, len(who))
    # Nobody orders before being there.
    at = np.maximum(at, people.registered[users][who] + 60)
    kept = at < end * DAY_SECONDS
    return users[who[kept]], at[kept]


def clock(rng: np.random.Generator, count: int) -> Ints:
    """Seconds of the day, most of them in the evening."""
    hour = rng.choice(24, count, p=_HOURS / _HOURS.sum())
    return np.asarray(hour * 3600 + rng.integers(0, 3600, count))


def _welcome(rng: np.random.Generator, people: People, users: Ints, month: Month) -> tuple[Ints, Ints]:
    """Who has just registered mostly came to buy."""
    p = np.where(np.isin(people.kind[users], (SECOND_ORDER, RING)), 0.0, 0.55)
    at = people.registered[users] + rng.exponential(3 * DAY_SECONDS, len(users)).astype(np.int64) + 300
    kept = (rng.random(len(users)) < p) & (people.registered[users] >= month.first * DAY_SECONDS) & (at < month.end * DAY_SECONDS)
    return users[kept], at[kept]


def _only(rng: np.random.Generator, people: People, users: Ints, month: Month) -> tuple[Ints, Ints]:
    when = people.only_order[users]
    kept = (when >= month.first) & (when < month.end)
    return users[kept], when[kept] * DAY_SECONDS + clock(rng, int(kept.sum()))


def _lifts(world: World, users: Ints) -> list[tuple[Ints, float, int, int]]:
    """Who orders how much more, from which day to which."""
    marketing, campaign = world.marketing, CAMPAIGNS[LIFTED]
    lifted = users[marketing.reached[LIFTED, users] == 1]
    found = [(lifted, campaign.lift, campaign.first, campaign.first + effects.LIFT_DAYS)]
    for i, experiment in enumerate(EXPERIMENTS):
        if experiment.lift:
            found.append((users[marketing.arm[i, users] == 2], experiment.lift, experiment.first, experiment.last + 1))
    return found


def _more(
    rng: np.random.Generator, world: World, users: Ints, month: Month, users_lifted: Ints, lift: float, first: int, end: int
) -> tuple[Ints, Ints]:
    a, b = max(first, month.first), min(end, month.end)
    if a >= b:
        return users_lifted[:0], users_lifted[:0]
    return _process(rng, users_lifted, world.people.rate[users_lifted] * lift, world.people, a, b, world.reach)


def _ring(rng: np.random.Generator, people: People, users: Ints, month: Month) -> tuple[Ints, Ints]:
    """The ring of fake buyers: eight orders each in a fortnight."""
    a, b = max(effects.FAKE[0], month.first), min(effects.FAKE[1], month.end)
    ring = users[people.kind[users] == RING]
    if a >= b or not len(ring):
        return users[:0], users[:0]
    count = round(10 * (b - a) / (effects.FAKE[1] - effects.FAKE[0]))
    who = np.repeat(ring, count)
    return who, rng.integers(a, b, len(who)) * DAY_SECONDS + rng.integers(2 * 3600, 5 * 3600, len(who))


def _placed(rng: np.random.Generator, world: World, user: Ints, at: Ints, fake: Bools) -> Orders:
    """Channel, device, source and place of each order, and which are lost by the error in the app."""
    people, n, when = world.people, len(user), at // DAY_SECONDS
    channel = channels(rng, people, user, when)
    platform = platforms(rng, people, user, channel)
    version = versions(rng, channel, when)
    city = np.where(rng.random(n) < 0.94, people.city[user], rng.choice(len(city_weights()), n, p=city_weights()))
    bug = (when >= effects.CHECKOUT_BUG[0]) & (when < effects.CHECKOUT_BUG[1]) & (platform == 0) & (channel == APP)
    bug &= version == [v for v, _ in VERSIONS].index(effects.BUG_VERSION)
    return Orders(
        user=user, at=at, channel=channel, platform=platform, version=version, source=sources(rng, people, user), city=city, fake=fake,
        lost=bug & (rng.random(n) < effects.BUG_LOSS) & ~fake,
    )  # fmt: skip


def channels(rng: np.random.Generator, people: People, user: Ints, when: Ints) -> Ints:
    """App, mini program or web. In the month of the shift many come by the mini program."""
    shifted = (when >= effects.MIX_SHIFT[0]) & (when < effects.MIX_SHIFT[1])
    mini = np.minimum(people.mini[user] * np.where(shifted, effects.MIX_MINI, 1.0), 0.95)
    u = rng.random(len(user))
    web = np.where(people.platform[user] == 2, 0.75, 0.1)
    return np.where(u < mini, MINI, np.where(rng.random(len(user)) < web, WEB, APP))


def platforms(rng: np.random.Generator, people: People, user: Ints, channel: Ints) -> Ints:
    """iOS, Android or PC: the phone, but for most of the web."""
    phone = np.minimum(people.platform[user], 1)
    return np.where((channel == WEB) & (rng.random(len(user)) < 0.75), 2, phone)


def versions(rng: np.random.Generator, channel: Ints, when: Ints) -> Ints:
    """The version of the app: mostly the newest, else the one before; -1 outside the app."""
    newest = np.searchsorted([since for _, since in VERSIONS], when, side="right") - 1
    lagging = rng.random(len(when)) < 0.3
    return np.where(channel == APP, np.maximum(newest - lagging, 0), -1)


def sources(rng: np.random.Generator, people: People, user: Ints) -> Ints:
    """Where a visit comes from; who was won by an advertisement comes by one more often."""
    u = rng.random(len(user))
    plain = np.searchsorted(np.cumsum([0.4, 0.32, 0.1, 0.08, 0.05]), u)
    won = people.acquisition[user]
    again = (won >= 1) & (won <= 3) & (rng.random(len(user)) < 0.3)
    return np.where(again, won + 1, plain)
