"""Datasets and relationships: a table that is pointed to in several roles becomes a dataset for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def datasets(tables: list[Named], found: list[Found], names: Mapping[str, str]) -> list[DraftDataset]:
    """All datasets with their relationships; `names` gives each table the name of its dataset."""
    return _Roles(tables, found, names).all()


class _Roles:
    def __init__(self, tables: list[Named], found: list[Found], names: Mapping[str, str]) -> None:
        self._tables = {t.table.name: t for t in tables}
        self._found = found
        self._names = names
        self._split = {t for t in self._tables if self._met_twice(t)}
        self._made: dict[tuple[str, Role], DraftDataset] = {}

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
        for link in self._links(table):
            mine = self._role(link) if link.other in self._split else ()
            # A role that names the table twice says nothing more: order orders.
            target = self._dataset(link.other, (*role, *(w for w in mine if w not in role)))
            made.edges.append(Edge(link, target.name, self._implied(link)))
        return made

    def _links(self, table: str) -> list[Found]:
        return [f for f in self._found if f.table == table]

    def _role(self, link: Found) -> Role:
        return link.role or self._tables[link.table].own.words

    def _implied(self, link: Found) -> bool:
        """Whether a longer way leads to the same row: through a key that holds this one. The short way is the default."""
        wider = [f for f in self._links(link.table) if f is not link and set(link.columns) < set(f.columns)]
        return any(g.other == link.other for f in wider for g in self._links(f.other))

    def _met_twice(self, table: str) -> bool:
        """Whether some table comes here by two ways that end in different columns and need not mean the same row."""
        return any(len({id(path[-1]) for path in self._paths(start, table, frozenset())}) > 1 for start in self._tables if start != table)

    def _paths(self, start: str, goal: str, seen: frozenset[str]) -> Iterator[tuple[Found, ...]]:
        for link in self._links(start):
            if link.other in seen or self._redundant(link, goal):
                continue
            if link.other == goal:
                yield (link,)
            else:
                yield from ((link, *rest) for rest in self._paths(link.other, goal, seen | {start}))

    def _redundant(self, link: Found, goal: str) -> bool:
        """Whether a wide key leads where one of its own columns leads directly."""
        narrow = [f for f in self._links(link.table) if set(f.columns) < set(link.columns)]
        return any(f.other == goal or self._leads(f.other, goal, {link.table}) for f in narrow)

    def _leads(self, start: str, goal: str, seen: set[str]) -> bool:
        return any(f.other == goal or (f.other not in seen and self._leads(f.other, goal, seen | {start})) for f in self._links(start))
