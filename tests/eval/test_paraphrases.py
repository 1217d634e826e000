"""How alike the wordings of an intent are understood."""

from __future__ import annotations

from typing import Any

import pytest

from eval.grade import Grade
from eval.paraphrases import robustness, robustness_text
from eval.stats import Rate
from eval.suite import Case
from eval.summary import Outcome, Summary
from semantic_layer.errors import UsageError
from tests.eval.conftest import case_line

SALES = {"metrics": [{"metric": "sales"}]}
SALES_IN_ORDER = {"metrics": [{"metric": "sales"}], "order_by": [{"by": "sales"}]}
UNITS = {"metrics": [{"metric": "units"}]}


def wording(id: str, intent: str, verdict: Any, query: dict[str, Any] | None, *, lang: str = "en", **fields: Any) -> Outcome:
    case = Case.model_validate(case_line(id=id, lang=lang, gold_query=SALES, **{"class": intent}, **fields))
    return Outcome(case, Grade(verdict, verdict == "right"), {"query": query})


def summary(*outcomes: Outcome) -> Summary:
    return Summary("r1", "2018-01-01T00:00:00", "dev.jsonl", "abc", False, outcomes)


def test_the_query_of_an_intent_is_that_of_most_right_answers_in_any_language() -> None:
    found = robustness(
        summary(
            wording("1", "a", "right", SALES_IN_ORDER),
            wording("2", "a", "right", SALES_IN_ORDER, lang="zh"),
            wording("3", "a", "right", SALES, lang="zh"),
            wording("4", "a", "wrong", UNITS, lang="zh"),
        )
    )
    assert found.by_intent["a", "en"].same == Rate(1, 1)
    assert (found.by_intent["a", "zh"].right, found.by_intent["a", "zh"].same) == (Rate(2, 3), Rate(1, 3))
    assert (found.overall.right, found.overall.same, found.by_lang["zh"].same) == (Rate(3, 4), Rate(2, 4), Rate(1, 3))


def test_the_gold_query_decides_between_equals_and_where_nothing_is_right() -> None:
    tie = robustness(summary(wording("1", "a", "right", SALES_IN_ORDER), wording("2", "a", "right", SALES)))
    assert tie.overall.same == Rate(1, 2)
    none = robustness(summary(wording("1", "a", "wrong", UNITS), wording("2", "a", "wrong", SALES)))
    assert (none.overall.right, none.overall.same) == (Rate(0, 2), Rate(1, 2))


def test_refused_wordings_count_for_neither() -> None:
    found = robustness(summary(wording("1", "a", "right", SALES), wording("2", "a", "refused", SALES), wording("3", "b", "right", SALES)))
    assert (found.overall.right, found.overall.same, found.whole) == (Rate(2, 3), Rate(2, 3), Rate(1, 2))


def test_the_text_shows_both_figures_and_no_question() -> None:
    text = robustness_text(robustness(summary(wording("1", "a", "right", SALES), wording("2", "a", "wrong", UNITS, lang="zh"))))
    assert "wordings right by their result       1/2" in text and "wordings with the intent's query     1/2" in text
    assert "intents right in every wording       0/1" in text
    assert "Sales in May" not in text


def test_every_wording_has_to_expect_an_answer() -> None:
    refused = Outcome(Case.model_validate(case_line(id="q9", expect="refuse")), Grade("refused", True))
    with pytest.raises(UsageError, match="q9 expects refuse"):
        robustness(summary(refused))
