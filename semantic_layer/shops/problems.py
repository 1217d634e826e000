"""The open problems of a shop's data, read once for each state of them, for answers to name those that they rest on."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from semantic_layer.engines.files import file_version
from semantic_layer.errors import WenshuError
from semantic_layer.rights import fold
from semantic_layer.sources.health import Finding, Kept, judged, read_kept
from semantic_layer.sources.load import SOURCES, load_sources
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.refresh import LAST

log = logging.getLogger("wenshu.health")
_OF_VALUES = ("missing", "repair")  # outcomes after which the row counts, and only a value of it is in question


@dataclass
class Problems:
    """What is wrong with the data of one shop as they are now. Safe to use from many threads.

    `folder` holds sources.yaml, where the shop has one; `database` says where its file is now; `state` is what Wenshu keeps.
    `clock` gives the time in a zone.
    """

    folder: Path
    database: Callable[[], Path]
    state: Path
    clock: Callable[[ZoneInfo], dt.datetime] = dt.datetime.now
    _stamp: tuple[object, ...] = ()
    _read: tuple[SourcesSpec, Kept] | None = None
    _minute: dt.datetime | None = None
    _open: tuple[Finding, ...] = ()
    _reading: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def touching(self, tables: Collection[str], columns: Collection[str]) -> list[Finding]:
        """The open problems of some tables, worst first; of those about single values only where the columns are among them."""
        wanted, named = {fold(t) for t in tables}, {fold(c) for c in columns}
        return [
            f
            for f in self._now()
            if fold(f.table) in wanted and (f.outcome not in _OF_VALUES or not f.columns or {fold(c) for c in f.columns} & named)
        ]

    def _now(self) -> tuple[Finding, ...]:
        if not (self.folder / SOURCES).is_file():
            return ()
        with self._reading:
            try:
                self._look()
            # What is wrong with the report on the data keeps no question from being answered; the doctor names it.
            except WenshuError as error:
                log.warning("the health of %s cannot be read: %s", self.folder, error)
            if self._read is None:
                return ()
            spec, kept = self._read
            minute = self.clock(ZoneInfo(spec.timezone)).replace(tzinfo=None, second=0, microsecond=0)
            if minute != self._minute:  # so that sources become late while nothing else happens
                self._minute, self._open = minute, tuple(f for f in judged(spec, kept, minute).findings if f.is_open)
            return self._open

    def _look(self) -> None:
        database = self.database()
        stamp = file_version(database), _written(self.state / "sources" / LAST), _written(self.folder / SOURCES)
        if stamp != self._stamp:
            self._stamp, self._minute = stamp, None
            spec = load_sources(self.folder)
            try:
                self._read = spec, read_kept(spec, database, self.state, whole=False)
            except WenshuError:
                self._stamp = ()  # perhaps it was just being replaced; the next question looks again
                raise


def _written(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
