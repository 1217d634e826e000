"""The verified questions of a shop: `verified.yaml`, read when it changes, and written entry by entry, so that comments stay."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.verified.entry import Entry
from semantic_layer.catalog.load import read_each
from semantic_layer.catalog.source import Place, Problem
from semantic_layer.catalog.yaml_text import Unreadable, compose
from semantic_layer.errors import ShopError, UsageError
from semantic_layer.shops import Shop

log = logging.getLogger("wenshu.verified")
FILE = "verified.yaml"
_KEY = "verified"
_HEAD = "# Questions that an analyst has confirmed, each with its semantic query: docs/verified.md\nverified:\n"
_EMPTY = re.compile(rf"^{_KEY}:\s*\[\]\s*$\n?", re.MULTILINE)
_WAITING = 10.0  # seconds for which another process may be writing
_LOCK_DIES = 60.0  # seconds after which a lock file without an owner is taken away


@dataclass(frozen=True)
class Page:
    """What the file says at one time; with mistakes in entries, the others. `stamp` names the state of the file."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    stamp: tuple[int, ...] = ()


class Book:
    """The file of one shop. Safe to use from many threads, and from several processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._page: Page | None = None
        self._reading = threading.Lock()

    def page(self) -> Page:
        """The entries as the file says them now. Never raises for what stands in it."""
        with self._reading:
            stamp = _stamp(self.path)
            if self._page is None or self._page.stamp != stamp:
                self._page = _read(self.path, stamp)
                for problem in self._page.problems:
                    log.warning("a verified question is left out: %s", problem)
            return self._page

    def add(self, entry: Entry) -> Entry:
        """Writes a new entry at the end of the file. Raises ShopError where it cannot be written, UsageError where its id or question is there."""

        def added(text: str) -> str:
            for known in self._entries():
                if known.id == entry.id:
                    raise UsageError(f"There is a verified question {entry.id} already.", f"已有已核实问题 {entry.id}。")
                if same := set(known.questions) & set(entry.questions):
                    raise UsageError(f"{next(iter(same))!r} is verified already, as {known.id}.", f"“{next(iter(same))}”已核实过，编号 {known.id}。")
            text = _EMPTY.sub(f"{_KEY}:\n", text)
            return (text or _HEAD) + ("" if not text or text.endswith("\n") else "\n") + _written(entry, self._indent())

        self._write(added)
        return entry

    def remove(self, identifier: str) -> None:
        """Takes an entry out. Raises UsageError where there is none of that id, ShopError where the file cannot be written."""
        self._write(lambda text: _without(text, self._lines(identifier)))

    def replace(self, entry: Entry) -> None:
        """Writes an entry in the place of that of its id. Raises as `remove`."""
        self._write(lambda text: _without(text, self._lines(entry.id), _written(entry, self._indent())))

    def entry(self, identifier: str) -> Entry:
        """The entry of an id. Raises UsageError where there is none."""
        found = next((e for e in self.page().entries if e.id == identifier), None)
        if found is None:
            raise UsageError(f"There is no verified question {identifier}.", f"没有编号为 {identifier} 的已核实问题。")
        return found

    def place(self, identifier: str) -> Place:
        """Where an entry stands in the file."""
        try:
            return Place(self.path.name, self._lines(identifier)[0] + 1)
        except (ShopError, UsageError):
            return Place(self.path.name)

    # -- writing ----------------------------------------------------------------------------------------------------

    def _entries(self) -> tuple[Entry, ...]:
        return _read(self.path, ()).entries

    def _write(self, change: Callable[[str], str]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self.path.with_name(f"{FILE}.lock")):
                text = self.path.read_text(encoding="utf-8-sig") if self.path.exists() else ""
                _replace(self.path, change(text))
        except OSError as error:
            raise ShopError(f"{self.path} cannot be written: {error.strerror}", f"无法写入 {self.path}：{error.strerror}") from error

    def _list(self) -> yaml.SequenceNode | None:
        try:
            root = compose(self.path) if self.path.exists() else None
        except Unreadable as error:
            raise ShopError(
                f"{self.path} has a mistake, so that nothing is added to it: {error.message.en} (line {error.line})",
                f"{self.path} 有错误，因此没有写入：{error.message.zh}（第 {error.line} 行）",
            ) from None
        if root is None:
            return None
        pairs = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
        listed = pairs.get(_KEY)
        if isinstance(listed, yaml.SequenceNode) and not listed.value:
            return None
        if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or list(pairs)[-1] != _KEY:
            raise ShopError(
                f"{self.path} has to end in a list under the key {_KEY}, one entry below the other. Correct it first.",
                f"{self.path} 应当以键 {_KEY} 下逐条排列的列表结尾。请先改正。",
            )
        return listed

    def _indent(self) -> int:
        listed = self._list()
        return listed.start_mark.column if listed is not None else 2

    def _lines(self, identifier: str) -> tuple[int, int]:
        """The first line of an entry, and the line after its last."""
        listed = self._list()
        items = listed.value if listed is not None else []
        for at, item in enumerate(items):
            named = {key.value: value.value for key, value in item.value} if isinstance(item, yaml.MappingNode) else {}
            if named.get("id") == identifier:
                end = items[at + 1].start_mark.line if at + 1 < len(items) else item.end_mark.line
                return item.start_mark.line, max(end, item.start_mark.line + 1)
        raise UsageError(f"There is no verified question {identifier}.", f"没有编号为 {identifier} 的已核实问题。")


def book_of(shop: Shop) -> Book:
    """The book of a shop: beside its catalog, or beside the built data of a packaged shop, whose catalog may not be writable."""
    return Book(shop.data / FILE)


def _read(path: Path, stamp: tuple[int, ...]) -> Page:
    if not path.exists():
        return Page(stamp=stamp)
    entries, source = read_each(Entry, _KEY, path)
    kept: dict[str, Entry] = {}
    problems = list(source.problems)
    for entry in entries:
        if entry.id in kept:
            said = f"the id {entry.id} is given twice; the first entry counts", f"编号 {entry.id} 重复，以第一条为准"
            problems.append(Problem(Place(path.name), said[0], zh=said[1], field="id"))
        kept.setdefault(entry.id, entry)
    return Page(tuple(kept.values()), tuple(sorted(problems)), stamp)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _written(entry: Entry, indent: int) -> str:
    """An entry as an item of a list: a key a line."""
    lines = [f"{_flow(key)}: {_flow(value)}" for key, value in entry.written().items()]
    return "".join(f"{' ' * indent}{'- ' if not n else '  '}{line}\n" for n, line in enumerate(lines))


def _flow(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return text.removesuffix("...\n").strip()


def _without(text: str, lines: tuple[int, int], instead: str = "") -> str:
    """The text without these lines; the comments behind the last entry stay."""
    all_lines = text.splitlines(keepends=True)
    first, last = lines
    while last - 1 > first and (not all_lines[last - 1].strip() or all_lines[last - 1].lstrip().startswith("#")):
        last -= 1
    rest = "".join([*all_lines[:first], instead, *all_lines[last:]])
    return rest if instead or "- " in rest else rest.replace(f"{_KEY}:\n", f"{_KEY}: []\n", 1)


def _replace(path: Path, text: str) -> None:
    """The file whole or as it was, whatever happens in between."""
    handle, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Waits until no other thread or process writes the same file. Raises ShopError after some seconds.

    A lock is a file that only one can make: it holds on every system and every file server.
    """
    ends = time.monotonic() + _WAITING
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            break
        except FileExistsError:
            with suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime > _LOCK_DIES:
                    lock.unlink()
                    continue
            if time.monotonic() > ends:
                raise ShopError(
                    f"{lock.with_suffix('')} is being written by another process. Try again.", f"{lock.with_suffix('')} 正由另一个进程写入，请重试。"
                ) from None
            time.sleep(0.01)
    try:
        yield
    finally:
        os.close(handle)
        lock.unlink(missing_ok=True)
