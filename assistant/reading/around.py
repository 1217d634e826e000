"""Readers around the grammar: verified questions, a language model. Each sees what those behind it make of a question, or goes without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.reading.outcome import Reading
from assistant.reading.reader import Reader
from semantic_layer.query import SemanticQuery


@dataclass(frozen=True)
class Asked:
    """A question, in the language of its answer, with the reader of what its user may see, and the query it may go on from."""

    question: str
    lang: str
    user: str
    reader: Reader
    last: SemanticQuery | None = None


class Around(Protocol):
    """One of the readers around the grammar. Safe to use from many threads."""

    def read(self, asked: Asked, behind: Callable[[], Reading]) -> Reading:
        """The reading of a question. `behind` gives that of the readers behind this one; it raises AskBack and Refuse, as this may."""


def read_around(asked: Asked, readers: Sequence[Around], grammar: Callable[[], Reading]) -> Reading:
    """What the first of the readers makes of a question, with the others behind it and the grammar last. Raises AskBack and Refuse."""
    if not readers:
        return grammar()
    first, *rest = readers
    return first.read(asked, lambda: read_around(asked, rest, grammar))
