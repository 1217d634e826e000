"""The shop that the tests ask, and short ways to ask it; small shops of a test's own."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
import pytest
import typer.main
import typer.testing
import yaml
from hypothesis import HealthCheck, settings

from semantic_layer.engines import Limits, Result
from semantic_layer.places import home
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.mall.generate import generate
from tests.malls import SCALE, shop_over

# Each verb run in this process would make all verbs anew, which takes longer than most of them.
typer.main.get_command = typer.testing._get_command = cache(typer.main.get_command)  # type: ignore[attr-defined]
# Whom commands ask that name no shop: one that is quickly made.
os.environ["WENSHU_SHOP"] = "completejourney"
gc.set_threshold(50_000, 20, 20)  # as the command line does
settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    max_examples=30,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("steady")

# What repeats what a newer suite, or the same in the other language, shows too: each time make accept runs.
FULL = "WENSHU_FULL" in os.environ


def unless_full(*names: str) -> list[Any]:
    """Names as parameters of a test, passed over unless everything is asked for."""
    mark = pytest.mark.skipif(not FULL, reason="asked by make accept")
    return [pytest.param(n, marks=mark) for n in names]


Row = dict[str, Any]
Thing = TypeVar("Thing")
Ask = Callable[[Mapping[str, Any]], list[Row]]
MakeShop = Callable[..., Shop]

ALL_ROWS = Limits(seconds=120.0, max_rows=2_000_000)
STALE_LOCK = 300.0


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds the lock file; waits while another process does, unless that one died long ago."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            break
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime > STALE_LOCK:
                    lock.unlink()
            time.sleep(0.1)
    try:
        yield
    finally:
        os.close(handle)
        lock.unlink(missing_ok=True)


class Kept(Generic[Thing]):
    """The last few things made, so that tests that leave them as they are share them; closes what it gives up."""

    def __init__(self, close: Callable[[Thing], None], most: int = 3) -> None:
        self._close, self._most = close, most
        self._things: dict[str, Thing] = {}

    def get(self, key: object, make: Callable[[], Thing]) -> Thing:
        """What was made for an equal key, or else now."""
        name = repr(key)
        thing = self._things[name] = self._things.pop(name, None) or make()
        while len(self._things) > self._most:
            self._close(self._things.pop(next(iter(self._things))))
        return thing

    def close(self) -> None:
        """Gives up all."""
        for thing in self._things.values():
            self._close(thing)


def as_rows(result: Result) -> list[Row]:
    """Each row by the names of its columns; a result that was cut is no result."""
    assert not result.truncated
    names = [c.name for c in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def answer(shop: Shop, query: Mapping[str, Any]) -> list[Row]:
    """The rows of a semantic query, by way of compiler, gate and engine."""
    return as_rows(shop.run(shop.compile(SemanticQuery.model_validate(query))))


def statement(shop: Shop, query: Mapping[str, Any]) -> str:
    """The SQL of a semantic query."""
    return shop.compile(SemanticQuery.model_validate(query)).sql()


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """The packaged shop completejourney, built once for all processes."""
    with alone(home() / "building-for-tests.lock"):
        opened = open_shop("completejourney")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def made_mall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small mall, `sources` and `truth`, made once for all processes, which only read it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "made-mall"
    with alone(shared / "making-mall.lock"):
        if not folder.exists():
            generate(shared / "mall-in-the-making", SCALE, seed=1)
            (shared / "mall-in-the-making").rename(folder)
    return folder


@pytest.fixture(scope="session")
def mall_shop(made_mall: Path) -> Path:
    """A shop folder over the conformed tables of the small mall, for all processes, which only read it."""
    folder = made_mall.with_name("mall-shop")
    with alone(made_mall.with_name("making-mall.lock")):
        if not folder.exists():
            shop_over(made_mall / "truth", made_mall.with_name("shop-in-the-making")).rename(folder)
    return folder


@pytest.fixture(scope="session")
def run(shop: Shop) -> Ask:
    """Asks the shop a semantic query."""
    return lambda query: answer(shop, query)


@pytest.fixture(scope="session")
def sql(shop: Shop) -> Callable[[str], list[Row]]:
    """Runs hand-written SQL on the read-only engine of the shop."""
    return lambda text: as_rows(shop.engine.run(text, ALL_ROWS))


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[MakeShop]:
    """Makes a shop of a catalog and of SQL that fills its database."""
    opened: list[Shop] = []

    def make(catalog: Mapping[str, Any], *statements: str, today: dt.date = dt.date(2018, 1, 1), name: str = "small") -> Shop:
        folder = write_shop(tmp_path / name, catalog, *statements)
        opened.append(open_shop(str(folder), today))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def write_shop(folder: Path, catalog: Mapping[str, Any], *statements: str) -> Path:
    """A shop folder with settings, catalog and database."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "wenshu.yaml").write_text("name: small\ndatabase: small.duckdb\n", encoding="utf-8")
    (folder / "catalog" / "catalog.yaml").write_text(yaml.safe_dump(dict(catalog), sort_keys=False), encoding="utf-8")
    with duckdb.connect(str(folder / "small.duckdb")) as connection:
        for each in statements:
            connection.execute(each)
    return folder
