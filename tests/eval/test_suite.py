"""Loading a suite, and the errors of bad lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.suite import is_test_suite, load_suite, suite_hash
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from tests.eval.conftest import WriteSuite, case_line


def test_a_case_has_all_its_parts(write_lines: WriteSuite) -> None:
    path = write_lines(
        case_line(
            id="q7", question="五月销售额", lang="zh", gold_query={"metrics": ["sales"]}, gold_sql="SELECT 1 AS sales",
            ordered=True, must=["sales"], conversation="c1", turn=2, note="n", **{"class": "time"},
        )
    )  # fmt: skip
    (case,) = load_suite(path)
    assert (case.id, case.question, case.lang, case.class_, case.expect) == ("q7", "五月销售额", "zh", "time", "answer")
    assert case.gold_query == SemanticQuery.model_validate({"metrics": ["sales"]})
    assert (case.gold_sql, case.ordered, case.must) == ("SELECT 1 AS sales", True, ("sales",))
    assert (case.conversation, case.turn, case.note) == ("c1", 2, "n")


def test_cases_keep_the_order_of_the_file_and_empty_lines_are_passed_over(write_lines: WriteSuite) -> None:
    path = write_lines(case_line(id="b"), "", case_line(id="a", expect="refuse"))
    assert [case.id for case in load_suite(path)] == ["b", "a"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "not JSON"),
        ("[1]", "object"),
        (case_line(expect="maybe"), "expect"),
        (case_line(lang="fr"), "lang"),
        (case_line(gold_sql=None), "gold_query or gold_sql"),
        (case_line(expect="refuse", gold_sql="SELECT 1"), "takes no gold"),
        (case_line(gold_query={"metrics": ["sales"], "limit": 0}), "gold_query.limit"),
        (case_line(colour="red"), "colour"),
        (case_line(question=""), "question"),
        (case_line(id="first"), "taken"),
        (case_line(conversation="c1"), "go together"),
        (case_line(turn=1), "go together"),
        (case_line(conversation="c1", turn=0), "turn"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(write_lines: WriteSuite, line: dict[str, Any] | str, said: str) -> None:
    path = write_lines(case_line(id="first"), line)
    with pytest.raises(UsageError) as error:
        load_suite(path)
    assert f"{path}:2" in error.value.en and said in error.value.en
    assert f"{path}:2" in error.value.zh


def test_turns_stand_in_order_within_their_conversation(write_lines: WriteSuite) -> None:
    turns = [("c1", 1), ("c2", 1), ("c1", 2), ("c2", 3)]
    lines = [case_line(id=f"q{n}", conversation=talk, turn=turn) for n, (talk, turn) in enumerate(turns)]
    assert [(case.conversation, case.turn) for case in load_suite(write_lines(*lines))] == turns
    with pytest.raises(UsageError, match=r":5: turn 2 of conversation c2 follows turn 3"):
        load_suite(write_lines(*lines, case_line(id="q4", conversation="c2", turn=2)))


def test_a_missing_or_empty_file_is_an_error(tmp_path: Path, write_lines: WriteSuite) -> None:
    with pytest.raises(UsageError, match="absent"):
        load_suite(tmp_path / "absent.jsonl")
    with pytest.raises(UsageError, match="no questions"):
        load_suite(write_lines(""))


def test_the_hash_tells_contents_apart(write_lines: WriteSuite) -> None:
    one = suite_hash(write_lines(case_line(), name="one.jsonl"))
    assert one == suite_hash(write_lines(case_line(), name="two.jsonl"))
    assert one != suite_hash(write_lines(case_line(id="q2"), name="three.jsonl"))


def test_a_test_suite_is_known_by_its_name() -> None:
    assert is_test_suite("suites/shop-test-zh.jsonl")
    assert not is_test_suite("tests/shop-dev.jsonl")
