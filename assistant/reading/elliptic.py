"""Lists whose items share a word that is said once: types A, B and C; A、B、C类."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

Value = tuple[str, str]
Found = tuple[int, int, tuple[Value, ...]]

_JOINT = r"\s*(?:、|,|/|&|和|与|及|或|\band\b|\bor\b)\s*(?:and\s+|or\s+)?"
_ITEM = r"[a-z0-9]{1,12}"
_BEFORE_LAST = re.compile(rf"((?:(?<![a-z0-9]){_ITEM}{_JOINT})+)({_ITEM})(?: ?(?:各|这|那)?(?:[一二两三四五六七八九十几]|各)?(?=[一-鿿]))?")
_AFTER_FIRST = re.compile(rf"((?:{_JOINT}{_ITEM}(?![a-z0-9]))+)")
_PLURAL = re.compile(rf"\b([a-z]{{3,}})s ({_ITEM}(?![a-z0-9])(?:{_JOINT}{_ITEM}(?![a-z0-9]))+)")
_LONGEST_SUFFIX = 3


def shared_parts(text: str, hits: Iterable[tuple[int, int]], values: Callable[[str], Iterable[Value]]) -> list[Found]:
    """The items of such lists with the values they stand for. `hits` are the values found as they stand; `values` looks a name up."""
    behind = (f for start, end in sorted(set(hits)) for f in _with_prefix(text, start, end, values))
    return [*_with_suffix(text, values), *_with_plural(text, values), *behind]


def _with_suffix(text: str, values: Callable[[str], Iterable[Value]]) -> Iterator[Found]:
    """A/B/C类, A、B、C三类, A/B/C 各类: each item with what follows the last one."""
    for match in _BEFORE_LAST.finditer(text):
        items = [(match.start(1) + m.start(), m.group()) for m in re.finditer(_ITEM, match.group(1)) if m.group() not in ("and", "or")]
        items.append((match.start(2), match.group(2)))
        for length in range(_LONGEST_SUFFIX, 0, -1):
            suffix = text[match.end() : match.end() + length]
            called = suffix.replace("种", "类", 1) if suffix.startswith("种") else suffix  # A、B两种活动
            called = "组" if suffix in ("边", "头", "方") else called  # A、B两边各多少人
            named = [tuple(values(item + called)) for _, item in items] if suffix.strip() else []
            fields = set.intersection(*({f for f, _ in n} for n in named)) if named else set()
            if fields:
                ends = [*(at + len(item) for at, item in items[:-1]), match.end() + length]
                yield from (
                    (at, end, tuple(v for v in n if v[0] in fields)) for (at, _), end, n in zip(items, ends, named, strict=True)
                )
                break


def _with_plural(text: str, values: Callable[[str], Iterable[Value]]) -> Iterator[Found]:
    """Campaign types A/B/C, types A, B and C: each item behind the one of what stands before the first."""
    for match in _PLURAL.finditer(text):
        items = [(match.start(2) + m.start(), m.group()) for m in re.finditer(_ITEM, match.group(2)) if m.group() not in ("and", "or")]
        named = [tuple(values(f"{match.group(1)} {item}")) for _, item in items]
        fields = set.intersection(*({f for f, _ in n} for n in named))
        if fields:
            yield from ((at, at + len(item), tuple(v for v in n if v[0] in fields)) for (at, item), n in zip(items, named, strict=True))


def _with_prefix(text: str, start: int, end: int, values: Callable[[str], Iterable[Value]]) -> Iterator[Found]:
    """Type A, B and C: each further item with what stands before the first one."""
    head = re.fullmatch(rf"(.*[^a-z0-9])({_ITEM})", text[start:end])
    tail = _AFTER_FIRST.match(text, end)
    if head is None or tail is None:
        return
    own = {f for f, _ in values(text[start:end])}
    for item in re.finditer(_ITEM, tail.group(1)):
        if item.group() in ("and", "or"):
            continue
        named = tuple(v for v in values(head.group(1) + item.group()) if v[0] in own)
        if not named:
            return
        yield end + item.start(), end + item.end(), named
