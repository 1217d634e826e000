"""An answer as text for a terminal, as JSON, or as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from assistant.answer.model import Answer, AnswerColumn
from assistant.answer.numbers import shown
from prompts import word

SHOWN_ROWS = 30
_SPECIAL = ("=", "+", "-", "@", "\t", "\r")


def as_json(answer: Answer) -> str:
    """One line of JSON."""
    return json.dumps(answer.to_json(), ensure_ascii=False)


def as_csv(answer: Answer) -> str:
    """The rows with a header; a cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([c.name for c in answer.columns])
    writer.writerows([[_csv_cell(v) for v in row] for row in answer.rows])
    return out.getvalue().rstrip("\n")


def _csv_cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_SPECIAL) else value


def as_text(answer: Answer, lang: str, explain: bool = False) -> str:
    """The sentence, the table, what was read, and where to go on."""
    parts = [answer.text]
    if len(answer.columns) > 1 or len(answer.rows) > 1:
        parts.append(_table(answer, lang))
    if answer.reading:
        parts.append(f"» {answer.reading}")
    parts += [f"! {c}" for c in answer.caveats]
    for key, choices in (("choices", answer.choices), ("nearest", answer.nearest)):
        if choices:
            parts.append("\n".join([word(key, lang), *(f"  {c.id}. {c.text}" for c in choices)]))
    if explain:
        parts += _explained(answer)
    return "\n".join(p for p in parts if p)


def _explained(answer: Answer) -> list[str]:
    words = "\n".join(f"  {w.text} -> {w.became}" for w in answer.words)
    return [words, *(f"  {d}" for d in answer.definitions), answer.sql]


def _table(answer: Answer, lang: str) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in answer.columns:
        table.add_column(Text(column.label), justify="left" if column.role in ("dimension", "entity", "time") else "right")
    for row in answer.rows[:SHOWN_ROWS]:
        table.add_row(*(Text(_cell(c, v, lang)) for c, v in zip(answer.columns, row, strict=True)))
    out = io.StringIO()
    console = Console(file=out, width=140, highlight=False)
    console.print(table)
    text = "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
    rest = len(answer.rows) - SHOWN_ROWS
    return f"{text}\n… +{rest}" if rest > 0 else text


def _cell(column: AnswerColumn, value: Any, lang: str) -> str:
    if value is None:
        return word("unknown", lang) if column.role in ("dimension", "entity") else "—"
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if column.role in ("dimension", "entity", "time"):
        return str(value)[:10] if column.role == "time" else str(value)
    if column.role in ("growth", "share") or column.format == "percent":
        return shown(value, "percent", "", lang, signed=column.role == "growth")
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
