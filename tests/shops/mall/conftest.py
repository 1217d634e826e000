"""A small mall, made once for all tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest


@dataclass
class Mall:
    """The folder of a small mall, and its conformed tables to query by name (those of `latent/` with that before their names)."""

    folder: Path
    connection: duckdb.DuckDBPyConnection
    truth: dict[str, Any]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        """The first column of the only row."""
        return self.rows(sql)[0][0]

    def effect(self, name: str) -> dict[str, Any]:
        return next(e for e in self.truth["effects"] if e["id"] == name)

    def within(self, name: str, column: str) -> str:
        """A condition: a time lies in the period of an effect."""
        period = self.effect(name)["period"]
        return f"({column} >= DATE '{period['start']}' AND {column} < DATE '{period['end']}')"

    def source(self, name: str) -> Path:
        return self.folder / "sources" / name


@pytest.fixture(scope="session")
def mall(made_mall: Path) -> Iterator[Mall]:
    folder = made_mall
    with duckdb.connect() as connection:
        for table in sorted((folder / "truth").iterdir()):
            if table.is_dir() and table.name != "latent":
                connection.execute(f"CREATE VIEW {table.name} AS FROM read_parquet('{table}/*.parquet')")
        for file in (folder / "truth" / "latent").iterdir():
            connection.execute(f"CREATE VIEW latent_{file.stem} AS FROM read_parquet('{file}')")
        yield Mall(folder, connection, json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8")))
