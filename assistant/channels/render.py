"""An answer as text for a terminal, or as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.answer.model import Answer, AnswerColumn
from assistant.answer.numbers import shown
from prompts import word

SHOWN_ROWS = 30


def as_json(answer: Answer) -> str:
    """One line of JSON."""
    return json.dumps(answer.to_json(), ensure_ascii=False)


def as_text(answer: Answer, lang: str, explain: bool = False) -> str:
    """The sentence, the table, what was read, and where to go on."""
    parts = [answer.text, answer.worded and f"~ {answer.worded}"]
    if len(answer.columns) > 1 or len(answer.rows) > 1:
        parts.append(_table(answer, lang))
    parts += [f"- {f.text}" for f in answer.further]
    parts += [f"→ {a.text}" for a in answer.actions if not a.id]
    if answer.reading:
        parts.append(f"» {answer.reading}")
    if answer.verified:
        parts.append(word("verified_mark", lang, id=answer.verified))
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
    columns = answer.columns
    rows = answer.rows[-SHOWN_ROWS:] if answer.analysis == "forecast" else answer.rows[:SHOWN_ROWS]  # what is to come stands last
    return _grid(
        [(c.label, c.role not in ("dimension", "entity", "time")) for c in columns],
        [[cell_text(c, v, lang) for c, v in zip(columns, row, strict=True)] for row in rows],
        len(answer.rows) - SHOWN_ROWS,
    )


def table_text(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The first rows as a table for a terminal, values as they are."""
    numbers = [bool(rows) and all(isinstance(r[i], (int, float, type(None))) for r in rows) for i in range(len(names))]
    cells = [["—" if v is None else str(v) for v in row] for row in rows[:SHOWN_ROWS]]
    return _grid(list(zip(names, numbers, strict=True)), cells, len(rows) - SHOWN_ROWS)


def _grid(columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]], rest: int) -> str:
    """`columns`: the head of each, and whether it is set right. `rest`: how many rows more there are."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, right in columns:
        table.add_column(Text(name), justify="right" if right else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    out = io.StringIO()
    Console(file=out, width=140, highlight=False).print(table)
    text = "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
    return f"{text}\n… +{rest}" if rest > 0 else text


def cell_text(column: AnswerColumn, value: Any, lang: str) -> str:
    if value is None:
        return word("unknown", lang) if column.role in ("dimension", "entity") else "—"
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if column.role in ("dimension", "entity", "time"):
        return str(value)[:10] if column.role == "time" else str(value)
    if column.role in ("growth", "share") or column.format == "percent":
        return shown(value, "percent", "", lang, signed=column.role == "growth")
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
