"""A refreshed mall beside its truth, in one connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.workbench import Workbench

DATABASE = "mall.duckdb"


@dataclass(frozen=True)
class Opened:
    """`bench` knows the cleaned mall as the database `mall`, the truth as the schema `truth`, and the list of dirty rows as `dirt`."""

    bench: Workbench
    folder: Path
    truth: dict[str, Any]

    def one(self, sql: str) -> Any:
        """The only value of a query."""
        return self.bench.rows(sql)[0][0]

    def columns(self, table: str) -> list[str]:
        """The columns that the cleaned table and the true one have in common."""
        sides = [[str(r[0]) for r in self.bench.rows(f"DESCRIBE {side}.{quoted(table)}")] for side in ("truth", "mall.main")]
        return [c for c in sides[0] if c in sides[1]]


@contextmanager
def opened(folder: Path) -> Iterator[Opened]:
    """Opens the folder that a mall was generated and refreshed in. Raises ShopError."""
    truth = folder / "truth"
    with Workbench() as bench:
        bench.run(f"ATTACH {literal(str(folder / DATABASE))} AS mall (READ_ONLY)")
        bench.run("CREATE SCHEMA truth")
        for table in (path.name for path in sorted(truth.iterdir()) if path.is_dir() and path.name != "latent"):
            bench.run(f"CREATE VIEW truth.{quoted(table)} AS FROM read_parquet({literal(str(truth / table / '*.parquet'))})")
        bench.run(f"CREATE TABLE dirt AS FROM read_parquet({literal(str(truth / 'latent' / 'dirt.parquet'))})")
        yield Opened(bench, folder, json.loads((truth / "truth.json").read_text(encoding="utf-8")))
