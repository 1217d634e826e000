"""What the files of a shop say: settings, catalog, roles. Read together, so that all are of one moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.catalog import Catalog, read_catalog
from semantic_layer.catalog.load import catalog_error
from semantic_layer.catalog.source import Source
from semantic_layer.shops.roles import read_roles
from semantic_layer.shops.settings import RightsSettings, Settings

SETTINGS = "wenshu.yaml"
CATALOG = "catalog"


@dataclass(frozen=True)
class Definition:
    """Settings, catalog and roles of a shop; of the roles also where they stand, since they are checked against each state of the data."""

    settings: Settings
    catalog: Catalog
    roles: RightsSettings
    roles_source: tuple[Source, Path]

    def says_the_same(self, other: Definition) -> bool:
        """Whether only comments, order of files or spelling differ."""
        mine, others = (self.settings, self.roles, self.catalog.hash), (other.settings, other.roles, other.catalog.hash)
        return mine == others


def read_definition(folder: Path, settings: Settings, source: Source) -> tuple[Definition, Source]:
    """What a shop folder says, and where each key of its catalog stands. Raises ShopError, CatalogError with file and line.

    `settings` have been read before, `source` says where they stand.
    """
    roles: tuple[RightsSettings, Source, Path] = (settings, source, folder / SETTINGS)
    if settings.rights_file is not None:
        path = folder / settings.rights_file
        roles = (*read_roles(path), path)
    catalog, catalog_source = read_catalog(folder / CATALOG)
    if catalog is None:
        raise catalog_error(sorted(catalog_source.errors))
    return Definition(settings, catalog, roles[0], roles[1:]), catalog_source


@dataclass(frozen=True)
class Stamp:
    """The state of the files of a shop as the file system shows it; `changed` is when it last did, in seconds."""

    files: tuple[tuple[str, int, int, int, int], ...]
    changed: float


def stamp(folder: Path, rights_file: str | None) -> Stamp:
    """The state of settings, catalog and roles, without opening them. A file that is not there is left out."""
    files = [(name, found) for name in _names(folder, rights_file) if (found := _stat(name))]
    return Stamp(
        tuple((name, s.st_ino, s.st_mtime_ns, s.st_ctime_ns, s.st_size) for name, s in files),
        max((s.st_ctime_ns for _, s in files), default=0) / 1e9,
    )


def _names(folder: Path, rights_file: str | None) -> Iterator[str]:
    """The folder of the catalog as well: it changes when a file goes away."""
    catalog = folder / CATALOG
    yield str(folder / SETTINGS)
    yield str(catalog)
    if rights_file is not None:
        yield str(folder / rights_file)
    try:
        names = sorted(os.listdir(catalog))
    except OSError:
        return
    yield from (f"{catalog}{os.sep}{name}" for name in names if name.endswith((".yaml", ".yml")))


def _stat(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)
    except OSError:
        return None
