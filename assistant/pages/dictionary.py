"""The catalog as a dictionary for people: each metric with what it means, how it is made, and where it is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from assistant.answer.formula import formula, parts
from assistant.answer.say import Speaker
from assistant.answer.suggestions import Example, starters
from assistant.pages.dimensions import dimensions_of
from prompts import word
from semantic_layer.catalog.models import MetricSpec
from semantic_layer.errors import WenshuError
from semantic_layer.shops import Access, Shop
from semantic_layer.sources.load import SOURCES, load_sources


@dataclass(frozen=True)
class Heading:
    """A metric in a list: its name in the catalog, what people call it, and what it means."""

    name: str
    label: str
    description: str


@dataclass(frozen=True)
class Origin:
    """A table that a metric is made of: what people call it, its name, the columns used, and the sources that fill it."""

    label: str
    table: str
    columns: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """All about one metric. `facts` are pairs of name and text; `made_of` and `used_by` are metrics."""

    heading: Heading
    synonyms: tuple[str, ...]
    formula: str
    facts: tuple[tuple[str, str], ...]
    made_of: tuple[Heading, ...]
    used_by: tuple[Heading, ...]
    dimensions: tuple[str, ...]
    questions: tuple[Example, ...]
    origins: tuple[Origin, ...]


def headings(shop: Shop, lang: str, user: str | None = None, search: str = "") -> list[Heading]:
    """The metrics that a user may see, in the catalog's order; of a search the best found first. Raises ShopError, UsageError."""
    spec = shop.access(user).catalog.spec.metrics
    wanted = search.casefold().split()
    ranked = ((_rank(name, m, wanted), _heading(name, m, lang)) for name, m in spec.items())
    return [heading for rank, heading in sorted(ranked, key=lambda r: r[0] or 0) if rank is not None]


def _rank(name: str, metric: MetricSpec, wanted: list[str]) -> int | None:
    """0 where the label has all the words, then 1 the other names, 2 the description; None where something is nowhere."""
    fields: tuple[Iterable[str], ...] = (
        (metric.label.zh, metric.label.en),
        (name, *metric.synonyms.all()),
        (metric.description.zh, metric.description.en, metric.owner),
    )
    seen = ""
    for rank, texts in enumerate(fields):
        seen += "\n".join(texts).casefold() + "\n"
        if all(w in seen for w in wanted):
            return rank
    return None


def entry(shop: Shop, name: str, lang: str, user: str | None = None) -> Entry:
    """A metric as this user may see it. Raises UnknownNameError, ShopError, UsageError."""
    access = shop.access(user)
    catalog, speaker = access.catalog, Speaker(access.catalog, lang)
    metric = catalog.metric(name)
    return Entry(
        heading=_heading(name, metric, lang),
        synonyms=metric.synonyms.zh if lang == "zh" else metric.synonyms.en,
        formula=formula(name, speaker),
        facts=tuple(_facts(metric, lang)),
        made_of=tuple(_heading(n, catalog.metric(n), lang) for n in parts(name, speaker)),
        used_by=tuple(_heading(n, m, lang) for n, m in catalog.spec.metrics.items() if n != name and name in parts(n, speaker)),
        dimensions=tuple(dict.fromkeys(d.label for d in dimensions_of(access, speaker, name) if d.kind == "dimension")),
        questions=tuple(starters(access, speaker, name)),
        origins=tuple(_origins(shop, access, name, lang)),
    )


def _heading(name: str, metric: MetricSpec, lang: str) -> Heading:
    return Heading(name, metric.label.get(lang) or name, metric.description.get(lang))


def _facts(metric: MetricSpec, lang: str) -> Iterable[tuple[str, str]]:
    if metric.owner:
        yield word("dictionary_owner", lang), metric.owner
    if metric.unit:
        yield word("dictionary_unit", lang), metric.unit
    yield word("dictionary_good", lang), word(f"dictionary_good_{metric.good}", lang)
    if metric.default:
        yield word("dictionary_default", lang), word("dictionary_default_why", lang)


def _origins(shop: Shop, access: Access, name: str, lang: str) -> Iterable[Origin]:
    catalog = access.catalog
    used: dict[str, dict[str, None]] = {}
    for aggregate in catalog.formula(name).aggregates:
        used.setdefault(aggregate.home, {})
        for column in aggregate.call.find_all(exp.Column):
            own = catalog.expression(catalog.field(f"{column.table}.{column.name}"))
            used.setdefault(column.table, {}).update(dict.fromkeys(c.name for c in own.find_all(exp.Column)))
        for condition in aggregate.filter:
            ref = getattr(condition, "field", "") or ""
            if "." in ref:
                field = catalog.field(ref)
                used.setdefault(field.dataset, {}).update(dict.fromkeys(c.name for c in catalog.expression(field).find_all(exp.Column)))
    filled = _sources(shop)
    for dataset, columns in used.items():
        spec = catalog.dataset(dataset)
        table = spec.source or dataset
        yield Origin(spec.label.get(lang) or dataset, table, tuple(columns), tuple(filled.get(table, ())))


def _sources(shop: Shop) -> dict[str, list[str]]:
    """By table: the sources that fill it, by name."""
    if not (shop.folder / SOURCES).is_file():
        return {}
    filled: dict[str, list[str]] = {}
    try:
        for name, source in load_sources(shop.folder).sources.items():
            filled.setdefault(source.into, []).append(name)
    except WenshuError:
        return {}
    return filled


def metrics_of(query: dict[str, object]) -> set[str]:
    """The metrics that a kept query names."""
    named = query.get("metrics")
    return {m.get("metric") or "" if isinstance(m, dict) else str(m) for m in named} if isinstance(named, list) else set()

