"""Makes the shop's database from the ledger: the tables, and beside them what became of every row.

The schema `wenshu_state` holds, for reports: `accounts` (each source's records, and where they ended), `quality` (each
rule, and how many rows broke it), `quarantine` (the rows themselves, without personal data), `alike` (people that may be
one, by their keys), `files`, and `built`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from semantic_layer.engines.admin import placed
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import NoRoom, Writer
from semantic_layer.errors import Message, ShopError
from semantic_layer.sources.check import in_order
from semantic_layer.sources.finish import final_columns, finished, key_text
from semantic_layer.sources.ledger import Ledger, rows_of
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.people import likely, list_alike
from semantic_layer.sources.quality import Since, lost_by_reason, note_quality
from semantic_layer.sources.resolve import FILE, Resolved, resolve
from semantic_layer.sources.staging import FILE_BITS

VERSION = 2  # raised when tables, or what stands beside them, are made otherwise from the same rows
STATE = "wenshu_state"
OUT = "wenshu_out"
STATE_TABLES = (
    f"CREATE SCHEMA {OUT}.{STATE}",
    f"CREATE TABLE {OUT}.{STATE}.built (generation BIGINT, plan VARCHAR, built_at TIMESTAMP, timezone VARCHAR)",
    f"CREATE TABLE {OUT}.{STATE}.accounts (source VARCHAR, table_name VARCHAR, records BIGINT, loaded BIGINT, quarantined BIGINT,"
    " exact_duplicates BIGINT)",
    f"CREATE TABLE {OUT}.{STATE}.quality (source VARCHAR, table_name VARCHAR, rule VARCHAR, column_name VARCHAR, outcome VARCHAR, severity VARCHAR,"
    " broken BIGINT, checked BIGINT, en VARCHAR, zh VARCHAR)",
    f"CREATE TABLE {OUT}.{STATE}.quarantine (source VARCHAR, table_name VARCHAR, file VARCHAR, line BIGINT, reasons VARCHAR, raw VARCHAR,"
    " instead_file VARCHAR, instead_line BIGINT)",
    f"CREATE TABLE {OUT}.{STATE}.alike (table_name VARCHAR, one VARCHAR, other VARCHAR, shared VARCHAR, likeness DOUBLE)",
    f"CREATE TABLE {OUT}.{STATE}.files (source VARCHAR, file VARCHAR, records BIGINT, arrived_at TIMESTAMP, gone BOOLEAN)",
)


@dataclass
class Account:
    """Where the records of a source ended; the three add up to `records`."""

    source: str
    table: str
    records: int = 0
    loaded: int = 0
    quarantined: int = 0
    exact_duplicates: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether no record is missing and none is counted twice."""
        return self.records == self.loaded + self.quarantined + self.exact_duplicates


@dataclass
class Built:
    """What a build made."""

    generation: int
    accounts: list[Account] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # tables of which a source has never been read
    notes: list[Message] = field(default_factory=list)  # what could not be done and changes no table


def plan_of(spec: SourcesSpec) -> str:
    """Names how tables are made from rows."""
    parts = [
        VERSION,
        {n: t.model_dump(mode="json") for n, t in spec.tables.items()},
        {n: (s.into, s.exact_duplicates, list(s.columns)) for n, s in spec.sources.items()},
    ]
    return hashlib.md5(json.dumps(parts, default=str).encode(), usedforsecurity=False).hexdigest()


def built_state(writer: Writer, database: Path) -> tuple[int, str] | None:
    """The generation and the plan that a database was built from; None where it was not, or cannot be read."""
    if not database.is_file():
        return None
    try:
        with writer.attached(database, "wenshu_before"):
            row = writer.rows(f"SELECT generation, plan FROM wenshu_before.{STATE}.built")[0]
    except ShopError:
        return None
    return int(row[0]), str(row[1])


def built_accounts(writer: Writer, database: Path) -> list[Account]:
    """The accounts of a database that was built before."""
    with writer.attached(database, "wenshu_before"):
        return [Account(*row) for row in writer.rows(f"FROM wenshu_before.{STATE}.accounts")]


def build(ledger: Ledger, spec: SourcesSpec, target: Path, now: dt.datetime) -> Built:
    """Writes a database of all tables into `target`, which appears whole or not at all. Raises ShopError."""
    with placed(target) as building, ledger.writer.attached(building, OUT, read_only=False):
        return _fill(ledger, spec, now)


def build_with_room(ledger: Ledger, spec: SourcesSpec, target: Path, now: dt.datetime, memory_mb: int) -> Built:
    """`build` without what reading has left in memory; where there is too little room even so, once more with twice as much.

    Fifty million rows found no room in what long reading had left. Raises ShopError.
    """
    ledger.writer.reopen()
    try:
        return build(ledger, spec, target, now)
    except NoRoom:
        ledger.writer.reopen(memory_mb=2 * memory_mb, threads=1)
        return build(ledger, spec, target, now)


def _fill(ledger: Ledger, spec: SourcesSpec, now: dt.datetime) -> Built:
    writer = ledger.writer
    for statement in STATE_TABLES:
        writer.run(statement)
    made = Built(ledger.generation)
    left_out: list[str] = []
    for table in in_order(spec):
        sources = list(spec.of_table(table))
        if not all(ledger.has_rows(s) for s in sources) or needs(spec, table) & set(left_out):
            left_out.append(table)
            continue
        resolved = resolve(writer, spec, table, {s: rows_of(s) for s in sources}, OUT)
        _write(writer, spec, table, resolved, made)
        accounts = [_account(writer, s, table, resolved) for s in sources]
        check_accounts(accounts, made.tables[table], table)
        made.accounts += accounts
        records = {a.source: a.records for a in accounts}
        everything = Since(0, f"{OUT}.main.{quoted(table)}")
        note_quality(writer, spec, table, records, lost_by_reason(writer, resolved), f"{OUT}.{STATE}.quality", everything)
        quarantine(writer, spec, table, sources, resolved, f"{OUT}.{STATE}.quarantine")
    made.left_out = tuple(left_out)
    write_state(writer, spec, made, now, OUT)
    return made


def needs(spec: SourcesSpec, table: str) -> set[str]:
    """The other tables that a table refers to or takes columns from."""
    said = spec.table(table)
    return {r.to.split(".")[0] for r in said.refers.values()} | {k.in_.split(".")[0] for k in said.lookups.values()}


def _write(writer: Writer, spec: SourcesSpec, table: str, resolved: Resolved, made: Built) -> None:
    query = finished(writer, spec, table, resolved.rows, OUT)
    columns = ", ".join(quoted(c) for c in final_columns(spec, table))
    writer.run(f"CREATE TABLE {OUT}.main.{quoted(table)} AS SELECT {columns} FROM ({query})")
    made.tables[table] = int(writer.value(f"SELECT count(*) FROM {OUT}.main.{quoted(table)}"))
    people = spec.table(table).people
    if people is not None:
        # The temporary tables are still those of this table.
        _list_alike(writer, table, key_text(spec.table(table).key), list_alike())
        if people.review == "splink":
            try:
                _list_alike(writer, table, key_text(spec.table(table).key), likely(writer, people, writer.path.parent))
            except ShopError as error:
                made.notes.append(Message(f"{table}: {error.en}", f"{table}：{error.zh}"))


def _list_alike(writer: Writer, table: str, key: str, pairs: str) -> None:
    keys = f"SELECT _id, {key} AS k FROM finishing"
    named = f"({pairs}) p JOIN ({keys}) m ON m._id = p.a JOIN ({keys}) n ON n._id = p.b"
    writer.run(f"INSERT INTO {OUT}.{STATE}.alike SELECT {literal(table)}, m.k, n.k, p.shared, p.likeness FROM {named}")


def _account(writer: Writer, source: str, table: str, resolved: Resolved) -> Account:
    """Counted apart from each other: nothing here is what is left of something else."""
    account = Account(source, table)
    account.records = int(writer.value("SELECT coalesce(sum(records), 0) FROM files WHERE source = ?", [source]))
    account.loaded = int(writer.value(f"SELECT count(*) FROM ({resolved.rows}) WHERE _source = ?", [source]))
    bad = int(writer.value(f"SELECT count(_why) FROM {rows_of(source)}"))
    account.quarantined = bad + int(writer.value(f"SELECT count(*) FROM {resolved.lost} WHERE _source = ?", [source]))
    account.exact_duplicates = int(writer.value(f"SELECT count(*) FROM {resolved.duplicates} WHERE _source = ?", [source]))
    return account


def check_accounts(accounts: Sequence[Account], rows: int, table: str) -> None:
    """Raises ShopError where a row is lost or doubled, so that nothing is published."""
    wrong = [a.source for a in accounts if not a.adds_up]
    if wrong or sum(a.loaded for a in accounts) != rows:
        names = ", ".join(wrong or [table])
        raise ShopError(
            f"The rows of {names} do not add up, which is a mistake of Wenshu's. Nothing was published. Try: wenshu refresh --full",
            f"{names} 的行数对不上，这是系统的错误。未发布任何内容。可尝试：wenshu refresh --full",
        )


def quarantine(writer: Writer, spec: SourcesSpec, table: str, sources: Sequence[str], resolved: Resolved, into: str, since: int = 0) -> None:
    """Writes the rows in quarantine of a table, of changes after `since`; of those that were lost all in `resolved`."""
    for source in sources:
        line = f"_id % {1 << FILE_BITS}"
        writer.run(
            f"INSERT INTO {into} SELECT {literal(source)}, {literal(table)}, f.name, r.{line}, r._why, r._raw, NULL, NULL "
            f"FROM {rows_of(source)} r JOIN files f ON f.id = r.{FILE} WHERE r._why IS NOT NULL AND r._batch > {since}"
        )
        said = spec.sources[source].columns
        shown = ", ".join(f"{literal(c)}: r.{quoted(c)}" for c, column in said.items() if not column.personal)
        raw = f"CAST(to_json({{{shown}}}) AS VARCHAR)" if shown else "NULL"
        writer.run(
            f"INSERT INTO {into} SELECT {literal(source)}, {literal(table)}, f.name, l.{line}, l.reason, {raw}, w.name, l.instead % {1 << FILE_BITS} "
            f"FROM {resolved.lost} l JOIN {rows_of(source)} r USING (_id) JOIN files f ON f.id = l.{FILE} "
            f"LEFT JOIN files w ON w.id = l.instead // {1 << FILE_BITS} WHERE l._source = {literal(source)}"
        )


def write_state(writer: Writer, spec: SourcesSpec, made: Built, now: dt.datetime, into: str) -> None:
    """Writes accounts, files, and what it all was built from."""
    accounts = [[a.source, a.table, a.records, a.loaded, a.quarantined, a.exact_duplicates] for a in made.accounts]
    writer.many(f"INSERT INTO {into}.{STATE}.accounts VALUES (?, ?, ?, ?, ?, ?)", accounts)
    writer.run(f"INSERT INTO {into}.{STATE}.files SELECT source, name, records, arrived_at, gone FROM files")
    writer.run(f"INSERT INTO {into}.{STATE}.built VALUES (?, ?, ?, ?)", [made.generation, plan_of(spec), now, spec.timezone])
