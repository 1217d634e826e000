"""What a dataset says about its own fields: key, time, snapshot; and what entities and hierarchies say of fields."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import Message


def _of(key: str, dataset: str) -> Message:
    return Message(f"{key} of {dataset}: ", f"{dataset} 的 {key}：")


class NoDataset(Rule):
    """A catalog has at least one dataset."""

    def check(self, model: Model) -> Iterator[Problem]:
        if not model.spec.datasets and not model.fields_left_out:
            said = Message("the catalog has no datasets; describe the tables under datasets", "目录中没有数据集；请在 datasets 下描述各张表")
            yield self.at(model, ("datasets",), said)


class UnknownPrimaryKey(Rule):
    """A primary key consists of fields of its dataset."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            for i, field in enumerate(spec.primary_key):
                if wrong := model.missing_own_field(dataset, field):
                    yield self.at(model, ("datasets", dataset, "primary_key", i), _of("primary_key", dataset) + wrong)


class RepeatedPrimaryKey(Rule):
    """A primary key identifies one row: it is never empty and never stands twice."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if model.tables is None or not spec.primary_key:
                continue
            repeated = model.tables.repeated(dataset, spec.primary_key)
            empty = model.tables.empty(dataset, spec.primary_key)
            if not repeated and not empty:
                continue
            found = [Message(f"{repeated} of its keys stand in more than one row", f"{repeated} 个键出现在多行中")] * bool(repeated)
            found += [Message(f"{empty} rows have no key", f"{empty} 行没有键")] * bool(empty)
            key = ", ".join(spec.primary_key)
            said = Message(
                f"({key}) is not unique: {' and '.join(f.en for f in found)}. Add the fields that tell the rows apart, clean the data, "
                "or leave the key out.",
                f"（{key}）不唯一：{'，'.join(f.zh for f in found)}。请补上能区分各行的字段，清理数据，或去掉主键。",
            )
            yield self.at(model, ("datasets", dataset, "primary_key"), _of("primary_key", dataset) + said)


class UnknownTimeField(Rule):
    """The default time of a dataset is one of its fields, or a field of a dataset that it points to."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if spec.time is None:
                continue
            other = spec.time.partition(".")[0] if "." in spec.time else ""
            wrong = model.missing_field(spec.time) if other else model.missing_own_field(dataset, spec.time)
            if not wrong and other and not model.relationships_left_out and model.path(dataset, other) is None:
                wrong = Message(
                    f"dataset {dataset} does not point to {other} many-to-one; declare the relationship, or name another field",
                    f"数据集 {dataset} 没有以多对一指向 {other}；请声明关系，或换一个字段",
                )
            if wrong:
                yield self.at(model, ("datasets", dataset, "time"), _of("time", dataset) + wrong)


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
                todo = Message(f" Use {', '.join(dated)}.", f"请改用 {'、'.join(dated)}。") if dated else _DATE_IT
                said = Message(f"field {spec.time} is of type {field.type}.", f"字段 {spec.time} 的类型是 {field.type}。")
                yield self.at(model, ("datasets", dataset, "time"), _of("time", dataset) + said + todo)


_DATE_IT = Message(" Set its type to date or datetime, or leave time out.", "请把它的类型写成 date 或 datetime，或去掉 time。")


class TimeWithoutValues(Rule):
    """The default time of a dataset has values; without any, every question with a period finds nothing."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            owner, _, field = (spec.time or "").rpartition(".")
            if model.tables and field and (owner or dataset) in model.spec.datasets and not model.tables.filled(owner or dataset, field):
                said = Message(
                    f"field {spec.time} is empty in every row. Use another date field, or load the dates.",
                    f"字段 {spec.time} 在每一行都是空的。请换一个日期字段，或导入日期。",
                )
                yield self.at(model, ("datasets", dataset, "time"), _of("time", dataset) + said)


class UnknownLastsField(Rule):
    """The first and the last day of rows that last are fields of their dataset."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            for i, field in enumerate(spec.lasts or ()):
                if wrong := model.missing_own_field(dataset, field):
                    yield self.at(model, ("datasets", dataset, "lasts", i), _of("lasts", dataset) + wrong)


class UnknownSnapshotField(Rule):
    """A snapshot names fields of its dataset: the time of the balance, and what it is a balance of."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            if spec.snapshot is None:
                continue
            loc = ("datasets", dataset, "snapshot")
            if wrong := model.missing_own_field(dataset, spec.snapshot.time):
                yield self.at(model, (*loc, "time"), _of("snapshot", dataset) + wrong)
            for i, field in enumerate(spec.snapshot.per):
                if wrong := model.missing_own_field(dataset, field):
                    yield self.at(model, (*loc, "per", i), _of("snapshot", dataset) + wrong)


class UndeclaredEntity(Rule):
    """An entity that a field belongs to is declared under `entities`."""

    def check(self, model: Model) -> Iterator[Problem]:
        for dataset, spec in model.spec.datasets.items():
            for name, field in spec.fields.items():
                if field.entity and model.lacks("entities", field.entity):
                    todo = Message(" Declare it there, with its labels.", "请在那里声明它和它的标签。")
                    said = Message(
                        f"field {dataset}.{name}: there is no entity {field.entity} under entities.",
                        f"字段 {dataset}.{name}：entities 下没有实体 {field.entity}。",
                    )
                    hint = model.hint(field.entity, model.spec.entities, todo)
                    yield self.at(model, ("datasets", dataset, "fields", name, "entity"), said + hint)


class EntityWithoutField(Rule):
    """Some field must hold the key of an entity, or it can be neither counted nor listed."""

    def check(self, model: Model) -> Iterator[Problem]:
        used = {f.entity for d in model.spec.datasets.values() for f in d.fields.values() if f.entity}
        if model.fields_left_out:
            return
        for entity in model.spec.entities:
            if entity not in used:
                said = Message(
                    f"entity {entity}: no field holds its key. Write entity: {entity} at the key fields, or remove it.",
                    f"实体 {entity}：没有字段存放它的键。请在键字段上写 entity: {entity}，或删除该实体。",
                )
                yield self.at(model, ("entities", entity), said)


class UnknownEntityDataset(Rule):
    """The dataset with an entity's attributes exists and holds the entity's key."""

    def check(self, model: Model) -> Iterator[Problem]:
        for entity, spec in model.spec.entities.items():
            if spec.dataset is None:
                continue
            wrong = model.missing("datasets", spec.dataset)
            if not wrong and not model.fields_left_out and model.catalog.entity_field(entity, spec.dataset) is None:
                wrong = Message(
                    f"no field of {spec.dataset} holds its key; write entity: {entity} at one of them.",
                    f"{spec.dataset} 没有字段存放它的键；请在其中一个字段上写 entity: {entity}。",
                )
            if wrong:
                yield self.at(model, ("entities", entity, "dataset"), Message(f"entity {entity}: ", f"实体 {entity}：") + wrong)


class StrayEntityKey(Rule):
    """A key of an entity leads to the entity's dataset, or its attributes cannot be asked of these rows."""

    severity = "warning"

    def check(self, model: Model) -> Iterator[Problem]:
        if model.relationships_left_out or model.fields_left_out:
            return
        for dataset, spec in model.spec.datasets.items():
            for name, field in spec.fields.items():
                home = model.spec.entities[field.entity].dataset if field.entity in model.spec.entities else None
                if home and home in model.spec.datasets and model.path(dataset, home) is None:
                    said = Message(
                        f"field {dataset}.{name}: no relationship leads from {dataset} to {home}, the dataset of entity {field.entity}; declare it",
                        f"字段 {dataset}.{name}：没有关系从 {dataset} 通向它的实体 {field.entity} 所在的数据集 {home}；请声明关系",
                    )
                    yield self.at(model, ("datasets", dataset, "fields", name, "entity"), said)


class UnknownShownBy(Rule):
    """What an entity is shown by is a field of its dataset."""

    def check(self, model: Model) -> Iterator[Problem]:
        for entity, spec in model.spec.entities.items():
            if spec.shown_by is None:
                continue
            where = ("entities", entity, "shown_by")
            if spec.dataset is None:
                said = Message(f"entity {entity}: shown_by needs a dataset.", f"实体 {entity}：shown_by 需要先写 dataset。")
                yield self.at(model, where, said)
            elif spec.dataset in model.spec.datasets and (wrong := model.missing_own_field(spec.dataset, spec.shown_by)):
                yield self.at(model, where, _of("entity", entity) + wrong)


class UnknownHierarchyField(Rule):
    """A hierarchy orders known fields, from the widest to the finest."""

    def check(self, model: Model) -> Iterator[Problem]:
        for hierarchy, fields in model.spec.hierarchies.items():
            for i, field in enumerate(fields):
                if wrong := model.missing_field(field):
                    yield self.at(model, ("hierarchies", hierarchy, i), Message(f"hierarchy {hierarchy}: ", f"层级 {hierarchy}：") + wrong)


class RepeatedHierarchyField(Rule):
    """A field stands in a hierarchy once, and a hierarchy has two fields or more."""

    def check(self, model: Model) -> Iterator[Problem]:
        for hierarchy, fields in model.spec.hierarchies.items():
            whose = Message(f"hierarchy {hierarchy}: ", f"层级 {hierarchy}：")
            if len(fields) < 2:
                said = Message("it needs two fields or more, from the widest to the finest", "至少需要两个字段，从最宽到最细")
                yield self.at(model, ("hierarchies", hierarchy), whose + said)
            for i, field in enumerate(fields):
                if field in fields[:i]:
                    said = Message(f"{field} stands in it twice; leave it where it belongs", f"{field} 出现了两次；请只保留一处")
                    yield self.at(model, ("hierarchies", hierarchy, i), whose + said)
