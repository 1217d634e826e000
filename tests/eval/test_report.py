"""Rates, the text of a report, gates, kept runs and what changed between them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.grade import Grade, Verdict
from eval.report import gate, report_text
from eval.runs import Change, as_run, changes_text, compare, load_run, save_run
from eval.stats import Rate, paired_difference, percentile, wilson
from eval.suite import Case
from eval.summary import Outcome, Summary
from semantic_layer.errors import UsageError
from tests.eval.conftest import case_line


def outcome(id: str, verdict: Verdict, *, expect: str = "answer", lang: str = "en", ms: float | None = None, **fields: Any) -> Outcome:
    case = Case.model_validate(case_line(id=id, expect=expect, lang=lang, question=f"question of {id}?", **fields))
    expected = verdict == "right" if expect == "answer" else verdict in ("asked", "refused")
    return Outcome(case, Grade(verdict, expected, "other rows" if verdict == "wrong" else ""), {"timings_ms": {"total": ms, "read": 3}})


def summary(*outcomes: Outcome, is_test: bool = False, run: str = "r1") -> Summary:
    return Summary(run, "2018-01-01T00:00:00", "dev.jsonl", "abc", is_test, outcomes)


MIXED = (
    outcome("a1", "right", ms=10),
    outcome("a2", "right", lang="zh", ms=20),
    outcome("a3", "wrong", ms=30),
    outcome("a4", "asked"),
    outcome("r1", "refused", expect="refuse"),
    outcome("r2", "wrong", expect="refuse", lang="zh"),
    outcome("c1", "asked", expect="clarify"),
    outcome("c2", "error", expect="clarify"),
)


class TestTally:
    def test_rates_are_of_the_cases_they_speak_of(self) -> None:
        total = summary(*MIXED).overall
        assert (total.right.hits, total.right.total) == (2, 4)
        assert (total.wrong.hits, total.wrong.total) == (2, 8)
        assert (total.refused.hits, total.refused.total) == (2, 4)
        assert (total.error.hits, total.error.total) == (1, 8)
        assert total.counts == {"right": 2, "wrong": 2, "asked": 2, "refused": 1, "error": 1}

    def test_each_class_and_language_has_its_own(self) -> None:
        graded = summary(*MIXED)
        assert {lang: part.expected.total for lang, part in graded.by_lang.items()} == {"en": 6, "zh": 2}
        assert graded.by_class["total"].counts == graded.overall.counts

    def test_latency_is_of_the_answers_that_tell(self) -> None:
        graded = summary(*MIXED)
        assert (graded.latency(0.5), graded.latency(0.95)) == (20, 30)
        assert summary(outcome("x", "right")).latency(0.5) is None

    def test_a_conversation_is_right_when_every_turn_is(self) -> None:
        turns = [("c1", "right"), ("c1", "right"), ("c2", "right"), ("c2", "wrong"), ("c3", "asked")]
        outcomes = [outcome(f"t{n}", verdict, conversation=talk, turn=n + 1) for n, (talk, verdict) in enumerate(turns)]
        graded = summary(*outcomes, outcome("alone", "wrong"))
        assert graded.conversations == Rate(1, 3)
        assert "conversations right to the end       1/3" in report_text(graded)
        assert "conversations" not in report_text(summary(*MIXED))


class TestStats:
    def test_wilson_matches_the_textbook(self) -> None:
        assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
        assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
        assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)

    def test_a_rate_of_no_cases_is_none(self) -> None:
        assert Rate(0, 0).value is None and Rate(0, 0).interval is None and str(Rate(0, 0)) == "no cases"

    def test_percentiles_are_values_that_occurred(self) -> None:
        assert percentile([5, 1, 3, 2, 4], 0.5) == 3
        assert percentile(range(1, 101), 0.95) == 95
        assert percentile([], 0.5) is None

    def test_a_paired_difference_has_an_interval(self) -> None:
        assert paired_difference(1, 12, 100) == pytest.approx((-0.1766, -0.0390), abs=1e-4)
        assert paired_difference(0, 0, 10) == pytest.approx((-0.1633, 0.1633), abs=1e-4)


class TestText:
    def test_says_counts_and_rates(self) -> None:
        text = report_text(summary(*MIXED))
        assert "2/4 = 50.0%" in text and "2/8 = 25.0%" in text and "p50 20 ms, p95 30 ms" in text

    def test_says_how_far_confidence_can_be_trusted(self) -> None:
        sure = [replace(outcome(id, verdict), answer={"confidence": 0.9}) for id, verdict in (("a", "right"), ("b", "wrong"))]
        text = report_text(summary(*sure, replace(outcome("c", "refused"), answer={"confidence": 0.2})))
        assert "2 answered cases: expected calibration error 0.400" in text and "0.9 to 1.0" in text
        assert "calibration" not in report_text(summary(outcome("a", "right")))

    def test_a_dev_suite_names_what_went_wrong(self) -> None:
        text = report_text(summary(*MIXED))
        assert "question of a3?" in text and "other rows" in text and "question of c2?" in text
        assert "question of a1?" not in text

    def test_a_test_suite_shows_counts_only(self) -> None:
        text = report_text(summary(*MIXED, is_test=True))
        assert "2/4" in text
        assert "question" not in text and "a3" not in text and "retired" not in text

    def test_a_test_suite_that_is_looked_at_is_retired(self) -> None:
        text = report_text(summary(*MIXED, is_test=True), show_failures=True)
        assert "question of a3?" in text and "retired into dev" in text


class TestGate:
    def test_bounds_that_hold_are_not_named(self) -> None:
        assert gate(summary(*MIXED), "right=.5, wrong=.25,refused=0.5,error=.2") == []

    def test_each_bound_that_is_missed_is_named(self) -> None:
        missed = gate(summary(*MIXED), "right=.92,wrong=.02,refused=.90,error=0")
        assert [line.split()[0] for line in missed] == ["right", "wrong", "refused", "error"]

    def test_what_cannot_be_judged_is_missed(self) -> None:
        assert len(gate(summary(outcome("a", "right")), "refused=.9")) == 1

    @pytest.mark.parametrize(
        ("bounds", "said"), [("rihgt=.9", "right"), ("right=92", "0 to 1"), ("right", "''"), ("", "right")]
    )
    def test_a_gate_that_cannot_be_read(self, bounds: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            gate(summary(*MIXED), bounds)


class TestRuns:
    def test_a_kept_run_comes_back(self, tmp_path: Path) -> None:
        graded = summary(*MIXED)
        path = save_run(graded, tmp_path / "runs")
        assert load_run(path) == as_run(graded)

    def test_keeps_rates_and_verdicts_but_no_question(self, tmp_path: Path) -> None:
        text = save_run(summary(*MIXED), tmp_path).read_text(encoding="utf-8")
        kept = json.loads(text)
        assert kept["rates"]["right"]["value"] == 0.5 and kept["latency_ms"]["p95"] == 30
        assert kept["cases"][2]["verdict"] == "wrong"
        assert kept["calibration"] == {"cases": 0, "error": None, "bins": []}
        assert "question of" not in text

    def test_keeps_calibration_and_conversations(self, tmp_path: Path) -> None:
        sure = replace(outcome("a", "right", conversation="c1", turn=1), answer={"confidence": 0.75})
        kept = json.loads(save_run(summary(sure), tmp_path).read_text(encoding="utf-8"))
        assert kept["calibration"]["error"] == 0.25 and kept["calibration"]["bins"][0]["right"]["hits"] == 1
        assert kept["rates"]["conversations"]["total"] == 1 and kept["cases"][0]["confidence"] == 0.75

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"cases": [1]}'])
    def test_another_file_is_no_run(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "other.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=r"other\.json"):
            load_run(path)


class TestCompare:
    BEFORE = as_run(summary(outcome("a", "right"), outcome("b", "right"), outcome("gone", "wrong")))
    AFTER = as_run(summary(outcome("a", "right"), outcome("b", "wrong"), outcome("new", "asked")))

    def test_names_every_case_whose_verdict_changed(self) -> None:
        assert compare(self.BEFORE, self.AFTER) == [
            Change("b", "right", "wrong"),
            Change("gone", "wrong", None),
            Change("new", None, "asked"),
        ]

    def test_as_text(self) -> None:
        changes = compare(self.BEFORE, self.AFTER)
        assert "b: right -> wrong" in changes_text(changes, is_test=False)
        assert changes_text([], is_test=False) == "No verdict changed."

    def test_of_a_test_suite_only_counts_are_said(self) -> None:
        text = changes_text(compare(self.BEFORE, self.AFTER), is_test=True)
        assert "1 × right -> wrong" in text and "gone" not in text
