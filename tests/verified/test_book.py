"""The file of verified questions: what is wrong in it, what is written into it, and by how many at once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.verified import Book, Entry
from semantic_layer.errors import ShopError, UsageError
from semantic_layer.query import SemanticQuery
from tests.verified.conftest import SANTAS, Opened

SALES = SemanticQuery.model_validate({"metrics": ["sales"]})


def entry(name: str, *questions: str) -> Entry:
    return Entry(id=name, questions=questions or (f"question {name}",), query=SALES, on=dt.date(2026, 2, 1))


def test_a_broken_entry_is_left_out_and_named_with_its_line(opened: Opened) -> None:
    text = """verified:
  - id: good
    questions: [sales of the whole shop]
    query: {metrics: [sales]}
    on: 2026-02-01
  - id: bad
    questions: [sales of nothing]
    query: {metrik: [sales]}
    on: 2026-02-01
"""
    assistant = opened(text=text)
    assert assistant.ask("sales of the whole shop").verified == "good"
    page = assistant.verified.page()
    assert [e.id for e in page.entries] == ["good"]
    assert any(p.place.file == "verified.yaml" and p.place.line == 8 and "metrik" in p.message and "metrik" in p.zh for p in page.problems)


@pytest.mark.parametrize("text", ["verified: [", "- a\n", "verified: 3\n", "verified:\n  - 4\n", "\tx"])
def test_no_file_however_broken_keeps_anybody_from_an_answer(opened: Opened, text: str) -> None:
    assistant = opened(text=text)
    assert assistant.ask("sales").status == "answered"
    assert assistant.verified.page().problems


def test_an_entry_that_no_longer_fits_the_catalog_is_not_used(opened: Opened) -> None:
    assistant = opened({**SANTAS, "query": {"metrics": ["profit"]}})
    assert assistant.ask("How many santas did we have last month?").verified == ""


def test_comments_and_other_entries_stay_when_one_is_taken_out(tmp_path: Path) -> None:
    book = Book(tmp_path / "verified.yaml")
    for name in ("a", "b"):
        book.add(entry(name))
    book.path.write_text(book.path.read_text().replace("  - id: b", "  # ours\n  - id: b"))
    book.add(entry("c", "says: 'yes' # no comment", "“引号”？"))
    book.remove("a")
    assert "# ours" in book.path.read_text()
    assert [e.id for e in book.page().entries] == ["b", "c"]
    assert book.entry("c").questions == ("says: 'yes' # no comment", "“引号”？")
    book.remove("b")
    book.remove("c")
    assert book.page().entries == () and not book.page().problems
    book.add(entry("d"))
    assert [e.id for e in book.page().entries] == ["d"]


def test_one_question_is_verified_once(tmp_path: Path) -> None:
    book = Book(tmp_path / "verified.yaml")
    book.add(entry("a", "sales"))
    for other in (entry("a", "revenue"), entry("b", "sales")):
        with pytest.raises(UsageError):
            book.add(other)
    with pytest.raises(UsageError):
        book.remove("b")


def test_a_broken_file_is_not_written_to(tmp_path: Path) -> None:
    book = Book(tmp_path / "verified.yaml")
    book.path.write_text("verified: [", encoding="utf-8")
    with pytest.raises(ShopError):
        book.add(entry("a"))
    assert book.path.read_text() == "verified: ["


_WRITER = """
import sys, datetime as dt
from pathlib import Path
from assistant.verified import Book, Entry
book = Book(Path(sys.argv[1]))
for n in range(15):
    name = f"{sys.argv[2]}{n}"
    book.add(Entry(id=name, questions=(f"question {name}",), query={"metrics": ["sales"]}, on=dt.date(2026, 2, 1)))
"""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "verified.yaml"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in ("a", "b")]
    assert [w.wait(timeout=120) for w in writers] == [0, 0]
    page = Book(path).page()
    assert {e.id for e in page.entries} == {f"{name}{n}" for name in "ab" for n in range(15)} and not page.problems
    assert [p.name for p in tmp_path.iterdir()] == ["verified.yaml"]
