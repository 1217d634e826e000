"""Join paths between datasets: many-to-one only, one proven path or a typed refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic_layer.catalog.models import RelationshipSpec
from semantic_layer.errors import AmbiguousPathError

Path = tuple[RelationshipSpec, ...]

# Two paths are enough to know that it is ambiguous; a default may decide among more, but nobody marks hundreds.
MAX_PATHS = 200
_SHOWN = 4


class JoinGraph:
    """The declared relationships, followed from the many side to the one side."""

    def __init__(self, relationships: tuple[RelationshipSpec, ...]) -> None:
        self._edges: dict[str, list[RelationshipSpec]] = {}
        for rel in relationships:
            self._edges.setdefault(rel.many, []).append(rel)
        self._most = MAX_PATHS if any(r.default for r in relationships) else 2
        self._paths: dict[tuple[str, str], list[Path]] = {}

    def paths(self, start: str, goal: str) -> list[Path]:
        """The paths without a cycle from `start` to `goal`; the empty path when they are the same.

        In a dense graph they are past counting: only the first are given, two or more where there are two or more.
        """
        key = (start, goal)
        if key not in self._paths:
            self._paths[key] = list(self._some(start, goal))
        return self._paths[key]

    def _some(self, start: str, goal: str) -> Iterator[Path]:
        if start == goal:
            yield ()
        elif self._reaches(start, goal, set()):
            for number, path in enumerate(self._walk(start, goal, {start}), 1):
                yield path
                if number == self._most:
                    return

    def _walk(self, at: str, goal: str, seen: set[str]) -> Iterator[Path]:
        """Goes only where the goal can still be reached, so that no step is in vain."""
        for rel in self._edges.get(at, []):
            if rel.one == goal:
                yield (rel,)
            elif rel.one not in seen and self._reaches(rel.one, goal, seen):
                for rest in self._walk(rel.one, goal, seen | {rel.one}):
                    yield (rel, *rest)

    def _reaches(self, start: str, goal: str, avoiding: set[str]) -> bool:
        seen, todo = {start, *avoiding}, [start]
        while todo:
            for rel in self._edges.get(todo.pop(), []):
                if rel.one == goal:
                    return True
                if rel.one not in seen:
                    seen.add(rel.one)
                    todo.append(rel.one)
        return False

    def rivals(self, start: str, goal: str) -> list[Path]:
        """The paths among which the declared defaults do not decide; one path when they do, none when there is none."""
        found = self.paths(start, goal)
        if len(found) == self._most > 2:
            return found  # there may be more, so no default can be trusted
        while len(preferred := _preferred(found)) < len(found):
            found = preferred
        marked = [p for p in found if all(r.default for r in p)]
        return marked if len(marked) == 1 else found

    def path(self, start: str, goal: str) -> Path | None:
        """The one path from `start` to `goal`, None when there is none.

        Raises AmbiguousPathError when several lead there and no declared default decides.
        """
        found = self.rivals(start, goal)
        if len(found) > 1:
            routes = shown(start, found)
            raise AmbiguousPathError(
                f"{start} reaches {goal} in more than one way ({routes}). Mark one relationship with default: true.",
                f"{start} 到 {goal} 有多条路径（{routes}）。请在其中一条关系上写 default: true。",
                subject=goal,
            )
        return found[0] if found else None


def _preferred(paths: list[Path]) -> list[Path]:
    """The paths that a default marks where they part from others; all, if it marks none."""
    if len(paths) < 2:
        return paths
    common = set.intersection(*(set(map(id, p)) for p in paths))
    return [p for p in paths if any(r.default and id(r) not in common for r in p)] or paths


def shown(start: str, paths: Iterable[Path]) -> str:
    """The paths as people read them, the first few of many."""
    routes = [" -> ".join([start, *(r.one for r in p)]) for p in paths]
    return "; ".join(routes[:_SHOWN]) + ("; ..." if len(routes) > _SHOWN else "")
