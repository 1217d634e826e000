"""Relationships: known ends, keys that fit, one side proven unique, and one way from dataset to dataset."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.graph import Path, shown
from semantic_layer.catalog.models import RelationshipSpec
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import AmbiguousPathError


def _shown(rel: RelationshipSpec) -> str:
    return f"relationship {', '.join(rel.from_)} -> {', '.join(rel.to)}"


class UnknownRelationshipField(Rule):
    """Both ends of a relationship are known fields."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            for end, names in (("from", rel.from_), ("to", rel.to)):
                for i, name in enumerate(names):
                    if wrong := model.missing_field(name):
                        yield self.at(model, (*model.relationship(n), end, i), f"{_shown(rel)}: {wrong}")


class UnequalKeys(Rule):
    """Both ends of a composite relationship name as many fields."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            if len(rel.from_) != len(rel.to):
                yield self.at(
                    model,
                    model.relationship(n),
                    f"{_shown(rel)}: from names {len(rel.from_)} field(s) and to names {len(rel.to)}; "
                    "list the fields of both ends in the same order",
                )


class RepeatedKey(Rule):
    """The side that is pointed to has at most one row per key; otherwise joining it would multiply every number."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            fields = [name.partition(".")[2] for name in rel.to]
            if model.tables is None or rel.one not in model.spec.datasets:
                continue
            if repeated := model.tables.repeated(rel.one, fields):
                wrong = (
                    f"{repeated} keys stand in more than one row of {rel.one}, so rows of {rel.many} would be doubled"
                )
                todo = "Add the fields that make the key unique, clean the data, or remove the relationship."
                yield self.at(model, (*model.relationship(n), "to"), f"{_shown(rel)}: {wrong}. {todo}")


class AmbiguousJoin(Rule):
    """Where several paths lead from one dataset to another, `default: true` decides; nothing is ever guessed."""

    def check(self, model: Model) -> Iterator[Problem]:
        undecided = {(a, b) for a in model.spec.datasets for b in model.spec.datasets if _undecided(model, a, b)}
        for start, goal in sorted(undecided):
            paths = model.catalog.graph.rivals(start, goal)
            if all(_part_of_other(p, q, start, goal, undecided) for i, p in enumerate(paths) for q in paths[:i]):
                continue
            # The last relationship written is the one that made it ambiguous.
            n = max(_number(model, p[0]) for p in paths)
            yield self.at(
                model,
                model.relationship(n),
                f"{start} reaches {goal} in more than one way ({shown(start, paths)}). "
                "Write default: true at a relationship that only the way that is meant has, or remove one.",
            )


def _undecided(model: Model, start: str, goal: str) -> bool:
    try:
        model.catalog.path(start, goal)
    except AmbiguousPathError:
        return True
    return False


def _part_of_other(p: Path, q: Path, start: str, goal: str, undecided: set[tuple[str, str]]) -> bool:
    """Whether two paths part only inside a shorter pair that is reported itself."""
    same_first = p[0] is q[0] and (p[0].one, goal) in undecided
    same_last = p[-1] is q[-1] and (start, p[-1].many) in undecided
    return same_first or same_last


def _number(model: Model, rel: RelationshipSpec) -> int:
    return next(n for n, r in enumerate(model.spec.relationships) if r is rel)
