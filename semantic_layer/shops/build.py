"""Builds what a shop needs beside its catalog: the packaged data, the index of values, the span of the dates."""

from __future__ import annotations

import datetime as dt
import importlib
import logging
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from semantic_layer.catalog import Catalog
from semantic_layer.engines import Result
from semantic_layer.engines.admin import quoted_table
from semantic_layer.errors import ShopError
from semantic_layer.values import ValueIndex, collect_values

log = logging.getLogger("wenshu.shop")
MAX_VALUES = 20_000
Run = Callable[[str], Result]


def packaged(name: str, database: Path) -> None:
    """Loads the data of a packaged shop, unless this version of the engine has done so before. Raises ShopError."""
    stamp = database.with_name("built-by")
    builder = f"duckdb {version('duckdb')}"  # another version may not be able to read what this one writes
    if database.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == builder:
        return
    importlib.import_module(f"semantic_layer.shops.{name}.load").load(database)
    stamp.write_text(builder, encoding="utf-8")


def value_index(catalog: Catalog, run: Run, folder: Path, role: str, stamp: str) -> ValueIndex:
    """The value index of `stamp`: from `folder`, or made from the data and kept there if the folder can be written."""
    path = folder / f"{role}-{stamp}.jsonl"
    if path.exists():
        try:
            return ValueIndex.load(path)
        except (OSError, ValueError, ShopError) as error:
            log.warning("the value index %s is made anew: %s", path, error)

    def distinct(name: str) -> list[str]:
        table, column = _written(catalog, name)
        sql = f"SELECT DISTINCT CAST({column} AS VARCHAR) AS v FROM {table} WHERE v IS NOT NULL ORDER BY v LIMIT {MAX_VALUES}"
        return [str(row[0]) for row in run(sql).rows]

    index = ValueIndex(collect_values(catalog, distinct, MAX_VALUES))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{role}-*.jsonl"):
            old.unlink(missing_ok=True)
        index.save(path)
    except OSError as error:
        log.info("the value index is not kept: %s", error)
    return index


def data_span(catalog: Catalog, run: Run) -> tuple[dt.date, dt.date] | None:
    """The first and last day among the default time fields of all datasets."""
    days: list[dt.date] = []
    for name, spec in catalog.spec.datasets.items():
        if spec.time is not None and "." not in spec.time:
            table, column = _written(catalog, f"{name}.{spec.time}")
            row = run(f"SELECT CAST(MIN({column}) AS DATE), CAST(MAX({column}) AS DATE) FROM {table}").rows[0]
            days += [day for day in row if day is not None]
    return (min(days), max(days)) if days else None


def _written(catalog: Catalog, name: str) -> tuple[str, str]:
    """The table of a field and its expression, as SQL."""
    ref = catalog.field(name)
    return quoted_table(catalog.dataset(ref.dataset).source or ref.dataset), catalog.expression(ref).sql("duckdb", identify=True)
