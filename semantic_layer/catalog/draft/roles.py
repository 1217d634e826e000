"""Datasets and relationships: a table that is pointed to in several roles becomes a dataset for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from semantic_layer.catalog.draft.links import Found, Named

Role = tuple[str, ...]


@dataclass
class Edge:
    """A relationship of a draft, from the dataset that has it."""

    link: Found
    to: str
    default: bool = False


@dataclass
class DraftDataset:
    """A dataset of a draft: a table in a role, `()` being the table for itself."""

    name: str
    named: Named
    role: Role = ()
    edges: list[Edge] = field(default_factory=list)


_MOST_ROLES = 4  # times the number of tables, and some: between tables that all point to each other roles are past counting
_SOME = 20


def datasets(tables: list[Named], found: list[Found], names: Mapping[str, str]) -> tuple[list[DraftDataset], list[Found]]:
    """All datasets with their relationships, and the foreign keys left out for too many roles.

    `names` gives each table the name of its dataset; the foreign keys lead in no circle.
    """
    roles = _Roles(tables, found, names)
    return roles.all(), roles.left_out


class _Roles:
    def __init__(self, tables: list[Named], found: list[Found], names: Mapping[str, str]) -> None:
        self._tables = {t.table.name: t for t in tables}
        self._links: dict[str, list[Found]] = {t: [] for t in self._tables}
        for link in found:
            self._links[link.table].append(link)
        self._names = names
        self._split = {t for t in self._tables if self._met_twice(t)}
        self._made: dict[tuple[str, Role], DraftDataset] = {}
        self._most = _MOST_ROLES * len(tables) + _SOME
        self.left_out: list[Found] = []

    def all(self) -> list[DraftDataset]:
        for table in self._tables:
            self._dataset(table, ())
        return list(self._made.values())

    def _dataset(self, table: str, role: Role) -> DraftDataset:
        known = self._made.get((table, role))
        if known:
            return known
        name = "_".join([*role, self._names[table]]) if role else self._names[table]
        made = self._made[(table, role)] = DraftDataset(name, self._tables[table], role)
        for link in self._links[table]:
            mine = self._role(link) if link.other in self._split else ()
            # A role that names the table twice says nothing more: order orders.
            wanted = (*role, *(w for w in mine if w not in role))
            if (link.other, wanted) not in self._made and len(self._made) >= self._most:
                self.left_out.append(link)
                continue
            target = self._dataset(link.other, wanted)
            made.edges.append(Edge(link, target.name, self._implied(link)))
        return made

    def _role(self, link: Found) -> Role:
        return link.role or self._tables[link.table].own.words

    def _implied(self, link: Found) -> bool:
        """Whether a longer way leads to the same row: through a key that holds this one. The short way is the default."""
        wider = [f for f in self._links[link.table] if f is not link and set(link.columns) < set(f.columns)]
        return any(g.other == link.other for f in wider for g in self._links[f.other])

    def _met_twice(self, table: str) -> bool:
        """Whether some table comes here by two ways that end in different columns and need not mean the same row."""
        ends = [link for links in self._links.values() for link in links if link.other == table and not self._redundant(link, table)]
        if len(ends) < 2:
            return False
        ways = (self._reached(start, table) for start in self._tables if start != table)
        return any(sum(end.table in reached for end in ends) > 1 for reached in ways)

    def _reached(self, start: str, goal: str) -> set[str]:
        """The tables on the ways from one to another, without ways that a wide key repeats."""
        seen, todo = {start}, [start]
        while todo:
            for link in self._links[todo.pop()]:
                if link.other not in seen and link.other != goal and not self._redundant(link, goal):
                    seen.add(link.other)
                    todo.append(link.other)
        return seen

    def _redundant(self, link: Found, goal: str) -> bool:
        """Whether a wide key leads where one of its own columns leads directly."""
        narrow = [f for f in self._links[link.table] if set(f.columns) < set(link.columns)]
        return any(f.other == goal or self._leads(f.other, goal) for f in narrow)

    def _leads(self, start: str, goal: str) -> bool:
        seen, todo = {start}, [start]
        while todo:
            for link in self._links[todo.pop()]:
                if link.other == goal:
                    return True
                if link.other not in seen:
                    seen.add(link.other)
                    todo.append(link.other)
        return False
