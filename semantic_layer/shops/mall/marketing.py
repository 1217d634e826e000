"""Campaigns, experiments and advertising: who is reached, who is held out, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.people import LAPSING, RING, SECOND_ORDER, People
from semantic_layer.shops.mall.settings import DAY_SECONDS, DAYS, Floats, Ints, Size, day

MESSAGE_CHANNELS = ("短信", "推送", "站内信")
SOURCES = ("直接访问", "站内推荐", "搜索广告", "信息流广告", "短视频广告", "短信推送")
PAID_SOURCES = (2, 3, 4)


@dataclass(frozen=True)
class Campaign:
    """`share` of the users who are there; `held` of them are held out; `lift` of their orders within effects.LIFT_DAYS."""

    name: str
    kind: str
    channel: int
    first: int
    last: int
    share: float
    held: float
    lift: float
    budget: int


CAMPAIGNS = (
    Campaign("新年年货节预热", "大促", 0, day(2025, 1, 6), day(2025, 1, 20), 0.5, 0.0, 0.0, 30_000),
    Campaign("女神节美妆专场", "专场", 1, day(2025, 3, 5), day(2025, 3, 8), 0.35, 0.0, 0.0, 12_000),
    Campaign("618年中大促", "大促", 0, day(2025, 6, 14), day(2025, 6, 18), 0.6, 0.0, 0.0, 50_000),
    Campaign("开学季上新", "上新", 2, day(2025, 8, 25), day(2025, 9, 5), 0.3, 0.0, 0.0, 8_000),
    Campaign("金秋会员回馈", "会员营销", 1, day(2025, 10, 13), day(2025, 10, 19), 0.4, 0.2, effects.LIFT, 20_000),
    Campaign("会员日问候", "会员营销", 0, day(2025, 12, 18), day(2025, 12, 24), 0.4, 0.2, 0.0, 15_000),
    Campaign("钻石会员答谢", "会员营销", 0, day(2026, 1, 12), day(2026, 1, 18), 0.15, 0.0, 0.0, 10_000),
    Campaign("双11狂欢", "大促", 0, day(2025, 11, 7), day(2025, 11, 11), 0.65, 0.0, 0.0, 80_000),
    Campaign("年货节囤货", "大促", 1, day(2026, 1, 21), day(2026, 2, 4), 0.5, 0.0, 0.0, 40_000),
    Campaign("春季户外节", "专场", 2, day(2026, 4, 15), day(2026, 4, 22), 0.3, 0.0, 0.0, 9_000),
    Campaign("618年中大促2026", "大促", 0, day(2026, 6, 14), day(2026, 6, 18), 0.6, 0.0, 0.0, 60_000),
)
LIFTED, UNLIFTED, TARGETED = 4, 5, 6


@dataclass(frozen=True)
class Experiment:
    """`share`: how many see B really; planned is one half."""

    name: str
    first: int
    last: int
    share: float
    lift: float


EXPERIMENTS = (
    Experiment("一页结算", day(2025, 5, 6), day(2025, 6, 2), 0.5, effects.EXPERIMENT_LIFT),
    Experiment("首页新配色", day(2025, 7, 7), day(2025, 8, 3), 0.5, 0.0),
    Experiment("搜索排序新模型", day(2025, 12, 1), day(2025, 12, 28), effects.BROKEN_SHARE, 0.0),
    Experiment("详情页短视频", day(2026, 4, 1), day(2026, 4, 28), 0.5, 0.0),
)


@dataclass(frozen=True)
class Marketing:
    """`reached`: campaigns x users, 0 not in it, 1 reached, 2 held out. `arm`: experiments x users, 0 not in it, 1 A, 2 B."""

    reached: NDArray[np.int8]
    arm: NDArray[np.int8]


def make(size: Size, people: People) -> Marketing:
    """Who is in what."""
    rng, n = size.rng("marketing"), len(people)
    usual = ~np.isin(people.kind, (RING, SECOND_ORDER, LAPSING))
    reached = np.zeros((len(CAMPAIGNS), n), np.int8)
    for i, campaign in enumerate(CAMPAIGNS):
        there = people.registered < campaign.first * DAY_SECONDS
        chosen = there & people.consent & (rng.random(n) < campaign.share)
        if i == TARGETED:  # by what they spent before: the best buyers, whatever the campaign does
            chosen = there & (people.rate >= np.quantile(people.rate[there], 1 - campaign.share))
        if i in (LIFTED, UNLIFTED):
            chosen &= usual
        reached[i] = np.where(chosen, 1 + (rng.random(n) < campaign.held), 0)
    arm = np.zeros((len(EXPERIMENTS), n), np.int8)
    for i, experiment in enumerate(EXPERIMENTS):
        there = (people.registered < experiment.first * DAY_SECONDS) & (people.last > experiment.first)
        arm[i] = np.where(there, 1 + (rng.random(n) < experiment.share), 0)
    return Marketing(reached, arm)


def sends(size: Size, marketing: Marketing, campaign: int) -> dict[str, Ints]:
    """The messages of a campaign: user, second sent, delivered, opened and clicked (second, or -1)."""
    rng, spec = size.rng("sends", campaign), CAMPAIGNS[campaign]
    user = np.flatnonzero(marketing.reached[campaign] == 1)
    sent = spec.first * DAY_SECONDS + rng.integers(9 * 3600, 20 * 3600, len(user))
    delivered = rng.random(len(user)) < (0.93, 0.97, 1.0)[spec.channel]
    opening = np.array([0.22, 0.12, 0.35])[spec.channel] * np.where((sent % DAY_SECONDS) // 3600 >= 18, 1.3, 1.0)
    opened = delivered & (rng.random(len(user)) < opening)
    clicked = opened & (rng.random(len(user)) < 0.27)
    at = sent + rng.exponential(5400, len(user)).astype(np.int64) + 20
    return {
        "campaign": np.full(len(user), campaign), "user": user, "channel": np.full(len(user), spec.channel), "sent": sent,
        "delivered": delivered.astype(np.int64), "opened": np.where(opened, at, -1), "clicked": np.where(clicked, at + rng.integers(5, 300, len(user)), -1),
    }  # fmt: skip


def advertising(size: Size, curve: Floats) -> dict[str, Ints]:
    """What advertising costs each day on each paid source, in fen."""
    rng = size.rng("advertising")
    days = np.repeat(np.arange(DAYS), len(PAID_SOURCES))
    source = np.tile(np.array(PAID_SOURCES), DAYS)
    shown = np.array([0, 0, 36_000, 104_000, 84_000])[source] * size.scale * curve[days] * rng.lognormal(0, 0.12, len(days))
    rate = np.array([0, 0, 0.032, 0.011, 0.014])[source] * rng.lognormal(0, 0.08, len(days))
    clicks = rng.binomial(shown.astype(np.int64), rate)
    cost = clicks * np.array([0, 0, 435, 360, 270])[source] * rng.lognormal(0, 0.05, len(days))
    return {"day": days, "source": source, "impressions": shown.astype(np.int64), "clicks": clicks, "cost": cost.astype(np.int64)}
