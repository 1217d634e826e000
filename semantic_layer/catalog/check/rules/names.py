"""Names that two things share, so that a question with such a name could mean either; names that a language lacks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.models import Named
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import Message


@lru_cache(maxsize=50_000)  # each rule compares all names again
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


_SORTS = {
    "metric": "指标", "entity": "实体", "field": "字段", "segment": "细分", "term": "词语", "event": "事件", "value": "取值",
}  # fmt: skip


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


def _values(model: Model, dataset: str, name: str) -> Iterator[Use]:
    """Names of the values of a field; the values themselves are names."""
    loc: Loc = ("datasets", dataset, "fields", name, "values")
    for value, spec in model.spec.datasets[dataset].fields[name].values.items():
        what = f"value {value!r} of {dataset}.{name}"
        yield Use(what, what, value, (*loc, value))
        yield from uses(what, what, spec, (*loc, value))


def _terms(model: Model) -> Iterator[Use]:
    for term, spec in model.spec.terms.items():
        yield from uses(f"term {term}", f"term {term}", spec, ("terms", term))


def _events(model: Model) -> Iterator[Use]:
    for event, spec in model.spec.calendar.events.items():
        yield from uses(f"event {event}", f"event {event}", spec, ("calendar", "events", event))


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
    advice: ClassVar[Message] = Message("leave the name to one of them", "请只保留一个")

    def _clashes(self, model: Model, found: Iterable[Use]) -> Iterator[Problem]:
        """Reports each further thing of a name at its place."""
        for first, *others in _first_uses(found).values():
            for other in others:
                yield self._clash(model, other, first)

    def _across(self, model: Model, found: Iterable[Use], others: Iterable[Use]) -> Iterator[Problem]:
        """Reports each thing of `found` that has a name of one of the others, at its place."""
        known = _first_uses(others)
        for name, own in _first_uses(use for use in found if normal(use.name) in known).items():
            for use in own:
                yield from (self._clash(model, use, other) for other in known[name])

    def _clash(self, model: Model, use: Use, other: Use) -> Problem:
        at = model.source.place(other.loc)
        said = Message(
            f"{use.what} is called {use.name!r}, and so is {other.what} ({at}); ",
            f"{_in_chinese(use.what)} 叫作 {use.name!r}，{_in_chinese(other.what)}（{at}）也叫这个名字；",
        )
        return self.at(model, use.loc, said + self.advice)


def _in_chinese(what: str) -> str:
    sort, _, name = what.partition(" ")
    if sort != "value":
        return f"{_SORTS[sort]} {name}"
    value, _, field = name.rpartition(" of ")
    return f"{field} 的取值 {value}"


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
        yield from self._across(model, _metrics(model), [*_dimensions(model), *_segments(model)])


class SegmentNameElsewhere(_NameTwice):
    """A segment shares a label or synonym with a field or an entity."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._across(model, _segments(model), _dimensions(model))


class TermNameTwice(_NameTwice):
    """A term shares a label or synonym with another, or with what has that name alone: it would never be asked back."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._clashes(model, _terms(model))
        yield from self._across(model, _terms(model), [*_metrics(model), *_dimensions(model), *_segments(model)])


class ValueNameTwice(_NameTwice):
    """Two values of one field share a name, counting the values themselves as names."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, d in model.spec.datasets.items():
            for name in d.fields:
                yield from self._clashes(model, _values(model, dataset, name))


class ValueNameElsewhere(_NameTwice):
    """A value has a name of a metric, field, entity, segment, term or event, and may be taken for it."""

    severity = "warning"
    advice = Message("a question that says so may mean either", "提问中出现它时可能指其中任何一个")

    def check(self, model: Model) -> Iterator[Problem]:
        values = [use for dataset, d in model.spec.datasets.items() for name in d.fields for use in _values(model, dataset, name)]
        yield from self._across(model, values, [*_metrics(model), *_dimensions(model), *_segments(model), *_terms(model), *_events(model)])


class EventNameTwice(_NameTwice):
    """An event shares a name with another, or with a metric, field, entity, segment or term, which then is never found."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._clashes(model, _events(model))
        yield from self._across(model, _events(model), [*_metrics(model), *_dimensions(model), *_segments(model), *_terms(model)])


class LabelInOneLanguage(Rule):
    """What people name has a label in Chinese and in English, if the catalog has labels in both."""

    severity = "warning"

    def check(self, model: Model) -> Iterator[Problem]:
        named = list(_labelled(model))
        used = [lang for lang in _LANGUAGES if any(getattr(spec.label, lang) for _, spec, _ in named)]
        for what, spec, loc in named:
            missing = [lang for lang in used if not getattr(spec.label, lang)]
            if not missing or model.left_out(loc, "label"):
                continue
            en, zh = (" and ".join(_LANGUAGES[m].en for m in missing), "和".join(_LANGUAGES[m].zh for m in missing))
            wanted = ", ".join(f"{m}: ..." for m in missing)
            said = Message(f"{what} has no label in {en}; write label: {{{wanted}}}", f"{_in_chinese(what)} 没有{zh}标签；请写 label: {{{wanted}}}")
            yield self.at(model, (*loc, "label"), said)


_LANGUAGES = {"zh": Message("Chinese", "中文"), "en": Message("English", "英文")}


def _labelled(model: Model) -> Iterator[tuple[str, Named, Loc]]:
    """What people name: metrics, fields to group by, entities, segments, terms, events. Metrics without any label have a rule of their own."""
    for metric, m in model.spec.metrics.items():
        if m.label.zh or m.label.en:
            yield f"metric {metric}", m, ("metrics", metric)
    for dataset, d in model.spec.datasets.items():
        for name, field in d.fields.items():
            if field.kind in ("dimension", "time") and not field.entity:
                yield f"field {dataset}.{name}", field, ("datasets", dataset, "fields", name)
    for section, sort in (("entities", "entity"), ("segments", "segment"), ("terms", "term")):
        yield from ((f"{sort} {name}", spec, (section, name)) for name, spec in getattr(model.spec, section).items())
    for event, e in model.spec.calendar.events.items():
        yield f"event {event}", e, ("calendar", "events", event)
