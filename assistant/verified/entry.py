"""A verified question: questions in the words of people, and the semantic query that an analyst has confirmed for them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from semantic_layer.errors import InvalidValue
from semantic_layer.query import SemanticQuery

MAX_LENGTH = 2_000  # of a question, as of any that is asked

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LENGTH)]


class Entry(BaseModel):
    """One entry of `verified.yaml`. `on` is the shop's today when it was verified: relative words of the questions counted from it.

    `periods` are words for periods of the query that no word of the questions names: "the last 90 days", of sleeping customers.
    `rows` is a digest of the rows when it was verified or last accepted; "" where none is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    questions: tuple[_Words, ...] = Field(min_length=1)
    query: SemanticQuery
    analysis: str = ""
    by: str = ""
    on: dt.date
    periods: tuple[_Words, ...] = ()
    note: str = ""
    rows: str = ""

    @field_validator("id", mode="before")
    @classmethod
    def _written_plainly(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("questions")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise InvalidValue("a question stands here twice", "同一个问题写了两次")
        return value

    def written(self) -> dict[str, object]:
        """Plain data, in the order in which people read it; without what is empty."""
        data = {
            "id": self.id,
            "questions": list(self.questions),
            "query": self.query.to_dict(),
            "analysis": self.analysis,
            "by": self.by,
            "on": self.on,
            "periods": list(self.periods),
            "note": self.note,
            "rows": self.rows,
        }
        return {key: value for key, value in data.items() if value or key in ("id", "questions", "query", "on")}


def free_id(question: str, taken: frozenset[str] | set[str]) -> str:
    """An identifier for a new entry: the first words of its question where they are Latin, else a number."""
    words = re.findall(r"[a-z0-9]+", question.lower())[:6] if question.isascii() else []
    base = "-".join(words)[:48].strip("-") or "q"
    numbered = (f"{base}-{n}" for n in range(1, len(taken) + 3))
    return next(i for i in ([base] if words else []) + list(numbered) if i not in taken)
