"""Families of verbs for what is done in a shop: who names one of a family in the catalog is asked by all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import TypeVar

from assistant.language.normalise import normalise
from semantic_layer.packaged import read_yaml
from semantic_layer.spelling import has_han

_Owner = TypeVar("_Owner")
_ASPECTS = ("过", "了")
_ADVERBS = "有再来又还也在"


def with_families(verbs: Mapping[_Owner, Iterable[str]]) -> dict[_Owner, tuple[str, ...]]:
    """The verbs of each owner with the families that it names; a verb that one of them names itself stays its own."""
    own = {dataset: {normalise(w).text for w in words} for dataset, words in verbs.items()}
    claimed = frozenset().union(*own.values())
    kin = {dataset: frozenset().union(*(family for named, family in _families() if named & words)) for dataset, words in own.items()}
    found = {dataset: words | (kin[dataset] - claimed) for dataset, words in own.items()}
    known = frozenset().union(*found.values())
    return {dataset: (*sorted(words), *sorted({a for w in words for a in _done(w)} - known)) for dataset, words in found.items()}


def named_kin(verb: str) -> tuple[str, ...]:
    """The verbs by which catalogs name the family of a verb: bought, of buy."""
    return tuple(w for named, family in _families() if verb in family for w in sorted(named))


def _done(verb: str) -> Iterator[str]:
    """A Chinese verb with its object, and what says that it was done between the two: 登过门, 登了门 of 登门; 搜得最多."""
    if has_han(verb) and len(verb) <= 2 and not verb.endswith(_ASPECTS):
        yield from (verb + "得", f"被{verb}", f"被{verb}得")
    if has_han(verb) and len(verb) == 2 and not verb.endswith(_ASPECTS):
        yield from (verb + aspect for aspect in ("完", "后", "了以后", "以后", "之后", "了之后", "完之后", "完以后"))
    if has_han(verb) and len(verb) == 2 and verb[0] not in _ADVERBS and not verb.endswith(_ASPECTS):
        yield from (verb[0] + aspect + verb[1] for aspect in _ASPECTS)


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The verbs that name a family, and all of it."""
    text = resources.files("assistant.language").joinpath("doings.yaml").read_text(encoding="utf-8")
    families = read_yaml(text).values()
    return tuple((_normalised(f["named"]), _normalised([*f["named"], *f["zh"], *f["en"]])) for f in families)


def _normalised(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normalise(str(w)).text for w in words)
