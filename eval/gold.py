"""The gold tables of a suite, and whether its two kinds of gold say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from eval.grade import tables_differ
from eval.suite import Case
from eval.table import Table
from semantic_layer.errors import UsageError, WenshuError
from semantic_layer.query import SemanticQuery

RunSql = Callable[[str], Table]
RunQuery = Callable[[SemanticQuery], Table]


@dataclass(frozen=True)
class Disagreement:
    """A case whose semantic query does not give what its hand-written SQL gives."""

    id: str
    reason: str


def gold_tables(cases: Iterable[Case], run_sql: RunSql, run_query: RunQuery) -> dict[str, Table]:
    """The gold table of each case that expects an answer in rows: by its SQL where it has one, else by its query."""
    return {case.id: _gold_table(case, run_sql, run_query) for case in cases if case.expect == "answer" and not case.analysis}


def disagreements(cases: Iterable[Case], run_sql: RunSql, run_query: RunQuery) -> list[Disagreement]:
    """The cases with both kinds of gold where the two differ, or where one of them fails."""
    return list(_disagreements(cases, run_sql, run_query))


def _disagreements(cases: Iterable[Case], run_sql: RunSql, run_query: RunQuery) -> Iterator[Disagreement]:
    for case in cases:
        if case.gold_sql and case.gold_query is not None:
            try:
                reason = tables_differ(case, run_sql(case.gold_sql), run_query(case.gold_query))
            except WenshuError as error:
                reason = str(error)
            if reason:
                yield Disagreement(case.id, reason)


def _gold_table(case: Case, run_sql: RunSql, run_query: RunQuery) -> Table:
    try:
        if case.gold_sql:
            table = run_sql(case.gold_sql)
        else:
            assert case.gold_query is not None  # a case that expects an answer has one of the two
            table = run_query(case.gold_query)
        table.only(case.must)
    except WenshuError as error:
        raise _gold_error(case, error.en, error.zh) from error
    if not table.is_finite():
        raise _gold_error(case, "a cell is not a finite number", "有单元格不是有限数值")
    return table


def _gold_error(case: Case, en: str, zh: str) -> UsageError:
    return UsageError(f"The gold of case {case.id} is not usable: {en}", f"问题 {case.id} 的标准结果不可用：{zh}")
