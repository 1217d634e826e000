"""What leads back to where it began: metrics and segments that are defined by themselves, relationships, hierarchies."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.walk import mentions
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import Message

_Edges = dict[str, dict[str, Loc]]


class CircularMetric(Rule):
    """A metric may not be made of itself, neither in its expression nor in the conditions of its filter."""

    def check(self, model: Model) -> Iterator[Problem]:
        for cycle, loc in _cycles(_edges(model)):
            metrics = [name for name in cycle if name.startswith("metric ")]
            if metrics:
                yield self.at(model, loc, _by_itself(cycle))


class CircularSegment(Rule):
    """A segment may not be made of itself."""

    def check(self, model: Model) -> Iterator[Problem]:
        for cycle, loc in _cycles(_edges(model)):
            if all(name.startswith("segment ") for name in cycle):
                yield self.at(model, loc, _by_itself(cycle))


class CircularRelationship(Rule):
    """Relationships lead from the many to the one, never back to the dataset they began with."""

    def check(self, model: Model) -> Iterator[Problem]:
        edges: _Edges = {}
        for n, rel in enumerate(model.spec.relationships):
            edges.setdefault(rel.many, {}).setdefault(rel.one, model.relationship(n))
        for cycle, _ in _cycles(edges):
            way = _shown(cycle)
            # The last relationship written is the one that closed the circle.
            loc = max(edges[many][one] for many, one in itertools.pairwise([*cycle, cycle[0]]))
            said = Message(
                f"the relationships lead in a circle: {way}; a dataset then points to itself, so leave one of them out",
                f"关系形成了环：{way}；数据集因此指向了自身，请去掉其中一条",
            )
            yield self.at(model, loc, said)


class CircularHierarchy(Rule):
    """Hierarchies order fields from the widest to the finest: none is wider than itself, in whatever hierarchies."""

    def check(self, model: Model) -> Iterator[Problem]:
        edges: _Edges = {}
        for name, fields in model.spec.hierarchies.items():
            for i, (wide, fine) in enumerate(itertools.pairwise(fields)):
                if fields.index(fine) > i and fields.index(wide) == i:  # a field that stands twice has a rule of its own
                    edges.setdefault(wide, {}).setdefault(fine, ("hierarchies", name, i + 1))
        for cycle, loc in _cycles(edges):
            way = _shown(cycle)
            said = Message(f"the hierarchies lead in a circle: {way}; turn one of them round", f"层级形成了环：{way}；请把其中一个的顺序颠倒过来")
            yield self.at(model, loc, said)


def _by_itself(cycle: list[str]) -> Message:
    way = _shown(cycle)
    return Message(f"{cycle[0]} is defined by itself: {way}; write one of them out", f"定义用到了自身：{way}；请把其中一个直接写出来")


def _shown(cycle: list[str]) -> str:
    return " -> ".join(name.rpartition(" ")[2] for name in [*cycle, cycle[0]])


def _edges(model: Model) -> _Edges:
    """What each metric and segment is made of, and where it says so."""
    edges: _Edges = {}
    for metric in model.spec.metrics:
        parts = model.parts(metric)
        made_of = edges.setdefault(f"metric {metric}", {})
        for column in parts.outside if parts else ():
            if not column.table:
                made_of.setdefault(f"metric {column.name}", ("metrics", metric, "expression"))
    for mention in mentions(model):
        if mention.kind in ("metrics", "segments"):
            edges.setdefault(mention.owner, {}).setdefault(f"{mention.kind[:-1]} {mention.name}", mention.loc)
    return edges


def _cycles(edges: _Edges) -> Iterator[tuple[list[str], Loc]]:
    """A shortest cycle through each name that is in none reported before, and where its first step is written."""
    seen: set[str] = set()
    for start in edges:
        if start in seen:
            continue
        cycle = _back_to(start, edges)
        if cycle and not seen & set(cycle):
            yield cycle, edges[start][(cycle[1:] or cycle)[0]]
        seen |= set(cycle)


def _back_to(start: str, edges: _Edges) -> list[str]:
    """The shortest way from `start` back to it, empty if there is none."""
    queue = deque([[start]])
    visited: set[str] = set()
    while queue:
        way = queue.popleft()
        for target in edges.get(way[-1], {}):
            if target == start:
                return way
            if target not in visited:
                visited.add(target)
                queue.append([*way, target])
    return []
