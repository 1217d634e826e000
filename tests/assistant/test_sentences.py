"""The sentence of an answer: every figure in it is one of the rows, or follows from them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.answer.cells import KEYS, key_text
from assistant.answer.numbers import shown
from assistant.ask import Assistant
from eval.suite import load_suite
from semantic_layer.shops import Shop

SUITES = Path(__file__).parents[2] / "eval" / "suites"
ASKED = [c.question for lang in ("zh", "en") for c in load_suite(SUITES / f"completejourney-dev-{lang}.jsonl") if c.expect == "answer"][::2]


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


def following(answer: Answer) -> set[str]:
    """Every text that may stand for a figure: cells, shares of their sum, changes from row to row, numbers of rows."""
    texts = {str(n) for n in range(1, len(answer.rows) + 1)}
    for at, column in enumerate(answer.columns):
        cells = [row[at] for row in answer.rows]
        if column.role in KEYS:
            texts |= {key_text(column, v, answer.lang) for v in cells}
            continue
        numbers = [float(v) for v in cells if isinstance(v, (int, float)) and not isinstance(v, bool)]
        fmt = "percent" if column.role in ("share", "growth") else column.format
        texts |= {
            shown(sign * v, fmt, column.unit, answer.lang, signed)
            for v in cells
            if isinstance(v, (int, float))
            for signed in (True, False)
            for sign in (1, -1)
        }
        total = sum(numbers)
        texts |= {shown(v / total, "percent", "", answer.lang) for v in numbers if total}
        for a, b in itertools.combinations(numbers, 2):
            texts.add(shown(abs(b - a) * 100, "number", "", answer.lang))
            if a:
                texts.add(shown(abs(b - a) / abs(a), "percent", "", answer.lang))
    return texts


@pytest.mark.parametrize("question", ASKED)
def test_every_figure_follows_from_the_rows(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    if answer.status != "answered" or len(answer.rows) > 60:
        return
    left = re.sub(r"\d{4}-\d\d-\d\d", "", answer.text)  # the days of the period
    labels = {c.label for c in answer.columns}
    for text in sorted(following(answer) | labels, key=len, reverse=True):
        left = left.replace(text, "")
    assert not re.search(r"\d", left), answer.text


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
