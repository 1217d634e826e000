"""Arrays of numbers that grow piece by piece: in memory, or as files that are mapped into memory when read."""

from __future__ import annotations

import json
import os
import shutil
import uuid
import weakref
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
HEAD = "index.json"
UNFINISHED = ".part"
_READS_ANYWHERE = hasattr(os, "pread")


class Columns:
    """Named arrays, and a head of plain data that says what they are. `folder`: where they are kept, None in memory."""

    def __init__(self, arrays: Mapping[str, Array], head: Mapping[str, Any], folder: Path | None = None) -> None:
        self.head = head
        self.folder = folder
        self._arrays = arrays

    def __getitem__(self, name: str) -> Array:
        """A whole array; one of a folder is mapped."""
        return self._arrays[name]

    def runs(self, name: str) -> Runs:
        """An array of which short runs are wanted here and there."""
        return FileRuns(self.folder / name, self._arrays[name].dtype) if self.folder and _READS_ANYWHERE else self._arrays[name]

    @classmethod
    def open(cls, folder: Path, kind: str) -> Columns:
        """The columns that were written as `kind`. Raises OSError, ValueError, KeyError or TypeError where they are not whole."""
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        if head["kind"] != kind:
            raise ValueError(f"{folder} holds {head['kind']}, not {kind}")
        return cls({name: _mapped(folder / name, np.dtype(dtype), length) for name, (dtype, length) in head["arrays"].items()}, head, folder)


def _mapped(path: Path, dtype: np.dtype[Any], length: int) -> Array:
    if path.stat().st_size != length * dtype.itemsize:
        raise ValueError(f"{path} is not whole")
    return np.memmap(path, dtype, mode="r", shape=(length,)).view(np.ndarray) if length else np.empty(0, dtype)


class Runs(Protocol):
    """Gives runs of an array."""

    def __getitem__(self, run: slice) -> Array:
        """The numbers from the start of the run, or from the first, to its end."""


class FileRuns:
    """Runs of an array in a file, read as they are asked for.

    To map the file would be as quick, but with each page that is looked at a system may count its neighbours as memory of
    this process: soon the whole file.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __getitem__(self, run: slice) -> Array:
        size = self._dtype.itemsize
        start = run.start or 0
        return np.frombuffer(os.pread(self._file, (run.stop - start) * size, start * size), self._dtype)


class ColumnWriter:
    """Collects columns; `folder` appears, complete, when they are finished. Without a folder they stay in memory.

    As a context it leaves nothing behind when it ends early.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._part = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}") if folder else None
        if self._part:
            self._part.mkdir(parents=True)
        self._growing: dict[str, GrowingArray] = {}

    def __enter__(self) -> ColumnWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for column in self._growing.values():
            column.close()
        if self._part:
            shutil.rmtree(self._part, ignore_errors=True)

    def column(self, name: str, dtype: npt.DTypeLike) -> GrowingArray:
        """A new column, empty as yet."""
        self._growing[name] = GrowingArray(np.dtype(dtype), self._part / name if self._part else None)
        return self._growing[name]

    def drop(self, name: str) -> None:
        """Forgets a column that only the making of others needed."""
        self._growing.pop(name).remove()

    def finish(self, kind: str, head: Mapping[str, Any]) -> Columns:
        """The columns, opened. Raises OSError where they cannot be written."""
        arrays = {name: column.done() for name, column in self._growing.items()}
        if self._part is None or self._folder is None:
            return Columns(arrays, head)
        described = {"kind": kind, **head, "arrays": {n: [a.dtype.str, len(a)] for n, a in arrays.items()}}
        (self._part / HEAD).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        del arrays
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            os.rename(self._part, self._folder)
        except OSError:
            if not self._folder.exists():  # else somebody was quicker with the same
                raise
        return Columns.open(self._folder, kind)


class GrowingArray:
    """One column while it is written."""

    def __init__(self, dtype: np.dtype[Any], path: Path | None) -> None:
        self.dtype = dtype
        self._path = path
        self._file: BinaryIO | None = path.open("wb") if path else None
        self._pieces: list[Array] = []

    def extend(self, piece: Array) -> None:
        """Adds numbers at the end."""
        piece = np.ascontiguousarray(piece, self.dtype)
        if self._file:
            piece.tofile(self._file)
        else:
            self._pieces.append(piece)

    def blank(self, length: int) -> Array:
        """The column as `length` zeros, to be filled in any order."""
        if self._file is None or self._path is None or not length:
            self._pieces = [np.zeros(length, self.dtype)]
            return self._pieces[0]
        self._file.truncate(length * self.dtype.itemsize)
        return np.memmap(self._path, self.dtype, mode="r+", shape=(length,))

    def done(self) -> Array:
        """All of it."""
        self.close()
        if self._path is not None:
            return _mapped(self._path, self.dtype, self._path.stat().st_size // self.dtype.itemsize)
        if len(self._pieces) != 1:
            self._pieces = [np.concatenate(self._pieces) if self._pieces else np.empty(0, self.dtype)]
        return self._pieces[0]

    def pieces(self, lengths: Iterable[int]) -> Iterator[Array]:
        """All of it, in pieces of these lengths, without keeping what has been given."""
        self.close()
        if self._path is None:
            yield from self._pieces
            return
        with self._path.open("rb") as file:
            for length in lengths:
                yield np.fromfile(file, self.dtype, length)

    def close(self) -> None:
        """Ends the writing."""
        if self._file:
            self._file.close()

    def remove(self) -> None:
        """Ends the writing and takes its file away."""
        self.close()
        if self._path:
            self._path.unlink()
