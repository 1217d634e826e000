"""Typing errors: one, of a kind that people make, in a word that can bear it."""

from __future__ import annotations

import pytest
from pypinyin import lazy_pinyin
from rapidfuzz.distance import OSA

from eval.typos import with_typo

SEEDS = [str(n) for n in range(60)]
ENGLISH = "Which stores sold the most yogurt in November 2017, by units?"
CHINESE = "去年11月华东地区销售额最高的五个品类"


def mistyped(question: str) -> list[str]:
    made = [with_typo(question, seed) for seed in SEEDS]
    return [text for text in made if text is not None]


def test_the_same_seed_makes_the_same_error_and_another_another() -> None:
    assert mistyped(ENGLISH) == mistyped(ENGLISH)
    assert len(set(mistyped(ENGLISH))) > 20 and len(set(mistyped(CHINESE))) > 20


@pytest.mark.parametrize("question", [ENGLISH, CHINESE])
def test_each_is_one_error_away(question: str) -> None:
    assert {OSA.distance(question, text) for text in mistyped(question)} == {1}


def test_english_errors_are_in_long_words_and_leave_the_first_letter() -> None:
    for text in mistyped(ENGLISH):
        changed = [(a, b) for a, b in zip(ENGLISH.split(), text.split(), strict=True) if a != b]
        assert len(changed) == 1
        (before, after), = changed
        assert before in {"Which", "stores", "sold", "most", "yogurt", "units?"} and before[0] == after[0]


def test_every_kind_of_english_error_occurs() -> None:
    lengths = {len(text) - len(ENGLISH) for text in mistyped(ENGLISH)}
    swapped = [t for t in mistyped(ENGLISH) if sorted(t) == sorted(ENGLISH)]
    replaced = [t for t in mistyped(ENGLISH) if len(t) == len(ENGLISH) and sorted(t) != sorted(ENGLISH)]
    assert lengths == {-1, 0, 1} and swapped and replaced


def test_chinese_replacements_sound_the_same() -> None:
    replaced = [text for text in mistyped(CHINESE) if len(text) == len(CHINESE)]
    assert replaced
    for text in replaced:
        (pair,) = [(a, b) for a, b in zip(CHINESE, text, strict=True) if a != b]
        assert lazy_pinyin(pair[0]) == lazy_pinyin(pair[1])


@pytest.mark.parametrize(
    ("question", "kept"),
    [(CHINESE, ["去年11月", "五个"]), (ENGLISH, ["November 2017"]), ("买过“牛奶制品”的顾客", ["“牛奶制品”"]), ('sales of "milk products"', ['"milk products"'])],
)
def test_numbers_dates_and_quotes_stay(question: str, kept: list[str]) -> None:
    texts = mistyped(question)
    assert texts
    assert all(each in text for text in texts for each in kept)


@pytest.mark.parametrize("question", ["Q3 SKU2017 DRUG-GM", "2017年11月", "Two in May?", "三月第一周", "SALES-2017 abc_def"])
def test_where_no_word_can_bear_an_error_there_is_none(question: str) -> None:
    assert mistyped(question) == []
