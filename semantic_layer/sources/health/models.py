"""What is wrong with a shop's data, as typed findings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from semantic_layer.catalog.models import Text
from semantic_layer.errors import Message
from semantic_layer.sources.health.effects import Effects
from semantic_layer.sources.history import Delivery
from semantic_layer.sources.models import Severity

Kind = Literal["stopped", "late", "rule", "missing", "duplicates"]


@dataclass(frozen=True)
class Example:
    """One row that a finding is about: where it stands in its source, or its key in its table, and the values that matter."""

    where: str
    values: str


@dataclass(frozen=True)
class Point:
    """What one refresh counted of a finding: `count` of `of` rows; `at` is on the shop's clock."""

    at: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """The part of the rows, between 0 and 1."""
        return self.count / self.of if self.of else 0.0

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"at": self.at, "count": self.count, "of": self.of}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a table, whatever source brought it in. `count` of `of` rows, where rows are counted.

    `columns` are those that it is about, none where it is about whole rows. `outcome` says what became of the rows:
    `quarantine`, `mark`, `repair` or `missing` (the value was emptied). `trend` is what earlier refreshes counted, oldest
    first. `effects` is None until it was looked at what the rows do to the metrics of the catalog.
    """

    kind: Kind
    severity: Severity
    table: str
    source: str
    message: Message
    columns: tuple[str, ...] = ()
    rule: str = ""
    outcome: str = ""
    count: int = 0
    of: int = 0
    examples: tuple[Example, ...] = ()
    trend: tuple[Point, ...] = ()
    effects: Effects | None = None

    @property
    def share(self) -> float:
        """The part of the rows, between 0 and 1."""
        return self.count / self.of if self.of else 0.0

    @property
    def is_open(self) -> bool:
        """Whether answers have to name it: its source is late or stopped, or rows broke a rule of severity error."""
        return self.kind in ("stopped", "late") or (self.kind == "rule" and self.severity == "error")

    @property
    def is_left_out(self) -> bool:
        """Whether its rows are in no table."""
        return self.kind == "duplicates" or self.outcome == "quarantine"

    @property
    def effect(self) -> Message | None:
        """What its rows do to metrics, in words; None where that was not looked at."""
        return self.effects.message(left_out=self.is_left_out) if self.effects else None

    def to_dict(self, lang: str) -> dict[str, Any]:
        """For programs; `text` in `zh` or `en`."""
        return {
            "kind": self.kind, "severity": self.severity, "open": self.is_open, "table": self.table, "source": self.source or None,
            "columns": list(self.columns), "rule": self.rule or None, "outcome": self.outcome or None, "count": self.count, "of": self.of,
            "share": self.share, "text": self.message.text(lang), "examples": [{"where": e.where, "values": e.values} for e in self.examples],
            "trend": [p.to_dict() for p in self.trend], "effect": self.effect.text(lang) if self.effect else None,
            "effects": self.effects.to_dict(lang) if self.effects else None,
        }  # fmt: skip


@dataclass(frozen=True)
class SourceHealth:
    """Where the records of a source are now, when its newest file was there, and what earlier refreshes counted, oldest first."""

    name: str
    table: str
    records: int
    loaded: int
    quarantined: int
    exact_duplicates: int
    newest: dt.datetime | None
    history: tuple[Delivery, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "source": self.name, "table": self.table, "records": self.records, "loaded": self.loaded, "quarantined": self.quarantined,
            "exact_duplicates": self.exact_duplicates, "newest": self.newest.isoformat() if self.newest else None,
            "history": [d.to_dict() for d in self.history],
        }  # fmt: skip


@dataclass(frozen=True)
class Health:
    """What is known of the data of a shop: findings, worst first, and its sources in their order. Times are on the shop's clock."""

    findings: tuple[Finding, ...]
    sources: tuple[SourceHealth, ...]
    refreshed_at: str
    built_at: dt.datetime | None
    labels: dict[str, Text] = field(default_factory=dict)  # by table, as far as sources.yaml gives them
    note: Message = field(default_factory=Message)  # what could not be looked at

    def label(self, table: str, lang: str) -> str:
        """The name of a table in reports."""
        return (self.labels[table].get(lang) if table in self.labels else "") or table

    def to_dict(self, lang: str) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": not any(f.is_open for f in self.findings), "refreshed_at": self.refreshed_at or None,
            "built_at": self.built_at.isoformat() if self.built_at else None,
            "findings": [f.to_dict(lang) for f in self.findings], "sources": [s.to_dict() for s in self.sources],
            "note": self.note.text(lang) or None,
        }  # fmt: skip
