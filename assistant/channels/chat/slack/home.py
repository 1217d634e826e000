"""The home of the app in Slack: what can be asked of this shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.channels.chat.reception import Reception
from assistant.channels.chat.slack.blocks import button, plain, section
from prompts import word

EXAMPLE = "wenshu:example:"  # how the ids of its buttons begin


def view(receive: Reception, user: str | None, langs: Sequence[str]) -> dict[str, Any]:
    """The home as a user sees it, in each of the languages; who is nobody is told so. Raises ShopError, UsageError."""
    blocks: list[dict[str, Any]] = []
    for lang in langs:
        if user is None:
            blocks.append(section(word("chat_unknown_person", lang)))
            continue
        title = word("chat_home", lang, shop=receive.service.assistant.shop.name)
        blocks.append({"type": "header", "text": plain(title, 150)})
        blocks.append(section(word("chat_home_how", lang)))
        for number, text in enumerate(_examples(receive, user, lang)):
            ask = button(word("chat_ask_this", lang), f"{EXAMPLE}{lang}:{number}", f"{lang}:{number}")
            blocks.append({**section(text), "accessory": ask})
    return {"type": "home", "blocks": blocks}


def question_of(receive: Reception, user: str, value: str) -> str | None:
    """The example that a button of the home stands for; None where there is none any more."""
    lang, _, number = value.partition(":")
    examples = _examples(receive, user, lang)
    return examples[int(number)] if number.isdigit() and int(number) < len(examples) else None


def _examples(receive: Reception, user: str, lang: str) -> list[str]:
    return [e.text for e in receive.service.assistant.examples(lang, user)][:20]
