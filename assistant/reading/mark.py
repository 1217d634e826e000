"""A mark: what one stretch of a question may be, and what it was used for."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.language import NumberSpan, TimeSpan
from assistant.language.operators import FILLER


@dataclass(eq=False)
class Mark:
    """text[start:end] with everything it may stand for. `became` says what it was used for; empty: not used yet.

    `verbs` are the datasets whose rows a verb tells of, `deeds` those of them of which it tells only a segment: redeemed.
    `either` names metrics and fields of which it is one: the question is read with each. `did` are the datasets of the
    verb that the name of a metric ends in: customers who ordered. `worded`: the value is a word that several values have.
    """

    start: int
    end: int
    text: str
    time: TimeSpan | None = None
    number: NumberSpan | None = None
    ops: frozenset[str] = frozenset()
    metrics: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    deeds: tuple[tuple[str, str], ...] = ()
    did: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, tuple[int, ...]] | None = None
    either: tuple[str, ...] = ()
    lacking: str = ""
    shown: str = ""
    score: float = 1.0
    counted: bool = False
    worded: bool = False
    became: str = ""

    @property
    def filler(self) -> bool:
        """Whether it may be passed over: a filler word with no other meaning here."""
        return FILLER in self.ops and not any(
            (self.time, self.counters, self.verbs, self.metrics, self.fields, self.entities, self.number, self.either, self.values, self.lacking)
        )

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return not any(
            (
                self.time,
                self.number,
                self.ops,
                self.metrics,
                self.fields,
                self.entities,
                self.segments,
                self.verbs,
                self.counters,
                self.values,
                self.ids,
                self.either,
                self.lacking,
            )
        )

    @property
    def groupable(self) -> str:
        """The field or entity it may stand for, as a group; the entity first, by the field that it is shown by."""
        return self.shown or (self.entities or self.fields or ("",))[0]

    def has(self, *ops: str) -> bool:
        """Whether it is one of these operators."""
        return any(o in self.ops for o in ops)
