"""A block of users in a month: everything they did, as tables of numbers on the workbench."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall import baskets, behaviour, checkout, coupons, demand, voices
from semantic_layer.shops.mall.settings import DAY_SECONDS, Bools, Ints, Month
from semantic_layer.shops.mall.world import World


@dataclass(frozen=True)
class Part:
    """A month and a block of users; files of the first block are named by the month alone."""

    month: Month
    block: int
    first: int
    end: int

    @property
    def label(self) -> str:
        return self.month.label + (f"-{self.block}" if self.block else "")


def ids(month: Month, block: int, at: Ints) -> Ints:
    """The ids of orders: day, block, position in the month."""
    return np.asarray(at // DAY_SECONDS * 1_000_000_000 + block * 1_000_000 + np.arange(len(at)))


def make(bench: Workbench, world: World, grants: coupons.Grants, part: Part) -> None:
    """The tables `o` (orders), `l` (lines), `p` (payments), `s` (shipments), `r` (returns), `v` (reviews), `q` (questions),
    `c` (service contacts) and `e` (events). Notes in the world what was sold, and in the grants what was redeemed."""
    month, block = part.month, part.block
    rng = world.size.rng("chunk", month.index, block)
    orders = demand.draw(world, month, block, part.first, part.end)
    lines, kept, wanted = baskets.fill(world, month, block, orders)
    key = ids(month, block, orders.at)
    goods, freight = baskets.totals(lines, len(orders))
    payments, paid = checkout.pay(rng, world, orders)
    real = kept & ~orders.fake
    grant, off = np.full(len(orders), -1), np.zeros(len(orders), np.int64)
    grant[real], off[real] = coupons.redeem(rng, grants, orders.user[real], orders.at[real], goods[real], key[real])
    paid = np.where(kept, paid, -1)
    sent = checkout.ship(rng, orders, lines, paid)
    arrived = np.full(len(orders), -1)
    arrived[sent.order] = sent.delivered
    slow = np.zeros(len(orders), bool)
    slow[sent.order] = sent.delivered > sent.promised
    back = checkout.send_back(rng, world, orders, lines, arrived, goods, off)
    bought = paid[lines.order] >= 0
    day = baskets.per_day(lines, orders)
    world.stock.sell(lines.product[bought], lines.warehouse[bought], day[bought], lines.quantity[bought])
    _orders(bench, orders, kept, key, goods, freight, grant, off, paid, arrived)
    _lines(bench, lines, key)
    tried = kept[payments.order]
    bench.table("p", {
        "key": key[payments.order[tried]], "channel": payments.channel[tried], "at": payments.at[tried], "good": payments.good[tried],
        "amount": (goods - off + freight)[payments.order[tried]],
    })  # fmt: skip
    bench.table("s", {
        "key": key[sent.order], "warehouse": sent.warehouse, "carrier": sent.carrier, "shipped": sent.shipped, "promised": sent.promised,
        "delivered": sent.delivered,
    })  # fmt: skip
    bench.table("r", {
        "key": key[lines.order[back.line]], "number": lines.number[back.line], "product": lines.product[back.line], "kind": back.kind,
        "reason": back.reason, "requested": back.requested, "refunded": back.refunded, "amount": back.amount,
    })  # fmt: skip
    said = voices.review(rng, world, orders, lines, arrived, slow)
    bench.table("v", {
        "key": key[lines.order[said.line]], "number": lines.number[said.line], "product": lines.product[said.line],
        "user": orders.user[lines.order[said.line]], "rating": said.rating, "praise": said.praise, "blame": said.blame, "way": said.way,
        "tail": said.tail, "at": said.at, "is_default": said.default,
    })  # fmt: skip
    bench.table("q", voices.ask(rng, world, month, np.arange(part.first, part.end)))
    asked = voices.contact(rng, orders, sent, back, lines, paid, slow)
    at = asked.pop("order")
    there = kept[at]
    bench.table("c", {name: values[there] for name, values in asked.items()} | {"key": key[at[there]], "user": orders.user[at[there]]})
    log = behaviour.events(world, month, block, part.first, part.end, orders, kept, wanted, paid, key)
    bench.table("e", log | {"number": np.arange(len(log["at"])) + (month.index * 1000 + block) * 100_000_000})


def _orders(
    bench: Workbench, orders: demand.Orders, kept: Bools, key: Ints, goods: Ints, freight: Ints, grant: Ints, off: Ints, paid: Ints, arrived: Ints
) -> None:
    columns = {
        "key": key, "user": orders.user, "at": orders.at, "channel": orders.channel, "platform": orders.platform, "source": orders.source,
        "city": orders.city, "fake": orders.fake, "goods": goods, "freight": freight, "grant_id": grant, "coupon": off, "paid": paid, "arrived": arrived,
    }  # fmt: skip
    bench.table("o", {name: values[kept] for name, values in columns.items()})


def _lines(bench: Workbench, lines: baskets.Lines, key: Ints) -> None:
    bench.table("l", {
        "key": key[lines.order], "number": lines.number, "product": lines.product, "quantity": lines.quantity, "listed": lines.listed,
        "price": lines.price, "amount": lines.amount, "cost": lines.cost, "reduced": lines.reduced,
    })  # fmt: skip
