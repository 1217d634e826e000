"""The evaluator of time expressions: what it counts as right, silently wrong, asked and missed, and its gate."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.times import Expression, Times, load, main, missed_gates, report
from semantic_layer.errors import UsageError
from semantic_layer.shops import Shop
from tests.conftest import unless_full

SUITES = Path(__file__).parents[2] / "eval" / "suites"
MAY = {"start": "2017-05-01", "end": "2017-06-01"}
NONE = {"start": None, "end": None}


@pytest.fixture(scope="module")
def times(shop: Shop) -> Iterator[Times]:
    with contextlib.closing(Times()) as opened:
        yield opened


def expression(text: str, **fields: Any) -> Expression:
    return Expression.model_validate({"id": text, "lang": "en", "text": text, "expr": text, "expect": "answer", **fields})


@pytest.mark.parametrize(
    ("gold", "verdict"),
    [
        (expression("sales in May", **MAY), "right"),
        (expression("sales in May", start="2017-05-01", end="2017-05-31"), "wrong"),
        (expression("sales in May", start="2017-05-01", end="2017-05-31", also=[MAY]), "right"),
        (expression("sales in May", **MAY, expect="refuse"), "wrong"),
        (expression("sales in May", **MAY, grain="month"), "wrong"),
        (expression("sales by week in May", **MAY, grain="week"), "right"),
        (expression("sales by week in May", **MAY), "wrong"),
        (expression("units in May", **MAY), "wrong"),
        (expression("weekend sales in May", **MAY, weekday=[6, 7]), "right"),
        (expression("weekend sales in May", **MAY), "wrong"),
        (expression("sales of fuel in May", **MAY), "wrong"),
        (expression("sales last Friday", start="2017-11-17", end="2017-11-18"), "right"),
        (expression("May vs April sales", **MAY, compare={"start": "2017-04-01", "end": "2017-05-01"}), "right"),
        (expression("April vs May sales", **MAY, compare={"start": "2017-04-01", "end": "2017-05-01"}), "right"),
        (expression("May vs April sales", **MAY), "wrong"),
        (expression("sales until June", start="2017-01-01", end="2017-07-01"), "right"),
        (expression("sales since June", start="2017-06-01", end="2017-11-22"), "right"),
        (expression("sales next month", start="2017-12-01", end="2018-01-01", expect="refuse"), "right"),
        (expression("sales on June 31", **NONE, expect="clarify"), "right"),
        (expression("sales recently", **MAY), "asked"),
        (expression("sales in zyxwember", **MAY), "missed"),
        (expression("sales in zyxwember", **NONE, expect="clarify"), "missed"),
        (expression("Q3 sales against last year", start="2017-07-01", end="2017-10-01", compare={"start": "2016-07-01", "end": "2016-10-01"}, also_expect="refuse"), "right"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.text,
)  # fmt: skip
def test_verdicts(times: Times, gold: Expression, verdict: str) -> None:
    assert times.grade(gold).verdict == verdict


def test_the_report_counts_by_language_and_names_no_question_unasked(times: Times) -> None:
    graded = [times.grade(expression("sales in May", **MAY)), times.grade(expression("sales recently", lang="en", **MAY))]
    counted = report(graded, show=False)
    assert "right 1/2" in counted and "recently" not in counted
    assert "asked: sales recently" in report(graded, show=True)


def test_the_gate(times: Times) -> None:
    graded = [times.grade(expression("sales in May", **MAY)), times.grade(expression("sales in May", **MAY, expect="refuse"))]
    assert not missed_gates(graded, "right=.5,wrong=.5")
    assert len(missed_gates(graded, "right=.6,wrong=0")) == 2
    with pytest.raises(UsageError):
        missed_gates(graded, "right=most")


GATES = {"time-dev": "right=.98,wrong=0", "time-dev2": "right=.98,wrong=0", "time-dev3": "right=.92,wrong=0", "time-test": "right=.94,wrong=.03"}


@pytest.mark.parametrize("name", ["time-test", *unless_full("time-dev", "time-dev2", "time-dev3")])
def test_the_grammar_keeps_its_level(times: Times, name: str) -> None:
    assert not missed_gates([times.grade(each) for each in load(SUITES / f"{name}.jsonl")], GATES[name])


def test_a_bad_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"id": "a", "lang": "fr", "text": "", "expr": "", **MAY, "expect": "answer"}) + "\n", encoding="utf-8")
    assert main([str(path)]) == 2
    assert "bad.jsonl:1" in capsys.readouterr().err
