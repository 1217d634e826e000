"""The form of a rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.source import Loc, Problem, Severity, written
from semantic_layer.errors import Message


class Rule(ABC):
    """One thing that can be wrong. The class name is the rule's name, its docstring the explanation.

    What breaks a rule of severity `warning` is worth a look, and the catalog works all the same.
    """

    severity: ClassVar[Severity] = "error"

    @abstractmethod
    def check(self, model: Model) -> Iterator[Problem]:
        """Every place that breaks the rule."""

    def at(self, model: Model, loc: Loc, said: Message) -> Problem:
        """A problem of this rule at a key of the files."""
        return Problem(model.source.place(loc), said.en, type(self).__name__, said.zh, self.severity, written(loc))
