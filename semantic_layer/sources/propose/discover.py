"""The files of a stranger: which can be read, sheet by sheet, and what stays out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from semantic_layer.errors import Message
from semantic_layer.sources.models import ReadSpec
from semantic_layer.sources.reading import Unreadable, listed
from semantic_layer.sources.reading.files import Seen
from semantic_layer.sources.reading.header import header_line

_UNNAMED = re.compile(r"(sheet|工作表|table) ?\d*", re.IGNORECASE)
_NUMBERED = (re.compile(r"[\s_.\-]*\d[\d\s_.\-年月日]*$"), re.compile(r"^\d[\d\s_.\-年月日]*"))


@dataclass(frozen=True)
class Part:
    """A file, or a sheet of a workbook. `title` is what its rows are called, without the numbers of months and days."""

    spec: ReadSpec
    seen: Seen
    title: str

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.seen.path.name + (f" [{self.spec.sheet}]" if self.spec.sheet else "")


@dataclass
class Discovered:
    """What can be tried, and what stays out with the reason."""

    parts: list[Part] = field(default_factory=list)
    left_out: list[Message] = field(default_factory=list)


def discover(data: Path, folder: Path) -> Discovered:
    """The parts of a file or of all files below a folder; `folder` is the shop's, from which paths are written."""
    found = Discovered()
    for seen in listed(str(data.absolute()), folder):
        if folder.absolute() in seen.path.absolute().parents:
            continue
        _add(found, seen, folder)
    return found


def _add(found: Discovered, seen: Seen, folder: Path) -> None:
    name = seen.path.name
    written = _written(seen.path, folder)
    try:
        spec = ReadSpec(path=written)
    except ValueError:
        found.left_out.append(Message(f"{name}: not a kind of file that can be read.", f"{name}：不是可读取的文件类型。"))
        return
    if spec.kind == "sqlite":
        why = Message(f"{name}: a database; give it alone to --from.", f"{name}：是数据库，请用 --from 单独指定。")
        found.left_out.append(why)
    elif spec.kind == "excel":
        from semantic_layer.sources.reading.excel import sheets

        try:
            named = sheets(seen)
        except Unreadable as error:
            found.left_out.append(Message(error.en, error.zh))
            return
        stem = _title(seen.path)
        for sheet in named:
            plain = _UNNAMED.fullmatch(sheet)
            title = sheet if not plain else stem if len(named) == 1 else f"{stem} {sheet}"
            _add_part(found, Part(ReadSpec(path=written, sheet=sheet), seen, title))
    else:
        _add_part(found, Part(spec, seen, _title(seen.path)))


def _add_part(found: Discovered, part: Part) -> None:
    """A part, read from the line that names its columns."""
    try:
        line = header_line(part.seen, part.spec)
    except (Unreadable, OSError, EOFError, UnicodeError):
        line = 1  # what is wrong with the file is said when it is read
    found.parts.append(part if line == 1 else replace(part, spec=part.spec.model_copy(update={"header": line})))


def _written(path: Path, folder: Path) -> str:
    """From the shop's folder where the file stands below or beside it, else in full."""
    relative = os.path.relpath(path.absolute(), folder.absolute())
    return Path(relative).as_posix() if Path(relative).parts.count("..") <= 1 else str(path.absolute())


def _title(path: Path) -> str:
    stem = path.name.removesuffix(".gz").partition(".")[0]
    plain = stem
    for pattern in _NUMBERED:
        plain = pattern.sub("", plain)
    return plain.strip(" _-.") or stem
