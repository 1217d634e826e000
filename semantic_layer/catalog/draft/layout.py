"""What the tables of a database become in a catalog: datasets with fields, entities, names, times."""

from __future__ import annotations

from collections.abc import Mapping

from semantic_layer.catalog.draft import fields as columns
from semantic_layer.catalog.draft.claims import Claims
from semantic_layer.catalog.draft.drafted import Drafted
from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.identifiers import identifier
from semantic_layer.catalog.draft.keys import is_entity, primary_key
from semantic_layer.catalog.draft.links import Named, links, without_circles
from semantic_layer.catalog.draft.profile import Database, Table
from semantic_layer.catalog.draft.roles import DraftDataset, datasets
from semantic_layer.catalog.draft.words import EVENTS, Phrase, common_prefix, glossary

MAX_COLUMNS = 2_000
Headers = Mapping[str, tuple[str, Mapping[str, str]]]


class Layout:
    """What the tables become: datasets with their fields, what is an entity and by which name, and what is called what."""

    def __init__(self, database: Database, tables: list[Table], headers: Headers) -> None:
        self.database, self._headers = database, headers
        self.made = Drafted()
        self.claims = Claims()
        for table in tables:
            self._bound(table)
        named = [self._named(t) for t in tables]
        found = links(database, named)
        taken: set[str] = set()
        names = {n.table.name: identifier(n.table.name, n.own, taken, "table") for n in named}
        self._displays: dict[str, str] = {}
        found, circular = without_circles(found)
        for link in circular:
            reason = "its table points back, or is the same; a catalog cannot say it: left out"
            self.made.note(link.table, f"{', '.join(link.columns)} -> {link.other}", reason)
        self.datasets, beyond = datasets(named, found, names)
        for link in beyond:
            self.made.note(link.table, f"{', '.join(link.columns)} -> {link.other}", "one role of its table too many: left out")
        self.by_name = {d.name: d for d in self.datasets}
        self.fields = {d.name: self._fields_of(d) for d in self.datasets}

    def _bound(self, table: Table) -> None:
        """Of very wide tables the first columns are taken."""
        for name in list(table.columns)[MAX_COLUMNS:]:
            del table.columns[name]
            self.made.note(table.name, name, f"left out: the table has more than {MAX_COLUMNS:,} columns")

    def _named(self, table: Table) -> Named:
        words = glossary()
        title, called = self._headers.get(table.name, (table.name.rpartition(".")[2], {}))
        own = words.phrase(title)
        prefix = common_prefix(table.columns)
        phrases = {c: words.phrase(called.get(c, c), prefix) for c in table.columns}
        return Named(table, own, phrases, primary_key(self.database, table, phrases, own))

    def _fields_of(self, dataset: DraftDataset) -> list[DraftField]:
        table = dataset.named.table
        taken: set[str] = set()
        out: list[DraftField] = []
        day = columns.day_of_parts(dataset, glossary())
        parts = {c for c, p in dataset.named.phrases.items() if day and p.words in (("year",), ("month",), ("day",))}
        keys = self._keys(dataset)
        for column in table.columns.values():
            if column.name in parts and column.name not in keys and column.name not in self._composite(dataset):
                continue
            name = identifier(column.name, dataset.named.phrases[column.name], taken, "field")
            made = columns.classified(self.database, dataset, column, name, glossary())
            if column.name in keys:
                made.kind, made.entity = "key", keys[column.name]
            elif column.name in self._composite(dataset) and made.kind == "measure":
                made.kind = "dimension"
            made.display = column.name == self.display(dataset)
            if dataset.role and made.kind == "measure":
                continue
            out.append(made)
        if day:
            day.name = identifier("date", day.phrase, taken, "day")
            out.append(day)
        return out

    def _composite(self, dataset: DraftDataset) -> set[str]:
        key = dataset.named.key
        own = key.columns if key and len(key.columns) > 1 else ()
        return {*own, *(c for e in dataset.edges if len(e.link.columns) > 1 for c in e.link.columns)}

    def _keys(self, dataset: DraftDataset) -> dict[str, str]:
        """Columns that hold the key of an entity: its own, and those of what it points to."""
        own = {dataset.named.key.columns[0]: self.entity_name(dataset)} if is_entity(dataset.named.key) and dataset.named.key else {}
        pointed = {e.link.columns[0]: self.entity_name(self.by_name[e.to]) for e in dataset.edges if len(e.link.columns) == 1}
        return {**own, **pointed}

    def split(self, d: DraftDataset) -> bool:
        """Whether the table also has datasets for its roles: its bare name then means one of these."""
        return not d.role and any(o.role and o.named is d.named for o in self.datasets)

    def entity_name(self, dataset: DraftDataset) -> str:
        """Where the rows have names, people mean these by the bare word, and the entity is called after its id."""
        words = [*dataset.role, *(dataset.named.own.words or (dataset.name,))]
        if self.split(dataset):
            words = ["listed", *words]
        return "_".join([*words, "id"] if self.display(dataset) else words)

    def display(self, dataset: DraftDataset) -> str:
        """The column with the names of a dataset's rows, empty if there is none."""
        table = dataset.named.table
        if table.name not in self._displays:
            shown = (c.name for c in table.columns.values() if columns.is_display(self.database, dataset, c))
            self._displays[table.name] = next(shown, "")
        return self._displays[table.name]

    def role(self, dataset: DraftDataset) -> Phrase | None:
        """What people call the role of a dataset; None for the table itself."""
        return glossary().phrase("_".join(dataset.role)) if dataset.role else None

    def said_of_role(self, d: DraftDataset) -> tuple[list[str], list[str]]:
        """What a role is called: nothing for the table itself."""
        role = self.role(d)
        if role is None:
            return [""], [""]
        return [role.text.zh, *role.more("zh")], [role.text.en, *role.more("en")]

    def time(self, d: DraftDataset) -> str:
        """What rows are dated by: a time of their own, or of what they point to."""
        own = [(columns.time_rank(f), 1, f.name) for f in self.fields[d.name] if f.kind == "time"]
        others = [
            (columns.time_rank(f), 0, f"{e.to}.{f.name}")
            for e in d.edges
            for f in self.fields[e.to]
            if f.kind == "time" and d.named.table.rows >= self.by_name[e.to].named.table.rows and self.by_name[e.to].named.own.has(*EVENTS)
        ]
        best = max([*own, *others], key=lambda t: t[:2], default=None)
        if best is None:
            return ""
        if len(own) + len(others) > 1:
            self.made.note(f"datasets.{d.name}.time", best[2], "the likeliest of several times")
        return best[2]

    def first_holder(self, entity: str) -> tuple[str, str]:
        """The largest table that points to an entity: its values are those that are used."""
        holders = [
            (-d.named.table.rows, n, d.name, f.name)
            for n, d in enumerate(self.datasets)
            for f in self.fields[d.name]
            if f.entity == entity and (not d.named.key or d.named.key.columns != ((f.column.name,) if f.column else ()))
        ]
        return min(holders)[2:] if holders else ("", "")
