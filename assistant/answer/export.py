"""The rows of an answer for other programs, at full precision: as CSV and as an Excel workbook."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.answer.model import Answer, AnswerColumn
from prompts import word

_SPECIAL = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767  # characters, in Excel
_WIDEST = 40
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}  # text stays text


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows with a header; a cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_csv_cell(n) for n in names])
    writer.writerows([[_csv_cell(v) for v in row] for row in rows])
    return out.getvalue().rstrip("\n")


def as_csv(answer: Answer) -> str:
    """The rows of an answer under the names of its columns, for programs."""
    return csv_text([c.name for c in answer.columns], answer.rows)


def csv_file(answer: Answer) -> bytes:
    """The rows of an answer under what people call its columns, as a file that spreadsheets open with Chinese characters intact."""
    return csv_text([_head(c, answer.lang) for c in answer.columns], answer.rows).encode("utf-8-sig")


def excel_file(answer: Answer) -> bytes:
    """The rows of an answer as a workbook: numbers as numbers, days as days; a second sheet says what they are and how they were made."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _PLAIN) as book:
        bold = book.add_format({"bold": True})
        table = book.add_worksheet(word("export_table", answer.lang))
        for at, column in enumerate(answer.columns):
            table.write_string(0, at, _head(column, answer.lang), bold)
            look = book.add_format({"num_format": _number_format(column)})
            cells = [_excel_cell(column, row[at]) for row in answer.rows]
            for line, cell in enumerate(cells, 1):
                table.write(line, at, cell, *([] if isinstance(cell, (str, dt.date)) else [look]))
            longest = max((len(str(c)) for c in (column.label, *cells)), default=0)
            table.set_column(at, at, min(longest + 4, _WIDEST))
        table.freeze_panes(1, 0)
        if answer.rows:
            table.autofilter(0, 0, len(answer.rows), len(answer.columns) - 1)
        about = book.add_worksheet(word("export_about", answer.lang))
        about.set_column(0, 0, 14)
        about.set_column(1, 1, 110)
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for line, (name, text) in enumerate(_about(answer)):
            about.write_string(line, 0, name, bold)
            about.write_string(line, 1, text[:_LONGEST_CELL], wrapped)
    return out.getvalue()


def file_name(answer: Answer, ending: str) -> str:
    """What a file of an answer is called: its question, as far as file systems take it."""
    kept = "".join(c if c.isalnum() or c in "-_ " else " " for c in answer.question)
    return f"{'_'.join(kept.split())[:60] or 'wenshu'}.{ending}"


def _head(column: AnswerColumn, lang: str) -> str:
    unit = column.unit if column.role not in ("growth", "share") else ""
    return word("page_unit", lang, label=column.label, unit=unit) if unit else column.label


def _csv_cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_SPECIAL) else value


def _excel_cell(column: AnswerColumn, value: Any) -> Any:
    """A day also where an answer was kept as JSON; text otherwise as it is."""
    if isinstance(value, str) and column.type in ("date", "datetime"):
        try:
            return dt.date.fromisoformat(value) if column.type == "date" else dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            return value
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _number_format(column: AnswerColumn) -> str:
    """How a number looks; the cell holds all of it."""
    if column.role in ("growth", "share") or column.format == "percent":
        return "0.00%"
    return "#,##0" if column.type == "integer" else "#,##0.00" if column.format == "currency" else "General"


def _about(answer: Answer) -> Iterable[tuple[str, str]]:
    def said(key: str) -> str:
        return word(key, answer.lang)

    yield said("export_question"), answer.question
    yield said("export_answer"), answer.text
    yield said("export_reading"), answer.reading
    for each in answer.definitions:
        yield said("export_definition"), each
    for each in answer.caveats:
        yield said("export_caveat"), each
    if answer.freshness:
        days = {"start": answer.freshness["first_day"], "end": answer.freshness["last_day"]}
        yield said("export_freshness"), word("page_freshness", answer.lang, **days)
    yield "SQL", answer.sql
