"""A catalog as the rules see it: the valid part, the places of its keys, and the database if there is one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.check.inspector import Ask, Inspector
from semantic_layer.catalog.check.parse import Parts, parts, readable
from semantic_layer.catalog.check.salvage import Salvage, salvage
from semantic_layer.catalog.check.tables import Tables
from semantic_layer.catalog.expressions import forbidden
from semantic_layer.catalog.graph import Path
from semantic_layer.catalog.models import CatalogSpec, DatasetSpec, FieldSpec, MetricSpec
from semantic_layer.catalog.source import Loc, Source
from semantic_layer.errors import AmbiguousPathError, Message, WenshuError, hint
from semantic_layer.query import TIME, SemanticQuery

MAX_HINTS = 100  # likening names takes time; whoever has more mistakes than that has one mistake
_SECTIONS = {
    "datasets": Message("dataset", "数据集"),
    "entities": Message("entity", "实体"),
    "metrics": Message("metric", "指标"),
    "segments": Message("segment", "细分"),
}
_KEYS = {*DatasetSpec.model_fields, *FieldSpec.model_fields, *MetricSpec.model_fields}


class Model:
    """What all rules share. `tables` is None without a database, `ask` without a shop to ask."""

    def __init__(self, source: Source, inspector: Inspector | None, ask: Ask | None = None) -> None:
        self.source = source
        self.ask = ask
        self._hints = 0
        self._answers: dict[SemanticQuery, object] = {}
        self._salvage: Salvage = salvage(source)
        self.spec: CatalogSpec = self._salvage.spec
        self.catalog = Catalog(self.spec)
        self.tables = Tables(self.spec, inspector) if inspector else None
        self._parts: dict[str, Parts | None] = {}

    def answer(self, query: SemanticQuery) -> object:
        """What the shop answers, or the error in its place."""
        assert self.ask is not None
        if query not in self._answers:
            try:
                self._answers[query] = self.ask(query)
            except WenshuError as error:
                self._answers[query] = error
        return self._answers[query]

    @cached_property
    def _unread(self) -> bool:
        """Whether a file could not be read at all, so that no name can be called missing."""
        read = {place.file for place in self.source.places.values()}
        return any(p.place.file not in read for p in self.source.errors)

    def relationship(self, n: int) -> Loc:
        """Where the n-th relationship stands in the files."""
        return ("relationships", self._salvage.relationships[n])

    def lacks(self, section: str, name: str, field: str | None = None) -> bool:
        """Whether there is certainly no such name: not in the catalog, nor in a part that could not be read."""
        known = getattr(self.spec, section)
        loc: Loc = (section, name) if field is None else (section, name, "fields", field)
        if name in known and (field is None or field in known[name].fields):
            return False
        return not self._unread and not any(loc[: len(d)] == d for d in self._salvage.dropped)

    def left_out(self, loc: Loc, key: str) -> bool:
        """Whether `key` may be written at `loc`, but was left out: it is wrong itself, or misspelt."""
        dropped = self._salvage.dropped
        mistyped = any(d[:-1] == loc and (d[-1] == key or d[-1] not in _KEYS) for d in dropped if d)
        return self._unread or mistyped or any(loc[: len(d)] == d for d in dropped)

    @cached_property
    def relationships_left_out(self) -> bool:
        """Whether some relationship may be written that is not in the catalog."""
        return self._unread or any(d[:1] in ((), ("relationships",)) for d in self._salvage.dropped)

    @cached_property
    def fields_left_out(self) -> bool:
        """Whether some field may be written that is not in the catalog."""
        return self._unread or any(d[:1] in ((), ("datasets",)) for d in self._salvage.dropped)

    def hint(self, name: str, known: Iterable[str], otherwise: Message | None = None) -> Message:
        """The nearest valid names as a sentence, or what to do where none is near."""
        self._hints += 1
        found = hint(name, known) if self._hints <= MAX_HINTS else Message()
        return found or otherwise or Message()

    def missing(self, section: str, name: str) -> Message:
        """What is wrong with a name of a section, empty if nothing is."""
        if not self.lacks(section, name):
            return Message()
        kind = _SECTIONS[section]
        todo = Message(f" Declare it under {section}, or correct the name.", f"请在 {section} 下声明，或改正名称。")
        known = getattr(self.spec, section)
        return Message(f"there is no {kind.en} {name}.", f"没有{kind.zh} {name}。") + self.hint(name, known, todo)

    def missing_field(self, name: str) -> Message:
        """What is wrong with `dataset.field`, an entity or `time`; empty if nothing is."""
        dataset, _, field = name.partition(".")
        if name == TIME:
            return Message()
        if not field:
            if not self.lacks("entities", name):
                return Message()
            said = Message(f"there is no field or entity {name}.", f"没有字段或实体 {name}。")
            return said + self.field_hint(name, [*self.spec.entities, *self.all_fields])
        if wrong_dataset := self.missing("datasets", dataset):
            return Message(f"{name}: ", f"{name}：") + wrong_dataset
        return self.missing_own_field(dataset, field)

    def missing_own_field(self, dataset: str, field: str) -> Message:
        """What is wrong with a field of a known dataset; empty if nothing is."""
        if not self.lacks("datasets", dataset, field):
            return Message()
        todo = Message(" Declare it there, or correct the name.", "请在其中声明，或改正名称。")
        said = Message(f"dataset {dataset} has no field {field}.", f"数据集 {dataset} 没有字段 {field}。")
        return said + self.hint(field, self.spec.datasets[dataset].fields, todo)

    def field_hint(self, name: str, known: Iterable[str]) -> Message:
        """The fields of that name in whatever dataset, or else the names of `known` that are near."""
        same = self.fields_named(name)[:3]
        return Message(f" Did you mean {', '.join(same)}?", f"您是不是指：{'、'.join(same)}？") if same else self.hint(name, known)

    @cached_property
    def all_fields(self) -> list[str]:
        """Every `dataset.field`."""
        return [f"{d}.{f}" for d, spec in self.spec.datasets.items() for f in spec.fields]

    def fields_named(self, name: str) -> list[str]:
        """Every `dataset.field` of that field name."""
        return [f for f in self.all_fields if f.partition(".")[2] == name]

    def path(self, start: str, goal: str) -> Path | None:
        """The path if there is exactly one; an ambiguous one counts as a path (another rule reports it)."""
        try:
            return self.catalog.path(start, goal)
        except AmbiguousPathError:
            return self.catalog.graph.paths(start, goal)[0]

    def parts(self, metric: str) -> Parts | None:
        """The metric's expression taken apart, None if it cannot be read."""
        if metric not in self._parts:
            tree = readable(self.spec.metrics[metric].expression)
            self._parts[metric] = None if isinstance(tree, Message) or forbidden(tree) else parts(tree)
        return self._parts[metric]

    def home(self, aggregate: exp.Expr) -> str | None:
        """The one dataset that reaches all others of an aggregate."""
        datasets = {c.table for c in aggregate.find_all(exp.Column) if c.table in self.spec.datasets}
        homes = [d for d in sorted(datasets) if all(self.path(d, other) is not None for other in datasets)]
        return homes[0] if len(homes) == 1 else None

    def homes(self, metric: str) -> set[str]:
        """The home datasets of a metric and of the metrics it is made of, as far as they are known."""
        out: set[str] = set()
        seen: set[str] = set()
        todo = [metric]
        while todo:
            name = todo.pop()
            if name in seen or name not in self.spec.metrics or (found := self.parts(name)) is None:
                continue
            seen.add(name)
            out |= {home for a in found.aggregates if (home := self.home(a))}
            todo += [c.name for c in found.outside if not c.table]
        return out
