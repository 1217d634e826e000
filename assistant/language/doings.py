"""Families of verbs for what is done in a shop: who names one of a family in the catalog is asked by all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources

import yaml

from assistant.language.normalise import normalise

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def with_families(verbs: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The verbs of each dataset with the families that it names; a verb that one dataset names itself stays its own."""
    own = {dataset: {normalise(w).text for w in words} for dataset, words in verbs.items()}
    claimed = frozenset().union(*own.values())
    kin = {dataset: frozenset().union(*(family for named, family in _families() if named & words)) for dataset, words in own.items()}
    return {dataset: (*sorted(words), *sorted(kin[dataset] - claimed)) for dataset, words in own.items()}


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The verbs that name a family, and all of it."""
    text = resources.files("assistant.language").joinpath("doings.yaml").read_text(encoding="utf-8")
    families = yaml.load(text, Loader=_LOADER).values()
    return tuple((_normalised(f["named"]), _normalised([*f["named"], *f["zh"], *f["en"]])) for f in families)


def _normalised(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normalise(str(w)).text for w in words)
