"""Whether two results hold the same rows, whatever their order; unknown groups count."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Iterable, Sequence
from typing import Any

TOLERANCE = 1e-6
Row = Sequence[Any]


def difference(expected: Iterable[Row], got: Iterable[Row], empty_is_zero: bool = False) -> str:
    """The first difference as a sentence, empty when there is none."""
    want, have = _ordered(expected, empty_is_zero), _ordered(got, empty_is_zero)
    for one, other in zip(want, have, strict=False):
        if not _same_row(one, other):
            return f"{other} instead of {one}"
    return "" if len(want) == len(have) else f"{len(have)} rows instead of {len(want)}"


def _ordered(rows: Iterable[Row], empty_is_zero: bool) -> list[list[Any]]:
    plain = [[_plain(v) for v in row] for row in rows]
    if empty_is_zero:
        plain = [[row[0], *(0.0 if v is None else v for v in row[1:])] for row in plain]
    return sorted(plain, key=_sort_key)


def _plain(value: Any) -> Any:
    """Numbers as float, moments at midnight as days, days as text."""
    if isinstance(value, (bool, str)) or value is None:
        return value.removesuffix("T00:00:00").removesuffix(" 00:00:00") if isinstance(value, str) else value
    if isinstance(value, (int, float, decimal.Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def _sort_key(row: list[Any]) -> tuple[Any, ...]:
    """Names before numbers, and these rounded, so that noise in the last digits does not change the order."""
    names = [(v is None, str(v)) for v in row if not isinstance(v, float)]
    return (len(names), names, [f"{v:.5e}" for v in row if isinstance(v, float)])


def _same_row(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(_same, one, other))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)
