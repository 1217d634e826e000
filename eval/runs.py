"""Runs kept as JSON files, and what changed between two of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.stats import Rate
from eval.summary import Outcome, Summary
from semantic_layer.errors import UsageError


@dataclass(frozen=True)
class Change:
    """A case whose verdict is another one in the second run; None where a run does not have the case."""

    id: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Run:
    """A run as it was kept: which suite, when, and the verdict on each case."""

    run: str
    at: str
    suite: str
    suite_hash: str
    is_test: bool
    verdicts: dict[str, str]


def save_run(summary: Summary, folder: str | Path) -> Path:
    """Writes the run into the folder, as a file named after it; no question is kept, only ids and verdicts."""
    path = Path(folder) / f"{summary.run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_as_json(summary), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def load_run(path: str | Path) -> Run:
    """A run that `save_run` wrote."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        verdicts = {case["id"]: case["verdict"] for case in data["cases"]}
        return Run(data["run"], data["at"], data["suite"], data["suite_hash"], data["is_test"], verdicts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is no kept run ({error}); give a file that an earlier evaluation has written.",
            f"{path} 不是评测结果文件（{error}）；请给出之前评测写出的文件。",
        ) from error


def as_run(summary: Summary) -> Run:
    """A fresh run in the form of a kept one."""
    verdicts: dict[str, str] = {outcome.case.id: outcome.grade.verdict for outcome in summary.outcomes}
    return Run(summary.run, summary.at, summary.suite, summary.suite_hash, summary.is_test, verdicts)


def compare(before: Run, after: Run) -> list[Change]:
    """Every case whose verdict changed, and every case that only one of the runs has."""
    ids = dict.fromkeys((*before.verdicts, *after.verdicts))
    changes = (Change(id, before.verdicts.get(id), after.verdicts.get(id)) for id in ids)
    return [change for change in changes if change.before != change.after]


def changes_text(changes: Sequence[Change], *, is_test: bool, show_failures: bool | None = None) -> str:
    """The changes as text, one a line; of a test suite the counts only, unless `show_failures`."""
    if not changes:
        return "No verdict changed."
    shown = not is_test if show_failures is None else show_failures
    if shown:
        return "\n".join(f"{change.id}: {_kind(change)}" for change in changes)
    kinds = [_kind(change) for change in changes]
    return "\n".join(f"{kinds.count(kind)} × {kind}" for kind in sorted(set(kinds)))


def _kind(change: Change) -> str:
    return f"{change.before or 'absent'} -> {change.after or 'absent'}"


def _as_json(summary: Summary) -> dict[str, Any]:
    return {
        "run": summary.run,
        "at": summary.at,
        "suite": summary.suite,
        "suite_hash": summary.suite_hash,
        "is_test": summary.is_test,
        "counts": dict(summary.overall.counts),
        "rates": _rates(summary),
        "latency_ms": {"p50": summary.latency(0.5), "p95": summary.latency(0.95)},
        "calibration": _calibration(summary),
        "cases": [_case_json(outcome) for outcome in summary.outcomes],
    }


def _rates(summary: Summary) -> dict[str, Any]:
    total = summary.overall
    named = {"right": total.right, "wrong": total.wrong, "refused": total.refused, "error": total.error}
    if summary.conversations.total:
        named["conversations"] = summary.conversations
    return {name: _rate(rate) for name, rate in named.items()}


def _rate(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "total": rate.total, "value": rate.value, "interval": rate.interval}


def _calibration(summary: Summary) -> dict[str, Any]:
    found = summary.calibration
    bins = [{"low": b.low, "high": b.high, "confidence": b.confidence, "right": _rate(b.right)} for b in found.bins]
    return {"cases": found.cases, "error": found.error, "bins": bins}


def _case_json(outcome: Outcome) -> dict[str, Any]:
    case, grade = outcome.case, outcome.grade
    return {
        "id": case.id,
        "class": case.class_,
        "lang": case.lang,
        "expect": case.expect,
        "verdict": grade.verdict,
        "expected": grade.expected,
        "ms": outcome.ms,
        "confidence": outcome.confidence,
    }
