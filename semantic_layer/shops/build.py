"""Builds what a shop needs beside its catalog: the packaged data, the index of values, the span of the dates."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.engines import Result
from semantic_layer.engines.admin import quoted_table
from semantic_layer.errors import ShopError
from semantic_layer.values import MAX_PER_FIELD, ValueEntry, ValueIndex, collect_values
from semantic_layer.values.columns import UNFINISHED

log = logging.getLogger("wenshu.shop")
PAGE = 50_000
_DAY = 24 * 3600.0
_ABANDONED = _DAY
_UNUSED = 30 * _DAY


class Run(Protocol):
    """Runs a statement of ours; with `cache` its rows may be kept."""

    def __call__(self, sql: str, cache: bool = True) -> Result:
        """Raises EngineError, GuardError."""


def packaged(name: str, database: Path) -> None:
    """Loads the data of a packaged shop, unless this version of the engine has done so before. Raises ShopError."""
    stamp = database.with_name("built-by")
    builder = f"duckdb {version('duckdb')}"  # another version may not be able to read what this one writes
    if database.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == builder:
        return
    importlib.import_module(f"semantic_layer.shops.{name}.load").load(database)
    stamp.write_text(builder, encoding="utf-8")


def value_index(catalog: Catalog, run: Run, folder: Path, role: str, version: str) -> ValueIndex:
    """The values that a role sees while the data are at `version`: from `folder`, or made from the data and kept there if it
    can be written."""
    path = folder / f"{role}-{_described(catalog)}-{version}"
    if path.exists():
        try:
            index = ValueIndex.load(path)
            path.touch()
            return index
        except (OSError, ShopError) as error:
            log.warning("the value index %s is made anew: %s", path, error)
    try:
        index = ValueIndex.build(_entries(catalog, run), path)
        _forget(folder, role, path)
    except OSError as error:
        log.info("the value index is not kept: %s", error)
        index = ValueIndex(_entries(catalog, run))
    return index


def _described(catalog: Catalog) -> str:
    """A digest of what a catalog says of values: other changes of it leave an index as it is."""
    dimensions = [
        (f"{dataset}.{name}", *_written(catalog, f"{dataset}.{name}"), f.type, {v: spec.names() for v, spec in f.values.items()})
        for dataset, d in catalog.spec.datasets.items()
        for name, f in d.fields.items()
        if f.kind == "dimension" and not f.personal
    ]
    return hashlib.sha256(json.dumps(dimensions).encode()).hexdigest()[:16]


def _entries(catalog: Catalog, run: Run) -> Iterator[ValueEntry]:
    return collect_values(catalog, partial(_distinct, catalog, run), MAX_PER_FIELD)


def _distinct(catalog: Catalog, run: Run, name: str) -> Iterator[str]:
    """The values of a field, page by page: a million of them are never in memory at once."""
    table, column = _written(catalog, name)
    last: str | None = None
    while True:
        after = "" if last is None else f" AND v > {exp.Literal.string(last).sql('duckdb')}"
        sql = f"SELECT DISTINCT CAST({column} AS VARCHAR) AS v FROM {table} WHERE v IS NOT NULL{after} ORDER BY v LIMIT {PAGE}"
        # A changed catalog mostly wants the same again; but long lists are not worth the memory.
        rows = run(sql, cache=last is None).rows
        yield from (str(row[0]) for row in rows)
        if len(rows) < PAGE:
            return
        last = str(rows[-1][0])


def _forget(folder: Path, role: str, path: Path) -> None:
    """Removes the role's other indexes, those of any role that nobody opened for long, and what was left unfinished.

    Who still reads one keeps it until the end.
    """
    for old in folder.iterdir():
        with suppress(FileNotFoundError):
            age = time.time() - old.stat().st_mtime
            outdated = old.name.startswith(f"{role}-") and not old.name.endswith(UNFINISHED)
            if old != path and (outdated or age > (_ABANDONED if old.name.endswith(UNFINISHED) else _UNUSED)):
                shutil.rmtree(old) if old.is_dir() else old.unlink()


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
