"""Names that two things share: a question that uses such a name could mean either."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.models import Named
from semantic_layer.catalog.source import Loc, Problem


def normal(name: str) -> str:
    """A name as it is compared: width, case and runs of spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True)
class Use:
    """A name of something. Things of one identity may share names; `what` says what it is."""

    identity: str
    what: str
    name: str
    loc: Loc


def uses(identity: str, what: str, named: Named, loc: Loc) -> Iterator[Use]:
    """Label and synonyms of one thing."""
    for lang in ("zh", "en"):
        if label := getattr(named.label, lang):
            yield Use(identity, what, label, (*loc, "label", lang))
        for i, synonym in enumerate(getattr(named.synonyms, lang)):
            yield Use(identity, what, synonym, (*loc, "synonyms", lang, i))


def _metrics(model: Model) -> Iterator[Use]:
    for metric, spec in model.spec.metrics.items():
        yield from uses(f"metric {metric}", f"metric {metric}", spec, ("metrics", metric))


def _dimensions(model: Model) -> Iterator[Use]:
    """Names of entities and fields; an entity and its key fields are one thing."""
    for entity, spec in model.spec.entities.items():
        yield from uses(f"entity {entity}", f"entity {entity}", spec, ("entities", entity))
    for dataset, d in model.spec.datasets.items():
        for name, field in d.fields.items():
            what = f"field {dataset}.{name}"
            identity = f"entity {field.entity}" if field.entity else what
            yield from uses(identity, what, field, ("datasets", dataset, "fields", name))


def _segments(model: Model) -> Iterator[Use]:
    for segment, spec in model.spec.segments.items():
        yield from uses(f"segment {segment}", f"segment {segment}", spec, ("segments", segment))


def _first_uses(found: Iterable[Use]) -> dict[str, list[Use]]:
    """Per name, the first use of it by each identity."""
    out: dict[str, dict[str, Use]] = {}
    for use in found:
        out.setdefault(normal(use.name), {}).setdefault(use.identity, use)
    return {name: list(by_identity.values()) for name, by_identity in out.items()}


class _NameTwice(Rule):
    def _clashes(self, model: Model, found: Iterable[Use]) -> Iterator[Problem]:
        """Reports each further thing of a name at its place."""
        for first, *others in _first_uses(found).values():
            for other in others:
                yield self._clash(model, other, first)

    def _clash(self, model: Model, use: Use, other: Use) -> Problem:
        too = f"{other.what} ({model.source.place(other.loc)})"
        message = f"{use.what} is called {use.name!r}, and so is {too}; leave the name to one of them"
        return self.at(model, use.loc, message)


class MetricNameTwice(_NameTwice):
    """Two metrics share a label or synonym."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._clashes(model, _metrics(model))


class DimensionNameTwice(_NameTwice):
    """Two fields or entities share a label or synonym; the key fields of one entity share its names on purpose."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._clashes(model, _dimensions(model))


class SegmentNameTwice(_NameTwice):
    """Two segments share a label or synonym."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._clashes(model, _segments(model))


class MetricNameElsewhere(_NameTwice):
    """A metric shares a label or synonym with a field, an entity or a segment."""

    def check(self, model: Model) -> Iterator[Problem]:
        others = _first_uses([*_dimensions(model), *_segments(model)])
        for name, metrics in _first_uses(_metrics(model)).items():
            for other in others.get(name, []):
                yield self._clash(model, metrics[0], other)


class ValueNameTwice(_NameTwice):
    """Two values of one field share a name, counting the values themselves as names."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, d in model.spec.datasets.items():
            for name, field in d.fields.items():
                loc: Loc = ("datasets", dataset, "fields", name, "values")
                found = [Use(v, f"value {v!r} of {dataset}.{name}", v, (*loc, v)) for v in field.values]
                for value, spec in field.values.items():
                    found += uses(value, f"value {value!r} of {dataset}.{name}", spec, (*loc, value))
                yield from self._clashes(model, found)


class EventNameTwice(_NameTwice):
    """Two events of the calendar share a name."""

    def check(self, model: Model) -> Iterator[Problem]:
        found: list[Use] = []
        for event, spec in model.spec.calendar.events.items():
            found += uses(event, f"event {event}", spec, ("calendar", "events", event))
        yield from self._clashes(model, found)
