"""What every analysis is given, and what it gives: the one interface of them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.actions import Desk
from assistant.answer.model import Answer, AnswerColumn, Choice, Finding, Pointed
from assistant.answer.say import Speaker
from semantic_layer.engines import Snapshot
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access
from semantic_layer.shops.access import Rows


@dataclass(frozen=True)
class Study:
    """One question of one user over one state of the data; all numbers come through `rows`."""

    query: SemanticQuery
    access: Access
    data: Snapshot
    user: str
    speaker: Speaker
    desk: Desk

    def rows(self, query: SemanticQuery) -> Rows:
        """The rows of a semantic query that the user may see. Raises QueryError, GuardError, EngineError."""
        return self.access.answer(query, self.data, self.user)


@dataclass(frozen=True)
class Found:
    """What an analysis adds to an answer.

    `text` goes before the sentence of the rows, or, with `alone`, instead of it. `chart` is drawn instead of the rows' own, and `columns`
    with `rows` are shown instead of the query's, where the analysis has its own. `refused` says why there is nothing to give; then nothing
    else counts but `next`.
    """

    findings: tuple[Finding, ...] = ()
    text: str = ""
    alone: bool = False
    caveats: tuple[str, ...] = ()
    chart: dict[str, Any] | None = None
    columns: tuple[AnswerColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = field(default=())
    next: tuple[Choice, ...] = ()
    actions: tuple[Pointed, ...] = ()
    refused: str = ""


class Analysis(Protocol):
    """A computation beyond one query. Registered by name in `assistant.analyses.ANALYSES`."""

    def shown(self, query: SemanticQuery, access: Access) -> SemanticQuery:
        """The query whose rows the answer shows, made of what was asked. Raises QueryError where the analysis does not apply to it."""
        ...

    def found(self, study: Study, answer: Answer) -> Found:
        """What stands behind the rows of `study.query`, which the answer already holds. Raises QueryError, GuardError, EngineError."""
        ...
