"""Names in the conditions of metrics and segments, however deep, and whether the rows they test reach them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import ClassVar

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.walk import Kind, Step, measured, mentions, steps
from semantic_layer.catalog.source import Loc, Problem, shown
from semantic_layer.errors import Message
from semantic_layer.query import FORWARD_GRAINS, TIME, EntityCondition, EventCondition, ExistsCondition, FieldCondition, Scalar


def owner_of(owner: str) -> Message:
    """`metric sales` or `segment loyal` as the beginning of a sentence."""
    kind, _, name = owner.partition(" ")
    return Message(f"{owner}: ", f"{'指标' if kind == 'metric' else '细分'} {name}：")


class _UnknownName(Rule):
    kind: ClassVar[Kind]

    def check(self, model: Model) -> Iterator[Problem]:
        for mention in mentions(model):
            if mention.kind == self.kind:
                is_field = self.kind == "fields"
                wrong = model.missing_field(mention.name) if is_field else model.missing(self.kind, mention.name)
                if wrong:
                    yield self.at(model, mention.loc, owner_of(mention.owner) + wrong)


class UnknownConditionField(_UnknownName):
    """A condition names `dataset.field`, an entity or time."""

    kind = "fields"


class UnknownConditionEntity(_UnknownName):
    """A condition on an entity names one of `entities`."""

    kind = "entities"


class UnknownConditionMetric(_UnknownName):
    """A condition on an entity's metric names one of `metrics`."""

    kind = "metrics"


class UnknownConditionDataset(_UnknownName):
    """A condition on rows elsewhere (exists, first or last event) names one of `datasets`."""

    kind = "datasets"


class UnknownConditionSegment(_UnknownName):
    """A segment condition names one of `segments`."""

    kind = "segments"


class UnreachableCondition(Rule):
    """The rows a condition tests hold, or point many-to-one to, the field or entity it names; also by way of a segment."""

    def check(self, model: Model) -> Iterator[Problem]:
        for step in steps(model, through_segments=True):
            yield from self._own(model, step)
            if not step.segment:
                yield from self._other(model, step)

    def _own(self, model: Model, step: Step) -> Iterator[Problem]:
        """The condition's field or entity, from the rows it tests."""
        condition = step.condition
        if isinstance(condition, FieldCondition):
            key, name = "field", condition.field
        elif isinstance(condition, (EntityCondition, ExistsCondition, EventCondition)):
            key, name = "entity", condition.entity
        else:
            return
        yield from self._from(model, step, sorted(step.homes), name, (key,))

    def _other(self, model: Model, step: Step) -> Iterator[Problem]:
        """The entity, and the time or unit that is named, from the rows that say something about it."""
        condition = step.condition
        key: Loc
        if isinstance(condition, ExistsCondition):
            homes, key = [condition.exists], ("exists",)
        elif isinstance(condition, EventCondition):
            homes, key = [condition.dataset], ("dataset",)
            if not (condition.time and condition.time.field):
                yield from self._from(model, step, homes, TIME, key)
        elif isinstance(condition, EntityCondition):
            homes, key = sorted(measured(model, condition.metric)), ("metric", "metric")
            for unit in ("over", "per"):
                if (name := getattr(condition.metric, unit)) and name not in FORWARD_GRAINS:
                    yield from self._from(model, step, homes, name, ("metric", unit))
        else:
            return
        yield from self._from(model, step, homes, condition.entity, key)
        if condition.time and condition.time.field:
            yield from self._from(model, step, homes, condition.time.field, ("time", "field"))

    def _from(self, model: Model, step: Step, homes: list[str], name: str, key: Loc) -> Iterator[Problem]:
        for home in homes:
            if home in model.spec.datasets and not _reaches(model, home, name):
                yield self.at(model, step.loc if step.segment else (*step.loc, *key), self._said(step, home, name))

    def _said(self, step: Step, home: str, name: str) -> Message:
        by = Message(f"segment {step.segment}: ", f"其中的细分 {step.segment}：") if step.segment else Message()
        if name == TIME:
            wrong = Message(
                f"dataset {home} has no time; name one of its date fields under time",
                f"数据集 {home} 没有时间；请在 time 中写明它的一个日期字段",
            )
        else:
            wrong = Message(
                f"dataset {home} neither holds {name} nor points many-to-one to it; declare the relationship, or choose another field or dataset",
                f"数据集 {home} 既没有 {name}，也没有以多对一指向它；请声明关系，或换一个字段或数据集",
            )
        return owner_of(step.owner) + by + wrong


def _reaches(model: Model, home: str, name: str) -> bool:
    """Whether rows of `home` know `name`. Names and parts that are themselves in error count as reached."""
    catalog = model.catalog
    if name == TIME:
        return model.spec.datasets[home].time is not None or model.left_out(("datasets", home), "time")
    if model.relationships_left_out or model.fields_left_out:
        return True
    dataset, _, field = name.partition(".")
    if not field:
        holders = [d for d in model.spec.datasets if catalog.entity_field(name, d)]
        return not holders or any(model.path(home, d) is not None for d in holders)
    spec = model.spec.datasets.get(dataset)
    if spec is None or field not in spec.fields:
        return True
    entity = spec.fields[field].entity
    return bool(entity and catalog.entity_field(entity, home)) or model.path(home, dataset) is not None


_NUMBERS = ("integer", "number")
_TEXT_TESTS = ("contains", "starts_with", "ends_with")
_KINDS = {
    "number": Message("a number", "数字"),
    "boolean": Message("true or false", "true 或 false"),
    "date": Message("a date as YYYY-MM-DD", "日期（YYYY-MM-DD）"),
    "string": Message("a text; put it in quotes", "文本，请加引号"),
}


class UnfitConditionValue(Rule):
    """A field is compared with values of its own type: a number with numbers, a date with dates."""

    def check(self, model: Model) -> Iterator[Problem]:
        for step in steps(model):
            condition = step.condition
            kind = _type(model, condition.field) if isinstance(condition, FieldCondition) else ""
            if not isinstance(condition, FieldCondition) or not kind:
                continue
            said = Message()
            if condition.grain and kind != "date":
                said = Message(
                    f"{condition.field} is no time, so it has no grain {condition.grain}", f"{condition.field} 不是时间，没有粒度 {condition.grain}"
                )
            elif condition.op in _TEXT_TESTS and (kind != "string" or condition.grain):
                said = Message(
                    f"{condition.field} is no text, so {condition.op} says nothing of it", f"{condition.field} 不是文本，不能用 {condition.op}"
                )
            else:
                wanted = kind if not condition.grain or condition.grain in FORWARD_GRAINS else "number"
                if unfit := [v for v in _values(condition) if not _fits(v, wanted)]:
                    given = repr(shown(unfit[0])) if isinstance(unfit[0], str) else str(unfit[0])
                    needed = _KINDS[wanted]
                    said = Message(
                        f"{condition.field} is compared with {given}; it needs {needed.en}", f"{condition.field} 与 {given} 比较；应当是{needed.zh}"
                    )
            if said:
                yield self.at(model, (*step.loc, "value"), owner_of(step.owner) + said)


class UnknownConditionValue(Rule):
    """A text that a field is compared with occurs in the data; otherwise nothing meets the condition."""

    severity = "warning"

    def check(self, model: Model) -> Iterator[Problem]:
        for step in steps(model):
            condition = step.condition
            if not isinstance(condition, FieldCondition) or not model.tables or condition.op not in ("=", "!=", "in", "not_in"):
                continue
            dataset, _, field = condition.field.partition(".")
            spec = model.spec.datasets[dataset].fields.get(field) if dataset in model.spec.datasets else None
            found = model.tables.values(dataset, field) if spec and spec.type == "string" and not spec.personal else None
            for value in _values(condition) if found else ():
                if found and str(value) not in found:
                    said = Message(f"{condition.field} is never {value!r} in the data.", f"数据中 {condition.field} 没有 {value!r}。")
                    yield self.at(model, (*step.loc, "value"), owner_of(step.owner) + said + model.hint(str(value), found))


def _values(condition: FieldCondition) -> tuple[Scalar, ...]:
    if condition.value is None:
        return ()
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def _type(model: Model, name: str) -> str:
    """string, number, boolean or date; empty where nobody can tell."""
    if name == TIME:
        return "date"
    dataset, _, field = name.partition(".")
    if field:
        spec = model.spec.datasets[dataset].fields.get(field) if dataset in model.spec.datasets else None
        kind = spec.type if spec and not model.left_out(("datasets", dataset, "fields", field), "type") else ""
    else:
        kind = next((f.type for d in model.spec.datasets.values() for f in d.fields.values() if f.entity == name), "")
    return {"integer": "number", "datetime": "date"}.get(kind, kind)


def _fits(value: Scalar, kind: str) -> bool:
    """Whether a value can stand for one of that type, as the compiler reads it."""
    if kind == "string":
        return isinstance(value, (str, int)) and not isinstance(value, bool)
    if kind == "boolean":
        return str(value).lower() in ("true", "false", "1", "0", "yes", "no")
    try:
        if kind == "number":
            return not isinstance(value, (bool, dt.date)) and math.isfinite(float(value))
        return isinstance(value, dt.date) or bool(dt.datetime.fromisoformat(str(value)))
    except ValueError:
        return False
