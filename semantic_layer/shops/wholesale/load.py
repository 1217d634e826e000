"""Generates the tables of TPC-H with DuckDB's extension `tpch`; the same rows every time."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.admin import Statement, write_database

SCALE_FACTOR = 0.1  # 1 makes 6,000,000 order lines


def load(database: Path) -> None:
    """Writes the database. Raises ShopError when the extension is missing or the place cannot be written."""
    write_database(database, [Statement(f"CALL dbgen(sf = {SCALE_FACTOR})")], extensions=["tpch"])
