"""A long list of texts as one run of bytes and the places where each begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from semantic_layer.values.columns import Columns, ColumnWriter

_ENCODING = ("utf-8", "surrogatepass")


class Texts(Sequence[str]):
    """The texts of a column, decoded as they are looked at."""

    def __init__(self, columns: Columns, name: str) -> None:
        self._bytes = columns.runs(f"{name}.text")
        self._ends = columns[f"{name}.ends"]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:  # type: ignore[override]
        if number < 0 or number >= len(self._ends):
            raise IndexError(number)
        start = int(self._ends[number - 1]) if number else 0
        return bytes(self._bytes[start : int(self._ends[number])]).decode(*_ENCODING)

    def __iter__(self) -> Iterator[str]:
        return (self[n] for n in range(len(self)))


class TextWriter:
    """Writes the texts of a column."""

    def __init__(self, writer: ColumnWriter, name: str) -> None:
        self._bytes = writer.column(f"{name}.text", np.uint8)
        self._ends = writer.column(f"{name}.ends", np.uint64)
        self._written = 0

    def extend(self, texts: Sequence[str]) -> None:
        """Adds texts at the end."""
        coded = [t.encode(*_ENCODING) for t in texts]
        ends = np.cumsum(np.fromiter(map(len, coded), np.uint64, len(coded))) + np.uint64(self._written)
        self._bytes.extend(np.frombuffer(b"".join(coded), np.uint8))
        self._ends.extend(ends)
        self._written = int(ends[-1]) if len(ends) else self._written
