"""What a reading of a question can end in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.catalog.models import Text
from semantic_layer.query import SemanticQuery


@dataclass(frozen=True)
class Reading:
    """A semantic query, what each word became, what was left over, what was assumed, and how sure it is.

    `notes` say how it goes on from what was asked before; `others` are what else it may well have meant. `form` is the form of
    chart that was asked for, "" where none was; `analysis` the name of the analysis, "" where the rows are all that is asked.
    `verified` is the id of the verified question that it was read as; `model` what a language model has to do with it: `alone` where
    the query is its proposal, `agrees` where it proposes what the grammar reads, "" where it was not asked or is not followed.
    """

    query: SemanticQuery
    words: tuple[tuple[str, str], ...] = ()
    unexplained: tuple[str, ...] = ()
    assumptions: tuple[Text, ...] = ()
    confidence: float = 1.0
    notes: tuple[Text, ...] = ()
    others: tuple[SemanticQuery, ...] = ()
    form: str = ""
    analysis: str = ""
    verified: str = ""
    model: Literal["", "alone", "agrees"] = ""


@dataclass(frozen=True)
class Choice:
    """One way to understand the question, as a runnable query."""

    query: SemanticQuery


@dataclass
class AskBack(Exception):
    """The question can be meant in several ways, or is not quite understood; `choices` are the likeliest, to be run with the `analysis`."""

    message: Text
    choices: tuple[SemanticQuery, ...] = ()
    unexplained: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = field(default=())
    analysis: str = ""


@dataclass
class Refuse(Exception):
    """The data cannot answer this; `nearest` are the nearest things they can, with the `analysis` that they are to be run with."""

    message: Text
    nearest: tuple[SemanticQuery, ...] = ()
    unexplained: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = field(default=())
    analysis: str = ""
