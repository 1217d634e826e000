"""Whether a word is one of the language at all: a real word that a shop does not know is no misspelling of one it knows."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import rjieba

_LIST = "frequency_dictionary_en_82_765.txt"


def english_frequency(word: str) -> int:
    """How often a lower-case word stands in Google Books; 0 for what is no word. From the list of 82,765 words of SymSpell (MIT)."""
    return _frequencies().get(word, 0)


@lru_cache(maxsize=50_000)
def chinese_frequency(word: str) -> int:
    """How often a word stands in the texts of jieba's dictionary; 0 for what is no word."""
    return rjieba.suggest_freq(word) if rjieba.has_word(word) else 0


def is_chinese_word(word: str) -> bool:
    """Whether jieba's dictionary has it."""
    return rjieba.has_word(word)


@lru_cache(maxsize=1)
def _frequencies() -> dict[str, int]:
    lines = resources.files("symspellpy").joinpath(_LIST).read_text(encoding="utf-8-sig").splitlines()
    return {word: int(times) for word, times in (line.split() for line in lines)}
