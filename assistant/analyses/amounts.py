"""How the numbers of a metric are said: its values, its changes, shares, slices."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.analyses.scan import Slice
from assistant.answer.numbers import shown
from assistant.answer.say import Speaker
from semantic_layer.query import AllOf, Condition, FieldCondition, MetricRef


@dataclass(frozen=True)
class Amounts:
    """The numbers of one metric in the language of the answer."""

    speaker: Speaker
    ref: MetricRef

    @property
    def name(self) -> str:
        """What the metric is called."""
        return self.speaker.metric(self.ref)

    @property
    def format(self) -> tuple[str, str]:
        """The format and the unit."""
        if self.ref.share:
            return "percent", ""
        if self.ref.metric is None:
            return "number", ""
        spec = self.speaker.catalog.metric(self.ref.metric)
        return ("number" if spec.format == "integer" and (self.ref.per or self.ref.agg) else spec.format), spec.unit

    def value(self, number: float) -> str:
        """The metric itself."""
        fmt, unit = self.format
        return shown(number, fmt, unit, self.speaker.lang)

    def change(self, number: float) -> str:
        """A difference, with its sign; that of a percentage in points."""
        fmt, unit = self.format
        if fmt == "percent":
            return self.speaker.word("why_points", points=f"{number * 100:+.2f}")
        return shown(number, fmt, unit, self.speaker.lang, signed=True)

    def share(self, number: float) -> str:
        """A share, or a growth without its sign."""
        return shown(number, "percent", "", self.speaker.lang)

    def growth(self, before: float, now: float) -> str:
        """A growth with its sign; a dash where there is no base."""
        return shown((now - before) / before if before else None, "percent", "", self.speaker.lang, signed=True)


def conditions_of(part: Slice) -> tuple[Condition, ...]:
    """The rows of a slice."""
    return tuple(_is(field, values) for field, values in zip(part.fields, part.values, strict=True))


def _is(field: str, values: tuple[object, ...]) -> FieldCondition:
    data = {"field": field, "value": values[0]} if len(values) == 1 else {"field": field, "op": "in", "value": values}
    return FieldCondition.model_validate(data)


def as_one(conditions: tuple[Condition, ...]) -> Condition:
    """All of them, to be negated together."""
    return conditions[0] if len(conditions) == 1 else AllOf(all_of=conditions)


def slice_name(part: Slice, speaker: Speaker) -> str:
    """The members by name, those of several fields joined."""
    members = [speaker.join([_member(speaker, field, v) for v in values]) for field, values in zip(part.fields, part.values, strict=True)]
    return speaker.word("why_slice_join").join(members)


def _member(speaker: Speaker, field: str, value: object) -> str:
    if isinstance(value, bool):
        return f"{speaker.field(field)}={speaker.word('yes' if value else 'no')}"
    return speaker.value(field, value)
