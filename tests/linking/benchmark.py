"""Phrases with what they mean, linked by an encoder, and how well that went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.linking.encoders import Encoder
from assistant.linking.lexicon import Lexicon, Link, spell
from semantic_layer.catalog import Catalog, CatalogSpec

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Case:
    """A phrase in a language, what it means (nothing, if the catalog has no word for it), and what was found."""

    lang: str
    targets: frozenset[str]
    split: str
    links: tuple[Link, ...]

    def right(self, first: int) -> bool:
        """Whether one of the first links is meant."""
        return any(k.target.removeprefix("t.") in self.targets for k in self.links[:first])


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of a data file."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def general(encoder: Encoder) -> list[Case]:
    """309 phrases over 85 entries of a shop that is not packaged."""
    rows = lines("embedding-linking-test.jsonl")
    lexicon = Lexicon(_catalog([r for r in rows if r["kind"] == "entry"]), encoder)
    queries = [r for r in rows if r["kind"] == "query"]
    links = lexicon.meaning([spell(q["q"]) for q in queries])
    return [Case(q["lang"], frozenset(q["targets"]), q["split"], tuple(k)) for q, k in zip(queries, links, strict=True)]


def packaged(catalog: Catalog, encoder: Encoder) -> list[Case]:
    """160 phrases over the catalog of the packaged shop completejourney."""
    rows = lines("completejourney-linking-test.jsonl")
    links = Lexicon(catalog, encoder).meaning([spell(r["mention"]) for r in rows])
    return [Case(r["lang"], frozenset([r["target"]] if r["target"] else []), "test", tuple(k)) for r, k in zip(rows, links, strict=True)]


def recall(cases: Sequence[Case], first: int) -> float:
    """The share of the phrases with a meaning whose meaning is among the first links."""
    return float(np.mean([c.right(first) for c in cases if c.targets]))


def abstain_auc(cases: Sequence[Case]) -> float:
    """How often a phrase with a meaning scores above one without: the area under the curve of abstaining."""
    known = [c.links[0].score for c in cases if c.targets]
    unknown = [c.links[0].score for c in cases if not c.targets]
    return float(np.mean([(a > b) + 0.5 * (a == b) for a in known for b in unknown]))


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
