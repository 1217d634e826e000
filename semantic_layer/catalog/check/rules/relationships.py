"""Relationships: known ends, keys that fit, one side proven unique, and one way from dataset to dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules.columns import fitting_types
from semantic_layer.catalog.graph import Path, shown
from semantic_layer.catalog.models import RelationshipSpec
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import AmbiguousPathError, Message


def _shown(rel: RelationshipSpec) -> Message:
    ends = f"{', '.join(rel.from_)} -> {', '.join(rel.to)}"
    return Message(f"relationship {ends}: ", f"关系 {ends}：")


class UnknownRelationshipField(Rule):
    """Both ends of a relationship are known fields."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            for end, names in (("from", rel.from_), ("to", rel.to)):
                for i, name in enumerate(names):
                    if wrong := model.missing_field(name):
                        yield self.at(model, (*model.relationship(n), end, i), _shown(rel) + wrong)


class UnequalKeys(Rule):
    """Both ends of a composite relationship name as many fields."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            if len(rel.from_) != len(rel.to):
                said = Message(
                    f"from names {len(rel.from_)} field(s) and to names {len(rel.to)}; list the fields of both ends in the same order",
                    f"from 有 {len(rel.from_)} 个字段，to 有 {len(rel.to)} 个；请按相同顺序列出两端的字段",
                )
                yield self.at(model, model.relationship(n), _shown(rel) + said)


def _names(ends: Iterable[str]) -> list[str]:
    """Fields without their dataset."""
    return [name.partition(".")[2] for name in ends]


class UnlikeKeys(Rule):
    """Fields that a relationship sets equal are of like types: both texts, both numbers, both dates."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            if model.tables is None or not {rel.many, rel.one} <= model.spec.datasets.keys():
                continue
            for i, (left, right) in enumerate(zip(_names(rel.from_), _names(rel.to), strict=False)):
                types = model.tables.type(rel.many, left), model.tables.type(rel.one, right)
                fitting = [fitting_types(t) for t in types if t]
                if len(fitting) == 2 and all(fitting) and _family(fitting[0]) != _family(fitting[1]):
                    said = Message(
                        f"{rel.many}.{left} is {types[0]}, but {rel.one}.{right} is {types[1]}; give one of them an expression that casts it",
                        f"{rel.many}.{left} 是 {types[0]}，而 {rel.one}.{right} 是 {types[1]}；请用表达式转换其中一个",
                    )
                    yield self.at(model, (*model.relationship(n), "from", i), _shown(rel) + said)


def _family(fitting: tuple[str, ...]) -> str:
    return {"integer": "number", "datetime": "date"}.get(fitting[0], fitting[0])


class UnmatchedKeys(Rule):
    """Some row of the many side finds its key on the one side; if none does, they are keys of different things."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            if model.tables is None or not {rel.many, rel.one} <= model.spec.datasets.keys():
                continue
            if not model.tables.matched(rel.many, _names(rel.from_), rel.one, _names(rel.to)):
                said = Message(
                    f"no key of {rel.many} is found in {rel.one}; look whether these are keys of the same thing",
                    f"{rel.many} 的键没有一个出现在 {rel.one} 中；请确认两端是同一事物的键",
                )
                yield self.at(model, (*model.relationship(n), "to"), _shown(rel) + said)


class RepeatedKey(Rule):
    """The side that is pointed to has at most one row per key; otherwise joining it would multiply every number."""

    def check(self, model: Model) -> Iterator[Problem]:
        for n, rel in enumerate(model.spec.relationships):
            fields = _names(rel.to)
            if model.tables is None or rel.one not in model.spec.datasets:
                continue
            if repeated := model.tables.repeated(rel.one, fields):
                said = Message(
                    f"{repeated} keys stand in more than one row of {rel.one}, so rows of {rel.many} would be doubled. "
                    "Add the fields that make the key unique, clean the data, or remove the relationship.",
                    f"{repeated} 个键出现在 {rel.one} 的多行中，{rel.many} 的行会因此翻倍。请补上使键唯一的字段，清理数据，或删除该关系。",
                )
                yield self.at(model, (*model.relationship(n), "to"), _shown(rel) + said)


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
            ways = shown(start, paths)
            said = Message(
                f"{start} reaches {goal} in more than one way ({ways}). "
                "Write default: true at a relationship that only the way that is meant has, or remove one.",
                f"{start} 到 {goal} 有多条路径（{ways}）。请在只属于正确路径的一条关系上写 default: true，或删除一条。",
            )
            yield self.at(model, model.relationship(n), said)


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
