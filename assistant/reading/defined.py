"""Words that the definition of what was understood has itself: the stock available, where the metric is the available quantity.

They say nothing further. What a definition only names to deny it (without freight, before coupons) is no word of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language.general import chinese_words
from assistant.language.normalise import normalise
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.spelling import has_han, stem

_CLAUSES = re.compile(r"[,;:()。；，（）]")
_DENIES = re.compile(r"[未不无非没除减扣]|\b(?:not|no|non|never|without|before|less|minus|un\w+|except|than)\b")
_WORD = re.compile(r"[a-z]{3,}")
# Words that turn or cut what they stand beside.
_TURNING = frozenset(
    ["after", "all", "also", "and", "any", "before", "between", "each", "ever", "every", "except", "first", "for", "from", "its", "last",
     "less", "long", "low", "many", "more", "most", "much", "net", "never", "new", "next", "non", "not", "off", "old", "one", "only",
     "other", "out", "over", "per", "same", "single", "some", "than", "that", "the", "then", "this", "those", "top", "two", "under",
     "until", "were", "when", "who", "with", "without"]
)  # fmt: skip


def is_defined(catalog: Catalog, mark: Mark, beside: Mark) -> bool:
    """Whether every word of a mark that nothing claims stands in the names or the description of what is named beside it."""
    if not mark.unknown:
        return False
    if not has_han(mark.text):
        return mark.text not in _TURNING and stem(mark.text) in _words(catalog, beside)
    words = [mark.text[s:e] for s, e, _ in chinese_words(mark.text)]
    return all(len(w) > 1 for w in words) and set(words) <= _words(catalog, beside)


def _words(catalog: Catalog, named: Mark) -> set[str]:
    out: set[str] = set()
    for text in _definitions(catalog, named):
        for clause in _CLAUSES.split(normalise(text).text):
            if _DENIES.search(clause):
                continue
            if has_han(clause):
                out.update(clause[s:e] for s, e, _ in chinese_words(clause))
            out.update(stem(w) for w in _WORD.findall(clause) if w not in _TURNING)
    return out


def _definitions(catalog: Catalog, named: Mark) -> Iterator[str]:
    """The names and descriptions of what a mark stands for; of a value, those of its field."""
    if named.became.startswith("metric:") and (name := named.became.removeprefix("metric:")) in catalog.spec.metrics:
        metric = catalog.metric(name)
        yield from (*metric.names(), metric.description.zh, metric.description.en)
    refs = {*(r for r in named.fields if "." in r), *(f for f, _ in named.values)} if not named.metrics else set()
    for ref in refs if len(refs) == 1 else ():
        field = catalog.field(ref).spec
        yield from (*field.names(), field.description.zh, field.description.en)
    for name in named.segments if len(named.segments) == 1 and not refs else ():
        segment = catalog.segment(name)
        yield from (*segment.names(), segment.description.zh, segment.description.en)
