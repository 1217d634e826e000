"""The share of questions without any name of the catalog."""

from __future__ import annotations

import pytest

from eval.labels import main, without_names
from tests.eval.conftest import MakeCase, WriteSuite, case_line


@pytest.mark.parametrize(
    ("question", "names", "free"),
    [
        ("How much did we take in May?", ["sales", "baskets"], True),
        ("Sales in May?", ["sales"], False),
        ("how many stores", ["Store"], False),
        ("restored items", ["store"], True),
        ("看下sales", ["sales"], False),
        ("五月卖了多少", ["销售额"], True),
        ("五月销售额多少", ["销售额"], False),
        ("ＤＲＵＧ  GM 卖得如何", ["drug gm"], False),
        ("anything", ["", "  "], True),
    ],
)
def test_a_question_is_free_of_names(make_case: MakeCase, question: str, names: list[str], free: bool) -> None:
    assert without_names([make_case(question=question)], names).hits == int(free)


def test_prints_the_share_and_no_question(write_lines: WriteSuite, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_lines(case_line(id="a"), case_line(id="b", question="frobs?"))
    assert main([str(path), "--shop", "completejourney"]) == 0
    said = capsys.readouterr().out
    assert "1/2 = 50.0%" in said and "frobs" not in said
