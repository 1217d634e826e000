"""The report as a page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from eval.grade import Grade
from eval.html import SHOWN_ROWS, html, write_html
from eval.paraphrases import robustness
from eval.suite import Case
from eval.summary import Outcome, Summary
from eval.table import Table
from semantic_layer.errors import UsageError
from tests.eval.conftest import answered, case_line

GOLD = Table(["store", "sales"], [(f"s{n}", n + 0.5) for n in range(SHOWN_ROWS + 2)])


class Page(HTMLParser):
    """The tags of a page, the addresses it names, and its text without the style sheet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def outcome(id: str, verdict: Any, answer: dict[str, Any] | None, *, gold: Table | None = GOLD, **fields: Any) -> Outcome:
    case = Case.model_validate(case_line(id=id, **{"question": f"question of {id}?", **fields}))
    met = ("right",) if case.expect == "answer" else ("asked", "refused")
    return Outcome(case, Grade(verdict, verdict in met, "other rows" if verdict == "wrong" else ""), answer, gold)


def summary(*outcomes: Outcome, is_test: bool = False) -> Summary:
    return Summary("r1", "2018-01-01T00:00:00", "dev.jsonl", "abc", is_test, outcomes)


WRONG = answered(["sales"], [[9.5]], text="Sales were <b>9.5</b>.", confidence=0.9, timings_ms={"total": 40}, query={"metrics": ["sales"]})
ASKED = {"status": "clarify", "text": "Which one?", "choices": [{"id": "1", "text": "by store"}]}
MIXED = (
    outcome("a1", "right", {"confidence": 0.9, "timings_ms": {"total": 20}}),
    outcome("a2", "wrong", WRONG, question="<script>alert(1)</script> & more"),
    outcome("a3", "asked", ASKED, lang="zh", **{"class": "trend"}),
    outcome("a4", "error", None),
    outcome("r1", "wrong", WRONG, expect="refuse"),
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_needs_nothing_else(lang: str) -> None:
    page = Page(html(summary(*MIXED), lang))
    assert page.open == [] and page.addresses == [] and "script" not in page.tags


def test_what_people_wrote_is_text_not_markup() -> None:
    text = html(summary(*MIXED), "en")
    assert "<script>" not in text and "<b>9.5</b>" not in text
    assert "<script>alert(1)</script> & more" in Page(text).text


def test_it_gives_rates_with_intervals_classes_languages_latency_and_reliability() -> None:
    text = Page(html(summary(*MIXED), "en")).text
    assert "25.0%" in text and "1/4" in text and "95% interval 4.6%–69.9%" in text
    assert "trend" in text and "Chinese" in text and "40 ms" in text
    assert "Expected calibration error 0.567" in text and "0.9–1.0" in text


def test_a_failure_is_shown_with_what_was_expected_and_what_came() -> None:
    text = Page(html(summary(*MIXED), "en")).text
    assert "question of a1?" not in text and "question of a3?" in text
    assert "s0" in text and "2 more rows" in text and f"s{SHOWN_ROWS}" not in text
    assert "Sales were <b>9.5</b>." in text and "other rows" in text and "by store" in text and "No answer came." in text
    assert "To be refused" in text


def test_only_the_columns_that_have_to_show_are_expected() -> None:
    text = Page(html(summary(outcome("a", "asked", ASKED, must=["sales"])), "en")).text
    assert "0.5" in text and "s0" not in text


@pytest.mark.parametrize(("lang", "said"), [("zh", "这是测试题库"), ("en", "This is a test suite")])
def test_of_a_test_suite_counts_only(lang: str, said: str) -> None:
    text = Page(html(summary(*MIXED, is_test=True), lang)).text
    assert said in text and "25.0%" in text
    assert "question of" not in text and "alert" not in text and "9.5" not in text


def test_a_test_suite_that_is_looked_at_is_retired() -> None:
    text = Page(html(summary(*MIXED, is_test=True), "en", show_failures=True)).text
    assert "question of a3?" in text and "retired into dev" in text


def test_wordings_have_a_table_of_their_own() -> None:
    graded = summary(*MIXED[:3])
    assert "intents right in every wording" in Page(html(graded, "en", robustness(graded))).text
    assert "intents right" not in Page(html(graded, "en")).text


def test_a_run_where_all_is_well_says_so() -> None:
    text = Page(html(summary(MIXED[0]), "en")).text
    assert "All as expected." in text and "no cases" in text


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    write_html(summary(*MIXED), tmp_path / "page.html", "zh")
    assert "问数评测报告" in (tmp_path / "page.html").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="absent"):
        write_html(summary(*MIXED), tmp_path / "absent" / "page.html", "en")
