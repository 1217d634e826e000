"""A change to the healthy catalog that breaks one rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Break:
    """A change to the healthy catalog (the wrong line ends in `# here`) and what the report has to say."""

    rule: str
    changes: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


def breaks(rule: str, old: str, new: str, *words: str) -> Break:
    return Break(rule, ((old, new),), words)
