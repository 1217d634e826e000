"""Rows of Python values from an Arrow IPC stream of a result."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow.c_array import CArray
from nanoarrow.c_array_stream import c_array_stream
from nanoarrow.ipc import InputStream

from semantic_layer.engines.base import Column

_EPOCH = dt.datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
# By the letters that Arrow has for types.
_UNITS = {"s": 1, "m": 1_000, "u": 1_000_000, "n": 1_000_000_000}
_NUMBERS = {
    "c": np.int8, "C": np.uint8, "s": np.int16, "S": np.uint16, "i": np.int32, "I": np.uint32, "l": np.int64, "L": np.uint64,
    "f": np.float32, "g": np.float64,
}  # fmt: skip


def rows_of(stream: bytes, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
    """The rows of a stream. Days and moments that Python's calendar does not have, infinite ones among them, are None."""
    rows: list[tuple[Any, ...]] = []
    with InputStream.from_readable(stream) as source, c_array_stream(source) as batches:
        for batch in batches:
            rows += zip(*map(_values, batch.children, columns), strict=True)
    return rows


def _values(array: CArray, column: Column) -> Iterable[Any]:
    kind = array.schema.format
    if kind == "+l":
        return [_listed(value) for value in na.Array(array).iter_py()]
    values, there = _stored(array, kind)
    if kind == "u" and column.type == "integer":  # the widest integers have no type in Arrow
        value_of: Callable[[Any], Any] | None = int
    else:
        value_of = _reader(kind)
    if there is None:
        return map(value_of, values) if value_of else values
    if value_of:
        return [value_of(v) if t else None for v, t in zip(values, there, strict=True)]
    return [v if t else None for v, t in zip(values, there, strict=True)]


def _stored(array: CArray, kind: str) -> tuple[Iterable[Any], list[bool] | None]:
    """The values as Arrow keeps them, and of each whether it is there: None if all are."""
    length = len(array)
    validity, *buffers = (memoryview(b) for b in array.view().buffers)
    there = _bits(validity, length) if validity.nbytes and array.null_count else None
    if dtype := _NUMBERS.get(kind):
        return np.frombuffer(buffers[0], dtype, length).tolist(), there
    if kind == "u":
        text = bytes(buffers[1])
        return [text[start:end].decode() for start, end in pairwise(np.frombuffer(buffers[0], np.int32, length + 1).tolist())], there
    if kind.startswith("d:"):
        return _wholes(buffers[0], length), there
    if kind == "tdD":
        return np.frombuffer(buffers[0], np.int32, length).tolist(), there
    if kind.startswith("ts"):
        return np.frombuffer(buffers[0], np.int64, length).tolist(), there
    if kind == "b":
        return _bits(buffers[0], length), there
    return na.Array(array).iter_py(), None


def _bits(buffer: memoryview, length: int) -> list[bool]:
    bits: list[bool] = np.unpackbits(np.frombuffer(buffer, np.uint8), count=length, bitorder="little").astype(bool).tolist()
    return bits


def _wholes(buffer: memoryview, length: int) -> list[int]:
    """Integers of 16 bytes each; nanoarrow reads no negative ones."""
    low, high = np.frombuffer(buffer, np.int64, 2 * length).reshape(length, 2).T
    if (high == low >> 63).all():
        wholes: list[int] = low.tolist()
        return wholes
    data = bytes(buffer)
    return [int.from_bytes(data[at : at + 16], "little", signed=True) for at in range(0, 16 * length, 16)]


def _reader(kind: str) -> Callable[[Any], Any] | None:
    """What makes a value of Python of a stored one, where they differ."""
    if kind.startswith("d:"):
        return _number(int(kind.split(",")[1]))
    if kind == "tdD":
        return _day
    if kind.startswith("ts"):
        return _moment(_UNITS[kind[2]], zoned=len(kind) > len("tsu:"))
    return None


def _listed(value: Any) -> Any:
    """A list, in which infinite numbers and NaN are None."""
    if isinstance(value, list):
        return [_listed(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(scale: int) -> Callable[[int], int | float]:
    unit: int = 10**scale

    def number(whole: int) -> int | float:
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
