"""Decisions about actions: nothing is overwritten, steps are numbered without gaps whoever decides, and shops are apart."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

from assistant.store import Decision, open_store

DAY = dt.date(2026, 7, 1)


def step(state: str = "accepted", user: str = "ann", **more: object) -> Decision:
    return Decision("restock", "stock_out", state, user, DAY, **more)  # type: ignore[arg-type]


def test_steps_survive_a_restart_as_they_were(url: str) -> None:
    store = open_store(url)
    first = step("changed", reason="太贵", changes={"numbers": {"face": 10.0}, "owner": "小李"}, card={"headline": "补货"})
    assert [store.decisions.decide("tea", first), store.decisions.decide("tea", step("accepted", "bob"))] == [1, 2]
    store.close()
    store = open_store(url)
    kept = store.decisions.of("tea")
    assert [(d.number, d.state, d.user) for d in kept] == [(1, "changed", "ann"), (2, "accepted", "bob")]
    assert (kept[0].reason, kept[0].changes, kept[0].card, kept[0].day) == (first.reason, first.changes, first.card, DAY)
    assert kept[0].created == first.created
    assert store.decisions.of("coffee") == ()
    store.close()


def test_many_at_once_are_many_steps(url: str) -> None:
    store = open_store(url)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: store.decisions.decide("tea", step(user=f"u{n}")), range(12)))
    assert sorted(numbers) == list(range(1, 13))
    assert len(store.decisions.of("tea")) == 12
    store.close()
