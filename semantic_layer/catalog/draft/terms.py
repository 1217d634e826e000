"""Words that mean one of several things."""

from __future__ import annotations

from typing import Any

from semantic_layer.catalog.draft import fields as columns
from semantic_layer.catalog.draft import metrics
from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.layout import Layout
from semantic_layer.catalog.draft.roles import DraftDataset
from semantic_layer.catalog.draft.words import Phrase, glossary

_VAGUE = (
    "name", "number", "code", "comment", "type", "class", "category", "group", "level", "flag", "count", "value", "date", "time",
    "year", "month", "day",
)  # fmt: skip
_MOST_MEANINGS = 4
_HEADS = ("measures", "attributes", "compounds")


class Terms:
    """Finds the words among the names that fields and metrics were given."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def terms(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]]) -> dict[str, Any]:
        """Words that mean one of several things: what a table is called of which there are roles, and the head of several names."""
        out: dict[str, Any] = {}
        for d in self._layout.datasets:
            roles = [o for o in self._layout.datasets if o.role and o.named is d.named] if self._layout.split(d) else []
            for name in dict.fromkeys(f.phrase.words for o in roles for f in self._layout.fields[o.name] if not f.personal and self._groups(o, f)):
                fields = [(o, f) for o in (*roles, d) for f in self._layout.fields[o.name] if f.phrase.words == name]
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
        for d in self._layout.datasets:
            for f in self._layout.fields[d.name]:
                if f.kind == "dimension" and not (f.entity or f.personal or self._layout.split(d)) and f.column and f.column.distinct > 1:
                    heads.setdefault(f.phrase.last, []).append((f"{d.name}.{f.name}", f"field {d.name}.{f.name}"))
        self._heads(out, heads)
        return out

    def _groups(self, d: DraftDataset, f: DraftField) -> bool:
        """Whether people split by a field: a dimension, or the key of rows that have no names."""
        own = d.named.key is not None and f.column is not None and d.named.key.columns == (f.column.name,)
        return f.kind == "dimension" or (own and not self._layout.display(d))

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
            ((name, owner),) = owners
            section, _, field = name.rpartition(".")
            spec = self._layout.made.sections["datasets"][section]["fields"][field] if section else self._layout.made.sections["metrics"][name]
            known = spec.setdefault("synonyms", {})
            for lang, names in self._layout.claims.synonyms(owner, zh[:1], en[:1]).get("synonyms", {}).items():
                known[lang] = [*known.get(lang, []), *names]
            if not known:
                del spec["synonyms"]

    def _term(self, out: dict[str, Any], means: list[str], zh: list[str], en: list[str]) -> None:
        name = en[0].replace(" ", "_")
        names = self._layout.claims.synonyms(f"term {name}", zh, en).get("synonyms", {})
        if len(means) > 1 and names:
            label = {lang: found[0] for lang, found in names.items()}
            rest = {lang: found[1:] for lang, found in names.items() if found[1:]}
            out[name] = columns.annotated({"label": label, "synonyms": rest, "means": means})


def _term_names(own: Phrase, f: DraftField) -> tuple[list[str], list[str]]:
    if f.display or f.entity:
        return [own.text.zh, *own.more("zh")], [own.text.en, *own.more("en")]
    return [f"{own.text.zh}{f.phrase.text.zh}", f.phrase.text.zh], [f"{own.text.en} {f.phrase.text.en}", f.phrase.text.en]
