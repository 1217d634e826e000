"""Join paths between datasets: many-to-one only, one proven path or a typed refusal."""

from __future__ import annotations

from semantic_layer.catalog.models import RelationshipSpec
from semantic_layer.errors import AmbiguousPathError

Path = tuple[RelationshipSpec, ...]


class JoinGraph:
    """The declared relationships, followed from the many side to the one side."""

    def __init__(self, relationships: tuple[RelationshipSpec, ...]) -> None:
        self._edges: dict[str, list[RelationshipSpec]] = {}
        for rel in relationships:
            self._edges.setdefault(rel.many, []).append(rel)
        self._paths: dict[tuple[str, str], list[Path]] = {}

    def paths(self, start: str, goal: str) -> list[Path]:
        """Every path without a cycle from `start` to `goal`; the empty path when they are the same."""
        key = (start, goal)
        if key not in self._paths:
            self._paths[key] = [()] if start == goal else self._walk(start, goal, {start})
        return self._paths[key]

    def _walk(self, at: str, goal: str, seen: set[str]) -> list[Path]:
        found: list[Path] = []
        for rel in self._edges.get(at, []):
            if rel.one == goal:
                found.append((rel,))
            elif rel.one not in seen:
                found += [(rel, *rest) for rest in self._walk(rel.one, goal, seen | {rel.one})]
        return found

    def path(self, start: str, goal: str) -> Path | None:
        """The one path from `start` to `goal`, None when there is none.

        Raises AmbiguousPathError when several lead there and no declared default decides.
        """
        found = self.paths(start, goal)
        if len(found) > 1:
            found = [p for p in found if all(r.default for r in p)] or found
        if len(found) > 1:
            routes = "; ".join(" -> ".join([start, *(r.one for r in p)]) for p in found)
            raise AmbiguousPathError(
                f"{start} reaches {goal} in more than one way ({routes}). Mark one relationship with default: true.",
                f"{start} 到 {goal} 有多条路径（{routes}）。请在其中一条关系上写 default: true。",
                subject=goal,
            )
        return found[0] if found else None
