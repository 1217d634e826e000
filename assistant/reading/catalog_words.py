"""The words that belong to a catalog: those that its names are made of, and its verbs with their families."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from weakref import WeakKeyDictionary

from assistant.language.doings import with_families
from assistant.language.general import chinese_words
from assistant.language.normalise import normalise
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import FieldSpec, Text
from semantic_layer.query import FieldCondition
from semantic_layer.spelling import has_han

_KNOWN: WeakKeyDictionary[Catalog, frozenset[str]] = WeakKeyDictionary()
_VERBS: WeakKeyDictionary[Catalog, dict[tuple[str, str], tuple[str, ...]]] = WeakKeyDictionary()
_SMALL = frozenset(["the", "with", "and", "per", "for", "not", "new", "each", "who", "that"])
_WORD = re.compile(r"[a-z]{3,}")
_DATE_WORDS = re.compile(r"\b(?:date|dates|time|day|timestamp|of|the)\b|日期$|时间$|日$")
_OR_NOT = re.compile(r"^是否(?:能|会|已)?|^有没有|与否$| or not$")
_DONE = {"receipt": ("received",), "sale": ("sold",), "purchase": ("bought",), "departure": ("departed",), "arrival": ("arrived",)}
_TWO = 2
_FEWEST = {True: 2, False: 4}


def verbs_of(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The normalised verbs of each dataset, with the families that the catalog names."""
    return {name: words for (name, segment), words in deeds_of(catalog).items() if not segment}


def deeds_of(catalog: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    """The normalised verbs of each dataset, and of each segment of its rows; a dataset's own go without a segment."""
    if catalog not in _VERBS:
        said = {(name, ""): spec.verbs.all() for name, spec in catalog.spec.datasets.items()}
        said |= {(rows_of(catalog, name), name): spec.verbs.all() for name, spec in catalog.spec.segments.items() if spec.verbs.all()}
        _VERBS[catalog] = with_families(said)
    return _VERBS[catalog]


def objects_of(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """What the English verbs of each dataset are done to, longest first: support, of contacted support, called support, spoke to support.

    A word is one where three verbs of the dataset or more have it behind them.
    """
    out: dict[str, tuple[str, ...]] = {}
    for dataset, verbs in verbs_of(catalog).items():
        heads: dict[str, set[str]] = {}
        for head, _, rest in (v.partition(" ") for v in verbs if v.isascii()):
            said = _LINKS.sub("", rest)
            if said and said not in _NO_OBJECTS:
                heads.setdefault(said, set()).add(head)
        out[dataset] = tuple(sorted((o for o, by in heads.items() if len(by) >= _FEWEST_VERBS), key=len, reverse=True))
    return out


_FEWEST_VERBS = 3
_LINKS = re.compile(r"^(?:(?:in touch|out|over|up) )?(?:with |to |at |by )?(?:our |the |an? )?")
_NO_OBJECTS = frozenset(
    ["in", "up", "out", "in touch", "something", "anything", "any", "from", "for", "on", "it", "them", "us", "with", "to", "at", "by",
     "back", "over", "through", "order", "purchase"]
)  # fmt: skip


def rows_of(catalog: Catalog, segment: str) -> str:
    """The dataset whose rows a segment keeps: that of its first condition on a field."""
    fields = (c.field for c in (catalog.segment(segment).where if segment else ()) if isinstance(c, FieldCondition) and "." in c.field)
    return next((f.split(".")[0] for f in fields), "")


def said_of_true(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """What is said of the rows of which a yes-or-no field is true, with the field: 准时 of 是否准时, on time of "on time or not".

    What a dataset is called after is a thing of its own: 广告, beside advertising.
    """
    things = " ".join(n for d in catalog.spec.datasets.values() for n in (normalise(d.label.zh).text, normalise(d.label.en).text))
    for dataset, spec in catalog.spec.datasets.items():
        fields = ((f"{dataset}.{name}", field) for name, field in spec.fields.items() if field.type == "boolean")
        yield from ((word, ref) for ref, field in fields for word in _stems(field) if word not in things)


def _stems(field: FieldSpec) -> Iterator[str]:
    for name in field.names():
        spelt = normalise(name).text
        stem = _OR_NOT.sub("", spelt).strip()
        if stem != spelt and len(stem) >= _FEWEST[has_han(stem)]:
            yield stem
            if has_han(stem) and len(stem) == _TWO:
                yield from (stem[0] + aspect + stem[1] for aspect in "了过")  # 打了折


def dated_verbs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """What is said of the dates that rows have beside their own, each with its field: 上架 of 上架日期, launched."""
    for dataset, spec in catalog.spec.datasets.items():
        fields = [(name, f) for name, f in spec.fields.items() if f.kind == "time" and name != spec.time and not spec.lasts]
        yield from ((word, f"{dataset}.{name}") for name, field in fields for word in said_of_date(field) if _is_verb(word))


def _is_verb(word: str) -> bool:
    return not word.endswith("的") if has_han(word) else word.endswith("ed") or word in chain.from_iterable(_DONE.values())


def said_of_date(field: FieldSpec) -> Iterator[str]:
    """What is said of a date beside its name: ship date, shipped, shipping; 发货."""
    for name in field.names():
        spelt = normalise(name).text
        stem = _DATE_WORDS.sub("", spelt).strip()
        if stem == spelt or len(stem) < _FEWEST[has_han(stem)] or " " in stem:
            continue
        yield stem
        if stem.isascii():
            base = stem.removesuffix("e")
            yield from (f"{base}ed", f"{base}{base[-1]}ed", f"{base}ing", f"{base}{base[-1]}ing")
            yield from _DONE.get(stem, ())


def catalog_words(catalog: Catalog) -> frozenset[str]:
    """The words of the labels of metrics, fields, entities and segments: left over, they say which of its things are meant."""
    if catalog not in _KNOWN:
        words = (w for label in _labels(catalog) for text in (label.zh, label.en) for w in _words(normalise(text).text))
        _KNOWN[catalog] = frozenset(words)
    return _KNOWN[catalog]


def _labels(catalog: Catalog) -> Iterator[Text]:
    spec = catalog.spec
    yield from (m.label for m in spec.metrics.values())
    yield from (f.label for d in spec.datasets.values() for f in d.fields.values())
    yield from (e.label for e in spec.entities.values())
    yield from (s.label for s in spec.segments.values())


def _words(text: str) -> Iterator[str]:
    if has_han(text):
        yield from (text[s:e] for s, e, _ in chinese_words(text) if e - s > 1)
    yield from (w for w in _WORD.findall(text) if w not in _SMALL)
