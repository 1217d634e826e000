"""A table from the hash of a text to numbers, and the hashes of all pieces of a text at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from semantic_layer.values.columns import Columns, ColumnWriter

Hashes: TypeAlias = npt.NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_BITS_PER_KEY = 8
_BYTE = np.uint64(3)
_BIT = np.uint64(7)


def codes(text: str) -> npt.NDArray[np.uint64]:
    """The characters as numbers, none of them 0."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64) + np.uint64(1)


def hashes(texts: Sequence[str]) -> Hashes:
    """One hash for each text, the same in every process."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    prefix = _prefixes("".join(texts))
    ends = np.cumsum(lengths)
    return _between(prefix, ends - lengths, ends)


def pieces(text: str, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Hashes:
    """The hashes of text[start:end], for each pair of both."""
    return _between(_prefixes(text), starts, ends)


def _prefixes(text: str) -> tuple[Hashes, Hashes]:
    """Sums of characters times rising powers: of them follows the hash of any piece."""
    powers: Hashes = np.cumprod(np.full(len(text) + 1, _BASE), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes(text) * powers[:-1], dtype=np.uint64)])
    return sums, powers


def _between(prefix: tuple[Hashes, Hashes], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Hashes:
    sums, powers = prefix
    # Multiplied up to the same power, so that a piece hashes alike wherever it stands.
    value = (sums[ends] - sums[starts]) * _inverse_powers(len(powers))[starts]
    value ^= value >> np.uint64(31)
    value *= _MIX
    mixed: Hashes = value ^ value >> np.uint64(29)
    return mixed


def _inverse_powers(count: int) -> Hashes:
    """The powers of the number that undoes one multiplication by the base, from the 0th."""
    inverse = np.uint64(pow(int(_BASE), -1, 1 << 64))
    return np.concatenate([np.ones(1, np.uint64), np.cumprod(np.full(count - 1, inverse), dtype=np.uint64)])


class KeyTable:
    """Numbers by hash. What is found has to be compared: two texts may share a hash."""

    def __init__(self, columns: Columns, name: str) -> None:
        self._keys = columns[f"{name}.keys"]
        self._numbers = columns[f"{name}.numbers"]
        self._seen = columns[f"{name}.seen"]

    def find(self, wanted: Hashes) -> Iterator[tuple[int, int]]:
        """Each place in `wanted` that is a key, with a number of the key; all its numbers."""
        if not len(self._keys):
            return
        places = np.flatnonzero(_bits(self._seen, wanted))
        firsts = np.searchsorted(self._keys, wanted[places])
        lasts = np.searchsorted(self._keys, wanted[places], side="right")
        for place, first, last in zip(places.tolist(), firsts.tolist(), lasts.tolist(), strict=True):
            yield from ((place, number) for number in self._numbers[first:last].tolist())


def _slots(keys: Hashes, size: int) -> Hashes:
    """Which bit of `size` bytes stands for each key."""
    return keys & np.uint64(8 * size - 1)


def _bits(seen: npt.NDArray[np.uint8], keys: Hashes) -> npt.NDArray[np.uint8]:
    slots = _slots(keys, len(seen))
    bits: npt.NDArray[np.uint8] = seen[slots >> _BYTE] >> (slots & _BIT).astype(np.uint8) & np.uint8(1)
    return bits


class KeyWriter:
    """Collects the keys of numbers and sorts them."""

    def __init__(self, writer: ColumnWriter, name: str) -> None:
        self._writer = writer
        self._name = name
        self._keys: list[Hashes] = []
        self._numbers: list[npt.NDArray[np.uint32]] = []

    def extend(self, keys: Hashes, numbers: npt.NDArray[np.uint32]) -> None:
        """Adds keys, one for each number."""
        self._keys.append(keys)
        self._numbers.append(numbers)

    def finish(self) -> None:
        """Writes the columns: keys ascending, their numbers, and a bit for each key that spares most of the searching."""
        keys = np.concatenate([np.empty(0, np.uint64), *self._keys])
        numbers = np.concatenate([np.empty(0, np.uint32), *self._numbers])
        order = np.argsort(keys, kind="stable")
        size = 1 << max(3, (_BITS_PER_KEY * len(keys) // 8).bit_length())
        seen = np.zeros(size, np.uint8)
        slots = _slots(keys, size)
        np.bitwise_or.at(seen, slots >> _BYTE, np.uint8(1) << (slots & _BIT).astype(np.uint8))
        self._writer.column(f"{self._name}.keys", np.uint64).extend(keys[order])
        self._writer.column(f"{self._name}.numbers", np.uint32).extend(numbers[order])
        self._writer.column(f"{self._name}.seen", np.uint8).extend(seen)
