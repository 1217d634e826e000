"""The sentence of an answer: every figure in it is one of the rows, or follows from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.ask import Assistant
from eval.agreement import disagreements
from eval.figures import checked
from eval.sayings import figures
from eval.suite import load_suite
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

SUITES = Path(__file__).parents[2] / "eval" / "suites"
# The suites that a sample of is asked, one question of so many; `python -m eval.figures` asks them all.
SAMPLED = {
    "completejourney-dev-zh": 4, "completejourney-dev-en": 4, "completejourney-dev4-zh": 8, "completejourney-dev5-en": 8,
    "mall-dev-zh": 6, "mall-dev-en": 6, "wholesale-dev2": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


@pytest.mark.parametrize("suite", SAMPLED)
def test_sentence_chart_and_table_agree_with_the_rows(assistant_of: Callable[[str], Assistant], suite: str) -> None:
    cases = [c for c in load_suite(SUITES / f"{suite}.jsonl") if c.expect == "answer"][:: SAMPLED[suite]]
    answered = list(checked(assistant_of(suite.split("-")[0]), cases))
    assert sum(len(figures(answer)) for _, answer, _ in answered) > len(answered) > 0
    assert not [(case.id, problems) for case, _, problems in answered if problems]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("2017年每个月的销售额", "销售额在 2017-12 最高（$42.2万），2017-02 最低（$35.0万）；最近的 2017-12 为 $42.2万，比前一期增长 9.4%。"),
        ("sales by month", "highest in 2017-12 ($421.9K), lowest in 2017-02 ($350.1K); the latest, 2017-12,"),  # January 2018 is not over
        ("每月复购率", "比前一期上升 0.80 个百分点"),
        ("各部门销售额", "31 个部门中，销售额最高的是食品杂货（GROCERY）（$231.6万，占 50.4%）"),
        ("average basket value by age group", "highest for 25 to 34 (25-34) ($34.65), lowest for 19 to 24 (19-24) ($26.02)"),
        ("哪个部门销售额最高", "销售额最高的部门是食品杂货（GROCERY）（$231.6万）"),
        ("销售额最低的3个部门", "销售额最低的 3 个部门：电工水暖（ELECT &PLUMBING）（$1）、"),
        ("累计销售额按月", "到 2017-12 为 $459.4万"),
        ("sales growth by department in December", "photo and video (PHOTO & VIDEO) fell most (63.0%)"),
    ],
)
def test_what_is_told(assistant: Assistant, question: str, said: str) -> None:
    assert said in assistant.ask(question).text


def test_a_part_of_the_whole_is_no_share_of_it(assistant: Assistant) -> None:
    assert "%" not in assistant.ask("departments with sales over 100000").text
    assert "占" not in assistant.ask("销售额最高的10个部门").text


def query(**parts: object) -> SemanticQuery:
    return SemanticQuery.model_validate(parts)


@pytest.mark.parametrize(
    ("question", "said", "instead", "problem"),
    [
        ("2017年每个月的销售额", "$42.2万", "$42.3万", "does not follow"),
        ("2017年每个月的销售额", "9.4%", "9.5%", "does not follow"),
        ("2017年每个月的销售额", "2017-12 最高", "2017-11 最高", "does not follow"),
        ("sales by month", "lowest in 2017-02 ($350.1K)", "lowest in 2017-09 ($368.0K)", "not lowest"),
        ("各部门销售额", "占 50.4%", "占 50.5%", "does not follow"),
        ("上个月的销售额是多少", "$38.6万", "$38.7万", "does not follow"),
        ("上个月的复购率", "0.80 个百分点", "0.0 个百分点", "rounded to nothing"),
    ],
)
def test_what_disagrees_is_found(assistant: Assistant, question: str, said: str, instead: str, problem: str) -> None:
    answer = assistant.ask(question)
    assert said in answer.text and not disagreements(answer)
    wrong = answer.model_copy(update={"text": answer.text.replace(said, instead)})
    assert any(problem in found for found in disagreements(wrong))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("上个月的销售额是多少", "比 2017-11-01 至 2017-11-30（$38.6万）增长 9.4%"),
        ("2017年11月24日的小票数", "比 2017-11-17（411）下降 36.0%"),
        ("average basket value in the last week of November 2017", "on 2017-11-"),
        ("上个月的复购率", "比 2017-11-01 至 2017-11-30（83.8%）上升 0.80 个百分点"),
    ],
)
def test_a_figure_is_said_beside_the_period_before(assistant: Assistant, question: str, said: str) -> None:
    assert said in assistant.ask(question).text


def test_a_period_that_is_not_over_is_compared_up_to_its_last_whole_day(assistant: Assistant) -> None:
    days = {"metrics": ["sales"], "time": {"start": "2017-12-04", "end": "2018-01-08"}}
    answer = assistant.answer(query(**days), "en")
    assert "Up to 2017-12-31 it is" in answer.text and "2017-10-30 to 2017-11-26" in answer.text
    assert not disagreements(answer)
    assert answer.rows == assistant.answer(query(**days), "en").rows and len(answer.rows) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"metrics": ["sales"], "time": {"start": "2017-01-01", "end": "2018-01-01"}},  # no data before
        {"metrics": ["sales"]},
        {"metrics": ["customers"], "time": {"start": "2017-05-01", "end": "2017-06-01"},
         "where": [{"entity": "household", "metric": "sales", "op": ">", "value": 0, "time": {"start": "2017-06-01", "end": "2017-07-01"}}]},
        {"metrics": ["sales"], "time": {"start": "2017-05-01", "end": "2017-06-01"}, "compare": {"to": "previous"}},
    ],
)  # fmt: skip
def test_what_has_no_period_before_is_said_alone(assistant: Assistant, asked: dict[str, object]) -> None:
    answer = assistant.answer(query(**asked), "en")
    assert answer.status == "answered" and answer.change is None and "That is" not in answer.text


def test_a_few_are_said_to_be_few(assistant: Assistant) -> None:
    asked = query(metrics=["baskets"], time={"start": "2017-05-10", "end": "2017-05-11"}, where=[{"field": "products.department", "value": "SEAFOOD"}])
    answer = assistant.answer(asked, "en")
    assert answer.rows[0][0] < 30
    assert "so few it may be chance" in answer.text
