"""Rows of Python values from an Arrow IPC stream of a result."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from typing import Any

import nanoarrow as na

from semantic_layer.engines.base import Column

_EPOCH = dt.datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
_UNITS = {"SECOND": 1, "MILLI": 1_000, "MICRO": 1_000_000, "NANO": 1_000_000_000}


def rows_of(stream: bytes, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
    """The rows of a stream. Days and moments that Python's calendar does not have, infinite ones among them, are None."""
    table = na.ArrayStream.from_readable(stream).read_all()
    return list(zip(*map(_values, table.iter_children(), columns), strict=True))


def _values(array: na.Array, column: Column) -> list[Any]:
    kind = array.schema.type
    if kind == na.Type.DECIMAL128:
        return _stored(array, _number(array.schema.scale))
    if kind == na.Type.DATE32:
        return _stored(array, _day)
    if kind == na.Type.TIMESTAMP:
        return _stored(array, _moment(_UNITS[array.schema.unit.name], bool(array.schema.timezone)))
    if kind == na.Type.STRING and column.type == "integer":  # the widest integers have no type in Arrow
        return [None if value is None else int(value) for value in array.iter_py()]
    if kind == na.Type.LIST:
        return [_listed(value) for value in array.iter_py()]
    return list(array.iter_py())


def _listed(value: Any) -> Any:
    """A list, in which infinite numbers and NaN are None."""
    if isinstance(value, list):
        return [_listed(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _stored(array: na.Array, value_of: Callable[[Any], Any]) -> list[Any]:
    """Values made of the stored numbers: nanoarrow reads no negative decimals, and raises for days outside the calendar."""

    def each() -> Iterator[Any]:
        for chunk in array.iter_chunks():
            validity, data = chunk.buffers
            values = data.elements(0, len(chunk))
            if not validity.size_bytes:
                yield from map(value_of, values)
            else:
                yield from (value_of(v) if there else None for v, there in zip(values, validity.elements(0, len(chunk)), strict=True))

    return list(each())


def _number(scale: int) -> Callable[[bytes], int | float]:
    unit: int = 10**scale

    def number(stored: bytes) -> int | float:
        whole = int.from_bytes(stored, "little", signed=True)
        return whole / unit if whole % unit else whole // unit

    return number


def _day(days: int) -> dt.date | None:
    try:
        return dt.date.fromordinal(_EPOCH_DAY + days)
    except (ValueError, OverflowError):
        return None


def _moment(per_second: int, zoned: bool) -> Callable[[int], dt.datetime | None]:
    """Moments with a zone are given in the zone of this machine, as the engine shows them."""

    def moment(stored: int) -> dt.datetime | None:
        microseconds = stored * 1_000_000 // per_second
        try:
            if zoned:
                return (_EPOCH.replace(tzinfo=dt.UTC) + microseconds * _MICROSECOND).astimezone()
            return _EPOCH + microseconds * _MICROSECOND
        except (ValueError, OverflowError):
            return None

    return moment
