"""What of a question's words tells something, and what only frames it."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from assistant.language.general import chinese_words, is_general, is_general_chinese, tag_weight
from assistant.language.normalise import normalise
from assistant.reading.leftover import KINDS_OF_PEOPLE
from assistant.reading.mark import Mark
from semantic_layer.packaged import read_yaml
from semantic_layer.spelling import has_han

DENYING_CHARS = "不无非未零没"
CLAUSES = re.compile(r"[,，;；。!！?？\n]+|[:：](?!\d)|\.(?=\s|$)")
_DENYING = frozenset(["not", "exclude", "everything_else", "negative"])


def content_words(text: str) -> list[str]:
    """The words of an unknown stretch that tell something; of one with hyphens all parts, as if it were written without."""
    if not has_han(text):
        plain = text.strip("-'&/+.")
        return [] if not plain or is_general(plain) else [part for part in plain.split("-") if part]
    if text in words("sizes") | words("asides"):
        return [text]
    kept = [text[s:e] for s, e, tag in chinese_words(text) if _tells(text[s:e], tag)]
    return [text] if len(kept) > 1 and not any(w in words("sizes") | words("asides") for w in kept) else kept


def _tells(word: str, tag: str) -> bool:
    if word in words("sizes") | words("asides") or word[0] in DENYING_CHARS or word in KINDS_OF_PEOPLE:
        return True
    return not is_general_chinese(word) and (tag_weight(tag) > 0 or (len(word) > 1 and tag.startswith("v")))


def wanted(text: str, marks: list[Mark]) -> list[Mark]:
    """The marks without those of a clause that only says what the answer is wanted for."""
    cuts = [0, *(m.end() for m in CLAUSES.finditer(text)), len(text)]
    idle = [(a, b) for a, b in pairwise(cuts) if a < b and _is_purpose(text[a:b], [m for m in marks if a <= m.start and m.end <= b])]
    return [m for m in marks if not any(a <= m.start and m.end <= b for a, b in idle)]


def _is_purpose(clause: str, marks: list[Mark]) -> bool:
    """Whether a clause says what an answer is for, and nothing that is known to the catalog."""
    plain = CLAUSES.sub("", clause).strip(" .-")
    if any(m.time or m.number or m.has(*_DENYING) or m.values or m.segments or m.metrics or m.ids for m in marks) or plain.endswith("的"):
        return False
    return any(p.fullmatch(plain) for p in _purposes())


@lru_cache(maxsize=1)
def _purposes() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p, re.IGNORECASE) for p in (*_read()["purposes"]["zh"], *_read()["purposes"]["en"]))


@lru_cache(maxsize=8)
def words(kind: str) -> frozenset[str]:
    """The words of a kind, normalised."""
    return frozenset(normalise(w).text for listed in _read()[kind].values() for w in listed)


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(resources.files("assistant.verified").joinpath("words.yaml").read_text(encoding="utf-8"))
    return data
