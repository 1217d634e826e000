"""Who has which name: a name of two things would be asked back each time, so the first who claims it keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from semantic_layer.catalog.check.rules.names import normal


class Claims:
    """The names given so far."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}

    def free(self, name: str, owner: str) -> bool:
        """Whether a name is nobody else's."""
        return bool(name.strip()) and self._owner.get(normal(name), owner) == owner

    def label(self, owner: str, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The first (zh, en) of which both are free; the last, numbered, if none is."""
        zh = en = ""
        for zh, en in wanted:
            if self.free(zh, owner) and self.free(en, owner):
                break
        else:
            n = 2
            while not (self.free(f"{zh}{n}", owner) and self.free(f"{en} {n}", owner)):
                n += 1
            zh, en = f"{zh}{n}", f"{en} {n}"
        self._take(owner, zh, en)
        return {"zh": zh, "en": en}

    def synonyms(self, owner: str, zh: Iterable[str], en: Iterable[str]) -> dict[str, Any]:
        """Those of the names that are free, as the `synonyms` of a catalog; nothing where none is."""
        wanted = {"zh": zh, "en": en}
        kept = {lang: [n for n in dict.fromkeys(names) if self.free(n, owner) and not self._has(owner, n)] for lang, names in wanted.items()}
        self._take(owner, *kept["zh"], *kept["en"])
        found = {lang: names for lang, names in kept.items() if names}
        return {"synonyms": found} if found else {}

    def _has(self, owner: str, name: str) -> bool:
        return self._owner.get(normal(name)) == owner

    def _take(self, owner: str, *names: str) -> None:
        for name in names:
            self._owner.setdefault(normal(name), owner)
