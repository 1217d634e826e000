"""Refreshes of the small mall that are killed: the next one ends where an undisturbed one does, and a reader who looks all the while sees
the state before or the state after, never a mixture. Three kills; WENSHU_KILLS says how many more."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from eval.mall.opened import DATABASE
from semantic_layer.engines import DuckDBEngine
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.refresh import Place, Report, refresh
from tests.forked import Forked
from tests.shops.mall.conftest import Mall

KILLS = int(os.environ.get("WENSHU_KILLS", "3"))
DAY = "2026-03-15"
LATE = (
    "SELECT 'LATE' || i AS eid, '2026-03-15 10:00:' || lpad((i % 60)::VARCHAR, 2, '0') AS t, NULL AS openno, 'late' || i AS dev, 'late' || i AS sess, "
    "'浏览' AS act, NULL AS code, NULL AS kw, 'iOS' AS plat, '直接访问' AS src, NULL AS order_no FROM range(50) r(i)"
)
STATE = """SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM orders), (SELECT sum(amount) FROM orders), (SELECT count(*) FROM order_lines),
    (SELECT count(*) FROM stock_daily), (SELECT count(*) FROM orders WHERE region IS NOT NULL)"""


def shop_of(mall: Mall, folder: Path, *, without: str = "") -> Path:
    """A shop folder over the mall's sources, of which a month of orders may be left out."""
    shutil.copytree(PACKAGED / "mall" / "catalog", folder / "catalog")
    for name in ("wenshu.yaml", "sources.yaml"):
        shutil.copy(PACKAGED / "mall" / name, folder)
    left_out = [f"{without}.parquet"] if without else []
    shutil.copytree(
        mall.folder / "sources", folder / "sources", copy_function=os.link, ignore=lambda at, names: left_out if at.endswith("/orders") else []
    )
    return folder


def refreshed(folder: Path) -> Report:
    report = refresh(Place(folder, folder, folder / DATABASE, folder / ".wenshu"))
    assert not report.stopped and all(account.adds_up for account in report.accounts)
    return report


def seen(folder: Path) -> tuple[Any, ...]:
    engine = DuckDBEngine(folder / DATABASE)
    try:
        return engine.run(STATE, cache=False).rows[0]
    finally:
        engine.close()


def everything(folder: Path) -> dict[str, Any]:
    """The rows of all tables, as sums of hashes, and where every record went; but for hashed phone numbers, which are the shop's own."""
    with duckdb.connect(str(folder / DATABASE), read_only=True) as db:
        tables = [r[0] for r in db.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY 1").fetchall()]
        left = {"users": " EXCLUDE (phone)"}
        found = {t: db.execute(f"SELECT count(*), sum(hash(t)::HUGEINT) FROM (SELECT *{left.get(t, '')} FROM {t}) t").fetchall() for t in tables}
        for name in ("accounts", "quality", "quarantine"):
            found[name] = db.execute(f"FROM wenshu_state.{name} ORDER BY ALL").fetchall()
        return found


@contextmanager
def watching(folder: Path) -> Iterator[set[tuple[Any, ...]]]:
    """What a reader sees who looks all the while, from an engine that stays open."""
    found: set[tuple[Any, ...]] = set()
    failed: list[Exception] = []
    stop = threading.Event()

    def watch() -> None:
        engine = DuckDBEngine(folder / DATABASE)
        try:
            while not stop.is_set():
                found.add(engine.run(STATE, cache=False).rows[0])
                stop.wait(0.1)
        except Exception as error:  # told by the test's own thread
            failed.append(error)
        finally:
            engine.close()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
    assert not failed and found


@dataclass(frozen=True)
class Undisturbed:
    """A shop whose one refresh took its time in seconds, and what it held then."""

    folder: Path
    seconds: float
    seen: tuple[Any, ...]
    everything: dict[str, Any]


@pytest.fixture(scope="module")
def undisturbed(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = shop_of(mall, tmp_path_factory.mktemp("undisturbed") / "shop")
    began = time.monotonic()
    refreshed(folder)
    return Undisturbed(folder, time.monotonic() - began, seen(folder), everything(folder))


@pytest.mark.skipif(not hasattr(os, "link"), reason="needs links between files")
def test_killed_at_random_points(mall: Mall, undisturbed: Undisturbed, tmp_path: Path) -> None:
    new, expected = undisturbed.seen, undisturbed.everything
    shop = shop_of(mall, tmp_path / "shop", without="2025-06")
    refreshed(shop)
    old = seen(shop)
    assert old != new
    os.link(mall.folder / "sources" / "orders" / "2025-06.parquet", shop / "sources" / "orders" / "2025-06.parquet")
    points = random.Random(11)
    killed = 0
    with watching(shop) as looks:
        for number in range(KILLS):
            # All read again, so that there is much to be cut off: spread over the run, wherever in it that may be on this machine.
            process = Forked("refresh", "--shop", str(shop), "--full", env=os.environ, quiet=True)
            try:
                process.wait(undisturbed.seconds * (number + points.random()) / KILLS)
            except TimeoutError:
                process.send_signal(signal.SIGKILL)
                killed += 1
                process.wait()
        refreshed(shop)
    assert killed > 0
    assert looks <= {old, new}
    assert seen(shop) == new and everything(shop) == expected
    assert not list(shop.glob(".building*")) and not list((shop / ".wenshu" / "sources").glob("reading-*"))


def test_twice_the_same_changes_nothing_and_a_late_file_only_its_day(undisturbed: Undisturbed) -> None:
    shop = undisturbed.folder
    before, stat = everything(shop), (shop / DATABASE).stat()
    assert refreshed(shop).built is None
    assert ((shop / DATABASE).stat().st_ino, (shop / DATABASE).stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
    days = by_day(shop)
    duckdb.sql(f"COPY ({LATE}) TO '{shop}/sources/mini_events/zz-late.jsonl' (FORMAT json)")
    report = refreshed(shop)
    assert {t.source: t.read for t in report.sources if t.read} == {"mini_events": ["sources/mini_events/zz-late.jsonl"]}
    after, later = everything(shop), by_day(shop)
    assert {t for t in before if before[t] != after[t]} == {"events", "accounts", "quality"}
    assert {day for day in later if later[day] != days.get(day)} == {DAY} and later[DAY][0] == days[DAY][0] + 50


def by_day(folder: Path) -> dict[str, tuple[int, int]]:
    with duckdb.connect(str(folder / DATABASE), read_only=True) as db:
        found = db.execute("SELECT CAST(CAST(event_time AS DATE) AS VARCHAR), count(*), sum(hash(e)::HUGEINT) FROM events e GROUP BY 1").fetchall()
    return {day: (n, total) for day, n, total in found}
