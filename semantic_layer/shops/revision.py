"""A shop as its files were at one moment, with all that follows from them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.check import find_breaking
from semantic_layer.catalog.load import catalog_error
from semantic_layer.catalog.source import Source
from semantic_layer.engines import DuckDBEngine, Engine, Limits
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import CatalogError, ShopError
from semantic_layer.rights import EVERYTHING, Rights
from semantic_layer.shops.access import Access
from semantic_layer.shops.definition import Definition
from semantic_layer.shops.roles import Tables, check_roles, role_of
from semantic_layer.shops.settings import RightsSettings, Settings
from semantic_layer.shops.unmade import check_refreshed

_NUMBERS = count(1)


@dataclass
class Revision:
    """One revision of a shop. A question is answered from one from beginning to end. Safe to use from many threads.

    `data` is the folder of the database, `state` that of what Wenshu keeps.
    """

    definition: Definition
    data: Path
    state: Path
    fixed_today: dt.date | None = None
    number: int = field(default_factory=lambda: next(_NUMBERS))
    _engine: Engine | None = field(default=None, repr=False)
    _accesses: dict[str, Access] = field(default_factory=dict, repr=False)
    _known_tables: tuple[str, Tables] = field(default=("", {}), repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def settings(self) -> Settings:
        """`wenshu.yaml`."""
        return self.definition.settings

    @property
    def catalog(self) -> Catalog:
        """The whole catalog."""
        return self.definition.catalog

    @property
    def roles(self) -> RightsSettings:
        """Who may see what."""
        return self.definition.roles

    @property
    def today(self) -> dt.date:
        """The day relative dates count from."""
        return self._clock()

    @property
    def _clock(self) -> Callable[[], dt.date]:
        return partial(_day, self.fixed_today or self.settings.today)

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
                check_refreshed(self.data, self.database)
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
                known = Access(
                    self.catalog, rights, engine, self._tables(version),
                    version=version, revision=self.number, limits=limits, today=self._clock, state=self.state, earlier=known,
                )  # fmt: skip
                self._accesses[rights.hash] = known
            return known

    @property
    def whole(self) -> Access:
        """The shop as its owner sees it."""
        return self.access_of(EVERYTHING)

    def _tables(self, version: str) -> Tables:
        if self._known_tables[0] != version:
            with Introspector(self.database) as inspector:
                tables = inspector.tables()
            check_roles(self.roles, *self.definition.roles_source, tables)
            self._known_tables = (version, tables)
        return self._known_tables[1]

    def followed_by(self, definition: Definition, source: Source) -> Revision:
        """The revision of a new definition, checked against the database; this one if nothing differs.

        `source` says where the keys of its catalog stand.
        Raises ShopError, CatalogError for what must not take the place of a shop that answers.
        """
        if definition.says_the_same(self.definition):
            return self
        _refuse_opening(self.roles, definition.roles)
        _refuse_emptiness(self.catalog, definition.catalog)
        new = Revision(definition, self.data, self.state, self.fixed_today)
        with Introspector(new.database) as inspector:
            if problems := find_breaking(source, inspector):
                raise catalog_error(problems)
            check_roles(definition.roles, *definition.roles_source, inspector.tables())
        if (new.database, new.limits.memory_mb, new.limits.threads) == (self.database, self.limits.memory_mb, self.limits.threads):
            new._engine = self._engine
        for rights in definition.roles.rights:
            if rights.min_group_size > 1:
                new.access_of(rights)  # is refused where nobody could count the people
        return new

    def close(self) -> None:
        """Closes the engine."""
        with self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
                self._accesses.clear()


def _day(fixed: dt.date | None) -> dt.date:
    return fixed or dt.date.today()


def _refuse_opening(old: RightsSettings, new: RightsSettings) -> None:
    """Raises ShopError where roles or users are gone altogether: as when a file is cut short, which must not show everything to everybody."""
    if (old.rights and not new.rights) or (old.users and not new.users):
        raise ShopError(
            "The shop has roles and users, and its files name none any more. Nobody is shown more because of that: "
            "put them back, or start again to open the shop.",
            "店铺设有角色和用户，而文件中已不再列出。运行中的程序不会因此放开权限：请恢复它们；如确要放开，请重新启动。",
        )


def _refuse_emptiness(old: Catalog, new: Catalog) -> None:
    """Raises CatalogError where nothing is left to ask for: as when a file has been emptied and is still to be written."""
    if old.spec.metrics and not new.spec.metrics:
        raise CatalogError("The catalog has no metrics any more.", "目录里已没有任何指标。")
