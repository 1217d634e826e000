"""What may be asked at all."""

from __future__ import annotations

import unicodedata

from semantic_layer.errors import UsageError

MAX_QUESTION = 2_000


def check_text(question: str) -> None:
    """Raises UsageError for what is no question: nothing, too much, or bytes that are no text."""
    if not question.strip():
        raise UsageError("The question is empty. Type what you want to know.", "问题是空的。请输入想问的内容。")
    if len(question) > MAX_QUESTION:
        raise UsageError(f"The question is longer than {MAX_QUESTION:,} characters. Shorten it.", f"问题超过 {MAX_QUESTION:,} 个字符，请缩短。")
    odd = next((c for c in question if unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") and c not in "\t\n\r"), None)
    if odd is not None:
        raise UsageError(
            f"The question holds the character U+{ord(odd):04X}, which is no text. Remove it.", f"问题含有不是文字的字符 U+{ord(odd):04X}，请删除。"
        )
