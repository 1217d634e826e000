"""A small mall for the tests, and shops over its conformed tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from semantic_layer.shops.shop import PACKAGED

SCALE = 0.02


def shop_over(truth: Path, folder: Path) -> Path:
    """A shop folder with the mall's catalog over the conformed tables of a made mall."""
    shutil.copytree(PACKAGED / "mall" / "catalog", folder / "catalog")
    shutil.copy(PACKAGED / "mall" / "wenshu.yaml", folder)
    with duckdb.connect(str(folder / "mall.duckdb")) as connection:
        for table in (p for p in sorted(truth.iterdir()) if p.is_dir() and p.name != "latent"):
            connection.execute(f"CREATE TABLE {table.name} AS FROM read_parquet('{table}/*.parquet')")
    return folder
