"""Answers from a file, from a command and from a function."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from eval.suite import Case
from eval.systems import AnswersFile, Command, OwnAsk, questions
from semantic_layer.errors import UsageError
from tests.eval.conftest import MakeCase, WriteSuite

ECHO = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"id": question["id"], "status": "refused", "told": question}, ensure_ascii=False))
"""


@pytest.fixture
def cases(make_case: MakeCase) -> list[Case]:
    """Two cases, the second within a conversation."""
    return [make_case(id="a", question="销售额?", note="secret"), make_case(id="b", conversation="c1", turn=1)]


def script(tmp_path: Path, code: str) -> list[str]:
    path = tmp_path / "answer.py"
    path.write_text(code, encoding="utf-8")
    return [sys.executable, "-X", "utf8", str(path)]


def test_questions_hold_no_gold(cases: list[Case]) -> None:
    assert questions(cases) == [
        {"id": "a", "question": "销售额?"},
        {"id": "b", "question": "Sales in May?", "conversation": "c1"},
    ]


class TestAnswersFile:
    def test_gives_the_answers_of_the_cases(self, cases: list[Case], write_lines: WriteSuite) -> None:
        path = write_lines({"id": "b", "status": "error"}, {"id": "other"}, {"id": "a", "status": "refused"})
        assert [(x["id"], x["status"]) for x in AnswersFile(path).answers(cases)] == [("b", "error"), ("a", "refused")]

    def test_an_id_may_be_a_number(self, make_case: MakeCase, write_lines: WriteSuite) -> None:
        (answer,) = AnswersFile(write_lines({"id": 7})).answers([make_case(id="7")])
        assert answer["id"] == "7"

    @pytest.mark.parametrize("line", ["{", "3", {"status": "error"}, {"id": "a"}])
    def test_a_bad_line_is_named(self, cases: list[Case], write_lines: WriteSuite, line: dict[str, Any] | str) -> None:
        path = write_lines({"id": "a"}, line)
        with pytest.raises(UsageError) as error:
            list(AnswersFile(path).answers(cases))
        assert f"{path}:2" in error.value.en

    def test_a_missing_file_is_an_error(self, cases: list[Case], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="absent"):
            list(AnswersFile(tmp_path / "absent").answers(cases))


class TestCommand:
    def test_is_told_the_questions_and_gives_its_answers(self, cases: list[Case], tmp_path: Path) -> None:
        found = list(Command(script(tmp_path, ECHO)).answers(cases))
        assert [answer["told"] for answer in found] == questions(cases)

    def test_may_be_written_as_one_line(self, cases: list[Case], tmp_path: Path) -> None:
        line = " ".join(f"'{word}'" for word in script(tmp_path, ECHO))
        assert [answer["id"] for answer in Command(line).answers(cases)] == ["a", "b"]

    def test_answers_before_a_failure_are_kept(self, cases: list[Case], tmp_path: Path) -> None:
        code = 'import sys\nprint(\'{"id": "a", "status": "refused"}\')\nsys.exit(1)'
        assert [answer["id"] for answer in Command(script(tmp_path, code)).answers(cases)] == ["a"]

    def test_a_failure_without_answers_tells_why(self, cases: list[Case], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"code 3.*no catalog"):
            list(
                Command(script(tmp_path, 'import sys; print("no catalog", file=sys.stderr); sys.exit(3)')).answers(
                    cases
                )
            )

    @pytest.mark.parametrize("command", ["", "/no/such/program"])
    def test_a_command_that_cannot_be_started(self, cases: list[Case], command: str) -> None:
        with pytest.raises(UsageError, match="cannot be started"):
            list(Command(command).answers(cases))

    def test_output_that_is_no_answer(self, cases: list[Case], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="output:1: not JSON"):
            list(Command(script(tmp_path, "print('loading ...')")).answers(cases))

    def test_a_command_that_takes_too_long(self, cases: list[Case], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"within 0\.2 seconds"):
            list(Command(script(tmp_path, "import time; time.sleep(30)"), seconds=0.2).answers(cases))


def test_own_ask_is_told_the_questions(cases: list[Case]) -> None:
    def ask_batch(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"id": question["id"], "status": "refused", "told": question} for question in told]

    assert [answer["told"] for answer in OwnAsk(ask_batch).answers(cases)] == questions(cases)
