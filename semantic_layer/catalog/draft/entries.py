"""The entries of datasets, fields, entities, relationships and segments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from semantic_layer.catalog.draft import fields as columns
from semantic_layer.catalog.draft import metrics
from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.keys import is_entity
from semantic_layer.catalog.draft.layout import Layout
from semantic_layer.catalog.draft.outcomes import Outcome
from semantic_layer.catalog.draft.roles import DraftDataset, Edge
from semantic_layer.catalog.draft.words import STOCKS, plural


class Entries:
    """Writes what the layout says. Names are claimed in the order of the calls."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._note = layout.made.note
        self.entities: dict[str, dict[str, Any]] = {}

    def name_entities(self) -> None:
        """Each dataset whose rows are known by one column is an entity."""
        for dataset in self._layout.datasets:
            if not is_entity(dataset.named.key):
                continue
            name = self._layout.entity_name(dataset)
            if name in self.entities:
                continue
            role, own = self._layout.role(dataset), dataset.named.own
            zh, en = (f"{role.text.zh}{own.text.zh}", f"{role.text.en} {own.text.en}") if role else (own.text.zh, own.text.en)
            if self._layout.split(dataset):
                zh, en = f"{zh}表", f"listed {en}"
            known = any(f.display for f in self._layout.fields[dataset.name])
            wanted = [(f"{zh}编号", f"{en} id")] if known else [(zh, en), (f"{zh}编号", f"{en} id")]
            spec: dict[str, Any] = {"dataset": dataset.name}
            if known:
                spec["shown_by"] = next(f.name for f in self._layout.fields[dataset.name] if f.display)
            spec["label"] = self._layout.claims.label(f"entity {name}", wanted)
            if own.head and own.head.people:
                spec["people"] = True
            if not known and not role:
                spec |= self._layout.claims.synonyms(f"entity {name}", own.more("zh"), own.more("en"))
            self.entities[name] = spec

    def dataset(self, d: DraftDataset) -> dict[str, Any]:
        """Its table, names, key, time and fields."""
        table, own = d.named.table, d.named.own
        spec: dict[str, Any] = {}
        if table.name != d.name:
            spec["source"] = table.name
        spec["label"] = {"zh": own.text.zh, "en": plural(own.text.en)}
        spec["description"] = {"zh": f"每行一个{own.text.zh}", "en": f"One row for each {own.text.en}"}
        if d.named.key:
            names = {f.column.name: f.name for f in self._layout.fields[d.name] if f.column}
            spec["primary_key"] = [names[c] for c in d.named.key.columns]
            if d.named.key.found:
                self._note(f"datasets.{d.name}.primary_key", ", ".join(spec["primary_key"]), f"unique in all {table.rows:,} rows, not declared")
        if time := self._layout.time(d):
            spec["time"] = time
        if snapshot := self._snapshot(d):
            spec["snapshot"] = snapshot
            self._note(f"datasets.{d.name}.snapshot", ", ".join(snapshot["per"]), "one row a day for each: balances are not added up over time")
        if not d.role and (verbs := metrics.verbs_of(own.head)):
            spec["verbs"] = verbs
        spec["fields"] = {f.name: self._field(d, f) for f in self._layout.fields[d.name]}
        return spec

    def _snapshot(self, d: DraftDataset) -> dict[str, Any]:
        """The time and the keys of balances: one row for each day and thing, and a measure that is a stock."""
        key = d.named.key
        names = {f.column.name: f for f in self._layout.fields[d.name] if f.column}
        if key is None or len(key.columns) < 2 or d.role:
            return {}
        days = [names[c].name for c in key.columns if names[c].kind == "time"]
        stocks = [f for f in names.values() if f.kind == "measure" and f.phrase.has(*STOCKS)]
        rest = [names[c].name for c in key.columns if names[c].kind != "time"]
        return {"time": days[0], "per": rest} if len(days) == 1 and rest and stocks else {}

    def _field(self, d: DraftDataset, f: DraftField) -> dict[str, Any]:
        owner = f"entity {f.entity}" if f.entity else f"field {d.name}.{f.name}"
        spec: dict[str, Any] = {
            "expression": f.expression, "entity": f.entity, "kind": f.kind, "type": f.type, "unit": f.unit, "personal": f.personal,
        }  # fmt: skip
        if f.entity:
            # Short codes are typed in questions; numbers are not.
            if f.type == "string" and self._layout.first_holder(f.entity) == (d.name, f.name):
                spec["kind"] = "dimension"
            spec["label"] = self.entities[f.entity]["label"]
            if f.values and spec["kind"] == "dimension":
                spec["values"] = {v: {"label": names} for v, names in f.values.items()}
        else:
            spec["label"] = self._layout.claims.label(owner, self._spoken(d, f))
            text = spec["label"]
            spec["description"] = {"zh": f"{d.named.own.text.zh}的{f.phrase.text.zh}", "en": f"{f.phrase.text.en} of the {d.named.own.text.en}"}
            if f.values:
                spec["values"] = {v: {"label": names} for v, names in f.values.items()}
            spec["order"] = list(f.order)
            for reason in f.reviews:
                self._note(f"datasets.{d.name}.fields.{f.name}", f"{f.kind}, {text['zh']}, {text['en']}", reason)
        return columns.annotated(spec)

    def _spoken(self, d: DraftDataset, f: DraftField) -> Iterator[tuple[str, str]]:
        if self._layout.split(d):
            # Nothing points here: what people mean by it is one of the roles.
            yield f"{d.named.own.text.zh}表{f.phrase.text.zh}", f"{f.phrase.text.en} in the list of {plural(d.named.own.text.en)}"
        else:
            yield from columns.spoken(f, d.named.own, self._layout.role(d))

    def add_synonyms(self, d: DraftDataset, f: DraftField, spec: dict[str, Any]) -> None:
        """The further names of a field that are still free."""
        if f.entity:
            zh, en = [f.phrase.text.zh], [f.phrase.text.en]
            own_key = d.named.key is not None and f.column is not None and d.named.key.columns == (f.column.name,)
            if own_key and d.role and not self._layout.display(d):
                role_zh, role_en = self._layout.said_of_role(d)
                zh += [f"{r}{d.named.own.text.zh}" for r in role_zh]
                en += [f"{r} {d.named.own.text.en}" for r in role_en]
            more = self._layout.claims.synonyms(f"entity {f.entity}", zh, en)
        else:
            wanted = list(self._spoken(d, f))
            zh, en = [z for z, _ in wanted], [e for _, e in wanted]
            if not d.role and f.kind != "measure" and not self._layout.split(d):
                zh, en = [*zh, *f.phrase.more("zh")], [*en, *f.phrase.more("en")]
            if f.column and columns.is_number_of(f.column, f.phrase) and not d.role:
                zh, en = [*zh, f"{f.phrase.text.zh}量", f"{f.phrase.text.zh}目"], [*en, plural(f.phrase.last), f"{f.phrase.last} count"]
            if f.display and not self._layout.split(d):
                role_zh, role_en = self._layout.said_of_role(d)
                zh += [f"{r}{n}" for r in role_zh for n in (d.named.own.text.zh, *d.named.own.more("zh"))]
                en += [f"{r} {n}".strip() for r in role_en for n in (d.named.own.text.en, *d.named.own.more("en"))]
            more = self._layout.claims.synonyms(f"field {d.name}.{f.name}", zh, en)
        spec |= more

    def relationship(self, d: DraftDataset, edge: Edge) -> dict[str, Any]:
        """From the columns that point to those pointed to."""
        mine = {f.column.name: f.name for f in self._layout.fields[d.name] if f.column}
        theirs = {f.column.name: f.name for f in self._layout.fields[edge.to] if f.column}
        one = [f"{d.name}.{mine[c]}" for c in edge.link.columns]
        other = [f"{edge.to}.{theirs[c]}" for c in edge.link.keys]
        if edge.link.reason and not d.role:
            self._note("relationships", f"{', '.join(one)} -> {', '.join(other)}", edge.link.reason)
        spec: dict[str, Any] = {"from": one[0] if len(one) == 1 else one, "to": other[0] if len(other) == 1 else other}
        return {**spec, "default": True} if edge.default else spec

    def segment(self, outcome: Outcome) -> dict[str, Any]:
        """The rows with an outcome, under the glossary's names for it."""
        owner, thing, said = f"segment {outcome.name}", outcome.dataset.named.own.text, outcome.said
        wanted = [(said["zh"], said["en"]), (f"{said['zh']}的{thing.zh}", f"{said['en']} {thing.en}")]
        spec: dict[str, Any] = {"label": self._layout.claims.label(owner, wanted)}
        spec |= self._layout.claims.synonyms(owner, said.get("zh_more", ()), said.get("en_more", ()))
        self._note(f"segments.{outcome.name}", f"{said['zh']}, {said['en']}", outcome.reason)
        return {**spec, "where": [outcome.where]}
