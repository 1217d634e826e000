"""One evaluation from end to end: suite, gold, answers, grades, summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.gold import RunQuery, RunSql, gold_tables
from eval.grade import grade
from eval.runs import save_run
from eval.suite import Case, is_test_suite, load_suite, suite_hash
from eval.summary import Outcome, Summary
from eval.systems import Answer, System
from eval.table import Table


def evaluate(
    suite_path: str | Path,
    system: System,
    run_sql: RunSql,
    run_query: RunQuery,
    *,
    results: str | Path | None = None,
    now: dt.datetime | None = None,
) -> Summary:
    """Grades a system on a suite; the run is kept in the folder `results` if one is given.

    The gold comes first, so that a suite that cannot be graded costs no answers.
    """
    cases = load_suite(suite_path)
    gold = gold_tables(cases, run_sql, run_query)
    summary = _summary(Path(suite_path), graded(cases, system, gold), now or dt.datetime.now(dt.UTC))
    if results is not None:
        save_run(summary, results)
    return summary


def graded(cases: Sequence[Case], system: System, gold: Mapping[str, Table]) -> tuple[Outcome, ...]:
    """Asks the cases and grades each answer by its gold table."""
    answers = {str(answer["id"]): answer for answer in system.answers(cases)}
    return tuple(_outcome(case, answers.get(case.id), gold.get(case.id)) for case in cases)


def _outcome(case: Case, answer: Answer | None, gold: Table | None) -> Outcome:
    return Outcome(case, grade(case, answer, gold), answer, gold)


def _summary(path: Path, outcomes: tuple[Outcome, ...], now: dt.datetime) -> Summary:
    fingerprint = suite_hash(path)
    return Summary(
        run=f"{path.stem}-{now:%Y%m%dT%H%M%S%f}",
        at=now.isoformat(timespec="seconds"),
        suite=path.name,
        suite_hash=fingerprint,
        is_test=is_test_suite(path),
        outcomes=outcomes,
    )
