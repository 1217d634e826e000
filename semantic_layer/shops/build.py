"""Builds what a shop needs beside its catalog: the packaged data, the value index, the span of its dates."""

from __future__ import annotations

import datetime as dt
import importlib
import logging
from pathlib import Path

from semantic_layer.catalog import Catalog
from semantic_layer.engines.admin import Introspector, quoted_table
from semantic_layer.errors import ShopError
from semantic_layer.values import ValueIndex, collect_values

log = logging.getLogger("wenshu.shop")
MAX_VALUES = 20_000


def packaged(name: str, database: Path) -> None:
    """Loads the data of a packaged shop. Raises ShopError."""
    importlib.import_module(f"semantic_layer.shops.{name}.load").load(database)


def value_index(catalog: Catalog, database: Path, folder: Path, stamp: str) -> ValueIndex:
    """The value index of `stamp`: from `folder`, or made from the data and kept there if the folder can be written."""
    path = folder / f"{stamp}.jsonl"
    if path.exists():
        try:
            return ValueIndex.load(path)
        except (OSError, ValueError, ShopError) as error:
            log.warning("the value index %s is made anew: %s", path, error)
    with Introspector(database) as inspector:

        def distinct(name: str) -> list[str]:
            ref = catalog.field(name)
            table = catalog.dataset(ref.dataset).source or ref.dataset
            return inspector.distinct(table, catalog.expression(ref).sql("duckdb", identify=True), MAX_VALUES)

        index = ValueIndex(collect_values(catalog, distinct, MAX_VALUES))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.jsonl"):
            old.unlink(missing_ok=True)
        index.save(path)
    except OSError as error:
        log.info("the value index is not kept: %s", error)
    return index


def data_span(catalog: Catalog, database: Path) -> tuple[dt.date, dt.date] | None:
    """The first and last day among the default time fields of all datasets."""
    days: list[dt.date] = []
    with Introspector(database) as inspector:
        for name, spec in catalog.spec.datasets.items():
            if spec.time is None:
                continue
            column = catalog.expression(catalog.field(f"{name}.{spec.time}")).sql("duckdb", identify=True)
            sql = f"SELECT CAST(MIN({column}) AS DATE), CAST(MAX({column}) AS DATE) FROM {quoted_table(spec.source or name)}"
            days += [day for day in inspector.rows(sql)[0] if day is not None]
    return (min(days), max(days)) if days else None
