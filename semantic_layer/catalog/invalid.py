"""What pydantic found wrong with a value of the files, in the words of the person who wrote it."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from semantic_layer.catalog.source import Loc, shown, written
from semantic_layer.errors import InvalidValue, Message, hint

_MAPPING = Message("a mapping (keys with values) is needed", "此处应当是映射（若干“键: 值”）")
_LIST = Message("a list is needed", "此处应当是列表")
_TEXT = Message("a text is needed; put it in quotes", "此处应当是文本，请加引号")
_WHOLE = Message("a whole number is needed", "此处应当是整数")
_NUMBER = Message("a number is needed", "此处应当是数字")
_BOOLEAN = Message("true or false is needed", "此处应当是 true 或 false")
_DATE = Message("a date as YYYY-MM-DD is needed", "此处应当是日期，写成 YYYY-MM-DD")
_VALUE = Message("a value, or a list of values, is needed", "此处应当是一个值或一个列表")
_CONDITION = Message(
    "a condition needs one of the keys field, segment, metric (with entity), exists, event, any_of, all_of",
    "条件需要有 field、segment、metric（连同 entity）、exists、event、any_of、all_of 之一",
)
# By the beginning of pydantic's type of error.
_NEEDED = {
    "dict": _MAPPING, "model": _MAPPING, "mapping": _MAPPING, "tuple": _LIST, "list": _LIST, "string_type": _TEXT, "int": _WHOLE,
    "float": _NUMBER, "finite": Message("a finite number is needed", "此处应当是有限的数字"), "bool": _BOOLEAN, "date": _DATE,
    "condition_kind": _CONDITION, "string_too_short": Message("it may not be empty", "不能为空"),
}  # fmt: skip
_NAME = Message("a name consists of letters, digits and _, and starts with no digit", "名称由字母、数字和 _ 组成，且不以数字开头")
_BOUNDS = {
    "ge": Message("it must be at least {}", "不能小于 {}"),
    "gt": Message("it must be greater than {}", "必须大于 {}"),
    "le": Message("it must be at most {}", "不能大于 {}"),
    "lt": Message("it must be less than {}", "必须小于 {}"),
    "min_length": Message("at least {} must be given", "至少要给出 {} 项"),
    "max_length": Message("at most {} may be given", "最多给出 {} 项"),
}
_MANY_KEYS = 14


def describe(error: Any, loc: Loc, model: type[BaseModel], is_written: bool) -> Message:
    """The sentence for an error of pydantic at `loc` of the files; `is_written` says whether that key stands in them."""
    kind = error["type"]
    if kind == "extra_forbidden":
        return Message(f"{written(loc)} is not a key that is known here.", f"{written(loc)} 不是此处可用的键。") + _near(error, model)
    if kind == "missing":
        return _at(loc) + Message(f"{loc[-1]} is missing", f"缺少 {loc[-1]}")
    if kind == "string_pattern_mismatch":
        return _at(loc[:-1] if loc[-1] == "[key]" else loc) + _NAME
    if not is_written and isinstance(loc[-1], str):
        return _at(loc[:-1]) + _VALUE
    refused = isinstance(error.get("ctx", {}).get("error"), InvalidValue)
    if refused and isinstance(error.get("input"), dict):  # about its keys together; that it is a mapping is not the mistake
        return _at(loc) + _needed(error)
    return _at(loc) + _needed(error) + _given(error.get("input"))


def _at(loc: Loc) -> Message:
    return Message(f"{written(loc)}: ", f"{written(loc)}：")


def _needed(error: Any) -> Message:
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(refused := context.get("error"), InvalidValue):
        return refused.message
    if kind == "literal_error":
        listed = re.findall(r"'([^']*)'", context["expected"])
        said = Message(f"it must be one of {', '.join(listed)}.", f"只能是 {'、'.join(listed)} 之一。")
        return said + (hint(error["input"], listed) if isinstance(error["input"], str) else Message())
    for bound, said in _BOUNDS.items():
        if bound in context and not kind.startswith("string"):
            return Message(said.en.format(context[bound]), said.zh.format(context[bound]))
    found = next((said for start, said in _NEEDED.items() if kind.startswith(start)), None)
    return found or Message(error["msg"].removeprefix("Value error, "), error["msg"].removeprefix("Value error, "))


def _given(value: Any) -> Message:
    if value is None:
        return Message(" (given: nothing)", "（现在是空的）")
    if isinstance(value, dict):
        return Message(" (given: a mapping)", "（现在是映射）")
    if isinstance(value, (list, tuple)):
        return Message(" (given: a list)", "（现在是列表）")
    text = shown(repr(value) if isinstance(value, str) else str(value))
    return Message(f" (given: {text})", f"（现在是 {text}）")


def _near(error: Any, model: type[BaseModel]) -> Message:
    key, known = str(error["loc"][-1]), _known_keys(error["loc"], model)
    found = hint(key, known)
    if found or not 0 < len(known) <= _MANY_KEYS:
        return found
    return Message(f" Known are {', '.join(known)}.", f"可用的键有 {'、'.join(known)}。")


def _known_keys(loc: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    node: Any = model
    for part in loc[:-1]:
        fields = getattr(node, "model_fields", None)
        if fields is None:
            break
        found = next((f for n, f in fields.items() if part in (n, f.alias)), None)
        if found is not None:
            node = _inner(found.annotation)
    fields = getattr(node, "model_fields", {})
    return [f.alias or n for n, f in fields.items()]


def _inner(annotation: Any) -> Any:
    """The model inside dict[...], tuple[...] or X | None."""
    for arg in getattr(annotation, "__args__", ()):
        if hasattr(found := _inner(arg), "model_fields"):
            return found
    return annotation
