"""Values that the catalog lists, against the values in the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.models import FieldSpec
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import Message


class _Listed(Rule):
    def _compare(self, model: Model, key: str) -> Iterator[Problem]:
        for dataset, d in model.spec.datasets.items():
            for name, field in d.fields.items():
                listed: Iterable[str] = field.values if key == "values" else field.order
                found = model.tables.values(dataset, name) if model.tables and listed else None
                if found:  # an empty table says nothing about its values
                    loc: Loc = ("datasets", dataset, "fields", name, key)
                    whose = Message(f"{key} of {dataset}.{name}: ", f"{dataset}.{name} 的 {key}：")
                    yield from self._unknown(model, loc, whose, field, list(listed), found)

    def _unknown(self, model: Model, loc: Loc, whose: Message, field: FieldSpec, listed: list[str], found: list[str]) -> Iterator[Problem]:
        in_data = {v.casefold() for v in found} if field.type == "boolean" else set(found)
        wrong = [v for v in listed if (v.casefold() if field.type == "boolean" else v) not in in_data]
        for value in wrong:
            # Personal values are shown to nobody.
            near = model.hint(value, () if field.personal else found, Message(" Correct it or remove it.", "请改正或删除。"))
            at = (*loc, value) if loc[-1] == "values" else (*loc, listed.index(value))
            yield self.at(model, at, whose + Message(f"{value!r} is not in the data.", f"数据中没有 {value!r}。") + near)


class UnknownValue(_Listed):
    """A value that is given names occurs in the data."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._compare(model, "values")


class UnknownOrderValue(_Listed):
    """A value in the order of a field occurs in the data."""

    def check(self, model: Model) -> Iterator[Problem]:
        yield from self._compare(model, "order")
