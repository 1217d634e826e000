"""Stores of the tests' own: a SQLite file, and a database of PostgreSQL where there is a server."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.store import Turn, open_store
from tests.engines.foreign.conftest import Server, server  # noqa: F401

if TYPE_CHECKING:
    from assistant.store.store import Store

_number = itertools.count()


def a_turn(question: str = "销售额", rows: int = 1, **values: object) -> Turn:
    """A turn with so many rows."""
    answer = {"status": "answered", "text": "一共 ¥1", "rows": [[i, "绿茶", None, 0.1] for i in range(rows)], "truncated": False, "caveats": []}
    return Turn(**{"question": question, "lang": "zh", "status": "answered", "query": {"metrics": [{"metric": "sales"}]}, "answer": answer, **values})  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a place where no store is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'folder' / 'store.sqlite'}"
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("the driver psycopg is not installed")
    running: Server = request.getfixturevalue("server")
    name = f"store_{next(_number)}"
    running.run(f"CREATE DATABASE {name}")
    return running.url(database=name)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores, and closes them after the test."""
    stores: list[Store] = []

    def opened(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield opened
    for each in stores:
        each.close()


@pytest.fixture
def store(url: str, opened: Callable[[str], Store]) -> Store:
    """A new store."""
    return opened(url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a SQLite store may be made."""
    return tmp_path / "store.sqlite"
