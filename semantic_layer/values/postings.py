"""Which names have which features: numbers of names, ascending, by the number of a feature."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from semantic_layer.values.columns import Columns, ColumnWriter

Ids: TypeAlias = npt.NDArray[np.int64]
Features: TypeAlias = npt.NDArray[np.uint32]
_Pairs: TypeAlias = npt.NDArray[np.uint64]

_HALF = np.uint64(32)
_NONE = np.uint64(2**64 - 1)


class Postings:
    """The owners of each feature. Features may share a number, so what is found has to be looked at."""

    def __init__(self, columns: Columns, name: str) -> None:
        self._starts = columns[f"{name}.starts"]
        self._owners = columns.runs(f"{name}.owners")

    def counts(self, features: Ids) -> Ids:
        """How many names have each feature."""
        counted: Ids = self._starts[features + 1].astype(np.int64) - self._starts[features].astype(np.int64)
        return counted

    def owners(self, feature: int, most: int | None = None) -> Features:
        """The names that have a feature, or the first `most` of them."""
        start, end = int(self._starts[feature]), int(self._starts[feature + 1])
        found: Features = self._owners[start : end if most is None else min(end, start + most)]
        return found

    def all_of(self, features: Ids, most: int) -> Ids:
        """The names that have all the features; where the rarest has more than `most`, only the first of its owners."""
        order = features[np.argsort(self.counts(features), kind="stable")]
        if not len(order):
            return np.empty(0, np.int64)
        found = self.owners(int(order[0]), most)
        for feature in order[1:]:
            found = _common(found, self.owners(int(feature)))
        return found.astype(np.int64)


def _common(few: Features, many: Features) -> Features:
    """What stands in both; both ascending."""
    if not len(many) or not len(few):
        return few[:0]
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    common: Features = few[many[at] == few]
    return common


class PostingsWriter:
    """Takes features and owners in pieces, of ascending owners, and sorts them by feature in bounded memory."""

    def __init__(self, writer: ColumnWriter, name: str, bits: int) -> None:
        self._writer = writer
        self._name = name
        self._pairs = writer.column(f"{name}.pairs", np.uint64)
        self._pieces: list[int] = []
        self._counts = np.zeros(1 << bits, np.int64)

    def extend(self, features: Features, owners: npt.NDArray[np.uint64]) -> None:
        """Adds that `owners` have `features`, one for one. No owner may have come in an earlier piece."""
        pairs: _Pairs = features.astype(np.uint64) << _HALF | owners
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=_NONE) != 0]
        self._pairs.extend(pairs)
        self._pieces.append(len(pairs))
        self._counts += np.bincount((pairs >> _HALF).astype(np.int64), minlength=len(self._counts))

    def finish(self) -> None:
        """Writes the columns."""
        starts = np.concatenate([[0], np.cumsum(self._counts)])
        self._writer.column(f"{self._name}.starts", np.uint32 if starts[-1] < 1 << 32 else np.uint64).extend(starts)
        owners = self._writer.column(f"{self._name}.owners", np.uint32).blank(int(starts[-1]))
        filled = starts[:-1].copy()
        for piece, length in zip(self._pairs.pieces(self._pieces), self._pieces, strict=True):
            features = (piece >> _HALF).astype(np.int64)
            here = np.bincount(features, minlength=len(filled))
            first = np.concatenate([[0], np.cumsum(here)[:-1]])
            owners[filled[features] + np.arange(length) - first[features]] = piece.astype(np.uint32)
            filled += here
        self._writer.drop(f"{self._name}.pairs")
