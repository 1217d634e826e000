"""Shops from semantic models of other tools, and back."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semantic_layer.catalog.check import check_catalog
from semantic_layer.catalog.exchange import Imported, Report, export_ossie, import_model
from semantic_layer.catalog.exchange.draft import identifier
from semantic_layer.catalog.exchange.tables import dumped
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import ShopError
from semantic_layer.shops.shop import open_shop

REVIEW = "REVIEW.md"
_EXPORTED = {"label", "today", "limits"}
# The sections of a catalog by the file they are written to.
_FILES = {
    "datasets": ("datasets", "relationships", "entities", "hierarchies"),
    "metrics": ("metrics", "segments", "terms"),
    "calendar": ("calendar",),
}


def import_shop(path: Path, format: str, database: Path, out: Path, schema: str | None = None) -> Imported:
    """Makes the shop folder `out` of a model in `format` and a DuckDB file; the folder appears whole or not at all.

    Raises ShopError if it is there already or the database cannot be opened; UsageError, CatalogError for the model.
    """
    if out.exists():
        raise ShopError(f"{out} is there already; nothing is overwritten.", f"{out} 已存在，不会覆盖。")
    with Introspector(database) as inspector:
        imported = import_model(path, format, inspector, schema)
        with _building(out) as shop:
            _write(shop, imported, _settings(imported, database, out))
            imported.report.problems = check_catalog(shop / "catalog", inspector)
            title = f"Import of {path.name} ({format}) · 导入报告"
            (shop / REVIEW).write_text(imported.report.markdown(title), encoding="utf-8")
    return imported


@contextlib.contextmanager
def _building(out: Path) -> Iterator[Path]:
    """A place beside `out` that becomes it in the end, unless an error comes first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=out.parent))
    try:
        yield folder / out.name
        os.rename(folder / out.name, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def export_shop(which: str) -> tuple[str, Report]:
    """The catalog of a shop as a document of Apache Ossie, and what other tools do not see of it. Raises ShopError, CatalogError."""
    shop = open_shop(which)
    try:
        report = Report()
        settings = shop.settings.model_dump(exclude_defaults=True, include=_EXPORTED)
        for name in sorted(shop.settings.model_fields_set - _EXPORTED - {"name", "database"}):
            report.add("lost", f"wenshu.yaml.{name}", "not exported", "不导出")
        return dumped(export_ossie(shop.catalog, shop.name, settings, report)), report
    finally:
        shop.close()


def save(text: str, out: Path) -> None:
    """Writes a document whole or not at all. Raises ShopError if the file is there already."""
    if out.exists():
        raise ShopError(f"{out} is there already; nothing is overwritten.", f"{out} 已存在，不会覆盖。")
    with _building(out) as building:
        building.write_text(text, encoding="utf-8")


def _settings(imported: Imported, database: Path, out: Path) -> dict[str, Any]:
    """A database below the shop's parent folder is named relative to the shop, so that both can move together."""
    file, folder = database.resolve(), out.resolve()
    near = file.is_relative_to(folder.parent)
    named = Path(os.path.relpath(file, folder)).as_posix() if near else str(file)
    return {"name": identifier(imported.name, ()), **imported.settings, "database": named}


def _write(shop: Path, imported: Imported, settings: dict[str, Any]) -> None:
    folder = shop / "catalog"
    folder.mkdir(parents=True)
    (shop / "wenshu.yaml").write_text(dumped(settings), encoding="utf-8")
    for name, sections in _FILES.items():
        if part := {s: imported.catalog[s] for s in sections if imported.catalog.get(s)}:
            (folder / f"{name}.yaml").write_text(dumped(part), encoding="utf-8")
