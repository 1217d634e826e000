"""From the tables of a database to the keys of a catalog."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic_layer.catalog.draft import fields as columns
from semantic_layer.catalog.draft import metrics
from semantic_layer.catalog.draft.claims import Claims
from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.identifiers import identifier
from semantic_layer.catalog.draft.keys import Key, primary_key
from semantic_layer.catalog.draft.links import Named, links, without_circles
from semantic_layer.catalog.draft.outcomes import Outcome, outcomes
from semantic_layer.catalog.draft.profile import Database, Table, profile
from semantic_layer.catalog.draft.roles import DraftDataset, datasets
from semantic_layer.catalog.draft.words import Phrase, common_prefix, glossary, plural
from semantic_layer.engines.admin import quoted, quoted_table
from semantic_layer.errors import CatalogError

MAX_COLUMNS = 2_000


@dataclass(frozen=True)
class Review:
    """Something that was guessed: what, and why."""

    place: str
    what: str
    reason: str


@dataclass
class Drafted:
    """The sections of a catalog, in their order, with what was guessed. `comments` say it beside each key."""

    sections: dict[str, Any] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    last_day: dt.date | None = None

    def note(self, place: str, what: str, reason: str) -> None:
        """Marks something for review, once."""
        review = Review(place, what, reason)
        if review not in self.reviews:
            self.reviews.append(review)


Headers = Mapping[str, tuple[str, Mapping[str, str]]]


def draft_catalog(database: Database, headers: Headers | None = None) -> Drafted:
    """A catalog of all tables. Deterministic: the same rows give the same catalog. Raises CatalogError where there is nothing to draft.

    `headers` give, by table, what people call it and, by column, what people call that, where the database has other names;
    only tables that are named there are drafted then.
    """
    tables, unread = profile(database)
    if headers is not None:
        tables, unread = [t for t in tables if t.name in headers], [n for n in unread if n in headers]
    if not tables:
        raise CatalogError("The database has no tables that can be read.", "数据库里没有可读取的表。")
    made = _Draft(database, tables, headers or {}).made
    for name in unread:
        made.note(name, "the whole table", "it cannot be read, or its name holds a dot; left out")
    return made


class _Draft:
    def __init__(self, database: Database, tables: list[Table], headers: Headers) -> None:
        self._database, self._headers = database, headers
        self.made = Drafted()
        self._claims = Claims()
        for table in tables:
            self._bound(table)
        named = [self._named(t) for t in tables]
        found = links(database, named)
        taken: set[str] = set()
        names = {n.table.name: identifier(n.table.name, n.own, taken, "table") for n in named}
        self._displays: dict[str, str] = {}
        self._entities: dict[str, dict[str, Any]] = {}
        found, circular = without_circles(found)
        for link in circular:
            reason = "its table points back, or is the same; a catalog cannot say it: left out"
            self.made.note(link.table, f"{', '.join(link.columns)} -> {link.other}", reason)
        self._datasets, beyond = datasets(named, found, names)
        for link in beyond:
            self.made.note(link.table, f"{', '.join(link.columns)} -> {link.other}", "one role of its table too many: left out")
        self._by_name = {d.name: d for d in self._datasets}
        self._fields = {d.name: self._fields_of(d) for d in self._datasets}
        self._measures = Counter(f.phrase.words for d in self._datasets if not d.role for f in self._fields[d.name] if f.kind == "measure")
        self._write()

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
        return Named(table, own, phrases, primary_key(self._database, table, phrases, own))

    # -- fields ---------------------------------------------------------------------------------------------

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
            made = columns.classified(self._database, dataset, column, name, glossary())
            if column.name in keys:
                made.kind, made.entity = "key", keys[column.name]
            elif column.name in self._composite(dataset) and made.kind == "measure":
                made.kind = "dimension"
            made.display = column.name == self._display(dataset)
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
        own = {dataset.named.key.columns[0]: self._entity_name(dataset)} if _is_entity(dataset.named.key) and dataset.named.key else {}
        pointed = {e.link.columns[0]: self._entity_name(self._by_name[e.to]) for e in dataset.edges if len(e.link.columns) == 1}
        return {**own, **pointed}

    def _split(self, d: DraftDataset) -> bool:
        """Whether the table also has datasets for its roles: its bare name then means one of these."""
        return not d.role and any(o.role and o.named is d.named for o in self._datasets)

    def _entity_name(self, dataset: DraftDataset) -> str:
        """Where the rows have names, people mean these by the bare word, and the entity is called after its id."""
        words = [*dataset.role, *(dataset.named.own.words or (dataset.name,))]
        if self._split(dataset):
            words = ["listed", *words]
        return "_".join([*words, "id"] if self._display(dataset) else words)

    def _display(self, dataset: DraftDataset) -> str:
        """The column with the names of a dataset's rows, empty if there is none."""
        table = dataset.named.table
        if table.name not in self._displays:
            shown = (c.name for c in table.columns.values() if columns.is_display(self._database, dataset, c))
            self._displays[table.name] = next(shown, "")
        return self._displays[table.name]

    # -- writing --------------------------------------------------------------------------------------------

    def _write(self) -> None:
        plain = [d for d in self._datasets if not d.role]
        self._name_entities()
        drafts = [(d, m) for d in plain for m in self._metrics_of(d)]
        written = {d.name: self._dataset(d) for d in self._datasets}
        self._name_metrics(drafts)
        found = [(o, next(m.name for other, m in drafts if other is d)) for d in plain for o in outcomes(d, self._fields[d.name])]
        drafts += [(o.dataset, m) for o, rows in found for m in o.metrics(rows)]
        self._name_metrics(drafts)
        labels = {id(m): self._claims.label(f"metric {m.name}", m.labels) for _, m in drafts}
        self.made.sections["datasets"] = written
        self.made.sections["relationships"] = [self._relationship(d, e) for d in self._datasets for e in d.edges]
        self.made.sections["entities"] = self._entities
        self.made.sections["metrics"] = self._metrics(drafts, labels)
        self.made.last_day = self._last_day(plain)
        for d in self._datasets:
            for f in self._fields[d.name]:
                self._add_synonyms(d, f, written[d.name]["fields"][f.name])
        self.made.sections["terms"] = self._terms(drafts)
        self.made.sections["segments"] = {o.name: self._segment(o) for o, _ in found}

    def _segment(self, outcome: Outcome) -> dict[str, Any]:
        owner, thing, said = f"segment {outcome.name}", outcome.dataset.named.own.text, outcome.said
        wanted = [(said["zh"], said["en"]), (f"{said['zh']}的{thing.zh}", f"{said['en']} {thing.en}")]
        spec: dict[str, Any] = {"label": self._claims.label(owner, wanted)}
        spec |= self._claims.synonyms(owner, said.get("zh_more", ()), said.get("en_more", ()))
        self.made.note(f"segments.{outcome.name}", f"{said['zh']}, {said['en']}", outcome.reason)
        return {**spec, "where": [outcome.where]}

    def _name_entities(self) -> None:
        for dataset in self._datasets:
            if not _is_entity(dataset.named.key):
                continue
            name = self._entity_name(dataset)
            if name in self._entities:
                continue
            role, own = self._role(dataset), dataset.named.own
            zh, en = (f"{role.text.zh}{own.text.zh}", f"{role.text.en} {own.text.en}") if role else (own.text.zh, own.text.en)
            if self._split(dataset):
                zh, en = f"{zh}表", f"listed {en}"
            known = any(f.display for f in self._fields[dataset.name])
            wanted = [(f"{zh}编号", f"{en} id")] if known else [(zh, en), (f"{zh}编号", f"{en} id")]
            spec: dict[str, Any] = {"dataset": dataset.name}
            if known:
                spec["shown_by"] = next(f.name for f in self._fields[dataset.name] if f.display)
            spec["label"] = self._claims.label(f"entity {name}", wanted)
            if own.head and own.head.people:
                spec["people"] = True
            if not known and not role:
                spec |= self._claims.synonyms(f"entity {name}", own.more("zh"), own.more("en"))
            self._entities[name] = spec

    def _role(self, dataset: DraftDataset) -> Phrase | None:
        return glossary().phrase("_".join(dataset.role)) if dataset.role else None

    def _dataset(self, d: DraftDataset) -> dict[str, Any]:
        table, own = d.named.table, d.named.own
        spec: dict[str, Any] = {}
        if table.name != d.name:
            spec["source"] = table.name
        spec["label"] = {"zh": own.text.zh, "en": plural(own.text.en)}
        spec["description"] = {"zh": f"每行一个{own.text.zh}", "en": f"One row for each {own.text.en}"}
        if d.named.key:
            names = {f.column.name: f.name for f in self._fields[d.name] if f.column}
            spec["primary_key"] = [names[c] for c in d.named.key.columns]
            if d.named.key.found:
                self.made.note(f"datasets.{d.name}.primary_key", ", ".join(spec["primary_key"]), f"unique in all {table.rows:,} rows, not declared")
        if time := self._time(d):
            spec["time"] = time
        if snapshot := self._snapshot(d):
            spec["snapshot"] = snapshot
            self.made.note(f"datasets.{d.name}.snapshot", ", ".join(snapshot["per"]), "one row a day for each: balances are not added up over time")
        if not d.role and (verbs := metrics.verbs_of(own.head)):
            spec["verbs"] = verbs
        spec["fields"] = {f.name: self._field(d, f) for f in self._fields[d.name]}
        return spec

    def _time(self, d: DraftDataset) -> str:
        """What rows are dated by: a time of their own, or of what they point to."""
        own = [(columns.time_rank(f), 1, f.name) for f in self._fields[d.name] if f.kind == "time"]
        others = [
            (columns.time_rank(f), 0, f"{e.to}.{f.name}")
            for e in d.edges
            for f in self._fields[e.to]
            if f.kind == "time" and d.named.table.rows >= self._by_name[e.to].named.table.rows and self._by_name[e.to].named.own.has(*_EVENTS)
        ]
        best = max([*own, *others], key=lambda t: t[:2], default=None)
        if best is None:
            return ""
        if len(own) + len(others) > 1:
            self.made.note(f"datasets.{d.name}.time", best[2], "the likeliest of several times")
        return best[2]

    def _snapshot(self, d: DraftDataset) -> dict[str, Any]:
        """The time and the keys of balances: one row for each day and thing, and a measure that is a stock."""
        key = d.named.key
        names = {f.column.name: f for f in self._fields[d.name] if f.column}
        if key is None or len(key.columns) < 2 or d.role:
            return {}
        days = [names[c].name for c in key.columns if names[c].kind == "time"]
        stocks = [f for f in names.values() if f.kind == "measure" and f.phrase.has(*_STOCKS)]
        rest = [names[c].name for c in key.columns if names[c].kind != "time"]
        return {"time": days[0], "per": rest} if len(days) == 1 and rest and stocks else {}

    def _last_day(self, plain: list[DraftDataset]) -> dt.date | None:
        """The last day by which rows are dated."""
        days: list[dt.date | None] = []
        for d in plain:
            made = next((f for f in self._fields[d.name] if f.name == self._time(d)), None)
            if made is not None:
                written = made.expression or quoted(made.name)
                days += self._database.rows(f"SELECT CAST(max({written}) AS DATE) FROM {quoted_table(d.named.table.name)}")[0]
        return max((day for day in days if day is not None), default=None)

    def _field(self, d: DraftDataset, f: DraftField) -> dict[str, Any]:
        owner = f"entity {f.entity}" if f.entity else f"field {d.name}.{f.name}"
        spec: dict[str, Any] = {
            "expression": f.expression, "entity": f.entity, "kind": f.kind, "type": f.type, "unit": f.unit, "personal": f.personal,
        }  # fmt: skip
        if f.entity:
            # Short codes are typed in questions; numbers are not.
            if f.type == "string" and self._first_holder(f.entity) == (d.name, f.name):
                spec["kind"] = "dimension"
            spec["label"] = self._entities[f.entity]["label"]
            if f.values and spec["kind"] == "dimension":
                spec["values"] = {v: {"label": names} for v, names in f.values.items()}
        else:
            spec["label"] = self._claims.label(owner, self._spoken(d, f))
            text = spec["label"]
            spec["description"] = {"zh": f"{d.named.own.text.zh}的{f.phrase.text.zh}", "en": f"{f.phrase.text.en} of the {d.named.own.text.en}"}
            if f.values:
                spec["values"] = {v: {"label": names} for v, names in f.values.items()}
            spec["order"] = list(f.order)
            for reason in f.reviews:
                self.made.note(f"datasets.{d.name}.fields.{f.name}", f"{f.kind}, {text['zh']}, {text['en']}", reason)
        return columns.annotated(spec)

    def _spoken(self, d: DraftDataset, f: DraftField) -> Iterator[tuple[str, str]]:
        if self._split(d):
            # Nothing points here: what people mean by it is one of the roles.
            yield f"{d.named.own.text.zh}表{f.phrase.text.zh}", f"{f.phrase.text.en} in the list of {plural(d.named.own.text.en)}"
        else:
            yield from columns.spoken(f, d.named.own, self._role(d))

    def _first_holder(self, entity: str) -> tuple[str, str]:
        """The largest table that points to an entity: its values are those that are used."""
        holders = [
            (-d.named.table.rows, n, d.name, f.name)
            for n, d in enumerate(self._datasets)
            for f in self._fields[d.name]
            if f.entity == entity and (not d.named.key or d.named.key.columns != ((f.column.name,) if f.column else ()))
        ]
        return min(holders)[2:] if holders else ("", "")

    def _add_synonyms(self, d: DraftDataset, f: DraftField, spec: dict[str, Any]) -> None:
        if f.entity:
            zh, en = [f.phrase.text.zh], [f.phrase.text.en]
            own_key = d.named.key is not None and f.column is not None and d.named.key.columns == (f.column.name,)
            if own_key and d.role and not self._display(d):
                role_zh, role_en = self._said_of_role(d)
                zh += [f"{r}{d.named.own.text.zh}" for r in role_zh]
                en += [f"{r} {d.named.own.text.en}" for r in role_en]
            more = self._claims.synonyms(f"entity {f.entity}", zh, en)
        else:
            wanted = list(self._spoken(d, f))
            zh, en = [z for z, _ in wanted], [e for _, e in wanted]
            if not d.role and f.kind != "measure" and not self._split(d):
                zh, en = [*zh, *f.phrase.more("zh")], [*en, *f.phrase.more("en")]
            if f.column and columns.is_number_of(f.column, f.phrase) and not d.role:
                zh, en = [*zh, f"{f.phrase.text.zh}量", f"{f.phrase.text.zh}目"], [*en, plural(f.phrase.last), f"{f.phrase.last} count"]
            if f.display and not self._split(d):
                role_zh, role_en = self._said_of_role(d)
                zh += [f"{r}{n}" for r in role_zh for n in (d.named.own.text.zh, *d.named.own.more("zh"))]
                en += [f"{r} {n}".strip() for r in role_en for n in (d.named.own.text.en, *d.named.own.more("en"))]
            more = self._claims.synonyms(f"field {d.name}.{f.name}", zh, en)
        spec |= more

    def _said_of_role(self, d: DraftDataset) -> tuple[list[str], list[str]]:
        """What a role is called: nothing for the table itself."""
        role = self._role(d)
        if role is None:
            return [""], [""]
        return [role.text.zh, *role.more("zh")], [role.text.en, *role.more("en")]

    def _relationship(self, d: DraftDataset, edge: Any) -> dict[str, Any]:
        mine = {f.column.name: f.name for f in self._fields[d.name] if f.column}
        theirs = {f.column.name: f.name for f in self._fields[edge.to] if f.column}
        one = [f"{d.name}.{mine[c]}" for c in edge.link.columns]
        other = [f"{edge.to}.{theirs[c]}" for c in edge.link.keys]
        if edge.link.reason and not d.role:
            self.made.note("relationships", f"{', '.join(one)} -> {', '.join(other)}", edge.link.reason)
        spec: dict[str, Any] = {"from": one[0] if len(one) == 1 else one, "to": other[0] if len(other) == 1 else other}
        return {**spec, "default": True} if edge.default else spec

    # -- terms ----------------------------------------------------------------------------------------------

    def _terms(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]]) -> dict[str, Any]:
        """Words that mean one of several things: what a table is called of which there are roles, and the head of several names."""
        out: dict[str, Any] = {}
        for d in self._datasets:
            roles = [o for o in self._datasets if o.role and o.named is d.named] if self._split(d) else []
            for name in dict.fromkeys(f.phrase.words for o in roles for f in self._fields[o.name] if not f.personal and self._groups(o, f)):
                fields = [(o, f) for o in (*roles, d) for f in self._fields[o.name] if f.phrase.words == name]
                zh, en = _term_names(d.named.own, fields[0][1])
                self._term(out, [f"{o.name}.{f.name}" for o, f in fields], zh, en)
        heads: dict[str, list[tuple[str, str]]] = {}
        for _, m in drafts:
            if m.of is not None:
                heads.setdefault(" ".join(m.of.words), []).append((m.name, f"metric {m.name}"))
                if len(m.of.words) > 1:
                    heads.setdefault(m.of.last, []).append((m.name, f"metric {m.name}"))
        self._heads(out, heads)
        heads = {}
        for d in self._datasets:
            for f in self._fields[d.name]:
                if f.kind == "dimension" and not (f.entity or f.personal or self._split(d)) and f.column and f.column.distinct > 1:
                    heads.setdefault(f.phrase.last, []).append((f"{d.name}.{f.name}", f"field {d.name}.{f.name}"))
        self._heads(out, heads)
        return out

    def _groups(self, d: DraftDataset, f: DraftField) -> bool:
        """Whether people split by a field: a dimension, or the key of rows that have no names."""
        own = d.named.key is not None and f.column is not None and d.named.key.columns == (f.column.name,)
        return f.kind == "dimension" or (own and not self._display(d))

    def _heads(self, out: dict[str, Any], heads: dict[str, list[tuple[str, str]]]) -> None:
        """The last word of a name: of one thing it is another name, of several a term."""
        for word, owners in heads.items():
            entry = glossary().phrase(word).head
            if entry is None or entry.section not in _HEADS or word in _VAGUE or not 0 < len(owners) <= _MOST_MEANINGS:
                continue
            zh, en = [entry.zh, *entry.zh_more], [entry.en, *entry.en_more]
            if len(owners) > 1:
                self._term(out, [name for name, _ in owners], zh, en)
                continue
            (name, owner), = owners
            section, _, field = name.rpartition(".")
            spec = self.made.sections["datasets"][section]["fields"][field] if section else self.made.sections["metrics"][name]
            known = spec.setdefault("synonyms", {})
            for lang, names in self._claims.synonyms(owner, zh[:1], en[:1]).get("synonyms", {}).items():
                known[lang] = [*known.get(lang, []), *names]
            if not known:
                del spec["synonyms"]

    def _term(self, out: dict[str, Any], means: list[str], zh: list[str], en: list[str]) -> None:
        name = en[0].replace(" ", "_")
        names = self._claims.synonyms(f"term {name}", zh, en).get("synonyms", {})
        if len(means) > 1 and names:
            label = {lang: found[0] for lang, found in names.items()}
            rest = {lang: found[1:] for lang, found in names.items() if found[1:]}
            out[name] = columns.annotated({"label": label, "synonyms": rest, "means": means})

    # -- metrics --------------------------------------------------------------------------------------------

    def _metrics_of(self, d: DraftDataset) -> list[metrics.DraftMetric]:
        fields = self._fields[d.name]
        out = [metrics.rows_of(d, fields), *metrics.pairs(d, fields)]
        for f in fields:
            if f.kind == "measure":
                out += metrics.of_measure(d, f, self._measures[f.phrase.words] == 1)
        for edge in d.edges:
            target = self._by_name[edge.to]
            if len(edge.link.columns) == 1 and (d.named.own.has(*_EVENTS) or self._time(d)):
                field = next(f.name for f in fields if f.column and f.column.name == edge.link.columns[0])
                role = self._role(target)
                out.append(metrics.seen_in(d, field, target.named.own, role.text.en if role else ""))
        return out

    def _name_metrics(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]]) -> None:
        """Gives each metric a name of its own: with its dataset's where the plain one is taken."""
        taken: set[str] = set()
        for d, m in drafts:
            name, n = m.name, 2
            while name in taken:
                name = f"{d.name}_{m.name}" if n == 2 else f"{d.name}_{m.name}_{n}"
                n += 1
            m.name = name
            taken.add(name)

    def _metrics(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]], labels: dict[int, dict[str, str]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        likeliest = max(drafts, key=lambda p: p[1].weight, default=None)
        counters: set[str] = set()
        for d, m in drafts:
            name, n = m.name, 2
            while name in out or (name in self._by_name and name != d.name):
                name, n = (f"{d.name}_{m.name}", n) if f"{d.name}_{m.name}" not in out else (f"{m.name}_{n}", n + 1)
            spec: dict[str, Any] = {
                "expression": m.expression, "filter": m.filter, "format": m.format, "unit": m.unit, "good": m.good,
                "label": labels[id(m)],
            }  # fmt: skip
            spec |= self._claims.synonyms(f"metric {m.name}", m.zh, m.en)
            spec["description"] = {"zh": m.description[0], "en": m.description[1]}
            kept = {lang: [w for w in words if w not in counters] for lang, words in m.counters.items()}
            counters |= {w for words in kept.values() for w in words}
            spec["counters"] = {lang: words for lang, words in kept.items() if words}
            spec["default"] = likeliest is not None and m is likeliest[1]
            out[name] = columns.annotated({**spec, "format": "" if m.format == "number" else m.format})
            for reason in m.reviews + (["the metric of questions that name none"] if spec["default"] else []):
                self.made.note(f"metrics.{name}", m.expression, reason)
        return out


_VAGUE = (
    "name", "number", "code", "comment", "type", "class", "category", "group", "level", "flag", "count", "value", "date", "time",
    "year", "month", "day",
)  # fmt: skip
_MOST_MEANINGS = 4
_HEADS = ("measures", "attributes", "compounds")
_STOCKS = ("stock", "inventory", "balance", "on hand", "available")
_EVENTS = (
    "order", "transaction", "purchase", "sale", "booking", "visit", "event", "invoice", "flight", "trip", "payment", "basket",
    "shipment", "session", "line",
)  # fmt: skip


def _term_names(own: Phrase, f: DraftField) -> tuple[list[str], list[str]]:
    if f.display or f.entity:
        return [own.text.zh, *own.more("zh")], [own.text.en, *own.more("en")]
    return [f"{own.text.zh}{f.phrase.text.zh}", f.phrase.text.zh], [f"{own.text.en} {f.phrase.text.en}", f.phrase.text.en]


def _is_entity(key: Key | None) -> bool:
    return key is not None and len(key.columns) == 1
