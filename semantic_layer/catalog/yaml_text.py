"""From a file to the nodes of its YAML: encodings, limits, and what of YAML a catalog may use."""

from __future__ import annotations

import codecs
import contextlib
import errno
import re
import stat
from pathlib import Path
from typing import Any

import yaml

from semantic_layer.errors import Message

MAX_BYTES = 5_000_000
MAX_NESTING = 500  # beyond some thousand levels the C reader of YAML crashes

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")} | {"!"}
# What may begin an alias or a tag; a text without it need not be looked at event by event.
_ALIAS_OR_TAG = re.compile(r"""(?<![\w.("'])(?:\*[\w-]|!)""")
_NO_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_CAUSES = {
    errno.EACCES: Message("permission denied", "没有权限"),
    errno.EPERM: Message("permission denied", "没有权限"),
    errno.ELOOP: Message("it is a link that leads back to itself", "它是一个指回自身的链接"),
    errno.ENOENT: Message("it is a link to a file that is not there", "它指向的文件不存在"),
    errno.EISDIR: Message("it is a folder", "它是文件夹"),
}
_OTHER_CAUSE = Message("the disk does not give it out", "磁盘无法读取")

# What libyaml says, and what the person has to do; for the rest the sentence of libyaml stands in English.
_SAYINGS = {
    "found character that cannot start any token": Message(
        "a tab or one of @ ` % at the start of a value: indent with spaces, and put such a value in quotes",
        "此处有制表符，或值以 @ ` % 开头：请用空格缩进，并给这样的值加引号",
    ),
    "found a tab character that violates indentation": Message("a tab in the indentation: use spaces", "缩进中有制表符：请改用空格"),
    "mapping values are not allowed in this context": Message(
        "a colon where no key can stand: check the indentation, and put a value with a colon in quotes",
        "此处的冒号不能表示键：请检查缩进；含冒号的值要加引号",
    ),
    "could not find expected ':'": Message("a key without a colon", "键后缺少冒号"),
    "did not find expected key": Message("no key where one is expected: check the indentation", "此处应当是键：请检查缩进"),
    "did not find expected ',' or ']'": Message("a list that is not closed: a comma or ] is missing", "列表没有结束：缺少逗号或 ]"),
    "did not find expected ',' or '}'": Message("a mapping that is not closed: a comma or } is missing", "映射没有结束：缺少逗号或 }"),
    "did not find expected '-' indicator": Message("no - where the next item of a list is expected", "此处应当是列表的下一项（以 - 开头）"),
    "did not find expected node content": Message("a value is missing", "缺少值"),
    "found unexpected end of stream": Message("quotes that are not closed", "引号没有结束"),
    "found undefined alias": Message("an alias (*name); write it out", "使用了别名（*name），请直接写出内容"),
    "found unknown escape character": Message("an unknown escape after \\; use single quotes", "\\ 后的转义无法识别：请改用单引号"),
    "found duplicate anchor": Message("an anchor (&name) that is given twice", "锚点（&name）重复"),
    "but found another document": Message("a second document (---); write one per file", "一个文件只能写一个文档（---）"),
}


class Unreadable(Exception):
    """A file that is no YAML a catalog may consist of. Line and column count from 1; 0 means the file as a whole."""

    def __init__(self, message: Message, line: int = 0, column: int = 0) -> None:
        super().__init__(message.en)
        self.message, self.line, self.column = message, line, column


class _Deep(Exception):
    """Nested too deeply, perhaps."""


class _Composer(_Loader):  # type: ignore[misc]
    """Composes in one pass what needs no look at its events and stops before the C reader goes too deep."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def descend_resolver(self, parent: object, index: object) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise _Deep

    def ascend_resolver(self) -> None:
        self._depth -= 1


def compose(path: Path) -> yaml.Node | None:
    """The nodes of a file, None if it is empty. Raises Unreadable."""
    text = _text(content(path))
    try:
        if _ALIAS_OR_TAG.search(text) is None:
            with contextlib.suppress(_Deep, yaml.YAMLError):
                return yaml.compose(text, Loader=_Composer)
        _check_events(text)
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        said = _SAYINGS.get(error.problem or "", Message(error.problem or "", error.problem or ""))
        mark = error.problem_mark
        raise Unreadable(Message("not valid YAML: ", "不是有效的 YAML：") + said, *((mark.line + 1, mark.column + 1) if mark else ())) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Unreadable(Message("not valid YAML: odd characters, or nested too deeply", "不是有效的 YAML：含有异常字符，或嵌套过深")) from None


def content(path: Path) -> bytes:
    """The bytes of a file. Raises Unreadable."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise Unreadable(Message("this is no ordinary file", "这不是普通文件"))
        if found.st_size > MAX_BYTES:
            size = MAX_BYTES // 1_000_000
            raise Unreadable(Message(f"the file is larger than {size} MB; split it", f"文件超过 {size} MB，请拆分"))
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(Message("the file cannot be read: ", "无法读取文件：") + _CAUSES.get(error.errno or 0, _OTHER_CAUSE)) from None


def _text(data: bytes) -> str:
    if data.startswith(_BYTE_ORDER_MARKS):
        raise Unreadable(Message("the file is UTF-16, not UTF-8 text; save it as UTF-8", "文件编码是 UTF-16，不是 UTF-8：请另存为 UTF-8"), 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = Message("; it seems to be GBK", "，看起来是 GBK") if _is_gbk(data) else Message()
        said = Message(f"the file is not UTF-8 text (byte {error.start})", f"文件不是 UTF-8 文本（第 {error.start} 字节）") + guess
        raise Unreadable(said + Message(". Save it as UTF-8.", "。请另存为 UTF-8。"), line) from None
    if odd := _NO_TEXT.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        code = f"U+{ord(odd.group()):04X}"
        said = Message(
            f"the character {code} is none of text; delete it, or save the file as UTF-8", f"字符 {code} 不是文本：请删除它，或将文件另存为 UTF-8"
        )
        raise Unreadable(said, line, odd.start() - text.rfind("\n", 0, odd.start()))
    return text


def _is_gbk(data: bytes) -> bool:
    try:
        return any("\u4e00" <= c <= "\u9fff" for c in data.decode("gbk"))
    except UnicodeDecodeError:
        return False


def _check_events(text: str) -> None:
    """Raises Unreadable for what YAML knows and a catalog does not: tags, aliases, depth."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        mark: Any = event.start_mark
        at = mark.line + 1, mark.column + 1
        if depth > MAX_NESTING:
            raise Unreadable(Message("not valid YAML: nested too deeply", "不是有效的 YAML：嵌套过深"), *at)
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(Message("aliases (*name) are not allowed; write it out", "不允许使用别名（*name），请直接写出内容"), *at)
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TAGS:
            shown = tag.replace("tag:yaml.org,2002:", "!!")[:80]
            raise Unreadable(Message(f"the tag {shown} is not allowed; write plain values", f"不允许使用标签 {shown}，请直接写值"), *at)
