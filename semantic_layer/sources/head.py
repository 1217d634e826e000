"""A database of two files: a large base, made by a full build and never changed, and a small head, made anew with every batch.

The head is what readers open. It holds the rows that came since the base was made, views that show them together with
those of the base (less those that a later row took the place of), and the name of the base. Replacing the head replaces
both at once: whoever opened the old head goes on reading the old two.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.engines.admin import placed
from semantic_layer.engines.files import BASE
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.build import OUT, STATE, STATE_TABLES, Account, Built, check_accounts, needs, quarantine, write_state
from semantic_layer.sources.finish import depends_on_all, final_columns, finished
from semantic_layer.sources.ledger import Ledger, rows_of
from semantic_layer.sources.models import RepeatsSpec, SourcesSpec, TableSpec
from semantic_layer.sources.quality import Since, lost_by_reason, note_quality
from semantic_layer.sources.resolve import Resolved, resolve, same_hash

DELTA = "wenshu_delta"
MOST_ROWS = 500_000  # of a head; more, and a new base is made


class NotByDelta(Exception):
    """What came cannot be added beside the base; a new base has to be made."""


@dataclass(frozen=True)
class Base:
    """The file of a base, and the generation of the ledger that it was made from."""

    path: Path
    generation: int


def is_continuous(spec: SourcesSpec) -> bool:
    """Whether a shop's database is a head with a base."""
    return any(s.continuous for s in spec.sources.values())


def base_path(folder: Path, generation: int) -> Path:
    """The file of a base."""
    return folder / f"base-{generation}.duckdb"


def base_of(writer: Writer, database: Path) -> Base | None:
    """The base that a database is the head of."""
    if not database.is_file():
        return None
    with writer.attached(database, "wenshu_before"):
        tables = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'wenshu_before' AND schema_name = ? AND table_name = 'base'"
        if not writer.value(tables, [STATE]):
            return None
        file, generation = writer.rows(f"SELECT file, generation FROM wenshu_before.{STATE}.base")[0]
    path = database.parent / str(file)
    return Base(path, int(generation)) if path.is_file() else None


def write_head(ledger: Ledger, spec: SourcesSpec, database: Path, base: Base, now: dt.datetime) -> Built:
    """Writes the head over a base, with all that came since it was made. Raises NotByDelta, ShopError."""
    writer = ledger.writer
    made = Built(ledger.generation)
    # One transaction: hundreds of small ones, each written to the disk by itself, take longer than what is in them.
    with placed(database) as building, writer.attached(base.path, BASE), writer.attached(building, OUT, read_only=False), writer.transaction():
        for statement in STATE_TABLES:
            writer.run(statement)
        writer.run(f"CREATE TABLE {OUT}.{STATE}.base (file VARCHAR, generation BIGINT)")
        writer.run(f"INSERT INTO {OUT}.{STATE}.base VALUES (?, ?)", [os.path.relpath(base.path, database.parent), base.generation])
        writer.run(f"CREATE SCHEMA {OUT}.{DELTA}")
        # Rows of the base that stay as they were are shown, not copied.
        writer.run(f"DROP TABLE {OUT}.{STATE}.quarantine")
        writer.run(f"CREATE TABLE {OUT}.{DELTA}.quarantine AS FROM {BASE}.{STATE}.quarantine LIMIT 0")
        for kept in ("quality", "alike"):
            writer.run(f"INSERT INTO {OUT}.{STATE}.{kept} FROM {BASE}.{STATE}.{kept}")
        accounts = {r[0]: Account(*r) for r in writer.rows(f"FROM {BASE}.{STATE}.accounts")}
        present = [str(r[0]) for r in writer.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'", [BASE])]
        affected = _affected(ledger, spec, base.generation)
        if _entangled(spec, affected):
            raise NotByDelta
        for table in affected:
            if table not in present:
                raise NotByDelta
            _add(ledger, spec, table, base.generation, accounts)
        _views(writer, spec, present, affected, database)
        made.accounts = list(accounts.values())
        counts = {t: int(writer.value(f"SELECT count(*) FROM {BASE}.main.{quoted(t)}")) for t in present}
        made.tables = {t: n + _more(writer, t) if t in affected else n for t, n in counts.items()}
        made.left_out = tuple(t for t in spec.table_names if t not in present)
        write_state(writer, spec, made, now, OUT)
    return made


def _affected(ledger: Ledger, spec: SourcesSpec, since: int) -> list[str]:
    """The tables that rows have come for. Raises NotByDelta where they are too many."""
    affected, rows = [], 0
    for name, source in spec.sources.items():
        if ledger.has_rows(name):
            n = int(ledger.writer.value(f"SELECT count(*) FROM {rows_of(name)} WHERE _batch > {since}"))
            rows += n
            if n and source.into not in affected:
                affected.append(source.into)
    if rows > MOST_ROWS:
        raise NotByDelta
    return affected


def _entangled(spec: SourcesSpec, affected: list[str]) -> bool:
    """Whether rows elsewhere may look otherwise because of those that came."""
    return any(depends_on_all(spec.table(t)) for t in affected) or any(needs(spec, t) & set(affected) for t in spec.table_names)


def _add(ledger: Ledger, spec: SourcesSpec, table: str, since: int, accounts: dict[str, Account]) -> None:
    """The rows of a table that came since the base was made, and the keys of those that they took the place of."""
    writer = ledger.writer
    sources = list(spec.of_table(table))
    _pool(writer, spec, table, sources, since)
    earlier = {s: f"(SELECT * FROM {_pool_of(s)} WHERE _batch <= {since})" for s in sources}
    before = resolve(writer, spec, table, earlier, BASE, "before_")
    writer.run(f"CREATE OR REPLACE TEMP TABLE before_live AS SELECT _source, _id FROM ({before.rows})")
    after = resolve(writer, spec, table, {s: _pool_of(s) for s in sources}, BASE, "after_")
    writer.run(f"CREATE OR REPLACE TEMP TABLE after_live AS SELECT _source, _id, _batch FROM ({after.rows})")
    if writer.value(f"SELECT count(*) FROM after_live WHERE _batch <= {since} AND _id NOT IN (SELECT _id FROM before_live)"):
        raise NotByDelta
    keys = spec.table(table).key
    gone = "_id IN (SELECT _id FROM before_live) AND _id NOT IN (SELECT _id FROM after_live)"
    union = " UNION ALL ".join(f"SELECT _id, {', '.join(map(quoted, keys)) or '1 AS _none'} FROM {_pool_of(s)}" for s in sources)
    writer.run(f"CREATE TABLE {OUT}.{DELTA}.{_replaced(table)} AS SELECT * EXCLUDE (_id) FROM ({union}) WHERE {gone}")
    query = finished(writer, spec, table, f"SELECT * FROM ({after.rows}) WHERE _batch > {since}", BASE)
    columns = ", ".join(quoted(c) for c in final_columns(spec, table))
    writer.run(f"CREATE TABLE {OUT}.{DELTA}.{quoted(table)} AS SELECT {columns} FROM ({query})")
    _note(writer, spec, table, sources, since, before, after, accounts)


def _pool_of(source: str) -> str:
    return quoted(f"pool_{source}")


def _replaced(table: str) -> str:
    return quoted(f"{table}.replaced")


def _pool(writer: Writer, spec: SourcesSpec, table: str, sources: list[str], since: int) -> None:
    """The new rows, and those of before that could be the same thing: with the same key, or the same in every column, or sent again."""
    said, new = spec.table(table), {s: f"SELECT * FROM {rows_of(s)} WHERE _batch > {since}" for s in sources}
    for source, query in new.items():
        writer.run(f"CREATE OR REPLACE TEMP TABLE {_pool_of(source)} AS {query}")
    more = True
    while more:
        # What is drawn in by one thing in common may draw in others by another; where there is only the key, nothing is left after once.
        more = _draw_in(writer, said, sources, since) and said.repeats is not None


def _draw_in(writer: Writer, said: TableSpec, sources: list[str], since: int) -> bool:
    """Adds older rows that have something in common with rows of the pool; gives whether there were any."""
    alike = ["_hash"] + ([f"hash({', '.join(map(quoted, said.key))})"] if said.key else [])
    looked_for = [(hashed, "TRUE") for hashed in alike] + ([(same_hash(said.repeats), _near(writer, said.repeats, sources))] if said.repeats else [])
    for i, (hashed, _) in enumerate(looked_for):
        hashes = " UNION ALL ".join(f"SELECT {hashed} AS h FROM {_pool_of(s)} WHERE _why IS NULL" for s in sources)
        writer.run(f"CREATE OR REPLACE TEMP TABLE pooled_{i} AS SELECT DISTINCT h FROM ({hashes})")
    before = _pooled(writer, sources)
    for source in sources:
        older = f"FROM {rows_of(source)} WHERE _batch <= {since} AND _why IS NULL"
        # First which they are, by the few columns that say so; most batches bring nothing that was there before.
        each = (f"SELECT _id {older} AND {near} AND {hashed} IN (SELECT h FROM pooled_{i})" for i, (hashed, near) in enumerate(looked_for))
        found = " UNION ".join(each)
        writer.run(f"CREATE OR REPLACE TEMP TABLE drawn_in AS SELECT _id FROM ({found}) WHERE _id NOT IN (SELECT _id FROM {_pool_of(source)})")
        if writer.value("SELECT count(*) FROM drawn_in"):
            writer.run(f"INSERT INTO {_pool_of(source)} SELECT * {older} AND _id IN (SELECT _id FROM drawn_in)")
    return _pooled(writer, sources) > before


def _near(writer: Writer, said: RepeatsSpec, sources: list[str]) -> str:
    """SQL: a row is near enough in time to one of the pool to be a repetition of it, or it of the row."""
    at = quoted(said.at)
    times = " UNION ALL ".join(f"SELECT {at} AS t FROM {_pool_of(s)} WHERE _why IS NULL" for s in sources)
    moment = f"INTERVAL {int(said.within_seconds * 1e6)} MICROSECOND"
    first, last = writer.rows(f"SELECT min(t) - {moment}, max(t) + {moment} FROM ({times})")[0]
    return "FALSE" if first is None else f"{at} BETWEEN TIMESTAMP '{first}' AND TIMESTAMP '{last}'"


def _pooled(writer: Writer, sources: list[str]) -> int:
    return sum(int(writer.value(f"SELECT count(*) FROM {_pool_of(s)}")) for s in sources)


def _note(
    writer: Writer, spec: SourcesSpec, table: str, sources: list[str], since: int, before: Resolved, after: Resolved, accounts: dict[str, Account]
) -> None:
    """What became of the new rows, added to what stands with the base."""
    lost = {source: Counter(reasons) for source, reasons in lost_by_reason(writer, after).items()}
    for source, reasons in lost_by_reason(writer, before).items():
        lost.setdefault(source, Counter()).subtract(reasons)
    records, changed = {}, []
    for source in sources:
        count = f"SELECT coalesce(sum(records), 0) FROM files WHERE source = {literal(source)} AND batch > {since}"
        more = Account(source, table, int(writer.value(count)))
        more.loaded = _difference(writer, "after_live", "before_live", source)
        more.quarantined = int(writer.value(f"SELECT count(_why) FROM {_pool_of(source)}")) + sum(lost.get(source, {}).values())
        more.exact_duplicates = _difference(writer, after.duplicates, before.duplicates, source)
        records[source] = more.records
        changed.append(more)
        account = accounts.setdefault(source, Account(source, table))
        for part in ("records", "loaded", "quarantined", "exact_duplicates"):
            setattr(account, part, getattr(account, part) + getattr(more, part))
    check_accounts(changed, _more(writer, table), table)
    quality = f"{OUT}.{STATE}.quality"
    same = " AND ".join(f"r.{quoted(k)} = b.{quoted(k)}" for k in spec.table(table).key)
    replaced = f"{OUT}.{DELTA}.{_replaced(table)}"
    gone = f"{BASE}.main.{quoted(table)} b WHERE EXISTS (SELECT 1 FROM {replaced} r WHERE {same})" if same else None
    came = Since(since, f"{OUT}.{DELTA}.{quoted(table)}", gone)
    note_quality(writer, spec, table, records, lost, quality, came)
    said = ", ".join(f"any_value({c}) AS {c}" for c in ("column_name", "outcome", "severity"))
    counts = ", ".join(f"CAST(sum({c}) AS BIGINT) AS {c}" for c in ("broken", "checked"))
    summed = f"SELECT source, table_name, rule, {said}, {counts}, any_value(en) AS en, any_value(zh) AS zh FROM {quality} GROUP BY ALL"
    writer.run(f"CREATE OR REPLACE TABLE {quality} AS {summed}")
    # Only what is lost now and was not before; the base's own quarantine has the rest.
    writer.run(f"DELETE FROM {after.lost} WHERE _id IN (SELECT _id FROM {before.lost})")
    quarantine(writer, spec, table, sources, after, f"{OUT}.{DELTA}.quarantine", since)


def _difference(writer: Writer, after: str, before: str, source: str) -> int:
    counts = [int(writer.value(f"SELECT count(*) FROM {t} WHERE _source = {literal(source)}")) for t in (after, before)]
    return counts[0] - counts[1]


def _more(writer: Writer, table: str) -> int:
    """How many rows the table has more than that of the base."""
    new = int(writer.value(f"SELECT count(*) FROM {OUT}.{DELTA}.{quoted(table)}"))
    return new - int(writer.value(f"SELECT count(*) FROM {OUT}.{DELTA}.{_replaced(table)}"))


def _views(writer: Writer, spec: SourcesSpec, present: list[str], affected: list[str], database: Path) -> None:
    """The tables as readers see them. What the views name is found from where they stand, so they are made there."""
    with _inside(writer):
        for table in present:
            columns = ", ".join(quoted(c) for c in final_columns(spec, table))
            shown = f"SELECT {columns} FROM {BASE}.main.{quoted(table)} b"
            if table in affected:
                if writer.value(f"SELECT count(*) FROM {DELTA}.{_replaced(table)}"):
                    same = " AND ".join(f"r.{quoted(k)} = b.{quoted(k)}" for k in spec.table(table).key)
                    shown += f" WHERE NOT EXISTS (SELECT 1 FROM {DELTA}.{_replaced(table)} r WHERE {same})"
                shown += f" UNION ALL SELECT {columns} FROM {DELTA}.{quoted(table)}"
            writer.run(f"CREATE VIEW main.{quoted(table)} AS {shown}")
        writer.run(f"CREATE VIEW {STATE}.quarantine AS FROM {BASE}.{STATE}.quarantine UNION ALL FROM {DELTA}.quarantine")


@contextlib.contextmanager
def _inside(writer: Writer) -> Iterator[None]:
    before = writer.value("SELECT current_database()")
    writer.run(f"USE {OUT}.main")
    try:
        yield
    finally:
        writer.run(f"USE {quoted(str(before))}.main")


def forget_bases(folder: Path, kept: Path) -> None:
    """Removes the bases that no head names any more. Who has one open reads on."""
    for old in folder.glob("base-*.duckdb*"):
        if not old.name.startswith(kept.name):
            old.unlink(missing_ok=True)
