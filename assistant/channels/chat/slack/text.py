"""Text for Slack, and text from it. Slack takes `&`, `<` and `>` for marks of its own in every text, plain text included."""

from __future__ import annotations

import html
import re
import unicodedata

_MARK = re.compile(r"<([^<>]*)>")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}  # controls, marks that turn the direction of writing, what no font has


def escaped(text: str, most: int = 3000) -> str:
    """Text as Slack shows it and does not read it, cut to `most` UTF-16 units: no mention, no link, no mark that hides or turns what follows."""
    clean = visible(text)
    out = html.escape(clean, quote=False)
    if size(out) <= most:
        return out
    kept, room = [], most - 1
    for c in clean:
        piece = html.escape(c, quote=False)
        room -= size(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def visible(text: str) -> str:
    """Text without what nobody sees, but for the ends of its lines."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _INVISIBLE)


def size(text: str) -> int:
    """The length of text as Slack's clients count it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def width(text: str) -> int:
    """How many columns text takes in a monospaced font, where Chinese characters take two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def asked(text: str, bot: str | None) -> str:
    """What somebody wrote, without Slack's marks: our name is left out, a link is its label, a channel or a person its name where Slack gives one."""

    def plain(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target == f"@{bot}":
            return " "
        if target[:1] in "@!":
            return label.lstrip("@") if label else " "
        return label or target

    return " ".join(html.unescape(_MARK.sub(plain, text)).split())


def names(text: str, bot: str | None) -> bool:
    """Whether what somebody wrote names us."""
    return bot is not None and re.search(rf"<@{re.escape(bot)}[|>]", text) is not None


def to_somebody_else(text: str, bot: str | None) -> bool:
    """Whether what somebody wrote begins with the name of another person."""
    first = re.match(r"\s*<@(\w+)", text)
    return first is not None and first[1] != bot
