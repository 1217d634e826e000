"""The figures of one bench as a table for people and as JSON for later."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval.bench.asking import AskTimes
from eval.bench.compiling import Timing
from eval.bench.peer import PeerReport, PeerTiming
from eval.bench.reading import LargeIndex

AIMS = {"compile_median_ms": 2.0, "compile_worst_ms": 5.0, "ratio_median": 1.03, "ratio_worst": 1.2, "beyond_median_ms": 2.0}


@dataclass
class Report:
    """What one bench measured. None stands for what was not measured, `notes` say why."""

    calibration_ms: float
    floor_ms: float
    timings: list[Timing]
    ask: AskTimes | None = None
    commands: dict[str, list[float]] = field(default_factory=dict)
    peer: PeerReport | None = None
    peak_mb: float = 0.0
    notes: list[str] = field(default_factory=list)
    large: LargeIndex | None = None

    def summary(self) -> dict[str, float]:
        """Median and worst of compile time and of the run-time ratio, and how many answers are right."""
        compiles, ratios = [t.compile_ms for t in self.timings], [t.ratio for t in self.timings]
        return {
            "compile_median_ms": statistics.median(compiles),
            "compile_worst_ms": max(compiles),
            "ratio_median": statistics.median(ratios),
            "ratio_worst": max(ratios),
            "beyond_median_ms": statistics.median(t.beyond_ms for t in self.timings),
            "right": sum(not t.difference for t in self.timings),
        }

    def text(self) -> str:
        """The whole report, a figure a line."""
        lines = [f"calibration loop {self.calibration_ms:.1f} ms CPU; an empty query {self.floor_ms:.2f} ms; peak memory {self.peak_mb:.0f} MB", ""]
        lines += [*self._table(), "", *self._totals()]
        if self.ask:
            lines.append(f"question to answer, warm: median {self.ask.median:.0f} ms, p95 {self.ask.p95:.0f} ms over {len(self.ask.ms)} questions")
        lines += self.large.lines() if self.large else ()
        lines += [
            f"start to end of `{name}`: median {statistics.median(ms):.0f} ms, best {min(ms):.0f} ms" for name, ms in self.commands.items()
        ]
        return "\n".join([*lines, *self._problems(), *self.notes])

    def _table(self) -> list[str]:
        peers = {t.name: t for t in self.peer.timings} if self.peer else {}
        head = ["query", "rows", "compile ms", "gate ms", "hand ms", "ours ms", "ratio", "plain ms", "safe ms"]
        head += ["", f"{self.peer.name} rows", "compile ms", "ratio"] if self.peer else []
        body = [
            [t.name, _mark(t.difference), *_fixed(t.compile_ms, t.guard_ms), *_fixed(t.hand_ms, t.ours_ms, digits=1), *_fixed(t.ratio)]
            + _fixed(t.plain_ms, t.safe_ms, digits=1)
            + (["", *_peer_cells(peers.get(t.name))] if self.peer else [])
            for t in self.timings
        ]
        return _columns([head, *body])

    def _totals(self) -> list[str]:
        s = self.summary()
        lines = [
            f"right rows {s['right']:.0f} of {len(self.timings)}",
            f"compile: median {s['compile_median_ms']:.2f} ms (aim {AIMS['compile_median_ms']:g}), "
            f"worst {s['compile_worst_ms']:.2f} ms (aim {AIMS['compile_worst_ms']:g})",
            f"run time against hand-written SQL: median {s['ratio_median']:.2f} (aim {AIMS['ratio_median']:g}), "
            f"worst {s['ratio_worst']:.2f} (aim {AIMS['ratio_worst']:g})",
            f"gate and hardened engine, to rows, beyond 1.03 times a plain connection: median {s['beyond_median_ms']:.2f} ms "
            f"(aim {AIMS['beyond_median_ms']:g})",
        ]
        return lines + (self._peer_totals(self.peer) if self.peer else [])

    def _peer_totals(self, peer: PeerReport) -> list[str]:
        names = {t.name for t in peer.timings}
        ours = [t for t in self.timings if t.name in names]
        rows = [
            ("ours", sum(not t.difference for t in ours), [t.compile_ms for t in ours], [t.ratio for t in ours]),
            (
                f"{peer.name} {peer.version}",
                peer.right,
                [t.compile_ms for t in peer.timings if t.compile_ms is not None],
                [t.ratio for t in peer.timings if t.ratio is not None],
            ),
        ]
        return [
            f"the {len(names)} probes, {name}: right {right}, compile median {statistics.median(c):.2f} worst {max(c):.2f} ms, "
            f"ratio median {statistics.median(r):.2f} worst {max(r):.2f}"
            for name, right, c, r in rows
            if c and r
        ]

    def _problems(self) -> list[str]:
        lines = [f"{t.name}: {t.difference}" for t in self.timings if t.difference]
        for t in self.peer.timings if self.peer else []:
            lines += [f"{self.peer.name} {t.name}: {said}" for said in (t.problem, t.note) if said and self.peer]
        return lines

    def save(self, folder: Path) -> Path:
        """Writes the figures as `bench-<time>.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"bench-{time.strftime('%Y%m%d-%H%M%S')}.json"
        path.write_text(json.dumps(self._as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path

    def _as_json(self) -> dict[str, Any]:
        return {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "aims": AIMS,
            "summary": self.summary(),
            **asdict(self),
            "timings": [{**asdict(t), "ratio": t.ratio} for t in self.timings],
        }


def _mark(problem: str) -> str:
    return "WRONG" if problem else "right"


def _fixed(*values: float | None, digits: int = 2) -> list[str]:
    return ["-" if v is None else f"{v:.{digits}f}" for v in values]


def _peer_cells(timing: PeerTiming | None) -> list[str]:
    return [_mark(timing.problem), *_fixed(timing.compile_ms, timing.ratio)] if timing else ["", "", ""]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned text: the first two columns to the left, figures to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(w) if n < 2 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]
