"""Spreadsheets, written out as CSV: the rows of one sheet with the number that each has in it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from semantic_layer.sources.reading.batch import Batch, Unreadable
from semantic_layer.sources.reading.files import Seen
from semantic_layer.sources.reading.lines import unique

_EXACT = 10**15  # whole numbers below it are what the sheet shows; above, digits have been lost


def read_excel(files: Iterable[tuple[int, Seen]], into: Path, *, sheet: str | None, header: int) -> list[Batch]:
    """A batch for each file. Rows without any value are none. Raises Unreadable."""
    return [_one(number, file, into / f"{number}.csv", sheet, header) for number, file in files]


def sheets(file: Seen) -> list[str]:
    """The names of the sheets that have cells with something in them. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(file.path)) as book:
            return [name for name in book.sheet_names if book.get_sheet_by_name(name).to_python()]
    except CalamineError:
        raise _damaged(file) from None


def first_cells(file: Seen, sheet: str | None, lines: int) -> list[list[str]]:
    """The first lines of a sheet, as text. Raises Unreadable."""
    return [[_shown(cell) for cell in row] for row in _rows(file, sheet)[:lines]]


def _one(number: int, file: Seen, target: Path, sheet: str | None, header: int) -> Batch:
    rows = _rows(file, sheet)
    if len(rows) < header or not any(_shown(c) for c in rows[header - 1]):
        raise Unreadable(f"{file.name} has no row {header} with names of columns.", f"{file.name} 没有第 {header} 行列名。")
    names = [" ".join(_shown(c).split()) for c in rows[header - 1]]
    while names and not names[-1]:
        names.pop()
    columns = unique([n or f"column_{i}" for i, n in enumerate(names, 1)], file)
    batch = Batch("csv", target, columns, {number: 0})
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for line, row in enumerate(rows[header:], header + 1):
            cells = [_shown(c) for c in row]
            if any(cells):
                batch.records[number] += 1
                writer.writerow([number, line, *(cells + [""] * len(columns))[: len(columns)]])
    return batch


def _rows(file: Seen, sheet: str | None) -> list[list[object]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(file.path)) as book:
            if sheet is not None and sheet not in book.sheet_names:
                raise Unreadable(
                    f"{file.name} has no sheet {sheet}; it has {', '.join(book.sheet_names)}.",
                    f"{file.name} 没有工作表 {sheet}；有 {'、'.join(book.sheet_names)}。",
                )
            found = book.get_sheet_by_name(sheet) if sheet is not None else book.get_sheet_by_index(0)
            # From the first row on, so that rows have the numbers that the sheet shows.
            return [list(row) for row in found.to_python(skip_empty_area=False)]
    except CalamineError:
        raise _damaged(file) from None


def _damaged(file: Seen) -> Unreadable:
    return Unreadable(
        f"{file.name} cannot be read as a spreadsheet: it is damaged, protected by a password, or of another kind.",
        f"无法将 {file.name} 作为电子表格读取：已损坏、有密码，或不是电子表格。",
    )


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell).strip()
