"""What figures can be split and filtered by, and the values that are there, for programs and people who look for a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answer.say import Speaker
from semantic_layer.errors import WenshuError
from semantic_layer.shops import Access, Shop

_LOOKED_AT = 200  # values, before those of other fields are left out


@dataclass(frozen=True)
class Dimension:
    """A field to group or filter by: its name in a query, what people call it, what it means, and the type of its values.

    `kind` is dimension, or time for one that takes a grain.
    """

    name: str
    label: str
    description: str
    type: str
    kind: str


@dataclass(frozen=True)
class Value:
    """A value of a field: `value` as it stands in the data and in a query, `label` as people say it; `score`, to 1, how like the search it is."""

    field: str
    field_label: str
    value: str
    label: str
    score: float


def dimensions(shop: Shop, lang: str, user: str | None = None, metric: str = "") -> list[Dimension]:
    """Those that a user may see; of a metric, those that it can be split by. Raises UnknownNameError, ShopError, UsageError."""
    access = shop.access(user)
    return list(dimensions_of(access, Speaker(access.catalog, lang), metric))


def dimensions_of(access: Access, speaker: Speaker, metric: str = "") -> Iterator[Dimension]:
    """The same for an access that is there already."""
    catalog = access.catalog
    homes = catalog.formula(metric).homes if metric else ()
    for dataset, d in catalog.spec.datasets.items():
        if all(_reaches(access, home, dataset) for home in homes):
            for name, field in d.fields.items():
                if field.kind in ("dimension", "time") and not field.personal:
                    ref = f"{dataset}.{name}"
                    yield Dimension(ref, speaker.field(ref), field.description.get(speaker.lang), field.type, field.kind)


def _reaches(access: Access, home: str, dataset: str) -> bool:
    try:
        return access.catalog.path(home, dataset) is not None
    except WenshuError:
        return False


def values(shop: Shop, search: str, lang: str, user: str | None = None, field: str = "", limit: int = 20) -> list[Value]:
    """Up to `limit` values that are like a search, best first, as far as a user may see them; of one field where it is named.

    Raises UnknownNameError, ShopError, UsageError.
    """
    access = shop.access(user)
    catalog, speaker = access.catalog, Speaker(access.catalog, lang)
    if field:
        catalog.field(field)
    found = access.values.fuzzy(search.replace("\0", " "), _LOOKED_AT if field else limit)
    out = []
    for match in found:
        entry = match.entry
        if not field or entry.field == field:
            named = catalog.field(entry.field).spec.values.get(entry.value)
            label = (named.label.get(lang) if named else "") or entry.value
            out.append(Value(entry.field, speaker.field(entry.field), entry.value, label, match.score))
    return sorted(out, key=lambda v: -v.score)[:limit]
