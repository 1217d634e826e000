"""Words of general language, and things a shop's data may lack: what a word nobody claims may do to an answer."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

from assistant.language.normalise import normalise
from semantic_layer.packaged import read_yaml

# Tags of jieba's dictionary: verbs, adverbs, particles, prepositions, pronouns, conjunctions, measure words, interjections.
_LIGHT_TAGS = ("v", "d", "u", "p", "c", "r", "q", "y", "e", "o", "f", "z", "k", "x", "h", "t")
_HEAVY_TAGS = ("vn",)
_MIDDLING_TAGS = ("a", "m", "b")


def is_general(word: str) -> bool:
    """Whether an English word is one of general language."""
    return word in _general() or word.removesuffix("'s") in _general()


def is_general_chinese(word: str) -> bool:
    """Whether a Chinese noun is one of general language."""
    return word in _general()


def general_words() -> frozenset[str]:
    """The words of general language."""
    return _general()


@lru_cache(maxsize=1)
def time_words() -> frozenset[str]:
    """The words that times and numbers are said with."""
    return frozenset(str(w) for words in _read("time_words.yaml").values() for w in words)


def lacking_words() -> dict[str, str]:
    """The normalised names of things that a shop's data may lack, with the thing's key."""
    return _lacking()


def chinese_words(text: str) -> list[tuple[int, int, str]]:
    """The words of a text with their part of speech: (start, end, tag of jieba's dictionary)."""
    import rjieba

    out, at = [], 0
    for word, tag in rjieba.tag(text):
        out.append((at, at + len(word), str(tag)))
        at += len(word)
    return out


def tag_weight(tag: str) -> float:
    """How much a Chinese word of this part of speech may change what is asked: 0 little, 1 much."""
    if tag in _HEAVY_TAGS:
        return 1.0
    if tag.startswith(_MIDDLING_TAGS):
        return 0.5
    return 0.0 if tag.startswith(_LIGHT_TAGS) else 1.0


@lru_cache(maxsize=1)
def _general() -> frozenset[str]:
    return frozenset(str(w) for words in _read("general.yaml").values() for w in words)


@lru_cache(maxsize=1)
def _lacking() -> dict[str, str]:
    return {normalise(str(w)).text: key for key, langs in _read("lacking.yaml").items() for words in langs.values() for w in words}


def _read(name: str) -> dict[str, Any]:
    text = resources.files("assistant.language").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = read_yaml(text)
    return data
