"""What reading gives: rows that the engine can take in one statement, and those that are no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from semantic_layer.errors import Message, WenshuError

Kind = Literal["text", "number", "boolean", "time", "nested"]
Shape = Literal["csv", "json", "parquet"]


class Unreadable(WenshuError):
    """A source that cannot be read as it is declared; it keeps its last good data."""

    code = "source"

    @classmethod
    def of(cls, message: Message) -> Unreadable:
        """From a message in both languages."""
        return cls(message.en, message.zh)


@dataclass(frozen=True)
class Rejected:
    """A record that is no row: its file and line, why, and its text."""

    file: int
    line: int
    reason: str
    text: str


@dataclass
class Batch:
    """Rows of one or several files with the same columns, in a file that the engine reads.

    `path` is a CSV of text with two columns in front (file, line), lines of JSON with the same, or the Parquet file
    itself, with further ones of the same columns in `more`. `records` counts the records by file, those of `rejected`
    among them: what the engine reads must add up to it.
    """

    shape: Shape
    path: Path
    columns: tuple[str, ...]
    records: dict[int, int]
    delimiter: str = ","
    rejected: list[Rejected] = field(default_factory=list)
    kinds: dict[str, frozenset[Kind]] = field(default_factory=dict)
    temporary: bool = True
    more: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All its files; of Parquet in the order of `records`."""
        return (self.path, *self.more)

    def close(self) -> None:
        """Removes what was written to be read once."""
        if self.temporary:
            self.path.unlink(missing_ok=True)
