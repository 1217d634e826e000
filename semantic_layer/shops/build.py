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
from contextlib import contextmanager, suppress
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
PACKAGES = Path(__file__).parent
_MAKING = (".py", ".yaml", ".csv", ".json", ".txt")  # the kinds of files that packaged shops are made of
_DAY = 24 * 3600.0
_ABANDONED = _DAY
_UNUSED = 30 * _DAY


class Run(Protocol):
    """Runs a statement of ours; with `cache` its rows may be kept."""

    def __call__(self, sql: str, cache: bool = True) -> Result:
        """Raises EngineError, GuardError."""


def packaged(name: str, database: Path) -> None:
    """Loads the data of a packaged shop, unless this version of the engine and of the shop has done so before. Raises ShopError."""
    if is_made(name, database):
        return
    with _alone(database.with_name("building.lock")):
        if not is_made(name, database):  # by another process in the meantime
            importlib.import_module(f"semantic_layer.shops.{name}.load").load(database)
            for stamp, made in _stamps(name).items():
                database.with_name(stamp).write_text(made, encoding="utf-8")


def is_made(name: str, database: Path) -> bool:
    """Whether the data of a packaged shop are there, as this version of the engine and of the shop makes them."""
    try:
        return database.exists() and all(database.with_name(stamp).read_text(encoding="utf-8") == made for stamp, made in _stamps(name).items())
    except FileNotFoundError:
        return False


def _stamps(name: str) -> dict[str, str]:
    """What stands beside the database of a packaged shop, by file: the engine, since another version may not be able to read what this
    one writes, and the files that make the data."""
    return {"built-by": f"duckdb {version('duckdb')}", "built-from": _fingerprint(PACKAGES / name)}


def _fingerprint(folder: Path) -> str:
    """Names what a packaged shop makes its data of: all its files but settings and catalog, which are read anew each time."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in _MAKING and inside.parts[0] not in ("catalog", "wenshu.yaml") and path.is_file():
            digest.update(f"{inside.as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Waits until no other process makes the same shop; only where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover
        yield
        return
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        log.info("%s is made without a lock: %s", lock.parent, error)
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
