"""What each refresh counted, one line a refresh, so that reports can say whether data become better or worse."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HISTORY = "history.jsonl"
MOST = 400  # refreshes that are kept


@dataclass(frozen=True)
class Delivery:
    """The records of a source as they stood after a refresh; `at` is on the shop's clock."""

    at: str
    source: str
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


def note_deliveries(kept: Path, deliveries: Sequence[Delivery]) -> None:
    """Adds what one refresh counted. What cannot be written is left: a refresh does not fail for its history."""
    if not deliveries:
        return
    path = kept / HISTORY
    with suppress(OSError):
        lines = _lines(path)[-(MOST - 1) :]
        lines.append(json.dumps([asdict(d) for d in deliveries], ensure_ascii=False))
        beside = path.with_suffix(".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(beside, path)


def read_deliveries(kept: Path) -> list[Delivery]:
    """What was counted, oldest first; lines that cannot be read are passed over."""
    found: list[Delivery] = []
    for line in _lines(kept / HISTORY):
        with suppress(ValueError, TypeError):
            found += [Delivery(**d) for d in json.loads(line)]
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
