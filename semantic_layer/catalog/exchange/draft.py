"""A semantic model of another tool, read into our words, before the database has been asked about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from semantic_layer.catalog.source import Place
from semantic_layer.spelling import has_han

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(r"[A-Za-z_]\w*")
_NO_NAME = re.compile(r"\W+")


@dataclass
class Names:
    """What people call something; the language of each text is told by its script.

    `also` is the label in the other language; `translated` are the synonyms that the glossary gave.
    """

    label: str = ""
    also: str = ""
    synonyms: list[str] = field(default_factory=list)
    description: str = ""
    translated: set[str] = field(default_factory=set)

    def spec(self) -> dict[str, Any]:
        """As the catalog writes it, without empty parts and without repeating the label."""
        out: dict[str, Any] = {}
        if labels := {language(text): text for text in (self.also, self.label) if text}:
            out["label"] = labels
        seen = {self.label.casefold(), self.also.casefold()}
        for name in self.synonyms:
            if name.casefold() not in seen:
                seen.add(name.casefold())
                out.setdefault("synonyms", {}).setdefault(language(name), []).append(name)
        if self.description:
            out["description"] = {language(self.description): self.description}
        return out


@dataclass
class FieldDraft:
    """A field. `sql` is None for a column of the same name; `role` is what the document says of its use.

    Here and below `spec` is what is known already as the catalog writes it; where it is `kept`, nothing is guessed.
    """

    name: str
    path: str
    sql: exp.Expr | None = None
    role: str = ""
    names: Names = field(default_factory=Names)
    entity: str | None = None
    place: Place | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    kept: bool = False


@dataclass
class DatasetDraft:
    """A dataset over the table `source`. `time` and `snapshot` are set where the document says them."""

    name: str
    source: str
    path: str
    primary_key: list[str] = field(default_factory=list)
    fields: dict[str, FieldDraft] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    time: str | None = None
    place: Place | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    kept: bool = False

    def field_of(self, column: str) -> str | None:
        """The field of this name, here or in the document, or the field that is just this column, whatever the case."""
        wanted = column.casefold()
        for name, f in self.fields.items():
            plain = f.sql.name if isinstance(f.sql, exp.Column) else name if f.sql is None else ""
            if wanted in (name.casefold(), plain.casefold()) or f.path == f"{self.path}.fields.{column}":
                return name
        return None


@dataclass
class RelationshipDraft:
    """Many rows of `many` point to one of `one`, column by column."""

    many: str
    one: str
    pairs: list[tuple[str, str]]
    path: str
    place: Place | None = None
    spec: dict[str, Any] = field(default_factory=dict)


@dataclass
class MetricDraft:
    """A metric: its expression, columns written as dataset.field, other metrics by their name."""

    name: str
    tree: exp.Expr
    path: str
    names: Names = field(default_factory=Names)
    place: Place | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    kept: bool = False


@dataclass
class ModelDraft:
    """A whole model. `sections` and `settings` are taken over as they are; a `restored` model was exported from here.

    `people` are the entities that are persons.
    """

    name: str
    names: Names = field(default_factory=Names)
    datasets: dict[str, DatasetDraft] = field(default_factory=dict)
    relationships: list[RelationshipDraft] = field(default_factory=list)
    metrics: dict[str, MetricDraft] = field(default_factory=dict)
    entities: dict[str, Names] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    restored: bool = False
    people: set[str] = field(default_factory=set)


def language(text: str) -> str:
    """`zh` if a Chinese character stands in the text, else `en`."""
    return "zh" if has_han(text) else "en"


def spoken(name: str) -> str:
    """An identifier as people say it: total_sales and TotalSales become total sales."""
    words = _CAMEL.sub("_", name).replace("_", " ").split()
    return " ".join(w if w.isupper() and 1 < len(w) < 4 and not name.isupper() else w.lower() for w in words)


def identifier(name: str, taken: Iterable[str]) -> str:
    """The nearest name that a catalog accepts and that is not taken."""
    plain = name
    if not _NAME.fullmatch(name):
        plain = _NO_NAME.sub("_", name.strip()).strip("_") or "unnamed"
        plain = plain if _NAME.fullmatch(plain) else f"n_{plain}"
    known, number, chosen = set(taken), 1, plain
    while chosen in known:
        number += 1
        chosen = f"{plain}_{number}"
    return chosen
