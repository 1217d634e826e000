"""Linking by meaning with the default encoder: the floors it must not fall through."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.linking.encoders import UseEncoder
from assistant.linking.lexicon import band
from semantic_layer.shops import Shop
from tests.linking.benchmark import Case, abstain_auc, general, packaged, recall


@pytest.fixture(scope="module")
def cases(use: UseEncoder) -> list[Case]:
    return general(use)


@pytest.fixture(scope="module")
def own_cases(shop: Shop, use: UseEncoder) -> list[Case]:
    return packaged(shop.catalog, use)


def test_general_phrases(cases: list[Case]) -> None:
    assert sum(bool(c.targets) for c in cases) == 269 and len(cases) == 309
    assert recall(cases, 1) >= 0.70
    assert recall(cases, 3) >= 0.83
    assert abstain_auc(cases) >= 0.91


def test_phrases_of_the_packaged_shop(own_cases: list[Case]) -> None:
    assert sum(bool(c.targets) for c in own_cases) == 100 and len(own_cases) == 160
    assert recall(own_cases, 1) >= 0.83
    assert recall(own_cases, 3) >= 0.98
    assert abstain_auc(own_cases) >= 0.91


@pytest.mark.parametrize(("lang", "first", "third"), [("zh", 0.82, 0.98), ("en", 0.79, 0.96)])
def test_phrases_of_the_packaged_shop_in_each_language(own_cases: list[Case], lang: str, first: float, third: float) -> None:
    spoken = [c for c in own_cases if c.lang == lang]
    assert recall(spoken, 1) >= first
    assert recall(spoken, 3) >= third


@pytest.mark.parametrize("split", ["dev", "test"])
def test_bands_hold_on_both_halves(cases: list[Case], split: str) -> None:
    half = [c for c in cases if c.split == split]
    taken = [c for c in half if band(c.links) == "auto"]
    offered = [c for c in half if c.targets and band(c.links) != "none"]
    unknown = [c for c in half if not c.targets]
    assert np.mean([c.right(1) for c in taken]) >= 0.92
    assert len(taken) >= 0.35 * len(half)
    assert np.mean([c.right(3) for c in offered]) >= 0.90
    assert sum(band(c.links) != "none" for c in unknown) <= 1
