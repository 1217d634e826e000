"""All words that a question about one shop may be made of, by kind, for telling a misspelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from assistant.language.general import general_words, lacking_words, time_words
from assistant.language.operators import operator_words
from semantic_layer.spelling import has_han

_LATIN = re.compile(r"(?<![a-z0-9'])[a-z]{2,}(?![a-z0-9'])")
# Of a shop with more values than this only the index of values finds misspelt ones.
MOST_VALUES = 50_000


class Kind(Enum):
    """What a word belongs to, with what it costs to take another word for it: the kinds most often used come first."""

    NAME = "name"
    OPERATOR = "operator"
    TIME = "time"
    LACKING = "lacking"
    GENERAL = "general"
    PART = "part of a name"
    VALUE = "value"

    @property
    def cost(self) -> float:
        """Added to the cost of an error."""
        return {Kind.GENERAL: 0.1, Kind.PART: 0.05, Kind.VALUE: 0.2}.get(self, 0.0)

    @property
    def general(self) -> bool:
        """Whether it is a word of the language and not of a shop."""
        return self in (Kind.OPERATOR, Kind.TIME, Kind.GENERAL)


class Replacement(NamedTuple):
    """A known word in the place of a stretch of text; the lower its cost, the likelier."""

    text: str
    cost: float


def vocabulary(names: Iterable[str], values: Iterable[str]) -> tuple[dict[str, Kind], dict[str, Kind]]:
    """The known English words and the known Chinese words and phrases, each of its first kind."""
    english: dict[str, Kind] = {}
    chinese: dict[str, Kind] = {}
    names = tuple(names)
    sources: tuple[tuple[Kind, Iterable[str]], ...] = (
        (Kind.NAME, (n for n in names if " " not in n)),
        (Kind.OPERATOR, operator_words()),
        (Kind.TIME, time_words()),
        (Kind.LACKING, lacking_words()),
        (Kind.GENERAL, general_words()),
        (Kind.PART, names),
        (Kind.VALUE, values),
    )
    for kind, texts in sources:
        for text in texts:
            for word in _LATIN.findall(text):
                english.setdefault(word, kind)
            if has_han(text):
                chinese.setdefault(text, kind)
    return english, chinese
