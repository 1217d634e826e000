"""An evaluation from suite to summary."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from eval.run import evaluate
from eval.runs import as_run, load_run
from eval.systems import OwnAsk
from eval.table import Table
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from tests.eval.conftest import WriteSuite, answered, case_line

NOW = dt.datetime(2018, 1, 1, 12, tzinfo=dt.UTC)


def run_sql(sql: str) -> Table:
    return Table(["sales"], [(float(sql),)])


def run_query(query: SemanticQuery) -> Table:
    raise AssertionError("no case here has a query only")


def ask_batch(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers = {
        "right": answered(["sales"], [[1.5]], timings_ms={"total": 40}),
        "wrong": answered(["sales"], [[9.5]]),
        "refuse": {"status": "refused"},
    }
    return [{"id": q["id"], **answers[q["id"]]} for q in questions if q["id"] in answers]


@pytest.fixture
def suite(write_lines: WriteSuite) -> Path:
    """A suite of which one case gets no answer."""
    return write_lines(
        *(case_line(id=id, gold_sql="1.5") for id in ("right", "wrong", "unanswered")),
        case_line(id="refuse", expect="refuse"),
    )


def test_every_case_gets_a_verdict(suite: Path) -> None:
    graded = evaluate(suite, OwnAsk(ask_batch), run_sql, run_query, now=NOW)
    assert as_run(graded).verdicts == {"right": "right", "wrong": "wrong", "unanswered": "error", "refuse": "refused"}
    assert graded.latency(0.5) == 40
    assert (graded.suite, graded.is_test, graded.at) == ("dev.jsonl", False, "2018-01-01T12:00:00+00:00")


def test_the_run_is_kept_where_asked(suite: Path, tmp_path: Path) -> None:
    graded = evaluate(suite, OwnAsk(ask_batch), run_sql, run_query, results=tmp_path / "runs", now=NOW)
    assert load_run(tmp_path / "runs" / f"{graded.run}.json") == as_run(graded)


def test_bad_gold_costs_no_answers(write_lines: WriteSuite) -> None:
    def never(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        raise AssertionError("asked")

    with pytest.raises(UsageError, match="q1"):
        evaluate(write_lines(case_line(gold_sql="nan")), OwnAsk(never), run_sql, run_query)
