"""One cell of a table: its plain form, its order, and when two cells are the same."""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeGuard

Cell = None | bool | int | float | dt.date | dt.datetime | str
SortKey = tuple[int, bool | int | float | dt.date | str]

TOLERANCE = 1e-6
_RANKS: dict[type, int] = {type(None): 0, bool: 1, int: 2, float: 2, dt.date: 3, dt.datetime: 4, str: 5}
_DATE_TEXT = re.compile(r"(\d{4}-\d{2})(-\d{2})?([T ]\d{2}:\d{2}.*)?")


def plain(value: object) -> Cell:
    """The value as one of a few plain types: midnights and ISO texts become dates, decimals become floats."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, (numbers.Real, Decimal)):
        return float(value)
    if isinstance(value, dt.datetime):
        return _day_if_midnight(value)
    if isinstance(value, dt.date):
        return value
    return _date_or_text(str(value).strip())


def is_number(cell: Cell) -> TypeGuard[int | float]:
    """Whether the cell is a number; true and false are not."""
    return type(cell) in (int, float)


def is_finite(cell: Cell) -> bool:
    """Whether the cell is anything but NaN or an infinity."""
    return not isinstance(cell, float) or math.isfinite(cell)


def holds_float(cells: Iterable[Cell]) -> bool:
    """Whether any cell is a float. Columns of integers alone are counts and keys, which have no tolerance."""
    return any(type(cell) is float for cell in cells)


def same(gold: Cell, answer: Cell, *, exact: bool = False) -> bool:
    """Whether two plain cells say the same; numbers to a tolerance unless `exact`."""
    if is_number(gold) and is_number(answer) and not exact:
        return math.isclose(gold, answer, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return sort_key(gold) == sort_key(answer)


def sort_key(cell: Cell) -> SortKey:
    """A key that puts cells of any types into one order, kinds apart."""
    return _RANKS[type(cell)], False if cell is None else cell


def _day_if_midnight(moment: dt.datetime) -> dt.date | dt.datetime:
    moment = moment.replace(tzinfo=None)
    if moment.time() == dt.time():
        return moment.date()
    return dt.datetime.fromisoformat(moment.isoformat())


def _date_or_text(text: str) -> Cell:
    found = _DATE_TEXT.fullmatch(text)
    if not found:
        return text
    month, day, time = found.groups(default="")
    if time and not day:
        return text
    try:
        return _day_if_midnight(dt.datetime.fromisoformat(f"{month}{day or '-01'}{time}"))
    except ValueError:
        return text
