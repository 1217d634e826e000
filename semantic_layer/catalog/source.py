"""Reads YAML and remembers where each key stands, so that every mistake can name file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from semantic_layer.catalog.yaml_text import Unreadable, compose
from semantic_layer.errors import Message

Loc = tuple[str | int, ...]
Severity = Literal["error", "warning"]
MAX_DEPTH = 40
MAX_SHOWN = 80  # characters of a name or value in a message


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file, and the column in it; 0 means the file, or the line, as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake of a catalog: where, which rule found it, what is wrong and what to do.

    `message` is English, `zh` Chinese; `field` is the key it lies with, as a path with dots. A catalog with warnings
    alone is sound.
    """

    place: Place
    message: str
    rule: str = "syntax"
    zh: str = ""
    severity: Severity = "error"
    field: str = ""

    def __str__(self) -> str:
        return self.text("en")

    def said(self, lang: str) -> str:
        """The message in `zh` or `en`."""
        return (self.zh if lang == "zh" else "") or self.message

    def text(self, lang: str) -> str:
        """The line that a person reads, in `zh` or `en`."""
        warning = {"zh": "警告：", "en": "warning: "}[lang] if self.severity == "warning" else ""
        return f"{self.place}: {warning}{self.said(lang)} [{self.rule}]"


@dataclass
class Source:
    """The merged data of several files, the place of each key and of them all, and the mistakes met while reading."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: Place = Place("catalog")

    def place(self, loc: Loc) -> Place:
        """The place of `loc`, or of the nearest known key above it."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.places:
                return self.places[loc[:end]]
        return self.whole

    @property
    def errors(self) -> list[Problem]:
        """The mistakes that leave the data unusable."""
        return [p for p in self.problems if p.severity == "error"]

    def report(self, place: Place, said: Message, loc: Loc = (), severity: Severity = "error") -> None:
        """Notes a mistake of the text."""
        self.problems.append(Problem(place, said.en, zh=said.zh, severity=severity, field=written(loc)))


def written(loc: Loc) -> str:
    """A location as a path with dots."""
    return ".".join(shown(str(part)) for part in loc)


def shown(text: str) -> str:
    """A text of the files as a message shows it: the beginning of a long one."""
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def read_files(files: list[Path], root: Path) -> Source:
    """Reads and merges YAML files: mappings join, lists append, a key defined twice is a problem."""
    source = Source()
    for path in files:
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        if len(files) == 1:
            source.whole = Place(name)
        try:
            node = compose(path)
        except Unreadable as error:
            source.report(Place(name, error.line, error.column), error.message)
            continue
        if node is None:
            source.report(Place(name), Message("the file is empty", "文件是空的"), severity="warning")
        elif isinstance(node, yaml.MappingNode):
            _merge(node, source, name)
        else:
            source.report(_place(node, name), Message("the file must be a mapping of keys", "文件的内容应当是若干“键: 值”"))
    return source


def _place(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


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
    other = before.get(loc)
    said = Message(f"{written(loc)} is defined twice; the other is at {other}", f"{written(loc)} 定义了两次；另一处在 {other}")
    source.report(source.place(loc), said, loc)
    return known


_PLAIN_TEXT = "tag:yaml.org,2002:str"
_MERGE_KEY = Message("merge keys (<<) are not allowed; write it out", "不允许使用合并键（<<），请直接写出内容")


def _pairs(node: yaml.MappingNode, loc: Loc, source: Source, file: str) -> Iterator[tuple[str, yaml.Node, Place]]:
    seen: set[str] = set()
    for key_node, value in node.value:
        place = _place(key_node, file)
        if not isinstance(key_node, yaml.ScalarNode):
            source.report(place, Message("a key must be plain text", "键必须是普通文本"), loc)
            continue
        key = str(key_node.value)
        here = (*loc, key)
        if key in seen:
            source.report(place, Message(f"{written(here)} is defined twice", f"{written(here)} 定义了两次"), here)
        elif key == "<<":
            source.report(place, _MERGE_KEY, here)
        else:
            seen.add(key)
            yield key, value, place


def _build(node: yaml.Node, loc: Loc, source: Source, file: str) -> Any:
    if len(loc) > MAX_DEPTH:
        source.report(_place(node, file), Message(f"nested more than {MAX_DEPTH} levels deep", f"嵌套超过 {MAX_DEPTH} 层"), loc)
        return None
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key, value, key_place in _pairs(node, loc, source, file):
            source.places[(*loc, key)] = key_place
            out[key] = _build(value, (*loc, key), source, file)
        return out
    # Lists of several files are appended, so the index continues after what is there.
    if isinstance(node, yaml.SequenceNode):
        known = source.data.get(str(loc[0])) if len(loc) == 1 else None
        start = len(known) if isinstance(known, list) else 0
        items = []
        for i, item in enumerate(node.value, start):
            source.places[(*loc, i)] = _place(item, file)
            items.append(_build(item, (*loc, i), source, file))
        return items
    if node.tag == _PLAIN_TEXT:
        return node.value
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError):
        given = repr(shown(str(node.value)))
        source.report(_place(node, file), Message(f"{given} is not a valid value", f"{given} 不是有效的值"), loc)
        return None
