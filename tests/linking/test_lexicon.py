"""The catalog's vocabulary: names, scanning, likeness, meaning and its bands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.linking.encoders import UseEncoder, Vectors
from assistant.linking.lexicon import Lexicon, Link, band, catalog_names, spell
from semantic_layer.catalog import Catalog, CatalogSpec


@pytest.fixture(scope="module")
def lexicon(catalog: Catalog, use: UseEncoder) -> Lexicon:
    return Lexicon(catalog, use)


def found(lexicon: Lexicon, text: str) -> set[tuple[str, str, str, str]]:
    return {(text[k.start : k.end], k.kind, k.target, k.how) for k in lexicon.scan(text)}


def test_names_are_labels_synonyms_and_identifiers(catalog: Catalog) -> None:
    names = {(n.text, n.lang, n.source) for n in catalog_names(catalog) if n.target == "net_sales"}
    assert names == {
        ("净销售额", "zh", "label"),
        ("net sales", "en", "label"),
        ("营业额", "zh", "synonym"),
        ("revenue", "en", "synonym"),
    }
    assert ("goods.brand", "field") in {(n.target, n.kind) for n in catalog_names(catalog) if n.text == "brand"}


def test_a_key_field_adds_its_names_to_its_entity(catalog: Catalog) -> None:
    targets = {n.text: (n.kind, n.target) for n in catalog_names(catalog)}
    assert targets["order number"] == ("entity", "order")
    assert targets["buyer id"] == ("entity", "customer")
    assert targets["gift giver"] == ("field", "lines.giver_id")


def test_names_are_spelled_like_normalised_questions() -> None:
    assert spell("  Net   SALES ") == "net sales"
    assert spell("淨銷售額ＧＭＶ") == "净销售额gmv"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net sales", {("net sales", "metric", "net_sales", "exact")}),
        ("by category", {("category", "field", "goods.category", "exact")}),
        ("for all categories", {("categories", "field", "goods.category", "inflected")}),
        ("brands", {("brands", "field", "goods.brand", "inflected")}),
        ("rebranding brandy", set()),
        (
            "customers",
            {("customers", "metric", "customers", "exact"), ("customers", "entity", "customer", "inflected")},
        ),
        (
            "per customer",
            {("customer", "entity", "customer", "exact"), ("customer", "metric", "customers", "inflected")},
        ),
        ("顾客数", {("顾客数", "metric", "customers", "exact"), ("顾客", "entity", "customer", "exact")}),
        ("dm类目", {("dm类目", "field", "goods.category", "exact")}),
        ("big spender", {("big spender", "segment", "vip", "inflected")}),
        ("net-sales", {("net-sales", "metric", "net_sales", "exact")}),
        ("", set()),
    ],
)
def test_scan(lexicon: Lexicon, text: str, expected: set[tuple[str, str, str, str]]) -> None:
    assert found(lexicon, text) == expected


def test_an_exact_name_scores_above_an_inflected_one(lexicon: Lexicon) -> None:
    scores = {k.kind: k.score for k in lexicon.scan("customers")}
    assert scores == {"metric": 1.0, "entity": 0.95}


@pytest.mark.parametrize(
    ("chunk", "target"),
    [
        ("revenu", "net_sales"),
        ("catgeory", "goods.category"),
        ("chanel", "lines.channel"),
        ("径销售额", "net_sales"),
        ("yingyee", "net_sales"),
        ("顾课数", "customers"),
    ],
)
def test_fuzzy_forgives_spelling_and_sound(lexicon: Lexicon, chunk: str, target: str) -> None:
    best = lexicon.fuzzy(chunk)[0]
    assert (best.target, best.how, best.start, best.end) == (target, "similar", 0, len(chunk))
    assert 0.75 < best.score < 1


@pytest.mark.parametrize("chunk", ["品累", "to", "", "weather"])
def test_fuzzy_leaves_short_and_strange_words_alone(lexicon: Lexicon, chunk: str) -> None:
    assert [k for k in lexicon.fuzzy(chunk) if k.score > 0.7] == []


def test_fuzzy_knows_the_name_itself(lexicon: Lexicon) -> None:
    assert [(k.target, k.score, k.how) for k in lexicon.fuzzy("品类")] == [("goods.category", 1.0, "exact")]


@pytest.mark.parametrize(
    ("chunk", "target"),
    [
        ("product type", "goods.category"),
        ("收入总额", "net_sales"),
        ("买东西的人有多少", "customers"),
        ("revenue", "net_sales"),
    ],
)
def test_meaning_finds_other_words(lexicon: Lexicon, chunk: str, target: str) -> None:
    (links,) = lexicon.meaning([chunk])
    assert links[0].target == target
    assert (links[0].how, links[0].end) == ("meaning", len(chunk))
    assert [k.score for k in links] == sorted((k.score for k in links), reverse=True)
    assert len(links) <= 5 and len({(k.kind, k.target) for k in links}) == len(links)


def test_meaning_answers_each_chunk(lexicon: Lexicon) -> None:
    alone = [lexicon.meaning([c])[0][0].target for c in ("收入总额", "brand name")]
    assert [links[0].target for links in lexicon.meaning(["收入总额", "brand name"])] == alone
    assert lexicon.meaning([]) == []


def test_an_empty_catalog_has_no_words(use: UseEncoder) -> None:
    empty = Lexicon(Catalog(CatalogSpec()), use)
    assert (empty.scan("sales"), empty.fuzzy("sales"), empty.meaning(["sales"])) == ([], [], [[]])


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], "none"),
        ([0.55, 0.1], "none"),
        ([0.57, 0.1], "ask"),
        ([0.9, 0.85], "ask"),
        ([0.61, 0.5], "auto"),
        ([0.61], "auto"),
    ],
)
def test_bands(scores: list[float], expected: str) -> None:
    assert band([Link(0, 1, "metric", str(n), s) for n, s in enumerate(scores)]) == expected


class Counting:
    """An encoder that counts its texts."""

    name = "counting"
    version = "1"
    dim = 3

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return np.array([[len(t), 1, t.count("e")] for t in texts], dtype=np.float32)


def test_vectors_wait_for_the_first_meaning_and_stay(catalog: Catalog, tmp_path: Path) -> None:
    first = Counting()
    lexicon = Lexicon(catalog, first, tmp_path)
    lexicon.scan("net sales"), lexicon.fuzzy("net salse")
    assert first.texts == 0
    expected = lexicon.meaning(["sum"])
    assert first.texts > 10
    second = Counting()
    assert Lexicon(catalog, second, tmp_path).meaning(["sum"]) == expected
    assert second.texts == 1
