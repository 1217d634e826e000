"""A shop folder drafted from a database of one's own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.catalog.draft import Drafted, draft_catalog, write_shop
from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.foreign import Note, copy_database, is_foreign
from semantic_layer.errors import ShopError

COPY = "data.duckdb"


@dataclass(frozen=True)
class DraftedShop:
    """What was written, what was guessed in it, and what of a copied database is not in the copy as it was."""

    folder: Path
    drafted: Drafted
    notes: tuple[Note, ...] = ()


def draft_shop(database: str, folder: Path, name: str = "") -> DraftedShop:
    """Drafts a shop over a DuckDB file where it stands, or over a copy of a SQLite file or a PostgreSQL database.

    The folder appears whole or not at all. Raises ShopError, CatalogError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ShopError(f"{folder} is there already and not empty; name another folder.", f"{folder} 已存在且不为空，请换一个文件夹。")
    with write_shop(folder, name or folder.absolute().name) as shop:
        notes: tuple[Note, ...] = ()
        path = Path(database)
        if is_foreign(database):
            path = shop.building / COPY
            notes = copy_database(database, path).notes
        with Introspector(path) as inspector:
            drafted = draft_catalog(inspector)
        shop.fill(drafted, path, dt.date.today())
    return DraftedShop(folder, drafted, notes)
