"""The same questions clean and mistyped."""

from __future__ import annotations

from typing import Any

import pytest

from eval.stats import Rate
from eval.systems import OwnAsk
from eval.table import Table
from eval.typo_check import SAMPLE, TypoCheck, check_typos, typos_text
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from tests.eval.conftest import WriteSuite, answered, case_line

QUESTION = "Total sales of the stores"


def run_sql(sql: str) -> Table:
    return Table(["sales"], [(float(sql),)])


def run_query(query: SemanticQuery) -> Table:
    raise AssertionError("no case here has a query only")


def knows(*questions: str) -> OwnAsk:
    """Answers these questions and refuses every other spelling."""

    def ask(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"id": q["id"], **(answered(["sales"], [[1.5]]) if q["question"] in questions else {"status": "refused"})} for q in lines]

    return OwnAsk(ask)


def line(id: str, question: str = QUESTION, **fields: Any) -> dict[str, Any]:
    return case_line(id=id, question=question, **({} if fields else {"gold_sql": "1.5"}), **fields)


def check(write_lines: WriteSuite, *lines: dict[str, Any], seed: int = 1, name: str = "dev.jsonl") -> TypoCheck:
    return check_typos(write_lines(*lines, name=name), seed, knows(QUESTION), run_sql, run_query)


def test_each_question_is_asked_as_it_stands_and_with_an_error(write_lines: WriteSuite) -> None:
    found = check(write_lines, line("a"), line("b", "Revenue of all stores"))
    assert [(clean.case.id, mistyped.case.id) for clean, mistyped in found.pairs] == [("a", "a"), ("b", "b")]
    assert all(clean.case.question != mistyped.case.question for clean, mistyped in found.pairs)
    assert (found.clean("right"), found.mistyped("right"), found.difference) == (Rate(1, 2), Rate(0, 2), -0.5)
    assert dict(found.changes) == {("right", "refused"): 1}


def test_only_single_questions_with_an_answer_take_part(write_lines: WriteSuite) -> None:
    others = [line("r", expect="refuse"), line("t", conversation="c1", turn=1, gold_sql="1.5"), line("n", "Q3?")]
    assert len(check(write_lines, line("a"), *others).pairs) == 1
    with pytest.raises(UsageError, match="no question"):
        check(write_lines, *others)


def test_the_seed_chooses_questions_and_errors(write_lines: WriteSuite) -> None:
    lines = [line(str(n)) for n in range(SAMPLE + 20)]

    def asked(seed: int) -> list[tuple[str, str]]:
        return [(m.case.id, m.case.question) for _, m in check(write_lines, *lines, seed=seed).pairs]

    assert len(asked(1)) == SAMPLE and asked(1) == asked(1)
    assert {id for id, _ in asked(1)} != {id for id, _ in asked(2)}


def test_the_text_gives_both_rates_and_names_what_was_lost(write_lines: WriteSuite) -> None:
    found = check(write_lines, line("a"), line("b", "Revenue of all stores"))
    text = typos_text(found)
    assert "right, clean                         1/2" in text and "right, with an error                 0/2" in text
    assert "difference                           -50.0%" in text and "1 × right -> refused" in text
    assert found.pairs[0][1].case.question in text and "Revenue" not in text


def test_of_a_test_suite_no_question_is_shown(write_lines: WriteSuite) -> None:
    found = check(write_lines, line("a"), name="some-test.jsonl")
    assert found.pairs[0][1].case.question not in typos_text(found)
