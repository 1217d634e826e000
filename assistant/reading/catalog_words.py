"""The words that belong to a catalog: those that its names are made of, and its verbs with their families."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from assistant.language.doings import with_families
from assistant.language.general import chinese_words
from assistant.language.normalise import normalise
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.query import FieldCondition
from semantic_layer.spelling import has_han

_KNOWN: WeakKeyDictionary[Catalog, frozenset[str]] = WeakKeyDictionary()
_VERBS: WeakKeyDictionary[Catalog, dict[tuple[str, str], tuple[str, ...]]] = WeakKeyDictionary()
_SMALL = frozenset(["the", "with", "and", "per", "for", "not", "new", "each", "who", "that"])
_WORD = re.compile(r"[a-z]{3,}")


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


def rows_of(catalog: Catalog, segment: str) -> str:
    """The dataset whose rows a segment keeps: that of its first condition on a field."""
    fields = (c.field for c in catalog.segment(segment).where if isinstance(c, FieldCondition) and "." in c.field)
    return next((f.split(".")[0] for f in fields), "")


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
