"""Reads YAML and remembers where each key stands, so that every mistake can name file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Loc = tuple[str | int, ...]
MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_NESTING = 500  # beyond some thousand levels the C reader of YAML crashes


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; line 0 means the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake of a catalog: where, which rule found it, what is wrong and what to do."""

    place: Place
    message: str
    rule: str = "syntax"

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.rule}]"


@dataclass
class Source:
    """The merged data of several files, the place of each key, and the mistakes met while reading."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, loc: Loc) -> Place:
        """The place of `loc`, or of the nearest known key above it."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.places:
                return self.places[loc[:end]]
        return Place("catalog")


def read_files(files: list[Path], root: Path) -> Source:
    """Reads and merges YAML files: mappings join, lists append, a key defined twice is a problem."""
    source = Source()
    for path in files:
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        node = _compose(path, name, source)
        if node is None:
            continue
        if not isinstance(node, yaml.MappingNode):
            source.problems.append(Problem(Place(name, node.start_mark.line + 1), "the file must be a mapping of keys"))
            continue
        _merge(node, source, name)
    return source


def _compose(path: Path, name: str, source: Source) -> yaml.Node | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            source.problems.append(Problem(Place(name), f"the file is larger than {MAX_BYTES // 1_000_000} MB; split it"))
            return None
        text = path.read_text(encoding="utf-8")
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            mark: Any = event.start_mark
            if depth > MAX_NESTING:
                raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)
            if isinstance(event, yaml.AliasEvent):
                raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed; write it out", problem_mark=mark)
        return yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        source.problems.append(Problem(Place(name), f"the file is not UTF-8 text (byte {error.start})"))
    except OSError as error:
        source.problems.append(Problem(Place(name), f"the file cannot be read: {error.strerror}"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        source.problems.append(Problem(Place(name, line), f"not valid YAML: {error.problem}"))
    except (yaml.YAMLError, RecursionError, ValueError):
        source.problems.append(Problem(Place(name), "not valid YAML: odd characters, or nested too deeply"))
    return None


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _merge(node: yaml.MappingNode, source: Source, file: str) -> None:
    before = dict(source.places)
    for key, value, place in _pairs(node, (), source, file):
        built = _build(value, (key,), source, file)
        source.places.setdefault((key,), place)
        if key in source.data:
            source.data[key] = _join(source.data[key], built, (key,), source, before)
        else:
            source.data[key] = built


def _join(known: Any, new: Any, loc: Loc, source: Source, before: dict[Loc, Place]) -> Any:
    """Joins what two files say of one key: mappings merge, lists append, anything else may stand in one file only."""
    if isinstance(known, dict) and isinstance(new, dict):
        return {**known, **{k: _join(known[k], v, (*loc, k), source, before) if k in known else v for k, v in new.items()}}
    if isinstance(known, list) and isinstance(new, list):
        return known + new
    where = ".".join(map(str, loc))
    source.problems.append(Problem(source.place(loc), f"{where} is defined twice; the other is at {before.get(loc)}"))
    return known


def _pairs(node: yaml.MappingNode, loc: Loc, source: Source, file: str) -> Iterator[tuple[str, yaml.Node, Place]]:
    seen: set[str] = set()
    for key_node, value in node.value:
        place = Place(file, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            source.problems.append(Problem(place, "a key must be plain text"))
            continue
        key = str(key_node.value)
        if key in seen:
            source.problems.append(Problem(place, f"{'.'.join(map(str, (*loc, key)))} is defined twice"))
            continue
        seen.add(key)
        yield key, value, place


def _build(node: yaml.Node, loc: Loc, source: Source, file: str) -> Any:
    place = Place(file, node.start_mark.line + 1)
    if len(loc) > MAX_DEPTH:
        source.problems.append(Problem(place, f"nested more than {MAX_DEPTH} levels deep"))
        return None
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key, value, key_place in _pairs(node, loc, source, file):
            source.places[(*loc, key)] = key_place
            out[key] = _build(value, (*loc, key), source, file)
        return out
    # Lists of several files are appended, so the index continues after what is there.
    if isinstance(node, yaml.SequenceNode):
        start = len(source.data.get(str(loc[0]), ())) if len(loc) == 1 and loc[0] in source.data else 0
        items = []
        for i, item in enumerate(node.value, start):
            source.places[(*loc, i)] = Place(file, item.start_mark.line + 1)
            items.append(_build(item, (*loc, i), source, file))
        return items
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError):
        source.problems.append(Problem(place, f"{node.value!r} is not a valid value"))
        return None

