"""Linking by meaning on 309 phrases over 85 catalog entries: the floors it must not fall through."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.linking.encoders import UseEncoder
from assistant.linking.lexicon import Lexicon, Link, band, spell
from semantic_layer.catalog import Catalog, CatalogSpec

DATA = Path(__file__).parent / "data" / "embedding-linking-test.jsonl"


@dataclass(frozen=True)
class Case:
    """A phrase, what it means (nothing, if the catalog has no word for it), and what was found."""

    query: str
    targets: frozenset[str]
    split: str
    links: tuple[Link, ...]

    def right(self, first: int) -> bool:
        """Whether one of the first links is meant."""
        return any(k.target.removeprefix("t.") in self.targets for k in self.links[:first])


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": {"zh": row["zh"], "en": row["en"]},
        "synonyms": {"zh": row["synonyms_zh"], "en": row["synonyms_en"]},
        "description": {"zh": row["desc_zh"], "en": row["desc_en"]},
    }


def _catalog(entries: list[dict[str, Any]]) -> Catalog:
    metrics = {e["id"]: {"expression": "COUNT(t.*)", **_named(e)} for e in entries if e["type"] == "metric"}
    fields = {e["id"]: _named(e) for e in entries if e["type"] != "metric"}
    return Catalog(CatalogSpec.model_validate({"datasets": {"t": {"fields": fields}}, "metrics": metrics}))


@pytest.fixture(scope="module")
def cases(use: UseEncoder) -> list[Case]:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    lexicon = Lexicon(_catalog([r for r in rows if r["kind"] == "entry"]), use)
    queries = [r for r in rows if r["kind"] == "query"]
    links = lexicon.meaning([spell(q["q"]) for q in queries])
    return [Case(q["q"], frozenset(q["targets"]), q["split"], tuple(k)) for q, k in zip(queries, links, strict=True)]


def test_recall(cases: list[Case]) -> None:
    known = [c for c in cases if c.targets]
    assert len(known) == 269
    assert np.mean([c.right(1) for c in known]) >= 0.67
    assert np.mean([c.right(3) for c in known]) >= 0.81


def test_unknown_phrases_score_below_known_ones(cases: list[Case]) -> None:
    known = [c.links[0].score for c in cases if c.targets]
    unknown = [c.links[0].score for c in cases if not c.targets]
    assert np.mean([(a > b) + 0.5 * (a == b) for a in known for b in unknown]) >= 0.88


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
