"""What an index of values holds, and which values of a catalog come into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import FieldSpec

LONGEST_VALUE = 100
MAX_PER_FIELD = 2_000_000


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """A value of `dataset.field` and all its names, its own text among them where people may say it. None holds U+0000."""

    field: str
    value: str
    names: tuple[str, ...]


def collect_values(
    catalog: Catalog, distinct: Callable[[str], Iterable[str | int]], max_per_field: int = MAX_PER_FIELD
) -> Iterator[ValueEntry]:
    """The values of every dimension that is not personal, with their names from the catalog.

    `distinct` gives the values of a `dataset.field`; of a long list the first `max_per_field` count. Dimensions
    that are not text contribute only the values that the catalog names.
    """
    for dataset, d in catalog.spec.datasets.items():
        for name, field in d.fields.items():
            if field.kind == "dimension" and not field.personal:
                yield from _field_values(f"{dataset}.{name}", field, distinct, max_per_field)


def _field_values(
    ref: str, field: FieldSpec, distinct: Callable[[str], Iterable[str | int]], limit: int
) -> Iterator[ValueEntry]:
    if field.type != "string":
        named = ((value, spec.names()) for value, spec in field.values.items())
        yield from (ValueEntry(ref, value, names) for value, names in named if names)
        return
    for value in islice((str(v) for v in distinct(ref) if v is not None), limit):
        if value.strip() and len(value) <= LONGEST_VALUE and "\0" not in value:
            names = field.values[value].names() if value in field.values else ()
            yield ValueEntry(ref, value, tuple(dict.fromkeys((value, *names))))
