"""A correction as a change of the catalog: one more name of something, or of a value. Shown as a diff, and applied only when told to.

The file is changed where the name goes and nowhere else, so that comments and layout stay.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.language import is_chinese
from semantic_layer.catalog import load_catalog
from semantic_layer.catalog.yaml_text import Unreadable, compose
from semantic_layer.errors import ShopError, UsageError
from semantic_layer.shops import Shop
from semantic_layer.shops.definition import CATALOG

_ROOMS = ("metrics", "segments", "entities", "terms")


@dataclass(frozen=True)
class CatalogChange:
    """A file of a catalog as it is and as it is to be."""

    path: Path
    before: str
    after: str
    writable: bool

    @property
    def diff(self) -> str:
        """The change, as a unified diff."""
        name = f"{CATALOG}/{self.path.name}"
        lines = difflib.unified_diff(self.before.splitlines(True), self.after.splitlines(True), f"a/{name}", f"b/{name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def apply(self) -> None:
        """Writes the file. Raises ShopError where it may not be written or has changed meanwhile, CatalogError where the catalog would break."""
        if not self.writable:
            raise ShopError(
                "The catalog of a packaged shop is not written to; apply the diff by hand, in a copy.",
                "自带店铺的目录不可写；请在副本中手工应用该差异。",
            )
        if self.path.read_text(encoding="utf-8") != self.before:
            raise ShopError(f"{self.path} has changed meanwhile. Look at the change again.", f"{self.path} 已被改动，请重新查看。")
        self.check()
        handle, name = tempfile.mkstemp(prefix=".catalog-", dir=self.path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.after)
            shutil.copymode(self.path, name)
            os.replace(name, self.path)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise ShopError(f"{self.path} cannot be written: {error.strerror}", f"无法写入 {self.path}：{error.strerror}") from error

    def check(self) -> None:
        """Raises CatalogError where the catalog would have mistakes."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / CATALOG
            shutil.copytree(self.path.parent, copy)
            (copy / self.path.name).write_text(self.after, encoding="utf-8")
            load_catalog(copy)


def synonym(shop: Shop, target: str, word: str) -> CatalogChange:
    """One more name of a metric, segment, entity or term, or of a field (`dataset.field`). Raises UsageError, CatalogError."""
    return _named(shop, _path(shop, target), word)


def alias(shop: Shop, field: str, value: str, word: str) -> CatalogChange:
    """One more name of a value of a field. Raises UsageError, CatalogError."""
    path = _path(shop, field)
    if path[0] != "datasets":
        raise UsageError(f"{field} is no field; write dataset.field.", f"{field} 不是字段，请写成 dataset.field。")
    return _named(shop, (*path, "values", value), word)


def _path(shop: Shop, target: str) -> tuple[str, ...]:
    spec = shop.catalog.spec
    dataset, _, field = target.partition(".")
    if field:
        if dataset in spec.datasets and field in spec.datasets[dataset].fields:
            return "datasets", dataset, "fields", field
    else:
        room = next((r for r in _ROOMS if target in getattr(spec, r)), None)
        if room:
            return room, target
    raise UsageError(f"The catalog has no {target}.", f"目录中没有 {target}。")


def _named(shop: Shop, path: tuple[str, ...], word: str) -> CatalogChange:
    word = " ".join(word.split())
    if not word:
        raise UsageError("The word is empty.", "词是空的。")
    lang = "zh" if is_chinese(word) else "en"
    change = _changed(shop, (*path, "synonyms", lang), word)
    change.check()
    return change


def _changed(shop: Shop, path: tuple[str, ...], word: str) -> CatalogChange:
    """The change in the file that says most of the path already."""
    best: tuple[int, Path, yaml.Node] | None = None
    for file in sorted([*(shop.folder / CATALOG).glob("*.yaml"), *(shop.folder / CATALOG).glob("*.yml")]):
        try:
            root = compose(file)
        except Unreadable:
            continue
        if root is not None:
            depth, node = _deepest(root, path)
            if best is None or depth > best[0]:
                best = depth, file, node
    if best is None or best[0] < 2:
        raise UsageError(f"{'.'.join(path[:-2])} stands in no file of the catalog.", f"目录文件中没有 {'.'.join(path[:-2])}。")
    depth, file, node = best
    before = file.read_text(encoding="utf-8")
    after = _with(before, node, path[depth:], word)
    return CatalogChange(file, before, after, writable=shop.folder == shop.data and os.access(file, os.W_OK))


def _deepest(node: yaml.Node, path: tuple[str, ...]) -> tuple[int, yaml.Node]:
    """How far a path leads into a file, and where to."""
    for depth, key in enumerate(path):
        inner = next((v for k, v in node.value if k.value == key), None) if isinstance(node, yaml.MappingNode) else None
        if inner is None or (isinstance(inner, yaml.ScalarNode) and inner.value in ("", "null", "~")):
            return depth, node
        node = inner
    return len(path), node


def _with(text: str, node: yaml.Node, rest: tuple[str, ...], word: str) -> str:
    """The text with a word in the list that `node` is, or, under the keys that are missing, in a new one."""
    if isinstance(node, yaml.SequenceNode) and not rest:
        if word in [item.value for item in node.value]:
            raise UsageError(f"{word} stands there already.", f"“{word}”已在其中。")
        if node.flow_style:
            return _insert(text, _end(text, node) - 1, f"{', ' if node.value else ''}{_flow(word)}")
        line = node.value[-1].end_mark.line + (node.value[-1].end_mark.column > 0)
        return _insert(text, _offset(text, line, 0), f"{' ' * node.start_mark.column}- {_flow(word)}\n")
    if not isinstance(node, yaml.MappingNode) or not rest or not node.value:
        raise UsageError("This place of the catalog has to be changed by hand.", "目录的这个位置需要手工修改。")
    value: object = [word]
    for key in reversed(rest[1:]):
        value = {key: value}
    entry = f"{_flow(rest[0])}: {_flow(value)}"
    if node.flow_style:
        return _insert(text, _end(text, node) - 1, f", {entry}")
    first = node.value[0][0].start_mark
    return _insert(text, _offset(text, first.line, first.column), f"{entry}\n{' ' * first.column}")


def _insert(text: str, at: int, piece: str) -> str:
    return text[:at] + piece + text[at:]


def _end(text: str, node: yaml.Node) -> int:
    return _offset(text, node.end_mark.line, node.end_mark.column)


def _offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[:line])) + column


def _flow(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return text.removesuffix("...\n").strip()
