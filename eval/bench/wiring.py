"""What the bench times of the assistant: questions to answers, and commands from their start."""

from __future__ import annotations

import sys
from collections.abc import Callable

from assistant.ask import Assistant
from semantic_layer.shops import Shop


def asking(shop: Shop) -> Callable[[str], object]:
    """Answers one question after another, everything loaded."""
    assistant = Assistant(shop)
    assistant.ask("sales")
    return assistant.ask


def commands(shop: Shop) -> dict[str, list[str]]:
    """The commands whose start-up is timed."""
    base = [sys.executable, "-m", "assistant.channels.cli"]
    return {"wenshu --help": [*base, "--help"], "first answer": [*base, "ask", "total sales in May", "--shop", shop.name]}
