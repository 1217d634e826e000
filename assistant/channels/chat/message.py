"""An answer as a message: what every platform can show, before any of them dresses it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.answer.cells import KEYS, key_text
from assistant.answer.chart.picture import png
from assistant.answer.model import Answer, AnswerColumn, Choice, Pointed
from assistant.channels.render import cell_text
from prompts import word

ROWS = 15  # of a table in a message; the rest is in the file
_NEXT = 3


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Button(_Part):
    """`do` is an id for the reception, never a query or SQL: whoever clicks is asked for their rights anew."""

    label: str
    do: str
    main: bool = False


class Message(_Part):
    """`text` is the sentence, `details` are lines below it, `table` has heads and cells as people read them, of which `more` rows are left out.

    `spec` is a chart (Vega-Lite), `alt` what it shows in words; `rows` are all rows at full precision, as a CSV file. `ask` are buttons
    of a question back, `buttons` all others. `failed` says that what a button stands for was not done.
    A message that nobody asked for has a `title`, which is also the first line of its text.
    """

    text: str
    title: str = ""
    lang: str = "en"
    details: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    numeric: tuple[bool, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    more: int = 0
    rows: str = ""
    spec: dict[str, Any] | None = None
    alt: str = ""
    ask: tuple[Button, ...] = ()
    buttons: tuple[Button, ...] = ()
    failed: bool = False

    def picture(self) -> bytes | None:
        """The chart as PNG, where there is one. Raises UsageError where the extra `charts` is missing."""
        return png(self.spec) if self.spec else None


def message_of(answer: Answer, conversation: str = "", turn: int = 0) -> Message:
    """The message of an answer; with buttons where it is a turn of a conversation."""
    from assistant.answer.export import csv_file

    lang = answer.lang
    tabular = bool(answer.rows) and (len(answer.columns) > 1 or len(answer.rows) > 1)
    columns, rows = answer.columns, answer.rows
    shown = (rows[-ROWS:] if answer.analysis == "forecast" else rows[:ROWS]) if tabular else []  # what is to come stands last
    return Message(
        text=answer.text,
        lang=lang,
        details=tuple(_details(answer)),
        heads=tuple(c.label for c in columns) if tabular else (),
        numeric=tuple(c.role not in KEYS for c in columns) if tabular else (),
        table=tuple(tuple(_cell(c, v, lang) for c, v in zip(columns, row, strict=True)) for row in shown),
        more=len(rows) - len(shown) if tabular else 0,
        rows=csv_file(answer).decode("utf-8-sig") if tabular else "",
        spec=answer.chart,
        alt=answer.text if answer.chart else "",
        ask=tuple(_buttons("choice", [*answer.choices, *answer.nearest], lang, conversation, turn)) if conversation else (),
        buttons=(*_buttons("next", answer.next[:_NEXT], lang, conversation, turn), *_decisions(answer.actions, lang)) if conversation else (),
    )


def said(key: str, lang: str, failed: bool = False, **values: object) -> Message:
    """A message of one sentence of ours."""
    return Message(text=word(key, lang, **values), lang=lang, failed=failed)


def printable(text: str) -> str:
    """The text without characters that nobody sees, which could turn it round or hide a part of it; lines stay."""
    return "".join(c if c.isprintable() or c in "\n\u200d" else " " if c.isspace() else "" for c in text)


def _details(answer: Answer) -> list[str]:
    lines = ([f"~ {answer.worded}"] if answer.worded else []) + [f.text for f in answer.further] + [f"→ {a.text}" for a in answer.actions]
    lines += [f"» {answer.reading}"] if answer.reading else []
    lines += [word("verified_mark", answer.lang, id=answer.verified)] if answer.verified else []
    if answer.unexplained:
        lines.append(word("page_unexplained", answer.lang, words=word("list_join", answer.lang).join(answer.unexplained)))
    return [*lines, *(f"! {c}" for c in answer.caveats)]


def _cell(column: AnswerColumn, value: Any, lang: str) -> str:
    return key_text(column, value, lang) if column.role in KEYS else cell_text(column, value, lang)


def _buttons(kind: str, choices: list[Choice], lang: str, conversation: str, turn: int) -> list[Button]:
    return [Button(label=c.text, do=f"{kind}:{lang}:{conversation}:{turn}:{n}", main=kind == "choice" and n == 0) for n, c in enumerate(choices)]


def _decisions(actions: list[Pointed], lang: str) -> list[Button]:
    """To take on an action or to put it aside; of those that have an id."""
    out = []
    for action in [a for a in actions if a.id][:_NEXT]:
        for state in ("accepted", "dismissed"):
            out.append(Button(label=word(f"chat_{state}", lang, action=action.text), do=f"action:{lang}:{state}:{action.id}"))
    return out
