"""The figures of a cleaned mall as a table, each beside its aim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.mall.identity import Match, score_devices, score_users
from eval.mall.opened import Opened, opened
from eval.mall.rows import Clean, Kind, score_rows
from eval.mall.totals import Total, score_totals

DIRTY, TOUCHED = 0.99, 0.001
DEVICES, USERS = (0.995, 0.99), (0.99, 0.99)  # precision, recall


@dataclass(frozen=True)
class Figure:
    """A share with its aim, which is the least or the most that it may be."""

    name: str
    value: float
    aim: float
    bound: Literal["least", "most"] = "least"
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the aim is reached."""
        return self.value >= self.aim if self.bound == "least" else self.value <= self.aim


@dataclass(frozen=True)
class Scored:
    """All that was scored of one mall."""

    accounts: list[tuple[str, int, int, int, int]]  # source, records, loaded, quarantined, exact duplicates
    kinds: list[Kind]
    clean: list[Clean]
    devices: Match
    users: Match
    totals: list[Total]

    def figures(self) -> list[Figure]:
        """The shares that have an aim."""
        sums = [a for a in self.accounts if a[1] == a[2] + a[3] + a[4]]
        dirty, right = sum(k.rows for k in self.kinds), sum(k.right for k in self.kinds)
        clean, touched = sum(c.rows for c in self.clean), sum(c.touched + c.invented for c in self.clean)
        worst = min((k for k in self.kinds if k.rows), key=lambda k: k.right / k.rows)
        found = [
            Figure("sources whose rows add up", len(sums) / len(self.accounts), 1.0, note=f"{len(sums)} of {len(self.accounts)}"),
            Figure("dirty rows repaired or set aside for the right reason", right / dirty, DIRTY, note=f"{right:,} of {dirty:,}; {_least(worst)}"),
            Figure("clean rows touched", touched / clean, TOUCHED, "most", f"{touched:,} of {clean:,}"),
            Figure("device to account, precision", self.devices.precision, DEVICES[0], note=f"{self.devices.found:,} pairs"),
            Figure("device to account, recall", self.devices.recall, DEVICES[1]),
            Figure("row to user by the ids of three systems, precision", self.users.precision, USERS[0], note=f"{self.users.found:,} rows"),
            Figure("row to user by the ids of three systems, recall", self.users.recall, USERS[1]),
        ]
        return found + [Figure(f"{t.metric}, off by", t.off, t.aim, "most", f"{t.arrived:,.2f} for {t.true:,.2f}") for t in self.totals]


def score(folder: Path) -> Scored:
    """Scores the mall that was generated and refreshed in a folder. Raises ShopError."""
    with opened(folder) as mall:
        kinds, clean = score_rows(mall)
        return Scored(_accounts(mall), kinds, clean, score_devices(mall), score_users(mall), score_totals(mall))


def _accounts(mall: Opened) -> list[tuple[str, int, int, int, int]]:
    sql = "SELECT source, records, loaded, quarantined, exact_duplicates FROM mall.wenshu_state.accounts ORDER BY source"
    return [(str(r[0]), int(r[1]), int(r[2]), int(r[3]), int(r[4])) for r in mall.bench.rows(sql)]


def _least(kind: Kind) -> str:
    return f"worst {kind.source} {kind.kind}: {kind.right:,} of {kind.rows:,}"


def text(scored: Scored) -> str:
    """The whole report, a figure a line."""
    rows = [("", "records", "loaded", "in quarantine", "exact duplicates"), *((a[0], *(f"{n:,}" for n in a[1:])) for a in scored.accounts)]
    kinds = [("", "dirty rows", "right"), *((f"{k.source}, {k.kind}", f"{k.rows:,}", f"{k.right:,}") for k in scored.kinds)]
    figures = [("", "measured", "aim", ""), *map(_shown, scored.figures())]
    return "\n\n".join("\n".join(_columns(table)) for table in (rows, kinds, figures))


def _shown(figure: Figure) -> tuple[str, ...]:
    aim = f"{'≥' if figure.bound == 'least' else '≤'} {figure.aim:.2%}"
    return figure.name, f"{figure.value:.4%}", aim, figure.note + ("" if figure.reached else "  MISSED")


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    listed = list(rows)
    widths = [max(len(row[n]) for row in listed) for n in range(len(listed[0]))]
    aligned = ([cell.ljust(w) if n in (0, 3) else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))] for row in listed)
    return ["  ".join(row).rstrip() for row in aligned]
