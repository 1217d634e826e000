"""The form of a rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.source import Loc, Problem


class Rule(ABC):
    """One thing that can be wrong. The class name is the rule's name, its docstring the explanation."""

    @abstractmethod
    def check(self, model: Model) -> Iterator[Problem]:
        """Every place that breaks the rule."""

    def at(self, model: Model, loc: Loc, message: str) -> Problem:
        """A problem of this rule at a key of the files."""
        return Problem(model.source.place(loc), message, type(self).__name__)
