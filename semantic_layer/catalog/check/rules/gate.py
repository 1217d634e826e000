"""Expressions against the gate that every question passes: what it refuses can never be asked."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.parse import readable
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.expressions import forbidden
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import GuardError, Message
from semantic_layer.guard import Gate
from semantic_layer.rights import EVERYTHING


class ForbiddenFunction(Rule):
    """An expression calls only functions that the gate lets through, and is no more complicated than it allows."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, whose, text in _expressions(model):
            tree = readable(text)
            if not isinstance(tree, Message) and not forbidden(tree) and (said := refused(tree)):
                yield self.at(model, loc, whose + said)


_GATE = Gate({}, EVERYTHING)


def refused(tree: exp.Expr) -> Message:
    """Why the gate refuses an expression; empty if it does not."""
    try:
        _GATE.admit(exp.Select(expressions=[tree.copy()]))
    except GuardError as error:
        return Message(error.en, error.zh)
    return Message()


def _expressions(model: Model) -> Iterator[tuple[Loc, Message, str]]:
    """Place, beginning of a sentence and text of every expression."""
    for dataset, spec in model.spec.datasets.items():
        for name, field in spec.fields.items():
            if field.expression:
                whose = Message(f"field {dataset}.{name}: ", f"字段 {dataset}.{name}：")
                yield ("datasets", dataset, "fields", name, "expression"), whose, field.expression
    for metric, m in model.spec.metrics.items():
        yield ("metrics", metric, "expression"), Message(f"metric {metric}: ", f"指标 {metric}："), m.expression
