"""Metrics and segments that are defined by themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.walk import mentions
from semantic_layer.catalog.source import Loc, Problem

_Edges = dict[str, dict[str, Loc]]


class CircularMetric(Rule):
    """A metric may not be made of itself, neither in its expression nor in the conditions of its filter."""

    def check(self, model: Model) -> Iterator[Problem]:
        for cycle, loc in _cycles(_edges(model)):
            metrics = [name for name in cycle if name.startswith("metric ")]
            if metrics:
                yield self.at(model, loc, f"{cycle[0]} is defined by itself: {_shown(cycle)}; write one of them out")


class CircularSegment(Rule):
    """A segment may not be made of itself."""

    def check(self, model: Model) -> Iterator[Problem]:
        for cycle, loc in _cycles(_edges(model)):
            if all(name.startswith("segment ") for name in cycle):
                yield self.at(model, loc, f"{cycle[0]} is defined by itself: {_shown(cycle)}; write one of them out")


def _shown(cycle: list[str]) -> str:
    return " -> ".join(name.partition(" ")[2] for name in [*cycle, cycle[0]])


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
