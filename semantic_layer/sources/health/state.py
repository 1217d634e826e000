"""What a refresh left behind, read into plain values: from the database, and from what is kept beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.sources.build import STATE, Account
from semantic_layer.sources.check import MARKS
from semantic_layer.sources.finish import key_text
from semantic_layer.sources.history import Counted, Refreshed, read_history, unknown_counts
from semantic_layer.sources.models import Severity, SourcesSpec
from semantic_layer.sources.refresh import Last, last_refresh

EXAMPLES = 3  # rows shown of a finding


@dataclass(frozen=True)
class Broken:
    """A rule, and how many rows broke it; without a source where it is of the table as a whole."""

    source: str
    table: str
    rule: str
    columns: str
    outcome: str
    severity: Severity
    count: int
    of: int
    en: str
    zh: str


@dataclass(frozen=True)
class Held:
    """A row in quarantine; `raw` is what stood there, as JSON or as it was."""

    file: str
    line: int
    raw: str


@dataclass(frozen=True)
class Kept:
    """What is known. `unknown` counts for each column of each table the rows without a value."""

    accounts: tuple[Account, ...] = ()
    broken: tuple[Broken, ...] = ()
    newest: dict[str, dt.datetime] = field(default_factory=dict)
    built_at: dt.datetime | None = None
    held: dict[tuple[str, str], list[Held]] = field(default_factory=dict)  # by source and code of the rule
    marked: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # keys of rows by table and code of the rule
    unknown: tuple[Counted, ...] = ()
    last: Last | None = None
    history: tuple[Refreshed, ...] = ()
    behind: dict[str, tuple[dt.datetime, dt.datetime]] = field(default_factory=dict)  # by source, the newest time of its table and of another


def read_kept(spec: SourcesSpec, database: Path, state: Path, *, whole: bool = True) -> Kept:
    """Reads what the last refresh left. Unless `whole`, only what answers need: no examples, no counts of columns, no history.

    Raises ShopError where the database cannot be opened, EngineError where it was not made by a refresh.
    """
    with Introspector(database) as db:
        accounts = tuple(Account(*r) for r in db.rows(f"FROM {STATE}.accounts"))
        broken = tuple(Broken(*r) for r in db.rows(f"FROM {STATE}.quality WHERE broken > 0"))
        newest = dict(db.rows(f"SELECT source, max(arrived_at) FROM {STATE}.files GROUP BY source"))
        built = db.rows(f"SELECT built_at FROM {STATE}.built")
        kept = Kept(accounts, broken, newest, built[0][0] if built else None, last=last_refresh(state))
        _read_behind(db, spec, kept)
        if not whole:
            return kept
        _read_held(db, kept)
        for table, columns in db.tables().items():
            if table in spec.table_names:
                _read_marked(db, spec, table, columns, kept)
        found = tuple(unknown_counts(db, spec.table_names))
    return replace(kept, unknown=found, history=tuple(read_history(state / "sources")))


def _read_behind(db: Introspector, spec: SourcesSpec, kept: Kept) -> None:
    present = {a.table for a in kept.accounts}
    for name, source in spec.sources.items():
        if source.keeps_up is not None and {source.into, other := source.keeps_up.with_.split(".")[0]} <= present:
            ends = [(source.into, source.keeps_up.column), (other, source.keeps_up.with_.split(".")[1])]
            newest = ", ".join(f"(SELECT max(CAST({quoted(c)} AS TIMESTAMP)) FROM {quoted(t)})" for t, c in ends)
            mine, theirs = db.rows(f"SELECT {newest}")[0]
            if mine is not None and theirs is not None:
                kept.behind[name] = mine, theirs


def _read_held(db: Introspector, kept: Kept) -> None:
    codes = f"SELECT source, unnest(string_split(reasons, ';')) AS code, file, line, coalesce(raw, '') AS raw FROM {STATE}.quarantine"
    first = f"row_number() OVER (PARTITION BY source, code ORDER BY file, line) <= {EXAMPLES}"
    for source, code, *row in db.rows(f"FROM ({codes}) QUALIFY {first} ORDER BY source, code, file, line"):
        kept.held.setdefault((source, code), []).append(Held(*row))


def _read_marked(db: Introspector, spec: SourcesSpec, table: str, columns: dict[str, str], kept: Kept) -> None:
    key = spec.table(table).key
    if MARKS not in columns or not key:
        return
    for code in {b.rule for b in kept.broken if b.table == table}:
        has = f"list_contains(string_split({quoted(MARKS)}, ';'), {literal(code)})"
        found = db.values(f"SELECT {key_text(key)} AS k FROM {quoted(table)} WHERE {has} ORDER BY k LIMIT {EXAMPLES}")
        if found:
            kept.marked[table, code] = found
