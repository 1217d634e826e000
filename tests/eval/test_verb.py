"""`wenshu eval` over the packaged shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.channels.batch import Conversations
from eval.verb import Request, run_verb
from semantic_layer.errors import UsageError
from semantic_layer.shops import Shop
from tests.eval.conftest import WriteSuite, case_line

MAY = {"metrics": ["sales"], "time": {"start": "2017-05-01", "end": "2017-06-01"}}


@pytest.fixture
def suite(shop: Shop, write_lines: WriteSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two wordings of one intent; runs are kept in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return write_lines(*(case_line(id=id, question=q, gold_query=MAY) for id, q in (("a", "total sales in May"), ("b", "sales in May 2017"))))


def run(suite: Path, **options: Any) -> tuple[int, str]:
    said: list[str] = []
    code = run_verb(Request(suite, "completejourney", **options), said.append)
    return code, "\n".join(said)


def test_grades_wordings_and_writes_the_page(suite: Path, tmp_path: Path) -> None:
    code, said = run(suite, paraphrases=True, html=tmp_path / "page.html", lang="zh", gate="right=1")
    assert code == 0
    assert "right, of answerable                 2/2" in said and "wordings with the intent's query     2/2" in said
    assert "换种说法是否仍然读对" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_missed_gate_is_told_by_the_exit_code(suite: Path) -> None:
    assert run(suite, gate="refused=1")[0] == 1


def test_asks_clean_and_mistyped(suite: Path) -> None:
    code, said = run(suite, typos=3)
    assert code == 0
    assert "2 questions, one typing error each, seed 3" in said and "right, clean                         2/2" in said


@pytest.mark.parametrize("option", [{"gate": "right=1"}, {"paraphrases": True}, {"html": Path("page.html")}, {"answers": Path("a.jsonl")}])
def test_typing_errors_take_no_other_report(suite: Path, option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--typos"):
        run(suite, typos=3, **option)


def test_conversations_of_a_file_are_new_ones_each_time() -> None:
    first, second = Conversations(), Conversations()
    one = first.of({"conversation": "c1"})
    assert one and one == first.of({"conversation": "c1"})
    assert len({one, first.of({"conversation": "c2"}), second.of({"conversation": "c1"})}) == 3
    assert first.of({"id": "q1"}) is None
