"""Which line names the columns, in tables under a title, a date of export or other lines of their own."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice

from semantic_layer.sources.models import ReadSpec
from semantic_layer.sources.reading.excel import first_cells
from semantic_layer.sources.reading.files import Seen
from semantic_layer.sources.reading.lines import opened

_LOOKED_AT = 60  # lines
_NO_NAME = re.compile(r"[-+¥￥$€£]?[\d\s,.%/:年月日T-]+")


def header_line(file: Seen, spec: ReadSpec) -> int:
    """The line that names the columns of a spreadsheet or CSV, counted from 1; the first where nothing says another. Raises Unreadable."""
    if spec.kind == "excel":
        return likely_header(first_cells(file, spec.sheet, _LOOKED_AT))
    if spec.kind != "csv":
        return 1
    with opened(file.path, spec.encoding) as lines:
        text = list(islice(lines, _LOOKED_AT))
    # A title holds no delimiter, or few.
    separator = max(",\t;|", key=lambda d: sum(d in line for line in text))
    try:
        return likely_header([next(csv.reader([line.rstrip("\r\n")], delimiter=separator), []) for line in text])
    except csv.Error:
        return 1


def likely_header(rows: Sequence[Sequence[str]]) -> int:
    """The first line as wide as the table whose cells are all names, unless the first one already is half as wide."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    widest = max(widths, default=0)
    first = next((i for i, width in enumerate(widths) if width), 0)
    if widest < 2 or widths[first] * 2 > widest:
        return 1
    for i, row in enumerate(rows):
        named = [cell.strip() for cell in row if cell.strip()]
        if len(named) >= max(2, widest - 1) and len(set(named)) == len(named) and not any(_NO_NAME.fullmatch(cell) for cell in named):
            return i + 1
    return 1
