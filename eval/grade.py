"""The verdict on one answer: by its result, not by its words or its query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eval.match import difference
from eval.pivot import same_but_pivoted
from eval.suite import Case
from eval.table import Table, answer_table
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery

Verdict = Literal["right", "wrong", "asked", "refused", "error"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "asked", "refused", "error")
_NOT_ANSWERED: dict[object, Verdict] = {"clarify": "asked", "refused": "refused"}


@dataclass(frozen=True)
class Grade:
    """What became of a case. `wrong` is silently wrong: answered, and not with the gold rows.

    `expected` says whether it is what the case expects: for an answer only `right`, else `asked` or `refused`.
    """

    verdict: Verdict
    expected: bool
    reason: str = ""


def grade(case: Case, answer: Mapping[str, Any] | None, gold: Table | None = None) -> Grade:
    """The verdict on `answer` (None: there is none), held against the case's gold table."""
    verdict, reason = _judge(case, answer, gold)
    met = ("right",) if case.expect == "answer" else ("asked", "refused")
    return Grade(verdict, verdict in met, reason)


def tables_differ(case: Case, gold: Table, found: Table) -> str | None:
    """What keeps `found` from saying what `gold` says for this case, or None when nothing does."""
    if not found.is_finite():
        return "a cell is not a finite number"
    needed = gold.only(case.must or gold.columns)
    reason = difference(needed, found, ordered=case.ordered)
    if reason and not case.ordered and same_but_pivoted(needed, found):
        return None
    return reason


def _judge(case: Case, answer: Mapping[str, Any] | None, gold: Table | None) -> tuple[Verdict, str]:
    if answer is None:
        return "error", "no answer came"
    status = answer.get("status")
    if status in _NOT_ANSWERED:
        return _NOT_ANSWERED[status], ""
    if status != "answered":
        return "error", _error_message(answer)
    if case.expect != "answer":
        return "wrong", f"answered, where {case.expect} was expected"
    return _judge_analysis(case, answer) if case.analysis else _judge_table(case, answer, gold)


def _judge_analysis(case: Case, answer: Mapping[str, Any]) -> tuple[Verdict, str]:
    """Of the analysis asked for, over the gold query, and with rows of its own."""
    if answer.get("analysis") != case.analysis:
        return "wrong", f"answered by {answer.get('analysis') or 'rows alone'}, where {case.analysis} was expected"
    try:
        query = SemanticQuery.model_validate(answer.get("query"))
    except ValueError:
        return "wrong", "answered without a query"
    if query != case.gold_query:
        return "wrong", "the analysis is of another query"
    return ("right", "") if answer_table(answer) is not None else ("wrong", "answered without a well-formed table")


def _judge_table(case: Case, answer: Mapping[str, Any], gold: Table | None) -> tuple[Verdict, str]:
    if gold is None:
        raise UsageError(
            f"Case {case.id} has no gold table to be graded by; compute it first.",
            f"问题 {case.id} 没有可对照的标准结果；请先计算。",
        )
    found = answer_table(answer)
    if found is None:
        return "wrong", "answered without a well-formed table"
    reason = tables_differ(case, gold, found)
    return ("wrong", reason) if reason else ("right", "")


def _error_message(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    if isinstance(error, dict) and error.get("message"):
        return str(error["message"])
    return f"status {answer.get('status')!r}"
