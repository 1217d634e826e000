"""Shops with sources of their own, made in a test's folder, and short ways to refresh and look at them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.sources.refresh import Options, Place, Report, refresh

NOW = dt.datetime(2024, 6, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@dataclass
class SourceShop:
    """A shop folder with a sources.yaml."""

    folder: Path

    @property
    def place(self) -> Place:
        return Place(self.folder, self.folder, self.folder / "shop.duckdb", self.folder / ".wenshu")

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def refresh(self, **options: Any) -> Report:
        return refresh(self.place, Options(memory_mb=500, **options), clock=lambda: NOW)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query over the database."""
        with duckdb.connect(str(self.place.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def accounts(self) -> dict[str, tuple[int, int, int, int]]:
        """By source: records, loaded, quarantined, exact duplicates."""
        found = self.rows("SELECT source, records, loaded, quarantined, exact_duplicates FROM wenshu_state.accounts")
        assert all(r[1] == r[2] + r[3] + r[4] for r in found)
        return {r[0]: r[1:] for r in found}

    def quarantine(self) -> dict[tuple[str, int], str]:
        """Reasons by file and line."""
        return {(file, line): reasons for file, line, reasons in self.rows("SELECT file, line, reasons FROM wenshu_state.quarantine")}

    def state(self) -> tuple[int, int]:
        """The identity of the database file: another one after it was replaced."""
        found = self.place.database.stat()
        return found.st_ino, found.st_mtime_ns


MakeSources = Callable[..., SourceShop]


@pytest.fixture
def make(tmp_path: Path) -> MakeSources:
    """Makes a shop of a sources.yaml and its files."""

    def made(yaml: str, name: str = "shop", **files: str | bytes) -> SourceShop:
        shop = SourceShop(tmp_path / name)
        shop.write("sources.yaml", yaml)
        shop.write("wenshu.yaml", "name: small\ndatabase: shop.duckdb\n")
        for file, content in files.items():
            shop.write(file.replace("__", "/").replace("_csv", ".csv").replace("_jsonl", ".jsonl"), content)
        return shop

    return made
