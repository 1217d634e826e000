"""Opens a shop by name or folder, and keeps up with its files: settings, catalog, roles."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from pathlib import Path

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.source import Source
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.engines import Engine, Result
from semantic_layer.engines.files import file_version
from semantic_layer.errors import ShopError, WenshuError, did_you_mean
from semantic_layer.places import home
from semantic_layer.query import SemanticQuery
from semantic_layer.rights import Rights
from semantic_layer.shops import build
from semantic_layer.shops.access import Access
from semantic_layer.shops.definition import SETTINGS, Definition, read_definition, stamp
from semantic_layer.shops.problems import Problems
from semantic_layer.shops.revision import Revision
from semantic_layer.shops.settings import Settings, read_settings
from semantic_layer.shops.watch import Watch

PACKAGED = Path(__file__).parent
log = logging.getLogger("wenshu.shop")


def packaged_shops() -> list[str]:
    """The names of the shops that come with Wenshu."""
    return sorted(p.parent.name for p in PACKAGED.glob(f"*/{SETTINGS}"))


class Shop:
    """An open shop. `folder` holds settings and catalog, `data` the database, `state` what Wenshu keeps.

    A changed file counts from less than a second after it was written; files with mistakes change nothing, see
    `catalog_error`. What belongs together is to be asked of one revision: `now()`. Safe to use from many threads.
    """

    def __init__(self, folder: Path, data: Path, fixed_today: dt.date | None = None) -> None:
        """Raises ShopError, CatalogError."""
        self.folder, self.data, self.state = folder, data, data / ".wenshu"
        self._looking = threading.Lock()
        self._error: WenshuError | None = None
        self._tried = ""  # the state of the data when the files were tried last
        began = time.time()
        definition, _ = self._read()
        self._revision = Revision(definition, data, self.state, fixed_today)
        self.problems = Problems(folder, lambda: self.database, self.state)  # of the data
        self._watch = Watch(lambda: stamp(folder, self._rights_file), began)

    def now(self) -> Revision:
        """The shop as its files are now; as they were before, where they have mistakes or are being written."""
        if self._watch.due:
            with self._looking:
                if self._watch.due:
                    self._look()
        return self._revision

    @property
    def catalog_error(self) -> WenshuError | None:
        """What is wrong with the files as they are now, so that an earlier state of them answers."""
        self.now()
        return self._error

    def _look(self) -> None:
        # A catalog may also have been refused because the data were not there yet.
        found = self._watch.news(again=self._error is not None and self._state_of_data() != self._tried)
        if found is None:
            return
        error: WenshuError | None = None
        new = self._revision
        try:
            new = new.followed_by(*self._read())
        except WenshuError as mistake:
            error = mistake
        if self._watch.take(found):
            if error and str(error) != str(self._error):
                log.warning("%s: the changed files are not taken over: %s", self.folder, error)
            self._revision, self._error, self._tried = new, error, self._state_of_data()

    def _read(self) -> tuple[Definition, Source]:
        settings, source = read_settings(self.folder)
        self._rights_file, self._database = settings.rights_file, self.data / settings.database
        return read_definition(self.folder, settings, source)

    def _state_of_data(self) -> str:
        try:
            return file_version(self._database)
        except ShopError:
            return ""

    @property
    def settings(self) -> Settings:
        """`wenshu.yaml`."""
        return self.now().settings

    @property
    def catalog(self) -> Catalog:
        """The whole catalog."""
        return self.now().catalog

    @property
    def name(self) -> str:
        """The shop's name."""
        return self.settings.name

    @property
    def today(self) -> dt.date:
        """The day relative dates count from."""
        return self.now().today

    @property
    def database(self) -> Path:
        """The database file."""
        return self.now().database

    @property
    def engine(self) -> Engine:
        """The engine, opened when first needed. Raises ShopError."""
        return self.now().engine

    def access(self, user: str | None = None) -> Access:
        """The shop as this user sees it, see `Revision.access`. Raises ShopError, UsageError."""
        return self.now().access(user)

    def access_of(self, rights: Rights) -> Access:
        """The shop as somebody with these rights sees it."""
        return self.now().access_of(rights)

    @property
    def whole(self) -> Access:
        """The shop as its owner sees it."""
        return self.now().whole

    def compile(self, query: SemanticQuery) -> Compiled:
        """As its owner. Raises QueryError."""
        revision = self.now()
        return compile_query(query, revision.catalog, revision.today)

    def run(self, compiled: Compiled) -> Result:
        """As its owner, through the gate. Raises GuardError, EngineError."""
        return self.whole.run(compiled)

    def close(self) -> None:
        """Closes the engine."""
        self._revision.close()


def open_shop(which: str, today: dt.date | None = None) -> Shop:
    """Opens a packaged shop by name, or any shop by its folder. A packaged shop is built on first use.

    Raises ShopError, CatalogError.
    """
    return Shop(*locate(which), today)


def is_built(which: str) -> bool:
    """Whether a shop can be opened without building it first; of one that is no packaged shop always. Raises ShopError."""
    folder, data = shop_folders(which)
    return which not in packaged_shops() or build.is_made(which, data / read_settings(folder)[0].database)


def shop_folders(which: str) -> tuple[Path, Path]:
    """(folder of settings and catalog, folder of the data) of a shop, which need not be built yet. Raises ShopError."""
    if which in packaged_shops():
        return PACKAGED / which, home() / "shops" / which
    folder = Path(which).expanduser()
    if not (folder / SETTINGS).is_file():
        known = packaged_shops()
        raise ShopError(
            f"There is no shop {which}: it is neither a packaged shop ({', '.join(known)}) nor a folder with a wenshu.yaml."
            + did_you_mean(which, known),
            f"没有店铺 {which}：它既不是自带的店铺（{'、'.join(known)}），也不是含有 wenshu.yaml 的文件夹。" + did_you_mean(which, known, "zh"),
        )
    return folder, folder


def locate(which: str) -> tuple[Path, Path]:
    """The folders of a shop, as `shop_folders`; builds a packaged shop that is not there yet. Raises ShopError."""
    folder, data = shop_folders(which)
    if which in packaged_shops():
        settings, _ = read_settings(folder)
        build.packaged(which, data / settings.database)
    return folder, data
