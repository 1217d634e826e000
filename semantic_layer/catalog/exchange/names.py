"""What people call the things of an imported model: labels from identifiers, and no name for two things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from semantic_layer.catalog.check.rules.names import normal
from semantic_layer.catalog.draft.words import Phrase, glossary
from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft, ModelDraft, Names, language, spoken
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.source import Place
from semantic_layer.spelling import stem

_LAYERS = re.compile(r"^(dim|fact|fct|stg|tbl|int|mart)_|_(dim|fact|fct|tbl)$", re.IGNORECASE)
_SURROGATE = re.compile(r"_sk$", re.IGNORECASE)
_TOTAL = re.compile(r"^(total (?=\w)|总)", re.IGNORECASE)
_OF_GLOSSARY = 10  # a name that nobody wrote gives way to all that somebody did
_JOINING = ("per", "by", "of", "and", "with", "to", "from", "in", "for")
_SHORTEST = 2  # characters of a Chinese name; a single one stands in many words


@dataclass(frozen=True)
class _Claim:
    """One name that something has; the thing of the lower rank keeps it."""

    rank: int
    identity: str
    names: Names
    text: str
    path: str
    place: Place | None
    longer: str

    @property
    def is_label(self) -> bool:
        return self.names.label == self.text


def give_names(draft: ModelDraft, report: Report) -> None:
    """Gives labels where the document has none, marks what looks personal, and leaves each name to one thing."""
    for dataset in draft.datasets.values():
        if not dataset.kept:
            _label(dataset.names, _LAYERS.sub("", dataset.name))
        _label_fields(dataset, report)
    for entity, names in draft.entities.items():
        _label(names, _LAYERS.sub("", entity))
        head = glossary().phrase(_LAYERS.sub("", entity)).head
        if head is not None and head.people and entity not in draft.people:
            draft.people.add(entity)
            report.add("guessed", f"entities.{entity}", "is taken for people, of whom small groups may be hidden", "视为人，小群体可被隐藏")
    for metric in draft.metrics.values():
        if not metric.kept:
            _label(metric.names, metric.name)
            _translate(metric.names)
    if draft.restored:
        return
    for _ in range(3):
        _settle(draft, report)
    _short_totals(draft, report)


def note_translations(draft: ModelDraft, report: Report) -> None:
    """Says which names the glossary gave."""
    found = [f"{n.label} = {n.also}" for n in _all_names(draft) if n.also]
    found += [s for n in _all_names(draft) for s in n.synonyms if s in n.translated]
    if found:
        shown = ", ".join(dict.fromkeys(found))
        report.add("guessed", "label", f"by the glossary: {shown}", f"按词汇表翻译：{shown}")


def _all_names(draft: ModelDraft) -> Iterator[Names]:
    for d in draft.datasets.values():
        yield d.names
        yield from (f.names for f in d.fields.values())
    yield from draft.entities.values()
    yield from (m.names for m in draft.metrics.values())


def _label(names: Names, name: str, prefix: str = "") -> None:
    """A label from the identifier where the document has none; by the glossary in both languages, if it knows every word."""
    phrase = glossary().phrase(name, prefix)
    if not names.label:
        names.label = phrase.text.en if phrase.known else spoken(name.removeprefix(prefix))
    if _translatable(phrase):
        other = phrase.text.en if language(names.label) == "zh" else phrase.text.zh
        names.also = other if language(other) != language(names.label) and len(other) >= _SHORTEST else ""


def _translatable(phrase: Phrase) -> bool:
    """Whether every word is known, and none only joins others, which Chinese says in another order."""
    return phrase.known and not any(e is not None and e.key in _JOINING for e in phrase.entries)


def _translate(names: Names) -> None:
    """Chinese names for the English synonyms that the glossary knows word by word."""
    for synonym in [s for s in names.synonyms if language(s) == "en"]:
        phrase = glossary().phrase(synonym)
        if _translatable(phrase) and len(phrase.text.zh) >= _SHORTEST and phrase.text.zh not in (*names.synonyms, names.label, names.also):
            names.synonyms.append(phrase.text.zh)
            names.translated.add(phrase.text.zh)


def names_a_group(draft: ModelDraft, name: str) -> bool:
    """Whether the name of a dimension stands in `name`, which then says how a number is split."""
    words = f" {normal(name)} "
    dimensions = [f.names for d in draft.datasets.values() for f in d.fields.values() if f.spec.get("kind", "dimension") == "dimension"]
    known = {normal(n) for names in (*dimensions, *draft.entities.values()) for n in (names.label, *names.synonyms) if n}
    return any(f" {k} " in words or (not k.isascii() and k in words) for k in known)


def _label_fields(dataset: DatasetDraft, report: Report) -> None:
    prefix = _common_prefix(list(dataset.fields))
    for field in (f for f in dataset.fields.values() if not f.kept):
        if field.entity is None and not _SURROGATE.search(field.name):
            _label(field.names, field.name, prefix)
        if field.entity is None and _is_personal(field, prefix) and field.spec.setdefault("personal", True):
            report.add("guessed", field.path, "looks personal; its values are kept out of indexes", "看起来是个人信息，取值不进入索引", field.place)


def _is_personal(field: FieldDraft, prefix: str) -> bool:
    entries = glossary().phrase(field.name, prefix).entries
    return field.spec.get("type", "string") in ("string", "date") and any(e is not None and e.personal for e in entries)


def _common_prefix(names: list[str]) -> str:
    """The abbreviation that most columns of a table begin with: c_ in c_name, c_city."""
    heads = Counter(n[: n.index("_") + 1] for n in names if 0 < n.find("_") <= 3)
    head, count = max(heads.items(), key=lambda item: item[1], default=("", 0))
    return head if count > 2 and 2 * count > len(names) else ""


def _claims(draft: ModelDraft) -> Iterator[_Claim]:
    def claims(rank: int, identity: str, names: Names, path: str, place: Place | None, longer: str = "") -> Iterator[_Claim]:
        for text in filter(None, (names.label, *names.synonyms)):
            later = _OF_GLOSSARY if text in names.translated else 3 if text != names.label else 0
            yield _Claim(rank + later, identity, names, text, path, place, longer)
        if names.also:
            yield _Claim(rank + _OF_GLOSSARY, identity, names, names.also, path, place, "")

    for m in draft.metrics.values():
        yield from claims(0, f"metric {m.name}", m.names, m.path, m.place, m.name)
    for name, names in draft.entities.items():
        yield from claims(1, f"entity {name}", names, f"entities.{name}", None)
    for d in draft.datasets.values():
        for f in d.fields.values():
            if f.entity is None:
                longer = f"{d.names.label} {f.names.label}"
                yield from claims(_rank(f), f"field {d.name}.{f.name}", f.names, f.path, f.place, longer)


def _rank(field: FieldDraft) -> int:
    return 6 if field.spec.get("kind") in ("measure", "key") else 2


def _key(name: str) -> str:
    *rest, last = normal(name).split() or [""]
    return " ".join([*rest, stem(last)])


def _settle(draft: ModelDraft, report: Report) -> None:
    by_name: dict[str, list[_Claim]] = {}
    for claim in _claims(draft):
        by_name.setdefault(_key(claim.text), []).append(claim)
    for claims in by_name.values():
        if len({c.identity for c in claims}) < 2:
            continue
        best = min(c.rank for c in claims)
        keepers = {c.identity for c in claims if c.rank == best}
        keeper = next(iter(keepers)) if len(keepers) == 1 else None
        for claim in claims:
            if claim.identity != keeper:
                _give_up(claim, keeper or "", [c.identity for c in claims if c.identity != claim.identity], report)


def _give_up(claim: _Claim, keeper: str, others: list[str], report: Report) -> None:
    rivals = ", ".join(dict.fromkeys(others))
    if claim.is_label and claim.longer and claim.longer != claim.text:
        claim.names.label = claim.longer
        report.add(
            "guessed", claim.path, f"is called {claim.longer!r}, because {claim.text!r} also names {rivals}",
            f"叫作“{claim.longer}”，因为“{claim.text}”也指 {rivals}", claim.place,
        )  # fmt: skip
        return
    if claim.is_label:
        claim.names.label = ""
    if claim.text == claim.names.also:
        claim.names.also = ""
    claim.names.synonyms = [s for s in claim.names.synonyms if s != claim.text]
    left = f"it is left to {keeper}" if keeper else f"it also names {rivals}, so it is left to none"
    left_zh = f"留给 {keeper}" if keeper else f"它也指 {rivals}，因此都不用"
    report.add("guessed", claim.path, f"the name {claim.text!r} is dropped: {left}", f"去掉名称“{claim.text}”：{left_zh}", claim.place)


def _short_totals(draft: ModelDraft, report: Report) -> None:
    """Total sales are sales, where nothing else is called so."""
    taken = {_key(c.text) for c in _claims(draft)}
    for metric in draft.metrics.values():
        for label in (metric.names.label, metric.names.also):
            short = _TOTAL.sub("", label)
            if short != label and _key(short) not in taken:
                taken.add(_key(short))
                metric.names.synonyms.append(short)
                report.add("guessed", metric.path, f"is also called {short!r}", f"也叫“{short}”", metric.place)
