"""Opens a shop by name or folder: settings, catalog, engine, values."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field
from pathlib import Path

from semantic_layer.catalog import Catalog, load_catalog
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.engines import DuckDBEngine, Engine, Limits, Result
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import ShopError, did_you_mean
from semantic_layer.places import home
from semantic_layer.query import SemanticQuery
from semantic_layer.rights import EVERYTHING, Rights
from semantic_layer.shops import build
from semantic_layer.shops.access import Access
from semantic_layer.shops.roles import Tables, check_roles, read_roles, role_of
from semantic_layer.shops.settings import RightsSettings, Settings, read_settings

PACKAGED = Path(__file__).parent


def packaged_shops() -> list[str]:
    """The names of the shops that come with Wenshu."""
    return sorted(p.parent.name for p in PACKAGED.glob("*/wenshu.yaml"))


@dataclass
class Shop:
    """An open shop. `folder` holds settings and catalog, `data` the database, `state` what Wenshu keeps."""

    settings: Settings
    folder: Path
    data: Path
    state: Path
    catalog: Catalog
    fixed_today: dt.date | None = None
    roles: RightsSettings = field(default_factory=RightsSettings)
    _rights_source: tuple[Source, Path] | None = field(default=None, repr=False)
    _engine: Engine | None = field(default=None, repr=False)
    _accesses: dict[str, Access] = field(default_factory=dict, repr=False)
    _known_tables: tuple[str, Tables] = field(default=("", {}), repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The shop's name."""
        return self.settings.name

    @property
    def today(self) -> dt.date:
        """The day relative dates count from."""
        return self.fixed_today or self.settings.today or dt.date.today()

    @property
    def limits(self) -> Limits:
        """What one query may use."""
        return Limits(**self.settings.limits.model_dump())

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / self.settings.database

    @property
    def engine(self) -> Engine:
        """The engine, opened when first needed. Raises ShopError."""
        with self._opening:
            if self._engine is None:
                self._engine = DuckDBEngine(self.database, self.limits)
            return self._engine

    def access(self, user: str | None = None) -> Access:
        """The shop as this user sees it, with the data as they are now. Raises ShopError, UsageError.

        A shop without roles shows everything; one with roles wants a user, unless it has a role for everybody.
        """
        return self.access_of(role_of(user, self.roles))

    def access_of(self, rights: Rights) -> Access:
        """The shop as somebody with these rights sees it."""
        engine, limits = self.engine, self.limits
        with self._opening:
            version = engine.version()
            known = self._accesses.get(rights.hash)
            if known is None or known.version != version:
                tables = self._tables(version)
                known = Access(
                    self.catalog, rights, engine, tables, version=version, limits=limits, today=lambda: self.today, state=self.state, earlier=known
                )
                self._accesses[rights.hash] = known
            return known

    def _tables(self, version: str) -> Tables:
        if self._known_tables[0] != version:
            with Introspector(self.database) as inspector:
                tables = inspector.tables()
            if self._rights_source is not None:
                check_roles(self.roles, *self._rights_source, tables)
            self._known_tables = (version, tables)
        return self._known_tables[1]

    @property
    def whole(self) -> Access:
        """The shop as its owner sees it."""
        return self.access_of(EVERYTHING)

    def compile(self, query: SemanticQuery) -> Compiled:
        """As its owner. Raises QueryError."""
        return compile_query(query, self.catalog, self.today)

    def run(self, compiled: Compiled) -> Result:
        """As its owner, through the gate. Raises GuardError, EngineError."""
        return self.whole.run(compiled)

    def close(self) -> None:
        """Closes the engine."""
        with self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
                self._accesses.clear()


def open_shop(which: str, today: dt.date | None = None) -> Shop:
    """Opens a packaged shop by name, or any shop by its folder. A packaged shop is built on first use.

    Raises ShopError, CatalogError.
    """
    folder, data, settings, source = _locate(which)
    roles: tuple[RightsSettings, Source, Path] = (settings, source, folder / "wenshu.yaml")
    if settings.rights_file is not None:
        path = folder / settings.rights_file
        roles = (*read_roles(path), path)
    return Shop(settings, folder, data, data / ".wenshu", load_catalog(folder / "catalog"), today, roles[0], roles[1:])


def _locate(which: str) -> tuple[Path, Path, Settings, Source]:
    """(folder of settings and catalog, folder of the data, settings, where they stand); builds a packaged shop that is not there yet."""
    if which in packaged_shops():
        folder, data = PACKAGED / which, home() / "shops" / which
        settings, source = read_settings(folder)
        build.packaged(which, data / settings.database)
        return folder, data, settings, source
    folder = Path(which).expanduser()
    if not (folder / "wenshu.yaml").is_file():
        known = packaged_shops()
        raise ShopError(
            f"There is no shop {which}: it is neither a packaged shop ({', '.join(known)}) nor a folder with a wenshu.yaml."
            + did_you_mean(which, known),
            f"没有店铺 {which}：它既不是自带的店铺（{'、'.join(known)}），也不是含有 wenshu.yaml 的文件夹。" + did_you_mean(which, known, "zh"),
        )
    return folder, folder, *read_settings(folder)


def check_shop(which: str) -> list[Problem]:
    """Every mistake of a shop's catalog, checked against its database.

    Mistakes that show without the database come first: only a catalog without any raises ShopError for a database
    that cannot be opened.
    """
    from semantic_layer.catalog.check import check_catalog
    folder, data, settings, _ = _locate(which)
    try:
        inspector = Introspector(data / settings.database)
    except ShopError:
        if problems := check_catalog(folder / "catalog", None):
            return problems
        raise
    with inspector:
        return check_catalog(folder / "catalog", inspector)
