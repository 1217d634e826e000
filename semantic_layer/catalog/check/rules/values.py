"""Values that the catalog lists, against the values in the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.models import FieldSpec
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import did_you_mean

MAX_HINTS = 20


class _Listed(Rule):
    def _compare(self, model: Model, key: str) -> Iterator[Problem]:
        for dataset, d in model.spec.datasets.items():
            for name, field in d.fields.items():
                listed: Iterable[str] = field.values if key == "values" else field.order
                found = model.tables.values(dataset, name) if model.tables and listed else None
                if found:  # an empty table says nothing about its values
                    loc: Loc = ("datasets", dataset, "fields", name, key)
                    yield from self._unknown(model, loc, f"{key} of {dataset}.{name}", field, list(listed), found)

    def _unknown(
        self, model: Model, loc: Loc, what: str, field: FieldSpec, listed: list[str], found: list[str]
    ) -> Iterator[Problem]:
        in_data = {v.casefold() for v in found} if field.type == "boolean" else set(found)
        wrong = [v for v in listed if (v.casefold() if field.type == "boolean" else v) not in in_data]
        for i, value in enumerate(wrong):
            # Finding similar names takes time, and personal values are shown to nobody.
            hint = "" if field.personal or i >= MAX_HINTS else did_you_mean(value, found)
            at = (*loc, value) if loc[-1] == "values" else (*loc, listed.index(value))
            yield self.at(model, at, f"{what}: {value!r} is not in the data.{hint or ' Correct it or remove it.'}")


class UnknownValue(_Listed):
    """A value that is given names occurs in the data."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._compare(model, "values")


class UnknownOrderValue(_Listed):
    """A value in the order of a field occurs in the data."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._compare(model, "order")
