"""What a question says of a query, while it is being worked out."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.reading import Reader
from assistant.reading.mark import Mark
from assistant.verified.facets import Facets

# What is said: a kind, and what of that kind.
Said = tuple[object, ...]


@dataclass(frozen=True)
class Foreign:
    """A known word that the query does not hold: what it may stand for."""

    text: str
    targets: frozenset[Said]


@dataclass
class Saying:
    """One question beside one query: what of the query it names, what it says besides, and words that nobody knows.

    `settled` marks say something of the query beside its figure; `loose` ones something that it does not hold, or that nobody knows;
    `denials` say that something is not so; `naming` ones name its figure.
    """

    reader: Reader
    text: str
    marks: list[Mark]
    facets: Facets
    said: set[Said] = field(default_factory=set)
    foreign: list[Foreign] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    settled: list[Mark] = field(default_factory=list)
    loose: list[Mark] = field(default_factory=list)
    denials: list[Mark] = field(default_factory=list)
    naming: list[Mark] = field(default_factory=list)

    def drop(self, *words: Mark | str) -> None:
        """Takes what turned out to say no more out of what is foreign and unknown."""
        texts = {w if isinstance(w, str) else w.text for w in words}
        self.foreign = [f for f in self.foreign if f.text not in texts]
        self.rest = [w for w in self.rest if w not in texts]

    def is_foreign(self, mark: Mark) -> bool:
        """Whether a mark was found to say what the query does not hold."""
        return any(f.text == mark.text for f in self.foreign)

    def unsaid_groups(self) -> list[str]:
        """The fields that the query groups by and that nothing has named."""
        groups = [str(g.field) for g in self.facets.query.group_by if g.field and "." in g.field]
        return [f for f in groups if ("field", f) not in self.said]
