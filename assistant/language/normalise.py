"""One spelling for every question: width, case, script and punctuation folded, with a way back to the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

HAN = r"々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"

_HAN = re.compile(f"[{HAN}]")
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』|《[^》]*》|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»「」『』″", '"'),
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("〜∼", "~"),
        "⁄": "/",
    }
)


@dataclass(frozen=True)
class Normalised:
    """A question in one spelling; `offsets[i]` is where character i of `text` came from in `original`."""

    text: str
    offsets: tuple[int, ...]
    original: str

    def quote(self, start: int, end: int) -> str:
        """The original words behind text[start:end]."""
        if start >= end:
            return ""
        following = self.offsets[end] if end < len(self.offsets) else len(self.original)
        return self.original[self.offsets[start] : following].strip()


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def normalise(text: str) -> Normalised:
    """NFKC, lower case, simplified script, plain punctuation, single spaces, nothing invisible."""
    folded = [(char, at) for at, cluster in _clusters(text) for char in _fold(cluster)]
    kept = _collapse(folded)
    plain = _simplify("".join(char for char, _ in kept))
    return Normalised(plain, tuple(at for _, at in kept), text)


def is_chinese(text: str) -> bool:
    """Whether a Han character stands outside quoted values."""
    return _HAN.search(QUOTED.sub(" ", text)) is not None


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the combining marks that follow it, and its place."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            if at > start:
                yield start, text[start:at]
            start = at


def _fold(cluster: str) -> str:
    plain = unicodedata.normalize("NFKC", cluster).casefold()
    return "".join(map(_visible, plain)).translate(_FOLDED)


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") else char


def _collapse(chars: list[tuple[str, int]]) -> list[tuple[str, int]]:
    kept: list[tuple[str, int]] = []
    for char, at in chars:
        if char != " " or (kept and kept[-1][0] != " "):
            kept.append((char, at))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return kept


def _simplify(text: str) -> str:
    """Traditional to simplified, never changing the number of characters."""
    if not _HAN.search(text):
        return text
    simple = _converter().convert(text)
    if len(simple) == len(text):
        return simple
    single = ((char, _converter().convert(char)) for char in text)
    return "".join(new if len(new) == 1 else char for char, new in single)


@cache
def _converter() -> _Converter:
    import opencc

    converter: _Converter = opencc.OpenCC("t2s")
    return converter
