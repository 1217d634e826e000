"""Text of users and of data in places where Streamlit reads Markdown: labels and captions."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Shortcodes (:material/x:, :smile:) and addresses are looked for after Markdown's escapes are undone; an invisible word joiner parts them.
_PARTED = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\\\.)", re.IGNORECASE)


def shown(text: str) -> str:
    """The text on one line, to be shown as it is: no emphasis, link, picture, formula, colour or icon comes of it."""
    return _PARTED.sub("\u2060", _PUNCTUATION.sub(r"\\\1", " ".join(text.split())))
