"""What looks like a person's data in a question, put behind marks before it leaves the machine and put back in what comes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# E-mail addresses, and numbers as long as those of phones, cards and identity papers.
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\d.])\+?\d(?:[ -]?\d){6,18}[\dXx]?(?![\d.])")
_DATE = re.compile(r"(?:19|20)\d{2}[ -]?\d{2}[ -]?\d{2}")


@dataclass(frozen=True)
class Masked:
    """A text without what looks personal, and what stood there."""

    text: str
    kept: tuple[tuple[str, str], ...] = ()

    def restored(self, node: Any) -> Any:
        """The node with what was kept in the place of its marks."""
        if isinstance(node, dict):
            return {k: self.restored(v) for k, v in node.items()}
        if isinstance(node, list | tuple):
            return [self.restored(x) for x in node]
        if isinstance(node, str):
            for mark, value in self.kept:
                node = node.replace(mark, value)
        return node


def masked(text: str) -> Masked:
    """A text with `<P1>`, `<P2>` and so on for e-mail addresses and long numbers; days are none."""
    kept: list[tuple[str, str]] = []

    def mark(found: re.Match[str]) -> str:
        if _DATE.fullmatch(found[0]):
            return found[0]
        kept.append((f"<P{len(kept) + 1}>", found[0]))
        return kept[-1][0]

    return Masked(_PERSONAL.sub(mark, text), tuple(kept))
