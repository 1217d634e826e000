"""Encoders: the bundled one, any other by name, and the cache."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.linking.encoders import (
    KEPT_FILES,
    CachedEncoder,
    SentenceTransformerEncoder,
    UseEncoder,
    Vectors,
    load_encoder,
)
from semantic_layer.errors import UsageError


class Toy:
    """Two numbers per text, and a count of calls."""

    name = "toy/model"
    dim = 2

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        return np.array([[len(t), 1.0] for t in texts], dtype=np.float32)


def test_use_gives_rows_of_length_one_across_languages(use: UseEncoder) -> None:
    rows = use.encode(["销售额", "sales amount", "weather"])
    assert rows.shape == (3, use.dim) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert use.encode([]).shape == (0, use.dim)


def test_load_by_name() -> None:
    assert isinstance(load_encoder(), UseEncoder)
    assert load_encoder("org/model").name == "org/model"
    with pytest.raises(UsageError):
        load_encoder(" ")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UsageError, match=r"wenshu\[embeddings\]") as error:
        load_encoder("org/model").encode(["x"])
    assert "wenshu[embeddings]" in error.value.zh


class Model:
    """What sentence-transformers gives."""

    def __init__(self, name: str) -> None:
        if name == "broken":
            raise OSError("no such model")

    def get_embedding_dimension(self) -> int:
        return 2

    def encode(self, texts: list[str], **_: Any) -> Any:
        return np.array([[3.0, 4.0] for _ in texts])


def test_a_sentence_transformer_is_brought_to_length_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Model))
    assert np.allclose(load_encoder("org/model").encode(["x"]), [[0.6, 0.8]])
    with pytest.raises(UsageError, match="broken"):
        load_encoder("broken").encode(["x"])


def test_a_changed_model_folder_is_another_version(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a")
    before = SentenceTransformerEncoder(str(tmp_path)).version
    (tmp_path / "weights").write_text("ab")
    assert SentenceTransformerEncoder(str(tmp_path)).version != before


def test_the_cache_answers_in_the_order_asked(tmp_path: Path) -> None:
    toy = Toy()
    cached = CachedEncoder(toy, tmp_path / "new" / "folder")
    assert cached.remember(["aaa", "b", "aaa"])[:, 0].tolist() == [3, 1, 3]
    assert cached.remember(["b", "aaa"])[:, 0].tolist() == [1, 3]
    assert toy.calls == 1
    assert CachedEncoder(Toy("2"), tmp_path / "new" / "folder").remember(["b"]).shape == (1, 2)
    assert not list(tmp_path.rglob("*.part"))


def test_version_and_texts_make_the_file(tmp_path: Path) -> None:
    for version, texts in (("1", ["a"]), ("2", ["a"]), ("1", ["a", "b"]), ("1", ["a"])):
        CachedEncoder(Toy(version), tmp_path).remember(texts)
    assert len(list(tmp_path.glob("*.npz"))) == 3


def test_passing_texts_are_not_written(tmp_path: Path) -> None:
    CachedEncoder(Toy(), tmp_path).encode(["who spent most"])
    assert list(tmp_path.iterdir()) == []


def test_old_files_are_forgotten(tmp_path: Path) -> None:
    for n in range(KEPT_FILES + 3):
        CachedEncoder(Toy(), tmp_path).remember([str(n)])
    assert len(list(tmp_path.glob("*.npz"))) == KEPT_FILES


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_written_again(tmp_path: Path, content: bytes) -> None:
    CachedEncoder(Toy(), tmp_path).remember(["a"])
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    toy = Toy()
    assert CachedEncoder(toy, tmp_path).remember(["a"]).tolist() == [[1, 1]]
    assert CachedEncoder(toy, tmp_path).remember(["a"]).tolist() == [[1, 1]]
    assert toy.calls == 1


def test_an_unwritable_folder_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert CachedEncoder(Toy(), tmp_path / "file").remember(["a"]).tolist() == [[1, 1]]
    assert CachedEncoder(Toy(), None).remember(["a"]).tolist() == [[1, 1]]
