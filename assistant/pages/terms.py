"""Words to offer while somebody types: metrics, what they can be split by, and values."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from weakref import WeakKeyDictionary

from assistant.answer.say import Speaker
from semantic_layer.shops import Access, Shop
from semantic_layer.values import ValueIndex

_LOOKED_AT = 100_000  # values
_OF_FIELD, _ALL = 500, 4_000
_made: WeakKeyDictionary[ValueIndex, dict[tuple[str, str], list[list[str]]]] = WeakKeyDictionary()


def terms(shop: Shop, lang: str, user: str | None = None) -> list[list[str]]:
    """Pairs of a word and what it is (a metric, or the field of a value), as this user may see them. Raises ShopError, UsageError."""
    access = shop.access(user)
    known = _made.setdefault(access.values, {})
    key = access.catalog.hash, lang
    if key not in known:
        known[key] = _terms(access, Speaker(access.catalog, lang))
    return known[key]


def _terms(access: Access, speaker: Speaker) -> list[list[str]]:
    found: dict[str, str] = {}
    for metric in access.catalog.spec.metrics.values():
        _add(found, metric.label.get(speaker.lang), speaker.word("terms_metric"))
    for dataset, d in access.catalog.spec.datasets.items():
        for name, field in d.fields.items():
            if field.kind == "dimension" and not field.personal:
                _add(found, speaker.field(f"{dataset}.{name}"), speaker.word("terms_dimension"))
    taken: Counter[str] = Counter()
    for entry in islice(access.values.entries, _LOOKED_AT):
        taken[entry.field] += 1
        if taken[entry.field] <= _OF_FIELD and len(found) < _ALL:
            named = access.catalog.field(entry.field).spec.values.get(entry.value)
            _add(found, (named.label.get(speaker.lang) if named else "") or entry.value, speaker.field(entry.field))
    return [[word, kind] for word, kind in found.items()]


def _add(found: dict[str, str], word: str, kind: str) -> None:
    """A word that is worth offering, once."""
    if len(word) > 1 and not word.isdigit():
        found.setdefault(word, kind)
