"""A refresh that is killed: readers go on seeing the old state or see the new one, and the next refresh ends where it would have ended."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.engines import DuckDBEngine
from tests.sources.conftest import MakeSources, SourceShop

ROOT = Path(__file__).parents[2]
ORDERS = """
sources:
  orders:
    into: orders
    path: o/*.csv
    {continuous}
    columns:
      id: {{as: id}}
      day: {{as: date}}
      amount: {{as: money}}
tables:
  orders: {{key: id}}
"""


def days(number: int, rows: int) -> str:
    return "id,day,amount\n" + "".join(f"{number * 7 + i},2024-05-{1 + i % 28:02d},{number}.{i % 10}0\n" for i in range(rows))


def seen(shop: SourceShop) -> tuple[Any, ...]:
    """What a question sees."""
    engine = DuckDBEngine(shop.place.database)
    try:
        return engine.run("SELECT count(*), sum(amount) FROM orders").rows[0]
    finally:
        engine.close()


def started(shop: SourceShop) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "assistant.channels.cli", "refresh", "--shop", str(shop.folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("continuous", [False, True], ids=["one-file", "head-and-base"])
def test_killed_at_three_points(make: MakeSources, continuous: bool) -> None:
    said = ORDERS.format(continuous="continuous: true" if continuous else "when_gone: keep")
    shop = make(said, o__1_csv=days(1, 20_000))
    begun = time.monotonic()
    assert started(shop).wait() == 0
    length = time.monotonic() - begun
    old = seen(shop)
    shop.write("o/2.csv", days(2, 40_000))
    whole = make(said, name="whole", o__1_csv=days(1, 20_000), o__2_csv=days(2, 40_000))
    whole.refresh()
    new = seen(whole)
    assert old != new
    points = random.Random(5 + continuous)
    for third in range(3):
        process = started(shop)
        # Spread over the run, wherever in it that may be on this machine.
        time.sleep(length * (third + points.random()) / 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert seen(shop) in (old, new)
    assert not shop.refresh().stopped
    assert seen(shop) == new
    assert shop.rows("SELECT records FROM wenshu_state.accounts") == [(60_000,)]
    left = {p.name.split(".")[0].split("-")[0] for p in (shop.folder / ".wenshu" / "sources").iterdir()}
    assert left <= {"ledger", "salt", "last", "base", "history"}
    assert not list(shop.folder.glob(".building*"))
