"""What capital letters say of a word: UA is a code, Delta in the middle of a sentence is a name."""

from __future__ import annotations

import re

from semantic_layer.spelling import has_han

_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{2}(?![A-Za-z])")
_NAME = re.compile(r"(?<![A-Za-z'’-])[A-Z][a-z]{3,}(?![A-Za-z])")
_OPENS = re.compile(r"(?:^|[.!?:;\n])\W*$")


def codes(question: str) -> frozenset[str]:
    """The words of two capital letters, in lower case; none where everything is in capitals."""
    shouted = question == question.upper() and not has_han(question)
    return frozenset() if shouted else frozenset(m.group().lower() for m in _CODE.finditer(question))


def proper_names(question: str) -> frozenset[str]:
    """The capitalised words that do not open a sentence, in lower case; none where most words are capitalised."""
    words = re.findall(r"[A-Za-z]{4,}", question)
    if sum(w[0].isupper() for w in words) > max(2, len(words) / 2):
        return frozenset()
    return frozenset(m.group().lower() for m in _NAME.finditer(question) if not _OPENS.search(question[: m.start()]))
