"""What a model is told of a catalog: the things that are nearest to a question, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.language import normalise
from assistant.reading.around import Asked
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Named
from semantic_layer.query import FORWARD_GRAINS, TIME, TimeRange

_MOST = {"metrics": 40, "fields": 60, "values": 40, "segments": 20}
_NEAREST_VALUES = 3
_FEW_VALUES = 12  # a field of no more values is shown with all of them
_FEW_NAMES = 12  # metrics and fields; where there is no room for more, what they mean is left out before they are


@dataclass(frozen=True)
class Brought:
    """Names of the catalog that a question may need, each kind with the nearest first; values as (field, value).

    `periods` are those that the grammar found in the question, `unknown` the words that it did not understand; with `meanings`, names
    are told with their descriptions.
    """

    metrics: tuple[str, ...]
    fields: tuple[str, ...]
    entities: tuple[str, ...]
    segments: tuple[str, ...]
    datasets: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    periods: tuple[TimeRange, ...]
    unknown: tuple[str, ...]
    meanings: bool = True

    def smaller(self) -> Brought:
        """With the farthest of the longest list left out, or the meanings where few are left; itself where nothing can be spared."""
        if self.meanings and max(len(self.metrics), len(self.fields)) <= _FEW_NAMES:
            return replace(self, meanings=False)
        spare = {name: len(getattr(self, name)) for name in ("values", "fields", "metrics", "segments", "entities", "datasets")}
        longest = max(spare, key=lambda name: spare[name])
        kept: tuple[Any, ...] = getattr(self, longest)
        shorter: dict[str, Any] = {longest: kept[: max(1, len(kept) * 4 // 5)]}
        return self if len(kept) <= 1 else replace(self, **shorter)


def bring(asked: Asked, unknown: Sequence[str]) -> Brought:
    """What a question may need, by its links first and by meaning then."""
    reader, catalog = asked.reader, asked.reader.shop.catalog
    marks = reader.marks(asked.question)
    metrics, fields, segments, entities = _named(marks, catalog)
    near = reader.lexicon.nearest(normalise(asked.question).text)
    metrics += [x.target for x in near if x.kind == "metric"]
    fields += [x.target for x in near if x.kind == "field"]
    segments += [x.target for x in near if x.kind == "segment"]
    entities += [x.target for x in near if x.kind == "entity"]
    kept = tuple(dict.fromkeys(metrics))[: _MOST["metrics"]]
    datasets = _datasets(kept, catalog)
    values = _values(asked, marks, unknown)
    chosen = [*dict.fromkeys([*fields, *(field for field, _ in values)])]
    shown = [f for f in chosen if _can_group(f, catalog)][: _MOST["fields"]]
    return Brought(
        metrics=kept,
        fields=tuple(shown),
        entities=tuple(dict.fromkeys(entities)),
        segments=tuple(dict.fromkeys(segments))[: _MOST["segments"]],
        datasets=datasets,
        values=tuple(dict.fromkeys([*values, *_few(shown, asked)]))[: _MOST["values"]],
        periods=_periods(marks),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _named(marks: Iterable[Mark], catalog: Catalog) -> tuple[list[str], list[str], list[str], list[str]]:
    """Metrics, fields, segments and entities that the question names."""
    metrics: list[str] = []
    fields: list[str] = []
    segments: list[str] = []
    entities: list[str] = []
    for mark in marks:
        metrics += [n for n in (*mark.metrics, *mark.either) if n in catalog.spec.metrics]
        fields += [n for n in (*mark.fields, *mark.either, mark.shown) if "." in n]
        segments += [*mark.segments, *(name for _, name in mark.deeds if name in catalog.spec.segments)]
        entities += mark.entities
    default = catalog.default_metric
    return [*metrics, *([default] if default else [])], fields, segments, entities


def _datasets(metrics: Iterable[str], catalog: Catalog) -> tuple[str, ...]:
    """Where the rows of metrics are, then the other datasets that have a time of their own."""
    homes = [home for m in metrics for home in catalog.formula(m).homes]
    return tuple(dict.fromkeys([*homes, *(n for n, d in catalog.spec.datasets.items() if d.time)]))


def _can_group(ref: str, catalog: Catalog) -> bool:
    field = catalog.field(ref).spec
    return not field.personal


def _values(asked: Asked, marks: Sequence[Mark], unknown: Sequence[str]) -> list[tuple[str, str]]:
    """Values that the question names, and those that are spelled like its unknown words. Personal fields are in no index."""
    named = [pair for mark in marks for pair in mark.values]
    alike = [(m.entry.field, m.entry.value) for word in unknown if len(word) > 1 for m in asked.reader.values.fuzzy(word, _NEAREST_VALUES, 0.7)]
    return [*named, *alike]


def _few(fields: Iterable[str], asked: Asked) -> list[tuple[str, str]]:
    """All values of fields that have few."""
    by_field: dict[str, list[str]] = {}
    wanted = set(fields)
    for entry in asked.reader.values.entries:
        if entry.field in wanted and len(by_field.setdefault(entry.field, [])) <= _FEW_VALUES:
            by_field[entry.field].append(entry.value)
    return [(field, value) for field in fields for value in by_field.get(field, ()) if len(by_field[field]) <= _FEW_VALUES]


def _periods(marks: Iterable[Mark]) -> tuple[TimeRange, ...]:
    found = [m for m in marks if m.time and m.time.kind == "range"]
    return tuple(TimeRange(start=m.time.first, end=m.time.last, words=m.text) for m in found if m.time)


def listing(names: Iterable[str], of: dict[str, Named], lang: str, meanings: bool) -> str:
    """A line for each name: what it is called in both languages, and what it means."""
    return "\n".join(_line(name, of[name], lang if meanings else "") for name in names)


def _line(name: str, spec: Named, lang: str) -> str:
    called = [spec.label.zh, spec.label.en, *spec.synonyms.zh[:2], *spec.synonyms.en[:2]]
    unit, meaning = getattr(spec, "unit", ""), spec.description.get(lang) if lang else ""
    told = (", ".join(dict.fromkeys(filter(None, called))), f"[{unit}]" if unit else "", f"– {meaning}" if meaning else "")
    about = " ".join(filter(None, told))
    return f"- {name}: {about}" if about else f"- {name}"


def catalog_text(brought: Brought, catalog: Catalog, lang: str) -> dict[str, str]:
    """The lists of names as a prompt has them."""
    spec = catalog.spec

    def listed(names: Iterable[str], of: dict[str, Named]) -> str:
        return listing(names, of, lang, brought.meanings)

    fields: dict[str, Named] = {f: catalog.field(f).spec for f in brought.fields}
    time = f"- {TIME}: grain {', '.join(FORWARD_GRAINS)}"
    return {
        "metrics": listed(brought.metrics, dict(spec.metrics)),
        "fields": "\n".join(filter(None, [time, listed(brought.fields, fields)])),
        "entities": listed(brought.entities, dict(spec.entities)),
        "segments": listed(brought.segments, dict(spec.segments)),
        "datasets": listed(brought.datasets, dict(spec.datasets)),
    }
