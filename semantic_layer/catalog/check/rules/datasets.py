"""What a dataset says about its own fields: key, time, snapshot; and what entities and hierarchies say of fields."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import did_you_mean


class UnknownPrimaryKey(Rule):
    """A primary key consists of fields of its dataset."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            for i, field in enumerate(spec.primary_key):
                if wrong := model.missing_own_field(dataset, field):
                    yield self.at(model, ("datasets", dataset, "primary_key", i), f"primary_key of {dataset}: {wrong}")


class RepeatedPrimaryKey(Rule):
    """A primary key identifies one row: it is never empty and never stands twice."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if model.tables is None or not spec.primary_key:
                continue
            repeated = model.tables.repeated(dataset, spec.primary_key)
            empty = model.tables.empty(dataset, spec.primary_key)
            found = [f"{repeated} of its keys stand in more than one row"] * bool(repeated)
            found += [f"{empty} rows have no key"] * bool(empty)
            if found:
                key = ", ".join(spec.primary_key)
                yield self.at(
                    model,
                    ("datasets", dataset, "primary_key"),
                    f"primary_key of {dataset}: ({key}) is not unique: {' and '.join(found)}. "
                    "Add the fields that tell the rows apart, clean the data, or leave the key out.",
                )


class UnknownTimeField(Rule):
    """The default time of a dataset is one of its fields, or a field of a dataset that it points to."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if spec.time is None:
                continue
            other = spec.time.partition(".")[0] if "." in spec.time else ""
            wrong = model.missing_field(spec.time) if other else model.missing_own_field(dataset, spec.time)
            if not wrong and other and not model.relationships_left_out and model.path(dataset, other) is None:
                wrong = f"dataset {dataset} does not point to {other} many-to-one; declare the relationship, or name another field"
            if wrong:
                yield self.at(model, ("datasets", dataset, "time"), f"time of {dataset}: {wrong}")


class UndatedTimeField(Rule):
    """The default time of a dataset is a date or a datetime."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            owner, _, name = (spec.time or "").rpartition(".")
            owner = owner or dataset
            fields = model.spec.datasets[owner].fields if owner in model.spec.datasets else {}
            field = fields.get(name)
            if field is None or field.type in ("date", "datetime"):
                continue
            if not model.left_out(("datasets", owner, "fields", name), "type"):
                dated = [n for n, f in fields.items() if f.type in ("date", "datetime")]
                todo = f"Use {', '.join(dated)}." if dated else "Set its type to date or datetime, or leave time out."
                message = f"time of {dataset}: field {spec.time} is of type {field.type}. {todo}"
                yield self.at(model, ("datasets", dataset, "time"), message)


class UnknownSnapshotField(Rule):
    """A snapshot names fields of its dataset: the time of the balance, and what it is a balance of."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if spec.snapshot is None:
                continue
            loc = ("datasets", dataset, "snapshot")
            if wrong := model.missing_own_field(dataset, spec.snapshot.time):
                yield self.at(model, (*loc, "time"), f"snapshot of {dataset}: {wrong}")
            for i, field in enumerate(spec.snapshot.per):
                if wrong := model.missing_own_field(dataset, field):
                    yield self.at(model, (*loc, "per", i), f"snapshot of {dataset}: {wrong}")


class UndeclaredEntity(Rule):
    """An entity that a field belongs to is declared under `entities`."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            for name, field in spec.fields.items():
                if field.entity and model.lacks("entities", field.entity):
                    hint = did_you_mean(field.entity, model.spec.entities) or " Declare it there, with its labels."
                    yield self.at(
                        model,
                        ("datasets", dataset, "fields", name, "entity"),
                        f"field {dataset}.{name}: there is no entity {field.entity} under entities.{hint}",
                    )


class EntityWithoutField(Rule):
    """Some field must hold the key of an entity, or it can be neither counted nor listed."""

    def check(self, model: Model) -> Iterator[Problem]:
        used = {f.entity for d in model.spec.datasets.values() for f in d.fields.values() if f.entity}
        if model.fields_left_out:
            return
        for entity in model.spec.entities:
            if entity not in used:
                yield self.at(
                    model,
                    ("entities", entity),
                    f"entity {entity}: no field holds its key. Write entity: {entity} at the key fields, or remove it.",
                )


class UnknownEntityDataset(Rule):
    """The dataset with an entity's attributes exists and holds the entity's key."""

    def check(self, model: Model) -> Iterator[Problem]:
        for entity, spec in model.spec.entities.items():
            if spec.dataset is None:
                continue
            wrong = model.missing("datasets", spec.dataset)
            if not wrong and not model.fields_left_out and model.catalog.entity_field(entity, spec.dataset) is None:
                wrong = f"no field of {spec.dataset} holds its key; write entity: {entity} at one of them."
            if wrong:
                yield self.at(model, ("entities", entity, "dataset"), f"entity {entity}: {wrong}")


class UnknownHierarchyField(Rule):
    """A hierarchy orders known fields, from the widest to the finest."""

    def check(self, model: Model) -> Iterator[Problem]:
        for hierarchy, fields in model.spec.hierarchies.items():
            for i, field in enumerate(fields):
                if wrong := model.missing_field(field):
                    yield self.at(model, ("hierarchies", hierarchy, i), f"hierarchy {hierarchy}: {wrong}")
