"""Reads playbooks: those that come with Wenshu and a shop's own, which go first. Mistakes are named with file and line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from assistant.actions.filling import sample
from assistant.actions.formulas import names_in
from assistant.actions.models import Audience, Playbook, Trigger
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.invalid import describe
from semantic_layer.catalog.load import read_model, written_loc
from semantic_layer.catalog.models import Spec
from semantic_layer.catalog.source import Loc, Problem, Source, written
from semantic_layer.errors import InvalidValue, ShopError, hint
from semantic_layer.query import Condition, SemanticQuery

FOLDER = "playbooks"
NAMES = "names.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,80}")
_DAY = dt.date(2024, 1, 31)
_CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
# Where in a query or condition a name of the catalog stands, and of what kind.
_KINDS = {"entity": "entity", "exists": "dataset", "dataset": "dataset", "segment": "segment", "over": "entity", "per": "entity"}
_GRAINS = ("day", "week", "month", "quarter", "half", "year")
# Figures that every card of people has; see `proposing`.
GIVEN = frozenset({"size", "reached", "treated", "held", "base"})


class Names(Spec):
    """`names.yaml`: what a shop calls what the playbooks that come with Wenshu name; and which of those it does not want."""

    names: dict[str, str] = Field(default={}, description="The shop's name for each name of theirs.")
    omit: tuple[str, ...] = Field(default=(), description="Playbooks that are not wanted.")


@dataclass(frozen=True)
class Known:
    """A playbook by its name, and whether it is the shop's own."""

    name: str
    playbook: Playbook
    own: bool


def packaged() -> Path:
    """The folder of the playbooks that come with Wenshu."""
    return Path(str(resources.files("assistant.actions") / FOLDER))


def playbooks_of(folder: Path, catalog: Catalog) -> tuple[Known, ...]:
    """The playbooks for a shop folder with this (whole) catalog. Raises ShopError that names every mistake with file and line."""
    problems: list[Problem] = []
    own = folder / FOLDER
    called = _names(own / NAMES, folder, problems)
    found: dict[str, Known] = {}
    for path in sorted(packaged().glob("*.yaml")):
        if path.stem not in called.omit:
            found[path.stem] = Known(path.stem, _read(path, packaged().parent, problems, called.names), False)
    for path in sorted(p for p in own.glob("*.yaml") if p.name != NAMES) if own.is_dir() else ():
        found[path.stem] = Known(path.stem, _read(path, folder, problems, {}, catalog), True)
    if problems:
        listed = {lang: "\n".join(f"  {p.text(lang)}" for p in sorted(problems)) for lang in ("en", "zh")}
        raise ShopError(
            f"The playbooks have {len(problems)} problem(s):\n{listed['en']}", f"行动剧本有 {len(problems)} 处错误：\n{listed['zh']}", problems
        )
    return tuple(found[name] for name in sorted(found))


def _names(path: Path, root: Path, problems: list[Problem]) -> Names:
    if not path.is_file():
        return Names()
    called, source = read_model(Names, [path], root)
    problems += source.errors
    known = {p.stem for p in packaged().glob("*.yaml")}
    for number, name in enumerate(called.omit if called else ()):
        if name not in known:
            said = InvalidValue(f"there is no playbook {name}.", f"没有剧本 {name}。").message + hint(name, known)
            problems.append(Problem(source.place(("omit", number)), said.en, zh=said.zh, field=f"omit.{number}", rule="playbook"))
    return called or Names()


_EMPTY = Playbook.model_construct()


def _read(path: Path, root: Path, problems: list[Problem], called: Mapping[str, str], catalog: Catalog | None = None) -> Playbook:
    """One playbook; with a catalog, its names have to be there."""
    playbook, source = read_model(Playbook, [path], root)
    problems += source.errors
    if not _NAME.fullmatch(path.stem):
        zh = "剧本的文件名由小写字母、数字和 _ 组成，以字母开头。"
        said = "the name of a playbook's file consists of small letters, digits and _, and begins with a letter."
        problems.append(Problem(source.whole, said, zh=zh, rule="playbook"))
    if playbook is None:
        return _EMPTY
    problems += _mistakes(playbook, source, catalog)
    return Playbook.model_validate(renamed(source.data, called)) if called else playbook


def renamed(data: Any, called: Mapping[str, str]) -> Any:
    """The data of a playbook with a shop's names instead of those it was written with."""
    if isinstance(data, Mapping):
        return {k: renamed(v, called) for k, v in data.items()}
    if isinstance(data, (list, tuple)):
        return [renamed(v, called) for v in data]
    return called.get(data, data) if isinstance(data, str) else data


# -- what stands in a playbook --------------------------------------------------------------------------------


def queries(playbook: Playbook) -> Iterator[tuple[Loc, Any]]:
    """Every query of a playbook with its place."""
    for loc, numbers in _numbers(playbook):
        for name, number in numbers.items():
            if number.query is not None:
                yield (*loc, name, "query"), number.query
    for i, trigger in enumerate(playbook.trigger):
        if trigger.query is not None:
            yield ("trigger", i, "query"), trigger.query


def conditions(playbook: Playbook) -> Iterator[tuple[Loc, Any]]:
    """Every condition of a playbook that stands alone, with its place."""
    for loc, audience in _audiences(playbook):
        for i, each in enumerate(audience.where):
            yield (*loc, "where", i), each
        for name, without in audience.without.items():
            for i, each in enumerate(without.where):
                yield (*loc, "without", name, "where", i), each
    if playbook.response:
        yield ("response", "does"), playbook.response.does
    for i, trigger in enumerate(playbook.trigger):
        if trigger.trial:
            for j, each in enumerate(trigger.trial.where):
                yield ("trigger", i, "trial", "where", j), each


def _audiences(playbook: Playbook) -> Iterator[tuple[Loc, Audience]]:
    if playbook.audience:
        yield ("audience",), playbook.audience
    for i, trigger in enumerate(playbook.trigger):
        if trigger.audience:
            yield ("trigger", i, "audience"), trigger.audience


def _numbers(playbook: Playbook) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    yield ("numbers",), playbook.numbers
    for i, trigger in enumerate(playbook.trigger):
        yield ("trigger", i, "numbers"), trigger.numbers


def needs(playbook: Playbook) -> tuple[tuple[str, str], ...]:
    """The catalog's names that a playbook rests on, as (kind, name): kinds are metric, field, entity, dataset, segment."""
    found: dict[tuple[str, str], None] = {}
    for _, template in queries(playbook):
        found |= dict.fromkeys(named(template))
    for loc, template in conditions(playbook):
        if "without" not in loc:  # what a shop does not have nobody can be left out by; the card says so
            found |= dict.fromkeys(named(template))
    for _, audience in _audiences(playbook):
        found[("entity", audience.of)] = None
        if audience.dataset:
            found[("dataset", audience.dataset)] = None
    for trigger in playbook.trigger:
        found |= dict.fromkeys(_watched(trigger))
    return tuple(found)


def _watched(trigger: Trigger) -> Iterator[tuple[str, str]]:
    if trigger.shift:
        yield from named({"metric": trigger.shift.metric})
        yield from (_ref(f) for by in trigger.shift.by for f in by)
    if trigger.rate:
        for metric in (trigger.rate.hits, trigger.rate.of):
            yield from named({"metric": metric})
        yield from map(_ref, trigger.rate.by)
    if trigger.trial:
        yield from named({"metric": [trigger.trial.of, trigger.trial.does], "entity": trigger.trial.entity})
        yield "field", trigger.trial.arm


def _ref(name: str) -> tuple[str, str]:
    """What can be grouped by: a field, or an entity."""
    return ("field" if "." in name else "entity"), name


def named(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The names of the catalog in (a part of) a query, as (kind, name)."""
    if isinstance(node, Mapping):
        for inner, value in node.items():
            yield from named(value, inner)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from named(value, key)
    elif isinstance(node, str) and "{" not in node:
        if key in ("metric", "metrics"):
            yield "metric", node
        elif key in ("field", "group_by", "fields") and node != "time":
            yield _ref(node)
        elif key in _KINDS and node not in _GRAINS:
            yield _KINDS[key], node


def lacking(wanted: Iterable[tuple[str, str]], catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Those of the names that the catalog does not have."""
    return tuple((kind, name) for kind, name in wanted if not _has(catalog, kind, name))


def homeless(playbook: Playbook, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """The datasets in which the members of its audiences stand and that are not there."""
    out = []
    for _, audience in _audiences(playbook):
        entity = catalog.spec.entities.get(audience.of)
        dataset = audience.dataset or (entity.dataset if entity else None)
        if entity and (dataset is None or dataset not in catalog.spec.datasets):
            out.append(("dataset", dataset or audience.of))
    return tuple(out)


def _has(catalog: Catalog, kind: str, name: str) -> bool:
    spec = catalog.spec
    if kind == "field":
        dataset, _, field = name.partition(".")
        return dataset in spec.datasets and field in spec.datasets[dataset].fields
    known: dict[str, Mapping[str, Any]] = {"metric": spec.metrics, "entity": spec.entities, "dataset": spec.datasets, "segment": spec.segments}
    return name in known[kind]


# -- what is wrong with it ------------------------------------------------------------------------------------


def _mistakes(playbook: Playbook, source: Source, catalog: Catalog | None) -> Iterator[Problem]:
    for loc, template in queries(playbook):
        yield from _misshapen(loc, template, source, lambda data: SemanticQuery.model_validate(data))
    for loc, template in conditions(playbook):
        yield from _misshapen(loc, template, source, lambda data: _CONDITION.validate_python(data))
    yield from _misnamed(playbook, source)
    if catalog is not None:
        yield from _unknown(playbook, source, catalog)


def _misshapen(loc: Loc, template: Any, source: Source, validate: Any) -> Iterator[Problem]:
    try:
        validate(sample(template, _DAY))
    except ValidationError as error:
        for each in error.errors()[:3]:
            inner = written_loc((*loc, *each["loc"]), source)
            said = describe(each, inner, SemanticQuery, inner in source.places)
            yield Problem(source.place(inner), said.en, zh=said.zh, field=written(inner), rule="playbook")


def _misnamed(playbook: Playbook, source: Source) -> Iterator[Problem]:
    """Formulas that are no arithmetic, and figures that are named and not there."""

    def problem(loc: Loc, error: InvalidValue) -> Problem:
        key = written(loc)
        return Problem(source.place(loc), f"{key}: {error.message.en}", zh=f"{key}：{error.message.zh}", field=key, rule="playbook")

    known = set(playbook.numbers) | {n for t in playbook.trigger for n in t.numbers}
    for loc, numbers in _numbers(playbook):
        for name, number in numbers.items():
            if number.formula is not None:
                try:
                    wanted = names_in(number.formula)
                except InvalidValue as error:
                    yield problem((*loc, name, "formula"), error)
                    continue
                # With a trigger, columns of its rows are figures as well.
                for other in sorted(wanted - known - GIVEN) if not playbook.trigger else ():
                    near = hint(other, known | GIVEN)
                    yield problem((*loc, name, "formula"), InvalidValue(f"there is no figure {other}.{near.en}", f"没有数字 {other}。{near.zh}"))
    for key in ("target", "cost", "break_even", "worth"):
        name = getattr(playbook, key)
        if name is not None and name not in known:
            near = hint(name, known)
            yield problem((key,), InvalidValue(f"there is no figure {name}.{near.en}", f"没有数字 {name}。{near.zh}"))


def _unknown(playbook: Playbook, source: Source, catalog: Catalog) -> Iterator[Problem]:
    spec = catalog.spec
    fields = [f"{d}.{f}" for d, s in spec.datasets.items() for f in s.fields]
    known: dict[str, Iterable[str]] = {
        "metric": spec.metrics, "entity": spec.entities, "dataset": spec.datasets, "segment": spec.segments, "field": fields,
    }  # fmt: skip
    for kind, name in lacking(needs(playbook), catalog):
        near = hint(name, known[kind])
        place = next((source.places[loc] for loc, text in _leaves(source.data) if text == name), source.whole)
        said = InvalidValue(f"the catalog has no {kind} {name}.{near.en}", f"目录里没有{_SAID[kind]} {name}。{near.zh}").message
        yield Problem(place, said.en, zh=said.zh, field=name, rule="playbook")


_SAID = {"metric": "指标", "entity": "实体", "dataset": "数据集", "segment": "客群", "field": "字段"}


def _leaves(node: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every value with the place of the nearest key or item that has one."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*loc, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _leaves(value, (*loc, number))
    else:
        yield loc, node


__all__ = ["Known", "Names", "conditions", "lacking", "named", "needs", "packaged", "playbooks_of", "queries", "renamed"]
