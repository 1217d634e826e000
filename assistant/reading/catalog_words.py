"""The words that the names of a catalog are made of: left over in a question, they say which of its things are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from assistant.language.general import chinese_words
from assistant.language.normalise import normalise
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.spelling import has_han

_KNOWN: WeakKeyDictionary[Catalog, frozenset[str]] = WeakKeyDictionary()
_SMALL = frozenset(["the", "with", "and", "per", "for", "not", "new", "each", "who", "that"])
_WORD = re.compile(r"[a-z]{3,}")


def catalog_words(catalog: Catalog) -> frozenset[str]:
    """The words of the labels of metrics, fields, entities and segments."""
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
