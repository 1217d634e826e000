"""What each refresh counted, one line a refresh, so that reports can say whether data become better or worse."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.quoting import quoted
from semantic_layer.sources.check import MARKS

HISTORY = "history.jsonl"
MOST = 400  # refreshes that are kept


@dataclass(frozen=True)
class Delivery:
    """The records of a source as they stood after a refresh; `at` is on the shop's clock."""

    at: str
    source: str
    table: str
    records: int
    quarantined: int
    exact_duplicates: int

    @property
    def share(self) -> float:
        """The part of the records that is in quarantine, between 0 and 1."""
        return self.quarantined / self.records if self.records else 0.0

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"at": self.at, "records": self.records, "quarantined": self.quarantined, "exact_duplicates": self.exact_duplicates}


@dataclass(frozen=True)
class Counted:
    """How many of the rows looked at did not pass a check: a rule by its code, or `COLUMN:unknown` for rows without a value.

    `source` is empty where the table is looked at as a whole.
    """

    source: str
    table: str
    check: str
    count: int
    of: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is a count of."""
        return self.source, self.table, self.check


@dataclass(frozen=True)
class Refreshed:
    """What one refresh counted; checks that every row passed are left out."""

    at: str
    deliveries: tuple[Delivery, ...] = ()
    checks: tuple[Counted, ...] = ()


def unknown(column: str) -> str:
    """The check that a column has a value."""
    return f"{column}:unknown"


def unknown_counts(db: Introspector, tables: Iterable[str]) -> list[Counted]:
    """For each column of some tables how many rows have no value there, none of them among them. Raises EngineError."""
    found: list[Counted] = []
    known = db.tables()
    for table in tables:
        names = [c for c in known.get(table, ()) if c != MARKS]
        if names:
            rows, *filled = db.rows(f"SELECT count(*), {', '.join(f'count({quoted(c)})' for c in names)} FROM {quoted(table)}")[0]
            found += [Counted("", table, unknown(c), rows - n, rows) for c, n in zip(names, filled, strict=True)]
    return found


def counted(database: Path, state: str, tables: Iterable[str]) -> tuple[Counted, ...]:
    """What rows of the tables did not pass; `state` is the schema of what a refresh says of them. Raises EngineError, ShopError."""
    with Introspector(database) as db:
        rules = [Counted(*row) for row in db.rows(f"SELECT source, table_name, rule, broken, checked FROM {state}.quality WHERE broken > 0")]
        return (*rules, *(c for c in unknown_counts(db, tables) if c.count))


def note_refresh(kept: Path, refreshed: Refreshed) -> None:
    """Adds what one refresh counted. What cannot be written is left: a refresh does not fail for its history."""
    path = kept / HISTORY
    with suppress(OSError):
        lines = _lines(path)[-(MOST - 1) :]
        lines.append(json.dumps(asdict(refreshed), ensure_ascii=False))
        beside = path.with_suffix(".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(beside, path)


def read_history(kept: Path) -> list[Refreshed]:
    """What was counted, oldest first; lines that cannot be read are passed over."""
    found: list[Refreshed] = []
    for line in _lines(kept / HISTORY):
        with suppress(ValueError, TypeError, KeyError):
            said = json.loads(line)
            found.append(Refreshed(said["at"], _each(Delivery, said["deliveries"]), _each(Counted, said["checks"])))
    return found


def _each(kind: Any, said: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind(**d) for d in said)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
