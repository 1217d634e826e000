"""What is known of all sources: which files were read, and the rows of each as they were standardised.

The ledger is the truth that the tables of the shop are made from, and is written in transactions: a refresh that is
cut off leaves it as it was before the source it was at. The tables are made anew from it; who asks never reads it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.reading.batch import Kind, Rejected
from semantic_layer.sources.reading.files import Seen
from semantic_layer.sources.staging import FILE_BITS, OWN, table_columns

LAYOUT = 1  # raised when what the ledger keeps changes; one of another layout is made anew
_TABLES = (
    "CREATE TABLE meta (key VARCHAR, value VARCHAR)",
    "CREATE TABLE files (id BIGINT, source VARCHAR, name VARCHAR, size BIGINT, changed_ns BIGINT, fingerprint VARCHAR, records BIGINT,"
    " arrived_at TIMESTAMP, batch BIGINT, gone BOOLEAN)",
    "CREATE TABLE sources (source VARCHAR, recipe VARCHAR, kinds VARCHAR, good_at TIMESTAMP)",
)


@dataclass(frozen=True)
class Known:
    """A file that was read before."""

    id: int
    name: str
    size: int
    changed_ns: int
    fingerprint: str
    arrived_at: dt.datetime
    gone: bool


class Ledger:
    """The ledger of a shop, open for a refresh. Raises ShopError, also where another refresh holds it."""

    def __init__(self, path: Path, *, memory_mb: int, threads: int | None = None) -> None:
        self.writer = Writer(path, memory_mb=memory_mb, threads=threads)
        try:
            with self.writer.transaction():
                self._prepare()
        except BaseException:
            self.writer.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.writer.close()

    def _prepare(self) -> None:
        tables = {r[0] for r in self.writer.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")}
        layout = self.writer.value("SELECT value FROM meta WHERE key = 'layout'") if "meta" in tables else None
        if layout == str(LAYOUT):
            return
        for table in tables:
            self.writer.run(f"DROP TABLE {quoted(table)}")
        for statement in _TABLES:
            self.writer.run(statement)
        self.set("layout", str(LAYOUT))
        self.set("generation", "0")

    def get(self, key: str) -> str | None:
        """A value that is kept under a name."""
        found = self.writer.value("SELECT value FROM meta WHERE key = ?", [key])
        return None if found is None else str(found)

    def set(self, key: str, value: str) -> None:
        """Keeps a value under a name."""
        self.writer.run("DELETE FROM meta WHERE key = ?", [key])
        self.writer.run("INSERT INTO meta VALUES (?, ?)", [key, value])

    @property
    def generation(self) -> int:
        """Counts the changes; rows carry the number of the change they came with."""
        return int(self.get("generation") or 0)

    def recipe(self, source: str) -> str | None:
        """By what the rows of a source were made; None where there are none yet."""
        found = self.writer.value("SELECT recipe FROM sources WHERE source = ?", [source])
        return None if found is None else str(found)

    def kinds(self, source: str) -> dict[str, frozenset[Kind]]:
        """The kinds of values that stood in the columns of a source."""
        found = self.writer.value("SELECT kinds FROM sources WHERE source = ?", [source])
        return {c: frozenset(k) for c, k in json.loads(found or "{}").items()}

    def good_at(self, source: str) -> dt.datetime | None:
        """When a source was last taken in without a mistake."""
        found: dt.datetime | None = self.writer.value("SELECT good_at FROM sources WHERE source = ?", [source])
        return found

    def newest(self, source: str) -> dt.datetime | None:
        """When the newest file of a source was there at the latest."""
        found: dt.datetime | None = self.writer.value("SELECT max(arrived_at) FROM files WHERE source = ?", [source])
        return found

    def note_source(self, source: str, recipe: str, kinds: dict[str, frozenset[Kind]], now: dt.datetime) -> None:
        """Keeps what a source was made by."""
        self.writer.run("DELETE FROM sources WHERE source = ?", [source])
        listed = json.dumps({c: sorted(k) for c, k in sorted(kinds.items())})
        self.writer.run("INSERT INTO sources VALUES (?, ?, ?, ?)", [source, recipe, listed, now])

    def files(self, source: str) -> dict[str, Known]:
        """The files of a source that were read, by name."""
        rows = self.writer.rows("SELECT id, name, size, changed_ns, fingerprint, arrived_at, gone FROM files WHERE source = ?", [source])
        return {r[1]: Known(*r) for r in rows}

    def next_file(self) -> int:
        """A number for a file that is read for the first time."""
        return int(self.writer.value("SELECT coalesce(max(id), 0) + 1 FROM files"))

    def note_file(self, number: int, source: str, file: Seen, fingerprint: str, arrived: dt.datetime, batch: int) -> None:
        """Keeps a file that is being read; its records are counted later."""
        values = [number, source, file.name, file.size, file.changed_ns, fingerprint, 0, arrived, batch, False]
        self.writer.run(f"INSERT INTO files VALUES ({', '.join('?' * len(values))})", values)

    def touch(self, number: int, file: Seen) -> None:
        """A file has another date and the same content."""
        self.writer.run("UPDATE files SET size = ?, changed_ns = ?, gone = false WHERE id = ?", [file.size, file.changed_ns, number])

    def mark_gone(self, numbers: Iterable[int]) -> None:
        """Files that are gone, and whose rows are kept."""
        listed = _numbers(numbers)
        if listed:
            self.writer.run(f"UPDATE files SET gone = true WHERE id IN ({listed})")

    def count(self, records: dict[int, int]) -> None:
        """Keeps how many records files have."""
        for number, n in records.items():
            self.writer.run("UPDATE files SET records = ? WHERE id = ?", [n, number])

    def forget_files(self, source: str, numbers: Iterable[int]) -> None:
        """Removes files with their rows."""
        listed = _numbers(numbers)
        if listed:
            self.writer.run(f"DELETE FROM {rows_of(source)} WHERE _id // {1 << FILE_BITS} IN ({listed})")
            self.writer.run(f"DELETE FROM files WHERE id IN ({listed})")

    def make_rows(self, spec: SourcesSpec, source: str) -> None:
        """An empty table for the rows of a source."""
        columns = {**OWN, **table_columns(spec, spec.sources[source])}
        listed = ", ".join(f"{quoted(c)} {kind}" for c, kind in columns.items())
        self.writer.run(f"CREATE OR REPLACE TABLE {rows_of(source)} ({listed})")

    def has_rows(self, source: str) -> bool:
        """Whether there is a table for the rows of a source."""
        return bool(self.writer.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [f"rows_{source}"]))

    def add_rejected(self, source: str, rejected: Sequence[Rejected], batch: int, *, keep_text: bool) -> None:
        """Records that are no rows go into quarantine."""
        rows = [((r.file << FILE_BITS) + r.line, batch, _digest(r), r.reason, r.text if keep_text else None) for r in rejected]
        self.writer.many(f"INSERT INTO {rows_of(source)} (_id, _batch, _hash, _why, _raw) VALUES (?, ?, ?, ?, ?)", rows)

    def drop_unknown(self, known: Iterable[str]) -> bool:
        """Removes what is kept of sources that `sources.yaml` no longer names; gives whether there was any."""
        found = {str(r[0]) for r in self.writer.rows("SELECT DISTINCT source FROM files UNION SELECT source FROM sources")} - set(known)
        for source in found:
            self.writer.run(f"DROP TABLE IF EXISTS {rows_of(source)}")
            self.writer.run("DELETE FROM files WHERE source = ?", [source])
            self.writer.run("DELETE FROM sources WHERE source = ?", [source])
        return bool(found)


def rows_of(source: str) -> str:
    """The table with the rows of a source."""
    return quoted(f"rows_{source}")


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(int(n)) for n in numbers)


def _digest(rejected: Rejected) -> int:
    return int.from_bytes(hashlib.md5(rejected.text.encode(errors="replace"), usedforsecurity=False).digest(), "big")
